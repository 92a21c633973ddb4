"""What a refusal of Messages asks for: of its own fields, and what all dialects share. Pure.

The texts are those that Anthropic, Foundry and vLLM are known to send (2025 and 2026).
"""

import re
from collections.abc import Mapping
from typing import Any

from azchat.dialects.asked import LOST, THIS_PROMPT, Repair
from azchat.dialects.messages.request import ADAPTIVE, ALL, BUDGET, EARLIER, WAYS
from azchat.dialects.refusals import REFUSED, Refusal, says

_FIELDS = ("thinking", "display", "input_file")  # that are sent unasked
# "64000 > 8192", "190000 + 32000 > 200000", "16384 > 8192 - 20": who is asked for how much.
_TOO_MANY = r"(?:(\d+) \+ )?\d+ > (\d+)(?: - (\d+))?"
_SAMPLING = r"\b(temperature|top_p|top_k)\b"


def is_own(repair: Repair) -> bool:
    """Return whether it is of a field that this dialect alone has."""
    match repair:
        case Repair("drop", name):
            return name in _FIELDS
        case Repair("rename", to=to):
            return to in WAYS
        case Repair("limit", to=to):
            return to.isdecimal()
    return repair.kind == "forget"


def own_repair(refusal: Refusal, body: Mapping[str, Any]) -> Repair | None:
    """Return what a refusal asks for, of fields that this dialect alone has."""
    if refusal.error.http_status not in REFUSED:
        return None
    said, known = refusal.said_or_coded, refusal.asked.manner.repairs
    if says("unfit thinking", said):
        cures = (Repair("forget", EARLIER), Repair("forget", ALL))
        return next((cure for cure in cures if cure not in known), None)
    if re.search(r"expected [`'\"]?thinking", said):  # of the turn of a call
        return Repair("drop", "thinking", when=LOST)
    if "max_tokens" in said and "max_tokens" not in refusal.sent:
        return _limit(said)
    if re.search(_SAMPLING, said):
        return None
    if re.search(r"\bdocument\b|\bpdf\b", said):
        is_sent = "'document'" in repr(body["messages"])
        return Repair("drop", "input_file") if is_sent else None
    if re.search(r"\bdisplay\b", said):
        return Repair("drop", "display")
    if re.search(r"\boutput_config\b(?!\.)", said) and "effort" in refusal.sent:
        return Repair("drop", "effort")
    thinking = body.get("thinking")
    if not (thinking and says("thinking", said)):
        return None
    return _other_thinking(thinking["type"], known)


def _other_thinking(way: str, known: tuple[Repair, ...]) -> Repair:
    """Return the other way to think; neither where it was tried."""
    if way == "disabled":
        return Repair("value", "effort", "low", "none")
    flip = Repair("rename", *((ADAPTIVE, BUDGET) if way == "adaptive" else (BUDGET, ADAPTIVE)))
    return Repair("drop", "thinking") if flip.opposite in known else flip


def _limit(said: str) -> Repair | None:
    found = re.search(_TOO_MANY, said)
    if found is None:
        return None
    taken, limit, asked = (int(number or 0) for number in found.groups())
    left = limit - taken - asked
    is_of_prompt = THIS_PROMPT if taken or asked else ""
    return Repair("limit", "max_tokens", f"{left}", when=is_of_prompt) if left > 0 else None
