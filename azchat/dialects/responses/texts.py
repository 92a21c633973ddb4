"""The texts of a response's items: each shown once, one item after another, as they come.

What the last events of a text repeat counts once, and what only they say is shown then. A token
goes the short way of ``Texts.add``, where it goes on with what was told last.
"""

from collections.abc import Callable

from azchat.wire.deltas import DeltaLabeller

Place = int | str
"""Of an item: its index in the output, else its id."""


class _Told:
    """How much of an item's text was told, by its parts: the size and the last piece of each."""

    def __init__(self, place: Place, kind: str) -> None:
        self.place, self.kind = place, kind
        self._parts: dict[int, tuple[int, str]] = {}
        self.part, self.size, self.last = -1, 0, ""  # of the part that is told now

    def add(self, part: int, piece: str) -> bool:
        """Take a piece of a part; return whether the part begins with it."""
        if part != self.part:
            self._keep()
            self.part, (self.size, self.last) = part, self._parts.get(part, (0, ""))
        self.size, self.last = self.size + len(piece), piece
        return self.size == len(piece)

    def is_all(self, whole: str) -> bool:
        """Return whether all parts together are a text."""
        return self._sum() == len(whole) and whole.endswith(self.last)

    def rest(self, part: int, whole: str) -> str:
        """Return what a whole part has more than was told; vLLM counts up with each piece."""
        self._keep()
        of_all = self._sum(), self.last
        if part in self._parts:
            known = [self._parts[part], of_all]
        else:
            known = [of_all, (0, "")] if len(self._parts) > 1 else [(0, "")]
        if self.is_all(whole):
            return ""
        return next((whole[size:] for size, end in known if whole[:size].endswith(end)), "")

    def _sum(self) -> int:
        self._keep()
        return sum(size for size, _ in self._parts.values())

    def _keep(self) -> None:
        if self.part >= 0:
            self._parts[self.part] = self.size, self.last


_NOTHING = _Told(-1, "")


class Texts:
    """Shows texts; ``kinds`` is told of items that were never announced.

    ``commentary`` are messages that are no answer. Where two items speak in turns, the second is
    held until the first has ended.
    """

    def __init__(self, labels: DeltaLabeller, kinds: dict[Place, str]) -> None:
        self._labels, self._kinds = labels, kinds
        self.commentary: set[Place] = set()
        self._told: dict[tuple[Place, str], _Told] = {}
        self._now = _NOTHING  # what the last piece was of, that was shown
        self._say: Callable[[str], None] = labels.add_content
        self._thoughts: dict[Place, str] = {}  # how each is told: summed up, or as it is
        self._open: set[Place] = set()  # items that began and have not ended
        self._speaker: dict[bool, Place] = {}  # by whether it thinks
        self._held: list[tuple[Place, bool, str]] = []
        self._has_thought = False

    def begin(self, place: Place) -> None:
        """Take that an item begins: until it has ended no other one is shown in between."""
        self._open.add(place)

    def end(self, place: Place) -> None:
        """Take that an item has ended."""
        self._open.discard(place)
        self._show_held()

    def add(self, place: Place, kind: str, part: object, piece: object, whole: object) -> None:
        """Show a piece of a text, or what a whole one has more than was shown of it."""
        told = self._now
        if told.part == part and told.place == place and told.kind == kind and type(piece) is str:
            told.size, told.last = told.size + len(piece), piece or told.last
            self._say(piece)
            return
        told = self._told.setdefault((place, kind), _Told(place, kind))
        self._kinds.setdefault(place, "message" if kind == "text" else "reasoning")
        part = part if type(part) is int else 0
        if type(piece) is not str:
            piece = told.rest(part, whole) if type(whole) is str else ""
        if not piece or (kind != "text" and self._thoughts.setdefault(place, kind) != kind):
            return  # never both of one thought
        thinks = kind != "text" or place in self.commentary
        if told.add(part, piece) and thinks and self._has_thought:
            piece = f"\n\n{piece}"
        self._has_thought |= thinks
        self._now = told if self._shows(place, thinks, piece) else _NOTHING

    def _shows(self, place: Place, thinks: bool, piece: str) -> bool:
        """Show a piece, or hold it; return which."""
        speaker = self._speaker.setdefault(thinks, place)
        if speaker != place and speaker in self._open:
            self._held.append((place, thinks, piece))
            return False
        self._speaker[thinks] = place
        self._say = self._labels.add_reasoning if thinks else self._labels.add_content
        self._say(piece)
        return True

    def release(self) -> None:
        """Show what was held while another item spoke; no more of that will come."""
        self._open.clear()
        self._show_held()

    def _show_held(self) -> None:
        held, self._held, self._now = self._held, [], _NOTHING
        for place, thinks, piece in held:
            self._shows(place, thinks, piece)

    def add_all(self, place: Place, kind: str, texts: list[str]) -> None:
        """Show what of an item's texts was not told."""
        told = self._told.get((place, kind))
        if not (told and told.is_all("".join(texts))):
            for part, text in enumerate(texts):
                self.add(place, kind, part, None, text)
