"""Questions, answers and what goes on with them, over HTTP as the page speaks it."""

import base64
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from azchat.asking.link import DEMO_MODEL
from tests.faults.connection import Connection
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.front_door import azchat
from tests.oracles import CANARY
from tests.web.served import LANGUAGES, Served, sections, text_of

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9"
    "HQAAAABJRU5ErkJggg=="
)


def said(text: str) -> bytes:
    return reply(event(content(text)) + event(chunk({}, "stop")) + DONE)


def half(text: str) -> Callable[[Connection], object]:
    """Say ``text``, and no more."""

    def say(connection: Connection) -> None:
        connection.send(reply(event(content(text))))
        connection.hold()

    return say


def variables(url: str) -> dict[str, str]:
    names = ("AZURE_INFERENCE_ENDPOINT", "AZURE_INFERENCE_CREDENTIAL", "AZURE_INFERENCE_MODEL")
    return dict(zip(names, (url, CANARY, "m"), strict=True))


def test_a_question_is_answered_and_the_terminal_goes_on_with_it(demo: Served, home: Path) -> None:
    (turn,) = demo.answered(LANGUAGES)["turns"]
    assert "<strong>7,000 languages</strong>" in text_of(turn)
    assert "Ethnologue" in sections(turn, "thinking")[0]["more"][0]
    assert "886" in turn["cost"]
    assert turn["model"] == DEMO_MODEL
    azchat("ask", "-c", "And then?", home=home)
    told = demo.get("/api/sessions/1")
    assert [turn["question"] for turn in told["turns"]] == [LANGUAGES, "And then?"]
    assert "Messages:</strong> 3" in text_of(told["turns"][1])


def test_a_turn_of_the_terminal_is_seen_while_the_page_is_open(demo: Served, home: Path) -> None:
    azchat("ask", "--demo", "one", home=home)
    events = demo.events(1)
    assert next(events) == {"do": "idle"}
    azchat("ask", "-c", "two", home=home)
    assert next(events) == {"do": "changed"}
    assert len(demo.get("/api/sessions/1")["ids"]) == 2


def test_what_a_question_wishes_for_is_sent(home: Path) -> None:
    with (
        Scripted(said("one"), said("two")) as service,
        Served(home=home, env=variables(service.url)) as page,
    ):
        told = page.answered("hi", model="other", effort="high", dialect="chat")
        assert (told["model"], told["effort"]) == ("other", "high")
        page.answered("more", session=told["id"], model="third", effort="", dialect="chat")
        first, second = (request.json() for request in service.requests)
    assert (first["model"], first["reasoning_effort"]) == ("other", "high")
    assert second["model"] == "third"
    assert "reasoning_effort" not in second
    assert [each["content"] for each in second["messages"]] == ["hi", "one", "more"]


def test_stopping_keeps_and_marks_what_came_and_it_goes_on(home: Path) -> None:
    with (
        Scripted(half("The begin"), said("ning.")) as service,
        Served(home=home, env=variables(service.url)) as page,
    ):
        asked = page.ask("hi")
        for op in page.events(asked["session"]):
            if "The begin" in op.get("open", ""):
                break
        refused = page.ask("again", session=asked["session"])
        assert "still being written" in refused["error"]["what"]
        page.post(f"/api/sessions/{asked['session']}/stop")
        page.until(asked["session"], "end")
        (turn,) = page.get(f"/api/sessions/{asked['session']}")["turns"]
        assert "The begin" in text_of(turn)
        assert (turn["state"], turn["mark"]) == ("interrupted", "interrupted")
        assert turn["may_continue"]
        page.post(f"/api/sessions/{asked['session']}/continue")
        page.until(asked["session"], "end")
        _, more = page.get(f"/api/sessions/{asked['session']}")["turns"]
        assert more["question"].startswith("Continue exactly")
        assert "ning." in text_of(more)


def test_a_silent_service_is_stopped_at_once(home: Path) -> None:
    with (
        Scripted(lambda connection: connection.hold()) as service,
        Served(home=home, env=variables(service.url)) as page,
    ):
        asked = page.ask("hi")
        page.post(f"/api/sessions/{asked['session']}/stop")
        page.until(asked["session"], "end")
        (turn,) = page.get(f"/api/sessions/{asked['session']}")["turns"]
        assert turn["state"] == "interrupted"


def test_asking_again_and_editing_take_the_place(demo: Served) -> None:
    (turn,) = demo.answered("first")["turns"]
    told = demo.answered("second", session=1)
    assert len(told["ids"]) == 2
    told = demo.answered("", session=1, replaces=told["ids"][1])
    assert [turn["question"] for turn in told["turns"]] == ["first", "second"]
    assert turn["id"] in told["ids"]
    told = demo.answered("other", session=1, replaces=turn["id"])
    assert [turn["question"] for turn in told["turns"]] == ["other"]


def test_pictures_and_files_go_along_and_stay_when_a_question_is_edited(demo: Served) -> None:
    text = base64.b64encode(b"one\ntwo").decode()
    files = [{"name": "a.png", "data": PIXEL}, {"name": "../b.txt", "data": text}]
    (turn,) = demo.answered("What is it?", files=files)["turns"]
    picture, file = turn["parts"]
    assert picture["kind"] == "picture"
    assert picture["url"].startswith("data:image/png;base64,")
    assert (file["name"], file["text"]) == ("b.txt", "one\ntwo")
    assert "Images:</strong> 1" in text_of(turn)
    (turn,) = demo.answered("And now?", session=1, replaces=turn["id"])["turns"]
    assert len(turn["parts"]) == 2
    broken = demo.ask("hi", files=[{"name": "x.bin", "data": base64.b64encode(b"\0\1").decode()}])
    assert "x.bin" in broken["error"]["what"]
    assert broken["error"]["hint"]


def test_a_copy_ends_where_it_was_forked(demo: Served) -> None:
    demo.answered("first")
    told = demo.answered("second", session=1)
    copy = demo.post("/api/sessions/1/fork", turn=told["ids"][0])["session"]
    assert [turn["question"] for turn in demo.get(f"/api/sessions/{copy}")["turns"]] == ["first"]
    assert len(demo.get("/api/sessions/1")["ids"]) == 2


def test_sessions_are_listed_and_found_in_questions_answers_and_thinking(demo: Served) -> None:
    demo.answered(LANGUAGES)
    demo.answered("xyzzy")
    listed = demo.get("/api/sessions")["sessions"]
    assert [info["title"] for info in listed] == ["xyzzy", LANGUAGES]
    for word, where in (("xyzzy", "question"), ("globally", "answer"), ("Glottolog", "thinking")):
        (found,) = demo.get(f"/api/sessions?q={word}")["sessions"]
        assert found["found"].startswith(f"{where}: ")
    assert demo.get("/api/sessions?q=nowhere")["sessions"] == []
    assert demo.get("/api/sessions?limit=1")["more"]


@pytest.mark.parametrize(
    ("form", "begin"), [("md", "# How many"), ("html", "<!DOCTYPE html>"), ("json", "{")]
)
def test_a_session_is_exported(demo: Served, form: str, begin: str) -> None:
    demo.answered(LANGUAGES)
    told = demo.get(f"/api/sessions/1/export?form={form}")
    assert told["name"] == f"session-1.{form}"
    assert told["text"].startswith(begin)
    assert "7,000" in demo.get("/api/sessions/1/answer?turn=1")["text"]


def test_failures_and_retries_are_lines_with_a_hint(home: Path) -> None:
    busy = reply(b'{"error":{"message":"busy"}}', "429 Too Many Requests", retry_after="0")
    refused = reply(b'{"error":{"code":"401","message":"no"}}', "401 Unauthorized")
    with (
        Scripted(busy, refused) as service,
        Served(home=home, env=variables(service.url)) as page,
    ):
        (turn,) = page.answered("hi")["turns"]
    assert "trying again" in sections(turn, "notice")[0]["text"]
    (error,) = sections(turn, "error")
    assert error["text"].startswith("auth: ")
    assert error["hint"]
    assert CANARY not in json.dumps(turn)


def test_a_call_waits_for_consent_and_its_arguments_can_be_edited(home: Path) -> None:
    (home / "a.txt").write_text("inside")
    flags = ("--demo", "-T", "read_file", "--tool-choice", "read_file")
    with Served(*flags, home=home) as page:
        asked = page.ask("read it")
        events = page.events(asked["session"])
        question = next(op for op in events if op.get("kind") == "ask")
        assert question["name"] == "read_file"
        assert question["may_edit"]
        place = f"/api/sessions/{asked['session']}/consent"
        for arguments in ("[]", "{", '{"path": 7}'):
            told = page.post(place, call=question["call"], answer="once", arguments=arguments)
            assert told["error"]["what"]
        wrong = page.post(place, call=question["call"], answer="perhaps")
        assert "perhaps" in wrong["error"]["what"]
        edited = json.dumps({"path": "a.txt"})
        assert page.post(place, call=question["call"], answer="once", arguments=edited) == {}
        late = page.post(place, call=question["call"], answer="no")
        assert late["error"]["what"]
        assert any(op.get("answer") == "once" for op in events)
        page.until(asked["session"], "end")
        (turn,) = page.get(f"/api/sessions/{asked['session']}")["turns"]
    (result,) = sections(turn, "result")
    assert "inside" in result["text"]
    assert "changed the arguments" in result["text"]


def test_a_call_is_denied_with_a_reason_or_by_stopping(home: Path) -> None:
    flags = ("--demo", "-T", "read_file", "--tool-choice", "read_file")
    with Served(*flags, home=home) as page:
        asked = page.ask("read it")
        question = next(op for op in page.events(1) if op.get("kind") == "ask")
        page.post("/api/sessions/1/consent", call=question["call"], answer="no", reason="not so")
        page.until(1, "end")
        (turn,) = page.get("/api/sessions/1")["turns"]
        assert "denied by the user: not so" in sections(turn, "result")[0]["text"]
        page.ask("read it", session=asked["session"])
        next(op for op in page.events(1) if op.get("kind") == "ask")
        page.post("/api/sessions/1/stop")
        page.until(1, "end")
        assert page.get("/api/sessions/1")["turns"][1]["state"] == "interrupted"


def test_a_tool_that_runs_is_ended_by_stopping(home: Path) -> None:
    tool = home / "slow.py"
    begun = home / "begun"
    tool.write_text(
        "import time\nfrom pathlib import Path\n\ndef slow() -> str:\n"
        f'    """Takes long."""\n    Path({str(begun)!r}).touch()\n    time.sleep(600)\n'
        '    return "x"\n'
    )
    tool.chmod(0o600)
    flags = ("--demo", "-T", str(tool), "--approve", "all", "--tool-choice", "slow")
    with Served(*flags, home=home) as page:
        page.ask("do it")
        page.session.wait_until(begun.exists)
        page.post("/api/sessions/1/stop")
        page.until(1, "end")
        assert page.get("/api/sessions/1")["turns"][0]["state"] == "interrupted"


def test_a_page_that_goes_stops_nothing_and_ctrl_c_keeps_what_came(home: Path) -> None:
    with (
        Scripted(half("The begin")) as service,
        Served(home=home, env=variables(service.url)) as page,
    ):
        asked = page.ask("hi")
        for op in page.events(asked["session"]):
            if "The begin" in op.get("open", ""):
                break  # and the page is closed
        assert page.get("/api/sessions/1")["running"] == asked["turn"]
        again = page.events(1)
        assert any("The begin" in op.get("open", "") for op in again)
        page.session.kill(signal.SIGINT)
        ended = page.session.finish()
    assert ended.signal == signal.SIGINT, (ended.err, [p.read_text() for p in home.rglob("crash*")])
    shown = azchat("sessions", "show", "1", home=home)
    assert "The begin" in shown.out
    assert "interrupted" in shown.out


def test_lines_are_streamed_to_a_program_and_saved_nowhere(demo: Served) -> None:
    messages = [{"role": "user", "content": LANGUAGES}]
    came = demo.send("POST", "/chat/stream", {"messages": messages})
    lines = [json.loads(line) for line in came.data.splitlines()]
    deltas = [line["delta"] for line in lines]
    assert "7,000" in "".join(delta["content"] or "" for delta in deltas)
    assert "Ethnologue" in "".join(delta["reasoning_content"] or "" for delta in deltas)
    assert lines[-1]["finish_reason"] == "stop"
    assert demo.get("/api/sessions")["sessions"] == []
    assert demo.send("POST", "/chat/stream", {"messages": []}).status == 400
    headers = {name: text for name, text in demo.usual.items() if name != "Azchat-Secret"}
    assert demo.send("POST", "/chat/stream", {"messages": messages}, headers).status == 401
