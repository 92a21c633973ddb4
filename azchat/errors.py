"""What can go wrong, sorted by who must act, and the exit code of each.

    AzchatError            what happened, and a hint that mends it
    ├── UsageError         you: wrong flags or arguments                       2
    ├── ConfigError        you: endpoint, model or a setting                   3
    ├── AuthError          you: sign-in                                        4
    ├── InputError         you: prompt, stdin or a file; nothing was sent      5
    ├── NetworkError       the network: no HTTP answer came                    6
    ├── ServiceError       the service: an HTTP error, or no API answer        7
    ├── IncompleteError    the service: the answer began but is not whole      8
    └── LocalError         this machine: stdout or a file cannot be written    9

Anything else that is raised is a bug in azchat (1).
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """How a command ended; deaths by a signal are the shell's 128 + n."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONFIG = 3
    AUTH = 4
    INPUT = 5
    NETWORK = 6
    SERVICE = 7
    INCOMPLETE = 8
    LOCAL = 9
    PARTIAL = 10
    NOTHING = 11


def reason_of(error: Exception) -> str:
    """Return why a file or a program cannot be used, for the middle of a sentence."""
    if said := getattr(error, "strerror", None):
        return f"{str(said)[:1].lower()}{str(said)[1:]}"
    return "it fails" if isinstance(error, OSError) else "no such name is possible"


# azchat's own words for what happened; those after which the same command may well succeed.
_MAY_PASS = frozenset(
    ("cut", "stall", "timeout", "empty", "malformed", "failure", "refused", "interrupted", "tools")
)


class AzchatError(Exception):
    """A failure that is told to the user in one line, with one hint.

    ``code`` is azchat's own word for what happened, where it has one: length, cut, stall, timeout,
    filter_prompt, filter_answer, tool_limit, tool_denied, schema …
    ``http_status``, ``service_code`` and ``request_id`` are the service's own;
    ``retry_after`` is in seconds; ``retryable`` says whether azchat itself asks again, ``may_pass``
    whether the same request may succeed later; ``details`` are further lines, for the few failures
    that have them.
    ``said`` are the service's own words; ``parameter`` is what it refused of the request,
    ``service_type`` what it calls such an error, ``cause`` the row of ``wire.causes`` that it fits;
    ``content_filter`` is what its content safety found, one dict a category; ``again`` are flags
    with which the same command may succeed.
    """

    kind = "internal"
    exit_code = ExitCode.INTERNAL

    def __init__(
        self,
        what: str,
        hint: str = "",
        *,
        code: str = "",
        http_status: int | None = None,
        service_code: str | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what)
        self.what, self.hint, self.details, self.code = what, hint, details, code
        self.http_status, self.service_code = http_status, service_code
        self.request_id = request_id
        self.retryable, self.retry_after = retryable, retry_after
        self.said = ""
        self.parameter: str | None = None
        self.service_type: str | None = None
        self.cause = ""
        self.again: tuple[str, ...] = ()
        self.told_in: object = None  # the file that has it in JSON already
        self.content_filter: tuple[dict[str, Any], ...] = ()

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later, as the hint says then."""
        return self.retryable or self.code in _MAY_PASS

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Put every text of the error through ``change``, which masks secrets."""
        self.what, self.hint = change(self.what), change(self.hint)
        self.details = tuple(map(change, self.details))
        for name in ("service_code", "service_type", "parameter", "request_id"):
            if text := getattr(self, name):
                setattr(self, name, change(text))

    def to_dict(self) -> dict[str, object]:
        """Return the error object of the JSON outputs."""
        return {
            "class": self.kind,
            "message": self.what,
            "hint": self.hint,
            "http_status": self.http_status,
            "code": self.code or self.service_code,
            "service_code": self.service_code,
            "type": self.service_type,
            "param": self.parameter,
            "request_id": self.request_id,
            "retryable": self.may_pass,
            "retry_after": self.retry_after,
            "content_filter": list(self.content_filter),
        }


class UsageError(AzchatError):
    """Wrong flags or arguments."""

    kind, exit_code = "usage", ExitCode.USAGE


class ConfigError(AzchatError):
    """The endpoint, the model or a setting is missing or refused."""

    kind, exit_code = "config", ExitCode.CONFIG


class AuthError(AzchatError):
    """No credential, no token, or the service refused them."""

    kind, exit_code = "auth", ExitCode.AUTH


class InputError(AzchatError):
    """The prompt, stdin or a file cannot be used; nothing was sent."""

    kind, exit_code = "input", ExitCode.INPUT


class NetworkError(AzchatError):
    """No HTTP answer came: name, connection, TLS, proxy or time."""

    kind, exit_code = "network", ExitCode.NETWORK


class ServiceError(AzchatError):
    """The service answered with an error, or with something that is no API answer."""

    kind, exit_code = "service", ExitCode.SERVICE


class IncompleteError(AzchatError):
    """The answer began but is not whole; what came has been shown."""

    kind, exit_code = "incomplete", ExitCode.INCOMPLETE


class LocalError(AzchatError):
    """Something on this machine could not be written or read."""

    kind, exit_code = "local", ExitCode.LOCAL


class StoppedError(AzchatError):
    """A signal ended the run; its exit is that signal's, so this is only told in JSON."""

    kind = "interrupted"

    @classmethod
    def by(cls, stop: "Interrupted") -> "StoppedError":
        """Return what is told of the signal."""
        what = "stopped by Ctrl-C" if stop.signal == 2 else f"stopped by signal {stop.signal}"
        return cls(what, "ask again", code="interrupted")


def as_bug(*details: str) -> AzchatError:
    """Return what is told of a bug."""
    hint = "report it with that log; --record FILE keeps what the service sent"
    return AzchatError("something in azchat itself went wrong", hint, details=details)


class Interrupted(BaseException):
    """A signal asked azchat to stop; raised in the main thread by the handlers.

    Like ``KeyboardInterrupt`` it is no ``Exception``, so that nothing swallows it.
    ``signal`` is the signal's number: after cleaning up it is raised again.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal
