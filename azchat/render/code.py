"""Programs: the lines of a code fence, coloured by Pygments."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from azchat.render.rows import SGR, Row, Span, fold, wrap
from azchat.render.theme import Theme
from azchat.terminal.safe import readable, visible

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_CHUNK, _LONG_CHUNK, _LONGEST_CHUNK = 16, 64, 128  # lines
_CHUNK_SIZE = 16 * 1024  # characters
_TAB = 4


def begins_chunk(lines: list[str], line: str) -> bool:
    """Return whether ``line``, behind ``lines``, may be coloured apart from them.

    Then a chunk costs the same wherever it stands in a long fence; a comment or a text that
    goes on past the cut loses its colour there. So a cut comes behind a blank line if it can,
    better still where nothing is indented.
    """
    if len(lines) >= _LONGEST_CHUNK or sum(map(len, lines)) > _CHUNK_SIZE:
        return True
    if len(lines) < _CHUNK or lines[-1].strip():
        return False
    return bool(line[:1].strip()) or len(lines) >= _LONG_CHUNK


def code_chunks(lines: list[str]) -> list[list[str]]:
    """Return ``lines`` in the chunks that are coloured one by one."""
    chunks: list[list[str]] = []
    for line in lines:
        if not chunks or begins_chunk(chunks[-1], line):
            chunks.append([])
        chunks[-1].append(line)
    return chunks


def code_rows(lines: Iterable[list[Span]], width: int, indent: int = 0) -> list[Row]:
    """Return the rows of coloured lines; see ``fold``."""
    return [row for line in lines for row in fold(line, width, indent)]


def fence_edge(info: str, width: int, theme: Theme) -> list[Row]:
    """Return the rows above a fence's code (with its language) or below it (without)."""
    label = f"── {visible(info)}".strip().replace("\t", " ")
    return wrap([(label, theme.styles["frame"])], width)


def coloured(lines: list[str], info: str, theme: Theme) -> list[list[Span]]:
    """Return the lines of one chunk, with colours; ``info`` is what stands behind the fence."""
    lines = [readable(line.expandtabs(_TAB)) for line in lines]
    plain: list[list[Span]] = [[(line, "")] for line in lines]
    lexer = find_lexer(info)
    if lexer is None:
        return plain
    styles: dict[tuple[str, ...], SGR] = {}
    shown: list[list[Span]] = [[]]
    # Without its newline some lexers drop the last line.
    for token_type, text in lexer.get_tokens("\n".join([*lines, ""])):
        style = styles.get(token_type)
        if style is None:
            style = styles[token_type] = theme.token(token_type)
        first, *rest = text.split("\n")
        shown[-1].append((first, style))
        shown += [[(piece, style)] for piece in rest]
    del shown[-1]  # what stands behind the last newline
    is_same = ["".join([text for text, _ in line]) for line in shown] == lines
    return shown if is_same else plain


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
