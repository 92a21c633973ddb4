"""How an answer looks, from the settings; how the thinking was left is remembered."""

from azchat.environment import Environment
from azchat.learned import load_facts, write_facts
from azchat.render.choose import Appearance
from azchat.settings.layers import Settings


def appearance(env: Environment, settings: Settings) -> Appearance:
    """Return what the user chose in the settings."""
    file = env.data_folder / "preferences.json"
    return Appearance(
        thinking=settings.thinking,
        color=settings.color,
        code_theme=settings.code_theme,
        plain=settings.plain,
        raw=settings.raw,
        usage=settings.usage,
        opened=lambda: load_facts(file).get("thinking") == "open",
        on_opened=lambda is_open: write_facts(file, {"thinking": "open" if is_open else "folded"}),
    )
