"""How saved sessions, and one's deployments, are shown to be picked from."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from azchat.render.rows import cell_width
from azchat.render.words import facts, when
from azchat.repl.picker import clipped, line_of
from azchat.sessions import SavedSession, SessionInfo

if TYPE_CHECKING:
    from azchat.azure.discovery.found import Found

_WIDEST_REF = 20
_PREVIEWED = 6  # lines of the last answer
_WIDTHS = (24, 22, 18)  # cells, so that 80 have room for what stands in the way


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


class DeploymentMenu:
    """The deployments, each with its model and resource, and below all that is known.

    ``escape`` says what Escape does.
    """

    verb = "use"

    def __init__(self, escape: str) -> None:
        self.hint = f"↑↓ choose · type to filter · Enter takes it · Esc {escape}"

    def texts(self, found: "Found") -> str:
        """Return what is looked through."""
        return " ".join(map(str, found[:9]))

    def line(self, found: "Found") -> str:
        """Return its name, model, resource, and what stands in the way."""
        model = f"{found.model} {found.version}" if found.version else found.model
        cells = zip((found.name, model, found.resource), _WIDTHS, strict=True)
        padded = [_cell(text, width) for text, width in cells]
        mark = "no role" if found.may_chat is False else "".join(found.notes[:1])
        return f"{'  '.join(padded)}  {mark}".rstrip()

    def preview(self, found: "Found") -> Iterator[tuple[str, str]]:
        """Yield what is known of it."""
        facts = (found.model, found.version, found.publisher, found.region, found.capacity)
        yield "class:quiet", " · ".join(filter(None, facts))
        yield "class:quiet", f"in {found.subscription} · speaks {', '.join(found.dialects)}"
        yield "class:quiet", found.endpoint
        yield "", f"  {role_words(found)}"
        yield from (("", f"  {note}") for note in found.notes)


def role_words(found: "Found") -> str:
    """Return whether whoever is signed in may chat without a key."""
    if not found.takes_tokens:
        return "it takes a key alone"
    if found.may_chat is None:
        return "whether your role lets you chat is not told"
    return "your role lets you chat" if found.may_chat else "your role does not let you chat"


def _cell(text: str, width: int) -> str:
    shown = clipped(line_of(text), width)
    return shown + " " * (width - cell_width(shown))
