"""Lets the user pick one of many: arrows choose, typing filters, the chosen one is previewed."""

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.styles import Style

from azchat.render.rows import cell_width
from azchat.repl.toolkit import Endings, terminal_input, terminal_output
from azchat.terminal.safe import visible

T = TypeVar("T")
S = TypeVar("S", contravariant=True)
_LISTED = 10  # on the screen
_PREVIEWED = 12  # lines
_ROOMY = 16  # lines of a screen that has room for the preview
_MARGIN = 4
_STYLE = Style.from_dict({"prompt": "bold", "chosen": "reverse", "quiet": "fg:ansibrightblack"})


class Menu(Protocol[S]):
    """How things are shown to be picked from; ``verb`` is what happens to the one."""

    verb: str
    hint: str

    def texts(self, item: S) -> str:
        """Return what is looked through for the words that are typed."""

    def line(self, item: S) -> str:
        """Return its line in the list."""

    def preview(self, item: S) -> Iterable[tuple[str, str]]:
        """Yield lines of what is known of it, each with its style."""


class Picker(Generic[T]):
    """A few lines below the prompt, gone when something was picked; never the full screen."""

    def __init__(self, items: Sequence[T], menu: Menu[T]) -> None:
        self._items, self._menu = items, menu
        self._matching = list(items)
        self._texts: list[str] = []  # what is looked through, once it is
        self._chosen = 0
        self._query = Buffer(multiline=False, on_text_changed=lambda _: self._filter())
        self._app: Application[T | None] = Application(
            layout=Layout(self._container()),
            key_bindings=self._bindings(),
            style=_STYLE,
            erase_when_done=True,
            input=terminal_input(),
            output=terminal_output(),
        )

    def pick(self) -> T | None:
        """Return the one that was picked; None where the user left."""
        with Endings() as endings:
            return self._app.run(pre_run=endings.listen)

    def show(self, items: Sequence[T]) -> None:
        """Show others, from any thread; what was chosen by hand stays chosen."""
        chosen = self._matching[self._chosen] if self._matching and self._chosen else None
        self._items, self._texts = items, []
        self._filter()
        self._chosen = self._matching.index(chosen) if chosen in self._matching else 0
        self._app.invalidate()

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

    def _filter(self) -> None:
        """Keep those that have every word that was typed."""
        words = self._query.text.casefold().split()
        self._texts = self._texts or [self._menu.texts(one).casefold() for one in self._items]
        pairs = zip(self._items, self._texts, strict=True)
        self._matching = [one for one, text in pairs if all(word in text for word in words)]
        self._chosen = 0

    # -- what is seen ---------------------------------------------------------------------

    def _container(self) -> HSplit:
        mark = Window(
            FormattedTextControl([("class:prompt", f"{self._menu.verb}> ")]), dont_extend_width=True
        )
        query = VSplit([mark, Window(BufferControl(self._query), height=1)], height=1)
        listed = Window(FormattedTextControl(self._list), height=self._list_height)
        preview = Window(FormattedTextControl(self._preview), height=self._preview_height)
        hint = Window(FormattedTextControl([("class:quiet", self._menu.hint)]), height=1)
        is_roomy = Condition(lambda: self._size.rows >= _ROOMY)
        return HSplit([query, listed, ConditionalContainer(preview, is_roomy), hint])

    def _list_height(self) -> Dimension:
        return Dimension.exact(max(1, min(_LISTED, len(self._matching), self._size.rows - 3)))

    def _preview_height(self) -> Dimension:
        room = self._size.rows - self._list_height().preferred - 3
        return Dimension.exact(max(1, min(_PREVIEWED, room)))

    def _list(self) -> StyleAndTextTuples:
        if not self._matching:
            return [("class:quiet", "  none has these words")]
        room = self._list_height().preferred
        first = max(0, min(self._chosen - room // 2, len(self._matching) - room))
        shown = self._matching[first : first + room]
        lines: StyleAndTextTuples = []
        for place, item in enumerate(shown, first):
            is_chosen = place == self._chosen
            text = f"{'▸' if is_chosen else ' '} {self._menu.line(item)}"
            style = "class:chosen" if is_chosen else ""
            lines.append((style, clipped(text, max(1, self._size.columns - 1))))
            lines.append(("", "\n"))
        return lines[:-1]

    def _preview(self) -> StyleAndTextTuples:
        told = self._menu.preview(self._matching[self._chosen]) if self._matching else ()
        return [(style, f"\n{self._cut(text)}") for style, text in told]

    def _cut(self, text: str) -> str:
        indent = text[: len(text) - len(text.lstrip(" "))]
        text = f"{indent}{line_of(text[: 4 * self._size.columns])}"
        return clipped(text, max(1, self._size.columns - _MARGIN))

    @property
    def _size(self) -> Size:
        return self._app.output.get_size()


def clipped(text: str, width: int) -> str:
    """Return as much of a line as fits."""
    if cell_width(text) <= width:
        return text
    while text and cell_width(text) >= width:
        text = text[:-1]
    return f"{text}…" if width > 0 else ""


def line_of(text: str) -> str:
    """Return a text as one line that does nothing to a terminal."""
    return " ".join(visible(text).split())
