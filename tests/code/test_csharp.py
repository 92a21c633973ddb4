"""C#: compared with reviewed files, parsed, and compiled where there is a dotnet."""

import json
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tree_sitter_c_sharp
from tree_sitter import Language, Parser, Query, QueryCursor

from azchat.code.csharp import string
from azchat.code.csharp import write as write_csharp
from azchat.code.program import Program

REVIEWED = Path(__file__).parents[1] / "data" / "code"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SIMPLE: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "How many languages are in the world?"},
    ],
    "model": "DeepSeek-R1",
}
FULL: dict[str, Any] = {
    "messages": [
        {"role": "developer", "content": 'Say "hi"\nand\tstop \\ { } 🦀'},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
                {"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
            ],
        },
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "assistant", "content": "It is 42."},
        {"role": "user", "content": "And now?"},
    ],
    "model": "gpt-4o",
    "temperature": 0.5,
    "top_p": 1.0,
    "max_tokens": 100,
    "presence_penalty": -1.0,
    "frequency_penalty": 2.0,
    "stop": ["END"],
    "seed": 7,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
    },
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "Counts",
                "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
            },
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "safe_mode": True,
}
ENDPOINT = "https://RESOURCE.services.ai.azure.com/models"
SCOPE = "https://ai.azure.com/.default"
V1 = "https://RESOURCE.openai.azure.com/openai/v1"
RESPONSES: dict[str, Any] = {
    "model": "gpt-5.6",
    "input": [{"role": "user", "content": "hi"}],
    "reasoning": {"summary": "auto"},
    "tools": [{"type": "function", "name": "get_time", "parameters": {
        "type": "object", "properties": {"zone": {"type": "string"}}}}],
}  # fmt: skip
MESSAGES: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hi"}],
    "tools": [{"name": "get-the.weather", "input_schema": {
        "type": "object", "required": ["class", "the day"], "properties": {
            "class": {"type": "string"}, "the day": {"type": "integer"},
            "x": {"type": "number"}, "y": {"type": ["null", "string"]}}}}],
}  # fmt: skip
VERSION = {"anthropic-version": "2023-06-01"}
BUILT_IN = ("get_flight_info", "get_time", "calculate", "read_file", "list_dir")
OWN: dict[str, Any] = {
    **SIMPLE,
    "tools": [
        {"type": "function", "function": {"name": name, "parameters": {
            "type": "object", "properties": {field: {"type": "string"} for field in (
                "origin_city", "destination_city", "zone", "expression", "path")}}}}
        for name in BUILT_IN
    ],
}  # fmt: skip
_over_responses = partial(Program, RESPONSES, V1, "openai", operation="/responses")
_over_messages = partial(
    Program, MESSAGES, "https://a/anthropic", "anthropic", operation="/v1/messages", headers=VERSION
)
PROGRAMS = {
    "simple": Program(SIMPLE, ENDPOINT, asks_info=True),
    "stream": Program(SIMPLE, ENDPOINT, streams=True, scope=SCOPE),
    "full": Program(FULL, ENDPOINT, passes_extras=True),
    "full-stream": Program(FULL, ENDPOINT, streams=True),
    "own": Program(OWN, ENDPOINT, built_in=BUILT_IN),
    "openai": Program(FULL, V1, "openai"),
    "openai-stream": Program(OWN, V1, "openai", streams=True, scope=SCOPE, built_in=BUILT_IN),
    "responses": _over_responses(scope=SCOPE, built_in=BUILT_IN),
    "responses-stream": _over_responses(streams=True),
    "messages": _over_messages(scope=SCOPE),
    "messages-stream": _over_messages(streams=True, key_header="x-api-key"),
}
GRAMMAR = Language(tree_sitter_c_sharp.language())
# What the packages and .NET 8 list publicly, of what programs use.
NAMES = json.loads((REVIEWED / "names.json").read_text())
_DECLARED = """
[
  (local_function_statement name: (identifier) @name)
  (method_declaration name: (identifier) @name)
  (class_declaration name: (identifier) @name)
  (constructor_declaration name: (identifier) @name)
  (variable_declarator name: (identifier) @name)
  (parameter name: (identifier) @name)
  (type_parameter name: (identifier) @name)
  (tuple_element name: (identifier) @name)
]
"""


def nodes(query: str, program: str) -> set[str]:
    tree = Parser(GRAMMAR).parse(program.encode())
    found = QueryCursor(Query(GRAMMAR, query)).captures(tree.root_node)
    return {node.text.decode() for node in found.get("name", ()) if node.text}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_is_the_reviewed_one(name: str) -> None:
    assert write_csharp(PROGRAMS[name]) == (REVIEWED / f"{name}.cs").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_is_csharp(name: str) -> None:
    program = write_csharp(PROGRAMS[name])
    tree = Parser(GRAMMAR).parse(program.encode())
    assert not tree.root_node.has_error, nodes("(ERROR) @name", program)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_name_is_one_that_is_listed_publicly(name: str) -> None:
    program = write_csharp(PROGRAMS[name])
    used = nodes("(identifier) @name", program) - nodes(_DECLARED, program)
    used = {one for one in used if one[0].isupper()}
    known = {one for names in NAMES.values() for one in names}
    assert used - known == set()


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("a", '"a"'),
        ('"\\\n\t\r', '"\\"\\\\\\n\\t\\r"'),
        ("ü🦀", '"ü🦀"'),
        ("\x7f\x85\u2028\u2029", '"\\u007f\\u0085\\u2028\\u2029"'),  # lines end there, in C#
    ],
)
def test_a_string_is_escaped(text: str, literal: str) -> None:
    assert string(text) == literal


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_compiles(name: str, tmp_path: Path) -> None:
    dotnet = shutil.which("dotnet")
    if not dotnet:
        pytest.skip("NOT TESTED: there is no dotnet on this machine; compared with reviewed files")
    program = PROGRAMS[name]
    packages = re.findall(r"^// dotnet add package (.*)$", write_csharp(program), re.MULTILINE)
    for command in (
        ["new", "console", "--force"],
        *(["add", "package", *package.split()] for package in packages),
    ):
        subprocess.run([dotnet, *command], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "Program.cs").write_text(write_csharp(program), encoding="utf-8")
    built = subprocess.run([dotnet, "build"], cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout
