"""C#: compared with reviewed files, and compiled where there is a dotnet."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from azchat.code.csharp import string
from azchat.code.csharp import write as write_csharp
from azchat.code.program import Program

REVIEWED = Path(__file__).parents[1] / "data" / "code"
PACKAGES = {"azure": ["Azure.AI.Inference --prerelease"], "openai": ["OpenAI"]}
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
PROGRAMS = {
    "simple": Program(SIMPLE, ENDPOINT),
    "stream": Program(SIMPLE, ENDPOINT, streams=True),
    "full": Program(FULL, ENDPOINT, passes_extras=True),
    "full-stream": Program(FULL, ENDPOINT, streams=True),
    "openai": Program(FULL, "https://RESOURCE.openai.azure.com/openai/v1", "openai"),
    "openai-stream": Program(SIMPLE, "https://a/openai/v1", "openai", streams=True),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_is_the_reviewed_one(name: str) -> None:
    assert write_csharp(PROGRAMS[name]) == (REVIEWED / f"{name}.cs").read_text(encoding="utf-8")


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
    packages = [*PACKAGES[program.sdk]]
    if name == "openai-stream":
        packages.append("System.Net.ServerSentEvents")
    for command in (
        ["new", "console", "--force"],
        *(["add", "package", *package.split()] for package in packages),
    ):
        subprocess.run([dotnet, *command], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "Program.cs").write_text(write_csharp(program), encoding="utf-8")
    built = subprocess.run([dotnet, "build"], cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout
