"""What a web page streams: JSON Lines, as in the sample that has a page."""

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.demo.conftest import send

QUESTION = {"role": "user", "content": "How many languages are in the world?"}
STOPPED = (
    "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your "
    "knife skills."
)


def lines(body: object, **headers: str) -> list[dict[str, Any]]:
    reply = send("POST", "/chat/stream", json.dumps(body).encode(), headers, key="K")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("application/jsonl")
    return [json.loads(line) for line in reply.data.decode().splitlines()]


def test_thinking_and_answer_come_apart() -> None:
    told = lines({"messages": [QUESTION]})
    thoughts = "".join(one["delta"].get("reasoning_content") or "" for one in told)
    answer = "".join(one["delta"].get("content") or "" for one in told)
    assert thoughts.startswith("Okay, the user is asking")
    assert answer.endswith("**7,000 languages** globally.")
    assert "think>" not in answer
    assert told[-1]["finish_reason"] == "stop"
    assert {one["index"] for one in told} == {0}


def test_the_conversation_is_the_pages_with_a_system_message_before_it() -> None:
    said = [QUESTION, {"role": "assistant", "content": "7,000"}, {"role": "user", "content": "hi"}]
    answer = "".join(one["delta"].get("content") or "" for one in lines({"messages": said}))
    assert "- **Messages:** 4" in answer
    assert "- **System message:** yes" in answer


@pytest.mark.parametrize(
    ("content", "error"), [(STOPPED, "The response was filtered"), (7, "Invalid type for")]
)
def test_an_error_is_a_line(content: object, error: str) -> None:
    [told] = lines({"messages": [{"role": "user", "content": content}]})
    assert told["error"].startswith(error)


@pytest.mark.parametrize("body", [{}, {"messages": "hi"}, [], "{"])
def test_what_is_no_conversation_is_refused(body: object) -> None:
    sent = body if isinstance(body, str) else json.dumps(body)
    assert send("POST", "/chat/stream", sent.encode()).status == 400
    assert send("GET", "/chat/stream").status == 405


def test_the_lines_are_sent_as_they_come() -> None:
    body = json.dumps({"messages": [QUESTION]}).encode()
    with DemoServer(tokens_per_second=40) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/chat/stream", body)
        response = connection.getresponse()
        first = response.readline()
        assert json.loads(first)["delta"]["role"] == "assistant"
        assert response.getheader("transfer-encoding") == "chunked"
        connection.close()
