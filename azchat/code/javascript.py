"""JavaScript for Node: @azure-rest/ai-inference, openai, or Anthropic's packages."""

import re
from typing import Any

from azchat.code.layout import Group, Style, laid_out, node, quoted
from azchat.code.program import Function, Program, taken_words, unlike, written

_NAME = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_NUMBER = re.compile(r"(0|[1-9]\d{0,9})(\.\d{0,4}[1-9])?", re.ASCII)  # as JavaScript writes it
_TYPES = {"integer": "number", "array": "Array", "object": "object"}


def _key(name: str) -> str:
    if name == "__proto__":  # it would be what the object inherits from
        return f"[{quoted(name)}]"
    is_word = name.replace("$", "_").isidentifier() and max(name) < "\U00010000"
    return name if is_word or _NUMBER.fullmatch(name) else quoted(name)


_STYLE = Style(80, 2, {}, _key, blank=" ", fills_numbers=True, breaks_tables=True, drops_texts=True)


def write(program: Program) -> str:
    """Return the program, a module."""
    insecure = {"allowInsecureConnection": True} if program.is_insecure else {}
    options: dict[str, Any] = {"apiVersion": program.own_version} if program.own_version else {}
    if program.scope:
        options["credentials"] = {"scopes": [program.scope]}
    extra = program.passes_extras and program.extras
    headers = {"headers": {"extra-parameters": "pass-through"}} if extra else {}
    sent = program.body if program.sdk == "anthropic" else program.sent
    functions = list(map(_function, program.functions, unlike(map(_name, program.functions))))
    post = [(f"{name}: ", node(value, _STYLE)) for name, value in (insecure | headers).items()]
    table = [(f"{_key(one['tool'])}: ", one["name"]) for one in functions]
    short = [("", one["name"]) if f"{one['name']}: " == key else (key, one["name"])
             for one, (key, _) in zip(functions, table, strict=True)]  # fmt: skip
    return written(
        f"javascript/{program.sdk}",
        program,
        request=laid_out(node(sent, _STYLE), _STYLE, taken=len("const request = ")),
        options=laid_out(node(options | insecure, _STYLE), _STYLE, 2),
        post=laid_out(Group("{", [*post, ("body: ", "request")], "}", " "), _STYLE, 4, 7),
        get=laid_out(node(insecure, _STYLE), _STYLE) if insecure else "",
        functions=functions,
        table=laid_out(Group("{", short, "}", " "), _STYLE, taken=len("const functions = ")),
    )


def _name(function: Function) -> str:
    name = re.sub(r"[^\w$]", "_", function.name, flags=re.ASCII)
    is_free = _NAME.fullmatch(name) and name not in taken_words("javascript")
    return name if is_free else f"call_{name}"


def _function(function: Function, name: str) -> dict[str, str]:
    """Return a tool's function by its name here, and the type of what it takes."""
    fields = [
        f"{_key(field)}{'' if field in function.required else '?'}: {_type(schema)}"
        for field, schema in function.properties.items()
    ]
    type_ = f"{{ {', '.join(fields)} }}".replace("*/", "*\\/") if fields else "object"
    opening = Group(f"function {name}(", [("", "args")], ") {")
    done = [("todo: ", quoted(f"what {name} returns")), ("", "args")]
    return {
        "tool": function.name,
        "name": name,
        "type": type_,
        "opening": laid_out(opening, _STYLE),
        "todo": laid_out(Group("{", done, "}", " "), _STYLE, 2, len("return ;")),
    }


def _type(schema: Any) -> str:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return _TYPES.get(kind, kind) if isinstance(kind, str) else "any"
