"""Full-text search over questions, answers and thinking.

Words are found by their beginnings. Chinese, Japanese and Korean have no spaces between
words, so each of their characters is a word, and a query of several is a phrase of them.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from azchat.sessions.database import Database

Where = Literal["all", "questions", "answers", "thinking"]

_CJK = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf"
_CJK += "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_CHARACTER = re.compile(f"([{_CJK}])")
_WORD = re.compile(r"[^\W_]+")
_CONDITIONS: dict[Where, str] = {
    "all": "",
    "questions": "AND parts.role = 'user'",
    "answers": "AND parts.role = 'assistant' AND parts.type = 'text'",
    "thinking": "AND parts.type = 'reasoning'",
}
_SEARCH = (
    "SELECT turns.session, turns.number, parts.role, parts.type, parts.text"
    " FROM words JOIN parts ON parts.id = words.rowid JOIN turns ON turns.id = parts.turn"
    " WHERE words MATCH ? {} ORDER BY words.rowid DESC LIMIT ?"
)
_AROUND = 60  # characters of a snippet before and after what was found


class Found(NamedTuple):
    """A place where a query was found; ``snippet`` is the text around it, on one line."""

    session: int
    turn: int
    role: str
    type: str
    snippet: str


def search(database: "Database", query: str, where: Where, limit: int) -> Iterator[Found]:
    """Yield where all words of ``query`` stand in one part, the newest first."""
    words = _words(query)
    if not words:
        return
    rows = database.execute(_SEARCH.format(_CONDITIONS[where]), (_match(words), limit))
    for session, turn, role, kind, text in rows:
        yield Found(session, turn, role, kind, snippet(text, words))


def keep_words(database: "Database", part: int, text: str) -> None:
    """Let ``text`` be found; within a transaction."""
    database.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (part, _spaced(text)))


def forget_words(database: "Database", part: int, text: str) -> None:
    """Let ``text`` be found no more; within a transaction."""
    database.execute(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", (part, _spaced(text))
    )


def snippet(text: str, words: list[str]) -> str:
    """Return the surroundings of the first of ``words`` in ``text``, on one line."""
    pattern = "|".join(re.escape(word) for word in words)
    found = re.search(pattern, text, re.IGNORECASE)
    place = found.start() if found else 0
    begin, end = max(0, place - _AROUND), place + _AROUND
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return f"{before}{' '.join(text[begin:end].split())}{after}"


def _words(query: str) -> list[str]:
    return _WORD.findall(query)


def _match(words: list[str]) -> str:
    """Return the query in the language of FTS5: phrases, of which all must be there."""
    return " AND ".join(f'"{_spaced(word).strip()}"*' for word in words)


def _spaced(text: str) -> str:
    return _CHARACTER.sub(r" \1 ", text)
