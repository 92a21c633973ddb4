"""A prompt on terminals that break long lines anew when the window gets narrower.

prompt-toolkit erases as many rows as it drew; there they are more by then, and the upper ones
would stay for good.
"""

from asyncio import TimerHandle

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.screen import Char

from azchat.render.screen import STEADY, erased

_NARROW, _MOST_PARTS = 40, 3  # columns down to which rows fit, and how many one becomes


def rows_that_fit(columns: int, lines: int) -> int:
    """Return how many rows stay on the screen when it gets narrower."""
    return (lines - 3) // min(_MOST_PARTS, max(1, -(-columns // _NARROW)))


def blank_rows(app: "Application[str]", drawn: int) -> list[str]:
    """Return what stands above ``drawn`` rows: it is what such a terminal pushes out first."""
    if not app.renderer.height_is_known:
        return []
    room = app.output.get_size().rows - app.renderer.rows_above_layout
    return [""] * (room - drawn)


def erase_what_was_broken(app: "Application[str]") -> None:
    """Let ``app`` erase the rows that there are now, before it draws them for another size."""
    on_resize = app._on_resize
    waiting: list[TimerHandle] = []

    def wait() -> None:
        """Draw once the size stays: tmux tells one up to 0.25 s after it broke the lines for it."""
        while waiting:
            waiting.pop().cancel()
        if app.loop and app.is_running:
            waiting.append(app.loop.call_later(STEADY, erase_and_draw, context=app.context))

    def erase_and_draw() -> None:
        if not app.is_running or app.is_done:
            return
        renderer, size = app.renderer, app.output.get_size()
        if screen := renderer._last_screen:
            x, y = renderer._cursor_pos
            columns = max(1, size.columns)
            widths = [_width(screen.data_buffer[row]) for row in range(screen.height)]
            lines = [max(1, -(-width // columns)) for width in widths]
            below = sum(lines[y:]) - x // columns - 1
            app.output.write_raw(f"\x1b[{below}B" if below > 0 else "")
            app.output.write_raw(erased(min(sum(lines), size.rows)))
            renderer._cursor_pos = Point(0, 0)
        on_resize()

    app._on_resize = wait  # type: ignore[method-assign]  # it offers no other way


def _width(row: dict[int, Char]) -> int:
    return max((x + char.width for x, char in row.items() if char.char.strip()), default=0)
