"""What a setting may be, and the parameters of a request: each of them is told here alone.

Pure, so that a refusal, a template and a session can know them too. The other settings are in
``settings.specs``, the options that are no settings in ``cli.options``.
"""

from collections.abc import Callable
from functools import partial
from math import inf, isfinite
from typing import Any, Literal, NamedTuple, get_args

# The words that some settings are limited to.
Thinking = Literal["auto", "live", "summary", "hide", "stderr"]
Auth = Literal["auto", "key", "entra", "az", "azd", "managed", "browser", "device"]
Reasoning = Literal["auto", "tags", "implicit", "none"]
ReasoningHistory = Literal["auto", "strip", "tools", "all"]
# Only what is proposed: a model may take other words.
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[str, ...] = get_args(Effort)
Color = Literal["auto", "always", "never"]
Theme = Literal["auto", "light", "dark"]
DialectName = Literal["chat", "responses", "messages"]
Summary = Literal["auto", "concise", "detailed", "none"]


class Kind(NamedTuple):
    """What a value is: ``wants`` says it to a person, ``typed`` is what an option hands over.

    ``convert`` raises ``AttributeError``, ``TypeError``, ``ValueError`` or ``OverflowError``.
    ``choices`` are all there are, ``proposed`` some of many.
    """

    convert: Callable[[Any], Any]
    wants: str
    typed: Any = str
    metavar: str | None = None
    least: float = -inf
    most: float = inf
    choices: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()


class Spec(NamedTuple):
    """A setting, or an option alone. ``flags`` are how it is typed; ``variables`` have an order.

    ``marks`` are words: everyday (everybody needs it, so the short help has it), session (which
    keeps it), chat (``/set`` knows it), template (which may have it), no-profile, no-dotenv (in
    which it may not stand). ``spare``: of those that exclude each other the lower one is left out.
    """

    kind: Kind
    flags: str = ""
    help: str = ""
    metavar: str | None = None
    default: Any = None
    variables: tuple[str, ...] = ()
    marks: str = ""
    spare: int = 0
    chapter: str = ""


def chapter(name: str, **specs: Spec) -> dict[str, Spec]:
    """Return ``specs`` as those of a chapter of the help."""
    return {setting: spec._replace(chapter=name) for setting, spec in specs.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _word(value: Any) -> str:
    if len(_text(value).split()) != 1:
        raise ValueError
    return _text(value).strip()


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not isfinite(number):
        raise ValueError
    return number


def _positive(value: Any) -> float:
    number = _number(value)
    if number <= 0:
        raise ValueError
    return number


def texts(value: Any) -> list[str]:
    """Return a list of texts, of which one may stand alone."""
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def whole(least: float = -inf, most: float = inf) -> Kind:
    """Return the kind of the whole numbers within bounds."""

    def convert(value: Any) -> int:
        if isinstance(value, bool | float):
            raise TypeError
        number = int(value)
        if not least <= number <= most:
            raise ValueError
        return number

    bounds = f" from {least} to {most}" if most < inf else f" above {least - 1}"
    wants = f"a whole number{bounds if least > -inf else ''}"
    return Kind(convert, wants, int, "N", least, most)


def among(choices: tuple[str, ...]) -> Kind:
    """Return the kind of a few words."""
    return Kind(_text, "text", choices=choices)


TEXT = Kind(_text, "text")
TEXTS = Kind(texts, "text, or a list of texts", list[str])
NUMBER = Kind(_number, "a number", float, "N")
SECONDS = Kind(_positive, "a number of seconds", float, "S")
AMOUNT = Kind(_positive, "an amount above 0", float)
FLAG = Kind(_flag, "true or false", bool)
_EFFORT = Kind(_word, "one word", metavar="LEVEL", proposed=EFFORTS)

_parameter = partial(Spec, marks="session chat template", spare=3)
# fmt: off
PARAMETERS: dict[str, Spec] = {
    **chapter(
        "parameters",
        temperature=_parameter(NUMBER, "--temperature", "Sampling temperature.", spare=2),
        top_p=_parameter(NUMBER, "--top-p", "Nucleus sampling.", spare=1),
        top_k=_parameter(whole(-1), "--top-k", "Only the N likeliest tokens.", spare=1),
        max_tokens=_parameter(whole(1), "--max-tokens", "Limit of the reply, thinking included.",
            spare=4),
        presence_penalty=_parameter(NUMBER, "--presence-penalty", "Against old topics: -2 to 2."),
        frequency_penalty=_parameter(NUMBER, "--frequency-penalty",
            "Against the same words: -2 to 2."),
        stop=_parameter(TEXTS, "--stop", "Stop before TEXT; repeatable.", "TEXT"),
        seed=_parameter(whole(), "--seed", "For repeatable sampling."),
        verbosity=_parameter(among(("low", "medium", "high")), "--verbosity",
            "Length of the answer."),
    ),
    **chapter(
        "thinking",
        effort=_parameter(_EFFORT, "--effort --think",
            "How hard to think: none to max, or another word.",
            variables=("AZURE_OPENAI_REASONING_EFFORT",), spare=5,
            marks="everyday session chat template"),
        summary=_parameter(among(get_args(Summary)), "--summary",
            "How the service sums its thinking up (auto)."),
    ),
}
# fmt: on
"""Those of a request: what is set is sent; what is refused may be left out."""
