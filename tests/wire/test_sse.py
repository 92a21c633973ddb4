import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.errors import IncompleteError
from azchat.wire.sse import EventStreamDecoder, ServerEvent
from tests.wire.cutting import CUTS, pieces

NEWLINES = (b"\n", b"\r", b"\r\n")
FRAGMENTS = st.sampled_from(
    b"data|data:|data: x|event: e|id: 1|retry: 9|: c|:| |\n|\r|\r\n|\n\n|\xef\xbb\xbf|\xef|"
    b"\xf0\x9f\x99\x82|\x9f|\x00|\xe2\x80\xa8|\xc2\x85|\x0b|\x0c|\x1c".split(b"|")
)
ANYTHING = st.lists(FRAGMENTS | st.binary(max_size=4), max_size=40).map(b"".join)
LINES = st.sampled_from(["data: a", "data:", "data:b: c", "data", "event: e", "event", ": x", ""])


def decode(data: bytes, cuts: list[int] | None = None) -> list[ServerEvent]:
    decoder = EventStreamDecoder()
    events = [event for piece in pieces(data, cuts or []) for event in decoder.receive(piece)]
    return events + list(decoder.close())


def reference(data: bytes) -> list[ServerEvent]:
    """The algorithm of the WHATWG (HTML, 9.2.6), word by word and in no hurry."""
    events: list[ServerEvent] = []
    kind, buffer = "", ""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    for line in re.split("\r\n|\n|\r", text)[:-1]:
        field, colon, value = line.partition(":")
        if not line:
            if buffer:
                events.append((kind, buffer.removesuffix("\n")))
            kind, buffer = "", ""
        elif colon and not field:
            continue
        elif field == "event":
            kind = value.removeprefix(" ")
        elif field == "data":
            buffer += value.removeprefix(" ") + "\n"
    return events


@pytest.mark.parametrize("newline", NEWLINES)
def test_every_kind_of_newline_ends_a_line(newline: bytes) -> None:
    assert decode(newline.join([b"data: a", b"", b"data: b", b"", b""])) == [("", "a"), ("", "b")]


def test_a_crlf_cut_in_two_is_one_newline() -> None:
    data = b"data: a\r\ndata: b\r\n\r\n"
    assert [decode(data, [cut]) for cut in range(len(data))] == [[("", "a\nb")]] * len(data)


def test_data_lines_are_joined_by_newlines() -> None:
    assert decode(b"data: a\ndata:\ndata:  b\n\n") == [("", "a\n\n b")]


def test_only_one_space_after_the_colon_belongs_to_the_field() -> None:
    assert decode(b"data:a\n\ndata: a\n\ndata:  a\n\n") == [("", "a"), ("", "a"), ("", " a")]


def test_comments_ids_retries_and_unknown_fields_mean_nothing() -> None:
    data = b": keep-alive\nid: 7\nretry: 10\nwhatever: x\ndata: a\n: again\n\n"
    assert decode(data) == [("", "a")]


def test_a_field_name_counts_only_when_it_is_exact() -> None:
    assert decode(b"Data: a\ndata : b\n data: c\ndatax: d\n\n") == []


def test_an_event_carries_its_kind_and_the_next_one_does_not() -> None:
    assert decode(b"event: error\ndata: a\n\ndata: b\n\n") == [("error", "a"), ("", "b")]


def test_a_kind_without_data_is_no_event() -> None:
    assert decode(b"event: ping\n\ndata: a\n\n") == [("", "a")]


def test_a_data_field_without_a_value_is_an_event_with_empty_data() -> None:
    assert decode(b"data\n\ndata:\n\n") == [("", ""), ("", "")]


@pytest.mark.parametrize("cut", range(5))
def test_a_byte_order_mark_at_the_start_is_dropped(cut: int) -> None:
    assert decode(b"\xef\xbb\xbfdata: a\n\n", [cut]) == [("", "a")]


def test_a_byte_order_mark_later_on_is_content() -> None:
    assert decode("data: \ufeffa\n\n\ufeffdata: b\n\n".encode()) == [("", "\ufeffa")]


def test_no_newline_of_unicode_ends_a_line() -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert decode(f"data: {text}\n\n".encode()) == [("", text)]


def test_a_character_cut_in_its_bytes_is_whole() -> None:
    data = "data: Räder 🙂\n\n".encode()
    assert decode(data, list(range(len(data)))) == [("", "Räder 🙂")]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert decode(b"data: a\xffb\n\n") == [("", "a\ufffdb")]


def test_an_event_that_the_end_cuts_off_is_still_delivered() -> None:
    assert decode(b"data: a\n\ndata: b") == [("", "a"), ("", "b")]


def test_an_empty_stream_has_no_events() -> None:
    assert decode(b"") == []


def test_an_event_is_there_as_soon_as_its_blank_line_is() -> None:
    decoder = EventStreamDecoder()
    assert list(decoder.receive(b"data: a\n")) == []
    assert list(decoder.receive(b"\n")) == [("", "a")]


def test_a_carriage_return_ends_an_event_without_waiting_for_more() -> None:
    assert list(EventStreamDecoder().receive(b"data: a\r\r")) == [("", "a")]


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINES, max_size=20), newline=st.sampled_from(NEWLINES))
def test_a_valid_stream_reads_as_the_standard_says(lines: list[str], newline: bytes) -> None:
    data = b"".join(line.encode() + newline for line in [*lines, ""])
    assert decode(data) == reference(data)


@settings(max_examples=400, deadline=None)
@given(data=ANYTHING)
def test_any_bytes_read_as_the_standard_says_once_the_last_event_is_closed(data: bytes) -> None:
    assert decode(data) == reference(data + b"\n\n")


@settings(max_examples=400, deadline=None)
@given(data=ANYTHING, cuts=CUTS)
def test_any_bytes_give_the_same_events_in_any_cuts(data: bytes, cuts: list[int]) -> None:
    small = [cut % 60 for cut in cuts]
    assert decode(data, small) == decode(data)


@settings(max_examples=100, deadline=None)
@given(data=ANYTHING)
def test_any_bytes_give_the_same_events_one_by_one(data: bytes) -> None:
    assert decode(data, list(range(len(data)))) == decode(data)


# The cap


def overflow(data: bytes, step: int, limit: int = 100) -> tuple[list[ServerEvent], bool]:
    """The events before the cap was hit, and whether it was."""
    decoder, events = EventStreamDecoder(limit), list[ServerEvent]()
    try:
        for piece in pieces(data, range(step, len(data), step)):
            events.extend(decoder.receive(piece))
    except IncompleteError:
        return events, True
    return events, False


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_line_without_an_end_is_given_up(step: int) -> None:
    assert overflow(b"data: ok\n\n" + b"x" * 200, step) == ([("", "ok")], True)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_one_long_line_is_given_up(step: int) -> None:
    assert overflow(b"data: ok\n\ndata: " + b"x" * 200 + b"\n\n", step) == ([("", "ok")], True)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_the_lines_of_one_event_count_together(step: int) -> None:
    line = b"data: " + b"x" * 60 + b"\n"
    assert overflow(b"data: ok\n\n" + line * 2 + b"\n", step) == ([("", "ok")], True)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_short_lines_of_one_event_count_together(step: int) -> None:
    assert overflow(b"data\n" * 100, step) == ([], True)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_many_events_below_the_cap_never_hit_it(step: int) -> None:
    event = b"data: " + b"x" * 80 + b"\n\n"
    assert overflow(event * 50, step) == ([("", "x" * 80)] * 50, False)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_comments_do_not_fill_the_cap(step: int) -> None:
    assert overflow(b": keep-alive\n" * 100, step) == ([], False)


def test_the_error_says_how_much_is_too_much() -> None:
    with pytest.raises(IncompleteError, match="one event exceeds 32 MiB"):
        list(EventStreamDecoder().receive(b"x" * (32 * 1024 * 1024 + 1)))


def seconds_for(size: int) -> float:
    """Processor time for one event of ``size`` bytes in pieces of 16; the best of three."""
    data = b"data: " + b"x" * size + b"\n\n"
    best = float("inf")
    for _ in range(3):
        decoder, start = EventStreamDecoder(), time.process_time()
        for at in range(0, len(data), 16):
            list(decoder.receive(data[at : at + 16]))
        best = min(best, time.process_time() - start)
    return best


def test_an_event_eight_times_as_long_takes_no_sixtyfour_times_as_long() -> None:
    assert seconds_for(2_000_000) < 24 * seconds_for(250_000)
