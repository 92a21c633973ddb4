"""What servers announce: one odd tool is mended or left out, the others stay."""

from typing import Any

import pytest

from azchat.errors import ServiceError
from azchat.tools.announced import mended
from tests.dialects.bodies import find_repair, repaired

NONE: dict[str, Any] = {"properties": {}, "type": "object"}


def schema(announced: Any) -> dict[str, Any]:
    (tool,) = mended([{"name": "x", "inputSchema": announced}]).tools
    found: dict[str, Any] = tool["inputSchema"]
    return found


@pytest.mark.parametrize(
    ("announced", "offered"),
    [
        ({}, NONE),
        (None, NONE),
        (True, NONE),
        ({"type": "object", "properties": None, "required": ["a"]}, {**NONE, "required": []}),
        ({"type": ["object"]}, NONE),
        ({"anyOf": [{"properties": {"a": {}}}], **NONE}, {**NONE, "properties": {"a": {}}}),
        ({"oneOf": [], **NONE}, NONE),
    ],
)
def test_the_top_of_a_schema_is_an_object_with_properties(announced: Any, offered: Any) -> None:
    assert schema(announced) == offered


@pytest.mark.parametrize(
    ("announced", "offered"),
    [
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": ["array", "null"]}, {"type": ["array", "null"], "items": {}}),
        ({"type": "array", "items": True}, {"type": "array", "items": {}}),
        ({"type": "array", "items": [{"a": 1}]}, {"type": "array", "items": {"a": 1}}),
        ({"anyOf": [{"type": "array"}]}, {"anyOf": [{"type": "array", "items": {}}]}),
        ({"type": "object"}, {"type": "object", "properties": {}}),
        (
            {"additionalProperties": {"type": "array"}},
            {"additionalProperties": {"type": "array", "items": {}}},
        ),
        (True, {}),
        ("string", {}),
        ({"enum": []}, {}),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
    ],
)  # fmt: skip
def test_what_services_refuse_is_mended_wherever_it_stands(announced: Any, offered: Any) -> None:
    assert schema({"type": "object", "properties": {"a": announced}})["properties"]["a"] == offered
    within = schema({"type": "object", "$defs": {"a": announced}})
    assert within["$defs"]["a"] == offered


def deep(levels: int) -> Any:
    return {"properties": {"a": deep(levels - 1)}} if levels else {}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "x",
        {},
        {"name": 3},
        {"name": ""},
        {"name": "x", "inputSchema": []},
        {"name": "x", "inputSchema": {"type": "string"}},
        {"name": "x", "inputSchema": {"default": float("nan")}},
        {"name": "x", "inputSchema": {"title": "\ud83d"}},
        {"name": "x", "inputSchema": deep(100)},
    ],
)
def test_a_tool_that_cannot_be_offered_is_left_out_with_a_word(odd: Any) -> None:
    found = mended([odd, {"name": "fine", "outputSchema": 3, "annotations": 4}])
    assert [tool["name"] for tool in found.tools] == ["fine"]
    (said,) = found.said
    assert " is left out: " in said


@pytest.mark.parametrize("listed", [None, 3, "x", {"name": "x"}])
def test_a_list_that_is_none_has_no_tools(listed: Any) -> None:
    assert mended(listed).tools == []


def body(*names: str) -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"messages": [], "tools": tools, "tool_choice": "required"}


@pytest.mark.parametrize(
    ("said", "parameter"),
    [
        ("Invalid schema for function 'two': array schema missing items.", None),
        ("Invalid schema for function 'two'", "tools[1].function.parameters"),
        ("Invalid 'tools[1].function.name': string does not match pattern", None),
        ("string too long", "tools[1].function.description"),
        ("tools.1.custom.input_schema.type: Field required", None),
        ('{"loc": ["body", "tools", 1, "function", "parameters"], "msg": "invalid"}', None),
        ("GenerateContentRequest.tools[0].function_declarations[1].parameters: missing", None),
        ("the schema of tool two cannot be compiled", None),
    ],
)  # fmt: skip
def test_the_tool_that_a_service_refuses_is_left_out(said: str, parameter: str | None) -> None:
    error = ServiceError(said, http_status=400)
    error.parameter = parameter
    repair = find_repair(error, body("one", "two", "three"))
    assert repair
    assert repair.said == "the tool two is not offered, as its schema is refused"
    changed, _ = repaired(body("one", "two", "three"), [repair])
    assert [tool["function"]["name"] for tool in changed["tools"]] == ["one", "three"]


def test_without_the_last_tool_none_is_demanded() -> None:
    error = ServiceError("Invalid schema for function 'one'", http_status=400)
    repair = find_repair(error, body("one"))
    assert repair
    assert repaired(body("one"), [repair])[0] == {"messages": []}


def test_a_refusal_of_something_else_leaves_the_tools() -> None:
    error = ServiceError("Unsupported parameter: 'top_p'", http_status=400)
    repair = find_repair(error, {**body("one"), "top_p": 1})
    assert repair
    assert repair.name == "top_p"
    assert repaired({**body("one"), "top_p": 1}, [repair])[0] == repaired(body("one"), [])[0]


def test_a_schema_that_is_mended_is_told_and_one_without_properties_is_not() -> None:
    odd = {"type": "object", "properties": {"a": {"type": "array"}}}
    plain = {"name": "plain", "inputSchema": {"type": "object"}}
    assert mended([plain, {"name": "odd", "inputSchema": odd}]).said == [
        "tool odd: its schema is mended"
    ]
