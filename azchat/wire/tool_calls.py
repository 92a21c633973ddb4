"""Joins the fragments of tool calls, in every way servers cut, repeat and mark them.

What is one call and what another, indexes, ids and names tell as the fragments come; how the
arguments fit together is decided at the end, with all of them in hand. A call that is not
certain stays as it came: whoever runs it finds that its arguments are no JSON.
"""

import re
from collections.abc import Collection
from typing import Any

from azchat.errors import IncompleteError
from azchat.messages import ToolCall, free_id
from azchat.wire.arguments import read_arguments, text_of
from azchat.wire.surrogates import mend

_MOST_CALLS = 1000
_OVERHEAD = 64  # of each fragment: those without arguments have an end too
_MOST_CHARACTERS = 8 * 1024 * 1024  # of all arguments: an endless call must not fill the memory
# What is left of a model's own format around a name: gpt-oss, Gemini.
_AROUND_NAME = re.compile(r"\A(?:functions|default_api)\.|<\|.*", re.DOTALL)
# What a service wants back with the call: Gemini's signatures, as itself and LiteLLM tell them.
_ECHOED = ("extra_content", "thought_signature", "provider_specific_fields")


class _OpenCall:
    def __init__(self, index: int | None) -> None:
        self.index, self.id, self.name = index, "", ""
        self.arguments: list[str] = []
        self.echo: dict[str, Any] = {}

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are; cheap where they cannot be."""
        last = next((piece for piece in reversed(self.arguments) if piece.strip()), "")
        return last.rstrip()[-1:] in ("}", '"') and bool(read_arguments(self.arguments))


class ToolCallJoiner:
    """Collects ``tool_calls`` deltas and gives whole calls with unique ids.

    ``tools`` are the names that were offered, as far as they are known. ``receive`` raises
    ``IncompleteError`` for more than any model means.
    """

    def __init__(self, tools: Collection[str] = ()) -> None:
        self._tools = tools
        self._calls: list[_OpenCall] = []
        self._at_index: dict[int, _OpenCall] = {}  # the last one of each
        self._old: ToolCallJoiner | None = None
        self._size = 0  # characters of the arguments
        self.echoes: list[dict[str, Any]] = []  # what goes back with the calls of ``close``

    @property
    def has_any(self) -> bool:
        """Whether a call began."""
        return bool(self._calls)

    def receive(self, fragments: object) -> None:
        """Take one delta's ``tool_calls``: a list of fragments, or whatever came instead."""
        is_first = True
        for fragment in fragments if isinstance(fragments, list) else []:
            if isinstance(fragment, dict):
                self._receive_one(fragment, is_first)
                is_first = False

    def receive_old(self, function: object) -> None:
        """Take a ``function_call`` of before there were tools; some servers send both."""
        if isinstance(function, dict):
            self._old = self._old or ToolCallJoiner(self._tools)
            self._old.receive([{"index": 0, "function": function}])

    def close(self) -> list[ToolCall]:
        """Return the calls in the order they began; ids that lack or repeat are made up."""
        if not self._calls and self._old:
            return self._old.close()
        calls: list[ToolCall] = []
        self.echoes = []
        taken = {call.id for call in self._calls}
        used: set[str] = set()
        for call in self._distinct():
            listed = read_arguments(call.arguments) or ["".join(call.arguments)]
            for number, arguments in enumerate(listed):
                call_id = call.id if call.id not in used else ""
                call_id = call_id or free_id(taken | used)
                used.add(call_id)
                if call.echo and not number:
                    self.echoes.append({"tool_call": len(calls), **call.echo})
                name = call.name if call.name in self._tools else _AROUND_NAME.sub("", call.name)
                calls.append(ToolCall(mend(call_id), mend(name), mend(arguments) or "{}"))
        return calls

    def _receive_one(self, fragment: dict[str, Any], is_first: bool) -> None:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        index = fragment.get("index")
        index = index if isinstance(index, int) else None
        call_id, name = _string(fragment.get("id")), _string(function.get("name"))
        call = self.add(index, call_id, name, text_of(function.get("arguments")), is_first)
        call.echo |= {key: fragment[key] for key in _ECHOED if fragment.get(key)}

    def add(
        self, index: int | None, call_id: str, name: str, arguments: str, is_first: bool = True
    ) -> _OpenCall:
        """Take a fragment of a call; "" is what it does not say. Returns the call.

        ``is_first`` of those that came together.
        """
        call = self._find(index, call_id, name, arguments, is_first)
        if call is None:
            call = _OpenCall(index)
            self._calls.append(call)
        if index is not None:
            self._at_index[index] = call
        if call_id and call_id == call.id and arguments[:1] in ("{", '"') and call.is_whole:
            call.arguments.clear()  # told again under its id: the last one counts
        call.id = call.id or call_id
        call.name = self._name(call, name)
        self._size += _OVERHEAD + len(arguments)
        if arguments:
            call.arguments.append(arguments)
        if self._size > _MOST_CHARACTERS or len(self._calls) > _MOST_CALLS:
            raise IncompleteError("the model called tools without end", "ask again", code="tools")
        return call

    def _find(
        self, index: int | None, call_id: str, name: str, arguments: str, is_first: bool
    ) -> _OpenCall | None:
        """Return the call that a fragment goes on with; None where it begins a new one."""
        if index is not None:
            same = self._at_index.get(index)
            return None if same and self._is_other(same, call_id, name, arguments) else same
        last = self._calls[-1] if self._calls else None
        if last is None or not (call_id or name):
            return last
        # Without an index, an id or a name begins a call, unless it merely repeats itself; it
        # cannot in one list, where the first alone may go on with an earlier call.
        repeats = is_first and call_id in ("", last.id)
        if not repeats or (last.is_whole and not call_id):
            return None
        return None if self._is_other(last, call_id, name, arguments) else last

    def _is_other(self, call: _OpenCall, call_id: str, name: str, arguments: str) -> bool:
        """Return whether a fragment that stands where ``call`` does is of another one."""
        is_new_id = bool(call_id and call.id and call_id != call.id)
        if name and call.name and name != call.name:
            return not self._is_more(call, name, is_new_id, is_new_id or bool(arguments))
        if not (name and is_new_id):
            return False
        # The same name under another id: a second call, or a server that makes up an id for
        # each fragment (vLLM did). What goes on with arguments that are open is none.
        return bool(call.arguments) and (call.is_whole or arguments.lstrip()[:1] == "{")

    def _is_more(self, call: _OpenCall, name: str, is_new_id: bool, is_own: bool) -> bool:
        """Return whether ``name`` is more of the call's; what has an id or arguments is not."""
        if call.arguments or (name in self._tools and call.name in self._tools):
            return False
        has_grown = name.startswith(call.name) and not is_new_id
        return has_grown or not is_own or call.name + name in self._tools

    def _name(self, call: _OpenCall, name: str) -> str:
        if not name or name == call.name:
            return call.name  # some servers repeat it in every delta
        return name if name.startswith(call.name) else call.name + name

    def _distinct(self) -> list[_OpenCall]:
        """Return the calls without those that are another one told again."""
        distinct: list[_OpenCall] = []
        for call in self._calls:
            twin = next((other for other in distinct if _is_told_again(other, call)), None)
            if twin is None:
                distinct.append(call)
                continue
            twin.arguments += call.arguments
            twin.id, twin.echo = twin.id or call.id, twin.echo | call.echo
        return distinct


def _is_told_again(call: _OpenCall, later: _OpenCall) -> bool:
    """Return whether a call stands under a second index, or had another id at its end."""
    if later.name and call.name != later.name:
        return False
    if call.id and call.id == later.id:
        return not call.is_whole or len(read_arguments([*call.arguments, *later.arguments])) == 1
    if call.index is None or later.index is None:
        return False
    if call.index == later.index:
        return not later.arguments
    return bool(later.arguments and not call.arguments and not later.id)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
