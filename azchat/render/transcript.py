"""A saved conversation, whole: rows for a terminal, or text for a pipe."""

from collections.abc import Callable, Iterator, Sequence

from azchat.messages import File, Image, Part, Reasoning, Text, ToolCall, ToolResult
from azchat.render.markdown import MarkdownText
from azchat.render.rows import SGR, Row, Span, prose, wrap
from azchat.render.theme import Theme
from azchat.render.thinking import DIM
from azchat.render.words import answered, cost, date, facts, mark, picture, when
from azchat.sessions import SavedSession, SavedTurn
from azchat.terminal.safe import shortened, visible

_BOLD: SGR = "1"
_QUESTION: SGR = "1;36"
_YELLOW: SGR = "33"
_TAB = 4
_BLANK = Row("", 0)


class Transcript:
    """Lays out a session for ``width`` cells; ``now`` is in seconds since 1970.

    ``thinking``: all of it, not only that there was some. ``draw`` gives the rows of a picture.
    """

    def __init__(
        self,
        theme: Theme,
        width: int,
        now: float,
        *,
        thinking: bool,
        draw: Callable[[Image], Sequence[Row]] = lambda image: (),  # noqa: ARG005
    ) -> None:
        self._theme, self._width, self._now = theme, max(1, width), now
        self._thinking, self._draw = thinking, draw

    def rows(self, session: SavedSession) -> Iterator[Row]:
        """Yield the session, from its title to what its last turn ended with."""
        info = session.info
        yield from self._lines(visible(info.title), _BOLD)
        yield from self._lines(visible(facts(info, when(info.updated, self._now))), DIM)
        for turn in session.turns:
            yield _BLANK
            yield from self._turn(turn)

    def _turn(self, turn: SavedTurn) -> Iterator[Row]:
        yield from self._head("You", f"{turn.place} · {when(turn.began, self._now)}")
        for part in turn.question.parts:
            yield from self._lines(visible(_spoken(part)))
            if isinstance(part, Image):
                yield from self._draw(part)
        yield _BLANK
        yield from self._head(visible(turn.model or "Answer"), cost(turn))
        for part, label in answered(turn):
            yield from self._part(part, label)
        if what := mark(turn):
            yield from self._lines(visible(what), _YELLOW)

    def _part(self, part: Part, label: str) -> Iterator[Row]:
        match part:
            case Reasoning(text=text):
                yield from self._reasoning(text, label) if text else ()
            case Text(text=text):
                answer = MarkdownText(self._theme)
                answer.feed(text.strip("\r\n"))
                answer.finish()
                yield from answer.settled(self._width)
            case _:
                yield from self._lines(visible(shortened(_spoken(part))), DIM)

    def _reasoning(self, text: str, label: str) -> Iterator[Row]:
        yield from self._lines(f"{'▾' if self._thinking else '▸'} {label}", DIM)
        if self._thinking:
            yield from self._lines(visible(text.strip()), DIM)
        yield _BLANK

    def _head(self, who: str, about: str) -> list[Row]:
        rest: list[Span] = [(f"  {about}", DIM)] if about else []
        return wrap([(who, _QUESTION if who == "You" else _BOLD), *rest], self._width)

    def _lines(self, text: str, style: SGR = "") -> list[Row]:
        return _wrapped(text, self._width, style)


def dimmed_rows(text: str, width: int) -> list[Row]:
    """Return thinking alone, as rows of ``width`` cells."""
    return _wrapped(visible(text.strip("\n")), width, DIM)


def transcript_text(session: SavedSession, *, thinking: bool) -> str:
    """Return the session as plain text, each word as it was saved."""
    return "\n\n".join("\n".join(lines) for lines in _texts(session, thinking=thinking)) + "\n"


def _texts(session: SavedSession, *, thinking: bool) -> Iterator[Sequence[str]]:
    info = session.info
    yield visible(info.title), visible(facts(info, date(info.updated)))
    for turn in session.turns:
        head = "You:" if turn.number > 0 else f"You ({turn.place}):"
        yield head, *map(_spoken, turn.question.parts)
        yield f"{turn.model or 'Answer'}:", *_answer(turn, thinking=thinking)


def _answer(turn: SavedTurn, *, thinking: bool) -> Iterator[str]:
    for part, label in answered(turn):
        if not isinstance(part, Reasoning):
            yield _spoken(part).rstrip("\n")
        elif part.text:
            yield f"▾ {label}\n{part.text}\n" if thinking else f"▸ {label}"
    if what := mark(turn):
        yield f"[{what}]"


def _wrapped(text: str, width: int, style: SGR = "") -> list[Row]:
    lines = text.expandtabs(_TAB).split("\n")
    return [row for line in lines for row in prose([(line, style)], max(1, width))]


def _spoken(part: Part) -> str:
    match part:
        case Text(text=text) | Reasoning(text=text):
            return text
        case Image():
            return f"[{picture(part)}]"
        case File(name=name, text=text):
            return f"[{name}]\n{text}"
        case ToolCall(name=name, arguments=arguments):
            return f"→ {name}({arguments})"
        case ToolResult(text=text):
            return f"← {text}"
