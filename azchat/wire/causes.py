"""Why a service refused, by what it said: ``causes.toml`` has what mends it."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from azchat.blanks import table
from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.wire.faults import Fault

_LONG_WAIT = 60.0  # seconds: what is longer is a quota, and no wait


class Cause(NamedTuple):
    """What a refusal means.

    ``said`` is looked for in the codes, types and words; ``statuses``: only with these, where
    the status is known. ``wait``: only where the service names no wait, or a long one.
    ``what`` and ``hint`` may have ``{host}``, ``{model}`` and ``{of_model}`` in them; without
    ``what`` the status has its words. ``again``: whether asking again may help, as far as the
    status goes.
    """

    name: str
    said: str
    hint: str = ""
    what: str = ""
    statuses: tuple[int, ...] = ()
    error: type[AzchatError] | None = None
    again: bool = True
    wait: Literal["", "none", "long"] = ""

    def fits(self, fault: Fault, status: int | None, wait: float | None) -> bool:
        """Whether a refusal has this cause."""
        if self.statuses and status is not None and status not in self.statuses:
            return False
        if (self.wait == "none" and wait is not None) or (
            self.wait == "long" and (wait or 0.0) <= _LONG_WAIT
        ):
            return False
        return bool(re.search(self.said, f"{fault.signs} {fault.message}", re.IGNORECASE))


_KINDS: dict[str, dict[str, Any]] = {
    "sign-in": {"statuses": (400, 401, 403), "error": AuthError},
    "used up": {"error": ServiceError, "again": False},
    "service": {"error": ServiceError},
}


@cache
def causes() -> tuple[Cause, ...]:
    """Return the causes, in the order in which they are looked for."""
    return tuple(_cause(**row) for row in table(__file__, "causes")["cause"])


def _cause(kind: str = "", said: str = "", statuses: Sequence[int] = (), **row: Any) -> Cause:
    row |= {"said": "|".join(said.splitlines()), "statuses": tuple(statuses)}
    return Cause(**row | _KINDS.get(kind, {}))


def words_of(status: int) -> tuple[str, str]:
    """Return what a status says by itself, "" for one that nobody knows, and the hint for it."""
    words = table(__file__, "causes")["status"]
    what, hint = words.get(str(status), words["other"])
    return what, hint


def find_cause(fault: Fault, status: int | None, wait: float | None) -> Cause | None:
    """Return a refusal's cause, None if none is known; ``status`` None: a 200 that names none."""
    return next((cause for cause in causes() if cause.fits(fault, status, wait)), None)
