"""How an answer looks, from the settings; how the thinking was left is remembered."""

from azchat.commands.ask_options import AskOptions
from azchat.environment import Environment
from azchat.learned import load_facts, write_facts
from azchat.render.choose import Appearance
from azchat.settings.layers import Settings
from azchat.terminal.background import choose_background

_CHOSEN = ("thinking", "color", "code_theme", "plain", "raw", "usage", "width")


def appearance(
    env: Environment, settings: Settings, options: AskOptions | None = None
) -> Appearance:
    """Return what the user chose."""
    choose_background(settings["theme"])
    flags, file = options or AskOptions(), env.data_folder / "preferences.json"
    return Appearance(
        output_format=flags.output_format,
        **{name: settings[name] for name in _CHOSEN},
        quiet=flags.quiet,
        sanitize=flags.sanitize,
        traced=flags.debug or (flags.tools is not None and flags.tools.traced),
        tool_log=flags.tools is not None and flags.tools.told,
        opened=lambda: load_facts(file).get("thinking") == "open",
        on_opened=lambda is_open: write_facts(file, {"thinking": "open" if is_open else "folded"}),
    )
