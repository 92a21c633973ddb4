"""A turn of several responses, of which one turns out to be thinking, or none: the others stay."""

import json
from pathlib import Path

from tests.conftest import Ask
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.tool_streams import call
from tests.oracles import check

CALL = event(chunk({"tool_calls": [call("get_time", "{}", index=0, id="c")]}))
CALLED = CALL + event(chunk({}, "tool_calls")) + DONE
ANSWERED = event(chunk({}, "stop")) + DONE
BUSY = reply(status="503 Busy", content_type="text/plain")


def answering(first: str, *second: str) -> Scripted:
    """A server whose model says something, calls a tool, and says something again."""
    said = b"".join(event(content(text)) for text in second)
    return Scripted(reply(event(content(first)) + CALLED), reply(said + ANSWERED))


def thinking_first() -> Scripted:
    """The first response has no opening tag, the second no thinking: both were taken for it."""
    return answering("A clock.</think>", "It is noon.")


ASSUMED = ("hi", "-T", "get_time", "-m", "QwQ-32B")  # whose template writes the opening tag


def test_what_was_thought_before_a_call_is_no_answer(ask: Ask) -> None:
    with thinking_first() as server:
        result = ask(server.url, *ASSUMED)
        check(result, code=0, servers=[server], chatter=True)
    assert result.out == "It is noon.\n"


def test_json_tells_it_from_the_answer(ask: Ask) -> None:
    with thinking_first() as server:
        told = json.loads(ask(server.url, *ASSUMED, "--json").out)
    assert (told["answer"], told["reasoning"]) == ("It is noon.", "A clock.")


def test_it_stays_in_the_file_of_the_thinking(ask: Ask, home: Path) -> None:
    with thinking_first() as server:
        check(
            ask(server.url, *ASSUMED, "--thinking-file", "thoughts"),
            code=0,
            servers=[server],
            chatter=True,
        )
    assert (home / "thoughts").read_text() == "A clock."


def test_what_was_said_before_a_call_is_no_thinking(ask: Ask) -> None:
    with answering("Let me look.", "A clock.</think>", "It is noon.") as server:
        told = json.loads(ask(server.url, "hi", "-T", "get_time", "--json").out)
    assert (told["answer"], told["reasoning"]) == ("Let me look.\n\nIt is noon.", "A clock.")


def test_a_second_attempt_puts_no_more_room_before_the_answer(ask: Ask) -> None:
    first, second = event(content("Let me look.")) + CALLED, event(content("Noon.")) + ANSWERED
    with Scripted(reply(first), BUSY, reply(second)) as server:
        told = json.loads(ask(server.url, "hi", "-T", "get_time", "--json").out)
    assert told["answer"] == "Let me look.\n\nNoon."
