"""Which renderer shows a turn."""

from azchat.environment import Environment, Output
from azchat.render import Renderer


def choose_renderer(
    env: Environment,
    stdout: Output,
    *,
    output_format: str = "text",
    thinking: str = "auto",
    color: str = "auto",
    usage: bool = False,
    quiet: bool = False,
    sanitize: bool = False,
) -> Renderer:
    """Return the renderer for what the user chose; it writes the answer to ``stdout``."""
    if output_format != "text":
        from azchat.render.json import JsonRenderer, StreamJsonRenderer

        return JsonRenderer(stdout) if output_format == "json" else StreamJsonRenderer(stdout)
    from azchat.render.plain import PlainRenderer, PlainStyle

    colour = wants_colour(env, env.stderr, color)
    style = PlainStyle(thinking, quiet=quiet, usage=usage, colour=colour, sanitize=sanitize)
    return PlainRenderer(stdout, env.stderr, style)


def wants_colour(env: Environment, stream: Output, choice: str) -> bool:
    """Return whether ``stream`` gets colour: by the flag, the variables, the terminal."""
    variables = env.variables
    if choice != "auto":
        return choice == "always"
    if variables.get("NO_COLOR"):
        return False
    if variables.get("FORCE_COLOR"):
        return True
    is_capable = variables.get("TERM", "dumb") != "dumb" and not variables.get("ACCESSIBLE")
    return stream.is_terminal and is_capable
