"""Tags in the text of an answer, from end to end: thinking, or only written about."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.payloads import DONE, chunk, completion, content, event
from tests.faults.scripted import Scripted, reply
from tests.oracles import check

STOP = event(chunk({}, "stop")) + DONE
LONE = ("Two and", " two.\n</th", "ink>\n\nFo", "ur.")
ABOUT = "Cut at the tag:\n\n```python\nsaid = text.split('</think>')[1]\n```\n\nSo it is gone."


def streamed(texts: Sequence[str]) -> bytes:
    return reply(b"".join(event(content(text)) for text in texts) + STOP)


def whole(text: str) -> bytes:
    return reply(json.dumps(completion(text)).encode(), content_type="application/json")


@pytest.mark.parametrize("args", [["--no-stream"], ["--no-stream", "-x"], []])
def test_of_a_whole_reply_no_thinking_is_let_out(ask: Ask, args: list[str]) -> None:
    with Scripted(whole("".join(LONE))) as server:
        result = ask(server.url, "hi", "-q", *args)
        check(result, code=0, servers=[server])
    assert (result.out, result.err) == ("Four.\n", "")


@pytest.mark.parametrize("args", [["-x"], ["--json"]])
def test_an_answer_that_is_held_back_has_no_thinking(ask: Ask, args: list[str]) -> None:
    with Scripted(streamed(LONE)) as server:
        result = ask(server.url, "hi", *args)
        check(result, code=0, servers=[server], chatter=True)
    assert "Two" not in (json.loads(result.out)["answer"] if "--json" in args else result.out)


def test_a_file_gets_no_thinking_and_loses_nothing_else(ask: Ask, home: Path) -> None:
    with Scripted(streamed(LONE)) as server:
        result = ask(server.url, "hi", "--output", "said.txt", "--thinking", "live")
        check(result, code=0, servers=[server], chatter=True, made=[home / "said.txt"])
    assert (home / "said.txt").read_text() == "Four.\n"
    assert result.err.startswith("Two and two.\n")


def test_no_event_of_a_whole_reply_relabels_others(ask: Ask) -> None:
    with Scripted(whole("".join(LONE))) as server:
        result = ask(server.url, "hi", "--output-format", "stream-json")
    kinds = [json.loads(line)["type"] for line in result.out.splitlines()]
    assert "relabelled" not in kinds
    assert kinds.index("reasoning_delta") < kinds.index("text_delta")


@pytest.mark.parametrize("model", ["m", "gpt-4o", "deepseek-r1"])
@pytest.mark.parametrize("text", [ABOUT, "It ends with </think>, or [/THINK] and so on."])
def test_an_answer_about_tags_comes_as_it_is(ask: Ask, model: str, text: str) -> None:
    with Scripted(streamed(text.partition("think")), streamed(text)) as server:
        plain = ask(server.url, "hi", "-m", model)
        told = json.loads(ask(server.url, "hi", "-m", model, "--json").out)
        check(plain, code=0, servers=[server])
    assert plain.out == f"{text}\n"
    assert (told["answer"], told["reasoning"]) == (text, None)


@pytest.mark.parametrize("text", ["<think>\nHm.\n</think>\nFour.", "Hm.\n</think>\n\nFour."])
def test_a_model_that_never_thinks_in_its_text_is_taken_at_its_word(ask: Ask, text: str) -> None:
    with Scripted(streamed(text)) as server:
        result = ask(server.url, "hi", "-m", "gpt-4o-mini")
        check(result, code=0, servers=[server])
    assert result.out == f"{text}\n"


def test_one_answer_teaches_nothing_about_the_next(ask: Ask) -> None:
    with Scripted(streamed(LONE), streamed(["Only this."]), streamed(LONE)) as server:
        results = [ask(server.url) for _ in range(3)]
    assert [result.out for result in results] == [
        "Two and two.\nFour.\n",
        "Only this.\n",
        "Two and two.\nFour.\n",
    ]


def test_what_two_answers_taught_cuts_no_later_one(ask: Ask) -> None:
    text = "It ends with </think>, and so on."
    with Scripted(streamed(LONE), streamed(LONE), streamed([text]), streamed(LONE)) as server:
        *_, about, after = (ask(server.url) for _ in range(4))
    assert about.out == f"{text}\n"
    assert after.out == "Two and two.\nFour.\n"  # taken back: it held an answer


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}<|call|>",
        "analysisHm.assistantcommentary to=functions.now json{}",
    ],
)
def test_a_call_in_a_channel_is_an_error(ask: Ask, text: str) -> None:
    with Scripted(streamed(text.partition("to="))) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server], chatter=True)
    assert result.out == ""
    assert "functions.now" in result.err
    assert "came as text" in result.err


def test_an_answer_in_the_field_of_the_thinking_is_said_to_be_there(ask: Ask) -> None:
    said = event(chunk({"reasoning": "It is four."})) + STOP
    with Scripted(reply(said)) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server], chatter=True)
    assert "--thinking live" in result.err
