"""Who gives out tokens: look-alikes of az and azd, of App Service and of a machine's IMDS.

    people = People(home)
    people.write_az()            # a script on the PATH of people.env
    people.calls("az")           # the arguments of each call
    with identity_endpoint() as machine:
        env = machine.app_service | people.env
        machine.asked            # the query of each request for a token

A token tells what it is for, as one of Entra does, and ``SIGNATURE`` is in every one.
"""

import base64
import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.faults.connection import Connection, Request
from tests.faults.fake_keyring import BACKEND
from tests.faults.server import LOOPBACK, Listener

SIGNATURE = "c2lnbmF0dXJlLUNBTkFSWQ"
AI, COGNITIVE = "https://ai.azure.com", "https://cognitiveservices.azure.com"
ML = "https://ml.azure.com"
HEADER = "machine-secret-1"


def token(audience: str, giver: str, number: int = 0, **more: object) -> str:
    """Return a token for ``audience``; ``giver`` and ``number`` make it one of its kind."""
    claims = {"aud": audience, "iss": giver, "jti": number, **more}
    pieces = ({"typ": "JWT", "alg": "RS256"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in pieces]
    return ".".join([piece.rstrip("=") for piece in coded] + [SIGNATURE])


def claims(authorization: str | None) -> dict[str, object]:
    """Return what the token of a request says."""
    piece = (authorization or "").split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(piece + "==="))
    assert isinstance(found, dict)
    return found


class People:
    """A developer's machine: scripts in ``home/bin``, and nothing else that signs in."""

    def __init__(self, home: Path) -> None:
        self._home = home
        (home / "bin").mkdir(exist_ok=True)

    @property
    def env(self) -> dict[str, str]:
        """The variables of a run on this machine, with a keyring that encrypts."""
        path = f"{self._home}/bin:/usr/bin:/bin"
        return {"PATH": path, "PYTHON_KEYRING_BACKEND": BACKEND} | NO_MACHINE

    def write_az(self, *audiences: str, valid: float = 3600, **claims: object) -> None:
        """Be signed in to the Azure CLI, which gives tokens for further ``audiences`` too."""
        reply = f'{{"accessToken": "$token", "expires_on": {int(time.time() + valid)}}}'
        self._write("az", _giving("az", reply, audiences, claims))

    def write_azd(self, *audiences: str, **claims: object) -> None:
        """Be signed in to the Azure Developer CLI."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        reply = f'{{"token": "$token", "expiresOn": "{until}"}}'
        self._write("azd", _giving("azd", reply, audiences, claims))

    def write_failing(self, name: str, message: str, *, code: int = 1) -> None:
        """Have a tool that says ``message`` and fails."""
        (self._home / "bin" / f"{name}.message").write_text(message)
        self._write(name, f'cat "$HOME/bin/{name}.message" >&2\nexit {code}\n')

    def write_hanging(self, name: str) -> None:
        """Have a tool that never ends by itself."""
        self._write(name, "exec sleep 60\n")

    def calls(self, name: str) -> list[str]:
        """Return the arguments of each call so far."""
        log = self._home / f"{name}.log"
        return log.read_text().splitlines() if log.exists() else []

    def _write(self, name: str, body: str) -> None:
        script = self._home / "bin" / name
        script.write_text(f'#!/bin/sh\numask 077\necho "$*" >> "$HOME/{name}.log"\n{body}')
        script.chmod(0o700)


def _giving(name: str, reply: str, more: Iterable[str], claims: Mapping[str, object]) -> str:
    """Return a script that prints a token for the resource or scope among its arguments."""
    given = {one: token(one, name, **claims) for one in (AI, COGNITIVE, ML, *more)}  # type: ignore[arg-type]
    cases = "\n".join(f"*{audience}*) token={text} ;;" for audience, text in given.items())
    quoted = reply.replace('"', '\\"')
    return f'case "$*" in\n{cases}\nesac\necho "{quoted}"\n'


class Machine:
    """The endpoint that gives tokens to a machine; it is asked over plain HTTP."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[dict[str, str]] = []

    @property
    def app_service(self) -> dict[str, str]:
        """The variables of a run in App Service or Container Apps."""
        url = f"http://{LOOPBACK}:{self._port}/msi/token"
        return {"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": HEADER}

    @property
    def imds(self) -> dict[str, str]:
        """The variables of a run on a virtual machine."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{LOOPBACK}:{self._port}"}


# Nothing listens there: a refusal at once, where the real address may be silent for long.
NO_MACHINE = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{LOOPBACK}:9"}


@contextlib.contextmanager
def identity_endpoint(
    status: int = 200, *, hangs: bool = False, error: str = "no identity"
) -> Iterator[Machine]:
    """Serve tokens to a machine, or refuse with ``status``, or accept and never answer."""

    def serve(connection: Connection, request: Request) -> bool:
        query = {name: value[0] for name, value in parse_qs(urlsplit(request.path).query).items()}
        machine.asked.append(query)
        if hangs:
            connection.hold()
            return False
        until = int(time.time()) + 3600
        resource = query.get("resource", "")
        given = {"access_token": token(resource, "machine", len(machine.asked))}
        good = {**given, "expires_on": str(until), "expires_in": "3600", "token_type": "Bearer"}
        bad = {"error": "invalid_request", "error_description": error}
        body = json.dumps({**good, "resource": resource} if status == 200 else bad).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        connection.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return True

    listener = Listener(serve)
    machine = Machine(listener.port)
    try:
        yield machine
    finally:
        listener.close()
