"""What only the service knows: content safety, request ids, what is left of rate limits."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.oracles import CANARY, check
from tests.terminal.asking import asking

VERDICT = {
    "violence": {"filtered": True, "severity": "medium"},
    "hate": {"filtered": False, "severity": "safe"},
    "jailbreak": {"filtered": False, "detected": True},
    "custom_blocklists": {"filtered": True, "details": [{"filtered": True, "id": "names"}]},
}
STOPPED: dict[str, Any] = {
    "choices": [
        {
            "index": 0,
            "delta": {},
            "finish_reason": "content_filter",
            "content_filter_results": VERDICT,
        }
    ]
}
ROWS = [
    "  answer  violence                  medium    stopped",
    "  answer  jailbreak                 detected",
    "  answer  blocklist names                     stopped",
]


def stopped_answer() -> Scripted:
    return Scripted(reply(event(content("a part")) + event(STOPPED), x_request_id="req-7"))


def test_what_stopped_an_answer_is_a_table(ask: Ask) -> None:
    with stopped_answer() as server:
        result = ask(server.url)
        check(result, code=8)
    assert result.out == "a part\n"
    lines = result.err.splitlines()
    assert lines[1:4] == ROWS
    assert "req-7" in result.err


@pytest.mark.parametrize(
    ("size", "words", "rows"),
    [
        (
            (80, 24),
            (),
            [
                "WHERE   CATEGORY         SEVERITY  DONE",
                "answer  violence         medium    stopped",
                "answer  jailbreak        detected",
                "answer  blocklist names            stopped",
            ],
        ),
        ((24, 24), ("--plain",), ["WHERE     answer", "CATEGORY  violence", "SEVERITY  medium"]),
    ],
)
def test_on_a_terminal_it_is_drawn(
    home: Path, size: tuple[int, int], words: tuple[str, ...], rows: list[str]
) -> None:
    with stopped_answer() as server, asking(home, server.url, *words, size=size) as session:
        result = session.finish()
    check(result, code=8)
    at = session.screen.index(rows[0])
    assert session.screen[at : at + len(rows)] == rows
    assert not any(row in session.screen for row in ROWS)
    is_coloured = b"\x1b[31mstopped" in session.received["terminal"]
    assert is_coloured is not bool(words)


def test_a_category_that_a_gateway_wrote_is_made_safe_and_has_no_key(home: Path) -> None:
    category = f"{CANARY} \x1b]0;t\x07[red]"
    said = {**STOPPED["choices"][0], "content_filter_results": {category: {"filtered": True}}}
    body = event(content("a part")) + event({"choices": [said]})
    with Scripted(reply(body)) as server, asking(home, server.url) as session:
        check(session.finish(), code=8, servers=[])
    assert any("^[]0;t^G[red]" in line for line in session.screen)
    assert CANARY not in "".join(session.screen)


def test_what_stopped_an_answer_is_in_the_json(ask: Ask) -> None:
    with stopped_answer() as server:
        error = json.loads(ask(server.url, "hi", "--json").out)["error"]
    assert error["request_id"] == "req-7"
    assert [row["category"] for row in error["content_filter"]] == [
        "violence",
        "jailbreak",
        "blocklist names",
    ]
    assert error["content_filter"][0] == {
        "source": "answer",
        "category": "violence",
        "filtered": True,
        "detected": None,
        "severity": "medium",
    }


def test_what_stopped_a_prompt_is_a_table(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("promptfilter"))
    check(result, code=7, servers=[fs])
    assert "  prompt  violence                  medium    stopped" in result.err


def test_what_is_left_of_the_rate_limit_is_told_with_the_usage(ask: Ask) -> None:
    limits = {
        "x_ratelimit_remaining_requests": "99",
        "x_ratelimit_limit_requests": "100",
        "x_ratelimit_remaining_tokens": "-1",
        "x_ratelimit_limit_tokens": "9" * 5000,
    }
    body = event(content("hi")) + event(chunk({}, finish="stop")) + DONE
    with Scripted(reply(body, **limits)) as server:
        result = ask(server.url, "hi", "-u")
        shown = json.loads(ask(server.url, "hi", "--json").out)["rate_limit"]
    assert "99 of 100 requests left" in result.err
    assert shown == {
        "requests_left": 99,
        "requests_limit": 100,
        "tokens_left": None,
        "tokens_limit": None,
    }


def test_the_seconds_to_the_next_attempt_are_counted_down(fs: FaultServer, home: Path) -> None:
    url = fs.url("flaky", fails=1, status=429, ra=2)
    with asking(home, url) as session:
        session.wait_for("trying again in 2 s · Ctrl-C stops")
        session.wait_for("trying again in 1 s · Ctrl-C stops")
        check(session.finish(), code=0, servers=[fs])


def test_ctrl_c_ends_the_wait(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("flaky", fails=1, status=429, ra=30)) as session:
        session.wait_for("Ctrl-C stops")
        session.interrupt()
        result = session.finish()
    assert result.seconds < 5
    assert len(fs.requests) == 1
