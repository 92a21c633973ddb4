"""The parameters of a request: their types and ranges, tools, tool choice, response format."""

from typing import Any

from azchat.demo.refusals import refused

_NUMBERS: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
}
_WHOLE = {"max_tokens": 1, "max_completion_tokens": 1, "n": 1, "seed": None}


def check_parameters(body: dict[str, Any]) -> None:
    """Raise Refused for the first parameter of a wrong type or out of range; null is absent."""
    for name, (low, high) in _NUMBERS.items():
        value = body.get(name)
        if value is not None and not (type(value) in (int, float) and low <= value <= high):
            raise _invalid(name, f"expected a number from {low} to {high}")
    for name, least in _WHOLE.items():
        value = body.get(name)
        if value is not None and not (type(value) is int and (least is None or value >= least)):
            raise _invalid(name, "expected a whole number" + ("" if least is None else " above 0"))
    if body.get("n") not in (None, 1):
        raise _invalid("n", "the demo gives one choice only")
    if not isinstance(body.get("model") or "", str):
        raise _invalid("model", "expected a string")
    if not isinstance(body.get("stream") or False, bool):
        raise _invalid("stream", "expected a boolean")
    _check_stop(body.get("stop"))


def read_tools(tools: Any) -> dict[str, Any]:
    """Return the offered tools: name to parameters schema."""
    if tools is None:
        return {}
    if not isinstance(tools, list) or not tools:
        raise _invalid("tools", "expected a list of at least one tool")
    return dict(_read_tool(tool) for tool in tools)


def read_choice(choice: Any, tools: dict[str, Any]) -> str:
    """Return auto, none, required, or the name of the tool that must be called."""
    if choice is None:
        return "auto"
    if choice in ("auto", "none"):
        return str(choice)
    if not tools:
        raise _invalid("tool_choice", "it is only allowed when 'tools' are specified")
    if choice == "required":
        return "required"
    name = function_of(choice).get("name")
    if name not in list(tools):
        raise _invalid("tool_choice", f"there is no tool {name!r}")
    return str(name)


def read_schema(wanted: Any) -> tuple[str, Any]:
    """Return the type of a response format and, for ``json_schema``, its schema."""
    if wanted is None:
        return "text", None
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise _invalid("response_format", "its type is text, json_object or json_schema")
    if kind != "json_schema":
        return str(kind), None
    holder = wanted.get("json_schema")
    if not isinstance(holder, dict) or not isinstance(holder.get("schema"), dict):
        raise _invalid("response_format", "json_schema needs a schema")
    return kind, holder["schema"]


def function_of(value: Any) -> dict[str, Any]:
    """Return the ``function`` object of a tool, a tool choice or a call; empty if it has none."""
    function = value.get("function") if isinstance(value, dict) else None
    return function if isinstance(function, dict) else {}


def _check_stop(stop: Any) -> None:
    listed = [stop] if isinstance(stop, str) else stop
    if listed is None:
        return
    if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
        raise _invalid("stop", "expected a text or a list of texts")


def _read_tool(tool: Any) -> tuple[str, Any]:
    function = function_of(tool)
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise _invalid("tools", "a tool needs a function with a name")
    return name, function.get("parameters")


def _invalid(name: str, why: str) -> Exception:
    return refused("invalid", param=name, why=why)
