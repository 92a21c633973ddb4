"""Finds tags in a text that streams, and tells one that is a tag from one that is written about.

All that is decided here depends on the text alone, never on where it was cut: what needs to
see more of it answers None until enough of it came, or ``ended``.
"""

import re
from collections.abc import Iterable

LONGEST_LOOK = 4096  # characters behind a tag that may say what it is
_LONGEST_ATTRIBUTES = 200
FIRST = re.compile(r"[<\[◁]")
_DIGEST = 64 * 1024  # characters
_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})(.*)")
_LATER_FENCE = re.compile(r"(?:\A|\n)[ >]*(`{3,}|~{3,})([^\n]*)(\n|\Z)")
_LIST_ITEM = re.compile(r"\s*(?:[-*+•]|(?:\d{1,3}|[a-z])[.)])\s*")
_OPENED = re.compile(r"(?:^|[\s(\[{=,:+\-`\"'])[`\"'“‘«„(\[{]\Z")  # noqa: RUF001 - quotation marks
_PAIRS = dict(zip("`\"'“‘«„*_~([{", "`\"'”’»“*_~)]}", strict=True))  # noqa: RUF001 - quotation marks
# No sentence and no paragraph ends so, and no answer begins so.
_GOES_ON = frozenset(",;–—-/<=|&+\\@#$%^([{“‘«„`")  # noqa: RUF001
_NO_BEGINNING = frozenset(".,;:!?)]}>'\"`”’»/\\|-=&%")  # noqa: RUF001


class Finder:
    """Finds the first of some tags; an element's may be in capitals and have attributes."""

    def __init__(self, tags: Iterable[str]) -> None:
        self._tags = tuple(tags)
        self._whole = re.compile("|".join(f"({_pattern(tag)})" for tag in self._tags))

    def find(self, text: str, start: int = 0) -> tuple[int, int]:
        """Return where the first tag begins and ends.

        Without one, twice: where the beginning of a tag at the end begins, or the end.
        """
        if not FIRST.search(text, start):
            return len(text), len(text)
        if whole := self._whole.search(text, start):
            return whole.span()
        at = max(map(text.rfind, "<[◁"))
        at = at if at >= start and self.may_begin(text[at:]) else len(text)
        return at, at

    def match(self, text: str) -> tuple[int, int]:
        """Return where the tag ends that ``text`` begins with, and which it is; 0 without one."""
        whole = self._whole.match(text)
        return (whole.end(), (whole.lastindex or 1) - 1) if whole else (0, 0)

    def may_begin(self, text: str) -> bool:
        """Return whether ``text`` is the beginning of a tag."""
        return any(_begins(tag, text) for tag in self._tags)


class Place:
    """Knows where in a text its end stands: in code, in a quotation, at a line's end."""

    def __init__(self) -> None:
        self._new: list[str] = []  # not looked at before a tag comes
        self._size = 0
        self._line = ""  # the last one, or "…" and its end
        self._fence = ""  # what opened the code that is still open
        self._above = ""  # the last visible character of the lines above

    def add(self, text: str) -> None:
        """Take more of the text."""
        self._new.append(text)
        self._size += len(text)
        if self._size > _DIGEST:
            self._digest()

    def in_code(self, rest: str, *, ended: bool) -> bool | None:
        """Return whether a tag here, with ``rest`` behind it, is in code or between quotes."""
        self._digest()
        rest, is_all = rest[:LONGEST_LOOK], ended or len(rest) >= LONGEST_LOOK
        if _OPENED.search(self._line):
            if not (rest or is_all):
                return None
            if rest.startswith(_PAIRS[self._line[-1]]):
                return True
        if self._fence:  # it is, if the code ends behind it before other code begins
            later = _LATER_FENCE.search(rest)
            if later and (later[3] or is_all):
                return _closes(later, self._fence)
            return False if is_all else None
        if self._line.count("`") % 2 == 0:
            return False
        line, newline, _ = rest.partition("\n")
        return line.count("`") % 2 == 1 if newline or is_all else None

    @property
    def is_open(self) -> bool:
        """Whether code or a quotation is open."""
        self._digest()
        is_quotation = self._line.lstrip(" ").startswith(">")
        return bool(self._fence) or is_quotation or _is_open(self._line)

    def ends_thinking(self, rest: str, *, ended: bool) -> bool | None:
        """Return whether a closing tag here, that nothing opened, stands as one.

        It does at the end of a line, a sentence or a paragraph, with an answer behind it, and
        not in code, in a quotation, in a list or in a table.
        """
        if self.is_open:
            return False
        line, stem = self._line, self._line.rstrip(" ")
        is_indented = len(line) - len(line.lstrip()) > 3
        if is_indented or line.lstrip().startswith("|") or _LIST_ITEM.fullmatch(line):
            return False
        follows = _follows(rest, ended=ended)
        if not follows:
            return None if follows is None else False
        if not stem:
            return self._above != ":"  # behind a colon it is shown
        last = stem[-1]
        if last.isalnum() or last == ":":
            return follows == "\n" and stem == line
        return last not in _GOES_ON and not rest.startswith(_PAIRS.get(last, "\0"))

    def begins_paragraph(self) -> bool:
        """Return whether a line begins here, behind text that announces nothing."""
        self._digest()
        return not (self._line or self._fence or self._above == ":")

    def is_glued(self) -> bool:
        """Return whether a tag here stands on a line of its own or right behind a word."""
        is_open, last = self.is_open, self._line[-1:]
        return not (is_open or last in _GOES_ON or last == " ") and (last or self._above) != ":"

    def _digest(self) -> None:
        if not self._new:
            return
        text = self._line + "".join(self._new)
        self._new, self._size = [], 0
        above, newline, line = text.rpartition("\n")
        self._line = line if len(line) <= LONGEST_LOOK else f"…{line[-LONGEST_LOOK:]}"
        if self._fence or "```" in above or "~~~" in above:
            for each in above.split("\n"):
                if found := _FENCE.match(each):
                    self._pass_fence(found)
        if newline and (visible := above.rstrip()):
            self._above = visible[-1]

    def _pass_fence(self, found: re.Match[str]) -> None:
        if not self._fence and "`" not in found[2]:
            self._fence = found[1]
        elif self._fence and _closes(found, self._fence):
            self._fence = ""


def _closes(found: re.Match[str], fence: str) -> bool:
    return found[1].startswith(fence) and not found[2].strip()


def _is_open(line: str) -> bool:
    """Return whether a code span or a quotation is open at the end of ``line``."""
    is_quoted = any(line.count(begin) > line.count(end) for begin, end in ("“”", "«»"))
    return is_quoted or line.count("`") % 2 == 1 or line.count('"') % 2 == 1


def _follows(rest: str, *, ended: bool) -> str | None:
    """Return what stands behind a tag: a newline, what begins an answer, "" for anything else."""
    looked = rest[:LONGEST_LOOK]
    visible = looked.lstrip()
    if not visible:
        return "" if ended or len(rest) >= LONGEST_LOOK else None
    gap, first = looked[: len(looked) - len(visible)], visible[0]
    if "\n" in gap:
        return "\n"
    if gap:
        is_one = first in "*#" or (first.isalnum() and not first.islower())
    else:
        is_one = first not in _NO_BEGINNING
    return first if is_one else ""


def _is_element(tag: str) -> bool:
    return tag[0] == "<" and "|" not in tag


def _pattern(tag: str) -> str:
    if not _is_element(tag):
        return re.escape(tag)
    attributes = rf"(?=[^<>]{{0,{_LONGEST_ATTRIBUTES}}}>)(?:\s+[\w:.-]+=[^<>]*|\s*)>"
    return rf"(?i:{re.escape(tag[:-1])}){attributes}"


def _begins(tag: str, text: str) -> bool:
    if not _is_element(tag):
        return tag.startswith(text)
    stem, text = tag[:-1], text.lower()
    if len(text) <= len(stem):
        return stem.startswith(text)
    behind = text[len(stem) :]
    is_short = len(behind) <= _LONGEST_ATTRIBUTES
    return text.startswith(stem) and is_short and behind[0].isspace() and ">" not in behind
