"""Streams that break, lie or come in odd spellings: what came is shown, and the code is honest.

Every fault is played in every dialect.
"""

import json
from itertools import count
from typing import Any

import pytest

from tests.conftest import Ask
from tests.faults.connection import Connection
from tests.faults.payloads import chunk, completion, content, event, text_of
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.faults.speech import CHAT, MESSAGES, SPEECHES, Speech
from tests.faults.streams import SPLIT
from tests.front_door import PROGRAM, Result
from tests.oracles import check

ANSWER = text_of(10) + "\n"
THOUGHT = text_of(5, "think")
WAYS = [
    {"framing": "chunked", "gzip": 1},
    {"framing": "length", "gzip": 0},
    {"framing": "close", "gzip": 0},
]
TWO_WAYS = WAYS[:2]


chat_only = pytest.mark.parametrize("speech", [CHAT], ids=["chat"], indirect=True)


@pytest.fixture(params=list(SPEECHES.values()), ids=list(SPEECHES))
def speech(request: pytest.FixtureRequest) -> Any:
    """The dialect that the server speaks, and azchat is told to."""
    return request.param


@pytest.fixture
def ask(ask: Ask, speech: Speech) -> Ask:
    def run(url: str, *args: str, **more: Any) -> Result:
        return ask(url, *(args or ("hi",)), "--dialect", speech.name, **more)

    return run


def said(speech: Speech, *texts: str) -> bytes:
    """The events of an answer that has not ended."""
    return b"".join(map(speech.text, texts))


def stop(speech: Speech) -> bytes:
    return speech.finish("stop") + speech.done


# -- broken in the middle ----------------------------------------------------------


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("miderror", "service error: The server had an error"),
        ("cut", "connection closed"),
        ("rst", "connection closed"),
        ("cutclean", "connection closed"),
    ],
)
def test_what_came_before_the_break_is_shown(
    fs: FaultServer, ask: Ask, name: str, why: str, way: dict[str, object]
) -> None:
    result = ask(fs.url(name, **way))
    check(result, code=8, servers=[fs])
    assert result.out == ANSWER
    assert f"azchat: incomplete: {why}" in result.err
    assert len(fs.requests) == 1


EVERY_ERROR = pytest.mark.parametrize(
    ("speech", "form"),
    [(one, form) for one in SPEECHES.values() for form in one.errors],
    ids=lambda given: given if isinstance(given, str) else given.name,
    indirect=["speech"],
)


@EVERY_ERROR
def test_errors_in_mid_stream_are_understood_in_every_form(
    fs: FaultServer, ask: Ask, speech: Speech, form: str
) -> None:
    result = ask(fs.url("miderror", form=form, msg="GPU on fire"), "hi", "--json")
    check(result, code=8, servers=[fs])
    error = json.loads(result.out)["error"]
    assert error["class"] == "incomplete"
    assert error["message"] == "service error: GPU on fire"


def test_an_error_that_repeats_the_key_is_masked(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("miderror", msg="the key {key} is over its quota"), "hi", "--json")
    check(result, code=8, servers=[fs])
    assert "the key *** is over its quota" in result.err


def test_an_error_with_a_long_message_stays_short(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("miderror", msg="x" * 5000))
    check(result, code=8, servers=[fs])
    assert result.out == ANSWER


@pytest.mark.parametrize("tty", [False, True])
def test_control_characters_of_an_error_are_made_visible(
    fs: FaultServer, ask: Ask, tty: bool
) -> None:
    result = ask(fs.url("miderror", msg="a\x1b]0;owned\x07b\x9b31m"), tty=tty)
    check(result, code=8, servers=[fs])
    assert "a^[]0;owned^Gb" in (result.terminal.decode() if tty else result.err)


@EVERY_ERROR
def test_an_error_as_the_first_event_is_the_service_s(fs: FaultServer, ask: Ask, form: str) -> None:
    result = ask(fs.url("miderror", n=0, form=form, msg="no capacity"), "hi", "--retries", "0")
    check(result, code=7, servers=[fs])
    assert result.out == ""
    assert "no capacity" in result.err


def test_an_error_before_any_text_is_tried_again(ask: Ask, speech: Speech) -> None:
    failure = reply(event({"error": {"message": "overloaded", "code": 529}}))
    with Scripted(failure, reply(said(speech, "fine") + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "fine\n"
    assert "overloaded; trying again" in result.err


@pytest.mark.parametrize("name", ["cut", "rst", "cutclean"])
def test_a_reply_that_breaks_before_its_first_word_is_incomplete(
    fs: FaultServer, ask: Ask, name: str
) -> None:
    result = ask(fs.url(name, n=0), "hi", "--retries", "0")
    check(result, code=8, servers=[fs])
    assert result.out == ""


@pytest.mark.parametrize("name", ["cut", "rst", "cutclean", "badjson", "stall"])
def test_json_output_has_the_text_so_far_and_the_error(
    fs: FaultServer, ask: Ask, name: str
) -> None:
    result = ask(fs.url(name), "hi", "--json", "--idle-timeout", "0.5")
    check(result, code=8, servers=[fs])
    answer = json.loads(result.out)
    assert answer["answer"] == text_of(10)
    assert answer["error"]["class"] == "incomplete"


def test_stream_json_ends_with_the_error(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("miderror"), "hi", "--output-format", "stream-json")
    check(result, code=8, servers=[fs])
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert "".join(line["text"] for line in lines if line["type"] == "text_delta") == text_of(10)
    assert [line["type"] for line in lines[-2:]] == ["turn_interrupted", "error"]


@pytest.mark.parametrize("name", ["cut", "rst", "cutclean", "badjson"])
def test_half_an_object_is_not_an_answer(fs: FaultServer, ask: Ask, name: str) -> None:
    result = ask(fs.url(name), "hi", "--no-stream", "--retries", "0")
    wrong = {"cutclean": 0, "badjson": 0}  # as one object they are whole
    check(result, code=wrong.get(name, 8), servers=[fs])
    assert result.out == (ANSWER if name in wrong else "")


# -- the end -----------------------------------------------------------------------


@chat_only
@pytest.mark.parametrize("name", ["nofinish", "asyncfilter", "usage"])
@pytest.mark.parametrize("way", TWO_WAYS, ids=str)
def test_an_end_mark_without_a_finish_reason_is_enough_in_chat(
    fs: FaultServer, ask: Ask, name: str, way: dict[str, object]
) -> None:
    result = ask(fs.url(name, **way))
    check(result, code=0, servers=[fs], limit_seconds=4)
    assert result.out == ANSWER


@pytest.mark.parametrize("name", ["nodone", "noclose"])
@pytest.mark.parametrize("way", TWO_WAYS, ids=str)
def test_a_finish_reason_is_enough(
    fs: FaultServer, ask: Ask, name: str, way: dict[str, object]
) -> None:
    result = ask(fs.url(name, **way))
    check(result, code=0, servers=[fs], limit_seconds=4)
    assert result.out == ANSWER


def test_a_finish_reason_is_enough_when_the_socket_stays_open(ask: Ask, speech: Speech) -> None:
    def finish_and_hold(connection: Connection) -> None:
        connection.send(reply(said(speech, "all") + speech.finish("stop")))
        connection.hold()

    with Scripted(finish_and_hold) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server], limit_seconds=4)
    assert result.out == "all\n"


def test_comments_after_the_finish_reason_do_not_keep_the_answer_open(
    ask: Ask, speech: Speech
) -> None:
    def finish_and_chatter(connection: Connection) -> None:
        connection.send(reply(said(speech, "all") + speech.finish("stop")))
        while True:
            connection.send(b": ping\n\n" * 100)

    with Scripted(finish_and_chatter) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server], limit_seconds=4)
    assert result.out == "all\n"


def test_a_reset_after_the_end_mark_changes_nothing(ask: Ask, speech: Speech) -> None:
    def end_and_reset(connection: Connection) -> None:
        connection.send(reply(said(speech, "all") + stop(speech)))
        connection.pause(0.05)
        connection.reset()

    with Scripted(end_and_reset) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "all\n"


def test_the_last_event_may_lack_its_blank_line(ask: Ask, speech: Speech) -> None:
    whole = said(speech, "all") + speech.finish("stop").rstrip(b"\n")
    with Scripted(reply(whole)) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "all\n"


@pytest.mark.parametrize(
    ("reason", "code"),
    [("eos_token", 0), ("end_turn", 0), ("max_tokens", 8), ("error", 8), ("content_filter", 8)],
)
def test_other_finish_reasons_are_judged(fs: FaultServer, ask: Ask, reason: str, code: int) -> None:
    result = ask(fs.url("finish", reason=reason))
    check(result, code=code, servers=[fs])
    assert result.out == ANSWER


@pytest.mark.parametrize("streamed", [True, False])
def test_a_length_limit_is_incomplete_and_says_what_to_raise(
    fs: FaultServer, ask: Ask, streamed: bool
) -> None:
    result = ask(fs.url("length"), "hi", *([] if streamed else ["--no-stream"]))
    check(result, code=8, servers=[fs])
    assert result.out == ANSWER
    assert "azchat: incomplete: length limit" in result.err
    assert "--max-tokens" in result.err


def test_a_length_limit_spent_on_thinking_says_so(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("length", empty=1))
    check(result, code=8, servers=[fs], chatter=True)
    assert result.out == ""
    assert "went to thinking" in result.err
    assert "--max-tokens" in result.err


def test_quiet_shows_no_thinking_where_there_is_no_answer(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("length", empty=1), "hi", "-q")
    check(result, code=8, servers=[fs])
    assert "think" not in result.err.replace("went to thinking", "").replace("less thinking", "")


@pytest.mark.parametrize("name", ["filter", "filternodone"])
@pytest.mark.parametrize("streamed", [True, False])
def test_a_filtered_answer_names_the_category(
    fs: FaultServer, ask: Ask, name: str, streamed: bool
) -> None:
    result = ask(fs.url(name), "hi", *([] if streamed else ["--no-stream"]))
    check(result, code=8, servers=[fs])
    assert result.out == ANSWER
    assert "azchat: incomplete: content filter" in result.err
    assert "violence" in result.err


@chat_only
def test_an_answer_taken_back_by_the_late_filter_is_incomplete(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("asyncfilter", blocked=1))
    check(result, code=8, servers=[fs])
    assert result.out == ANSWER
    assert "content filter" in result.err


def test_a_filtered_prompt_is_refused_by_the_service(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("promptfilter"))
    check(result, code=7, servers=[fs])
    assert result.out == ""
    assert "content filter refused the prompt (violence" in result.err
    assert len(fs.requests) == 1


# -- events that are no chunks -----------------------------------------------------


@pytest.mark.parametrize("kind", ["42", "list", "null", "string"])
def test_an_event_that_is_no_object_costs_nothing(fs: FaultServer, ask: Ask, kind: str) -> None:
    result = ask(fs.url("nonobject", kind=kind))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


@chat_only
@pytest.mark.parametrize("kind", ["choices", "delta", "content", "nochoices"])
def test_a_chunk_with_the_wrong_types_inside_is_passed_over(
    fs: FaultServer, ask: Ask, kind: str
) -> None:
    result = ask(fs.url("nonobject", kind=kind))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


ODD_VALUES: list[object] = [0, 7, -1.5, "x", [], [[]], [None], {"a": 1}, True, None, 1e400]
HUGE = 10**30  # more than any database counts


@chat_only
@pytest.mark.parametrize(
    "name", ["choices", "usage", "model", "object", "id", "prompt_filter_results", "created"]
)
def test_no_value_of_any_field_is_a_bug(ask: Ask, speech: Speech, name: str) -> None:
    odd = (event({**content("."), name: value}) for value in ODD_VALUES)
    with Scripted(
        reply(said(speech, "a") + b"".join(odd) + said(speech, "b") + stop(speech))
    ) as server:
        result = ask(server.url, "hi", "--usage")
        check(result, code=0, servers=[server])
    assert result.out == ("ab\n" if name == "choices" else f"a{'.' * len(ODD_VALUES)}b\n")


@chat_only
@pytest.mark.parametrize("count", [HUGE, -HUGE, -1])
def test_a_count_of_tokens_that_cannot_be_is_not_known(
    ask: Ask, speech: Speech, count: int
) -> None:
    usage = event({**content("b"), "usage": {"prompt_tokens": count, "completion_tokens": 2}})
    with Scripted(reply(said(speech, "a") + usage + stop(speech))) as server:
        result = ask(server.url, "hi", "--json")
        check(result, code=0, servers=[server])
    counted = json.loads(result.out)["usage"]
    assert (counted["prompt_tokens"], counted["completion_tokens"]) == (None, 2)


@chat_only
@pytest.mark.parametrize(
    "name", ["delta", "index", "finish_reason", "content_filter_results", "logprobs"]
)
def test_no_value_inside_a_choice_is_a_bug(ask: Ask, speech: Speech, name: str) -> None:
    odd = (event({"choices": [{"index": 0, "delta": {}, name: value}]}) for value in ODD_VALUES)
    with Scripted(
        reply(said(speech, "a") + b"".join(odd) + said(speech, "b") + stop(speech))
    ) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "ab\n"


@chat_only
@pytest.mark.parametrize(
    "name", ["role", "refusal", "reasoning_content", "reasoning", "reasoning_details"]
)
def test_no_value_inside_a_delta_is_a_bug(ask: Ask, speech: Speech, name: str) -> None:
    values = [value for value in ODD_VALUES if not isinstance(value, str)]
    odd = (event(chunk({"content": "", name: value})) for value in values)
    with Scripted(
        reply(said(speech, "a") + b"".join(odd) + said(speech, "b") + stop(speech))
    ) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "ab\n"


@pytest.mark.parametrize("value", [7, "boom", ["boom"], {"message": 42}, {"a": [None]}, True])
def test_an_error_of_any_type_is_an_error(ask: Ask, speech: Speech, value: object) -> None:
    with Scripted(reply(said(speech, "a") + event({"error": value}) + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "a\n"


@chat_only
@pytest.mark.parametrize("depth", [300, 600])
@pytest.mark.parametrize(
    "name", ["content", "reasoning", "reasoning_details", "refusal", "tool_calls"]
)
def test_no_value_is_nested_too_deep(ask: Ask, speech: Speech, name: str, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    values = (b'{"content": %s}' % deep, b'[{"type": "thinking", "text": %s}]' % deep)
    field = f'data: {{"choices":[{{"delta":{{"{name}":'.encode()
    odd = b"".join(field + value + b"}}]}\n\n" for value in values)
    with Scripted(reply(said(speech, "a") + odd + said(speech, "b") + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "ab\n"


@pytest.mark.parametrize("message", ['{"a":' * 5000, "[" * 5000], ids=["object", "list"])
def test_an_error_inside_an_error_may_be_nested_too_deep(
    ask: Ask, speech: Speech, message: str
) -> None:
    error = event({"error": {"message": f'{{"message": {message}'}})
    with Scripted(reply(said(speech, "a") + error)) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "a\n"


@chat_only
@pytest.mark.parametrize(
    "bad",
    [
        b'data: {"choices":[{"index":0,"delta":{"content":"tok\n\n',
        b"data: {'choices': []}\n\n",
        b'data: {"a": ' + b"9" * 10_000 + b"}x\n\n",
    ],
    ids=["cut", "single quotes", "long number"],
)
def test_malformed_events_end_the_answer(ask: Ask, speech: Speech, bad: bytes) -> None:
    with Scripted(reply(said(speech, "so ", "far") + bad + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "so far\n"


@pytest.mark.parametrize(
    "odd",
    [b"\xff\xfe", b"[" * 100_000, b"<html>", b": keep-alive", b"upstream is slow", b"null"],
    ids=["not UTF-8", "deep", "html", "comment", "words", "null"],
)
def test_what_is_no_chunk_at_all_is_passed_over(ask: Ask, speech: Speech, odd: bytes) -> None:
    with Scripted(
        reply(said(speech, "so ") + b"data: " + odd + b"\n\n" + said(speech, "far") + stop(speech))
    ) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "so far\n"


@chat_only
def test_chunks_without_choices_are_ignored(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("usageonly"))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


# -- spellings ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["ok", "crlf", "cr", "comment", "nospace", "idretry", "bom", "multidata"]
)
@pytest.mark.parametrize("way", TWO_WAYS, ids=str)
def test_odd_spellings_say_the_same(
    fs: FaultServer, ask: Ask, name: str, way: dict[str, object]
) -> None:
    result = ask(fs.url(name, **way))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


@pytest.mark.parametrize("way", TWO_WAYS, ids=str)
def test_characters_survive_any_cut(fs: FaultServer, ask: Ask, way: dict[str, object]) -> None:
    result = ask(fs.url("split", **way))
    check(result, code=0, servers=[fs])
    assert result.out == SPLIT + "\n"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_byte_may_be_an_http_chunk_of_its_own(
    ask: Ask, speech: Speech, line_end: bytes
) -> None:
    body = (said(speech, "a🙂", "漢", "é") + stop(speech)).replace(b"\n", line_end)
    chunks = b"".join(b"1;x=y\r\n%b\r\n" % bytes([byte]) for byte in body)
    head = reply(transfer_encoding="chunked")
    with Scripted(head + chunks + b"0\r\nX-Trailer: 1\r\n\r\n") as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "a🙂漢é\n"


def test_line_separators_inside_a_text_do_not_split_events(ask: Ask, speech: Speech) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    body = speech.text("TEXT").replace(b"TEXT", text.encode()) + stop(speech)
    with Scripted(reply(body)) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == text + "\n"


def test_a_lone_surrogate_becomes_the_replacement_character(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("surrogate"))
    check(result, code=0, servers=[fs])
    assert result.out == "a\ufffdb\n"


@pytest.mark.parametrize("output", ["--json", "--output-format=stream-json"])
def test_a_lone_surrogate_never_breaks_json(fs: FaultServer, ask: Ask, output: str) -> None:
    result = ask(fs.url("surrogate"), "hi", output)
    check(result, code=0, servers=[fs])
    assert "a\ufffdb" in result.out
    assert all(json.loads(line) for line in result.out.splitlines())


def test_a_surrogate_pair_cut_in_two_events_is_one_character(ask: Ask, speech: Speech) -> None:
    with Scripted(reply(said(speech, "a\ud83d", "\ude42b") + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "a🙂b\n"


def test_bytes_that_are_not_utf8_are_replaced(ask: Ask, speech: Speech) -> None:
    with Scripted(reply(speech.text("a?b").replace(b"a?b", b"a\xe9b") + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "a\ufffdb\n"


# -- too big, too long, too slow ---------------------------------------------------


@pytest.mark.parametrize("packed", [0, 1])
def test_an_event_of_ten_megabytes_is_an_answer(fs: FaultServer, ask: Ask, packed: int) -> None:
    result = ask(fs.url("bigevent", mb=10, gzip=packed))
    check(result, code=0, servers=[fs], limit_seconds=8)
    assert result.out_bytes == b"x" * (10 << 20) + b"\n"


@pytest.mark.parametrize("packed", [0, 1])
def test_an_event_without_end_is_given_up(fs: FaultServer, ask: Ask, packed: int) -> None:
    result = ask(fs.url("biglines", mb=200, gzip=packed))
    check(result, code=8, servers=[fs], limit_seconds=8, limit_rss=220 << 20)
    assert result.out == "tok0\n"
    assert "one event exceeds 32 MiB" in result.err


def test_many_data_lines_without_a_blank_one_are_given_up(ask: Ask, speech: Speech) -> None:
    def drone(connection: Connection) -> None:
        connection.send(reply(said(speech, "a")))
        while True:
            connection.send(b"data: xxxxxxxxxxxxxxxx\n" * 5000)

    with Scripted(drone) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server], limit_rss=220 << 20)
    assert "one event exceeds 32 MiB" in result.err


def test_a_comment_without_end_is_given_up(ask: Ask, speech: Speech) -> None:
    def drone(connection: Connection) -> None:
        connection.send(reply(said(speech, "a") + b": "))
        while True:
            connection.send(b"x" * (1 << 20))

    with Scripted(drone) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server], limit_rss=220 << 20)
    assert result.out == "a\n"


def test_blank_lines_without_end_are_not_kept(ask: Ask) -> None:
    def drone(connection: Connection) -> None:
        connection.send(reply())
        while True:
            connection.send(b" \n" * (1 << 19))

    with Scripted(drone) as server:
        result = ask(server.url, "hi", "--idle-timeout", "1.5", program=PROGRAM)
        check(result, code=8, servers=[server], limit_seconds=4, limit_rss=100 << 20)


@chat_only
@pytest.mark.parametrize("index", [{}, {"index": 0}], ids=["no index", "index"])
@pytest.mark.parametrize("fields", [{"arguments": "x" * 1000}, {"name": "f"}], ids=str)
def test_calls_without_end_are_given_up(
    ask: Ask, speech: Speech, index: dict[str, int], fields: dict[str, str]
) -> None:
    number = count()

    def drone(connection: Connection) -> None:
        connection.send(reply(said(speech, "a")))
        while True:
            ids = {"id": str(next(number))} if "name" in fields else {}
            calls = [{**index, **ids, "function": fields}] * 100
            connection.send(event(chunk({"tool_calls": calls})) * 10)

    with Scripted(drone) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server], limit_rss=220 << 20)
    assert result.out == "a\n"
    assert "tool" in result.err


@chat_only
def test_a_json_object_without_end_is_given_up(ask: Ask) -> None:
    def drone(connection: Connection) -> None:
        connection.send(reply(b'{"choices":[{"message":{"content":"', content_type="x/json"))
        while True:
            connection.send(b"x" * (1 << 20))

    with Scripted(drone) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert "exceeds 64 MiB" in result.err


@pytest.mark.parametrize("way", TWO_WAYS, ids=str)
def test_a_stall_ends_at_the_idle_timeout(
    fs: FaultServer, ask: Ask, way: dict[str, object]
) -> None:
    result = ask(fs.url("stall", **way), "hi", "--idle-timeout", "0.5")
    check(result, code=8, servers=[fs], limit_seconds=5)
    assert result.out == ANSWER
    assert "no more came for 0.5 s" in result.err
    assert len(fs.requests) == 1


@pytest.mark.parametrize("pause", [0, 100])
def test_comments_do_not_count_as_an_answer(fs: FaultServer, ask: Ask, pause: int) -> None:
    result = ask(fs.url("dripcomment", ms=pause), "hi", "--idle-timeout", "0.5")
    check(result, code=8, servers=[fs], limit_seconds=5)
    assert result.out == "tok0 tok1 tok2\n"
    assert len(fs.requests) == 1


@pytest.mark.parametrize("beginning", [b"data: ", b": ", b""], ids=["data", "comment", "spaces"])
def test_drips_of_an_event_that_never_ends_do_not_count(
    ask: Ask, speech: Speech, beginning: bytes
) -> None:
    def drip(connection: Connection) -> None:
        connection.send(reply(said(speech, "a") + beginning))
        while True:
            connection.send(b" ")
            connection.pause(0.05)

    with Scripted(drip) as server:
        result = ask(server.url, "hi", "--idle-timeout", "0.5")
        check(result, code=8, servers=[server], limit_seconds=5)
    assert result.out == "a\n"


def test_slow_but_alive_is_not_killed(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("slow", ms=150, n=20)
    result = ask(url, "hi", "--timeout", "1.5", "--idle-timeout", "1.5")
    check(result, code=0, servers=[fs])
    assert result.out == text_of(20) + "\n"
    assert result.seconds > 2.5


@pytest.mark.parametrize("pause", [0, 50])
def test_the_whole_turn_can_be_limited(fs: FaultServer, ask: Ask, pause: int) -> None:
    result = ask(fs.url("infinite", ms=pause), "hi", "--max-time", "1")
    check(result, code=8, servers=[fs], limit_seconds=5)
    assert result.out.startswith("tok0 tok1")
    assert "longer than 1 s" in result.err


# -- answers that are no stream ----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("text/event-stream", "--plain"),
        ("text/event-stream", "--json"),
        ("application/json", "--plain"),
        ("application/json", "--no-stream"),
        ("text/plain", "--plain"),
    ],
)
def test_an_empty_body_is_an_empty_answer(
    fs: FaultServer, ask: Ask, kind: str, option: str
) -> None:
    result = ask(fs.url("empty200", kind=kind), "hi", option)
    check(result, code=8, servers=[fs])
    assert "azchat: incomplete: empty answer" in result.err


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content", "202 Accepted"])
def test_other_successes_without_a_body_are_empty_too(ask: Ask, status: str) -> None:
    with Scripted(reply(b"", status)) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert "empty answer" in result.err


@pytest.mark.parametrize("option", ["--plain", "--no-stream"])
def test_a_stop_without_a_word_is_an_empty_answer(fs: FaultServer, ask: Ask, option: str) -> None:
    result = ask(fs.url("empty"), "hi", option)
    check(result, code=8, servers=[fs])
    assert (result.out, "empty answer" in result.err) == ("", True)


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain", ""])
def test_one_object_instead_of_a_stream_is_the_answer(ask: Ask, speech: Speech, kind: str) -> None:
    body = json.dumps(speech.whole("whole"), indent=2).encode()
    with Scripted(reply(b"\xef\xbb\xbf\n " + body, content_type=kind)) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "whole\n"


def test_the_whole_answer_of_the_fault_server_is_shown(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("json200"))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


@chat_only
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"message": "model is asleep"}}, 7),
        ({"detail": "model is asleep"}, 7),
        ([{"error": {"message": "model is asleep"}}], 7),
        ({"hello": "world"}, 7),
        ([], 7),
        ({"choices": []}, 7),
        (completion("half", "length"), 8),
        (completion("half", "content_filter"), 8),
        (completion(""), 8),
        ({**completion("x"), "choices": [{"message": None}]}, 8),
    ],
)
def test_an_object_is_judged_as_a_stream_is(ask: Ask, body: object, code: int) -> None:
    data = json.dumps(body).encode()
    with Scripted(reply(data, content_type="application/json")) as server:
        result = ask(server.url, "hi", "--retries", "0")
        check(result, code=code, servers=[server])
    assert result.out == ("half\n" if b"half" in data else "")
    assert ("model is asleep" in result.err) == (b"asleep" in data)


@pytest.mark.parametrize("status", [200, 403, 404, 503, 511])
def test_a_login_page_is_no_answer(fs: FaultServer, ask: Ask, status: int) -> None:
    result = ask(fs.url("captive", status=status), "hi", "--retries", "0")
    check(result, code=4 if status == 403 else 7, servers=[fs])
    assert result.out == ""
    assert "Hotel" not in result.err
    assert "html" not in result.err or status == 200


def test_a_login_page_is_named(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("captive"))
    check(result, code=7, servers=[fs])
    assert "endpoint answered text/html" in result.err
    assert "login page?" in result.err


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=utf-8", b"Welcome"),
        ("application/xml", b"<?xml version='1.0'?><ok/>"),
        ("text/plain", b"It works!\n"),
        ("image/png", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("application/octet-stream", bytes(range(256))),
    ],
)
def test_what_is_no_api_answer_is_the_service_s_fault(ask: Ask, kind: str, body: bytes) -> None:
    with Scripted(reply(body, content_type=kind)) as server:
        result = ask(server.url)
        check(result, code=7, servers=[server])
    assert result.out == ""
    assert "the endpoint answered" in result.err


# -- thinking ----------------------------------------------------------------------

SHAPES = ["content", "reasoning_content", "reasoning", "details", "list", "mai"]


@pytest.mark.parametrize("field", SHAPES)
@pytest.mark.parametrize("option", ["--plain", "--no-stream", "--thinking=stderr"])
def test_thinking_is_never_in_the_stdout_of_a_pipe(
    fs: FaultServer, ask: Ask, speech: Speech, field: str, option: str
) -> None:
    result = ask(fs.url("think", field=field), "hi", option)
    check(result, code=0, servers=[fs], chatter=True)
    assert result.out == ANSWER
    shown = option == "--thinking=stderr" and (field, speech) != ("mai", CHAT)
    assert ("think0" in result.err) == shown


@pytest.mark.parametrize("field", SHAPES)
def test_thinking_is_apart_in_json(fs: FaultServer, ask: Ask, speech: Speech, field: str) -> None:
    result = ask(fs.url("think", field=field), "hi", "--json")
    check(result, code=0, servers=[fs])
    answer = json.loads(result.out)
    assert answer["answer"] == text_of(10)
    assert (answer["reasoning"] or "").strip() == (
        "" if (field, speech) == ("mai", CHAT) else THOUGHT
    )


@chat_only
@pytest.mark.parametrize("field", SHAPES)
@pytest.mark.parametrize("ending", ["cut", "error"])
def test_thinking_that_breaks_off_is_never_in_stdout(ask: Ask, field: str, ending: str) -> None:
    deltas: dict[str, dict[str, Any]] = {
        "content": {"content": "<think>secret plan"},
        "list": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "pl"}]}]},
        "details": {"reasoning": "plan", "reasoning_details": [{"text": "plan", "index": 0}]},
        "mai": {"content": "", "reasoning": {"encrypted_content": "ZmF1bHQ="}},
    }
    thought = event(chunk(deltas.get(field, {"content": "", field: "secret plan"})))
    end = event({"error": {"message": "boom"}}) if ending == "error" else b""
    with Scripted(reply(thought + end)) as server:
        result = ask(server.url, "hi", "--retries", "0")
        check(result, code=8, servers=[server], chatter=True)
    assert result.out == ""
    assert not result.err.startswith("\n")


def test_thinking_without_an_end_is_one_line_of_a_pipe(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", closed=0))
    check(result, code=8, servers=[fs], chatter=True)
    assert result.out == ""
    size = len(f"{THOUGHT}{text_of(10)}")
    line, *_ = result.err.splitlines()
    words = line.split(" ", 1)
    assert size <= int(words[0]) < size + 10
    assert words[1] == (
        "characters of thinking came, and no answer; to see it: azchat sessions think"
    )
    assert THOUGHT not in result.err


def test_where_nothing_is_saved_the_flag_that_shows_thinking_is_named(
    fs: FaultServer, ask: Ask
) -> None:
    result = ask(fs.url("think", closed=0), "hi", "--no-log")
    assert "no answer; to see it: add --thinking stderr" in result.err
    result = ask(fs.url("think", closed=0), "hi", "--no-log", "--thinking", "stderr")
    assert THOUGHT in result.err


def test_a_closing_tag_alone_is_told_and_remembered_when_it_comes_again(
    fs: FaultServer, ask: Ask
) -> None:
    url = fs.url("think", implicit=1)
    first, second, third = ask(url), ask(url), ask(url)
    for result in (first, second):
        check(result, code=0, servers=[fs])
        assert result.out.endswith(ANSWER)
        assert "the model's thinking" in result.err
    check(third, code=0, servers=[fs])
    assert third.out == ANSWER


@pytest.mark.parametrize("words", [["--reasoning", "implicit"], ["-m", "QwQ-32B"]])
def test_a_model_known_to_start_thinking_is_held_back(
    fs: FaultServer, ask: Ask, words: list[str]
) -> None:
    result = ask(fs.url("think", implicit=1), "hi", *words)
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


@pytest.mark.parametrize("opener", ["<think>", "[THINK]", "◁think▷"])
def test_tags_may_be_cut_anywhere(ask: Ask, speech: Speech, opener: str) -> None:
    closer = opener[0] + "/" + opener[1:]
    text = f"\n{opener}hmm, 1 < 2{closer}\n\nyes"
    with Scripted(reply(said(speech, *text) + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == "yes\n"


@pytest.mark.parametrize("end", ["<", "a <thi", "a </thin", "[", "◁/th", "use <think> tags"])
def test_the_beginning_of_a_tag_at_the_end_is_text(ask: Ask, speech: Speech, end: str) -> None:
    with Scripted(reply(said(speech, "so ", *end) + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=0, servers=[server])
    assert result.out == f"so {end}\n"


def test_the_beginning_of_a_tag_at_a_break_is_shown(ask: Ask, speech: Speech) -> None:
    with Scripted(reply(said(speech, "a </thi"), content_length="9999")) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server])
    assert result.out == "a </thi\n"


def test_thinking_then_a_stop_without_an_answer_is_empty(ask: Ask, speech: Speech) -> None:
    with Scripted(reply(said(speech, "<think>hm</think>") + stop(speech))) as server:
        result = ask(server.url)
        check(result, code=8, servers=[server], chatter=True)
    assert result.out == ""
    assert "only thinking came" in result.err


# -- parameters that a service does not take ---------------------------------------


@pytest.mark.parametrize("status", [400, 422])
def test_a_service_without_stream_options_is_asked_without(
    fs: FaultServer, ask: Ask, speech: Speech, status: int
) -> None:
    result = ask(fs.url("streamoptions", status=status))
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER
    assert len(fs.requests) == (1 if speech is MESSAGES else 2)  # which has no such wish
