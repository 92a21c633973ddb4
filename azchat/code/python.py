"""Python: azure-ai-inference, openai or anthropic."""

import keyword
import re
from typing import Any

from azchat.code.layout import Group, Node, Style, laid_out, listed, node, quoted
from azchat.code.program import Function, Program, taken_words, unlike, written

_STYLE = Style(88, 4, {"true": "True", "false": "False", "null": "None"}, quoted)
_CLASSES = {"system": "SystemMessage", "user": "UserMessage", "assistant": "AssistantMessage"}
_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
}


def write(program: Program) -> str:
    """Return the program."""
    messages = program.body.get("messages", ()) if program.sdk == "azure" else ()
    names = {_CLASSES[message["role"]] for message in messages if _is_plain(message)}
    if "json_schema" in (program.body.get("response_format") or ()):
        names |= {"JsonSchemaFormat"} if program.sdk == "azure" else set()
    opening = "from azure.ai.inference.models import "
    models = ", ".join(sorted(names))
    if len(opening) + len(models) > _STYLE.width:
        models = laid_out(Group("(", listed(sorted(names)), ")", is_broken=True), _STYLE)
    names_here = unlike(map(_name, program.functions))
    functions = list(map(_function, program.functions, names_here))
    table = [(f"{quoted(one['tool'])}: ", one["name"]) for one in functions]
    return written(
        f"python/{program.sdk}",
        program,
        models=models,
        request=laid_out(_request(program), _STYLE, taken=len("request = ")),
        functions=functions,
        table=laid_out(Group("{", table, "}"), _STYLE, taken=len("FUNCTIONS = ")),
    )


def _request(program: Program) -> Group:
    items = [
        (f"{quoted(name)}: ", _argument(program, name, value))
        for name, value in program.parameters.items()
    ]
    if program.streams and program.way != "messages":
        items.append(('"stream": ', "True"))
    if extras := program.extras:
        name = "model_extras" if program.sdk == "azure" else "extra_body"
        items.append((f"{quoted(name)}: ", node(extras, _STYLE)))
    return Group("{", items, "}", is_broken=True)


def _argument(program: Program, name: str, value: Any) -> Node:
    if program.sdk == "azure" and name == "messages":
        return Group("[", [("", _message(message)) for message in value], "]")
    if program.sdk == "azure" and name == "stop" and isinstance(value, str):
        return node([value], _STYLE)
    if program.sdk == "azure" and name == "response_format":
        schema = value.get("json_schema")
        return _call("JsonSchemaFormat", schema) if schema else node(value.get("type"), _STYLE)
    return node(value, _STYLE)


def _message(message: dict[str, Any]) -> Node:
    if not _is_plain(message):
        return node(message, _STYLE)
    return _call(_CLASSES[message["role"]], {"content": message["content"]})


def _call(name: str, arguments: dict[str, Any]) -> Group:
    items = [(f"{word}=", node(value, _STYLE)) for word, value in arguments.items()]
    return Group(f"{name}(", items, ")")


def _is_plain(message: dict[str, Any]) -> bool:
    is_text = isinstance(message.get("content"), str)
    return is_text and message.keys() == {"role", "content"} and message["role"] in _CLASSES


def _name(function: Function) -> str:
    name = re.sub(r"\W", "_", function.name, flags=re.ASCII)
    is_free = _is_free(name) and name not in taken_words("python")
    return name if is_free else f"call_{name}"


def _function(function: Function, name: str) -> dict[str, str]:
    """Return a tool's function by its name here, and its first line."""
    names = sorted(function.properties, key=lambda one: one not in function.required)
    if all(map(_is_free, names)):
        takes = [_parameter(function, one) for one in names]
    else:
        takes = ["**arguments: object"]
    signature = Group(f"def {name}(", listed(takes), ") -> object:")
    return {"tool": function.name, "name": name, "signature": laid_out(signature, _STYLE)}


def _parameter(function: Function, name: str) -> str:
    schema = function.properties[name]
    kind = schema.get("type") if isinstance(schema, dict) else None
    kind = _TYPES.get(kind, "object") if isinstance(kind, str) else "object"
    if name in function.required:
        return f"{name}: {kind}"
    if isinstance(default := schema.get("default") if isinstance(schema, dict) else None, str):
        return f"{name}: {kind} = {quoted(default)}"
    return f"{name}: {kind} | None = None" if kind != "object" else f"{name}: object = None"


def _is_free(name: str) -> bool:
    is_word = keyword.iskeyword(name) or name == "__debug__"  # nothing may be called that
    return name.isidentifier() and not is_word and name.isascii()
