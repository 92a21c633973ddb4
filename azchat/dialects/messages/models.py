"""How models are asked to think, and how much they can say. Pure.

A deployment's name may tell nothing: then what is likely is tried, and a refusal tells.
"""

from typing import Literal, NamedTuple

from azchat.dialects.models import family_of, known

Thinks = Literal["adaptive", "enabled", ""]
"""adaptive: by an effort; enabled: by a budget of tokens."""


ADAPTIVE, BUDGET = "adaptive thinking", "thinking by budget"
WAYS: dict[str, Thinks] = {ADAPTIVE: "adaptive", BUDGET: "enabled"}
EARLIER, ALL = "thinking", "all thinking"
"""What repairs call the ways to think, and which thinking is forgotten."""


class Model(NamedTuple):
    """What is known of a model.

    ``most`` tokens it says, thinking included; ``hides`` its thinking, unless it is asked for it.
    ``signs``: without its signature it takes no thinking back.
    """

    thinks: Thinks
    most: int
    hides: bool = False
    signs: bool = True


_UNNAMED = Model("adaptive", 32_000, hides=True)
_OTHERS = Model("enabled", 16_384, signs=False)  # of other makers, behind vLLM, llama.cpp, Ollama
_BUDGETS = {"minimal": 1_024, "low": 4_096, "high": 16_384, "xhigh": 32_000, "max": 48_000}
_LEAST, _USUAL = 1_024, 8_192


def model_of(name: str | None) -> Model:
    """Return what is known of a model by its name."""
    thinks, most, *hides = known("claude", name).split() or ("", "", "")
    if not most:
        return _OTHERS if family_of(name) else _UNNAMED
    way: Thinks = next((way for way in WAYS.values() if way == thinks), "")
    return Model(way, int(most), bool(hides))


def budget_of(effort: str, most: int) -> int | None:
    """Return the tokens to think with, of ``most`` for all; None where they are too few."""
    budget = max(_LEAST, min(_BUDGETS.get(effort, _USUAL), most * 3 // 4))
    return budget if budget < most else None
