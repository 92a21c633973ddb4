"""Responses that the service keeps: in the background, resumed, cancelled, deleted; lines cut."""

import http.client
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from azchat.demo.transport import DemoTransport
from azchat.dialects.asked import Request
from azchat.errors import NetworkError
from tests.demo.over_http import LANGUAGES, RESPONSES, Came, Json, call, create, opened, text_of

BACKGROUND: Json = {"background": True, "reasoning": {"summary": "auto"}}
SLOW = 2.0  # tokens a second: nothing is done by the time a test is


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


@pytest.fixture
def slow() -> Iterator[DemoServer]:
    with DemoServer(tokens_per_second=SLOW) as running:
        yield running


def name_of(reply: http.client.HTTPResponse) -> str:
    """Read the first event of a stream."""
    assert reply.readline() == b"event: response.created\n"
    name: str = json.loads(reply.readline().removeprefix(b"data: "))["response"]["id"]
    return name


def get(server: DemoServer, name: str, query: str = "") -> Came:
    return call(server, "GET", f"{RESPONSES}/{name}{query}")


def cancel(server: DemoServer, name: str) -> Came:
    return call(server, "POST", f"{RESPONSES}/{name}/cancel", {})


def delete(server: DemoServer, name: str) -> Came:
    return call(server, "DELETE", f"{RESPONSES}/{name}")


# -- in the background -----------------------------------------------------------------


def test_it_is_queued_then_in_progress_then_done(slow: DemoServer) -> None:
    queued = create(slow, **BACKGROUND)
    assert (queued.status, queued.json["status"], queued.json["output"]) == (200, "queued", [])
    going = get(slow, queued.json["id"]).json
    assert (going["status"], going["usage"]) == ("in_progress", None)


def test_it_is_done_without_its_client(server: DemoServer) -> None:
    queued = create(server, **BACKGROUND).json
    done = get(server, queued["id"]).json
    assert done["status"] == "completed"
    assert "7,000" in text_of(done)


def test_it_goes_on_when_the_line_is_gone() -> None:
    with DemoServer(tokens_per_second=2000) as server:
        with opened(server, input=LANGUAGES, **BACKGROUND) as reply:
            name = name_of(reply)
        until = time.monotonic() + 20
        while (state := get(server, name).json)["status"] == "in_progress":
            assert time.monotonic() < until
        assert state["status"] == "completed"


def test_its_stream_is_queued_first(server: DemoServer) -> None:
    first, second, third, *_ = create(server, stream=True, **BACKGROUND).events
    assert [first["type"], second["type"], third["type"]] == [
        *("response.created", "response.queued", "response.in_progress")
    ]
    assert first["response"]["status"] == "queued"


@pytest.mark.parametrize("after", [-1, 0, 5, 100, 10_000])
def test_a_stream_is_resumed_behind_the_last_event(server: DemoServer, after: int) -> None:
    events = create(server, stream=True, **BACKGROUND).events
    name = events[0]["response"]["id"]
    rest = get(server, name, f"?stream=true&starting_after={after}").events
    assert rest == events[after + 1 :]
    assert get(server, name, "?stream=true").events == events


def test_a_stream_can_be_joined_while_it_runs() -> None:
    with DemoServer(tokens_per_second=1500) as server:
        with opened(server, input=LANGUAGES, **BACKGROUND) as reply:
            name = name_of(reply)
            joined = get(server, name, "?stream=true&starting_after=3").events
            assert joined[0]["sequence_number"] == 4
        assert joined[-1]["type"] == "response.completed"


@pytest.mark.parametrize(
    "prompt", ["Fail by the rate limit", "Fail by the content filter", "hi"], ids=str
)
def test_what_fails_in_the_background_says_why(server: DemoServer, prompt: str) -> None:
    done = get(server, create(server, prompt, background=True).json["id"]).json
    assert done["status"] == ("completed" if prompt == "hi" else "failed")
    assert (done["error"] is None) == (prompt == "hi")


@pytest.mark.parametrize(
    ("made", "query"),
    [
        ({"background": True}, "?stream=true"),
        ({"stream": True}, "?stream=true"),
        ({}, "?stream=true&starting_after=1"),
        ({"background": True, "stream": True}, "?stream=true&starting_after=x"),
    ],
    ids=str,
)
def test_not_every_response_can_be_streamed_again(
    server: DemoServer, made: Json, query: str
) -> None:
    came = create(server, **made)
    name = (came.response if "stream" in made else came.json)["id"]
    assert get(server, name, query).status == 400


# -- cancelled, deleted, never kept ----------------------------------------------------


def test_it_is_cancelled_once_and_for_all(slow: DemoServer) -> None:
    name = create(slow, **BACKGROUND).json["id"]
    for came in (cancel(slow, name), cancel(slow, name), get(slow, name)):
        assert (came.status, came.json["status"], came.json["output"]) == (200, "cancelled", [])
    asked = {"previous_response_id": name}
    assert create(slow, **asked).error["code"] == "previous_response_not_found"


@pytest.mark.parametrize("end", [cancel, delete])
def test_a_stream_ends_without_its_last_event_when_it_is_cancelled(end: Any) -> None:
    with (
        DemoServer(tokens_per_second=20) as server,
        opened(server, input=LANGUAGES, **BACKGROUND) as reply,
    ):
        assert end(server, name_of(reply)).status == 200
        rest = reply.read()
    assert b"response.completed" not in rest
    assert rest == b"\n" or rest.endswith(b"\n\n")  # of whole events


def test_one_that_is_done_stays_as_it_is(server: DemoServer) -> None:
    name = create(server, **BACKGROUND).json["id"]
    assert cancel(server, name).json == get(server, name).json
    assert get(server, name).json["status"] == "completed"


def test_a_synchronous_one_cannot_be_cancelled(server: DemoServer) -> None:
    came = cancel(server, create(server).json["id"])
    assert (came.status, came.error["message"]) == (400, "Cannot cancel a synchronous response.")


def test_what_is_deleted_is_gone(server: DemoServer) -> None:
    name = create(server).json["id"]
    assert delete(server, name).json == {"id": name, "object": "response", "deleted": True}
    for came in (get(server, name), cancel(server, name), delete(server, name)):
        assert came.status == 404
        assert came.error["message"] == f"Response with id '{name}' not found."


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("store", "status"), [(True, 200), (False, 404), (..., 200)])
def test_what_is_not_stored_is_not_found(
    server: DemoServer, store: Any, status: int, stream: bool
) -> None:
    came = create(server, store=store, stream=stream)
    name = (came.response if stream else came.json)["id"]
    assert get(server, name).status == status
    assert create(server, "and?", previous_response_id=name).status == (200 if store else 400)


def test_what_was_said_before_goes_along_with_its_id(server: DemoServer) -> None:
    first = create(server, "My name is Ada.", instructions="Be brief.").json
    second = create(server, "And mine?", previous_response_id=first["id"]).json
    assert "**Messages:** 3" in text_of(second)
    assert "**System message:** no" in text_of(second)  # instructions do not go along


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PUT", "/resp_1"), ("GET", "/r/cancel")]
)
def test_other_methods_are_405(server: DemoServer, method: str, path: str) -> None:
    assert call(server, method, RESPONSES + path).status == 405


def test_no_two_responses_have_the_same_id(server: DemoServer) -> None:
    assert len({create(server, "hi").json["id"] for _ in range(3)}) == 3


# -- lines that are lost ---------------------------------------------------------------


def test_a_prompt_may_wish_for_its_line_to_be_lost(server: DemoServer) -> None:
    came = create(server, f"Cut the line after 7 events. {LANGUAGES}", stream=True, **BACKGROUND)
    assert came.lost
    assert [event["sequence_number"] for event in came.events] == list(range(7))
    name = came.events[0]["response"]["id"]
    rest = get(server, name, "?stream=true&starting_after=6")
    assert not rest.lost
    assert "7,000" in text_of(rest.response)


def test_what_is_not_in_the_background_is_lost_with_its_line(server: DemoServer) -> None:
    came = create(server, f"Cut the line after 7 events. {LANGUAGES}", stream=True)
    assert came.lost
    assert get(server, came.events[0]["response"]["id"]).status == 404


def test_after_however_many_cuts_every_event_came_once() -> None:
    cuts = random.Random(7).choices(range(1, 90), k=60)
    with DemoServer(cuts=cuts) as server:
        for _ in range(6):
            came = create(server, stream=True, **BACKGROUND)
            events = came.events
            name = events[0]["response"]["id"]
            while came.lost:
                last = events[-1]["sequence_number"]
                came = get(server, name, f"?stream=true&starting_after={last}")
                events += came.events
            deltas = [event["delta"] for event in events if "output_text.delta" in event["type"]]
            assert [event["sequence_number"] for event in events] == list(range(len(events)))
            assert "".join(deltas) == text_of(events[-1]["response"])


def test_chat_streams_can_be_cut_too() -> None:
    body = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    with DemoServer(cuts=[3]) as server:
        first, second = (call(server, "POST", "/openai/v1/chat/completions", body) for _ in "12")
    assert (first.lost, second.lost) == (True, False)
    assert first.data.count(b"data: ") == 3


# -- in process ------------------------------------------------------------------------


class Clock:
    """A clock that only sleeping moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def read_all(reply: Any) -> bytes:
    return b"".join(iter(lambda: reply.read(1.0), b""))


@pytest.mark.parametrize("speed", [None, 60.0])
def test_the_demo_in_process_speaks_it_too(speed: float | None) -> None:
    clock = Clock()
    transport = DemoTransport(tokens_per_second=speed, sleep=clock.sleep, clock=clock)
    asked = {"model": "gpt-5.6", "input": "Cut the line after 9 events. hi", "stream": True}
    reply = transport.send(Request("/responses", {**asked, "background": True}))
    pieces: list[bytes] = []
    with pytest.raises(NetworkError):
        pieces.extend(iter(lambda: reply.read(1.0), None))
    came = b"".join(pieces)
    assert came.count(b"event: ") == 9
    name = came.split(b'"id":"')[1].split(b'"')[0].decode()
    rest = read_all(transport.call("GET", f"/responses/{name}?stream=true&starting_after=8"))
    assert rest.startswith(b"event: response.output_text.delta\n")
    assert b'"sequence_number":9' in rest.partition(b"\n\n")[0]
    assert rest.endswith(b"\n\n")
    assert b"event: response.completed" in rest
    assert transport.call("DELETE", f"/responses/{name}").status == 200
    assert transport.call("GET", f"/responses/{name}").status == 404
