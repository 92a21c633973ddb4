"""How saved sessions are shown to be picked from."""

from collections.abc import Callable, Iterator, Sequence

from azchat.render.rows import cell_width
from azchat.render.words import facts, when
from azchat.repl.picker import clipped, line_of
from azchat.sessions import SavedSession, SessionInfo

_WIDEST_REF = 20
_PREVIEWED = 6  # lines of the last answer


class SessionMenu:
    """The sessions, each with its first question and the last answer; ``load`` reads one."""

    verb = "resume"
    hint = "↑↓ choose · type to filter · Enter resumes · Esc leaves"

    def __init__(
        self, sessions: Sequence[SessionInfo], load: Callable[[int], SavedSession], now: float
    ) -> None:
        self._load, self._now = load, now
        self._loaded: dict[int, SavedSession] = {}
        names = {info.ref for info in sessions if info.name} | {str(max(i.id for i in sessions))}
        self._ref_width = max(cell_width(clipped(line_of(name), _WIDEST_REF)) for name in names)

    def texts(self, info: SessionInfo) -> str:
        """Return what is looked through."""
        return f"{info.ref} {info.title} {info.model}"

    def line(self, info: SessionInfo) -> str:
        """Return its name, when it was used, its title."""
        ref = clipped(line_of(info.ref), _WIDEST_REF)
        blank = " " * (self._ref_width - cell_width(ref))
        return f"{ref}{blank}  {when(info.updated, self._now):<15}  {line_of(info.title)}"

    def preview(self, info: SessionInfo) -> Iterator[tuple[str, str]]:
        """Yield its facts, its first and last question, and how the last answer begins."""
        if info.id not in self._loaded:
            self._loaded[info.id] = self._load(info.id)
        turns = self._loaded[info.id].turns
        yield "class:quiet", facts(info, when(info.updated, self._now))
        if turns:
            yield "class:prompt", f"> {turns[0].question.text}"
            if len(turns) > 1:
                yield "class:quiet", "  …"
                yield "class:prompt", f"> {turns[-1].question.text}"
            answer = [line for line in turns[-1].answer.splitlines() if line.strip()]
            yield from (("", f"  {line}") for line in answer[:_PREVIEWED])
