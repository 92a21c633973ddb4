"""C#: Azure.AI.Inference, or OpenAI for the v1 route. Top-level statements, raw strings: C# 11."""

import re
from typing import Any

from azchat.code.program import (
    Function,
    Program,
    block,
    indented,
    json_text,
    taken_words,
    unlike,
    written,
)

_PROPERTIES = {
    "temperature": "Temperature",
    "top_p": "NucleusSamplingFactor",
    "max_tokens": "MaxTokens",
    "presence_penalty": "PresencePenalty",
    "frequency_penalty": "FrequencyPenalty",
    "seed": "Seed",
}
_TYPES = {"string": "string", "integer": "long", "number": "double", "boolean": "bool"}
_FLOATS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


def write(program: Program) -> str:
    """Return the program."""
    is_azure = program.sdk == "azure"
    raw = _raw(json_text(program.sent, indent=2))
    return written(
        f"csharp/{'azure' if is_azure else 'json'}",
        program,
        header=_header(program.key_header),
        model=string(str(program.body.get("model") or "model")),
        request=block(_options(program)) if is_azure else raw,
        functions=list(map(_function, program.functions, unlike(map(_name, program.functions)))),
    )


def _header(name: str) -> str:
    return '"Authorization", $"Bearer {key}"' if name == "Authorization" else f'"{name}", key'


def _name(function: Function) -> str:
    parts = re.findall("[A-Za-z0-9]+", function.name)
    return "Tool" + "".join(part[:1].upper() + part[1:] for part in parts)


def _function(function: Function, name: str) -> dict[str, str]:
    """Return a tool's function: its first line, and how it is called with what the model gave."""
    takes, given, words = list[str](), list[str](), taken_words("csharp")
    fields = unlike(
        key if re.fullmatch(r"[A-Za-z]\w*", key, re.ASCII) else f"field{number}"
        for number, key in enumerate(function.properties, 1)
    )
    for field, (key, schema) in zip(fields, function.properties.items(), strict=True):
        kind = schema.get("type") if isinstance(schema, dict) else None
        kind = _TYPES.get(kind, "JsonElement") if isinstance(kind, str) else "JsonElement"
        is_needed = key in function.required
        takes.append(f"{kind}{'' if is_needed else '?'} {'@' if field in words else ''}{field}")
        needed = "!" if is_needed and kind == "string" else ""
        nullable = "?" if not is_needed and kind != "string" else ""
        given.append(f"Given<{kind}{nullable}>({string(key)}){needed}")
    return {
        "tool": function.name,
        "signature": f"object {name}({', '.join(takes)})",
        "call": f"{string(function.name)} => {name}({', '.join(given)})",
        "todo": string(f"TODO: what {function.name} returns"),
    }


def _options(program: Program) -> list[str]:
    items = []
    for name, value in program.parameters.items():
        match name:
            case "model":
                items.append(f"Model = {string(value)}")
            case "messages":
                items.append(f"Messages =\n{block([_message(message) for message in value])}")
            case "stop":
                texts = [value] if isinstance(value, str) else value
                items.append(f"StopSequences = {{ {', '.join(map(string, texts))} }}")
            case "response_format":
                items.append(f"ResponseFormat = {_response_format(value)}")
            case "tools":
                items.append(f"Tools =\n{block([_tool(tool) for tool in value])}")
            case "tool_choice":
                items.append(f"ToolChoice = {_tool_choice(value)}")
            case _:
                number = f"{value!r}{'f' if name in _FLOATS else ''}"
                items.append(f"{_PROPERTIES[name]} = {number}")
    if extras := program.extras:
        values = [f"[{string(key)}] = {_json(value)}" for key, value in extras.items()]
        items.append(f"AdditionalProperties =\n{block(values)}")
    return items


def _message(message: dict[str, Any]) -> str:
    content = message.get("content")
    match message["role"]:
        case "user" if isinstance(content, list):
            parts = [_part(part) for part in content]
            return f"new ChatRequestUserMessage(\n    {indented(f',{chr(10)}'.join(parts))})"
        case "assistant" if message.get("tool_calls"):
            calls = [_call(call) for call in message["tool_calls"]]
            text = f", {string(content)}" if content else ""
            return f"new ChatRequestAssistantMessage(new[]\n{block(calls)}{text})"
        case "tool":
            call_id = string(message["tool_call_id"])
            return f"new ChatRequestToolMessage({string(content or '')}, {call_id})"
        case role:
            kind = {"system": "System", "developer": "Developer", "user": "User"}
            return f"new ChatRequest{kind.get(role, 'Assistant')}Message({string(content or '')})"


def _part(part: dict[str, Any]) -> str:
    if part["type"] != "image_url":
        return f"new ChatMessageTextContentItem({string(part.get('text', ''))})"
    url, detail = part["image_url"]["url"], part["image_url"].get("detail")
    level = f", ChatMessageImageDetailLevel.{detail.capitalize()}" if detail else ""
    if found := re.match(r"data:([^;,]+);base64,", url):
        # Not as a Uri: that takes no more than 65519 characters.
        data = f'BinaryData.FromBytes(Convert.FromBase64String("{url[found.end() :]}"))'
        return f"new ChatMessageImageContentItem({data}, {string(found[1])}{level})"
    return f"new ChatMessageImageContentItem(new Uri({string(url)}){level})"


def _call(call: dict[str, Any]) -> str:
    function = call["function"]
    arguments = map(string, (call["id"], function["name"], function["arguments"]))
    return f"ChatCompletionsToolCall.CreateFunctionToolCall({', '.join(arguments)})"


def _tool(tool: dict[str, Any]) -> str:
    function = tool["function"]
    items = []
    if function.get("description"):
        items.append(f"Description = {string(function['description'])}")
    if function.get("parameters"):
        items.append(f"Parameters = {_json(function['parameters'])}")
    rest = f"\n{block(items)}" if items else ""
    definition = f"new FunctionDefinition({string(function['name'])}){rest}"
    return f"new ChatCompletionsToolDefinition(\n    {indented(definition)})"


def _tool_choice(choice: Any) -> str:
    if isinstance(choice, str):
        return f"ChatCompletionsToolChoice.{choice.capitalize()}"
    name = string(choice["function"]["name"])
    return f"new ChatCompletionsToolChoice(new FunctionDefinition({name}))"


def _response_format(wanted: dict[str, Any]) -> str:
    create = "ChatCompletionsResponseFormat.Create"
    if wanted["type"] != "json_schema":
        return f"{create}{'JsonFormat' if wanted['type'] == 'json_object' else 'TextFormat'}()"
    schema = wanted["json_schema"]
    items = [f"[{string(key)}] = {_json(value)}" for key, value in schema["schema"].items()]
    document = f"new Dictionary<string, BinaryData>\n{block(items)}"
    strict = f",\njsonSchemaIsStrict: {json_text(schema['strict'])}" if "strict" in schema else ""
    arguments = f"{string(schema['name'])},\n{document}{strict}"
    return f"{create}JsonFormat(\n    {indented(arguments)})"


def _json(value: Any) -> str:
    return f"BinaryData.FromString({_raw(json_text(value, indent=2))})"


def _raw(text: str) -> str:
    """Return a raw string literal; more quotes around it than any run inside has."""
    if "\n" not in text:
        return string(text)
    longest = max((len(run) for run in re.findall('"+', text)), default=0)
    quotes = '"' * max(3, longest + 1)
    return f"{quotes}\n{text}\n{quotes}"


def string(text: str) -> str:
    """Return ``text`` as a C# literal: JSON's escapes are C#'s too."""
    return json_text(text)
