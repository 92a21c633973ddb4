"""Lets the user pick a session: arrows choose, typing filters, the chosen one is previewed."""

from collections.abc import Callable, Sequence

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.styles import Style

from azchat.render.rows import cell_width
from azchat.render.words import facts, when
from azchat.repl.endings import Endings
from azchat.repl.terminal_input import terminal_input
from azchat.sessions import SavedSession, SessionInfo
from azchat.terminal.safe import visible

_LISTED = 10  # sessions on the screen
_PREVIEWED = 6  # lines of the last answer
_ROOMY = 16  # lines of a screen that has room for the preview
_WIDEST_REF = 20
_MARGIN = 4
_HINT = "↑↓ choose · type to filter · Enter resumes · Esc leaves"
_STYLE = Style.from_dict({"prompt": "bold", "chosen": "reverse", "quiet": "fg:ansibrightblack"})


class Picker:
    """A few lines below the prompt, gone when something was picked; never the full screen."""

    def __init__(
        self, sessions: Sequence[SessionInfo], load: Callable[[int], SavedSession], now: float
    ) -> None:
        self._sessions, self._load, self._now = sessions, load, now
        self._loaded: dict[int, SavedSession] = {}
        self._matching = list(sessions)
        self._texts: list[str] = []  # what is looked through, once it is
        self._chosen = 0
        names = {info.ref for info in sessions if info.name} | {str(max(i.id for i in sessions))}
        self._ref_width = max(cell_width(_clipped(_line_of(name), _WIDEST_REF)) for name in names)
        self._query = Buffer(multiline=False, on_text_changed=lambda buffer: self._filter(buffer))
        self._app: Application[SessionInfo | None] = Application(
            layout=Layout(self._container()),
            key_bindings=self._bindings(),
            style=_STYLE,
            erase_when_done=True,
            input=terminal_input(),
            output=create_output(open(1, "w", encoding="utf-8", closefd=False)),  # noqa: SIM115
        )

    def pick(self) -> SessionInfo | None:
        """Return the session that was picked; None where the user left."""
        with Endings() as endings:
            return self._app.run(pre_run=endings.listen)

    # -- keys -----------------------------------------------------------------------------

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()

        for names, by in ((("up", "c-p"), -1), (("down", "c-n"), 1)):
            for name in names:
                keys.add(name)(lambda event, by=by: self._move(by * event.arg))
        keys.add("pageup")(lambda _: self._move(-_LISTED))
        keys.add("pagedown")(lambda _: self._move(_LISTED))

        @keys.add("enter")
        def _pick(event: KeyPressEvent) -> None:
            if self._matching:
                event.app.exit(result=self._matching[self._chosen])

        @keys.add("escape", eager=True)
        @keys.add("c-c")
        @keys.add("c-d")
        def _leave(event: KeyPressEvent) -> None:
            event.app.exit(result=None)

        return keys

    def _move(self, by: int) -> None:
        self._chosen = max(0, min(len(self._matching) - 1, self._chosen + by))

    def _filter(self, buffer: Buffer) -> None:
        """Keep the sessions that have every word that was typed."""
        self._texts = self._texts or [
            f"{info.ref} {info.title} {info.model}".casefold() for info in self._sessions
        ]
        words = buffer.text.casefold().split()
        self._matching = [
            info
            for info, text in zip(self._sessions, self._texts, strict=True)
            if all(word in text for word in words)
        ]
        self._chosen = 0

    # -- what is seen ---------------------------------------------------------------------

    def _container(self) -> HSplit:
        mark = Window(FormattedTextControl([("class:prompt", "resume> ")]), dont_extend_width=True)
        query = VSplit([mark, Window(BufferControl(self._query), height=1)], height=1)
        listed = Window(FormattedTextControl(self._list), height=self._list_height)
        preview = Window(FormattedTextControl(self._preview), height=self._preview_height)
        hint = Window(FormattedTextControl([("class:quiet", _HINT)]), height=1)
        is_roomy = Condition(lambda: self._app.output.get_size().rows >= _ROOMY)
        return HSplit([query, listed, ConditionalContainer(preview, is_roomy), hint])

    def _list_height(self) -> Dimension:
        return Dimension.exact(max(1, min(_LISTED, len(self._matching), self._lines - 3)))

    def _preview_height(self) -> Dimension:
        room = self._lines - self._list_height().preferred - 3
        return Dimension.exact(max(1, min(_PREVIEWED + 6, room)))

    def _list(self) -> StyleAndTextTuples:
        if not self._matching:
            return [("class:quiet", "  none has these words")]
        room = self._list_height().preferred
        first = max(0, min(self._chosen - room // 2, len(self._matching) - room))
        shown = self._matching[first : first + room]
        lines: StyleAndTextTuples = []
        for place, info in enumerate(shown, first):
            style = "class:chosen" if place == self._chosen else ""
            lines.append((style, self._line(info, is_chosen=place == self._chosen)))
            lines.append(("", "\n"))
        return lines[:-1]

    def _line(self, info: SessionInfo, *, is_chosen: bool) -> str:
        mark = "▸" if is_chosen else " "
        ref = _clipped(_line_of(info.ref), _WIDEST_REF)
        blank = " " * (self._ref_width - cell_width(ref))
        used = f"{when(info.updated, self._now):<15}"
        text = f"{mark} {ref}{blank}  {used}  {_line_of(info.title)}"
        return _clipped(text, max(1, self._columns - 1))

    def _preview(self) -> StyleAndTextTuples:
        if not self._matching:
            return []
        info = self._matching[self._chosen]
        turns = self._saved(info).turns
        lines: StyleAndTextTuples = [("", "\n")]
        lines.append(("class:quiet", self._cut(facts(info, when(info.updated, self._now)))))
        if turns:
            lines.append(("class:prompt", f"\n{self._cut(f'> {turns[0].question.text}')}"))
            if len(turns) > 1:
                lines.append(("class:quiet", "\n  …"))
                lines.append(("class:prompt", f"\n{self._cut(f'> {turns[-1].question.text}')}"))
            answer = [line for line in turns[-1].answer.splitlines() if line.strip()]
            lines += [("", f"\n  {self._cut(line)}") for line in answer[:_PREVIEWED]]
        return lines

    def _saved(self, info: SessionInfo) -> SavedSession:
        if info.id not in self._loaded:
            self._loaded[info.id] = self._load(info.id)
        return self._loaded[info.id]

    def _cut(self, text: str) -> str:
        return _clipped(_line_of(text[: 4 * self._columns]), max(1, self._columns - _MARGIN))

    @property
    def _columns(self) -> int:
        return self._app.output.get_size().columns

    @property
    def _lines(self) -> int:
        return self._app.output.get_size().rows


def _clipped(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    while text and cell_width(text) >= width:
        text = text[:-1]
    return f"{text}…" if width > 0 else ""


def _line_of(text: str) -> str:
    return " ".join(visible(text).split())
