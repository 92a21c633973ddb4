"""What a refusal of Responses asks for: of its own fields, and what all dialects share. Pure.

The texts are those that Azure and OpenAI are known to send (2025 and 2026).
"""

import re
from collections.abc import Mapping
from typing import Any

from azchat.dialects.asked import USAGE_WISH, Repair
from azchat.dialects.refusals import REFUSED, Refusal

_Body = dict[str, Any]
_IDS, _THINKING = Repair("forget", "ids"), Repair("forget", "reasoning")
_NO_SUMMARY = Repair("drop", "summary")
_INCLUDE, _NONE = Repair("drop", "include"), Repair("drop", "reasoning")
_AS_TEXT = Repair("drop", "input_file")
_FIELDS = ("include", "reasoning", "summary", "input_file", USAGE_WISH)  # that are sent unasked
# What is tried, in turn: each but the last leaves more of what the model thought.
_CURES: tuple[tuple[str, tuple[Repair, ...]], ...] = (
    (r"without its required '?reasoning'? item|string_above_max_length.*\bid\b", (_IDS, _THINKING)),
    (r"without its required following item|invalid_encrypted_content", (_THINKING,)),
    (r"encrypted content .*(not be|cannot be) (verified|decrypted|parsed)", (_THINKING,)),
    (r"item with id .{0,90}not found|items are not persisted", (_IDS, _THINKING)),
    (r"encrypted content is not supported|\binclude\b", (_INCLUDE,)),
    (r"input\[\d+\]\.id\b.*too long", (_IDS, _THINKING)),
    (r"\binput_file\b|\bfile_data\b|\bfile (inputs?|content)\b", (_AS_TEXT,)),
    (r"item\['content'\]", (_THINKING,)),  # llama.cpp
    (r"(unsupported|unknown|unrecognized) parameter:? '?reasoning'?(?![.\w])", (_NONE,)),
)


def is_own(repair: Repair) -> bool:
    """Return whether it is of a field that this dialect alone has."""
    return repair.kind == "forget" or (repair.kind == "drop" and repair.name in _FIELDS)


def reshaped(body: _Body, repair: Repair) -> _Body:
    """Return a body with one of its own repairs."""
    name, items = repair.name, body["input"]
    if repair.kind == "forget":
        if name == "reasoning":
            items = [item for item in items if item.get("type") != "reasoning"]
        return body | {"input": [{n: it for n, it in i.items() if n != "id"} for i in items]}
    if name == "summary":
        reasoning = {n: it for n, it in body.get("reasoning", {}).items() if n != "summary"}
        return _without(body, "reasoning") | ({"reasoning": reasoning} if reasoning else {})
    return _without(_without(body, name), "include" if name == "reasoning" else name)


def _without(body: _Body, name: str) -> _Body:
    return {one: value for one, value in body.items() if one != name}


def own_repair(refusal: Refusal, _: Mapping[str, Any]) -> Repair | None:
    """Return what a refusal asks for, of fields that this dialect alone has."""
    if refusal.error.http_status not in (*REFUSED, 404):
        return None
    said = f"{refusal.said_or_coded} {refusal.error.parameter or ''}"
    if re.search(r"verified to generate|reasoning.?summar", said):
        wish = refusal.sent.get("summary", "auto")
        is_value = wish != "auto" and not re.search("verified|parameter", said)
        return Repair("value", "summary", "auto", f"{wish}") if is_value else _NO_SUMMARY
    known = refusal.asked.manner.repairs
    cures = (cures for words, cures in _CURES if re.search(words, said))
    return next((one for one in next(cures, ()) if one not in known), None)
