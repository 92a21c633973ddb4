"""What services are asked in: each dialect in a folder of its own, what they share beside them.

They share tables, not behaviour, so there is nothing to inherit.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.dialects.asked import Asked, Repair, Request
from azchat.errors import AzchatError
from azchat.parameters import DialectName

if TYPE_CHECKING:
    from azchat.wire.said import Reader, Said

_WORDS: dict[DialectName, str] = {
    "chat": "Chat Completions",
    "responses": "the Responses API",
    "messages": "the Messages API",
}


class Dialect(NamedTuple):
    """What services are asked in, and answer in; ``words`` name its API to people.

    Its functions are in modules of its own, each imported when it is needed: ``request`` makes
    bodies, ``reader`` reads answers, ``repair`` mends what is refused.
    """

    name: DialectName
    words: str

    def encode(self, asked: Asked) -> Request:
        """Return the request, with the repairs of its manner: the only maker of bodies."""
        module = self._module("request")
        known, parameters = asked.manner.repairs, asked.conversation.settings.parameters
        lacks = () if asked.manner.strict else [one for one in module.LACKS if one in parameters]
        request: Request
        if known or lacks:
            from azchat.dialects.repair import encoded

            return encoded(asked, lacks, module, self._module("repair").is_own)
        request = module.request(module.body(asked))
        return request

    def place_of_thinking(self, stream: bytes) -> str:
        """Return where a stream has its thinking; "" where it has none."""
        place: str = self._module("reader").place_of_thinking(stream)
        return place

    def reader(self, said: "Said") -> "Reader":
        """Return what reads an answer."""
        reader: Reader = getattr(self._module("reader"), f"{self.name.title()}Reader")(said)
        return reader

    def mend(self, error: AzchatError, asked: Asked) -> Repair | None:
        """Return what a refusal asks for, if that is known; else its hint says what can be done."""
        from azchat.dialects.refusals import mend

        return mend(error, asked, self.encode(asked).body, self._module("repair").own_repair)

    def prepare(self) -> None:
        """Import what reads an answer, while the service works on it."""
        self._module("reader")

    def _module(self, name: str) -> Any:
        return import_module(f"azchat.dialects.{self.name}.{name}")


def named(name: DialectName) -> Dialect:
    """Return a dialect."""
    return Dialect(name, _WORDS[name])
