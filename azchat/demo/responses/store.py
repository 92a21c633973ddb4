"""The responses that the service keeps, and those that go on in the background."""

from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from urllib.parse import parse_qs

from azchat.demo import reply
from azchat.demo.refusals import refused
from azchat.demo.responses.facts import Json

_MOST = 1000  # responses


class Kept:
    """A response with its events, each with the tokens to wait for before it.

    ``response`` is how it ends, ``items`` were its input, ``begun`` is the time of the clock.
    """

    def __init__(
        self,
        response: Json,
        events: list[tuple[float, Json]],
        items: list[Json],
        begun: float,
        *,
        streamed: bool,
    ) -> None:
        self.response, self.events, self.items = response, events, items
        self.begun, self.streamed = begun, streamed
        self.cancelled: float | None = None  # how far it had come, in tokens

    @property
    def tokens(self) -> float:
        """What the whole of it takes."""
        return sum(wait for wait, _ in self.events)

    def play(self, passed: float, after: int = -1) -> Iterator[tuple[float, bytes]]:
        """Yield its events, as they are sent to whoever comes when so many tokens have passed."""
        due = 0.0
        for wait, event in self.events:
            due += wait
            if self.cancelled is not None and due > self.cancelled:
                return
            if event["sequence_number"] > after:
                yield max(0.0, due - passed), encode_event(event)
                passed = max(passed, due)


class Store:
    """What is kept until it is deleted; the oldest falls out.

    ``clock`` tells seconds; without ``tokens_per_second`` everything is done at once.
    """

    def __init__(
        self,
        clock: Callable[[], float] = lambda: 0.0,
        tokens_per_second: float | None = None,
    ) -> None:
        self.clock, self._speed = clock, tokens_per_second
        self._kept: dict[str, Kept] = {}
        self._number = count()

    def number(self) -> int:
        """Return another number each time: no two responses of a service have the same id."""
        return next(self._number)

    def keep(self, kept: Kept) -> None:
        """Add a response."""
        for name in list(self._kept)[: 1 - _MOST]:
            self._kept.pop(name, None)
        self._kept[kept.response["id"]] = kept

    def passed(self, kept: Kept) -> float:
        """Return how many tokens of a response could have been made by now."""
        return (self.clock() - kept.begun) * self._speed if self._speed else inf

    def find_item(self, name: str) -> Json | None:
        """Return an item of a kept response."""
        outputs = (item for kept in list(self._kept.values()) for item in kept.response["output"])
        return next((item for item in outputs if item["id"] == name), None)

    def conversation(self, name: str) -> list[Json]:
        """Return all that was said up to the end of a response, or raise Refused."""
        kept = self._kept.get(name)
        if kept is None or self._state(kept)["status"] not in ("completed", "incomplete"):
            raise refused("no_previous", id=name)
        return [*kept.items, *kept.response["output"]]

    def retrieve(self, name: str, target: str) -> reply.Reply:
        """Return a response as it is by now, or its events from the one asked for."""
        kept = self._find(name)
        query = parse_qs(target.partition("?")[2])
        if query.get("stream", ["false"])[-1] != "true":
            return reply.whole(200, self._state(kept))
        if not (kept.response["background"] and kept.streamed):
            raise refused("not_streamed")
        after = query.get("starting_after", ["-1"])[-1]
        if not after.removeprefix("-").isdecimal():
            words = {"expected": "an integer", "got": "a string"}
            raise refused("wrong_type", param="starting_after", **words)
        return reply.stream(kept.play(self.passed(kept), int(after)))

    def cancel(self, name: str) -> reply.Reply:
        """End a background response; one that has ended stays as it is."""
        kept = self._find(name)
        if not kept.response["background"]:
            raise refused("synchronous")
        if self._state(kept)["status"] in ("queued", "in_progress"):
            kept.cancelled = self.passed(kept)
        return reply.whole(200, self._state(kept))

    def delete(self, name: str) -> reply.Reply:
        """Forget a response."""
        del self._kept[self._find(name).response["id"]]
        return reply.whole(200, {"id": name, "object": "response", "deleted": True})

    def _find(self, name: str) -> Kept:
        kept = self._kept.get(name)
        if kept is None:
            raise refused("no_response", id=name)
        return kept

    def _state(self, kept: Kept) -> Json:
        if kept.cancelled is None and self.passed(kept) >= kept.tokens:
            return kept.response
        status = "in_progress" if kept.cancelled is None else "cancelled"
        return unfinished(kept.response, status)


def unfinished(response: Json, status: str) -> Json:
    """Return a response that has not come to its end."""
    nothing: Json = {"output": [], "usage": None, "completed_at": None, "content_filters": None}
    return {**response, **nothing, "status": status, "incomplete_details": None, "error": None}


def encode_event(event: Json) -> bytes:
    """Return an event as it is streamed."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), reply.encode(event))
