"""The responses that the service keeps, and those that go on in the background."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count, takewhile
from math import inf
from urllib.parse import parse_qs

from azchat.demo import reply
from azchat.demo.refusals import refused
from azchat.demo.request import Request
from azchat.demo.responses.items import Json

_MOST = 1000  # responses


@dataclass(frozen=True, slots=True)
class Kept:
    """A response as it ends, its events, each with the tokens until it is due, and what asked."""

    response: Json
    events: list[tuple[float, Json]]
    request: Request
    begun: float

    @property
    def id(self) -> str:
        """The id of the response."""
        return str(self.response["id"])


class Store:
    """What is kept until it is deleted; the oldest falls out.

    ``clock`` tells seconds; without ``tokens_per_second`` everything is done at once.
    """

    def __init__(
        self, clock: Callable[[], float] = lambda: 0.0, tokens_per_second: float | None = None
    ) -> None:
        self.clock, self._speed = clock, tokens_per_second
        self._kept: dict[str, Kept] = {}
        self.numbers = count()  # no two responses of a service have the same id

    def keep(self, kept: Kept) -> None:
        """Add a response."""
        for name in list(self._kept)[: 1 - _MOST]:
            self._kept.pop(name, None)
        self._kept[kept.id] = kept

    def find_item(self, name: str) -> Json | None:
        """Return an item of a kept response."""
        outputs = (item for kept in list(self._kept.values()) for item in kept.response["output"])
        return next((item for item in outputs if item["id"] == name), None)

    def conversation(self, name: str) -> list[Json]:
        """Return all that was said up to the end of a response, or raise Refused."""
        kept = self._kept.get(name)
        if kept is None or self._state(kept)["status"] not in ("completed", "incomplete"):
            raise refused("no_previous", id=name)
        return [*kept.request.items, *kept.response["output"]]

    def play(self, kept: Kept, after: int = -1, passed: float = 0) -> Iterator[tuple[float, bytes]]:
        """Yield the events, as they are sent to who comes when so many tokens have passed.

        One in the background ends early when it is cancelled or deleted meanwhile.
        """
        for due, event in kept.events:
            if kept.response["background"] and self._kept.get(kept.id) is not kept:
                return
            if event["sequence_number"] > after:
                if event is kept.events[-1][1] and kept.response["store"]:
                    self.keep(kept)
                yield max(0.0, due - passed), encode_event(event)
                passed = max(passed, due)

    def retrieve(self, name: str, target: str) -> reply.Reply:
        """Return a response as it is by now, or its events from the one asked for."""
        kept = self._find(name)
        query = parse_qs(target.partition("?")[2])
        if query.get("stream", ["false"])[-1] != "true":
            return reply.whole(200, self._state(kept))
        if not (kept.response["background"] and kept.request.stream):
            raise refused("not_streamed")
        after = query.get("starting_after", ["-1"])[-1]
        if not after.removeprefix("-").isdecimal():
            words = {"expected": "an integer", "got": "a string"}
            raise refused("wrong_type", param="starting_after", **words)
        return reply.stream(self.play(kept, int(after), self._passed(kept)))

    def cancel(self, name: str) -> reply.Reply:
        """End a background response; one that has ended stays as it is."""
        kept = self._find(name)
        if not kept.response["background"]:
            raise refused("synchronous")
        if self._state(kept) is not kept.response:
            passed = self._passed(kept)
            events = list(takewhile(lambda event: event[0] <= passed, kept.events))
            cancelled = unfinished(kept.response, "cancelled")
            kept = self._kept[kept.id] = replace(kept, response=cancelled, events=events)
        return reply.whole(200, kept.response)

    def delete(self, name: str) -> reply.Reply:
        """Forget a response."""
        self._kept.pop(self._find(name).id, None)
        return reply.whole(200, {"id": name, "object": "response", "deleted": True})

    def _find(self, name: str) -> Kept:
        kept = self._kept.get(name)
        if kept is None:
            raise refused("no_response", id=name)
        return kept

    def _passed(self, kept: Kept) -> float:
        """Return how many tokens of a response could have been made by now."""
        return (self.clock() - kept.begun) * self._speed if self._speed else inf

    def _state(self, kept: Kept) -> Json:
        is_over = self._passed(kept) >= max((due for due, _ in kept.events), default=0)
        return kept.response if is_over else unfinished(kept.response, "in_progress")


def unfinished(response: Json, status: str) -> Json:
    """Return a response that has not come to its end."""
    absent = ("usage", "completed_at", "content_filters", "incomplete_details", "error")
    return {**response, "output": [], **dict.fromkeys(absent), "status": status}


def encode_event(event: Json) -> bytes:
    """Return an event as it is streamed."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), reply.encode(event))
