"""JavaScript for Node: @azure-rest/ai-inference, or openai for the v1 route."""

import re
from typing import Any

from azchat.code.program import ENDPOINT, KEY, Program, heading, indented, json_text

_NAME = re.compile(r"[A-Za-z_$][\w$]*")


def write_javascript(program: Program) -> str:
    """Return the program, a module."""
    is_azure = program.sdk == "azure"
    packages = "@azure-rest/ai-inference @azure/core-auth" if is_azure else "openai"
    if is_azure and program.streams:
        packages += " @azure/core-sse"
    lines = heading(program, "//", f"npm install {packages}", "node this-file.mjs")
    lines += _azure(program) if is_azure else _openai(program)
    return "\n".join(lines) + "\n" + _printing(program)


def _azure(program: Program) -> list[str]:
    imports = ['import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";']
    if program.streams:
        imports = ['import ModelClient from "@azure-rest/ai-inference";']
    imports.append('import { AzureKeyCredential } from "@azure/core-auth";')
    if program.streams:
        imports.append('import { createSseStream } from "@azure/core-sse";')
    client = {"apiVersion": program.own_version} if program.own_version else {}
    insecure = {"allowInsecureConnection": True} if program.is_insecure else {}
    options: dict[str, Any] = dict(insecure)
    if program.passes_extras and program.extras:
        options["headers"] = {"extra-parameters": "pass-through"}
    options["body"] = dict(program.body) | ({"stream": True} if program.streams else {})
    more = f",\n    {literal({**client, **insecure})}" if client or insecure else ""
    return [
        *imports,
        "",
        "const client = ModelClient(",
        f"    process.env.{ENDPOINT},",
        f"    new AzureKeyCredential(process.env.{KEY}){more},",
        ");",
        "",
        f'const response = await client.path("/chat/completions").post({literal(options)})'
        + (".asNodeStream();" if program.streams else ";"),
    ]


def _openai(program: Program) -> list[str]:
    body = dict(program.body) | ({"stream": True} if program.streams else {})
    return [
        'import OpenAI from "openai";',
        "",
        "const client = new OpenAI({",
        f"    baseURL: process.env.{ENDPOINT},",
        f"    apiKey: process.env.{KEY},",
        "});",
        "",
        f"const response = await client.chat.completions.create({literal(body)});",
    ]


def literal(value: Any, room: int = 80) -> str:
    """Return a JSON value as JavaScript writes it, broken into lines where it is long."""
    if isinstance(value, dict) and value:
        items = [f"{_key(key)}: {literal(item)}" for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, list) and value:
        items = [literal(item) for item in value]
        opening, closing = "[", "]"
    else:
        return json_text(value)
    flat = ", ".join(items)
    if len(flat) <= room and "\n" not in flat:
        return f"{{ {flat} }}" if opening == "{" else f"[{flat}]"
    inner = "".join(f"    {indented(item, 1)},\n" for item in items)
    return f"{opening}\n{inner}{closing}"


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) and name != "__proto__" else json_text(name)


def _printing(program: Program) -> str:
    text = _STREAM if program.streams else _WHOLE
    calls = (_STREAM_CALLS if program.streams else _CALLS) if program.has_tools else ""
    before, reply, chunks = _AZURE if program.sdk == "azure" else _OPENAI
    if program.streams:
        before = _AZURE_STREAM if program.sdk == "azure" else ""
    return before + text.replace("CALLS", calls).replace("REPLY", reply).replace("CHUNKS", chunks)


_AZURE = (
    """
if (isUnexpected(response)) {
    throw new Error(`${response.status}: ${JSON.stringify(response.body)}`);
}
""",
    "response.body",
    "sseChunks(response.body)",
)
_OPENAI = ("", "response", "response")
_AZURE_STREAM = """
if (response.status !== "200") {
    let problem = "";
    for await (const piece of response.body) problem += piece;
    throw new Error(`${response.status}: ${problem}`);
}

async function* sseChunks(stream) {
    for await (const event of createSseStream(stream)) {
        if (event.data === "[DONE]") return;
        yield JSON.parse(event.data);
    }
}
"""
_CALLS = """
for (const call of message.tool_calls ?? []) {
    console.log(`Tool call: ${call.function.name}(${call.function.arguments})`);
}"""
_STREAM_CALLS = """
        for (const call of choice.delta.tool_calls ?? []) {
            say("Tool call", (call.function.name ?? "") + (call.function.arguments ?? ""));
        }"""
_WHOLE = r"""
const { choices, model, usage } = REPLY;
const message = choices[0].message;
let [thinking, answer] = [message.reasoning_content, message.content ?? ""];
const match = answer.match(/^\s*<think>(.*?)<\/think>(.*)/s);
if (match) [, thinking, answer] = match;

if (thinking) {
    console.log(`Thinking: ${thinking.trim()}\n\nAnswer: ${answer.trim()}`);
} else {
    console.log("Response:", answer);
}CALLS
console.log("Model:", model);
console.log("Usage:");
console.log("  Prompt tokens:", usage.prompt_tokens);
console.log("  Total tokens:", usage.total_tokens);
console.log("  Completion tokens:", usage.completion_tokens);
"""
_STREAM = r"""
let spoken = "";
function say(part, text) {
    if (part !== spoken) text = text.trimStart();
    if (text && part !== spoken) {
        process.stdout.write(spoken ? `\n\n${part}: ` : `${part}: `);
        spoken = part;
    }
    process.stdout.write(text);
}

let [isThinking, text, usage] = [false, "", null];
for await (const chunk of CHUNKS) {
    usage = chunk.usage ?? usage;
    for (const choice of chunk.choices) {
        say("Thinking", choice.delta.reasoning_content ?? "");
        text += choice.delta.content ?? "";
        if (!isThinking && text.includes("<think>")) {
            [isThinking, text] = [true, text.slice(text.indexOf("<think>") + 7)];
        }
        if (isThinking && text.includes("</think>")) {
            const end = text.indexOf("</think>");
            say("Thinking", text.slice(0, end).trimEnd());
            [isThinking, text] = [false, text.slice(end + 8)];
        }
        if (!text.slice(-8).includes("<")) {  // else it may be the beginning of a tag
            say(isThinking ? "Thinking" : "Answer", text);
            text = "";
        }CALLS
    }
}
say("Answer", text);
console.log();
if (usage) console.log("Total tokens:", usage.total_tokens);
"""
