"""Full-text search over questions, answers and thinking.

Words are found by their beginnings. Chinese, Japanese, Korean and the scripts of South-East
Asia have no spaces between words, so each of their characters is a word, and a query of
several is a phrase of them.
"""

import re
from collections.abc import Iterator
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from azchat.sessions.database import Database

Where = Literal["all", "questions", "answers", "thinking"]
Span = tuple[float, float]
"""From when on, and until when; seconds since 1970."""
ALWAYS: Span = (0.0, inf)

_FIRST = "\u0e00"  # the lowest character of a script without spaces
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_SPACELESS}]"  # that goes on with the word beside it
_CONDITIONS: dict[Where, str] = {
    "all": "",
    "questions": "AND parts.role = 'user'",
    "answers": "AND parts.role = 'assistant' AND parts.type = 'text'",
    "thinking": "AND parts.type = 'reasoning'",
}
_SEARCH = (
    "SELECT turns.session, turns.number, parts.role, parts.type, turns.began, parts.text"
    " FROM words JOIN parts ON parts.id = words.rowid JOIN turns ON turns.id = parts.turn"
    " WHERE words MATCH ? AND turns.began >= ? AND turns.began < ? {}"
    " ORDER BY words.rowid DESC LIMIT ?"
)
_PLAIN = 50_000  # characters of a text in which a place is looked for without accents
_BIG = 15_000  # pages of the file; the words of 60 MB are gone in a second
_STEP = 500  # pages of the index that are merged at a time
_AROUND = 60  # characters of a snippet before and after what was found


class Found(NamedTuple):
    """A place where a query was found; ``snippet`` is the text around it, on one line.

    A ``turn`` below 0 was taken back, or its question was changed; ``began`` is when it was asked.
    """

    session: int
    turn: int
    role: str
    type: str
    began: float
    snippet: str

    @property
    def command(self) -> str:
        """What shows it, behind the session's name."""
        if self.turn < 0:
            return "show {} --all"
        return f"think {{}} {self.turn}" if self.type == "reasoning" else "show {}"


def search(
    database: "Database", query: str, where: Where, limit: int, within: Span
) -> Iterator[Found]:
    """Yield where all words of ``query`` stand in one part, the newest first."""
    phrases = _phrases(query)
    if not phrases:
        return
    match = " AND ".join(map(_match, phrases))
    for row in database.rows(_SEARCH.format(_CONDITIONS[where]), (match, *within, limit)):
        session, turn, role, kind, began, text = row
        yield Found(session, turn, role, kind, began, snippet(text, phrases))


def keep_words(database: "Database", part: int, text: str) -> None:
    """Let ``text`` be found; within a transaction."""
    database.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (part, _spaced(text)))


def forget_words(database: "Database", part: int, text: str) -> None:
    """Let ``text`` be found no more; within a transaction."""
    database.execute(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", (part, _spaced(text))
    )


def forget_for_good(database: "Database") -> None:
    """Take the words that were forgotten out of the file, in steps: others may write between.

    Of a big file that would take many seconds; there it is left to SQLite, which does it later.
    """
    ((size,),) = database.rows("PRAGMA page_count")
    if size > _BIG:
        return
    pages, changes, before = -_STEP, 2, 0
    while changes - before > 1:  # fewer: nothing was left to do (sqlite.org/fts5.html, 6.9)
        ((before,),) = database.rows("SELECT total_changes()")
        with database.erasing():
            database.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
        ((changes,),) = database.rows("SELECT total_changes()")
        pages = _STEP


def snippet(text: str, phrases: list[str]) -> str:
    """Return the surroundings of the first of ``phrases`` in ``text``, on one line."""
    place = _place_of(text, phrases)
    begin, end = max(0, place - _AROUND), place + _AROUND
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return f"{before}{' '.join(text[begin:end].split())}{after}"


def _phrases(query: str) -> list[str]:
    """Return what must be found: the words, and what stands between quotes as a whole."""
    chunks = (quoted or word for quoted, word in re.findall(r'"([^"]*)"|([^\s"]+)', query))
    return [chunk.replace("\0", " ") for chunk in chunks if _words(chunk)]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _place_of(text: str, phrases: list[str]) -> int:
    """Return where the longest of ``phrases`` that is found there begins; 0 for none."""
    patterns = [pattern_of(phrase) for phrase in sorted(phrases, key=len, reverse=True)]
    for searched in (text, _plain(text)):
        for pattern in patterns:
            if found := re.search(pattern, searched, re.IGNORECASE):
                return found.start()
    return 0


def _match(phrase: str) -> str:
    """Return a phrase in FTS5's own language."""
    beginning = "" if _is_letter(phrase) else "*"
    return f'"{_spaced(phrase)}"{beginning}'


def pattern_of(phrase: str) -> str:
    """Return a pattern that matches where the index does, but for accents."""
    words = [re.escape(word) for word in _words(phrase)]
    begin = f"(?<!{_LETTER})" if phrase < _FIRST else ""
    end = f"(?!{_LETTER})" if begin and _is_letter(phrase) else ""
    return begin + r"[\W_]+".join(words) + end


def _is_letter(phrase: str) -> bool:
    """Return whether it is one letter and signs, as C++: no beginning of all that begins so."""
    return len("".join(_words(phrase))) == 1


def _plain(text: str) -> str:
    """Return ``text`` without accents, of the same length; the index knows none."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return re.sub(r"[^\0-\x7f]", lambda found: normalize("NFD", found[0])[0], text[:_PLAIN])


def _spaced(text: str) -> str:
    return text if text.isascii() else _spaceless().sub(r" \1 ", text)


@cache
def _spaceless() -> re.Pattern[str]:
    return re.compile(f"([{_SPACELESS}])")  # takes 2 ms
