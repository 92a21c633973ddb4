"""Makes text safe to show on a terminal: what would act is shown instead.

All that is written to a terminal passes ``visible``, but ``Codes``; who may make those, and who
writes elsewhere than through an ``Output``, is listed in tests/render/test_ways_out.py.
One table, one character at a time: ``visible(a) + visible(b) == visible(a + b)``, so the cuts
of a stream cannot hide anything.
"""

import re

# C0 but tab and newline, DEL, C1; soft hyphen and Arabic letter mark; zero-width and bidi
# marks (but ZWNJ and ZWJ, which scripts and emoji need); line separators, bidi embeddings,
# isolates and overrides; interlinear marks; invisible tags and supplementary variation
# selectors; the byte order mark; lone surrogates.
_UNSAFE = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_MARKS = "\u200e\u200f\u2066\u2067\u2068\u2069"  # LRM, RLM, isolates and their end
_ANY = re.compile(_UNSAFE)


class Codes(str):
    """Text that may move the cursor and change colours: whoever makes it has made it safe."""

    __slots__ = ()


def styled(text: str, sgr: str, end: str = "") -> Codes:
    """Return ``text`` in the colours ``sgr`` names, ``end`` behind it without them."""
    return Codes(f"\x1b[{sgr}m{visible(text)}\x1b[0m{end}")


def visible(text: str) -> str:
    r"""Return ``text`` with control characters as ``^[`` or ``\u{202E}``."""
    return re.sub(_UNSAFE, _shown, text)


def readable(text: str) -> str:
    """Return what ``visible`` does, but LRM, RLM and isolates that a line balances are text."""
    if not _ANY.search(text):
        return text
    return "\n".join(map(_readable_line, text.split("\n")))


def readable_part(text: str) -> str:
    """Return a part of a line of which ``readable`` is asked as a whole."""
    return re.sub(_UNSAFE, lambda match: match[0] if match[0] in _MARKS else _shown(match), text)


def _readable_line(line: str) -> str:
    balanced: set[int] = set()
    opened: list[int] = []
    for match in re.finditer("[\u2066-\u2069]", line):
        if match[0] != "\u2069":
            opened.append(match.start())
        elif opened:
            balanced |= {opened.pop(), match.start()}

    def shown(match: re.Match[str]) -> str:
        is_text = match[0] in "\u200e\u200f" or match.start() in balanced
        return match[0] if is_text else _shown(match)

    return re.sub(_UNSAFE, shown, line)


def shortened(line: str, length: int = 600) -> str:
    """Return ``line`` on one line of at most ``length`` characters."""
    line = line.replace("\n", " ")
    return line if len(line) <= length else line[: length - 3] + "..."


def broken(text: str, columns: int) -> str:
    """Return ``text`` with its lines broken between words where they are longer."""
    if len(text) <= columns:
        return text
    from textwrap import TextWrapper

    wrapper = TextWrapper(columns, break_long_words=False, break_on_hyphens=False)
    lines = []
    for line in text.split("\n"):
        wrapper.subsequent_indent = line[: len(line) - len(line.lstrip(" "))]
        lines += wrapper.wrap(line) if len(line) > columns else [line]
    return "\n".join(lines)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return f"^{chr(code + 0x40)}"
    return "^?" if code == 0x7F else f"\\u{{{code:04X}}}"
