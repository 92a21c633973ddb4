"""Headers that the user gives: what one may be, and where its value is from."""

from collections.abc import Mapping
from typing import Any

from azchat.errors import ConfigError
from azchat.redaction import Secret

_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~")  # RFC 9110, 5.6.2
_FRAMING = frozenset(
    {"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "te"}
    | {"connection", "keep-alive", "expect", "trailer", "upgrade", "accept-encoding"}
)


def header_table(value: Any) -> dict[str, str]:
    """Return headers that may be sent; raises ``TypeError``, ``ValueError`` for any other."""
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise TypeError
    for name, text in value.items():
        is_word = name and set(name.lower()) <= _OF_NAMES
        if not is_word or name.lower() in _FRAMING or not _is_carried(text):
            raise ValueError
    return dict(value)


def filled(variables: Mapping[str, str], name: str, text: str) -> Secret:
    """Return a header's value, with ``${NAME}`` replaced by what the variable holds.

    Raises ``ConfigError`` for one that is empty, and for what no header can carry.
    """
    from string import Template

    if "$" in text:
        known = {name: value.strip() for name, value in variables.items() if value.strip()}
        try:
            text = Template(text).substitute(known)
        except KeyError as error:
            missing = f"header {name} takes its value from {error.args[0]}, which is empty"
            raise ConfigError(missing, f"export {error.args[0]}") from None
        except ValueError:
            hint = "write ${NAME}, or $$ for a $"
            raise ConfigError(f"header {name} has a $ before no variable", hint) from None
    if not _is_carried(text):
        raise ConfigError(f"header {name} has a character no header has", "mend its value")
    return Secret(text)


def _is_carried(text: str) -> bool:
    return text.isascii() and text.isprintable()
