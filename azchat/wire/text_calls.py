"""Finds a tool call that a server left in the text of the answer.

It is one where it is all that was said, or where tools were offered and it stands as a call does:
at the answer's end, on a line of its own or with the name of a tool. In code it is a mention.
"""

import re
from collections.abc import Collection
from functools import cache

from azchat.blanks import rows
from azchat.errors import IncompleteError
from azchat.wire.payloads import maybe_json

_END = re.compile(r"(?:[}\]]|<(?:[/|\uff5c]|end_)[^<>]*>)\s*\Z")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_ON_ITS_OWN = re.compile(r"(?:\A|\n)[ \t]{0,3}\Z")
# Llama 3.2 and 4, Gemma 3
_PYTHONIC = re.compile(r"(?:\[|```tool_code\s+(?:print\()?)(?:default_api\.)?(\w+)\(.*", re.DOTALL)
_KEYS = {"type", "id", "name", "arguments", "parameters"}
_SHOWN = 120  # characters


@cache
def _mark() -> re.Pattern[str]:
    return re.compile("|".join(pattern for _, pattern in rows(__file__, "marks")))


def refuse_text_call(text: str, tools: Collection[str]) -> None:
    """Raise ``IncompleteError`` where an answer is a call, or ends with one; ``tools``: offered."""
    found = _find(text, tools)
    if found is None:
        return
    came = " ".join(found.split())
    came = came if len(came) <= _SHOWN else f"{came[:_SHOWN]}…"
    hint = "no tool was offered: ask for an answer without tools, or offer some with -T"
    if tools:
        hint = "switch on the server's parser for the calls of this model, or ask without tools"
    raise IncompleteError(
        f"a tool call came as text, so nothing was run: {came}", hint, code="tool_text"
    )


def _find(text: str, tools: Collection[str]) -> str | None:
    if _is_object(text, tools):
        return text
    if not _END.search(text):
        return None
    for mark in _mark().finditer(text):
        before, call = text[: mark.start()], text[mark.start() :].strip()
        if len(_FENCE.findall(before)) % 2 or before.endswith("`"):
            continue
        stands_out = _ON_ITS_OWN.search(before) or any(name in call for name in tools)
        if not before.strip() or (tools and stands_out):
            return call
    return None


def _is_object(text: str, tools: Collection[str]) -> bool:
    """Return whether the text is a call as Llama writes it: a name that was offered, arguments."""
    if not tools or not text.lstrip().startswith(("{", "[", "```")):
        return False
    if (named := _PYTHONIC.fullmatch(text.strip())) and named[1] in tools:
        return bool(re.search(r"\)(?:\]|\s*```)\Z", text.strip()))
    said = maybe_json(text)
    calls = said if isinstance(said, list) else [said]
    return bool(calls) and all(_is_call(call, tools) for call in calls)


def _is_call(call: object, tools: Collection[str]) -> bool:
    if not isinstance(call, dict) or not call.keys() <= _KEYS:
        return False
    return str(call.get("name")) in tools and bool(call.keys() & {"arguments", "parameters"})
