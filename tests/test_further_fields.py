"""What the JSON outputs, ``-u`` and the text say of what a service sends beside the answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scripted import Scripted, reply
from tests.front_door import Result
from tests.oracles import check
from tests.structured.model import ask, says

HEAD = {"id": "c-1", "created": 1790000000, "model": "m-1", "system_fingerprint": "fp-1"}
TOKEN = {"content": [{"token": "yes", "logprob": -0.5, "top_logprobs": []}]}


def chunk(content: str, finish: str | None, index: int = 0, **more: object) -> bytes:
    choice = {"index": index, "delta": {"content": content}, "finish_reason": finish, **more}
    return b"data: " + json.dumps(HEAD | {"choices": [choice]}).encode() + b"\n\n"


TWO = chunk("no", "stop", 1) + chunk("yes", "STOP", logprobs=TOKEN) + b"data: [DONE]\n\n"


def run(home: Path, body: bytes, *flags: str, code: int = 0) -> Result:
    with Scripted(reply(body)) as server:
        result = ask(server, home, *flags)
        check(result, code=code, servers=[server])
    return result


def last(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out.splitlines()[-1])
    return found


@pytest.mark.parametrize("output", [["--json"], ["--output-format", "stream-json"]])
def test_the_json_outputs_have_what_stands_beside_the_answer(home: Path, output: list[str]) -> None:
    told = last(run(home, TWO, *output))
    head = HEAD | {"finish_reason": "STOP"}
    assert {name: told[name] for name in head} == head
    assert (told["logprobs"], told["responses"]) == (TOKEN, [head])
    (further,) = told["choices"]
    assert (further["index"], further["answer"], further["finish_reason"]) == (1, "no", "stop")


def test_text_shows_the_first_choice_and_says_that_there_are_more(home: Path) -> None:
    result = run(home, TWO)
    assert result.out == "yes\n"
    assert result.err.startswith("2 answers came, of which this is the first")


@pytest.mark.parametrize(
    ("finish", "message"), [("MAX_TOKENS", "length limit"), ("pause_turn", "pause_turn")]
)
def test_a_finish_reason_is_told_also_where_the_answer_is_not_whole(
    home: Path, finish: str, message: str
) -> None:
    told = last(run(home, chunk("Half", finish), "--json", code=8))
    assert (told["answer"], told["complete"], told["finish_reason"]) == ("Half", False, finish)
    assert message in told["error"]["message"]


@pytest.mark.parametrize(
    ("total", "told"),
    [
        (13, "9 prompt + 4 completion = 13 tokens, 8 cached"),
        (20, "9 prompt + 4 completion tokens, 8 cached, 20 in total"),
    ],
)
def test_the_total_is_told(home: Path, total: int, told: str) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": total}
    details = {"prompt_tokens_details": {"cached_tokens": 8}}
    body = chunk("yes", "stop") + b"data: " + json.dumps({"usage": usage | details}).encode()
    assert told in run(home, body + b"\n\n", "-u").err


def test_each_response_of_a_turn_with_tools_has_its_finish_reason(home: Path) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "get_time", "arguments": "{}"}}
    asks = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_use"}
    first = b"data: " + json.dumps({"id": "c-0", "choices": [asks]}).encode() + b"\n\n"
    with Scripted(reply(first), reply(chunk("Monday", "end_turn"))) as server:
        result = ask(server, home, "--json", "-T", "get_time", "--approve", "all")
    told = last(result)
    ends = [(each["id"], each["finish_reason"]) for each in told["responses"]]
    assert ends == [("c-0", "tool_use"), ("c-1", "end_turn")]


def test_a_second_object_that_fits_the_schema_is_told(home: Path) -> None:
    with Scripted(says('{"n": 1}\n{"n": 2}')) as server:
        result = ask(server, home, "--schema", "n int")
    check(result, code=0)
    assert (result.out, "only the first" in result.err) == ('{"n": 1}\n', True)


@pytest.mark.parametrize("raw", ["a\nb", "a\tb", 'a \\" \n b', "\x1b"])
def test_raw_control_characters_in_strings_are_printed_as_json(home: Path, raw: str) -> None:
    with Scripted(says(f'{{\n  "s": "{raw}"\n}}')) as server:
        result = ask(server, home, "--schema", "s")
    check(result, code=0)
    assert json.loads(result.out) == {"s": raw.replace("\\", "")}
    assert result.err == ""
