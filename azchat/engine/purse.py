"""What the turns of a run may cost together."""

from azchat.errors import IncompleteError
from azchat.prices import money


class Purse:
    """Money for turns, of one thread or several: ``most`` is what may be spent, None: any sum."""

    def __init__(self, most: float | None = None) -> None:
        self.most = most
        self.spent = 0.0

    def check(self, more: float, *, goes_on: bool) -> None:
        """Raise ``IncompleteError`` where ``more`` is too much; ``goes_on``: an answer is cut."""
        if self.most is None or self.spent + more <= self.most:
            return
        what = f"stopped at about {money(self.spent + more)}" if goes_on else "nothing was sent"
        hint = "raise --max-cost, or think less with --effort low"
        raise IncompleteError(f"{what}: --max-cost is {money(self.most)}", hint, code="cost")
