"""Programs are what the language's own formatter and linter leave as they are."""

import ast
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from azchat.code.csharp import write as write_csharp
from azchat.code.javascript import write as write_javascript
from azchat.code.layout import laid_out, node
from azchat.code.program import Program
from azchat.code.python import _STYLE as PYTHONS
from azchat.code.python import write as write_python
from tests.code.programs import faults_of_style
from tests.code.test_csharp import FULL, SIMPLE

WRITERS = {"python": write_python, "javascript": write_javascript}
BUILT_IN = {
    "get_flight_info": ("origin_city", "destination_city"),
    "get_time": ("zone",),
    "calculate": ("expression",),
    "read_file": ("path",),
    "list_dir": ("path",),
}
ODD = "a \"b\" 'c' `d` ${e} {g} \\n \\ </script> ü 🦀 '''x''' \"\"\"y\"\"\" J\u2028S\n\x7f\ud800"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "class": {"type": "string", "description": ODD},
        "many words": {"type": "array", "items": {"enum": [*range(1000, 1040)]}},
        "x": {"type": ["integer", "null"], "default": None},
        "path": {"type": "string", "default": "."},
        "a-rather-long-name-of-a-field": {"const": "a rather long text that has no room at all"},
    },
    "required": ["class"],
}
NAMES = (
    *("a-b", "a_b", "a.b", "a_b_2", "class", "call_class", "7up", "日本", "中国", "toString"),
    *("print", "int", "object", "OpenAI", "Anthropic", "console", "JSON", "Object", "__debug__"),
    *("undefined", "mcp__a_server_of_a_long_name__and_its_tool", "x" * 64),
)
"""Tools' names that are no names of functions, or not of two, or not in every language."""
FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "__proto__": {"type": "string"},
        **dict.fromkeys(("field2", "odd-name", "__debug__", "200", "1.5", "007", "1e3", "é"), True),
    },
}


def tools(envelope: str) -> list[dict[str, Any]]:
    """Tools of each kind: azchat's own, and one whose names are no names in a language."""
    odd = {"name": "get-the.weather", "description": ODD}
    own = [
        {"name": name, "description": name, "parameters": {
            "type": "object", "properties": {field: {"type": "string"} for field in fields}}}
        for name, fields in BUILT_IN.items()
    ]  # fmt: skip
    if envelope == "messages":
        return [*own, {**odd, "input_schema": SCHEMA}]
    if envelope == "responses":
        return [{"type": "function", **one} for one in (*own, {**odd, "parameters": SCHEMA})]
    return [{"type": "function", "function": one} for one in (*own, {**odd, "parameters": SCHEMA})]


BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "/chat/completions": ("chat", {**FULL, "metadata": {"odd": ODD, "list": [[1, 2], [3]]}}),
    "/responses": (
        "responses",
        {"model": "m", "input": [{"role": "user", "content": ODD}], "reasoning": {"effort": "low"}},
    ),
    "/v1/messages": (
        "messages",
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": ODD}], "k": {}},
    ),
}
WAYS = [
    ("azure", "/chat/completions"),
    ("openai", "/chat/completions"),
    ("openai", "/responses"),
    ("anthropic", "/v1/messages"),
]


def every_program(lang: str) -> list[Program]:
    """Every way that a program can be written in a language."""
    programs = [
        Program(SIMPLE, "https://a.b/models"),
        Program({**SIMPLE, "stop": "x"}, "https://a"),
    ]
    yes_no = (False, True)
    for (sdk, operation), streams, called, keyless, other in itertools.product(
        WAYS, yes_no, yes_no, yes_no, yes_no
    ):
        envelope, body = BODIES[operation]
        body = {**body, "tools": tools(envelope)} if called else body
        body = (
            body if called else {k: v for k, v in body.items() if k not in ("tools", "tool_choice")}
        )
        program = Program(
            body,
            f"http{'s' * other}://a.b/models",
            sdk,  # type: ignore[arg-type]
            streams=streams,
            operation=operation,
            scope="https://cognitiveservices.azure.com/.default" if keyless else None,
            is_async=other and lang == "python",
            asks_info=other and sdk == "azure",
            api_version="2024-10-21" if other and sdk == "azure" else None,
            key_header="api-key" if other else "x-api-key",
            passes_extras=other,
            built_in=tuple(BUILT_IN) if other else (),
        )
        programs.append(program)
    return programs


@pytest.mark.parametrize("lang", WRITERS)
def test_formatter_and_linter_have_nothing_to_say(tmp_path: Path, lang: str) -> None:
    programs = [WRITERS[lang](program) for program in every_program(lang)]
    assert faults_of_style(lang, programs, tmp_path) == ""


def oddly_named(sdk: str = "openai") -> Program:
    tools = [{"type": "function", "function": {"name": name, "parameters": FIELDS}}
             for name in NAMES]  # fmt: skip
    return Program({**SIMPLE, "tools": tools}, "https://a.b/models", sdk)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", WRITERS)
def test_whatever_tools_are_called_each_has_a_function(tmp_path: Path, lang: str) -> None:
    program = WRITERS[lang](oddly_named())
    assert faults_of_style(lang, [program], tmp_path) == ""
    if lang == "python":
        compile(program, "program.py", "exec")  # the linter knows no __debug__


def test_of_no_two_functions_are_the_names_alike() -> None:
    for program in (write_csharp(oddly_named("azure")), write_csharp(oddly_named())):
        names = re.findall(r"^ *(?:static )?object (Tool\w*)\(", program, re.MULTILINE)
        assert len(set(names)) == len(NAMES), names
        fields = re.search(r"object ToolAB\((.*)\)", program)
        assert fields
        takes = [one.split()[-1] for one in fields[1].split(", ")]
        assert len(set(takes)) == len(FIELDS["properties"])


@pytest.mark.parametrize("value", [ODD, [ODD], {"k": [1, 2.5, None, True, {"x": ODD * 3}]}, [], {}])
def test_a_literal_of_python_is_the_value(value: object) -> None:
    assert ast.literal_eval(laid_out(node(value, PYTHONS), PYTHONS)) == value
