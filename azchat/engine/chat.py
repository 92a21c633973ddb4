"""The engine: runs turns over a conversation and tells what happens as events.

It must not know a dialect's words, a terminal or a file: all that is handed to it, so that a
command, a batch and a test run the same turns. What was shown is never asked for twice: a request
is repaired or tried again only while nothing of its response was told.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING, NamedTuple, Protocol

from azchat.conversation import Fold, Offer
from azchat.dialects import Dialect
from azchat.dialects.asked import Asked, Manner, Repair
from azchat.dialects.history import origin_of
from azchat.engine.limits import TurnLimits
from azchat.engine.replies import refusal
from azchat.engine.retry import told
from azchat.engine.transport import Reply, Transport
from azchat.engine.turn import Turn, at_the_end, background, refuse_text_call
from azchat.errors import AzchatError, IncompleteError, Interrupted, NetworkError
from azchat.events import (
    Echoed,
    Event,
    NoticeRaised,
    RequestSent,
    RetryScheduled,
    ToolCalled,
    ToolReturned,
)
from azchat.messages import Message, ToolCall, ToolResult
from azchat.wire.status import headroom, request_id, retry_after

if TYPE_CHECKING:
    from azchat.wire.response import ResponseDecoder

_MOST_REPAIRS = 12
_MOST_PAUSES = 20
_LINGER = 0.7  # seconds to wait, after the finish reason, for the usage and the end marker


class Tools(Protocol):
    """What a model may call. ``number`` counts the requests of a turn from 1."""

    def offer(self, number: int) -> Offer | None:
        """Return what a request offers."""

    def answer(
        self, calls: Sequence[ToolCall], thinking: str, number: int, seconds: float
    ) -> Iterator[ToolResult | NoticeRaised]:
        """Yield a result for each call, within ``seconds``, and what is to be told of one.

        Where calls have no result yet, the turn ends with them.

        Raises what is to end the turn.
        """


class Outside(NamedTuple):
    """What the engine needs of the world; ``remind``: is a change that is known due to be told.

    ``turn_to`` returns the dialects that a refusal of one means, and how each is asked in.
    """

    redact: Callable[[str], str] = str
    remind: Callable[[str], bool] = bool
    turn_to: Callable[[AzchatError, Dialect], Sequence[tuple[Dialect, Manner]]] = lambda *_: ()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Chat:
    """A conversation with one endpoint; the answers become part of it.

    ``asked`` says what a request is about, and how this deployment is asked. A request with a
    parameter that the service refuses is repaired and sent again; ``repairs`` are those
    that are known, and those that were found. Once the changed request was answered, ``learned``
    has its new ones, each with the refusal, and ``unlearned`` those that had become wrong.
    JSON mode gives way to the prompt in the same way, where ``mends_json_mode``. A refusal may mean
    another ``dialect``; ``turned`` is the one that did, once that was answered. ``taken_up`` names
    a response at the service, of which the rest is shown instead of asking.
    """

    def __init__(
        self,
        transport: Transport,
        asked: Asked,
        dialect: Dialect,
        *,
        limits: TurnLimits | None = None,
        tools: Tools | None = None,
        outside: Outside | None = None,
    ) -> None:
        self.conversation = asked.conversation
        self.repairs = self._known = asked.manner.repairs
        self.learned: dict[Repair, str] = {}
        self.unlearned: set[Repair] = set()
        self.mends_json_mode = True
        self._transport, self._tools = transport, tools
        self._stream, self._manner, self.dialect = asked.stream, asked.manner, dialect
        self.turned = self._turning = ""  # the refusal
        self._spoken = {dialect.name}
        self._background = (
            background(transport, (outside or Outside()).sleep) if asked.manner.background else None
        )
        self.taken_up = ""
        self._limits = limits or TurnLimits()
        purse = self._limits.purse
        self._purse = purse if purse and purse.most is not None else None
        outside = outside or Outside()
        self._redact, self._remind, self._turn_to, self._clock, self._sleep = outside

    def send(self, message: Message) -> Generator[Event, None, None]:
        """Send ``message`` and yield what happens until the answer is whole, calls included.

        The last event is TurnFinished; or TurnInterrupted, after which the reason is raised:
        an ``AzchatError``, or what interrupted the caller. Either way what came is part of
        ``conversation``, which stays valid to send.
        """
        self.conversation = self.conversation.with_messages(message)
        turn = Turn(self._clock, self._limits.price_of)
        try:
            yield from self._rounds(turn)
        except AzchatError as error:
            self._keep(turn)
            yield turn.interrupted(error.what)
            raise
        except (KeyboardInterrupt, Interrupted):
            self._keep(turn)
            yield turn.interrupted("interrupted")
            raise
        except GeneratorExit:
            self._keep(turn)  # the caller stopped listening: Ctrl-C, or the reader is gone
            raise
        finally:
            if self._purse:
                self._purse.spent += turn.spent()
        self._keep(turn)
        yield turn.finished()

    @property
    def stored(self) -> Sequence[str]:
        """The responses that are at the service, and run no more."""
        return [*self._background.ended] if self._background else []

    def _keep(self, turn: Turn) -> None:
        answer = turn.fold.message()
        if answer.parts:
            self.conversation = self.conversation.with_messages(answer)

    def _rounds(self, turn: Turn) -> Iterator[Event]:
        """Yield the events of responses and calls, until a response calls nothing."""
        while True:
            turn.begin_response()
            if self._purse:
                self._purse.check(turn.spent(self.conversation), goes_on=turn.responses > 1)
            try:
                for event in self._respond(turn):
                    event = self._own(event, turn)
                    turn.receive(event)
                    yield event
                turn.has_begun = True  # also where there was nothing to show
            finally:
                if turn.has_begun:
                    self._learn(turn)
            said = turn.fold.message()
            if not said.tool_calls:
                refuse_text_call(said.text, turn.tools)
                if turn.pauses and turn.responses < _MOST_PAUSES:
                    self._keep(turn)
                    continue
            if not said.tool_calls or self._tools is None:
                return
            self._keep(turn)
            number, turn.fold = turn.responses, Fold()
            seconds, begin, came = self._time_left(inf, turn), self._clock(), 0
            try:
                for result in self._tools.answer(said.tool_calls, said.reasoning, number, seconds):
                    if isinstance(result, NoticeRaised):
                        yield result
                        continue
                    answered = Message("tool", (result,))
                    self.conversation = self.conversation.with_messages(answered)
                    came += 1
                    yield ToolReturned(result)
            finally:
                turn.calls += self._clock() - begin
            if came < len(said.tool_calls):
                return  # calls are left open: the turn goes on when there are results
            if self._is_over(turn, self._clock()):
                raise self._silence(turn)

    def _own(self, event: Event, turn: Turn) -> Event:
        """Return the event with what only the engine knows of it."""
        if isinstance(event, ToolCalled):
            return ToolCalled(turn.with_own_id(event.call, self.conversation))
        if isinstance(event, Echoed):
            to = self.dialect.name, self._manner.base
            origin = origin_of(*to, self.conversation.settings.model)
            after = self.conversation.digest()
            return Echoed(event.echo._replace(origin=origin, after=after))
        return event

    def _respond(self, turn: Turn) -> Iterator[Event]:
        """Yield the events of one response, trying again while nothing of it was shown."""
        policy = self._limits.retry
        attempt = 1
        while True:
            try:
                yield from self._request(turn, attempt)
                return
            except AzchatError as error:
                error.rewrite(self._redact)  # a service may repeat the key it was sent
                if not turn.has_begun and self._turns_to_other(error):
                    yield NoticeRaised("repair", f"asked again over {self.dialect.words}")
                    continue
                if not turn.has_begun and (repair := self._find_repair(error, turn)):
                    turn.refusals[repair] = error.what
                    others = (one for one in self.repairs if one not in (repair, repair.opposite))
                    self.repairs = (*others, repair)
                    yield NoticeRaised("repair", f"asked again: {repair.said}")
                    continue
                if not turn.has_begun and (changed := self._transport.mend(error)):
                    yield NoticeRaised("repair", changed)
                    continue
                delay = None if turn.has_begun else policy.delay(error, attempt)
                if delay is None:
                    raise told(error, policy) from None
                if self._time_left(inf, turn) < delay:
                    error.hint = "raise --max-time: it leaves no time to try again"
                    raise
                yield RetryScheduled(error.what, delay, attempt, policy.attempts)
                self._sleep(delay)
                attempt += 1

    def _request(self, turn: Turn, attempt: int) -> Iterator[Event]:
        request = self.dialect.encode(self._asked(turn))
        turn.repairs = request.repairs
        for repair in turn.repairs if attempt == turn.responses == 1 else ():
            if repair.is_told and repair not in turn.refusals:
                is_due = self._remind(repair.said)
                yield NoticeRaised("settings" if is_due else "known", repair.said)
        yield RequestSent(self._clock(), attempt)
        hold, is_streamed = self._background, bool(request.body.get("stream"))
        try:
            if hold and self.taken_up:
                hold.id, self.taken_up = self.taken_up, ""
                reply = hold.take_up(stream=is_streamed)
            else:
                reply = self._transport.send(request, self._time_left(inf, turn))
        except NetworkError:
            if self._is_over(turn, self._clock()):
                raise NetworkError(*self._limits.over(), code="timeout") from None
            raise
        # Not on top: a transport can have it imported between its request and the reply.
        from azchat.wire.response import ResponseDecoder

        turn.headroom = headroom(reply.headers)
        try:
            if not 200 <= reply.status < 300:
                to, model = self._transport.destination, self.conversation.settings.model
                raise refusal(reply, to, model, self._clock)
            while True:
                decoder = turn.decoder = ResponseDecoder(
                    self.dialect.reader,
                    reply.headers.get("content-type", ""),
                    self._manner.marking,
                    turn.tools,
                )
                decoder.may_wait = hold is not None
                events = self._read(reply, decoder, turn)
                yield from events if self._stream else at_the_end(events)
                if not (hold and decoder.is_pending):
                    return
                yield from hold.tell(decoder)
                reply.close()
                reply = hold.look_again()
        except AzchatError as error:
            error.request_id = error.request_id or request_id(reply.headers)
            if error.retryable and error.retry_after is None:  # of an error inside a 200
                error.retry_after = retry_after(reply.headers, "", time.time())
            raise
        finally:
            reply.close()

    def _asked(self, turn: Turn) -> Asked:
        offer = self._tools.offer(turn.responses) if self._tools else None
        turn.tools = offer.names if offer else frozenset()
        manner = self._manner._replace(repairs=self.repairs)
        return Asked(self.conversation, offer, self._stream, manner)

    def _turns_to_other(self, error: AzchatError) -> bool:
        """Go on in another dialect, where the refusal means one that was not spoken yet."""
        for dialect, manner in self._turn_to(error, self.dialect):
            if dialect.name not in self._spoken:
                self._spoken.add(dialect.name)
                self.dialect, self._manner = dialect, manner
                self.repairs = self._known = manner.repairs
                self.learned, self.unlearned, self._turning = {}, set(), error.what
                return True
        return False

    def _learn(self, turn: Turn) -> None:
        """Keep of the repairs those that were in the request that was answered."""
        new = {one: turn.refusals[one] for one in turn.repairs if one in turn.refusals}
        new = {one: why for one, why in new.items() if one.is_kept}
        self.learned, self.turned = self.learned | new, self._turning
        self.unlearned = {*self._known} - {*self.repairs}

    def _find_repair(self, error: AzchatError, turn: Turn) -> Repair | None:
        repair = self.dialect.mend(error, self._asked(turn))
        most = _MOST_REPAIRS + len(turn.tools)  # each may be left out
        if repair is None or repair in turn.refusals or len(turn.refusals) >= most:
            return None
        if repair.kind == "json" and not self.mends_json_mode:
            return None
        if self._manner.strict:
            error.hint = f"{repair.said} without --strict"
            return None
        return repair

    def _read(self, reply: Reply, decoder: "ResponseDecoder", turn: Turn) -> Iterator[Event]:
        read = partial(self._decode, decoder=decoder, turn=turn)
        hold = self._background
        try:
            yield from hold.follow(read, reply, decoder) if hold else read(reply)
        except (AzchatError, KeyboardInterrupt, Interrupted):
            with suppress(AzchatError):  # what was held back comes before the reason
                yield from decoder.close(self._clock())
            raise
        else:
            yield from decoder.close(self._clock())
        finally:
            if hold and decoder.has_ended:
                hold.ended.add(hold.id)

    def _decode(self, reply: Reply, decoder: "ResponseDecoder", turn: Turn) -> Iterator[Event]:
        """Yield the events of the bytes as they come, until the end or the end marker."""
        heard, hold = self._clock(), self._background  # when the last real event came
        payloads = 0
        while not decoder.finished:
            patience = _LINGER if decoder.has_ended else self._limits.idle
            try:
                data = reply.read(self._time_left(heard + patience, turn))
            except TimeoutError:
                if decoder.has_ended:
                    return
                raise self._silence(turn) from None
            except NetworkError as error:
                if decoder.has_ended:
                    return
                # Shown text is never asked for twice: what may be tried again, Chat knows.
                raise IncompleteError(error.what, error.hint, code="cut", retryable=True) from None
            if not data:
                return
            at = self._clock()
            if hold is None:
                yield from decoder.receive(data, at)
            else:  # that it is there is told before anything of it
                for event in decoder.receive(data, at):
                    yield from hold.tell(decoder)
                    yield event
                yield from hold.tell(decoder)
            if decoder.payloads != payloads or decoder.is_one_object:
                payloads, heard = decoder.payloads, at
            elif at > heard + patience:  # a flood of comments: reading never has to wait
                if decoder.has_ended:
                    return
                raise self._silence(turn)
            if self._purse and not decoder.has_ended:
                self._purse.check(turn.spent(), goes_on=True)
            if self._is_over(turn, at):
                raise self._silence(turn)

    def _time_left(self, deadline: float, turn: Turn) -> float:
        return self._limits.time_left(deadline, turn.start, self._clock())

    def _is_over(self, turn: Turn, at: float) -> bool:
        return self._limits.is_over(turn.start, at)

    def _silence(self, turn: Turn) -> AzchatError:
        return self._limits.silence(turn.start, self._clock())
