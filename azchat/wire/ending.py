"""How a response ends: what services mean by the word that they give as the finish reason."""

import re
from functools import cache
from typing import Literal

from azchat.blanks import rows

Meaning = Literal["whole", "length", "context", "filter", "failure", "open", "unknown"]
"""``context``: the model's window is full; ``open``: the service says that it goes on."""

_PREFIX = re.compile(r"^((finish|stop)?reason)+(?=.)")


def _spelt(word: str) -> str:
    return _PREFIX.sub("", re.sub(r"[\W_]", "", word.lower()))


@cache
def _meanings() -> dict[str, Meaning]:
    listed = rows(__file__, "endings")
    return {_spelt(word): meaning for meaning, words in listed for word in words.split()}


def meaning_of(reason: str) -> Meaning:
    """Return what a finish reason means, in any case and spelling."""
    return _meanings().get(_spelt(reason), "unknown")


class Ending:
    """The finish reason as it was said; ``is_certain``: nothing came since that belies it."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.meaning: Meaning = "open"
        self.is_certain = False
        self._was_belied = False

    def say(self, reason: object, more: object) -> None:
        """Take a finish reason, and what of the answer came along with it."""
        if isinstance(reason, dict):
            reason = reason.get("type")  # SGLang's own form
        word = str(reason)
        meaning = meaning_of(word)
        if meaning == "open":
            return
        is_stop = meaning == "whole"
        if is_stop and self.is_certain and self.meaning not in ("whole", "unknown"):
            return  # a gateway ends every stream so: what was cut stays cut
        self.reason, self.meaning = word, meaning
        # Once a stop was on a chunk that was not the last, it is on every one.
        self.is_certain = not (is_stop and self._was_belied and more)

    def go_on(self, more: object) -> None:
        """Take more of the answer behind the reason, which was none then."""
        if not (isinstance(more, str) and more.isspace()):
            self.is_certain, self._was_belied = False, True
