"""Every setting: what it may be, its option, its variables, its default, where it may be set."""

from functools import partial
from typing import Any, get_args

from azchat.parameters import (
    AMOUNT,
    FLAG,
    PARAMETERS,
    SECONDS,
    TEXT,
    Auth,
    Color,
    DialectName,
    Kind,
    Reasoning,
    ReasoningHistory,
    Spec,
    Theme,
    Thinking,
    among,
    chapter,
    texts,
    whole,
)
from azchat.redaction import MASK, query_secrets
from azchat.settings.headers import header_table


def in_words(value: Any) -> str:
    """Return a setting's value as the config file has it (``true``), texts without quotes."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _command(value: Any) -> str:
    """Return a command as one line; it may be a list of words, as suits Windows' paths."""
    import shlex

    line = shlex.join(texts(value)) if isinstance(value, list) else texts(value)[0]
    if not shlex.split(line):
        raise ValueError
    return line


def _table(value: Any) -> dict[str, Any]:
    import json

    if not isinstance(value, dict):
        raise TypeError
    json.dumps(value, allow_nan=False)  # raises for a date, or an endless number
    return value


def shown(name: str, value: Any) -> Any:
    """Return a setting's value as it may be shown: of a header only where its value is from."""
    if name == "headers" and isinstance(value, dict):
        return {one: text if _is_reference(text) else MASK for one, text in value.items()}
    if name == "endpoint" and isinstance(value, str):
        for secret in query_secrets(value):
            value = value.replace(secret.reveal(), MASK)
    return value


def _is_reference(text: Any) -> bool:
    bare = str(text).removeprefix("Bearer ")
    return bare.startswith("${") and bare.find("}") == len(bare) - 1


_switch = partial(Spec, FLAG, default=False)
_HEADERS = Kind(
    header_table, "headers as HTTP carries them, none of which frames the request", list[str]
)
_OPTION = Kind(_table, "a table of body parameters that JSON can hold", list[str])
# The variables that name an endpoint and its model are in families.py. In a .env the tenant could
# choose whose account signs in. The words of extra_parameters are those of Azure's header.
# fmt: off
SPECS: dict[str, Spec] = {
    **chapter(
        "model",
        model=Spec(TEXT, "-m --model", "Model or deployment.", "NAME", variables=("AZCHAT_MODEL",),
            marks="everyday session chat"),
        profile=Spec(TEXT, "--profile", "Profile of the config file; ranks as a flag.", "NAME",
            variables=("AZCHAT_PROFILE",), marks="no-profile"),
        endpoint=Spec(TEXT, "--endpoint", "Any URL the portal shows.", "URL"),
        dialect=Spec(among(("auto", *get_args(DialectName))), "--dialect",
            "The API that is spoken; auto finds out which.", default="auto", marks="chat"),
        api_version=Spec(TEXT, "--api-version", "For routes that take one.", "VERSION",
            variables=("AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION")),
        auth=Spec(among(get_args(Auth)), "--auth", "How to sign in.", default="auto"),
        tenant=Spec(TEXT, "--tenant", "Entra tenant for --auth.", "ID",
            variables=("AZURE_TENANT_ID",), marks="no-dotenv"),
        keep_tokens=Spec(among(("auto", "keyring", "file", "never")), default="auto"),
        key_env=Spec(TEXT),
        key_command=Spec(Kind(_command, "a command, with its quotes closed")),
        key_keyring=Spec(TEXT),
        key_file=Spec(TEXT),
    ),
    **chapter(
        "asking",
        system=Spec(TEXT, "-s --system", "System message.", "TEXT|@FILE",
            marks="everyday session chat"),
    ),
    **PARAMETERS,
    **chapter(
        "parameters",
        option=Spec(_OPTION, "-o --option", "Any other body parameter; JSON value.", "KEY=VALUE",
            marks="session"),
        extra_parameters=Spec(among(("drop", "error", "pass-through")), "--extra-parameters",
            "What the route does with body parameters that it does not know."),
        max_cost=Spec(AMOUNT, "--max-cost", "Stop what would cost more; needs its price.", "AMOUNT",
            marks="chat"),
        strict=_switch("--strict", "Send as it is; repair nothing that is refused.", marks="chat"),
    ),
    **chapter(
        "thinking",
        thinking=Spec(among(get_args(Thinking)), "--thinking", "Show the thinking.", default="auto",
            variables=("AZCHAT_THINKING",), marks="everyday chat"),
        reasoning=Spec(among(get_args(Reasoning)), "--reasoning",
            "How thinking is marked in the text.", default="auto"),
        reasoning_history=Spec(among(get_args(ReasoningHistory)), "--reasoning-history",
            "Which earlier thinking goes back to the model.", marks="chat"),
    ),
    **chapter(
        "output",
        usage=_switch("-u --usage", "Tokens, times and rate, on stderr.", marks="everyday chat"),
        plain=_switch("--plain", "No colour, no cursor movement (screen readers)."),
        raw=_switch("--raw", "Show Markdown as it was sent.", marks="chat"),
        color=Spec(among(get_args(Color)), "--color", "Colour.", default="auto"),
        code_theme=Spec(TEXT, "--code-theme",
            "Colours of code: auto, dark, light, none, or a name.", "NAME", "auto", marks="chat"),
        theme=Spec(among(get_args(Theme)), "--theme",
            "The terminal's background; auto asks it.", default="auto", marks="chat"),
        width=Spec(whole(20, 1000), "--width", "Columns of prose at most (100).", "N", 100,
            marks="chat"),
        keybindings=Spec(among(("emacs", "vi")), default="emacs", marks="chat"),
    ),
    **chapter(
        "network",
        headers=Spec(_HEADERS, "--header", "For gateways; ${VAR} in VALUE; repeatable.",
            "NAME=VALUE"),
        background=_switch("--background",
            "Let it run at the service: a lost line is taken up again.", marks="chat"),
        keep=_switch("--keep", "Leave a background response at the service.", marks="chat"),
        timeout=Spec(SECONDS, "--timeout", "Seconds to connect, and to the first byte.",
            marks="chat"),
        idle_timeout=Spec(SECONDS, "--idle-timeout", "Seconds of silence (300).", default=300.0,
            marks="chat"),
        max_time=Spec(SECONDS, "--max-time", "Seconds for the whole turn.", marks="chat"),
        retries=Spec(whole(0, 20), "--retries", "Further attempts after a failure (2).", default=2,
            marks="chat"),
    ),
}
# fmt: on
SETTABLE = tuple(name for name, spec in SPECS.items() if "chat" in spec.marks)
"""Those that ``/set`` knows."""
KEPT = frozenset(name for name, spec in SPECS.items() if "session" in spec.marks)
"""Those that a session goes on with."""
IN_PROFILES = tuple(name for name, spec in SPECS.items() if "no-profile" not in spec.marks)
"""Those that a profile may have."""
