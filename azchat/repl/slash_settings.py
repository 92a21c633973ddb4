"""Slash commands about the model and the settings."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from azchat.errors import InputError, UsageError
from azchat.messages import Usage
from azchat.parameters import Thinking
from azchat.render.rows import PROSE, Row
from azchat.render.words import thought
from azchat.repl.session import ReplSession, window_of
from azchat.repl.slash import COMMANDS, command
from azchat.settings.specs import SETTABLE, SPECS, in_words

if TYPE_CHECKING:
    from azchat.render.rows import Row

_KEYS = (
    ("Ctrl+J, Alt+Enter", "a new line"),
    ('""" … """', "a block of lines"),
    ("Tab", "complete, also @FILE; unfold what was pasted before it"),
    ("Ctrl+R", "search the history"),
    ("Ctrl+G", "your editor"),
    ("Ctrl+T", "open, fold the thinking"),
    ("Enter, while an answer comes", "send it after; Up takes the last one back"),
    ("Ctrl+C, Esc", "stop the answer; Ctrl+C twice at an empty prompt: leave"),
)
_ADVISED = re.compile(r"\b(with|raise|lower) --([a-z-]+)")


def as_typed_here(hint: str) -> str:
    """Return a hint that advises a flag with the command that does the same in the chat."""

    def typed(found: re.Match[str]) -> str:
        name = found[2].replace("-", "_")
        return f"{found[1]} /set {name}" if name in SETTABLE else found[0]

    return _ADVISED.sub(typed, hint)


def _models(session: ReplSession) -> list[str]:
    used = session.store.models()
    names = {*filter(None, [session.host.model]), *session.host.listed_models(), *used}
    return sorted(name for name in names if used.get(name, True))


def _settings(session: ReplSession) -> list[str]:  # noqa: ARG001
    kinds = {name: SPECS[name].kind for name in SETTABLE}
    values = (f"{n} {v}" for n, kind in kinds.items() for v in kind.choices + kind.proposed)
    return [*SETTABLE, *values]


@command("/help", "/?", usage="[COMMAND]", values=lambda s: sorted(COMMANDS))  # noqa: ARG005
def help_(session: ReplSession, rest: str) -> None:
    """This list."""
    name = rest if rest.startswith("/") else f"/{rest}"
    if rest and name not in COMMANDS:
        raise UsageError(f"there is no command {name}", "/help lists them")
    entries = [COMMANDS[name]] if rest else list(dict.fromkeys(COMMANDS.values()))
    from azchat.render.drawn import Column, table

    told = [(f"  {' '.join(entry.names)} {entry.usage}", entry.help) for entry in entries]
    columns, width = (Column(style="cyan"), Column()), min(session.host.width, PROSE) - 1
    session.host.show_rows(table(columns, told, width))
    if not rest:
        keys = [(f"  {key}", words) for key, words in _KEYS]
        session.host.show_rows([Row("", 0), *table(columns, keys, width)])


@command("/exit", "/quit", "/bye")
def leave(session: ReplSession, _: str) -> None:
    """Leave; the conversation stays."""
    session.is_leaving = True


@command("/model", usage="[NAME]", values=_models)
def model(session: ReplSession, rest: str) -> None:
    """Show or change the model."""
    if rest:
        session.host.change("model", rest)
    session.host.say(f"model: {session.host.model or 'the only one of the endpoint'}")


@command("/system", usage="[TEXT|@FILE|none]", takes_lines=True)
def system(session: ReplSession, rest: str) -> None:
    """Show or change the system message."""
    if rest:
        session.host.change("system", "" if rest == "none" else rest)
    session.host.say(f"system: {session.host.setting('system') or 'none'}")


@command("/set", usage="[NAME [VALUE]]", values=_settings)
def set_(session: ReplSession, rest: str) -> None:
    """Show or change a setting for this chat."""
    name, _, value = rest.partition(" ")
    name = name.replace("-", "_")  # as the options are written
    if not name:
        changed = session.host.changed()
        lines = [f"  {key} = {in_words(value)}" for key, value in changed.items()]
        session.host.say("\n".join(lines) or "nothing was changed; /set NAME VALUE does")
        return
    if name not in SETTABLE:
        raise UsageError(f"there is no parameter {name}", f"there are: {', '.join(SETTABLE)}")
    if value.strip():
        session.host.change(name, value.strip())
    session.host.say(f"{name} = {_shown(session.host.setting(name))}")


@command("/background", usage="[on|off]", values=lambda session: ["on", "off"])  # noqa: ARG005
def background(session: ReplSession, rest: str) -> None:
    """Let answers run at the service."""
    is_on = rest != "off" if rest else not session.host.setting("background")
    session.host.change("background", "true" if is_on else "false")
    session.host.say(f"background: {'on' if is_on else 'off'}")


@command("/unset", usage="NAME", values=lambda session: list(session.host.changed()))
def unset(session: ReplSession, rest: str) -> None:
    """Set a parameter back."""
    name = rest.replace("-", "_")
    if not name:
        raise UsageError("set back which parameter?", "/unset NAME; what was changed shows: /set")
    if name not in SPECS:
        raise UsageError(f"there is no parameter {name}", "see: /set")
    session.host.change(name, None)
    session.host.say(f"{name} = {_shown(session.host.setting(name))}")


@command(
    "/think",
    usage="[N|live|summary|hide|auto]",
    values=lambda session: [*get_args(Thinking), *(str(turn.number) for turn in session.turns)],
)
def think(session: ReplSession, rest: str) -> None:
    """Show a turn's thinking, or change how."""
    if rest in get_args(Thinking):
        session.host.change("thinking", rest)
        session.host.say(f"thinking: {rest}")
        return
    turns = [session.turn(rest)] if rest else [t for t in session.turns if t.reasoning][-1:]
    if not turns or not turns[0].reasoning:
        raise InputError("there is no thinking to show", "some models do not show theirs")
    session.host.say(f"▾ {thought(turns[0])}")
    session.host.show_thinking(turns[0].reasoning)


@command("/tokens", "/usage")
def tokens(session: ReplSession, _: str) -> None:
    """What the conversation takes, and took."""
    window = window_of(session.host.model)
    share = f" of {window} ({100 * session.context // window} %)" if window else ""
    session.host.say(f"  context: {session.context} tokens{share}")
    counted = [(turn.number, turn.usage) for turn in session.turns if turn.usage]
    if session.host.draws and counted:
        session.host.show_rows(_usage_rows(counted, session.host.width))
        return
    for number, usage in counted:
        thinking = f", {usage.reasoning} of them thinking" if usage.reasoning else ""
        counts = f"{usage.prompt or 0} prompt + {usage.completion or 0} completion"
        session.host.say(f"  turn {number}: {counts} tokens{thinking}")


def _usage_rows(counted: Sequence[tuple[int, Usage]], width: int) -> "list[Row]":
    from azchat.render.drawn import Column, table

    names = ("  TURN", "PROMPT", "COMPLETION", "THINKING")
    cells = [(number, *usage[:3]) for number, usage in counted]
    columns = [Column(name, is_number=True) for name in names]
    return table(columns, [[str(count or 0) for count in line] for line in cells], width)


@command("/info")
def info(session: ReplSession, _: str) -> None:
    """Model, endpoint and settings."""
    session.host.show_rows(session.host.about())


def _shown(value: object) -> str:
    return "not set" if value is None else in_words(value)


_SWITCHES = {"on": True, "off": False}


def _switches(session: ReplSession) -> list[str]:
    return [f"{word} {name}" for word in _SWITCHES for name in session.host.tools()]


@command("/tools", usage="[on|off NAME]", values=_switches)
def tools(session: ReplSession, rest: str) -> None:
    """List the tools, or offer one or not."""
    word, _, name = rest.partition(" ")
    if rest:
        if word not in _SWITCHES or not name.strip():
            raise UsageError(f"/tools cannot {rest}", "/tools, /tools on NAME, /tools off NAME")
        session.host.switch_tool(name.strip(), on=_SWITCHES[word])
    lines = [f"  {name}: {about}" for name, about in session.host.tools().items()]
    session.host.say("\n".join(lines) or "no tools; begin with: azchat chat -T NAME|FILE.py")
