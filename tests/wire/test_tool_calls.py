import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.messages import ToolCall
from azchat.wire.tool_calls import ToolCallJoiner

ARGUMENTS = '{"city":"Oslo","days":[1,2]}'


def join(*deltas: object) -> list[ToolCall]:
    """Join deltas; each is the ``tool_calls`` of one chunk."""
    joiner = ToolCallJoiner()
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
    assert [call.id for call in calls] == ["call_0", "call_1"]


@pytest.mark.parametrize("taken", ["call_1", "call_0"])
def test_a_made_up_id_is_not_one_that_the_service_gave(taken: str) -> None:
    calls = join([part("f", "{}", index=0, id=taken)], [part("g", "{}", index=1)])
    assert len({call.id for call in calls}) == 2
    assert calls[0].id == taken


@pytest.mark.parametrize("given_id", ["", None, 7])
def test_an_id_that_is_none_counts_as_missing(given_id: object) -> None:
    assert join([part("f", "{}", index=0, id=given_id)])[0].id == "call_0"


@settings(max_examples=200, deadline=None)
@given(ids=st.lists(st.sampled_from(["", "a", "call_0", "call_1", "call_1_2"]), max_size=8))
def test_ids_are_always_unique(ids: list[str]) -> None:
    calls = join(*([part("f", "{}", index=i, id=name)] for i, name in enumerate(ids)))
    assert len({call.id for call in calls}) == len(calls) == len(ids)


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
