r"""LaTeX in prose: where it stands, and how it reads in Unicode.

``$x$``, ``\(x\)``, ``$$x$$`` and ``\[x\]`` are mathematics. A formula of its own line ends at
its closing mark, and before a blank line or a fence at the latest.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
_OPENING_LINE = re.compile(r" {0,3}(\$\$|\\\[)")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
# A price is no formula: between single dollars stands LaTeX, one word, or operators
# between single letters and numbers.
_FORMULA = re.compile(r"[\\^_{}=]|^\S{1,12}$|^(?:[A-Za-z](?![A-Za-z])|[\d\s+\-*/<>().,|!:'])+$")
_PERCENT = re.compile(r"(?<!\\)((?:\\\\)*)%")  # it would begin a comment
_LONGEST = 64 * 1024  # characters: accents of accents double what they stand on
_BARE = (
    *("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle"),
    *("boxed", "operatorname", "limits", "boldsymbol"),
)
_NAMES = ("arg", "bmod", "csc", "cot", "deg", "det", "dim", "gcd", "ker", "sec")
_SIGNS = dict(
    zip(
        ("land", "lor", "neg", "implies", "iff", "ne", "gets", "Re", "Im", "bot"),
        "∧\u2228¬⟹⟺≠←\u211c\u2111⊥",
        strict=True,
    )
)
_ACCENTS = dict(
    zip(
        ("overline", "overrightarrow", "widehat", "widetilde"),
        "\u0305\u20d7\u0302\u0303",
        strict=True,
    )
)
_NO_BRACKET = re.compile(r"\\(?:left|right)\s*\.")
_LOSSY = ("underbrace", "overbrace", "ref", "eqref")  # the converter leaves half of it out
_FRACTIONS = ("frac", "dfrac", "tfrac")
_TIDY = (
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r"\s*\n\s*"), "\n"),
    (re.compile(r"(?<=[(\[{]) | (?=[)\]}])"), ""),
)
_SHORT_SCRIPT = re.compile(r"([\^_])([^\s^_])")
_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-=()niaebcdfghjklmoprstuvwxyzTAB",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵉᵇᶜᵈᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴬᴮ",
        strict=True,
    )
)
_SUBSCRIPTS = dict(
    zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)


def opens_formula(line: str) -> str | None:
    """Return the mark that ends the formula which this line begins; None where it begins none."""
    match = _OPENING_LINE.match(line)
    if not match:
        return None
    closer = _CLOSERS[match[1]]
    rest = line[match.end() :].rstrip()
    return closer if closer not in rest else None


def continues_formula(line: str, closer: str) -> bool | None:
    """Return False where ``line`` ends a formula, None where it turns out to be none."""
    line = line.rstrip()
    if not line or _FENCE.match(line):
        return None
    place = line.find(closer)
    if place < 0:
        return True
    return False if place == len(line) - len(closer) else None


def math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a formula that has its own lines: a rule for the parser of blocks."""
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].rstrip()
    if state.is_code_block(start) or first[:2] not in ("$$", "\\["):
        return False
    closer = _CLOSERS[first[:2]]
    if len(first) > 4 and first.find(closer, 2) == len(first) - 2:
        lines: list[str] | None = [first[2:-2]]
    else:
        lines = None if closer in first[2:] else _lines_of_formula(state, start, end, closer)
    if lines is None:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        lines[0] = lines[0].removeprefix(first[:2])
        token.content, token.map = "\n".join(lines).strip(), [start, start + len(lines)]
        state.line = start + len(lines)
    return True


def _lines_of_formula(state: StateBlock, start: int, end: int, closer: str) -> list[str] | None:
    """Return the lines of a formula, its closing mark taken off; None where it does not end."""
    # Where a search ended in vain, one that began between need not be made.
    vain: dict[object, int] = state.env.setdefault("vain", {})
    # Where it ends a paragraph of a list item it is not indented like that item.
    indent = state.blkIndent if state.sCount[start] >= state.blkIndent else 0
    key = (closer, end, indent)
    lines: list[str] = []
    last = start
    if start < vain.get(key, 0):
        return None
    while last < end and state.sCount[last] >= indent:
        line = state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]]
        is_inside = last == start or continues_formula(line, closer)
        if is_inside is None:
            break
        lines.append(line if is_inside else line.rstrip()[: -len(closer)])
        if not is_inside:
            return lines
        last += 1
    vain[key] = last
    return None


def math_inline(state: StateInline, silent: bool) -> bool:
    """Read a formula within a line: a rule for the parser of inlines."""
    source, start = state.src, state.pos
    opener = source[start : start + 2]
    if opener not in _CLOSERS:
        opener = opener[:1]
        if opener != "$":
            return False
    closer = _CLOSERS[opener]
    first = start + len(opener)
    last = source.find(closer, first)
    while last > 0 and closer[0] == "$" and source[last - 1] == "\\":
        last = source.find(closer, last + 1)
    content = source[first:last] if last > 0 else ""
    after = source[last + len(closer) : last + len(closer) + 1]
    if not content.strip() or (opener == "$" and not _is_formula(content, after)):
        return False
    if not silent:
        state.push("math_inline", "", 0).content = content
    state.pos = last + len(closer)
    return True


def _is_formula(content: str, after: str) -> bool:
    last = content[-1]
    is_tight = not content[0].isspace() and not last.isspace() and "`" not in content
    # $A:$B are variables, the $n$th is one thing.
    is_cut = after.isascii() and after.isalpha() and not (last.isalnum() or last in ")]}'!")
    return is_tight and not after.isdigit() and not is_cut and bool(_FORMULA.search(content))


@lru_cache(maxsize=256)
def to_unicode(latex: str) -> str:
    """Return ``latex`` as text a person can read; as it is where it cannot be understood."""
    convert, failures = _converter()
    try:
        text: str = convert(latex)
    except failures:
        return latex
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text.strip() or latex


@cache
def _converter() -> tuple[Callable[[str], str], tuple[type[Exception], ...]]:
    from pylatexenc.latex2text import (
        EnvironmentTextSpec,
        LatexNodes2Text,
        MacroTextSpec,
        SpecialsTextSpec,
        get_default_latex_context_db,
    )
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerError
    from pylatexenc.latexwalker import get_default_latex_context_db as get_parser_context
    from pylatexenc.macrospec import MacroSpec

    class Converter(LatexNodes2Text):  # type: ignore[misc]  # the library has no types
        """Writes powers and indices as such, and puts what belongs together in parentheses."""

        def nodelist_to_text(self, nodelist: Any) -> str:
            text, was_fraction = "", False
            for node in nodelist or ():
                part = self.node_to_text(node)
                is_fraction = getattr(node, "macroname", "") in (*_FRACTIONS, "sqrt")
                if text.endswith(("^", "_")):
                    text = text[:-1] + _script(text[-1], part)
                elif (is_fraction or was_fraction) and _would_join(text, part):
                    text += f" {part}"
                else:
                    text += part
                text += getattr(node, "macro_post_space", "")
                was_fraction = is_fraction
            if len(text) > _LONGEST:
                raise ValueError(len(text))
            return text

        def chars_node_to_text(self, node: Any, textcol: int = 0) -> str:
            del textcol
            return _SHORT_SCRIPT.sub(lambda match: _script(*match.groups()), node.chars)

        def macro_node_to_text(self, node: Any) -> str:
            is_known = self.latex_context.get_macro_spec(node.macroname) is not None
            # "u" is a character that is made visible.
            if not is_known or node.macroname in ("u", *_LOSSY):
                raise LookupError(node.macroname)  # half a formula would be a wrong one
            return str(super().macro_node_to_text(node))

    macros = [MacroTextSpec(name, _fraction) for name in _FRACTIONS]
    macros += [MacroTextSpec("sqrt", _root), MacroTextSpec("binom", "C(%s, %s)")]
    macros += [MacroTextSpec(name, " ") for name in ("quad", "qquad")]
    macros += [MacroTextSpec(name, "") for name in _BARE]
    macros += [MacroTextSpec(name, name.removeprefix("b")) for name in _NAMES]
    macros += [MacroTextSpec(name, sign) for name, sign in _SIGNS.items()]
    macros += [MacroTextSpec(name, partial(_accented, mark)) for name, mark in _ACCENTS.items()]
    context = get_default_latex_context_db()
    # Its marks of print, such as a dash for "--", are not for formulas.
    context = context.filter_context(exclude_categories=["nonascii-specials"])
    context.add_context_category(
        "azchat",
        prepend=True,
        macros=macros,
        environments=[EnvironmentTextSpec("vmatrix", _determinant)],
        specials=[SpecialsTextSpec("~", " ")],
    )
    converter = Converter(context, math_mode="text")
    parser_context = get_parser_context()
    parser_context.add_context_category(
        "azchat",
        prepend=True,
        macros=[MacroSpec(name, "{{") for name in ("dfrac", "tfrac", "binom")],
    )

    def convert(latex: str) -> str:
        latex = _NO_BRACKET.sub("", _PERCENT.sub(r"\1\%", latex))
        walker = LatexWalker(latex, latex_context=parser_context, tolerant_parsing=False)
        return converter.nodelist_to_text(walker.get_latex_nodes()[0])

    failures = (LatexWalkerError, ValueError, TypeError, LookupError, AttributeError)
    return convert, (*failures, RecursionError)


def _would_join(before: str, after: str) -> bool:
    """Return whether a fraction, or a root, would seem to go on with what stands beside it."""
    return _is_operand(before[-1:], ")") and _is_operand(after[:1], "(")


def _is_operand(character: str, bracket: str) -> bool:
    return character.isalnum() or character == bracket


def _accented(mark: str, node: Any, l2tobj: Any) -> str:
    return "".join(c + mark for c in l2tobj.nodelist_to_text(node.nodeargd.argnlist))


def _determinant(node: Any, l2tobj: Any) -> str:
    from pylatexenc.latex2text import fmt_matrix_environment_node

    matrix = fmt_matrix_environment_node(node, l2tobj)
    return f"|{matrix[1:-1].strip()}|"


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = (l2tobj.nodelist_to_text([part]).strip() for part in node.nodeargd.argnlist[-2:])
    is_product = re.fullmatch(r"\w+\([^()]*\)", above)
    return f"{above if is_product else _grouped(above)}/{_grouped(below)}"


def _root(node: Any, l2tobj: Any) -> str:
    degree, inside = node.nodeargd.argnlist
    sign = _script("^", l2tobj.nodelist_to_text([degree])) if degree else ""
    return f"{sign}√{_grouped(l2tobj.nodelist_to_text([inside]))}"


def _grouped(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"\w*|√?\(?[\w.]+\)?", text) else f"({text})"


def _script(sign: str, text: str) -> str:
    table = _SUPERSCRIPTS if sign == "^" else _SUBSCRIPTS
    text = text.strip()
    if text == "∘" and sign == "^":
        return "°"
    if all(character in table for character in text):
        return "".join(table[character] for character in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"
