"""JSON values as they stand in one event."""

import pytest

from azchat.wire.payloads import read_values


@pytest.mark.parametrize(
    "data", ['{"a": 1}data: {"b": 2}', 'data: {"a": 1}{"b": 2}', '{"a":1} {"b":2}']
)
def test_values_may_have_the_marks_of_their_lines_between_them(data: str) -> None:
    assert list(read_values(data)) == [{"a": 1}, {"b": 2}]


def test_an_end_mark_may_have_its_lines_mark() -> None:
    assert list(read_values("data: [DONE]")) == ["[DONE]"]
