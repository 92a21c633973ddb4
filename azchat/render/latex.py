"""How LaTeX reads in Unicode; what would read wrongly stays LaTeX. pylatexenc's home."""

import json
import re
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from pylatexenc import latexwalker
from pylatexenc.latex2text import (
    EnvironmentTextSpec,
    LatexNodes2Text,
    MacroTextSpec,
    SpecialsTextSpec,
    fmt_matrix_environment_node,
    get_default_latex_context_db,
)
from pylatexenc.macrospec import MacroSpec

from azchat.render.mathematics import ENVIRONMENT

_PERCENT = re.compile(r"(?<!\\)((?:\\\\)*)%")  # it would begin a comment
_LONGEST = 64 * 1024  # characters: accents of accents double what they stand on
_FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac")
# What takes all of a fraction that stands behind it, or a root that stands before it.
_BEFORE_OPERAND = re.compile(
    r"(?:[/÷:]|\b(?:a?(?:rc)?(?:sin|cos|tan|cot|sec|csc)h?|log|ln|lg|exp|det)[\W\u2080-\u2089]*)\s*$"
)
_AFTER_OPERAND = re.compile(r"\s*[\^_!'\u2070-\u209f\u00b2\u00b3\u00b9]")
_NO_BRACKET = re.compile(r"\\(?:left|right)\s*\.")
_WORDS = ("text", "mathrm", "operatorname", "mbox", "textrm")
# A number, a letter with its index, d of a derivative.
_ATOM = re.compile(r"|\d+(?:[.,]\d+)?|d[a-z]|(?:∂ ?)?[^\W\d_]\W?[\u2080-\u2089ᵢⱼₙ]?|[°∞]")
_PART = re.compile(rf"√(?:{_ATOM.pattern}|\([^()]*\))|(?:{_ATOM.pattern})[\u2070-\u207f²³¹]*")
_LOSSY = ("underbrace", "overbrace", "ref", "eqref", "label")  # the converter leaves half of it out
_TIDY = (
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r"\s*\n\s*"), "\n"),
    (re.compile(r"(?<=[(\[{]) | (?=[)\]}])"), ""),
)
_SHORT_SCRIPT = re.compile(r"([\^_])([^\s^_])")


@lru_cache(maxsize=256)
def to_unicode(latex: str, sent: str = "") -> str:
    """Return ``latex`` as text a person can read; as it was ``sent`` where it is not understood."""
    text = _NO_BRACKET.sub("", _PERCENT.sub(r"\1\%", latex))
    try:
        walker = latexwalker.LatexWalker(text, latex_context=_grammar(), tolerant_parsing=False)
        text = _converter().nodelist_to_text(walker.get_latex_nodes()[0])
    except _FAILURES:
        return sent or latex
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text.strip() or sent or latex


class _Converter(LatexNodes2Text):  # type: ignore[misc]  # the library has no types
    """Writes powers and indices as such, and puts what belongs together in parentheses."""

    def nodelist_to_text(self, nodelist: Any) -> str:
        text, was_fraction, before = "", False, ""
        for node in nodelist or ():
            part = self.node_to_text(node)
            is_fraction = getattr(node, "macroname", "") in (*_FRACTIONS, "sqrt")
            if was_fraction and _AFTER_OPERAND.match(part):
                text = f"{text[: -len(before)]}({before}){part}"
                part = ""
            if is_fraction and _BEFORE_OPERAND.search(text):
                part = part if part.startswith("√") else f"({part})"
            if text.endswith(("^", "_")):
                text = text[:-1] + _script(text[-1], part)
            elif (is_fraction or was_fraction) and _would_join(text, part):
                text += f" {part}"
            else:
                text += part
            text += getattr(node, "macro_post_space", "")
            was_fraction, before = is_fraction, part
        if len(text) > _LONGEST:
            raise ValueError(len(text))
        return text

    def chars_node_to_text(self, node: Any, textcol: int = 0) -> str:
        del textcol
        return _SHORT_SCRIPT.sub(lambda match: _script(*match.groups()), node.chars)

    def environment_node_to_text(self, node: Any) -> str:
        if not ENVIRONMENT.fullmatch(node.environmentname):
            raise LookupError(node.environmentname)
        return str(super().environment_node_to_text(node))

    def macro_node_to_text(self, node: Any) -> str:
        is_known = self.latex_context.get_macro_spec(node.macroname) is not None
        # "u" is a character that is made visible.
        if not is_known or node.macroname in ("u", *_LOSSY):
            raise LookupError(node.macroname)  # half a formula would be a wrong one
        return str(super().macro_node_to_text(node))


def _would_join(before: str, after: str) -> bool:
    """Return whether a fraction, or a root, would seem to go on with what stands beside it."""
    return _is_operand(before[-1:], ")") and _is_operand(after[:1], "(")


def _is_operand(character: str, bracket: str) -> bool:
    return character.isalnum() or character == bracket


def _accented(mark: str, node: Any, l2tobj: Any) -> str:
    return "".join(c + mark for c in l2tobj.nodelist_to_text(node.nodeargd.argnlist))


def _determinant(node: Any, l2tobj: Any) -> str:
    matrix = fmt_matrix_environment_node(node, l2tobj)
    return f"|{matrix[1:-1].strip()}|"


def _cases(node: Any, l2tobj: Any) -> str:
    rows: list[list[list[Any]]] = [[[]]]
    for each in node.nodelist:
        if getattr(each, "macroname", "") == "\\":
            rows.append([[]])
        elif getattr(each, "specials_chars", "") == "&":
            rows[-1].append([])
        else:
            rows[-1][-1].append(each)
    lines = (", ".join(l2tobj.nodelist_to_text(cell).strip(" ,") for cell in row) for row in rows)
    return "{" + "; ".join(line for line in lines if line)


def _fraction(node: Any, l2tobj: Any) -> str:
    parts = node.nodeargd.argnlist[-2:]
    above, below = (l2tobj.nodelist_to_text([part]).strip() for part in parts)
    # A product above is the same whether its last factor alone is divided.
    is_product = re.fullmatch(r"\w*(?:\([^()]*\))?", above)
    above = above if is_product else _grouped(above, parts[0], _PART)
    return f"{above}/{_grouped(below, parts[1], _PART)}"


def _root(node: Any, l2tobj: Any) -> str:
    degree, inside = node.nodeargd.argnlist
    sign = _script("^", l2tobj.nodelist_to_text([degree])) if degree else ""
    return f"{sign}√{_grouped(l2tobj.nodelist_to_text([inside]), inside, _ATOM)}"


def _grouped(text: str, node: Any, atom: re.Pattern[str]) -> str:
    """Return ``text`` in parentheses unless it is an atom, or one word."""
    text, nodes = text.strip(), [node]
    while len(nodes) == 1 and getattr(nodes[0], "macroname", "") not in _WORDS:
        nodes = getattr(nodes[0], "nodelist", [])
    is_word = len(nodes) == 1 and re.fullmatch(r"\w+", text)
    return text if is_word or atom.fullmatch(text) else f"({text})"


def _script(sign: str, text: str) -> str:
    table = dict(zip(*_tables()[sign], strict=True))
    text = text.strip()
    if text == "∘" and sign == "^":
        return "°"
    if all(character in table for character in text):
        return "".join(table[character] for character in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


@cache
def _tables() -> Any:
    """Return what the converter does not know, or writes so that it misleads; %s: an argument."""
    return json.loads(Path(__file__).with_name("latex.json").read_bytes())


@cache
def _grammar() -> Any:
    """Return what the parser knows: how many arguments a macro takes."""
    context = latexwalker.get_default_latex_context_db()
    macros = [MacroSpec(name, arguments) for name, arguments in _tables()["arguments"].items()]
    context.add_context_category("azchat", prepend=True, macros=macros)
    return context


@cache
def _converter() -> _Converter:
    """Return what knows how a macro reads."""
    macros = [MacroTextSpec(name, text) for name, text in _tables()["macros"].items()]
    macros += [MacroTextSpec(name, _fraction) for name in _FRACTIONS]
    accents = _tables()["accents"].items()
    macros += [MacroTextSpec(name, partial(_accented, mark)) for name, mark in accents]
    macros += [MacroTextSpec("sqrt", _root)]
    shapes = (("vmatrix", _determinant), ("cases", _cases))
    environments = [EnvironmentTextSpec(*shape) for shape in shapes]
    # Its marks of print, such as a dash for "--", are not for formulas.
    known = get_default_latex_context_db()
    context = known.filter_context(exclude_categories=["nonascii-specials"])
    specials = [SpecialsTextSpec("~", " ")]
    context.add_context_category("azchat", macros, environments, specials, prepend=True)
    return _Converter(context, math_mode="text")


_FAILURES = (
    latexwalker.LatexWalkerError,
    *(ValueError, TypeError, LookupError, AttributeError, RecursionError),
)
