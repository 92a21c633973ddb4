"""When a session was used, as a person says it: an age, a day, a time of a day."""

import re
import time
from datetime import datetime, timedelta

from azchat.errors import UsageError
from azchat.sessions.search import ALWAYS, Span

_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_AGE = re.compile(rf"(\d{{1,6}})([{''.join(_SECONDS)}])")
_DAYS = {"today": 0, "yesterday": 1}
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d(-?\d)?")
_WRITE = "write a day, 2026-05-01, a time, 2026-05-01T09:00+02:00, or an age: 90m, 12h, 30d, 2w"


def seconds_of(age: str) -> int:
    """Return the seconds of an age; raises ``UsageError``."""
    if match := _AGE.fullmatch(age.strip().lower()):
        return int(match[1]) * _SECONDS[match[2]]
    raise UsageError(f"{age!r} is no age", "write a number and m, h, d or w: 90m, 12h, 30d, 2w")


def span(since: str | None, until: str | None) -> Span:
    """Return the time between two moments; a day that is the last one belongs to it."""
    first = _moment("--since", since)[0] if since else ALWAYS[0]
    last = _moment("--until", until)[1] if until else ALWAYS[1]
    if first > last:
        raise UsageError("--since is later than --until", "turn them round")
    return first, last


def _moment(option: str, text: str) -> Span:
    """Return when it begins and ends; a time without a zone is the local one."""
    word = text.strip()
    try:
        if _AGE.fullmatch(word.lower()):
            return (time.time() - seconds_of(word),) * 2
        if word.lower() in _DAYS:
            day = datetime.now() - timedelta(_DAYS[word.lower()])
            word = f"{day:%Y-%m-%d}"
        begin = datetime.fromisoformat(word)
        end = begin + timedelta(1) if _DAY.fullmatch(word) else begin
        return begin.astimezone().timestamp(), end.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{option}: {text!r} is no time", _WRITE) from None
