"""Joins the fragments of tool calls, in every way servers cut and mark them."""

import json
from typing import Any

from azchat.messages import ToolCall


class _OpenCall:
    def __init__(self, index: int | None, call_id: str, name: str) -> None:
        self.index, self.id, self.name = index, call_id, name
        self.arguments: list[str] = []

    @property
    def is_whole(self) -> bool:
        try:
            json.loads("".join(self.arguments))
        except ValueError:
            return False
        return True


class ToolCallJoiner:
    """Collects ``tool_calls`` deltas and gives whole calls with unique ids."""

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []

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
            calls.append(ToolCall(call_id, call.name, "".join(call.arguments) or "{}"))
        return calls

    def _receive_one(self, fragment: dict[str, Any], is_first: bool) -> None:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        index = fragment.get("index")
        index = index if isinstance(index, int) else None
        call_id, name = _string(fragment.get("id")), _string(function.get("name"))
        call = self._find(index, call_id, name, is_first)
        if call is None:
            call = _OpenCall(index, call_id, name)
            self._calls.append(call)
        call.id = call.id or call_id
        call.name = name or call.name  # some servers repeat the name in every delta
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call.arguments.append(arguments)
        elif arguments is not None:
            call.arguments.append(json.dumps(arguments))

    def _find(self, index: int | None, call_id: str, name: str, is_first: bool) -> _OpenCall | None:
        """Return the call that a fragment goes on with; None where it begins a new one."""
        if index is not None:
            same = [call for call in self._calls if call.index == index]
            if not same or (call_id and same[-1].id and call_id != same[-1].id):
                return None
            return same[-1]
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
