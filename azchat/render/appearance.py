"""What the user chose for how a turn looks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from azchat.environment import Environment, terminal_name
from azchat.learned import load_facts, write_facts
from azchat.terminal.background import choose_background

if TYPE_CHECKING:
    from azchat.settings.layers import Settings
    from azchat.terminal.keyboard import Keyboard
    from azchat.terminal.typed_ahead import TypedAhead

_TERMINALS = 30  # of which is remembered how the thinking was left
_SETTINGS = ("thinking", "color", "code_theme", "width", "plain", "raw", "usage")


class Appearance(NamedTuple):
    """What the user chose. ``opened``: the thinking was left open; a change is told.

    ``saved``: what came can be seen again, also when the turn does not come to its end.
    ``bare``: nothing stays on the screen but the answer. ``tool_log`` tells calls on a stderr that
    is no terminal too. ``typing`` takes what is typed on the ``keyboard`` meanwhile.
    """

    output_format: str = "text"
    thinking: str = "auto"
    color: str = "auto"
    code_theme: str = "auto"
    width: int = 100
    plain: bool = False
    raw: bool = False
    usage: bool = False
    quiet: bool = False
    sanitize: bool = False
    traced: bool = False
    saved: bool = False
    bare: bool = False
    tool_log: bool = False
    opened: Callable[[], bool] = bool
    on_opened: Callable[[bool], object] = bool
    typing: "TypedAhead | None" = None
    keyboard: "Keyboard | None" = None

    @classmethod
    def of(cls, env: Environment, settings: "Settings") -> "Appearance":
        """Return what was chosen in the settings; how the thinking is left is remembered."""
        file, terminal = env.data_folder / "preferences.json", terminal_name()

        def leave(is_open: bool) -> None:
            """Remember it of the last terminals."""
            earlier = {k: v for k, v in load_facts(file).items() if k != terminal}
            kept = list(earlier.items())[1 - _TERMINALS :]
            write_facts(file, dict([*kept, (terminal, "open" if is_open else "folded")]))

        choose_background(settings.theme)
        return cls(
            **{name: getattr(settings, name) for name in _SETTINGS},
            opened=lambda: load_facts(file).get(terminal) == "open",
            on_opened=leave,
        )
