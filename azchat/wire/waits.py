"""How long a service's own words ask to wait: "3 hours", "41.8s", "03:14:05"."""

import re


def wait_in(sentence: str) -> float | None:
    """Return the seconds that a sentence asks to wait, as "Please try again in 1h20m." does."""
    found = re.search(rf"{_ASKED}({_SPAN}|{_CLOCK})", sentence, re.IGNORECASE)
    return seconds_in(found[1]) if found else None


def seconds_in(span: object) -> float | None:
    """Return the seconds of "3 hours", "21 minutes and 33 seconds", "41.8s" or "03:14:05"."""
    text = str(span).lower()
    if clock := re.search(_CLOCK, f"in {text}"):
        numbers = [float(one or 0) for one in clock.groups()]
        return sum(n * unit for n, unit in zip(numbers, (86400, 3600, 60, 1), strict=True))
    parts = re.findall(rf"({_NUMBER}) ?({_UNIT})", text)
    return sum(_number(number) * _seconds(unit) for number, unit in parts) if parts else None


def _number(text: str) -> float:
    return 1.0 if text[0] == "a" else float(text)


def _seconds(unit: str) -> float:
    return 0.001 if unit.startswith(("ms", "mil")) else _UNITS[unit[0]]


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_NUMBER = r"(?:(?<![\d.])\d{1,9}(?:\.\d+)?|\ban?(?= [a-z]{3}))"
_UNIT = (
    r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
    "(?![a-z])"
)
_SPAN = rf"{_NUMBER} ?{_UNIT}(?:(?:,? and|,)? ?{_NUMBER} ?{_UNIT})*"
_CLOCK = r"(?<=\bin )(?:(\d{1,3})\.)?(\d{1,2}):(\d\d):(\d\d)\b"  # API Management's quota
_ASKED = r"(?:retry|again|wait|resets?|replenished|renewed|available|lifted)\b[^.\d]{0,24}?"
