"""Every setting: its type, its variables, its default, and where it may be set."""

from collections.abc import Callable
from math import inf, isfinite
from typing import Any, NamedTuple, get_args

from azchat.choices import Auth, Color, Reasoning, ReasoningHistory, Thinking
from azchat.redaction import MASK, query_secrets
from azchat.settings.headers import header_table

EXTRAS = ("drop", "error", "pass-through")  # what the extra-parameters header of Azure may say


class Spec(NamedTuple):
    """What a setting may be. ``wants`` says it to a person; ``variables`` are tried in order."""

    convert: Callable[[Any], Any]
    wants: str
    variables: tuple[str, ...] = ()
    default: Any = None
    choices: tuple[str, ...] = ()
    in_profile: bool = True
    in_dotenv: bool = True


def in_words(value: Any) -> str:
    """Return a setting's value as the config file has it (``true``), texts without quotes."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _word(value: Any) -> str:
    if len(_text(value).split()) != 1:
        raise ValueError
    return _text(value).strip()


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not isfinite(number):
        raise ValueError
    return number


def _seconds(value: Any) -> float:
    seconds = _number(value)
    if seconds <= 0:
        raise ValueError
    return seconds


def _whole(least: float, most: float = inf) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool | float):
            raise TypeError
        number = int(value)
        if not least <= number <= most:
            raise ValueError
        return number

    return convert


def _texts(value: Any) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _command(value: Any) -> str:
    """Return a command as one line; it may be a list of words, as suits Windows' paths."""
    import shlex

    line = shlex.join(_texts(value)) if isinstance(value, list) else _text(value)
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


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


SPECS: dict[str, Spec] = {
    # The variables that name an endpoint and its model are in families.py.
    "endpoint": Spec(_text, "a URL"),
    "model": Spec(_text, "a name", ("AZCHAT_MODEL",)),
    "api_version": Spec(_text, "a version", ("AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION")),
    "auth": Spec(_text, "a way to sign in", default="auto", choices=get_args(Auth)),
    # In a .env it could choose whose account signs in.
    "tenant": Spec(_text, "a tenant's id", ("AZURE_TENANT_ID",), in_dotenv=False),
    "key_env": Spec(_text, "a variable's name"),
    "key_command": Spec(_command, "a command, with its quotes closed"),
    "key_keyring": Spec(_text, "the name of a key in the keyring"),
    "key_file": Spec(_text, "a path"),
    "profile": Spec(_text, "a profile's name", ("AZCHAT_PROFILE",), in_profile=False),
    "system": Spec(_text, "text, or @FILE"),
    "temperature": Spec(_number, "a number"),
    "top_p": Spec(_number, "a number"),
    "max_tokens": Spec(_whole(1), "a whole number above 0"),
    "presence_penalty": Spec(_number, "a number"),
    "frequency_penalty": Spec(_number, "a number"),
    "stop": Spec(_texts, "text, or a list of texts"),
    "seed": Spec(_whole(-inf), "a whole number"),
    "effort": Spec(_word, "one word", ("AZURE_OPENAI_REASONING_EFFORT",)),
    "headers": Spec(header_table, "headers as HTTP carries them, none of which frames the request"),
    "extra_parameters": Spec(
        _text, "what becomes of body parameters that a route does not know", choices=EXTRAS
    ),
    "option": Spec(_table, "a table of body parameters that JSON can hold"),
    "thinking": Spec(
        _text, "a way to show it", ("AZCHAT_THINKING",), "auto", choices=get_args(Thinking)
    ),
    "reasoning": Spec(_text, "a way it is marked", default="auto", choices=get_args(Reasoning)),
    "reasoning_history": Spec(
        _text, "what goes back to the model", choices=get_args(ReasoningHistory)
    ),
    "strict": Spec(_flag, "true or false", default=False),
    "color": Spec(_text, "a colour choice", default="auto", choices=get_args(Color)),
    "keybindings": Spec(_text, "a set of keys", default="emacs", choices=("emacs", "vi")),
    "code_theme": Spec(_text, "a theme's name", default="auto"),
    "raw": Spec(_flag, "true or false", default=False),
    "plain": Spec(_flag, "true or false", default=False),
    "usage": Spec(_flag, "true or false", default=False),
    "timeout": Spec(_seconds, "a number of seconds"),
    "idle_timeout": Spec(_seconds, "a number of seconds", default=300.0),
    "max_time": Spec(_seconds, "a number of seconds"),
    "retries": Spec(_whole(0, 20), "a whole number from 0 to 20", default=2),
}
