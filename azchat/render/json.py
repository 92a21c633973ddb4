"""Turns for programs: one JSON object, or one JSON event a line.

``events.schema.json`` beside this file describes both; ``VERSION`` changes when a field's
meaning does.
"""

import json
import re
from collections.abc import Callable
from typing import Any, get_args

from azchat import events
from azchat.environment import Output
from azchat.errors import AzchatError, IncompleteError
from azchat.messages import ToolCall
from azchat.render import Renderer

VERSION = 1
_APART = "\n\n"  # between what was said before calls and after them
_HEAD = ("id", "created", "model", "system_fingerprint", "finish_reason")
_LEFT = ("requests_left", "requests_limit", "tokens_left", "tokens_limit")  # as in Headroom
_MAX_CHARACTERS = 32 << 20  # of one turn: an endless answer must not fill the memory


class StreamJsonRenderer(Renderer):
    """Writes each event as one line of JSON. Times are seconds from the first request."""

    def __init__(self, stdout: Output) -> None:
        self._stdout = stdout
        self._start: float | None = None
        self._session: dict[str, Any] | None = None

    def show(self, event: events.Event) -> None:
        """Write one event."""
        if self._start is None and isinstance(event, events.RequestSent):
            self._start = event.at
        if isinstance(event, events.Saved):
            self._session = _session(event)
        elif fields := event_to_dict(event, self._start or 0.0):
            is_end = isinstance(event, events.TurnFinished | events.TurnInterrupted)
            self._write(fields | ({"session": self._session} if is_end else {}))

    def fail(self, error: AzchatError) -> None:
        """Write the error as the last event."""
        self._write({"type": "error", "error": error.to_dict()})

    def _write(self, fields: dict[str, Any]) -> None:
        self._stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")


class JsonRenderer(Renderer):
    """Collects the turn and writes one object at its end, also when it failed."""

    def __init__(self, stdout: Output) -> None:
        self._stdout = stdout
        self._size = 0
        self._pieces: dict[str, list[str]] = {"text": [], "reasoning": []}
        self._earlier = {"text": 0, "reasoning": 0}  # pieces of the responses before this one
        self._notices: list[str] = []
        self._calls: list[dict[str, Any]] = []
        self._session: dict[str, Any] | None = None
        self._end: events.TurnFinished | events.TurnInterrupted | None = None
        self._error: AzchatError | None = None

    def show(self, event: events.Event) -> None:
        """Collect one event."""
        match event:
            case events.TextDelta(text=text):
                self._add("text", text)
            case events.ReasoningDelta(text=text):
                self._add("reasoning", text)
            case events.Relabelled(to=to):
                other = "text" if to == "reasoning" else "reasoning"
                pieces, earlier = self._pieces[other], self._earlier[other]
                self._pieces[to] += pieces[earlier:]
                del pieces[earlier:]
            case events.NoticeRaised(text=text):
                self._notices.append(text)
            case events.RequestSent():
                self._begin_response()
            case events.ToolCalled():
                self._calls.append(event_to_dict(event, 0.0)["call"])
            case events.TurnFinished() | events.TurnInterrupted():
                self._end = event
            case events.Saved():
                self._session = _session(event)
            case _:
                pass

    def _begin_response(self) -> None:
        said = self._pieces["text"]
        if self._calls and said and said[-1] != _APART:  # a retry begins it too
            self._add("text", _APART)
        self._earlier = {kind: len(pieces) for kind, pieces in self._pieces.items()}

    def _add(self, kind: str, text: str) -> None:
        self._size += len(text)
        if self._size > _MAX_CHARACTERS:
            raise IncompleteError(
                f"the answer exceeds {_MAX_CHARACTERS >> 20} million characters",
                "limit it with --max-tokens, or take it as it comes with stream-json",
                code="too_large",
            )
        self._pieces[kind].append(text)

    def fail(self, error: AzchatError) -> None:
        """Keep the error for the object."""
        self._error = error

    def close(self) -> None:
        """Write the object."""
        self._stdout.write(json.dumps(self.reply(), ensure_ascii=False) + "\n")

    @property
    def has_ended(self) -> bool:
        """Whether it came to an end, good or bad."""
        return self._end is not None or self._error is not None

    def reply(self) -> dict[str, Any]:
        """Return the object."""
        end = self._end
        return {
            "version": VERSION,
            "complete": isinstance(end, events.TurnFinished) and self._error is None,
            "answer": "".join(self._pieces["text"]),
            "reasoning": "".join(self._pieces["reasoning"]) or None,
            "tool_calls": self._calls,
            **_end(end),
            "session": self._session,
            "notices": self._notices,
            "error": self._error.to_dict() if self._error else None,
        }


def event_to_dict(event: events.Event, start: float) -> dict[str, Any]:
    """Return the JSON form of an event; ``start`` is the clock at the turn's first request.

    It has the event's own fields; none where it is for its service alone, or in the turn's end.
    """
    shown: dict[str, Any] = {"type": _TYPES[type(event)]}
    match event:
        case events.TextDelta(text=text, at=at) | events.ReasoningDelta(text=text, at=at):
            return shown | {"text": text, "at": _seconds(at - start)}
        case events.Echoed() | events.Saved():
            return {}
        case events.TurnFinished():
            return shown | _end(event)
        case events.TurnInterrupted(reason=reason):
            return shown | {"reason": reason} | _end(event)
        case events.RequestSent():
            shown["version"] = VERSION
    for name, value in event._asdict().items():
        if name == "at":
            shown[name] = _seconds(value - start)
        else:
            shown[name] = _FORMS[name](value) if name in _FORMS else value
    return shown


def _end(event: events.TurnFinished | events.TurnInterrupted | None) -> dict[str, Any]:
    """Return what the service said of the answer; of several responses the last one's."""
    responses = event.responses if event else ()
    last = responses[-1] if responses else events.ResponseFacts()
    return {
        "id": last.id,
        "created": last.created,
        "model": event.model if event else None,
        "system_fingerprint": last.system_fingerprint,
        "finish_reason": last.finish_reason,
        "logprobs": last.logprobs,
        "choices": [_further(choice) for choice in last.further],
        "responses": [{name: getattr(facts, name) for name in _HEAD} for facts in responses],
        "usage": event.usage.to_dict() if event and event.usage else None,
        "cost": event.cost.to_dict() if event and event.cost else None,
        "timing": _timing(event) if event else None,
        "rate_limit": _rate_limit(event),
    }


def _session(saved: events.Saved) -> dict[str, Any]:
    return {"id": saved.session, "ref": saved.ref}


def _further(choice: events.FurtherAnswer) -> dict[str, Any]:
    fields = choice._asdict() | {"tool_calls": [*map(_call, choice.tool_calls)]}
    return {"index": fields.pop("number"), **fields}


def _call(call: ToolCall) -> dict[str, str]:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def _rate_limit(
    event: events.TurnFinished | events.TurnInterrupted | None,
) -> dict[str, int | None] | None:
    left = event.headroom if event else None
    return None if left is None else dict(zip(_LEFT, left, strict=True))


def _timing(event: events.TurnFinished | events.TurnInterrupted) -> dict[str, float | None]:
    return {name: _seconds(value) for name, value in event.timing._asdict().items()}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


_TYPES = {
    kind: re.sub("(?<!^)(?=[A-Z])", "_", kind.__name__).lower() for kind in get_args(events.Event)
}
_FORMS: dict[str, Callable[[Any], Any]] = {
    "delay": _seconds,
    "call": _call,
    "result": lambda result: {"call_id": result.call_id, "text": result.text},
    "usage": lambda usage: usage.to_dict(),
}
