"""The words at the end of a response, what belies them, and what stands beside the answer."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.conversation import fold
from azchat.dialects.chat.reader import ChatReader
from azchat.errors import IncompleteError, ServiceError
from azchat.events import NoticeRaised, ToolCalled
from azchat.net.framing import ChunkedFraming
from azchat.wire.ending import meaning_of
from azchat.wire.response import ResponseDecoder
from tests.wire.cutting import CUTS, pieces
from tests.wire.test_response import Played, decode, delta, of_kind, stream

WORDS = {
    "whole": ("stop", "end_turn", "eos", "eos_token", "stop_sequence", "tool_use", "COMPLETE"),
    "length": ("length", "MAX_TOKENS", "max_output_tokens", "model_length", "REASON_MAX_LEN"),
    "context": ("model_context_window_exceeded", "REASON_MAX_CONTEXT", "ERROR_LIMIT"),
    "filter": ("content_filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "refusal"),
    "failure": ("error", "cancelled", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL"),
    "unknown": ("pause_turn", "OTHER", "x", "1", "∅"),
}
EACH = [(meaning, word) for meaning, words in WORDS.items() for word in words]
SPELLINGS = (
    str.upper,
    str.lower,
    str.title,
    lambda word: word.replace("_", "-"),
    lambda word: word.replace("_", " "),
    lambda word: word.title().replace("_", ""),
    lambda word: f"FINISH_REASON_{word.upper()}",
)


def whole(*choices: object, **fields: object) -> Played:
    body = {"choices": list(choices), **fields}
    return decode(json.dumps(body).encode(), kind="application/json")


def text_of(played: Played) -> str:
    return fold(played.events).text


@pytest.mark.parametrize(("meaning", "word"), EACH)
@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_finish_reason_means_the_same_in_every_spelling(
    meaning: str, word: str, spell: Any
) -> None:
    assert meaning_of(spell(word)) == meaning


@pytest.mark.parametrize(("meaning", "word"), EACH)
def test_what_a_word_means_decides_stream_and_whole_reply_alike(meaning: str, word: str) -> None:
    message = {"role": "assistant", "content": "Half"}
    streamed = decode(stream(delta(content="Half"), delta(word)))
    replied = whole({"message": message, "finish_reason": word})
    for played in (streamed, replied):
        assert (text_of(played), played.finish) == ("Half", word)
        assert (played.error is None) == (meaning == "whole")
        assert meaning != "unknown" or (played.error and word in played.error.what)
        assert meaning != "context" or (played.error and "--max-tokens" not in played.error.hint)


@pytest.mark.parametrize("word", [*WORDS["unknown"], *WORDS["filter"], *WORDS["length"]])
def test_a_call_of_an_answer_that_was_cut_is_not_made(word: str) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "rm", "arguments": "{}"}}
    assert not of_kind(ToolCalled, decode(stream(delta(word, tool_calls=[call]))).events)


@pytest.mark.parametrize("word", ["null", "None", "not_finished", "FINISH_REASON_UNSPECIFIED", ""])
def test_a_word_that_says_nothing_is_no_end(word: str) -> None:
    played = decode(stream(delta(word, content="a"), end=""))
    assert played.error
    assert played.finish is None
    assert "connection closed" in played.error.what
    assert decode(stream(delta(word, content="a"), delta("stop"), end="")).error is None


# Each: the chunks, and whether they are whole without an end marker
BELIED = [
    ([delta("stop", content="a"), delta("stop", content="b")], False),
    ([delta("stop", content="a"), delta(content="b")], False),
    ([delta("stop"), delta(reasoning_content="Hm."), delta("stop", content="b")], False),
    ([delta("stop"), delta(content="b"), delta("stop")], True),
    ([delta("stop", content="a"), delta(content="\n")], True),
    ([delta("stop", content="a"), delta(content=""), {"choices": []}], True),
    ([delta("length", content="a"), delta("stop")], False),
    ([delta("stop", content="a"), delta("MAX_TOKENS")], False),
    ([delta("length", content="a"), delta(content="b"), delta("stop")], True),
    ([delta("pending", content="a"), delta("pending", content="b"), delta("stop")], True),
]


@pytest.mark.parametrize(("chunks", "is_whole"), BELIED)
def test_a_stop_that_more_text_follows_proves_nothing(chunks: list[object], is_whole: bool) -> None:
    assert (decode(stream(*chunks, end="")).error is None) == is_whole


def test_the_end_marker_proves_an_end_that_every_chunk_claimed() -> None:
    body = stream(delta("stop", content="a"), delta("stop", content="b"))
    assert (decode(body).error, text_of(decode(body))) == (None, "ab")


@pytest.mark.parametrize("mark", ["[DONE] ", " [DONE]", "\t[DONE]\t", '"[DONE]"', "[done]"])
def test_the_end_marker_may_have_blanks_around_it(mark: str) -> None:
    assert decode(stream(delta(content="a"), end=f"data: {mark}\n\n")).error is None


@pytest.mark.parametrize("raw", ["\t", "\x1b", "\x00", "\n", "\r\n", "\n\t\x7f"])
def test_raw_control_characters_in_json_are_taken_as_they_are(raw: str) -> None:
    event = '{"choices":[{"index":0,"delta":{"content":"a?b"},"finish_reason":"stop"}]}'
    streamed = decode(f"data: {event}\n\n".replace("?", raw).encode())
    replied = decode(event.replace("delta", "message").replace("?", raw).encode())
    assert text_of(streamed) == f"a{raw}b".replace("\r\n", "\n")
    assert (text_of(replied), streamed.error, replied.error) == (f"a{raw}b", None, None)


@pytest.mark.parametrize("field", ["message", "delta", "text"])
@pytest.mark.parametrize("is_streamed", [True, False])
def test_an_answer_may_stand_in_another_field(field: str, is_streamed: bool) -> None:
    value = "four" if field == "text" else {"content": "four"}
    choice = {"index": 0, field: value, "finish_reason": "stop"}
    played = decode(stream({"choices": [choice]})) if is_streamed else whole(choice)
    assert (text_of(played), played.error) == ("four", None)


def test_a_message_behind_the_deltas_is_not_said_again() -> None:
    end = {"index": 0, "message": {"content": "four"}, "finish_reason": "stop"}
    body = stream(delta(content="fo"), delta(content="ur"), {"choices": [end]})
    assert text_of(decode(body)) == "four"


@pytest.mark.parametrize("name", ["data", "result", "response", "output"])
@pytest.mark.parametrize("is_streamed", [True, False])
def test_an_answer_in_another_object_is_an_answer(name: str, is_streamed: bool) -> None:
    inner = {"choices": [{"message": {"content": "four"}, "finish_reason": "stop"}]}
    wrapped = {name: inner, "success": True, "usage": {"total_tokens": 3}}
    body = stream(wrapped) if is_streamed else json.dumps(wrapped).encode()
    played = decode(body)
    assert (text_of(played), played.error) == ("four", None)


@pytest.mark.parametrize("choices", [[], None])
def test_no_choices_but_a_usage_is_an_empty_answer(choices: object) -> None:
    body = {"id": "x", "choices": choices, "usage": {"prompt_tokens": 4, "completion_tokens": 0}}
    error = decode(json.dumps(body).encode()).error
    assert isinstance(error, IncompleteError)
    assert error.what == "empty answer"


SAID = "the quota is used up"
FAILURES: list[object] = [
    {"message": SAID},
    {"message": SAID, "code": 429},
    {"error": SAID},
    {"type": "error", "message": SAID},
    {"data": {"error": {"message": SAID}}},
    {"choices": [{"index": 0, "error": {"message": SAID, "code": 502}, "finish_reason": "error"}]},
    {"choices": [{"index": 0, "delta": {"content": ""}, "error": SAID}]},
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("end", ["", "data: [DONE]\n\n"])
def test_a_failure_in_a_200_is_told_in_the_service_s_words(failure: object, end: str) -> None:
    first = decode(stream(failure, end=end)).error
    assert isinstance(first, ServiceError)
    assert first.what == SAID
    later = decode(stream(delta(content="Half"), failure, end=end)).error
    assert isinstance(later, IncompleteError)
    assert SAID in later.what


@pytest.mark.parametrize("code", [{"code": 1113}, {"success": False}])
def test_a_reply_that_is_a_failure_does_not_blame_the_url(code: dict[str, object]) -> None:
    error = decode(json.dumps({"message": SAID, **code}).encode()).error
    assert error
    assert (error.what, "URL" in error.hint) == (SAID, False)


def test_words_in_place_of_chunks_explain_an_answer_that_is_not_whole() -> None:
    body = stream(delta(content="a"), end="data: upstream gave up\n\n")
    error = decode(body).error
    assert error
    assert "connection closed" in error.what
    assert "upstream gave up" in error.what


def test_a_stop_before_the_first_word_is_no_end_to_wait_briefly_for() -> None:
    decoder = ResponseDecoder(ChatReader)
    ended = []
    for chunks in (
        [delta("stop", content="")],
        [delta(content="a"), delta("stop")],
        [delta(content="b")],
    ):
        list(decoder.receive(stream(*chunks, end=""), 0.0))
        ended.append(decoder.has_ended)
    assert ended == [False, True, False]


# Beside the answer

HEAD = {"id": "c-1", "created": 1790000000, "model": "m-1", "system_fingerprint": "fp-1"}


def logprobs(*tokens: str) -> dict[str, Any]:
    return {"content": [{"token": token, "logprob": -0.5} for token in tokens], "refusal": None}


def choice(index: int, content: str, finish: str | None = None, **more: object) -> dict[str, Any]:
    return {"index": index, "delta": {"content": content}, "finish_reason": finish, **more}


@settings(max_examples=60, deadline=None)
@given(cuts=CUTS)
def test_what_stands_beside_the_answer_is_kept(cuts: list[int]) -> None:
    nobody = {"id": "", "created": 0, "model": "", "choices": []}
    chunks: list[dict[str, Any]] = [
        {"choices": [choice(1, "n", logprobs=logprobs("n"))]},
        {"choices": [choice(0, "y", logprobs=logprobs("y"))]},
        {"choices": [choice(0, "es", "STOP", logprobs=logprobs("es")), choice(1, "o", "length")]},
    ]
    decoder = ResponseDecoder(ChatReader)
    body = stream(nobody, *(HEAD | chunk for chunk in chunks))
    events = [e for piece in pieces(body, cuts) for e in decoder.receive(piece, 0.0)]
    events += decoder.close(0.0)
    facts = decoder.facts()
    assert (facts.id, facts.created, facts.model) == ("c-1", 1790000000, "m-1")
    assert (facts.system_fingerprint, facts.finish_reason) == ("fp-1", "STOP")
    assert facts.logprobs == {"content": logprobs("y", "es")["content"]}
    (further,) = facts.further
    assert (further.number, further.answer, further.finish_reason) == (1, "no", "length")
    assert further.logprobs == {"content": logprobs("n")["content"]}
    assert fold(events).text == "yes"
    assert [e.text for e in events if isinstance(e, NoticeRaised)]


def test_choices_without_an_index_are_told_apart_by_their_places() -> None:
    played = whole(*({"message": {"content": c}, "finish_reason": "stop"} for c in "ab"))
    assert text_of(played) == "a"


def test_an_only_choice_that_is_not_the_first_is_the_answer() -> None:
    played = decode(stream({"choices": [choice(1, "a", "stop")]}))
    assert (text_of(played), played.error) == ("a", None)


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.binary(min_size=1, max_size=20), max_size=6), cuts=CUTS)
def test_chunks_may_end_in_line_feeds_alone(parts: list[bytes], cuts: list[int]) -> None:
    framing = ChunkedFraming()
    data = b"".join(b"%x\n%b\n" % (len(part), part) for part in parts) + b"0\n\n"
    assert b"".join(framing.receive(piece) for piece in pieces(data, cuts)) == b"".join(parts)
    assert framing.finished
