"""C#: Azure.AI.Inference, or OpenAI for the v1 route. Top-level statements, raw strings: C# 11."""

import re
from typing import Any

from azchat.code.program import ENDPOINT, KEY, Program, heading, indented, json_text

_PROPERTIES = {
    "temperature": "Temperature",
    "top_p": "NucleusSamplingFactor",
    "max_tokens": "MaxTokens",
    "presence_penalty": "PresencePenalty",
    "frequency_penalty": "FrequencyPenalty",
    "seed": "Seed",
}
_FLOATS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


def write_csharp(program: Program) -> str:
    """Return the program."""
    if program.sdk == "openai":
        return _openai(program)
    lines = heading(program, "//", "dotnet add package Azure.AI.Inference --prerelease")
    lines += [
        *([] if program.streams else ["using System.Text.RegularExpressions;"]),
        "using Azure;",
        "using Azure.AI.Inference;",
        "",
        "var client = new ChatCompletionsClient(",
        f'    new Uri(Environment.GetEnvironmentVariable("{ENDPOINT}")!),',
        f'    new AzureKeyCredential(Environment.GetEnvironmentVariable("{KEY}")!));',
        "",
        f"var options = new ChatCompletionsOptions\n{_block(_options(program))};",
        "",
    ]
    text = _STREAM if program.streams else _WHOLE
    calls = _STREAM_CALLS if program.streams else _CALLS
    return "\n".join(lines) + text.replace("CALLS", calls if program.has_tools else "")


def _options(program: Program) -> list[str]:
    items = []
    for name, value in program.parameters.items():
        match name:
            case "model":
                items.append(f"Model = {string(value)}")
            case "messages":
                items.append(f"Messages =\n{_block([_message(message) for message in value])}")
            case "stop":
                texts = [value] if isinstance(value, str) else value
                items.append(f"StopSequences = {{ {', '.join(map(string, texts))} }}")
            case "response_format":
                items.append(f"ResponseFormat = {_response_format(value)}")
            case "tools":
                items.append(f"Tools =\n{_block([_tool(tool) for tool in value])}")
            case "tool_choice":
                items.append(f"ToolChoice = {_tool_choice(value)}")
            case _:
                number = f"{value!r}{'f' if name in _FLOATS else ''}"
                items.append(f"{_PROPERTIES[name]} = {number}")
    if extras := program.extras:
        values = [f"[{string(key)}] = {_json(value)}" for key, value in extras.items()]
        items.append(f"AdditionalProperties =\n{_block(values)}")
    return items


def _block(items: list[str]) -> str:
    inner = "".join(f"    {indented(item, 1)},\n" for item in items)
    return f"{{\n{inner}}}"


def _message(message: dict[str, Any]) -> str:
    content = message.get("content")
    match message["role"]:
        case "user" if isinstance(content, list):
            parts = [_part(part) for part in content]
            return f"new ChatRequestUserMessage(\n    {indented(f',{chr(10)}'.join(parts), 1)})"
        case "assistant" if message.get("tool_calls"):
            calls = [_call(call) for call in message["tool_calls"]]
            text = f", {string(content)}" if content else ""
            return f"new ChatRequestAssistantMessage(new[]\n{_block(calls)}{text})"
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
    block = f"\n{_block(items)}" if items else ""
    definition = f"new FunctionDefinition({string(function['name'])}){block}"
    return f"new ChatCompletionsToolDefinition(\n    {indented(definition, 1)})"


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
    document = f"new Dictionary<string, BinaryData>\n{_block(items)}"
    strict = f",\njsonSchemaIsStrict: {json_text(schema['strict'])}" if "strict" in schema else ""
    arguments = f"{string(schema['name'])},\n{document}{strict}"
    return f"{create}JsonFormat(\n    {indented(arguments, 1)})"


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


def _openai(program: Program) -> str:
    body = dict(program.body) | ({"stream": True} if program.streams else {})
    lines = heading(program, "//", "dotnet add package OpenAI")
    if program.streams:
        lines[-1:] = ["// dotnet add package System.Net.ServerSentEvents", ""]
    usings = ["System.ClientModel", "System.Text.Json", "OpenAI", "OpenAI.Chat"]
    if program.streams:
        usings += ["System.ClientModel.Primitives", "System.Net.ServerSentEvents"]
    else:
        usings.append("System.Text.RegularExpressions")
    usings.sort(key=lambda name: (not name.startswith("System"), name))
    lines += [f"using {name};" for name in usings]
    model = string(str(program.body.get("model") or "model"))
    lines += [
        "",
        "var client = new ChatClient(",
        f"    {model},",
        f'    new ApiKeyCredential(Environment.GetEnvironmentVariable("{KEY}")!),',
        "    new OpenAIClientOptions",
        "    {",
        f'        Endpoint = new Uri(Environment.GetEnvironmentVariable("{ENDPOINT}")!),',
        "    });",
        "",
        f"var body = BinaryData.FromString({_raw(json_text(body, indent=2))});",
    ]
    text = _OPENAI_STREAM if program.streams else _OPENAI_WHOLE
    return "\n".join(lines) + text.replace("SAY", _SAY)


_CALLS = """
foreach (ChatCompletionsToolCall call in response.ToolCalls)
{
    Console.WriteLine($"Tool call: {call.Name}({call.Arguments})");
}"""
_STREAM_CALLS = """
    if (update.ToolCallUpdate is { } call)
    {
        Say("Tool call", $"{call.Function?.Name}{call.Function?.Arguments}");
    }"""
_PRINT = """
var match = Regex.Match(answer, @"^\\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
if (match.Success)
{
    thinking = match.Groups[1].Value;
    answer = match.Groups[2].Value;
}

Console.WriteLine(string.IsNullOrEmpty(thinking)
    ? $"Response: {answer}"
    : $"Thinking: {thinking.Trim()}\\n\\nAnswer: {answer.Trim()}");"""
_WHOLE = (
    """
ChatCompletions response = client.Complete(options).Value;
string answer = response.Content ?? "", thinking = "";"""
    + _PRINT
    + """CALLS
Console.WriteLine($"Model: {response.Model}");
Console.WriteLine("Usage:");
Console.WriteLine($"  Prompt tokens: {response.Usage.PromptTokens}");
Console.WriteLine($"  Total tokens: {response.Usage.TotalTokens}");
Console.WriteLine($"  Completion tokens: {response.Usage.CompletionTokens}");
"""
)
_SAY = """
string spoken = "", text = "";
bool isThinking = false;

void Say(string part, string more)
{
    if (part != spoken)
    {
        more = more.TrimStart();
        if (more == "") return;
        Console.Write(spoken == "" ? $"{part}: " : $"\\n\\n{part}: ");
        spoken = part;
    }
    Console.Write(more);
}

void Add(string more)
{
    text += more;
    if (!isThinking && text.Contains("<think>"))
    {
        (isThinking, text) = (true, text[(text.IndexOf("<think>") + 7)..]);
    }
    if (isThinking && text.Contains("</think>"))
    {
        int end = text.IndexOf("</think>");
        Say("Thinking", text[..end].TrimEnd());
        (isThinking, text) = (false, text[(end + 8)..]);
    }
    if (text.LastIndexOf('<') < text.Length - 8 || !text.Contains('<'))
    {
        Say(isThinking ? "Thinking" : "Answer", text);
        text = "";
    } // else it may be the beginning of a tag
}
"""
_STREAM = (
    _SAY
    + """
var updates = await client.CompleteStreamingAsync(options);
await foreach (StreamingChatCompletionsUpdate update in updates)
{
    Add(update.ContentUpdate ?? "");CALLS
}
Say("Answer", text);
Console.WriteLine();
"""
)
_OPENAI_WHOLE = (
    """

ClientResult result = client.CompleteChat(BinaryContent.Create(body));
using JsonDocument document = JsonDocument.Parse(result.GetRawResponse().Content);
JsonElement response = document.RootElement;
JsonElement message = response.GetProperty("choices")[0].GetProperty("message");
string Text(string name) => message.TryGetProperty(name, out var value) ? $"{value}" : "";
string answer = Text("content"), thinking = Text("reasoning_content");"""
    + _PRINT
    + """
if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
{
    foreach (JsonElement call in calls.EnumerateArray())
    {
        JsonElement function = call.GetProperty("function");
        (JsonElement name, JsonElement arguments) =
            (function.GetProperty("name"), function.GetProperty("arguments"));
        Console.WriteLine($"Tool call: {name}({arguments})");
    }
}
JsonElement usage = response.GetProperty("usage");
Console.WriteLine($"Model: {response.GetProperty("model")}");
Console.WriteLine("Usage:");
Console.WriteLine($"  Prompt tokens: {usage.GetProperty("prompt_tokens")}");
Console.WriteLine($"  Total tokens: {usage.GetProperty("total_tokens")}");
Console.WriteLine($"  Completion tokens: {usage.GetProperty("completion_tokens")}");
"""
)
_OPENAI_STREAM = """
SAY
ClientResult result = client.CompleteChat(
    BinaryContent.Create(body), new RequestOptions { BufferResponse = false });
Stream stream = result.GetRawResponse().ContentStream!;
foreach (SseItem<string> item in SseParser.Create(stream).Enumerate())
{
    if (item.Data == "[DONE]") break;
    using JsonDocument chunk = JsonDocument.Parse(item.Data);
    foreach (JsonElement choice in chunk.RootElement.GetProperty("choices").EnumerateArray())
    {
        JsonElement delta = choice.GetProperty("delta");
        string Text(string name) => delta.TryGetProperty(name, out var value) ? $"{value}" : "";
        Say("Thinking", Text("reasoning_content"));
        Add(Text("content"));
    }
}
Say("Answer", text);
Console.WriteLine();
"""
