"""JavaScript for Node: @azure-rest/ai-inference, or openai for the v1 route."""

import re
from typing import Any

from azchat.code.program import Program, block, json_text, written

_NAME = re.compile(r"[A-Za-z_$][\w$]*")


def write(program: Program) -> str:
    """Return the program, a module."""
    if program.sdk != "azure":
        return written("javascript", program, request=literal(program.sent))
    insecure = {"allowInsecureConnection": True} if program.is_insecure else {}
    client = {"apiVersion": program.own_version} if program.own_version else {}
    request: dict[str, Any] = dict(insecure)
    if program.passes_extras and program.extras:
        request["headers"] = {"extra-parameters": "pass-through"}
    request["body"] = program.sent
    options = client | insecure
    return written(
        "javascript",
        program,
        request=literal(request),
        options=f"    {literal(options)}," if options else "",
    )


def literal(value: Any, room: int = 80) -> str:
    """Return a JSON value as JavaScript writes it, broken into lines where it is long."""
    if not isinstance(value, dict | list) or not value:
        return json_text(value)
    if isinstance(value, dict):
        items, brackets, blank = [f"{_key(k)}: {literal(v)}" for k, v in value.items()], "{}", " "
    else:
        items, brackets, blank = [literal(item) for item in value], "[]", ""
    flat = ", ".join(items)
    if len(flat) <= room and "\n" not in flat:
        return f"{brackets[0]}{blank}{flat}{blank}{brackets[1]}"
    return block(items, brackets)


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) and name != "__proto__" else json_text(name)
