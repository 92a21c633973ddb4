"""A template as a value, and how a file's fields become one. No I/O."""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.errors import InputError, UsageError
from azchat.messages import Message, Text
from azchat.parameters import PARAMETERS

_TEXTS = ("description", "system", "prompt", "model")
# What a field may be, and what to say of one that is not.
_KINDS: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(_TEXTS, (str, "no text")),
    "variables": (Mapping, "no table"),
    "schema": (str | dict | None, "neither a text nor a table"),
    "extract": (bool | str | None, "not true, first or last"),
    "tools": (list, "no list of texts"),
}
_FIELDS = {*_KINDS, "parameters", "schema_multi", "json_mode"}
_EXTRACTS = {None: None, False: None, True: "first", "first": "first", "last": "last"}
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\s*\}\}")
INPUT = "input"
"""The variable for what the command line and the pipe bring."""


class Template(NamedTuple):
    """A kept prompt. ``examples`` are messages that stand before it.

    ``settings`` are by setting name; ``variables`` are the defaults; ``schema`` is what
    ``--schema`` takes; ``extract`` is first or last.
    """

    name: str
    description: str = ""
    prompt: str | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    examples: tuple[Message, ...] = ()
    variables: Mapping[str, str] = MappingProxyType({})
    schema: str | None = None
    schema_multi: bool = False
    json_mode: bool = False
    extract: str | None = None
    tools: tuple[str, ...] = ()

    @property
    def takes_input(self) -> bool:
        """Whether the prompt says where the input goes, and no variable is there instead."""
        return INPUT in _names(self.prompt or "") and INPUT not in self.variables

    def filled(self, given: Mapping[str, str]) -> "Template":
        """Return the template with its variables filled in, but in the prompt: see ``asking``.

        Raises ``UsageError`` for one that is missing, or given and not there.
        """
        wanted = self._wanted()
        known = wanted | self.variables.keys()
        if unknown := sorted(given.keys() - known):
            there = ", ".join(sorted(known)) or "none at all"
            raise UsageError(
                f"template {self.name} has no variable {unknown[0]!r}", f"it has {there}"
            )
        values = {**self.variables, **given}
        if missing := sorted(wanted - values.keys() - {INPUT}):
            raise UsageError(
                f"template {self.name} needs {', '.join(missing)}", f"give it: -p {missing[0]}=..."
            )
        settings = dict(self.settings)
        if settings.get("system"):
            settings["system"] = fill(settings["system"], values)
            no_file(settings)
        return self._replace(
            variables=values,
            settings=settings,
            examples=tuple(
                message._replace(parts=(Text(fill(message.text, values)),))
                for message in self.examples
            ),
        )

    def knows(self, name: str) -> bool:
        """Whether that is one of its variables."""
        return name in self.variables or name in self._wanted()

    def _wanted(self) -> set[str]:
        texts = (self.prompt or "", self.settings.get("system") or "")
        said = (*texts, *(message.text for message in self.examples))
        return {name for text in said for name in _names(text)}

    def asking(self, text: str | None = None) -> str:
        """Return the prompt, filled in at once with ``text`` as the input: none is read again."""
        given = {} if text is None else {INPUT: text}
        return fill(self.prompt or "", {**given, **self.variables})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with ``{{name}}`` replaced where ``values`` has it; once, not again."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def read_template(name: str, fields: Mapping[str, Any]) -> Template:
    """Return the template of a file's fields; raises ``InputError`` for what is wrong in it."""
    if unknown := sorted(fields.keys() - _FIELDS):
        raise _wrong(name, f"there is no field {unknown[0]!r}")
    for field, (kinds, what) in _KINDS.items():
        if field in fields and not isinstance(fields[field], kinds):
            raise _wrong(name, f"{field} is {what}")
    extract = fields.get("extract")
    if extract not in _EXTRACTS:
        raise _wrong(name, f"extract is {_KINDS['extract'][1]}")
    variables, schema = fields.get("variables", {}), fields.get("schema")
    if any(isinstance(value, list | dict) for value in variables.values()):
        raise _wrong(name, "a variable is no text")
    tools = fields.get("tools", [])
    if not all(isinstance(tool, str) for tool in tools):
        raise _wrong(name, f"tools is {_KINDS['tools'][1]}")
    settings = read_parameters(name, fields.get("parameters", {}))
    settings |= {field: fields[field] for field in ("model", "system") if fields.get(field)}
    return Template(
        name,
        fields.get("description", ""),
        fields.get("prompt"),
        no_file(settings),
        variables={str(key): _as_text(value) for key, value in variables.items()},
        schema=schema and _as_text(schema),
        schema_multi=fields.get("schema_multi") is True,
        json_mode=fields.get("json_mode") is True,
        extract=_EXTRACTS[extract],
        tools=tuple(tools),
    )


def read_parameters(name: str, parameters: Any) -> dict[str, Any]:
    """Return parameters as settings; what is none of them becomes an ``option``."""
    if not isinstance(parameters, Mapping):
        raise _wrong(name, "parameters is no table")
    named = {str(key).replace("-", "_"): value for key, value in parameters.items()}
    settings = {key: value for key, value in named.items() if key in PARAMETERS}
    extras = {str(key): value for key, value in parameters.items()
              if str(key).replace("-", "_") not in PARAMETERS}  # fmt: skip
    return settings | ({"option": extras} if extras else {})


def no_file(settings: dict[str, Any]) -> dict[str, Any]:
    """Keep a system message that begins with @ from being taken for a file's name."""
    if str(settings.get("system", "")).startswith("@"):
        settings["system"] = f" {settings['system']}"
    return settings


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _names(text: str) -> set[str]:
    return set(_VARIABLE.findall(text))


def _wrong(name: str, what: str) -> InputError:
    return InputError(
        f"template {name} cannot be used: {what}", f"mend it with: azchat templates edit {name}"
    )
