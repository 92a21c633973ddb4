"""A turn as pages see it: what each lacks, and thinking that turns out to be something else."""

from typing import Any

from azchat.events import (
    Event,
    ReasoningDelta,
    Relabelled,
    RequestSent,
    RetryScheduled,
    TextDelta,
    Timing,
    ToolCalled,
    ToolReturned,
    TurnFinished,
)
from azchat.messages import ToolCall, ToolResult
from azchat.web.live import Live, Seen

END = TurnFinished("stop", None, Timing(1.0), None)


def heard(*events: Event) -> Live:
    live = Live(7, lambda: 5.0)
    for event in events:
        live.hear(event)
    return live


def kinds(ops: list[dict[str, Any]]) -> list[str]:
    return [str(op.get("kind", op["do"])) for op in ops]


def test_a_page_that_comes_late_gets_all_and_then_what_is_new() -> None:
    live = heard(
        RequestSent(1.0), ReasoningDelta("hm", 2, 2.0), TextDelta("One.\n\nTwo\nth", 2, 3.0)
    )
    early, late = Seen(), Seen()
    ops = live.news(early)
    assert kinds(ops) == ["begin", "thinking", "text"]
    assert ops[1] | {"at": 0} == ops[1]
    assert (ops[1]["tokens"], ops[1]["seconds"], ops[1]["is_live"]) == (2, 1.0, False)
    assert (ops[2]["more"], ops[2]["open"]) == (["<p>One.</p>\n"], "<p>Two<br />\nth</p>\n")
    assert live.news(early) == []
    live.hear(TextDelta("ree", 1, 4.0))
    assert live.news(early) == [{"do": "section", "at": 1, "open": "<p>Two<br />\nthree</p>\n"}]
    live.hear(END)
    live.end()
    for seen in (early, late):
        ops = live.news(seen)
        assert ops[-1] == {"do": "end", "turn": 7}
        assert seen.has_ended


def test_text_that_was_thinking_all_along_begins_anew() -> None:
    live = heard(RequestSent(1.0), TextDelta("thought", 1, 2.0))
    seen = Seen()
    assert kinds(live.news(seen)) == ["begin", "text"]
    live.hear(Relabelled("reasoning", 3.0))
    live.hear(TextDelta("said", 1, 4.0))
    ops = live.news(seen)
    assert kinds(ops) == ["begin", "thinking", "text"]
    assert ops[1]["more"] == ["thought"]
    live = heard(RequestSent(1.0), ReasoningDelta("said", 1, 2.0), Relabelled("text", 3.0), END)
    live.end()
    assert kinds(live.news(Seen())) == ["begin", "text", "end"]


def test_calls_results_and_retries_are_sections_in_their_order() -> None:
    call, result = ToolCall("1", "f", "{}"), ToolResult("1", "<b>x</b>")
    retry = RetryScheduled("busy.", 2.0, 1, 3)
    live = heard(RequestSent(1.0), retry, RequestSent(2.0, 2), ToolCalled(call))
    live.hear(ToolReturned(result))
    live.hear(RequestSent(3.0))
    live.hear(TextDelta("\n\nso", 1, 4.0))
    ops = live.news(Seen())
    assert kinds(ops) == ["begin", "notice", "call", "result", "text"]
    assert ops[1]["text"] == "busy; trying again in 2.0 s (attempt 2 of 3)"
    assert ops[3]["text"] == "<b>x</b>"
    assert live.notes == [{"kind": "notice", "text": ops[1]["text"], "hint": ""}]
