"""Python: azure-ai-inference, or openai for the v1 route."""

import json
from collections.abc import Iterator
from typing import Any

from azchat.code.program import Program, block, indented, written

_CLASSES = {"system": "SystemMessage", "user": "UserMessage", "assistant": "AssistantMessage"}


def write(program: Program) -> str:
    """Return the program."""
    messages = program.body.get("messages", ())
    names = {_CLASSES[message["role"]] for message in messages if _is_plain(message)}
    if _schema_format(program):
        names.add("JsonSchemaFormat")
    models = f"from azure.ai.inference.models import {', '.join(sorted(names))}"
    return written(
        "python",
        program,
        models=models if names else "",
        version=f'    api_version="{program.own_version}",' if program.own_version else "",
        arguments="\n".join(_arguments(program)),
    )


def _arguments(program: Program) -> Iterator[str]:
    for name, value in program.parameters.items():
        yield f"    {name}={indented(_argument(program, name, value))},"
    if program.streams:
        yield "    stream=True,"
    if extras := program.extras:
        name = "model_extras" if program.sdk == "azure" else "extra_body"
        yield f"    {name}={indented(literal(extras))},"


def _argument(program: Program, name: str, value: Any) -> str:
    if program.sdk != "azure":
        return literal(value)
    if name == "messages":
        return block(map(_message, value), "[]")
    if name == "stop" and isinstance(value, str):
        return literal([value])
    if name == "response_format":
        schema = _schema_format(program)
        return _schema_call(schema) if schema else literal(value.get("type"))
    return literal(value)


def _message(message: dict[str, Any]) -> str:
    if not _is_plain(message):
        return literal(message)
    return f"{_CLASSES[message['role']]}(content={literal(message['content'])})"


def _is_plain(message: dict[str, Any]) -> bool:
    is_text = isinstance(message.get("content"), str)
    return is_text and message.keys() == {"role", "content"} and message["role"] in _CLASSES


def _schema_format(program: Program) -> dict[str, Any] | None:
    wanted = program.body.get("response_format") or {}
    schema: dict[str, Any] | None = wanted.get("json_schema")
    return schema if program.sdk == "azure" else None


def _schema_call(schema: dict[str, Any]) -> str:
    arguments = (f"{name}={literal(value)}" for name, value in schema.items())
    return f"JsonSchemaFormat{block(arguments, '()')}"


def literal(value: Any, room: int = 80) -> str:
    """Return a JSON value as Python writes it, broken into lines where it is long."""
    flat = _flat(value)
    if len(flat) <= room or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, list):
        return block(map(literal, value), "[]")
    return block(f"{_flat(key)}: {literal(item)}" for key, item in value.items())


def _flat(value: Any) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)  # JSON's escapes are Python's too
        return text if text.isprintable() else repr(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_flat(key)}: {_flat(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    return repr(value)
