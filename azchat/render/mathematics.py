r"""Where LaTeX stands in prose.

``$x$``, ``\(x\)``, ``$$x$$`` and ``\[x\]`` are mathematics. A formula of its own line ends at
its closing mark, and before a blank line or a fence at the latest.
"""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
_OPENING_LINE = re.compile(r" {0,3}(\$\$|\\\[)")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
# A price is no formula: between single dollars stands LaTeX, one word, or operators
# between single letters and numbers.
_FORMULA = re.compile(r"[\\^_{}=]|^\S{1,12}$|^(?:[A-Za-z](?![A-Za-z])|[\d\s+\-*/<>().,|!:'])+$")


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
