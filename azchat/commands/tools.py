"""``azchat tools``: the demonstration of tool calling, and what is offered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from azchat.asking.toolset import ToolWish, approvals_file
from azchat.commands.ask import run as run_ask
from azchat.commands.config import choose_theme
from azchat.commands.parcels import Parcels
from azchat.environment import Environment
from azchat.errors import ExitCode
from azchat.learned import Approvals
from azchat.net.connection import Connection
from azchat.redaction import Redactor
from azchat.tools import BUILTIN, Tool
from azchat.tools.approval import key

_PROMPT = "When is the next flight from Miami to Seattle?"
_SYSTEM = (
    "You are a helpful assistant that help users to find information about traveling, how to get "
    "to places and the different transportations options. You care about the environment and you "
    "always have that in mind when answering inqueries."
)
_TOLD = ("name", "description", "parameters")
_FLIGHT = ("get_flight_info",)


def run(
    env: Environment,
    parcels: Parcels,
    redactor: Redactor,
    wish: ToolWish,
    early: Connection | None = None,
) -> ExitCode:
    """Ask with tools; without any named it is the flight, and without a prompt the known one."""
    quiet, settings = parcels.printing.quiet, parcels.means.settings
    wish = wish._replace(told=not quiet)
    if not (wish.tools or wish.mcp):
        wish = wish._replace(tools=_FLIGHT)
        if parcels.prompt.prompt is None and not env.stdin.has_data:
            settings = _with({"system": _SYSTEM}, settings)
            parcels = parcels._replace(prompt=parcels.prompt._replace(prompt=_PROMPT))
    if not env.stderr.is_terminal and not quiet:  # the thinking is part of what is shown
        settings = _with({"thinking": "stderr"}, settings)
    means = parcels.means._replace(settings=settings)
    return run_ask(env, parcels._replace(means=means, tools=wish), redactor, early)


def show(env: Environment, redactor: Redactor, wish: ToolWish, *, as_json: bool) -> ExitCode:
    """List the tools of files and servers, or the built-in ones where none is named."""
    if not (wish.tools or wish.mcp):
        wish = wish._replace(tools=tuple(BUILTIN))
    tools = wish.open(env, redactor)
    try:
        offered = tools.toolbox.tools
    finally:
        tools.close()
    approvals = Approvals(approvals_file(env))
    if env.stdout.is_terminal and offered and not as_json:
        _draw(env, redactor, [(tool, _consent(tool, approvals)) for tool in offered])
        return ExitCode.OK
    if as_json:
        listed = [_to_dict(tool, approvals) for tool in offered]
        text = json.dumps({"tools": listed}, indent=2, ensure_ascii=False)
    else:
        text = "\n\n".join(_to_text(tool, approvals) for tool in offered)
    text = redactor.redact(text or "no tools")
    env.stdout.write(f"{text}\n")
    return ExitCode.OK


def forget(env: Environment, names: list[str]) -> ExitCode:
    """Take back consent that was given for good: of the tools named, or of all."""
    count = Approvals(approvals_file(env)).remove(names or None)
    env.stdout.write(f"asked again from now on: {count} {'tool' if count == 1 else 'tools'}\n")
    return ExitCode.OK


def _with(defaults: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return defaults | {name: value for name, value in given.items() if value is not None}


def _to_dict(tool: Tool, approvals: Approvals) -> dict[str, Any]:
    return {
        **dict(zip(_TOLD, tool, strict=False)),
        "origin": tool.origin,
        "consent": _consent(tool, approvals),
    }


def _draw(env: Environment, redactor: Redactor, told: Sequence[tuple[Tool, str]]) -> None:
    from azchat.render.choose import show_rows
    from azchat.render.drawn import program, text
    from azchat.render.rows import Row

    choose_theme(env)
    width = env.stdout.size()[0]
    rows: list[Row] = []
    for tool, consent in told:
        is_allowed = consent != "asks first"
        name, origin, description = map(redactor.redact, (tool.name, tool.origin, tool.description))
        head = [
            (name, "bold"),
            (f"  {origin}  ", "dim"),
            ("✓ " * is_allowed + consent, "green" * is_allowed),
        ]
        rows += text(head, width)
        rows += text([description], width, indent=2) if description else ()
        schema = json.dumps(tool.parameters, indent=2, ensure_ascii=False)
        rows += program(redactor.redact(schema), "json", width, env.variables, indent=2)
        rows.append(Row("", 0))
    show_rows(env, rows[:-1])


def _to_text(tool: Tool, approvals: Approvals) -> str:
    schema = json.dumps(tool.parameters, indent=2, ensure_ascii=False)
    described = [f"  {line}" if line else "" for line in tool.description.split("\n")]
    head = f"{tool.name} ({tool.origin}; {_consent(tool, approvals)})"
    return "\n".join([head, *described, *(f"  {line}" for line in schema.split("\n"))])


def _consent(tool: Tool, approvals: Approvals) -> str:
    if tool.is_safe:
        return "runs without asking"
    return "always allowed" if approvals.has(key(tool), tool.digest) else "asks first"
