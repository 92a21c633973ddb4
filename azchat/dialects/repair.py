"""One change of a request so that a service takes it, and which effort is near another.

Pure. A repair is a tuple of strings, so that it can be remembered.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from azchat.dialects.models import known
from azchat.parameters import EFFORTS

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


def effort_repair(
    model: str | None, effort: str | None, shown: Sequence[str] = (), refused: Sequence[str] = ()
) -> Repair | None:
    """Return the change of an effort that the model is known not to take.

    ``shown`` are the efforts that the endpoint itself listed; of them it may have ``refused``
    some all the same.
    """
    taken = list(shown) or known("efforts", model).split()
    if effort not in EFFORTS or effort in taken:
        return None
    near = effort_near(effort, [one for one in taken if one not in refused])
    return Repair("value", "effort", near, effort) if near else None


def effort_near(wish: str, taken: Iterable[str]) -> str | None:
    """Return the next effort above ``wish`` among those taken, else the next below; never none.

    A word that nobody knows may be new for much, or a known one misspelt.
    """
    ranked = sorted({*taken} & {*EFFORTS[1:]}, key=EFFORTS.index)
    if wish not in EFFORTS:
        from difflib import get_close_matches

        ranked = get_close_matches(wish.lower(), ranked, 1) or ranked
        return ranked[-1] if ranked else None
    above = [effort for effort in ranked if EFFORTS.index(effort) > EFFORTS.index(wish)]
    return above[0] if above else next(reversed(ranked), None)
