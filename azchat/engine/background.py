"""A response that runs at the service: its line may be lost, and is taken up again.

That it was begun is told before anything of it is shown, so that whoever comes back finds it. A
service needs seconds until a new response can be found (Azure: up to 33), so a 404 is no end.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from azchat.dialects.asked import Request
from azchat.dialects.responses import stored
from azchat.engine.replies import refusal
from azchat.engine.transport import Reply, Transport
from azchat.errors import AzchatError, IncompleteError, NetworkError
from azchat.events import Event, NoticeRaised, Stored

if TYPE_CHECKING:
    from azchat.wire.response import ResponseDecoder

SILENCE = "silence"
"""The cause of an error where nothing came for long."""
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 16.0)  # seconds between the tries to find it again
_POLL = 2.0  # seconds between two looks at one that does not stream
_MAY_COME = (404, 408, 409, 429, 500, 502, 503, 504)


class Background:
    """Keeps hold of the responses of a turn; ``id`` is the last one's name at the service.

    ``ended`` are those that run no more, and are still there.
    """

    def __init__(self, transport: Transport, sleep: Callable[[float], None]) -> None:
        self.id = ""
        self.ended: set[str] = set()
        self._begun: set[str] = set()
        self._transport, self._sleep = transport, sleep

    def tell(self, decoder: "ResponseDecoder") -> Iterator[Event]:
        """Yield that a response is at the service, once that is known."""
        name = decoder.facts().id
        if name and name not in self._begun:
            self.id = name
            self._begun.add(name)
            yield Stored(name)

    def follow(
        self, read: Callable[[Reply], Iterator[Event]], reply: Reply, decoder: "ResponseDecoder"
    ) -> Iterator[Event]:
        """Yield what ``read`` gives of a streamed response, over as many lines as it takes."""
        last: object = self
        try:
            while True:
                why = IncompleteError(
                    "the line was lost", "see what becomes of it: azchat sessions wait"
                )
                try:
                    yield from read(reply)
                    if decoder.has_ended or decoder.finished or decoder.is_one_object:
                        return
                except IncompleteError as error:
                    why = error
                has_gone_on = decoder.position != last or why.cause == SILENCE
                if not self.id or self.id != decoder.facts().id or last is None:
                    raise why
                reply.close()
                # Where nothing more comes, its state says what became of it.
                reply = self.take_up(decoder.position, why, stream=has_gone_on)
                last = decoder.position if has_gone_on else None
                decoder.resume()
                if has_gone_on:
                    yield NoticeRaised("repair", "line lost, taken up again")
        finally:
            reply.close()

    def take_up(
        self, after: int | None = None, why: AzchatError | None = None, *, stream: bool
    ) -> Reply:
        """Return a reply with what follows event number ``after``; None: with all of it.

        Raises ``why`` the line was lost where the response is not to be found either.
        """
        waits = _WAITS if self.id in self._begun else _WAITS[:3]  # an old one is there, or gone
        for wait in (*waits, None):
            try:
                reply = self._transport.send(stored.resumed(self.id, after, stream=stream))
                if reply.status == 200:
                    return reply
                error: AzchatError = refusal(reply, self._transport.destination)
                reply.close()
                if reply.status not in _MAY_COME:
                    raise error
            except NetworkError as lost:
                error = lost
            if wait is not None:
                self._sleep(wait)
        raise why or error

    def look_again(self) -> Reply:
        """Return the state of a response that does not stream, after a while."""
        self._sleep(_POLL)
        return self.take_up(stream=False)


def remove(transport: Transport, response: str) -> bool:
    """Take a response from the service; return whether it is gone."""
    return _done(transport, stored.removed(response))


def cancel(transport: Transport, response: str) -> bool:
    """End a response at the service; return whether it said so."""
    return _done(transport, stored.cancelled(response))


def _done(transport: Transport, request: Request) -> bool:
    try:
        reply = transport.send(request)
    except AzchatError:
        return False
    reply.close()
    return reply.status // 100 == 2
