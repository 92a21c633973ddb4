"""Python: azure-ai-inference, or openai for the v1 route."""

import json
from typing import Any

from azchat.code.program import ENDPOINT, KEY, Program, heading, indented

_OPENAI_CLIENT = (
    "from openai import OpenAI",
    "",
    f'client = OpenAI(base_url=os.environ["{ENDPOINT}"], api_key=os.environ["{KEY}"])',
)
_CLASSES = {"system": "SystemMessage", "user": "UserMessage", "assistant": "AssistantMessage"}


def write_python(program: Program) -> str:
    """Return the program."""
    is_azure = program.sdk == "azure"
    package = "azure-ai-inference" if is_azure else "openai"
    lines = heading(program, "#", f"pip install {package}")
    lines += ["import os", *([] if program.streams else ["import re"]), ""]
    lines += _azure_client(program) if is_azure else _OPENAI_CLIENT
    lines += ["", *_call(program), ""]
    return "\n".join(lines) + _printing(program)


def _azure_client(program: Program) -> list[str]:
    names = [*{_CLASSES[one["role"]] for one in program.body["messages"] if _is_plain(one)}]
    if _schema_format(program):
        names.append("JsonSchemaFormat")
    imports = ["from azure.ai.inference import ChatCompletionsClient"]
    if names:
        imports.append(f"from azure.ai.inference.models import {', '.join(sorted(names))}")
    version = f'\n    api_version="{program.own_version}",' if program.own_version else ""
    return [
        *imports,
        "from azure.core.credentials import AzureKeyCredential",
        "",
        "client = ChatCompletionsClient(",
        f'    endpoint=os.environ["{ENDPOINT}"],',
        f'    credential=AzureKeyCredential(os.environ["{KEY}"]),{version}',
        ")",
    ]


def _call(program: Program) -> list[str]:
    is_azure = program.sdk == "azure"
    lines = [f"response = client.{'complete' if is_azure else 'chat.completions.create'}("]
    for name, value in program.parameters.items():
        lines.append(f"    {name}={indented(_argument(program, name, value), 1)},")
    if program.streams:
        lines.append("    stream=True,")
    if extras := program.extras:
        name = "model_extras" if is_azure else "extra_body"
        lines.append(f"    {name}={indented(literal(extras), 1)},")
    return [*lines, ")"]


def _argument(program: Program, name: str, value: Any) -> str:
    if program.sdk == "openai":
        return literal(value)
    if name == "messages":
        messages = "".join(f"    {indented(_message(message), 1)},\n" for message in value)
        return f"[\n{messages}]"
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
    named = ((name, indented(literal(value), 1)) for name, value in schema.items())
    arguments = "".join(f"    {name}={value},\n" for name, value in named)
    return f"JsonSchemaFormat(\n{arguments})"


def literal(value: Any, room: int = 80) -> str:
    """Return a JSON value as Python writes it, broken into lines where it is long."""
    flat = _flat(value)
    if len(flat) <= room or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, dict):
        items = [f"{_flat(key)}: {literal(item)}" for key, item in value.items()]
    else:
        items = [literal(item) for item in value]
    inner = "".join(f"    {indented(item, 1)},\n" for item in items)
    return f"{{\n{inner}}}" if isinstance(value, dict) else f"[\n{inner}]"


def _flat(value: Any) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)  # JSON's escapes are Python's too
        return text if text.isprintable() else repr(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_flat(key)}: {_flat(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    return repr(value)


def _printing(program: Program) -> str:
    thing = "delta" if program.streams else "message"
    field = f'{thing}.get("reasoning_content")'
    if program.sdk == "openai":
        field = f'getattr({thing}, "reasoning_content", None)'
    text, calls = (_STREAM, _STREAM_CALLS) if program.streams else (_WHOLE, _CALLS)
    return text.replace("FIELD", field).replace("CALLS", calls if program.has_tools else "")


_CALLS = """
for call in message.tool_calls or []:
    print(f"Tool call: {call.function.name}({call.function.arguments})")"""

_WHOLE = """
message = response.choices[0].message
thinking, answer = FIELD, message.content or ""
if match := re.match(r"\\s*<think>(.*?)</think>(.*)", answer, re.DOTALL):
    thinking, answer = match.groups()

if thinking:
    print(f"Thinking: {thinking.strip()}\\n\\nAnswer: {answer.strip()}")
else:
    print("Response:", answer)CALLS
print("Model:", response.model)
print("Usage:")
print("  Prompt tokens:", response.usage.prompt_tokens)
print("  Total tokens:", response.usage.total_tokens)
print("  Completion tokens:", response.usage.completion_tokens)
"""

_STREAM = '''
spoken = None


def say(part, text):
    """Print more of the thinking or of the answer."""
    global spoken
    text = text if part == spoken else text.lstrip()
    if text and part != spoken:
        print(f"\\n\\n{part}: " if spoken else f"{part}: ", end="")
        spoken = part
    print(text, end="", flush=True)


is_thinking, text, usage = False, "", None
for update in response:
    usage = update.usage or usage
    for choice in update.choices:
        delta = choice.delta
        say("Thinking", FIELD or "")
        text += delta.content or ""
        if not is_thinking and "<think>" in text:
            is_thinking, text = True, text.partition("<think>")[2]
        if is_thinking and "</think>" in text:
            thinking, _, text = text.partition("</think>")
            say("Thinking", thinking.rstrip())
            is_thinking = False
        if "<" not in text[-8:]:  # else it may be the beginning of a tag
            say("Thinking" if is_thinking else "Answer", text)
            text = ""CALLS
say("Answer", text)
print()
if usage:
    print("Total tokens:", usage.total_tokens)
'''

_STREAM_CALLS = """
        for call in delta.tool_calls or []:
            say("Tool call", f"{call.function.name or ''}{call.function.arguments or ''}")"""
