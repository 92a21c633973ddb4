"""How an answer looks, from the settings; how the thinking was left is remembered."""

from azchat.environment import Environment
from azchat.learned import load_facts, write_facts
from azchat.render.choose import Appearance
from azchat.settings.layers import Settings


def appearance(
    env: Environment,
    settings: Settings,
    *,
    output_format: str = "text",
    quiet: bool = False,
    sanitize: bool = False,
    traced: bool = False,
) -> Appearance:
    """Return what the user chose."""
    file = env.data_folder / "preferences.json"
    return Appearance(
        output_format=output_format,
        thinking=settings["thinking"],
        color=settings["color"],
        code_theme=settings["code_theme"],
        plain=settings["plain"],
        raw=settings["raw"],
        usage=settings["usage"],
        quiet=quiet,
        sanitize=sanitize,
        traced=traced,
        opened=lambda: load_facts(file).get("thinking") == "open",
        on_opened=lambda is_open: write_facts(file, {"thinking": "open" if is_open else "folded"}),
    )
