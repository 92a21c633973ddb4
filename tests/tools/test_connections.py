"""Between two requests of a turn a user may think for minutes: servers close what is idle."""

import json

from tests.conftest import Ask
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.tool_streams import call
from tests.oracles import check
from tests.tools.history import check_history

CALLING = (
    event(chunk({"reasoning_content": "Which hour?"}))
    + event(chunk({"tool_calls": [call("get_time", "{}", index=0, id="a")]}))
    + event(chunk({}, "tool_calls"))
    + DONE
)
ANSWER = event(content("noon")) + event(chunk({}, "stop")) + DONE
BUSY = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nRetry-After: 0\r\n\r\n"


def test_a_connection_that_was_closed_meanwhile_is_opened_again(ask: Ask) -> None:
    kept = reply(CALLING, connection="keep-alive", content_length=str(len(CALLING)))
    with Scripted(kept, reply(ANSWER)) as server:
        result = ask(server.url, "hi", "-T", "get_time")
        check(result, code=0, servers=[server])
        assert result.out == "noon\n"
        check_history(server.requests[-1])


def test_a_request_that_fails_after_a_call_is_tried_again(ask: Ask) -> None:
    with Scripted(reply(CALLING), BUSY, reply(ANSWER)) as server:
        result = ask(server.url, "hi", "-T", "get_time")
        check(result, code=0, servers=[server])
        assert [len(request.json()["messages"]) for request in server.requests] == [1, 3, 3]


def test_the_tokens_of_all_requests_are_counted(ask: Ask) -> None:
    used = event({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})
    bodies = [part.removesuffix(DONE) + used + DONE for part in (CALLING, ANSWER)]
    with Scripted(*map(reply, bodies)) as server:
        usage = json.loads(ask(server.url, "hi", "-T", "get_time", "--json").out)["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (10, 4)
