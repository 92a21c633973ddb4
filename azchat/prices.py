"""What tokens cost: prices for a million of them, and what a response came to. Values; no I/O.

What is not known is None, and shown as "?": never as nothing.
"""

from typing import NamedTuple

from azchat.messages import Usage

_MILLION = 1_000_000
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


class Cost(NamedTuple):
    """What was paid for the prompt and for the output, and how much of that for ``thinking``.

    Not every service tells how much of its output was thinking.
    """

    input: float | None
    output: float | None
    thinking: float | None = None
    currency: str = "USD"

    @property
    def total(self) -> float | None:
        """The sum; None where a part is not known."""
        return _sum(self.input, self.output)

    @property
    def answer(self) -> float | None:
        """What the answer alone was paid for."""
        return None if self.thinking is None else (self.output or 0.0) - self.thinking

    def plus(self, other: "Cost | None") -> "Cost":
        """Return the sum of two; of two currencies there is none."""
        if other is None:
            return self
        if other.currency != self.currency:
            return Cost(None, None, None, self.currency)
        asked, said = _sum(self.input, other.input), _sum(self.output, other.output)
        return Cost(asked, said, _sum(self.thinking, other.thinking), self.currency)

    def to_dict(self) -> dict[str, float | str | None]:
        """Return the form of the JSON outputs, to a millionth of a cent."""
        named = {**self._asdict(), "answer": self.answer, "total": self.total}
        return {k: round(v, 8) if isinstance(v, float) else v for k, v in named.items()}


class Price(NamedTuple):
    """Of a million tokens of each kind. ``tiers`` hold from so many prompt tokens on, rising.

    Where a cache has no price of its own, its tokens cost what all of the prompt do.
    """

    input: float | None = None
    cached: float | None = None
    cache_write: float | None = None
    output: float | None = None
    currency: str = "USD"
    tiers: "tuple[tuple[int, Price], ...]" = ()

    @property
    def is_known(self) -> bool:
        """Whether what a turn costs can be told."""
        return self.input is not None and self.output is not None

    def of(self, usage: Usage) -> Cost:
        """Return what the tokens of one response cost; thinking is paid as output."""
        price = next((t for least, t in self.tiers[::-1] if (usage.prompt or 0) > least), self)
        cached, written = usage.cached or 0, usage.cache_write or 0
        fresh = None if usage.prompt is None else max(0, usage.prompt - cached - written)
        cache, writing = price.cached, price.cache_write
        asked = _sum(
            _times(fresh, price.input),
            _times(cached, price.input if cache is None else cache),
            _times(written, price.input if writing is None else writing),
        )
        said, thought = (_times(count, price.output) for count in usage[1:3])
        return Cost(asked, said, thought, self.currency)


def money(amount: float | None, currency: str = "USD") -> str:
    """Return an amount as it is shown: of small ones enough to be told apart; ? for None."""
    if amount is None:
        return "?"
    places = 2 if amount >= 1 else 4 if amount >= 0.01 else 6
    figures = f"{amount:.{places}f}"
    return f"{_SIGNS[currency]}{figures}" if currency in _SIGNS else f"{figures} {currency}"


def _times(tokens: int | None, price: float | None) -> float | None:
    if tokens == 0:
        return 0.0
    return None if tokens is None or price is None else tokens * price / _MILLION


def _sum(*parts: float | None) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
