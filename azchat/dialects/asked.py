"""What is asked, in azchat's words, and the request that a dialect makes of it.

Below the engine, which fills it in, and below the transports, which send it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.conversation import Conversation, Offer
from azchat.wire.marking import Marking

USAGE_WISH = "stream_options"
"""Of chat: the wish for the token counts of a stream; some servers tell them unasked."""
JSON_ALONE = "Answer with JSON alone: no other text, no code fence."
"""Said in words where there is no such mode."""
THIS_PROMPT, LOST = "this prompt", "a call that lost its own"
"""Of what is for one request alone: beside what it is."""


class Repair(NamedTuple):
    """One change of a request.

    ``kind`` is drop (the parameter ``name``), value (``was`` becomes ``to``, or is left out), role
    (the system's words stand in front of the first question), json (JSON mode gives way to words
    in the prompt) or tool (``name`` is not offered); or of a dialect: rename (``to`` what it is
    sent as), forget (the field ``name`` of earlier messages), fill (answers without it get an
    empty one), limit (``name`` is ``to`` at most). ``when``: only where that is sent too.
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
        return asked and self.name not in ("stream_options", "stream", "include", "display")

    @property
    def is_kept(self) -> bool:
        """Whether it counts later too; a tool, for one, may be mended."""
        return self.kind != "tool" and self.when not in (THIS_PROMPT, LOST)

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
            case Repair("drop", "input_file"):
                return "PDFs are sent as their text"
            case Repair("role"):
                return f"the {self.name} message is sent in front of the first question"
            case Repair("json", to=""):
                return "JSON mode is refused: the prompt alone asks for JSON"
            case Repair("json"):
                return "the prompt is made to ask for JSON"
            case Repair("fill"):
                return f"{self.name} is sent with every earlier answer"
            case Repair("limit"):
                return f"{self.name} is {self.to} at most"
            case Repair("tool"):
                return f"the tool {self.name} is not offered, as its schema is refused"
            case Repair("forget"):
                verb = "are" if self.name.endswith("s") else "is"
                return f"{self.name} of earlier answers {verb} not sent"
            case _:
                beside = f" beside {self.when}" if self.when else ""
                return f"{self.name} is not sent{beside}"


class Manner(NamedTuple):
    """How a deployment is asked, by its kind and by what it taught.

    ``base`` is where requests go to: what a service said for itself alone goes back there.
    ``asks_usage``: for the token counts of a stream. A parameter that is refused is repaired,
    unless ``strict``; ``repairs`` are those that are known. ``marking``: of its thinking.
    ``background``: the response runs at the service, whoever listens.
    """

    base: str = ""
    asks_usage: bool = True
    repairs: tuple[Repair, ...] = ()
    strict: bool = False
    marking: Marking = "auto"
    background: bool = False


class Asked(NamedTuple):
    """What one request is about; ``offer`` are the tools."""

    conversation: Conversation
    offer: Offer | None = None
    stream: bool = True
    manner: Manner = Manner()


class Request(NamedTuple):
    """What a transport sends, and ``--dry-run`` shows; ``operation`` is the path behind a base.

    ``has_extras``: parameters that not every route of the dialect knows. ``repairs`` are those of
    its manner that changed it.
    """

    operation: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = MappingProxyType({})
    has_extras: bool = False
    method: str = "POST"
    repairs: tuple[Repair, ...] = ()
