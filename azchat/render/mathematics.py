r"""Where LaTeX stands in prose.

``$x$``, ``\(x\)``, ``$$x$$`` and ``\[x\]`` are mathematics, and so is an environment such as
``\begin{align}`` that has its own lines. A formula of its own line ends at its closing mark, and
before a blank line or a fence at the latest. Models escape brackets too: ``arr\[0\]``, ``f\(x\)``
and ``\[TODO\]`` are no formulas.
"""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
ENVIRONMENT = re.compile(
    r"(?:equation|align(?:ed|at)?|gather(?:ed)?|multline|flalign|eqnarray|displaymath|math|split"
    r"|cases|(?:[pbBvV]|small)?matrix|array)\*?"
)
"""The names of those that are mathematics, and that can be read in Unicode."""
_OPENING = re.compile(rf"\$\$|\\\[|\\begin\{{({ENVIRONMENT.pattern})\}}")
_OPENING_LINE = re.compile(rf" {{0,3}}(?={_OPENING.pattern})")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
# A price is no formula: between single dollars stands LaTeX, one word, or operators
# between single letters and numbers.
_FORMULA = re.compile(r"[\\^_{}=]|^\S{1,12}$|^(?:[A-Za-z](?![A-Za-z])|[\d\s+\-*/<>().,|!:'])+$")
# $_GET, $*, ${HOME}, "$x"; and a backslash that is none of LaTeX's, as in \.py$
_NO_FORMULA = re.compile(
    r"[_*'),;!].|\\_|.*\"|\{(?!.*(?<!\\)\\[A-Za-z]{2})|.*(?<!\\)(?:\\\\)*\\[^A-Za-z\s,;:!%$#&_{}|\\>]",
    re.DOTALL,
)
_COMMAND = re.compile(r"(?<!:)\\[A-Za-z]{2}")
_SCRIPT = re.compile(
    r"[\w)}\]]\s*\^\s*[\w{(*+\\-]|(?<![^\W\d_])[^\W\d_]_(?:\{|[^\W\d_](?!\w)|\d+\b)"
)
_LETTER = "[A-Za-z\u0391-\u03c9]"
_SIGNS = r"[\d\s+\-*/=<>()|!.']"
_TERM = re.compile(rf"\s*\d*{_LETTER}(?:'*|\([^()]*\))\s*")
_SUM = re.compile(
    rf"(?:{_LETTER}(?!{_LETTER})|{_SIGNS})*\s[+\-*/]\s(?:{_LETTER}(?!{_LETTER})|{_SIGNS})*"
)
_RELATION = re.compile(
    rf"(?:{_LETTER}{{1,2}}(?!{_LETTER})|{_SIGNS}|,)*[=<>](?:{_LETTER}{{1,2}}(?!{_LETTER})|{_SIGNS}|,)*"
)


def opens_formula(line: str) -> str | None:
    """Return the mark that ends the formula which this line begins; None where it begins none."""
    indent = _OPENING_LINE.match(line)
    if not indent:
        return None
    closer, rest = _opened(line[indent.end() :])
    return closer if closer not in rest and _may_go_on(closer, rest) else None


def _opened(line: str) -> tuple[str, str]:
    """Return what ends the formula that ``line`` begins, and the rest of the line."""
    opening = _OPENING.match(line)
    if not opening:
        return "", ""
    closer = f"\\end{{{opening[1]}}}" if opening[1] else _CLOSERS[opening[0]]
    return closer, line[opening.end() :].rstrip()


def _may_go_on(closer: str, rest: str) -> bool:
    return closer != "\\]" or not rest or _is_plain(rest, closer, "")


def _is_plain(content: str, closer: str, before: str) -> bool:
    """Return whether it is plain that what escaped brackets enclose is a formula."""
    if _NO_FORMULA.match(content):
        return False
    if _COMMAND.search(content):
        return True
    if before.isascii() and (before.isalnum() or before in (")", "]", "_")):
        return False
    is_calculation = _SUM.fullmatch(content) or _RELATION.fullmatch(content)
    is_term = closer == "\\)" and (_TERM.fullmatch(content) or _is_padded_number(content))
    return bool(_SCRIPT.search(content) or is_calculation or is_term)


def _is_padded_number(content: str) -> bool:
    return content[0] == content[-1] == " " and content.strip().replace(".", "").isdigit()


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
    closer, rest = _opened(first)
    is_code = state.is_code_block(start)
    if is_code or not closer or not _may_go_on(closer, rest.removesuffix(closer)):
        return False
    if rest != closer and rest.find(closer) == len(rest) - len(closer):
        lines: list[str] | None = [first.removesuffix(closer)]
    else:
        lines = None if closer in rest else _lines_of_formula(state, start, end, closer)
    if lines is None:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        state.line = start + len(lines)
        token.info = state.getLines(start, state.line, state.blkIndent, False)  # as it was sent
        lines[0] = lines[0].removeprefix(first[: len(first) - len(rest)])
        is_environment = closer.startswith("\\end")
        token.content = token.info if is_environment else "\n".join(lines).strip()
        token.map = [start, state.line]
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
    is_raised = closer == "\\)" and after in ("^", "_")  # \(a + b\)^2 is a part of one
    if opener[0] == "\\" and (
        is_raised or not _is_plain(content, closer, source[start - 1 : start])
    ):
        return False
    if not silent:
        token = state.push("math_inline", "", 0)
        token.content, token.info = content, opener + content + closer
    state.pos = last + len(closer)
    return True


def _is_formula(content: str, after: str) -> bool:
    last = content[-1]
    is_tight = not content[0].isspace() and not last.isspace() and "`" not in content
    # $A:$B are variables, the $n$th is one thing.
    is_cut = after.isascii() and after.isalpha() and not (last.isalnum() or last in ")]}'!")
    is_price = after.isdigit() or is_cut or last in "_^" or _NO_FORMULA.match(content)
    return is_tight and not is_price and bool(_FORMULA.search(content))
