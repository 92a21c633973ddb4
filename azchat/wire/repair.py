"""How a request is changed so that a service takes it: what ``wire.refusals`` found.

Pure. A repair is a tuple of strings, so that it can be remembered.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from azchat.choices import EFFORTS

MESSAGE_ROLES = {"developer": "system", "system": "user"}  # what a refused one becomes
_JSON_ALONE = "Answer with JSON alone: no other text, no code fence."


class Repair(NamedTuple):
    """One change of a body.

    ``kind`` is drop or rename (of the parameter ``name``, to ``to``), value (``was`` becomes
    ``to``, or is left out), role (messages of the role ``name`` get ``to``; to the user's: they
    stand in front of the first question), json (JSON mode gives way to words in the prompt),
    forget (the field ``name`` of earlier messages), fill (answers without it get an empty one) or
    tool (``name`` is not offered).
    ``when``: only where that is sent too.
    """

    kind: str
    name: str
    to: str = ""
    was: str = ""
    when: str = ""

    @property
    def is_told(self) -> bool:
        """Whether it changes what was asked for, so that the user should know."""
        asked = self.kind in ("drop", "value", "role", "json")
        return asked and self.name not in ("stream_options", "stream")

    @property
    def opposite(self) -> "Repair":
        """What a new name is found to be wrong with: the old one is taken back."""
        return self._replace(name=self.to, to=self.name)

    @property
    def said(self) -> str:
        """What was changed, for the user."""
        match self:
            case Repair("rename"):
                return f"{self.name} is sent as {self.to}"
            case Repair("value", to=""):
                return f"{self.name} {self.was} is not sent"
            case Repair("value"):
                return f"{self.name} {self.was} is sent as {self.to}"
            case Repair("role", to="user"):
                return f"the {self.name} message is sent in front of the first question"
            case Repair("role"):
                return f"the {self.name} message is sent as {self.to}"
            case Repair("json", to=""):
                return "JSON mode is refused: the prompt alone asks for JSON"
            case Repair("json"):
                return "the prompt is made to ask for JSON"
            case Repair("fill"):
                return f"{self.name} is sent with every earlier answer"
            case Repair("tool"):
                return f"the tool {self.name} is not offered, as its schema is refused"
            case Repair("forget"):
                return f"{self.name} of earlier answers is not sent"
            case _:
                beside = f" beside {self.when}" if self.when else ""
                return f"{self.name} is not sent{beside}"


def repaired(
    body: dict[str, Any], repairs: Iterable[Repair]
) -> tuple[dict[str, Any], list[Repair]]:
    """Return the body with every repair that concerns it, and which those are."""
    changed = dict(body)
    return changed, [repair for repair in repairs if _apply(repair, changed)]


def effort_repair(
    model: str | None, effort: str | None, shown: Sequence[str] = (), refused: Sequence[str] = ()
) -> Repair | None:
    """Return the change of an effort that the model is known not to take.

    ``shown`` are the efforts that the endpoint itself listed; of them it may have ``refused``
    some all the same.
    """
    name = (model or "").lower().rpartition("/")[2]
    named = next((taken for prefix, taken in _TAKEN if name.startswith(prefix)), "")
    taken = list(shown) or named.split()
    if effort not in EFFORTS or effort in taken:
        return None
    near = effort_near(effort, [one for one in taken if one not in refused])
    return Repair("value", "reasoning_effort", near, effort) if near else None


def effort_near(wish: str, taken: Iterable[str]) -> str | None:
    """Return the next effort above ``wish`` among those taken, else the next below; never none.

    A word that nobody knows may be new for much, or a known one misspelt.
    """
    known = sorted({*taken} & {*EFFORTS[1:]}, key=EFFORTS.index)
    if wish not in EFFORTS:
        from difflib import get_close_matches

        known = get_close_matches(wish.lower(), known, 1) or known
        return known[-1] if known else None
    above = [effort for effort in known if EFFORTS.index(effort) > EFFORTS.index(wish)]
    return above[0] if above else next(reversed(known), None)


def _apply(repair: Repair, body: dict[str, Any]) -> bool:
    """Change ``body``; return whether there was something to change."""
    name = repair.name
    match repair.kind:
        case "role" | "forget" | "fill":
            before = body["messages"]
            body["messages"] = _changed(repair, before)
            return bool(body["messages"] != before)
        case "value" if name in body and body[name] == repair.was:
            body |= {name: repair.to}
            if not repair.to:
                del body[name]
        case "rename" if name in body:
            body[repair.to] = body.pop(name)
        case "tool" if left := [t for t in body.get("tools", ()) if t["function"]["name"] != name]:
            is_there = len(left) < len(body["tools"])
            body["tools"] = left
            if name in str(body.get("tool_choice")):
                del body["tool_choice"]
            return is_there
        case "tool" if "tools" in body:
            del body["tools"]
            body.pop("tool_choice", None)
        case "json" if body.get(name) == {"type": "json_object"}:
            return _ask_for_json(repair, body)
        case "drop" if name in body and (not repair.when or repair.when in body):
            del body[name]
            if name == "stream":
                body.pop("stream_options", None)
        case _:
            return False
    return True


def _changed(repair: Repair, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if repair.kind == "forget":
        return [{k: v for k, v in message.items() if k != repair.name} for message in messages]
    if repair.kind == "fill":
        return [m if m["role"] != "assistant" else {repair.name: "", **m} for m in messages]
    its = [message for message in messages if message.get("role") == repair.name]
    if repair.to != "user" or not its:
        return [m | {"role": repair.to} if m in its else m for m in messages]
    others = [message for message in messages if message.get("role") != repair.name]
    at = next((n for n, message in enumerate(others) if message.get("role") == "user"), None)
    if at is None:
        others.insert(at := 0, {"role": "user", "content": []})
    content = _joined(*(message["content"] for message in (*its, others[at])))
    return [*others[:at], others[at] | {"content": content}, *others[at + 1 :]]


def _joined(*contents: Any) -> Any:
    """Return contents as one: a plain string where each of them is one."""
    if all(isinstance(content, str) for content in contents if content):
        return "\n\n".join(filter(None, contents))
    lists = [[{"type": "text", "text": c}] if isinstance(c, str) else c for c in contents]
    return [item for items in lists for item in items]


def _ask_for_json(repair: Repair, body: dict[str, Any]) -> bool:
    *earlier, last = body["messages"]
    if repair.to and "json" in str(body["messages"]).lower():
        return False
    if not repair.to:
        del body[repair.name]
    if last.get("role") == "user":
        last = last | {"content": _joined(last["content"], _JSON_ALONE)}
    body["messages"] = [*earlier, last]
    return True


# Which efforts a model takes, by the beginning of its name; as of November 2026.
_TAKEN = (
    *(("o1", "low medium high"), ("o3", "low medium high"), ("o4", "low medium high")),
    *(("gpt-oss", "low medium high"), ("gpt-5.1", "none low medium high")),
    *((f"gpt-5.{minor}", "none low medium high xhigh") for minor in (2, 3, 4, 5)),
    *(("gpt-5.", ""), ("gpt-5-pro", "high"), ("gpt-5", "minimal low medium high")),
    ("grok-3-mini", "low high"),
)
