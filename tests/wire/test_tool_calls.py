import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.messages import ToolCall
from azchat.wire.tool_calls import ToolCallJoiner

ARGUMENTS = '{"city":"Oslo","days":[1,2]}'


def join(*deltas: object) -> list[ToolCall]:
    """Join deltas; each is the ``tool_calls`` of one chunk."""
    joiner = ToolCallJoiner({"weather", "clock", "get_weather"})
    for delta in deltas:
        joiner.receive(delta)
    return joiner.close()


def part(name: str | None = None, arguments: object = None, **fields: Any) -> dict[str, Any]:
    function: dict[str, object] = {} if name is None else {"name": name}
    if arguments is not None:
        function["arguments"] = arguments
    return {**fields, "function": function}


def test_fragments_of_one_index_are_one_call() -> None:
    first = part("f", "", index=0, id="a", type="function")
    assert join([first], [part(None, '{"x"', index=0)], [part(None, ":1}", index=0)]) == [
        ToolCall("a", "f", '{"x":1}')
    ]


@settings(max_examples=200, deadline=None)
@given(order=st.lists(st.booleans(), max_size=40))
def test_calls_may_interleave_by_index(order: list[bool]) -> None:
    letters = {True: iter(ARGUMENTS), False: iter(ARGUMENTS)}
    deltas = [[part("f", "", index=0, id="a")], [part("g", "", index=1, id="b")]]
    deltas += [[part(None, next(letters[side], ""), index=int(side))] for side in order]
    deltas += [[part(None, "".join(letters[side]), index=int(side))] for side in (False, True)]
    assert join(*deltas) == [ToolCall("a", "f", ARGUMENTS), ToolCall("b", "g", ARGUMENTS)]


def test_arguments_may_be_nested_too_deep() -> None:
    deep = "[" * 100_000
    assert join([part("f", deep, id="a")], [part("f", "]", id="a")]) == [
        ToolCall("a", "f", deep + "]")
    ]


def test_lone_surrogates_become_the_replacement_character() -> None:
    pieces = [[part("f\ud800", '"\ud83d', index=0, id="a")], [part(None, '\ude00\ud83d"', index=0)]]
    assert join(*pieces) == [ToolCall("a", "f\ufffd", '"\U0001f600\ufffd"')]


def test_two_calls_may_come_in_one_delta() -> None:
    delta = [part("f", "{}", index=0, id="a"), part("g", "{}", index=1, id="b")]
    assert join(delta) == [ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")]


def test_calls_keep_the_order_in_which_they_began() -> None:
    assert [c.name for c in join([part("g", "{}", index=5)], [part("f", "{}", index=2)])] == [
        "g",
        "f",
    ]


def test_indices_may_have_gaps() -> None:
    calls = join([part("f", "{}", index=3, id="a")], [part("g", "{}", index=9, id="b")])
    assert [call.id for call in calls] == ["a", "b"]


def test_a_new_id_at_the_same_index_is_a_new_call() -> None:
    calls = join([part("f", "{}", index=0, id="a")], [part("g", "{}", index=0, id="b")])
    assert [(call.id, call.name) for call in calls] == [("a", "f"), ("b", "g")]


def test_an_id_may_come_later_than_its_call() -> None:
    assert join([part("f", "{", index=0)], [part(None, "}", index=0, id="a")]) == [
        ToolCall("a", "f", "{}")
    ]


def test_a_name_that_repeats_is_not_joined_to_itself() -> None:
    calls = join([part("f", "{", index=0, id="a")], [part("f", "}", index=0, id="a")])
    assert calls == [ToolCall("a", "f", "{}")]


# No index


def test_without_an_index_an_id_begins_a_call() -> None:
    calls = join([part("f", '{"x":', id="a")], [part(None, "1}")], [part("g", "{}", id="b")])
    assert calls == [ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", "{}")]


def test_without_an_index_a_name_begins_a_call() -> None:
    calls = join([part("f", '{"x":1}')], [part("g", '{"y":2}')])
    assert [call.name for call in calls] == ["f", "g"]


def test_without_an_index_the_same_whole_call_again_is_a_second_call() -> None:
    assert len(join([part("f", '{"x":1}')], [part("f", '{"x":1}')])) == 2


def test_without_an_index_a_repeated_name_goes_on_with_an_open_call() -> None:
    calls = join([part("f", '{"x"')], [part("f", ":1}")])
    assert [call.arguments for call in calls] == ['{"x":1}']


def test_without_anything_to_tell_it_apart_a_fragment_goes_to_the_last_call() -> None:
    calls = join(
        [part("f", "", index=0, id="a")], [part("g", "", index=1, id="b")], [part(None, "{}")]
    )
    assert [call.arguments for call in calls] == ["{}", "{}"]


def test_a_fragment_without_anything_to_tell_it_apart_may_stand_behind_its_call() -> None:
    delta = [part("f", '{"x":', id="a"), part(None, "1}")]
    assert join(delta) == [ToolCall("a", "f", '{"x":1}')]


def test_whole_calls_listed_in_one_message_stay_apart() -> None:
    listed = [part("now", "", type="function"), part("now", "", type="function")]
    assert len(join(listed)) == 2


# Ids


def test_ids_that_lack_are_made_up() -> None:
    calls = join([part("f", "{}", index=0)], [part("g", "{}", index=1)])
    assert [call.id for call in calls] == ["call00000", "call00001"]


@pytest.mark.parametrize("taken", ["call00001", "call00000"])
def test_a_made_up_id_is_not_one_that_the_service_gave(taken: str) -> None:
    calls = join([part("f", "{}", index=0, id=taken)], [part("g", "{}", index=1)])
    assert len({call.id for call in calls}) == 2
    assert calls[0].id == taken


@pytest.mark.parametrize("given_id", ["", None, 7])
def test_an_id_that_is_none_counts_as_missing(given_id: object) -> None:
    assert join([part("f", "{}", index=0, id=given_id)])[0].id == "call00000"


@settings(max_examples=200, deadline=None)
@given(ids=st.lists(st.sampled_from(["", "a", "call00000", "call00001"]), max_size=8))
def test_ids_are_always_unique(ids: list[str]) -> None:
    fragments = [part(f"f{i}", "{}", index=i, id=name) for i, name in enumerate(ids)]
    calls = join(*([fragment] for fragment in fragments))
    assert len({call.id for call in calls}) == len(calls) == len(ids)


def test_an_id_that_is_made_up_has_nine_letters_and_digits() -> None:
    calls = join([part("f", "{}") for _ in range(120)])
    assert all(re.fullmatch(r"[a-z0-9]{9}", call.id) for call in calls)


# Arguments


@pytest.mark.parametrize("arguments", ["", None])
def test_no_arguments_are_an_empty_object(arguments: str | None) -> None:
    assert join([part("f", arguments, index=0, id="a")]) == [ToolCall("a", "f", "{}")]


def test_null_arguments_are_an_empty_object() -> None:
    assert join([{"index": 0, "function": {"name": "f", "arguments": None}}])[0].arguments == "{}"


@pytest.mark.parametrize("value", [{"x": "ä"}, {}, [1], 7])
def test_arguments_that_are_no_string_become_their_json(value: object) -> None:
    assert json.loads(join([part("f", value, index=0)])[0].arguments) == value


def test_arguments_that_are_no_json_are_kept_as_they_came() -> None:
    assert join([part("f", '{"x": oops', index=0)])[0].arguments == '{"x": oops'


@pytest.mark.parametrize(
    "delta",
    [None, {}, "x", 7, [None], [7], ["x"], [[]]],
)
def test_what_is_no_list_of_objects_is_passed_over(delta: object) -> None:
    assert join(delta) == []


@pytest.mark.parametrize("function", [None, [], "f", {"name": None}, {"name": 7, "arguments": ""}])
def test_a_call_without_a_usable_name_has_an_empty_one(function: object) -> None:
    assert join([{"index": 0, "id": "a", "function": function}]) == [ToolCall("a", "", "{}")]


# What servers do with one call: each way of telling it gives the same

WEATHER = ToolCall("a", "weather", ARGUMENTS)
KEYS = {"index": 0, "id": "a"}
CUTS = st.lists(st.integers(1, len(ARGUMENTS) - 1), unique=True, max_size=8).map(sorted)


def cut(text: str, cuts: list[int]) -> list[str]:
    return [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)])]


def bare(*pieces: str) -> list[list[dict[str, Any]]]:
    return [[part(None, piece, index=0)] for piece in pieces]


def plainly(pieces: list[str]) -> list[Any]:
    return [[part("weather", "", **KEYS)], *bare(*pieces)]


def with_everything_each_time(pieces: list[str]) -> list[Any]:
    return [[part("weather", piece, **KEYS)] for piece in pieces]


def with_an_empty_object_first(pieces: list[str]) -> list[Any]:
    return [[part("weather", "{}", **KEYS)], *bare(*pieces)]


def with_an_empty_object_last(pieces: list[str]) -> list[Any]:
    return [*plainly(pieces), *bare("{}")]


def with_other_ids(pieces: list[str]) -> list[Any]:
    first, *more = pieces
    others = [[part(None, piece, index=0, id=f"x{i}")] for i, piece in enumerate(more)]
    return [[part("weather", first, **KEYS)], *others]


def with_other_ids_and_the_name(pieces: list[str]) -> list[Any]:
    first, *more = pieces
    others = [[part("weather", piece, index=0, id=f"x{i}")] for i, piece in enumerate(more)]
    return [[part("weather", first, **KEYS)], *others]


def told_again(pieces: list[str]) -> list[Any]:
    return [*plainly(pieces), [part("weather", ARGUMENTS, **KEYS)]]


def told_again_without_an_id(pieces: list[str]) -> list[Any]:
    return [*plainly(pieces), [part("weather", ARGUMENTS, index=0)]]


def told_again_in_pieces(pieces: list[str]) -> list[Any]:
    return [*plainly(pieces), *bare(*pieces)]


def as_snapshots(pieces: list[str]) -> list[Any]:
    return [[part("weather", text, **KEYS)] for text in itertools.accumulate(pieces)]


def as_bare_snapshots(pieces: list[str]) -> list[Any]:
    return [[part("weather", "", **KEYS)], *bare(*itertools.accumulate(pieces))]


def under_an_index_for_each_piece(pieces: list[str]) -> list[Any]:
    return [[part("weather", piece, index=i, id="a")] for i, piece in enumerate(pieces)]


def under_two_indexes(pieces: list[str]) -> list[Any]:
    return [[part("weather", "", **KEYS)], *([part("weather", "".join(pieces), index=1, id="a")],)]


def twice_under_two_indexes(pieces: list[str]) -> list[Any]:
    return [*plainly(pieces), [part("weather", ARGUMENTS, index=1, id="a")]]


def with_the_head_under_another_index(pieces: list[str]) -> list[Any]:
    first, *more = pieces
    others = [[part(None, piece, index=1)] for piece in more]
    return [[part("weather", "", **KEYS)], [part("weather", first, index=1)], *others]


def with_the_name_in_pieces(pieces: list[str]) -> list[Any]:
    return [[part("wea", "", **KEYS)], [part("ther", index=0)], *bare(*pieces)]


def with_a_name_that_grows(pieces: list[str]) -> list[Any]:
    return [[part("wea", "", **KEYS)], [part("weather", "", index=0)], *bare(*pieces)]


def with_the_name_last(pieces: list[str]) -> list[Any]:
    return [[part(None, "", **KEYS)], *bare(*pieces), [part("weather", index=0)]]


def encoded_twice(pieces: list[str]) -> list[Any]:
    return plainly([json.dumps("".join(pieces))[:7], json.dumps("".join(pieces))[7:]])


WAYS = [
    *(plainly, with_everything_each_time, with_an_empty_object_first, with_an_empty_object_last),
    *(with_other_ids, told_again, told_again_without_an_id, told_again_in_pieces, as_snapshots),
    *(as_bare_snapshots, under_an_index_for_each_piece, under_two_indexes, encoded_twice),
    *(twice_under_two_indexes, with_the_head_under_another_index, with_the_name_in_pieces),
    *(with_a_name_that_grows, with_the_name_last),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@settings(max_examples=60, deadline=None)
@given(cuts=CUTS)
def test_one_call_is_one_however_it_is_told(
    way: Callable[[list[str]], list[Any]], cuts: list[int]
) -> None:
    assert join(*way(cut(ARGUMENTS, cuts))) == [WEATHER]


@settings(max_examples=60, deadline=None)
@given(cuts=CUTS)
def test_an_id_and_the_name_may_be_new_in_each_fragment(cuts: list[int]) -> None:
    """Where no piece looks like the beginning of a call."""
    assert join(*with_other_ids_and_the_name(cut(ARGUMENTS, cuts))) == [WEATHER]


ROME, PARIS = '{"city":"Rome"}', '{"city":"Paris"}'
TWO = [
    [*plainly([ROME]), *bare(PARIS)],
    plainly([ROME + PARIS]),
    plainly(cut(ROME + PARIS, [3, 15, 20])),
    [[part("weather", ROME, **KEYS)], [part("weather", PARIS, index=0)]],
    [[part("weather", ROME, **KEYS)], [part("weather", PARIS, index=0, id="b")]],
    [[part("weather", ROME, **KEYS)], [part("weather", PARIS, index=1, id="a")]],
    [[part("weather", ROME)], [part("weather", PARIS)]],
    [[part("weather", ROME), part("weather", PARIS)]],
]


@pytest.mark.parametrize("deltas", TWO)
def test_two_calls_stay_two(deltas: list[Any]) -> None:
    first, second = join(*deltas)
    assert (first.name, first.arguments, second.name, second.arguments) == (
        *("weather", ROME),
        *("weather", PARIS),
    )
    assert first.id != second.id


def test_a_call_that_is_told_again_under_its_id_was_corrected() -> None:
    assert join(*plainly([ROME]), [part("weather", PARIS, **KEYS)]) == [
        ToolCall("a", "weather", PARIS)
    ]


def test_a_call_that_is_there_twice_under_one_id_is_run_once() -> None:
    once = [part("clock", "", index=0, id="a")], [part("clock", "{}", index=1, id="a")]
    assert join(*once) == [ToolCall("a", "clock", "{}")]
    assert (
        len(join([part("clock", "", index=0, id="a")], [part("clock", "", index=1, id="a")])) == 1
    )


def test_two_names_that_are_offered_are_no_pieces_of_one() -> None:
    calls = join([part("clock", "", index=0)], [part("weather", "", index=0)])
    assert [call.name for call in calls] == ["clock", "weather"]


def test_a_name_in_pieces_is_known_by_what_is_offered() -> None:
    calls = join([part("get_", "", index=0, id="a")], [part("weather", PARIS, index=0)])
    assert calls == [ToolCall("a", "get_weather", PARIS)]


def test_two_calls_with_ids_that_begin_alike_stay_two() -> None:
    calls = join([part("now", "", index=0, id="a")], [part("nowhere", "", index=0, id="b")])
    assert [call.name for call in calls] == ["now", "nowhere"]


@pytest.mark.parametrize("pieces", [[ROME, "}"], ['{"a":', PARIS[:-1]], [ROME, "x"]])
def test_what_cannot_be_joined_stays_as_it_came(pieces: list[str]) -> None:
    assert join(*plainly(pieces)) == [ToolCall("a", "weather", "".join(pieces))]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("{'city': 'Paris'}", {"city": "Paris"}),
        ("{'a': True, 'b': None, 'c': [1, 'x']}", {"a": True, "b": None, "c": [1, "x"]}),
        ("{'say': 'he said \"hi\"'}", {"say": 'he said "hi"'}),
        (r"{'say': 'it\'s'}", {"say": "it's"}),
        ('{"code": "a\nb\tc"}', {"code": "a\nb\tc"}),
        ('{"say": "None of \'it\'", "b": None}', {"say": "None of 'it'", "b": None}),
    ],
)
def test_what_is_nearly_json_is_understood_where_it_is_certain(
    said: str, meant: dict[str, object]
) -> None:
    assert json.loads(join(*plainly([said]))[0].arguments) == meant


@pytest.mark.parametrize(
    "said",
    ["{'a': 'it's'}", "{'a': 'b' 'c'}", "{'a': (1, 2)}", "{'a': 1", "{a: 1}", r"{'a': '\x41'}"],
)
def test_what_is_not_certain_is_left(said: str) -> None:
    assert join(*plainly([said]))[0].arguments == said


# Before there were tools


def joined_with_old(*deltas: dict[str, Any]) -> list[ToolCall]:
    joiner = ToolCallJoiner()
    for delta in deltas:
        joiner.receive(delta.get("tool_calls"))
        joiner.receive_old(delta.get("function_call"))
    return joiner.close()


def test_a_function_call_is_a_call() -> None:
    calls = joined_with_old(
        {"function_call": {"name": "weather", "arguments": ""}},
        *({"function_call": {"arguments": piece}} for piece in cut(PARIS, [4, 9])),
    )
    assert calls == [ToolCall("call00000", "weather", PARIS)]


def test_a_call_that_is_told_in_both_ways_is_one() -> None:
    function = {"name": "weather", "arguments": PARIS}
    both = {"function_call": function, "tool_calls": [{**KEYS, "function": function}]}
    assert joined_with_old(both) == [ToolCall("a", "weather", PARIS)]
    assert joined_with_old({"function_call": function}, both) == [ToolCall("a", "weather", PARIS)]


# What the service wants back


def test_what_is_signed_is_known_by_the_number_of_its_call() -> None:
    joiner = ToolCallJoiner()
    signed = {"extra_content": {"google": {"thought_signature": "s"}}}
    joiner.receive([part("weather", ROME + PARIS, index=0, **signed)])
    joiner.receive([part("clock", "{}", index=1, thought_signature="t", other=1)])
    assert len(joiner.close()) == 3
    assert joiner.echoes == [
        {"tool_call": 0, **signed},
        {"tool_call": 2, "thought_signature": "t"},
    ]
