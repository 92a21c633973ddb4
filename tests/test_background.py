"""Answers that run at the service: a lost line is taken up again, whoever left comes back."""

import http.client
import json
import random
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azchat.conversation import Conversation, ModelSettings, fold
from azchat.demo.server import DemoServer
from azchat.dialects import named
from azchat.dialects.asked import Asked, Manner, Request
from azchat.engine.background import cancel, remove
from azchat.engine.chat import Chat, Outside
from azchat.engine.transport import ReplayTransport
from azchat.errors import AzchatError, IncompleteError, NetworkError
from azchat.events import Event, NoticeRaised, Stored
from azchat.messages import Message, Text
from azchat.wire.status import Destination
from tests.front_door import Result, Session, azchat
from tests.oracles import CANARY, check

QUESTION = "How many languages are in the world?"
ANSWER = "approximately **7,000 languages** globally"


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


@pytest.fixture
def slow() -> Iterator[DemoServer]:
    with DemoServer(tokens_per_second=200) as server:
        yield server


def at(server: DemoServer) -> dict[str, str]:
    return {
        "AZURE_INFERENCE_ENDPOINT": f"{server.url}/openai/v1",
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "AZURE_INFERENCE_MODEL": "gpt-5.6",
    }


def run(server: DemoServer, home: Path, *args: str) -> Result:
    return azchat(*args, home=home, env=at(server), timeout=60)


def kept(home: Path) -> list[Any]:
    """Return what each turn keeps of a response at the service."""
    (file,) = home.rglob("sessions.db")
    with sqlite3.connect(file) as store:
        rows = store.execute("SELECT settings FROM turns ORDER BY id").fetchall()
    return [json.loads(settings).get("response") for (settings,) in rows]


def test_a_lost_line_is_taken_up_again(home: Path) -> None:
    with DemoServer(cuts=[7, 30, 1, 90]) as server:
        result = run(server, home, "ask", QUESTION, "--background", "--json")
    check(result, code=0)
    told = json.loads(result.out)
    assert ANSWER in told["answer"]
    assert told["notices"].count("line lost, taken up again") == 4
    plain = json.loads(azchat("ask", QUESTION, "--demo", "-m", "gpt-5.6", "--json", home=home).out)
    assert (told["answer"], told["reasoning"]) == (plain["answer"], plain["reasoning"])
    assert kept(home)[0] is None


def test_in_random_cuts_nothing_is_shown_twice_and_nothing_is_missing() -> None:
    question = Message.user(Text(QUESTION))
    rng = random.Random(20)
    lines: list[int | None] = []
    for _ in range(40):  # five cuts each
        lines += [*(rng.randint(1, 60) for _ in range(5)), None]
    whole = None
    with DemoServer(cuts=[None, *lines]) as server:
        for _ in range(41):
            outside = Outside(sleep=no)
            chat = Chat(OverHttp(server), asked(), named("responses"), outside=outside)
            message = fold(chat.send(question))
            whole = whole or message
            assert (message.text, message.reasoning) == (whole.text, whole.reasoning)


def asked() -> Asked:
    settings = ModelSettings("gpt-5.6")
    return Asked(Conversation(settings), manner=Manner("demo", background=True))


def no(seconds: float) -> None:
    """Do not sleep."""


class OverHttp:
    """Sends to the demo over a connection of its own for each request."""

    destination = Destination("the demo")

    def __init__(self, server: DemoServer) -> None:
        self._port = server.port

    def send(self, request: Request, timeout: float = 60.0) -> "Came":
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        body = json.dumps(request.body) if request.body else None
        headers = {"content-type": "application/json"}
        line.request(request.method, f"/openai/v1{request.operation}", body, headers)
        return Came(line, line.getresponse())

    def mend(self, error: AzchatError) -> None:
        """It is as it is."""

    def close(self) -> None:
        """Nothing is open."""


class Came:
    """A reply of the demo, read until its line is lost."""

    def __init__(self, line: http.client.HTTPConnection, reply: http.client.HTTPResponse) -> None:
        self._line, self._reply = line, reply
        self.status = reply.status
        self.headers = {name.lower(): value for name, value in reply.getheaders()}

    def read(self, timeout: float) -> bytes:
        try:
            return self._reply.read1(65536)
        except (http.client.HTTPException, OSError):
            raise NetworkError("the line was lost") from None

    def close(self) -> None:
        self._reply.close()
        self._line.close()


def test_ctrl_c_leaves_it_running_and_says_how_to_come_back(slow: DemoServer, home: Path) -> None:
    with Session("ask", QUESTION, "--background", home=home, env=at(slow), tty=False) as session:
        session.wait_until(lambda: any(home.rglob("sessions.db")) and any(kept(home)))
        session.interrupt()
        result = session.finish()
    assert result.signal == signal.SIGINT
    assert "it goes on at the service; to see it: azchat sessions wait 1" in result.err
    waited = run(slow, home, "sessions", "wait", "1")
    check(waited, code=0)
    assert ANSWER in waited.out
    shown = run(slow, home, "sessions", "show", "1", "--json")
    (turn,) = json.loads(shown.out)["turns"]
    assert turn["state"] == "complete"
    again = run(slow, home, "sessions", "wait", "1")
    check(again, code=5)
    assert "nothing of session 1 runs at a service" in again.err


def test_a_killed_azchat_loses_nothing(slow: DemoServer, home: Path) -> None:
    with Session("ask", QUESTION, "--background", home=home, env=at(slow), tty=False) as session:
        session.wait_until(lambda: any(home.rglob("sessions.db")) and any(kept(home)))
        session.kill()
        session.finish()
    waited = run(slow, home, "sessions", "wait")
    check(waited, code=0)
    assert ANSWER in waited.out


def test_it_is_cancelled_at_the_service(home: Path) -> None:
    with DemoServer(tokens_per_second=20) as server:
        with Session(
            "ask", QUESTION, "--background", home=home, env=at(server), tty=False
        ) as session:
            session.wait_until(lambda: any(home.rglob("sessions.db")) and any(kept(home)))
            session.interrupt()
            session.finish()
        cancelled = run(server, home, "sessions", "cancel")
        check(cancelled, code=0)
        waited = run(server, home, "sessions", "wait")
    check(waited, code=8)
    assert "the response was cancelled" in waited.err


def test_it_is_taken_from_the_service_unless_it_is_to_be_kept(home: Path) -> None:
    log: list[str] = []
    with DemoServer(log=log.append) as server:
        check(run(server, home, "ask", "hi", "--background"), code=0)
        assert [line.split()[0] for line in log] == ["POST", "DELETE"]
        log.clear()
        check(run(server, home, "ask", "hi", "--background", "--keep"), code=0)
        assert [line.split()[0] for line in log] == ["POST"]


def test_one_that_does_not_stream_is_asked_for_until_it_is_there(
    demo: DemoServer, home: Path
) -> None:
    result = run(demo, home, "ask", QUESTION, "--background", "--no-stream")
    check(result, code=0)
    assert ANSWER in result.out


@pytest.mark.parametrize("model", ["DeepSeek-R1", "gpt-4o"])
def test_where_nothing_can_stay_it_is_said_before_anything_is_sent(home: Path, model: str) -> None:
    log: list[str] = []
    with DemoServer(log=log.append) as server:
        result = run(server, home, "ask", "hi", "--background", "-m", model)
    check(result, code=2)
    assert f"--background: {model} is asked over Chat Completions" in result.err
    assert log == []


def test_without_a_session_it_says_what_holds(demo: DemoServer, home: Path) -> None:
    result = run(demo, home, "ask", "hi", "--background", "--no-log")
    check(result, code=0)
    assert "--background without a session" in result.err


def test_a_response_that_is_gone_is_told(home: Path) -> None:
    with (
        DemoServer(tokens_per_second=20) as server,
        Session("ask", QUESTION, "--background", home=home, env=at(server), tty=False) as session,
    ):
        session.wait_until(lambda: any(home.rglob("sessions.db")) and any(kept(home)))
        session.kill()
        session.finish()
    with DemoServer(port=server.port) as other:  # which knows nothing of it
        waited = run(other, home, "sessions", "wait")
    check(waited, code=7)
    assert "not found" in waited.err


def test_the_chat_takes_it_too(demo: DemoServer, home: Path) -> None:
    lines = "/background\nhi\n/background off\n"
    result = azchat("chat", home=home, env=at(demo), stdin=lines)
    check(result, code=0)
    assert "background: on" in result.out + result.err
    assert "background: off" in result.out + result.err


# -- without a network -----------------------------------------------------------------

BEGUN = b'data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}\n\n'


def said(number: int, text: str) -> bytes:
    event = {"type": "response.output_text.delta", "sequence_number": number, "output_index": 0}
    return f"data: {json.dumps(event | {'delta': text})}\n\n".encode()


END = (
    b'data: {"type":"response.completed","sequence_number":9,"response":{"status":"completed"}}\n\n'
)


def events_of(*recordings: bytes) -> tuple[list[Event], list[Request]]:
    transport = ReplayTransport(recordings)
    chat = Chat(transport, asked(), named("responses"), outside=Outside(sleep=no))
    return list(chat.send(Message.user(Text("hi")))), transport.requests


def test_that_it_is_there_is_told_before_anything_of_it() -> None:
    events, requests = events_of(BEGUN + said(1, "a") + END)
    kinds = [type(event) for event in events]
    assert kinds.index(Stored) == 1
    assert requests[0].body["store"] is True
    assert requests[0].body["background"] is True


def test_what_is_told_again_counts_once() -> None:
    lost = BEGUN + said(1, "Hel") + said(2, "lo")[:30]
    again = BEGUN + said(1, "Hel") + said(2, "lo") + END
    events, requests = events_of(lost, again)
    assert fold(events).text == "Hello"
    assert requests[1][:1] == ("/responses/resp_1?stream=true&starting_after=1",)
    assert requests[1].method == "GET"
    assert NoticeRaised("repair", "line lost, taken up again") in events


def test_one_that_is_not_to_be_found_at_first_is_looked_for() -> None:
    gone = b"HTTP/1.1 404 Not Found\r\n\r\n{}"
    events, requests = events_of(BEGUN, gone, gone, said(1, "ok") + END)
    assert fold(events).text == "ok"
    assert len(requests) == 4


def test_a_stream_that_goes_nowhere_ends() -> None:
    state = json.dumps(
        {
            "object": "response",
            "id": "resp_1",
            "status": "incomplete",
            "output": [],
            "incomplete_details": {"reason": "max_output_tokens"},
        }
    ).encode()
    with pytest.raises(IncompleteError, match="length limit"):
        events_of(BEGUN + said(1, "a"), BEGUN, state)


def test_the_requests_of_a_stored_response() -> None:
    transport = ReplayTransport([b"{}", b"HTTP/1.1 404 Gone\r\n\r\n"])
    assert cancel(transport, "resp/1")
    assert not remove(transport, "resp_1")
    first, second = transport.requests
    assert (first.operation, first.method) == ("/responses/resp%2F1/cancel", "POST")
    assert (second.operation, second.method) == ("/responses/resp_1", "DELETE")
