"""Joins the fragments of tool calls, in every way servers cut and mark them."""

import json
from typing import Any

from azchat.errors import IncompleteError
from azchat.messages import ToolCall
from azchat.wire.surrogates import mend

_MOST_CALLS = 1000
_MOST_CHARACTERS = 8 * 1024 * 1024  # of all arguments: an endless call must not fill the memory


class _OpenCall:
    def __init__(self, call_id: str, name: str) -> None:
        self.id, self.name = call_id, name
        self.arguments: list[str] = []

    @property
    def is_whole(self) -> bool:
        try:
            json.loads("".join(self.arguments))
        except (ValueError, RecursionError):
            return False
        return True


class ToolCallJoiner:
    """Collects ``tool_calls`` deltas and gives whole calls with unique ids.

    ``receive`` raises ``IncompleteError`` for more than any model means.
    """

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []
        self._at_index: dict[int, _OpenCall] = {}  # the last one of each
        self._size = 0  # characters of the arguments

    def receive(self, fragments: object) -> None:
        """Take one delta's ``tool_calls``: a list of fragments, or whatever came instead."""
        is_first = True
        for fragment in fragments if isinstance(fragments, list) else []:
            if isinstance(fragment, dict):
                self._receive_one(fragment, is_first)
                is_first = False

    def close(self) -> list[ToolCall]:
        """Return the calls in the order they began; ids that lack or repeat are made up."""
        calls: list[ToolCall] = []
        taken = {call.id for call in self._calls}
        used: set[str] = set()
        for number, call in enumerate(self._calls):
            call_id = call.id
            if not call_id or call_id in used:
                call_id = next(name for name in _made_up(number) if name not in taken | used)
            used.add(call_id)
            arguments = mend("".join(call.arguments))
            calls.append(ToolCall(mend(call_id), mend(call.name), arguments or "{}"))
        return calls

    def _receive_one(self, fragment: dict[str, Any], is_first: bool) -> None:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        index = fragment.get("index")
        index = index if isinstance(index, int) else None
        call_id, name = _string(fragment.get("id")), _string(function.get("name"))
        call = self._find(index, call_id, name, is_first)
        if call is None:
            call = _OpenCall(call_id, name)
            self._calls.append(call)
        if index is not None:
            self._at_index[index] = call
        call.id = call.id or call_id
        call.name = name or call.name  # some servers repeat the name in every delta
        arguments = function.get("arguments")
        if arguments is not None:
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            call.arguments.append(text)
            self._size += len(text)
        if self._size > _MOST_CHARACTERS or len(self._calls) > _MOST_CALLS:
            raise IncompleteError("the model called tools without end", "ask again")

    def _find(self, index: int | None, call_id: str, name: str, is_first: bool) -> _OpenCall | None:
        """Return the call that a fragment goes on with; None where it begins a new one."""
        if index is not None:
            same = self._at_index.get(index)
            is_other = same is not None and call_id and same.id and call_id != same.id
            return None if is_other else same
        last = self._calls[-1] if self._calls else None
        if last is None or not (call_id or name):
            return last
        # Without an index, an id or a name begins a call, unless it merely repeats itself; it
        # cannot in one list, where the first alone may go on with an earlier call.
        repeats = call_id in ("", last.id) and name in ("", last.name)
        return last if is_first and repeats and not last.is_whole else None


def _made_up(number: int) -> list[str]:
    return [f"call_{number}", *(f"call_{number}_{again}" for again in range(2, 1000))]


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
