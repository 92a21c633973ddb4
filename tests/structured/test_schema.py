"""``--schema``: what is asked for, what is checked, and what happens when it does not fit."""

import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from azchat.structured.keywords import check_schema
from tests.faults.connection import Connection
from tests.faults.payloads import chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.front_door import Result, Session, azchat
from tests.oracles import check
from tests.shells import in_shell
from tests.structured.model import ask, refuses, says

DSL = "name, age int, tags list: what it is"
GOOD = '{"name": "Rex", "age": 3, "tags": ["dog"]}'
BAD = '{"name": "Rex", "age": "three", "tags": []}'


PERSON = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
KEYWORDS = (
    *("type", "properties", "items", "required", "enum", "minimum", "maxItems", "anyOf", "pattern"),
    *("not", "uniqueItems", "title", "$defs", "multipleOf", "prefixItems", "const", "x-unknown"),
)
META = Draft202012Validator(
    Draft202012Validator.META_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER
)


def schema_in(sent: dict[str, object]) -> dict[str, Any]:
    schema: dict[str, Any] = sent["response_format"]["json_schema"]["schema"]  # type: ignore[index]
    return schema


def dry(home: Path, *args: str, **more: object) -> dict[str, object]:
    result = azchat("ask", "--demo", "--dry-run", "hi", *args, home=home, **more)  # type: ignore[arg-type]
    check(result, code=0)
    body: dict[str, object] = json.loads(result.out.partition("\n\n")[2])
    return body


# -- what is asked for -----------------------------------------------------------------


def test_the_short_form_becomes_a_strict_schema(home: Path) -> None:
    assert dry(home, "--schema", DSL)["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "answer",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "age": {"type": "integer"},
                    "tags": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "what it is",
                    },
                },
                "required": ["name", "age", "tags"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("happy|sad", {"type": "string", "enum": ["happy", "sad"]}),
        ("happy | sad", {"type": "string", "enum": ["happy", "sad"]}),
        ("1|2|3", {"type": "integer", "enum": [1, 2, 3]}),
        ("list[on|off]", {"type": "array", "items": {"type": "string", "enum": ["on", "off"]}}),
        ("list{3}", {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3}),
        ("list[int]{2..}", {"type": "array", "items": {"type": "integer"}, "minItems": 2}),
        ("str {..40}", {"type": "string", "maxLength": 40}),
        ("int{-5..5}", {"type": "integer", "minimum": -5, "maximum": 5}),
    ],
)
def test_words_and_counts_have_a_short_form(home: Path, kind: str, schema: object) -> None:
    properties = schema_in(dry(home, "--schema", f"a {kind}: why, b"))["properties"]
    assert properties["a"] == {**schema, "description": "why"}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "schema", ["<(echo '{{}}')", "<(echo 'name, age int')", "@dog.txt", "- < dog.txt", "dog.txt"]
)
def test_a_schema_is_read_wherever_it_stands(home: Path, schema: str) -> None:
    (home / "dog.txt").write_text("name, age int\n")
    schema = schema.replace("{{}}", json.dumps(PERSON))
    result = in_shell(f"azchat ask --demo --dry-run hi --schema {schema}", home=home)
    assert result.returncode == 0, result.stderr
    sent = json.loads(result.stdout.partition("\n\n")[2])
    assert schema_in(sent)["properties"] == PERSON["properties"]


@settings(max_examples=300, deadline=None)
@given(inner=st.recursive(
    st.sampled_from([True, "x", "", -1, 2.5, [], ["a"], "string", "object", None, "("]),
    lambda value: st.dictionaries(st.sampled_from(KEYWORDS), value) | st.lists(value, max_size=2),
    max_leaves=6,
))  # fmt: skip
def test_what_jsonschema_takes_is_not_refused(inner: object) -> None:
    document = {"type": "object", "not": inner}
    if META.is_valid(document):
        check_schema(document)


def test_lines_allow_commas_in_descriptions(home: Path) -> None:
    wanted = dry(home, "--schema", "a float: one, or two\nb bool\nc list[int]")["response_format"]
    properties = wanted["json_schema"]["schema"]["properties"]  # type: ignore[index]
    assert properties == {
        "a": {"type": "number", "description": "one, or two"},
        "b": {"type": "boolean"},
        "c": {"type": "array", "items": {"type": "integer"}},
    }


@pytest.mark.parametrize("way", ["JSON", "file", "@file", "envelope"])
def test_json_and_files_are_taken_as_they_are(home: Path, way: str) -> None:
    schema = {"title": "A pet!", "type": "object", "properties": {"x": {"minimum": 1}}}
    text = json.dumps({"name": "A pet", "strict": True, "schema": schema})
    text = text if way == "envelope" else json.dumps(schema)
    (home / "pet.json").write_text(text)
    given = {"JSON": text, "file": "pet.json", "@file": "@pet.json", "envelope": text}[way]
    wanted = dry(home, "--schema", given)["response_format"]
    assert wanted["json_schema"] == {"name": "A_pet", "strict": True, "schema": schema}  # type: ignore[index]


def test_multi_asks_for_a_list_of_them(home: Path) -> None:
    wanted = dry(home, "--schema", "name", "--schema-multi")["response_format"]
    schema = wanted["json_schema"]["schema"]  # type: ignore[index]
    assert schema["properties"]["items"]["items"]["required"] == ["name"]
    result = azchat("ask", "--demo", "hi", "--schema", "name", "--schema-multi", home=home)
    assert json.loads(result.out) == {"items": [{"name": "demo"}]}


@pytest.mark.parametrize(
    ("schema", "code", "what"),
    [
        ("age integers", 2, "unknown type: 'integers'"),
        ("two words here", 2, "not `name type`"),
        (" ", 2, "the schema is empty"),
        (",", 2, "names no field"),
        ('{"type": ', 5, "is not JSON"),
        ("missing.json", 5, "cannot read missing.json: no such file"),
        ("list.json", 5, "list.json is no JSON object"),
        ("folder.json", 5, "cannot read folder.json"),
        ("name, age int, name", 2, "the field name twice"),
        ("mood happy|sad|happy", 2, "a repeated word"),
        ("mood happy|", 2, "an empty or a repeated word"),
        ("tags list{5..1}", 2, "limits that are none"),
        ("tags list{}", 2, "limits that are none"),
        ("tags list{-2}", 2, "limits that are none"),
        ("good bool{2}", 2, "limits that are none"),
    ],
)
def test_a_schema_that_is_none_sends_nothing(home: Path, schema: str, code: int, what: str) -> None:
    (home / "list.json").write_text("[]")
    (home / "folder.json").mkdir()
    with Scripted(says(GOOD)) as model:
        result = ask(model, home, "--schema", schema)
        check(result, code=code, made=[home / "list.json", home / "folder.json"])
        assert not model.requests
    assert what in result.err


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/definitions/dog", "definitions": {"dog": {"type": "string"}}},
        {"properties": {"pups": {"type": "array", "items": {"$ref": "#"}}}, "required": ["pups"]},
        {
            "properties": {"a": {"type": "string"}, "b": {"$ref": "#/properties/a"}},
            "required": ["a", "b"],
        },
    ],
)
def test_the_references_of_many_lead_where_those_of_one_did(
    home: Path, schema: dict[str, object]
) -> None:
    result = azchat("ask", "--demo", "hi", "--schema", json.dumps(schema), home=home)
    check(result, code=0)
    one = json.loads(result.out)
    args = ("--schema", json.dumps(schema), "--schema-multi")
    many = azchat("ask", "--demo", "hi", *args, home=home)
    check(many, code=0)
    assert json.loads(many.out) == {"items": [one]}


def test_multi_without_a_schema_is_a_usage_error(home: Path) -> None:
    check(azchat("ask", "--demo", "hi", "--schema-multi", home=home), code=2)


# -- what is taken off -----------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"\n\n  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here you are:\n\n```\n{GOOD}\n```\nAnything else?",
        f"~~~ json\n{GOOD}",
        f"Sure! {GOOD} That is Rex.",
        f"For {{name}} and {{age}}: {GOOD}",
        f"<think>\nA dog, {{maybe}}.\n</think>\n\n{GOOD}",
        f"<think>\nA dog.\n</think>\n\n```json\n{GOOD}\n```",
        f'```json\n{{"draft": 1}}\n```\nBetter:\n```json\n{GOOD}\n```',
    ],
)
def test_only_the_json_comes_out(home: Path, answer: str) -> None:
    with Scripted(says(answer)) as model:
        result = ask(model, home, "--schema", DSL)
        check(result, code=0, servers=[model])
        assert len(model.requests) == 1
    assert result.out == GOOD + "\n"
    assert result.err == ""


def test_the_json_is_the_models_own_text(home: Path) -> None:
    answer = '{ "name":"R\\u00e9x","age" : 3,\n"tags":[] }'
    with Scripted(says(answer)) as model:
        assert ask(model, home, "--schema", DSL).out == answer + "\n"


def test_json_output_has_the_json_as_its_answer(home: Path) -> None:
    with Scripted(says(f"<think>\nhm\n</think>\n```json\n{GOOD}\n```")) as model:
        reply = json.loads(ask(model, home, "--schema", DSL, "--json").out)
    assert (reply["answer"], reply["complete"]) == (GOOD, True)
    assert reply["reasoning"].strip() == "hm"


def test_on_a_terminal_the_json_is_not_rendered_as_markdown(home: Path) -> None:
    good = '{"name": "*Rex*", "age": 3, "tags": ["_a_"]}'
    with Scripted(says(good)) as model:
        result = ask(model, home, "--schema", DSL, tty=True)
    check(result, code=0)
    assert good in result.screen


# -- what does not fit -----------------------------------------------------------------


def test_a_mismatch_is_sent_back_with_what_is_wrong(home: Path) -> None:
    with Scripted(says(BAD), says(GOOD)) as model:
        result = ask(model, home, "--schema", DSL)
        check(result, code=0, servers=[model])
        first, second = (request.json() for request in model.requests)
    assert result.out == GOOD + "\n"
    assert '$.age: "three" is not of type "integer"; asked again' in result.err
    assert first["response_format"] == second["response_format"]
    question, answer, correction = second["messages"]
    assert (question["content"], answer["content"]) == ("hi", BAD)
    assert '- $.age: "three" is not of type "integer"' in correction["content"]


def test_once_by_default_then_it_is_incomplete(home: Path) -> None:
    with Scripted(says(BAD)) as model:
        result = ask(model, home, "--schema", DSL)
        check(result, code=8, servers=[model])
        assert len(model.requests) == 2
    assert result.out == BAD + "\n"
    assert "the answer does not meet the schema: $.age" in result.err


@pytest.mark.parametrize("retries", [0, 3])
def test_the_number_of_retries_is_the_users(home: Path, retries: int) -> None:
    with Scripted(says(BAD)) as model:
        check(ask(model, home, "--schema", DSL, "--schema-retries", str(retries)), code=8)
        assert len(model.requests) == retries + 1


def test_every_problem_is_told(home: Path) -> None:
    with Scripted(says('{"age": "x", "more": 1}')) as model:
        result = ask(model, home, "--schema", "name, age int", "--schema-retries", "0")
    check(result, code=8)
    for problem in ("'name' is a required property", '"x" is not of type', "'more' was unexpected"):
        assert problem in result.err


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("I cannot do that.", "there is no JSON in the answer"),
        ('{"name": "Rex", "age": 3', "is not JSON: Expecting"),
        ('{"name": NaN, "age": 3}', "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_said(home: Path, answer: str, why: str) -> None:
    with Scripted(says(answer)) as model:
        result = ask(model, home, "--schema", "name, age int", "--schema-retries", "0")
    check(result, code=8)
    assert why in result.err
    assert result.out == answer + "\n"


def test_a_length_limit_inside_the_json_is_said(home: Path) -> None:
    with Scripted(says('{"name": "Re', "length")) as model:
        result = ask(model, home, "--schema", DSL)
        check(result, code=8)
        assert len(model.requests) == 1
    assert result.out == '{"name": "Re\n', result
    assert "length limit reached: the JSON is cut off after 12 characters" in result.err


def test_tokens_and_notices_of_all_attempts_are_counted(home: Path) -> None:
    with Scripted(says(BAD), says(GOOD)) as model:
        reply = json.loads(ask(model, home, "--schema", DSL, "--json").out)
    assert reply["usage"]["total_tokens"] == 42
    assert len(reply["notices"]) == 1
    assert reply["answer"] == GOOD


def test_the_events_of_attempts_are_one_turn(home: Path) -> None:
    with Scripted(says(BAD), says(GOOD)) as model:
        result = ask(model, home, "--schema", DSL, "--output-format", "stream-json")
    types = [json.loads(line)["type"] for line in result.out.splitlines()]
    assert types.count("request_sent") == 2
    assert types.count("text_delta") == types.count("turn_finished") == 1


def test_a_failure_is_in_the_json_object(home: Path) -> None:
    with Scripted(says(BAD)) as model:
        result = ask(model, home, "--schema", DSL, "--json")
    reply = json.loads(result.out)
    assert (result.code, reply["complete"], reply["answer"]) == (8, False, BAD)
    assert reply["error"]["class"] == "incomplete"


def test_what_was_delivered_is_what_is_saved(home: Path) -> None:
    with Scripted(says(BAD), says(GOOD), says(GOOD)) as model:
        ask(model, home, "--schema", DSL)
        ask(model, home, "-c", prompt="and now?")
        messages = model.requests[2].json()["messages"]
    assert [(m["role"], m["content"]) for m in messages] == [
        ("user", "hi"),
        ("assistant", GOOD),
        ("user", "and now?"),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        '{"type": "nonsense"}',
        '{"$ref": "https://example.com/schema.json"}',
        '{"$ref": "#/$defs/none"}',
        '{"type": "object", "properties": {"name": {"pattern": "("}}}',
        '{"name": "string", "age": "integer"}',
        '{"type": "object", "properties": {"name": "string"}}',
        '{"type": "object", "properties": ["name"]}',
        '{"type": "object", "required": "name"}',
        '{"type": "array", "items": {"type": ["string", "none"]}}',
        '{"anyOf": []}',
        '{"properties": {"age": {"minimum": "3"}}}',
        '{"properties": {"tags": {"maxItems": -1}}}',
        '{"properties": {"a": {"not": 5}}}',
    ],
)
def test_a_schema_that_cannot_be_used_is_the_users_to_mend(home: Path, schema: str) -> None:
    with Scripted(says(GOOD)) as model:
        result = ask(model, home, "--schema", schema)
        assert not model.requests
    check(result, code=5)
    assert "the schema cannot be used" in result.err


def test_ctrl_c_shows_what_came(home: Path) -> None:
    def begin(connection: Connection) -> None:
        # Thinking that comes late shows that what came before it has arrived.
        late = chunk({"reasoning_content": "So.", "content": ""})
        connection.send(reply(event(content('{"name": "Re')) + event(late)))
        connection.hold()

    with Scripted(begin) as model:
        env = {"AZURE_INFERENCE_ENDPOINT": model.url}
        args = ("ask", "hi", "-m", "m", "--schema", DSL, "--thinking", "live")
        with Session(*args, home=home, env=env, tty=False) as session:
            session.wait_for("So.")
            session.interrupt()
            result = session.finish()
    check(result, code=130, chatter=True)
    assert result.out == '{"name": "Re\n', result


# -- endpoints that refuse -------------------------------------------------------------

REFUSALS = [
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
    "response_format value as json_schema is enabled only for api versions 2024-08-01-preview",
    "unknown field: response_format",
]


def formats(model: Scripted) -> list[object]:
    wanted = [request.json().get("response_format") or {} for request in model.requests]
    return [(one.get("type"), one.get("json_schema", {}).get("strict")) for one in wanted]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_endpoint_without_schemas_gets_it_in_the_prompt(home: Path, refusal: str) -> None:
    with Scripted(refuses(refusal), says(GOOD)) as model:
        result = ask(model, home, "--schema", DSL, "-s", "Be brief.")
        check(result, code=0, servers=[model])
        assert formats(model) == [("json_schema", True), ("json_object", None)]
        system = model.requests[1].json()["messages"][0]["content"]
    assert result.out == GOOD + "\n"
    assert "the endpoint refused json_schema" in result.err
    assert system.startswith("Be brief.\n\nAnswer with JSON alone")
    assert '"what it is"' in system


def test_an_endpoint_without_json_mode_gets_the_prompt_alone(home: Path) -> None:
    with Scripted(refuses(REFUSALS[2]), refuses(REFUSALS[2]), says(GOOD)) as model:
        result = ask(model, home, "--schema", DSL)
        check(result, code=0)
        assert formats(model)[2] == (None, None)
    assert "refused json_object too" in result.err


def test_a_schema_that_is_not_strict_enough_is_asked_for_leniently(home: Path) -> None:
    refusal = "Invalid schema for response_format 'answer': 'additionalProperties' is required"
    with Scripted(refuses(refusal), says(GOOD)) as model:
        check(ask(model, home, "--schema", '{"type": "object"}'), code=0)
        assert formats(model) == [("json_schema", True), ("json_schema", False)]


def test_a_refusal_after_a_correction_asks_the_question_again(home: Path) -> None:
    with Scripted(says(BAD), refuses(REFUSALS[0]), says(GOOD)) as model:
        check(ask(model, home, "--schema", DSL), code=0)
        roles = [message["role"] for message in model.requests[2].json()["messages"]]
    assert roles == ["system", "user"]


def test_other_refusals_are_told_as_they_are(home: Path) -> None:
    with Scripted(refuses("Invalid value for 'temperature'")) as model:
        result = ask(model, home, "--schema", DSL)
        assert len(model.requests) == 1
    check(result, code=7)


# -- --json-mode -----------------------------------------------------------------------


def json_mode(home: Path, *args: str, **more: object) -> Result:
    return azchat("ask", "--demo", "--json-mode", *args, home=home, **more)  # type: ignore[arg-type]


def test_json_mode_hints_when_nothing_asks_for_json(home: Path) -> None:
    result = json_mode(home, "hi")
    check(result, code=0)
    assert "asks for JSON" in result.err


@pytest.mark.parametrize("args", [["Three rivers as JSON"], ["hi", "-s", "json"], ["hi", "-q"]])
def test_json_mode_is_silent_when_something_does(home: Path, args: list[str]) -> None:
    assert json_mode(home, *args).err == ""


def test_json_mode_says_that_a_limit_cut_the_json(home: Path) -> None:
    with Scripted(says('{"a": [1, 2', "length")) as model:
        result = ask(model, home, "--json-mode", prompt="as JSON")
    check(result, code=8)
    assert "length limit reached: the JSON is cut off" in result.err


def test_json_mode_has_the_words_of_the_answer_untouched(home: Path) -> None:
    with Scripted(says("```json\n{}\n```")) as model:
        assert ask(model, home, "--json-mode", prompt="as JSON").out == "```json\n{}\n```\n"
