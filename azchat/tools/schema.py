"""A typed function as a tool: its hints and docstring become a schema, its arguments are checked.

Runs where the tools run: importing pydantic there costs azchat's own start nothing.
"""

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NotRequired

from pydantic import ConfigDict, Field, PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python
from typing_extensions import TypedDict

DEFINITION = "azchats_definition"
"""The file of a function of azchat's own that is told otherwise than by docstring and hints."""
_NAME = r"[a-zA-Z0-9_-]{1,64}"  # what services take
_SECTION = r"^(Args|Arguments|Parameters|Returns?|Raises|Yields|Examples?):?\s*$|^:\w+"
# ``name: text``, ``name (type): text`` or ``:param type name: text``, and the lines that go on.
_PARAMETER = r"^[ ]*(?::param(?: \S+)? )?(\w+)(?: \([^)\n]*\))?:[ ]+(.+(?:\n[ ]{5,}.+)*)"
_MOST_PROBLEMS = 10


class UnfitError(Exception):
    """A function that cannot be a tool, and why."""


class TypedFunction:
    """A function that a model can call."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        if not re.fullmatch(_NAME, self.name):
            raise UnfitError(f"{self.name} is no name that services take")
        self._function = function
        self._signature = inspect.signature(function)
        text = inspect.getdoc(function) or ""
        about, described = _read_docstring(text)
        file = getattr(function, DEFINITION, None)
        given: dict[str, Any] = from_json(file.read_bytes()) if file else {}
        self.description = given.get("description", about)
        try:
            hints = typing.get_type_hints(function, include_extras=True)
            fields = {
                name: _field(parameter, hints[name], described.get(name))
                for name, parameter in self._signature.parameters.items()
            }
            # The functional form takes any name; a model's fields may not be called "copy".
            make: Any = TypedDict
            shape = make(self.name, fields)
            shape.__pydantic_config__ = ConfigDict(extra="forbid")
            self._adapter: TypeAdapter[Any] = TypeAdapter(shape)
            schema = self._adapter.json_schema(schema_generator=_Untitled)
        except (PydanticUserError, PydanticSchemaGenerationError, NameError, TypeError) as error:
            raise UnfitError(f"{self.name}: {str(error).partition(chr(10))[0]}") from None
        schema.pop("title", None)
        schema.pop("description", None)
        # JSON has no word for a default that is infinite.
        schema = given.get("parameters", schema)
        self.parameters: dict[str, Any] = from_json(to_json(schema, inf_nan_mode="strings"))

    def check(self, arguments: Mapping[str, Any]) -> str | None:
        """Return what is wrong with the arguments, None if they fit."""
        try:
            self._values(arguments)
        except ValidationError as error:
            lines = [_problem(problem) for problem in error.errors()[:_MOST_PROBLEMS]]
            return "; ".join(lines)
        return None

    def call(self, arguments: Mapping[str, Any]) -> str:
        """Call the function; raises whatever it raises."""
        values = self._values(arguments)
        bound = self._signature.bind_partial()
        bound.arguments.update(
            {name: values[name] for name in self._signature.parameters if name in values}
        )
        bound.apply_defaults()
        returned = self._function(*bound.args, **bound.kwargs)
        if inspect.iscoroutine(returned):
            import asyncio

            returned = asyncio.run(returned)
        return text_of(returned)

    def _values(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        # By way of JSON: Python's own lists are not taken for sets, JSON's are.
        values: dict[str, Any] = self._adapter.validate_json(to_json(arguments))
        return values


def is_typed(function: Callable[..., Any]) -> bool:
    """Return whether all that a function takes has a type, and something of it has one."""
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    several = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    if any(one.annotation is one.empty or one.kind in several for one in parameters):
        return False
    return bool(parameters) or signature.return_annotation is not signature.empty


def text_of(value: object) -> str:
    """Return what a tool returned as text: a string as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"error: the tool returned {len(value)} bytes that are no text"
    try:
        return to_json(value, fallback=str).decode()
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        return f"error: what the tool returned is no JSON: {error}"


class _Untitled(GenerateJsonSchema):
    """Titles only repeat the names, and each costs tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def _field(parameter: inspect.Parameter, hint: Any, described: str | None) -> Any:
    """Return the type of a field that stands for a parameter."""
    has_default = parameter.default is not parameter.empty
    extra = (
        {"default": to_jsonable_python(parameter.default, fallback=str)} if has_default else None
    )
    description = _annotated(hint) or described
    hint = Annotated[hint, Field(description=description, json_schema_extra=extra)]
    return NotRequired[hint] if has_default else hint


def _annotated(hint: Any) -> str | None:
    """Return the description that a type carries: ``Annotated[int, "in metres"]``, or a Field's."""
    for note in getattr(hint, "__metadata__", ()):
        if isinstance(note, str):
            return note
        if isinstance(note, FieldInfo) and note.description:
            return note.description
    return None


def _problem(problem: Any) -> str:
    where = ".".join(str(step) for step in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])


def _read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what a docstring says of the function, and of each parameter.

    Google's sections and Sphinx's fields are understood.
    """
    described = {
        name: " ".join(about.split()) for name, about in re.findall(_PARAMETER, text, re.MULTILINE)
    }
    lines: list[str] = []
    for line in text.split("\n"):
        if re.match(_SECTION, line):
            break
        lines.append(line)
    return "\n".join(lines).strip(), described
