"""Sessions in a list, and what a search found in them: rows for a terminal."""

import re
from collections.abc import Iterator, Sequence

from azchat.render.drawn import Cell, Column, table, text
from azchat.render.rows import Row
from azchat.render.words import turn_of, when, where_of
from azchat.sessions import SessionInfo
from azchat.sessions.search import Found, pattern_of
from azchat.terminal.safe import visible

# In the order of importance: what there is no room for is left out from the end.
_COLUMNS = (
    Column("SESSION", "cyan", widest=24),
    Column("TITLE", room=24),
    Column("USED", "dim", widest=15),
    Column("MODEL", "dim", widest=24),
    Column("TURNS", "dim", widest=6, is_number=True),
    Column("TOKENS", "dim", widest=10, is_number=True),
)
_WORD = re.compile(r"[^\W_]+")


def session_rows(sessions: Sequence[SessionInfo], now: float, width: int) -> list[Row]:
    """Return a table of ``sessions`` that fits ``width`` cells, one row each."""
    told = (
        (info.ref, info.title, when(info.updated, now), info.model or "", info.turns, info.tokens)
        for info in sessions
    )
    lines = [[" ".join(visible(str(value)).split()) for value in values] for values in told]
    return table(_COLUMNS, lines, width)


def found_rows(
    found: Sequence[tuple[SessionInfo, Found]], query: str, now: float, width: int
) -> list[Row]:
    """Return what was found below its session, in the order of the first hit of each."""
    rows: list[Row] = []
    before: int | None = None
    order = {info.id: at for at, (info, _) in reversed(list(enumerate(found)))}
    for info, place in sorted(found, key=lambda pair: order[pair[0].id]):
        if info.id != before:
            head: list[Cell] = [(info.ref, "cyan"), "  ", (info.title, "bold")]
            head.append((f" · {when(info.updated, now)}", "dim"))
            rows += [*([Row("", 0)] if rows else []), *text(head, width)]
        before = info.id
        where = (f"{turn_of(place)} · {where_of(place)}: ", "dim")
        rows += text([where, *_highlighted(visible(place.snippet), query)], width, indent=2)
    return rows


def _highlighted(words: str, query: str) -> Iterator[Cell]:
    wanted = sorted(_WORD.findall(query), key=len, reverse=True)
    pattern = re.compile(f"({'|'.join(map(pattern_of, wanted))})", re.IGNORECASE)
    for place, piece in enumerate(pattern.split(words)):
        yield (piece, "bold yellow" if place % 2 else "")
