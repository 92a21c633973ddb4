"""Programs: the lines of a code fence, coloured by Pygments."""

from functools import lru_cache
from typing import TYPE_CHECKING

from azchat.render.rows import SGR, Row, Span, fold
from azchat.render.safe import visible
from azchat.render.theme import Theme

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_CHUNK, _LONGEST_CHUNK = 32, 128  # lines
_CHUNK_SIZE = 16 * 1024  # characters
_TAB = 4


def ends_chunk(lines: list[str]) -> bool:
    """Return whether a long piece of code may be coloured apart from what follows.

    Then a chunk costs the same wherever it stands in a long fence; a comment or a text that
    goes on past the cut loses its colour there. Cuts are at blank lines if there are any.
    """
    return (
        (len(lines) >= _CHUNK and not lines[-1].strip())
        or len(lines) >= _LONGEST_CHUNK
        or sum(map(len, lines)) > _CHUNK_SIZE
    )


def code_chunks(lines: list[str]) -> list[list[str]]:
    """Return ``lines`` in the chunks that are coloured one by one."""
    chunks: list[list[str]] = [[]]
    for line in lines:
        chunks[-1].append(line)
        if ends_chunk(chunks[-1]):
            chunks.append([])
    return [chunk for chunk in chunks if chunk]


def code_rows(lines: list[str], info: str, width: int, theme: Theme) -> list[Row]:
    """Return the rows of one chunk; ``info`` is what stands behind the opening fence."""
    rows: list[Row] = []
    for line in _coloured([visible(line.expandtabs(_TAB)) for line in lines], info, theme):
        rows += fold(line, width)
    return rows


def fence_edge(info: str, width: int, theme: Theme) -> Row:
    """Return the row above a fence's code (with its language) or below it (without)."""
    label = f"── {visible(info)}".strip()
    return fold([(label, theme.styles["frame"])], width)[0]


def _coloured(lines: list[str], info: str, theme: Theme) -> list[list[Span]]:
    lexer = find_lexer(info)
    if lexer is None:
        return [[(line, "")] for line in lines]
    styles: dict[tuple[str, ...], SGR] = {}
    coloured: list[list[Span]] = [[]]
    for token_type, text in lexer.get_tokens("\n".join(lines)):
        style = styles.get(token_type)
        if style is None:
            style = styles[token_type] = theme.token(token_type)
        first, *rest = text.split("\n")
        coloured[-1].append((first, style))
        coloured += [[(piece, style)] for piece in rest]
    return coloured


def find_lexer(info: str) -> "Lexer | None":
    """Return what knows the language that stands behind a fence's mark; None where nothing does."""
    return _lexer((info.split() or [""])[0].strip("{}.").lower())


@lru_cache(maxsize=32)
def _lexer(name: str) -> "Lexer | None":
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=False) if name else None
    except ClassNotFound:
        return None
