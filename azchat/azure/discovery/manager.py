"""Asks Azure Resource Manager: a path in, JSON out, within a deadline."""

import copy
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from azchat.errors import NetworkError, ServiceError
from azchat.net.connection import Connection
from azchat.net.opening import Target

_MOST_BYTES = 32 << 20
_MOST_PAGES = 100
_LONGEST_WAIT = 3.0  # seconds that a throttled request is worth waiting for


class Manager:
    """The manager at ``root``, asked with a ``token`` until ``deadline`` (monotonic seconds).

    Each thread has a connection of its own.
    """

    def __init__(
        self, root: str, token: str, variables: Mapping[str, str], deadline: float
    ) -> None:
        self._root, self._token, self._deadline = root, token, deadline
        self._variables, self._own = variables, threading.local()
        self._opened: list[Connection] = []

    def elsewhere(self, root: str, token: str) -> "Manager":
        """Return what asks another host in the same time."""
        return Manager(root, token, self._variables, self._deadline)

    def aside(self) -> "Manager":
        """Return what asks in half of the time that is left: for what can be done without."""
        one = copy.copy(self)  # with the same connections
        one._deadline -= self._left / 2
        return one

    def get(self, path: str, version: str) -> Any:
        """Return what is at ``path``; raises ``AzchatError``."""
        plain = quote(path, safe="/?&=$", errors="replace")
        return self.ask("GET", f"{plain}{_joint(path)}{version}")

    def post(self, path: str, version: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to ``body``; raises ``AzchatError``."""
        return self.ask("POST", f"{path}{_joint(path)}{version}", json.dumps(body).encode())

    def rows(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, over all its pages; raises ``AzchatError``."""
        answer = self.get(path, version)
        for _ in range(_MOST_PAGES):
            yield from objects(answer, "value")
            link = answer.get("nextLink") if isinstance(answer, dict) else None
            if not isinstance(link, str) or urlsplit(link)[:2] != urlsplit(self._root)[:2]:
                return  # another host would get the token
            answer = self.ask("GET", link[len(self._root) :])

    def ask(self, method: str, target: str, body: bytes = b"") -> Any:
        """Return the answer to a request for path and query; raises ``AzchatError``."""
        status, headers, data = self._sent(method, target, body)
        if status == 429:
            seconds = headers.get("retry-after", "")
            wait = float(seconds) if seconds.isdecimal() else _LONGEST_WAIT + 1
            if wait <= min(_LONGEST_WAIT, self._left):
                time.sleep(wait)
                status, headers, data = self._sent(method, target, body)
        elif status == 400 and b"NoRegisteredProviderFound" in data:
            # Other clouds are behind; the refusal names the versions that they have.
            versions = re.findall(r"20\d\d-\d\d-\d\d(?![-\d])", data.decode("utf-8", "replace"))
            asked = target.rpartition("api-version=")[2]
            if newest := max((one for one in versions if one != asked), default=""):
                target = f"{target.removesuffix(asked)}{newest}"
                status, headers, data = self._sent(method, target, body)
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if status != 200:
            raise _refused(status, answer)
        if answer is None:
            raise ServiceError("Azure Resource Manager's answer is no JSON: a proxy's page?")
        return answer

    def _sent(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if not (connection := getattr(self._own, "connection", None)):
            target_of = Target.of(self._root, self._variables, max(0.1, self._left))
            connection = self._own.connection = Connection(target_of)
            self._opened.append(connection)
        headers = {"authorization": f"Bearer {self._token}", "accept": "application/json"}
        if body:
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
        seconds = max(0.1, round(self._left, 1))  # it is told
        head = connection.request(method, target, headers, body, seconds)
        data = bytearray()
        try:
            while len(data) < _MOST_BYTES and (piece := head.body.read(self._left)):
                data += piece
        except TimeoutError:
            raise NetworkError("Azure Resource Manager's answer did not come in time") from None
        return head.status, head.headers, bytes(data)

    def close(self) -> None:
        """Close the connections, also those that are waited for."""
        for one in self._opened:
            one.close()

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()


def objects(answer: Any, field: str) -> list[dict[str, Any]]:
    """Return the objects of a list in an answer; none where there is no list."""
    found = answer.get(field) if isinstance(answer, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _joint(path: str) -> str:
    return f"{'&' if '?' in path else '?'}api-version="


def _refused(status: int, answer: Any) -> ServiceError:
    error = answer.get("error") if isinstance(answer, dict) else None
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code") or f"HTTP {status}")
    said = " ".join(str(error.get("message") or "").split())[:300]
    what = f"{code}: {said}" if said else code
    return ServiceError(what, http_status=status, service_code=code)
