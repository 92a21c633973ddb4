"""Masks what a server repeats of a key, before it is saved, shown or handed on."""

from collections.abc import Generator, Iterator
from typing import Any, Protocol

from azchat.environment import Output
from azchat.errors import Interrupted
from azchat.events import Echoed, Event, ReasoningDelta, TextDelta
from azchat.messages import Message
from azchat.redaction import Redactor

_MOST_SHOWN = 4  # characters of what may begin a key are worth holding back


class Sender(Protocol):
    """Runs turns: the engine, or what is put around it."""

    def send(self, message: Message) -> Generator[Event, None, None]:
        """Send ``message`` and yield what happens until the answer is whole."""


class MaskedOutput:
    """An output without keys, whoever writes to it."""

    def __init__(self, output: Output, redactor: Redactor) -> None:
        self._output, self._redactor = output, redactor
        self.is_terminal, self.speaks_vt = output.is_terminal, output.speaks_vt
        self.has_written = False

    def write(self, text: str) -> None:
        """Write ``text`` without keys; ``Codes`` stay what they are."""
        self.has_written = True
        self._output.write(type(text)(self._redactor.redact_shown(text)))

    def size(self) -> tuple[int, int]:
        """Return the columns and lines of the terminal."""
        return self._output.size()


class MaskedSender:
    """Runs the turns of another; no text of their events has a key, be it cut in pieces."""

    def __init__(self, sender: Sender, redactor: Redactor) -> None:
        self._sender, self._redactor = sender, redactor
        self._held: TextDelta | ReasoningDelta | None = None  # what may begin a key
        self._shown = 0  # characters of it that were shown: too few to give a key away

    def send(self, message: Message) -> Generator[Event, None, None]:
        """Send ``message`` and yield what happens, masked."""
        turn = self._sender.send(message)
        stop: BaseException | None = None
        try:
            while True:
                try:
                    event = turn.throw(stop) if stop else next(turn)
                except StopIteration:
                    break
                finally:
                    stop = None
                try:
                    yield from self._masked(event)
                except (KeyboardInterrupt, Interrupted) as error:
                    stop = error
        except GeneratorExit:
            self._held = None
            raise
        except BaseException:
            yield from self._rest()
            raise
        finally:
            turn.close()
        yield from self._rest()

    def _masked(self, event: Event) -> Iterator[Event]:
        if not isinstance(event, TextDelta | ReasoningDelta):
            yield from self._rest()
            yield event if isinstance(event, Echoed) else self._deeply(event)
            return
        if type(self._held) is not type(event):
            yield from self._rest()
        if self._held:
            tokens = self._held.tokens + event.tokens
            event = event._replace(text=self._held.text + event.text, tokens=tokens)
        text = self._redactor.redact_shown(event.text)
        if text[: self._shown] != event.text[: self._shown]:
            self._shown = 0  # what was shown became part of a mask
        begun = len(text) - self._redactor.begun(text)
        end = begun if len(text) - begun >= _MOST_SHOWN else len(text)
        if shown := text[self._shown : end]:
            yield event._replace(text=shown)
            event = event._replace(tokens=0)
        self._held = event._replace(text=text[begun:]) if begun < len(text) else None
        self._shown = max(self._shown, end) - begun

    def _rest(self) -> Iterator[Event]:
        held, self._held, shown, self._shown = self._held, None, self._shown, 0
        if held and (text := held.text[shown:]):
            yield held._replace(text=text)

    def _deeply(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redactor.redact_known(value)
        if isinstance(value, dict):
            return {self._deeply(name): self._deeply(item) for name, item in value.items()}
        if isinstance(value, tuple | list):
            items = map(self._deeply, value)
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        return value
