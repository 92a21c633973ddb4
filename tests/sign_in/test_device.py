"""Signing in with a code, for those without a browser: shown, polled for, and ended by Ctrl-C."""

import base64
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults.connection import Connection, Request
from tests.faults.entra import AI, SIGNATURE, claims, token
from tests.faults.server import FaultServer, Listener
from tests.faults.tls import Authority
from tests.front_door import Session

CODE = "ABCD-EFGH"
PLACE = "https://localhost/devicelogin"


class Entra(NamedTuple):
    """An authority on this machine; ``signed`` once somebody entered the code."""

    listener: Listener
    env: dict[str, str]
    signed: list[bool]

    @property
    def polls(self) -> int:
        """How often it was asked for the token."""
        return sum(one.path.endswith("/token") for one in self.listener.requests)


def who(asked: dict[str, list[str]], issuer: str) -> dict[str, object]:
    """Return what tells whose token it is."""
    now = int(time.time())
    person: Any = {"oid": "o", "tid": "t", "sub": "s", "preferred_username": "a@b.c", "iat": now}
    identity = token(asked["client_id"][0], issuer, exp=now + 3600, **person)
    info = base64.urlsafe_b64encode(b'{"uid": "o", "utid": "t"}').decode()
    return {"id_token": identity, "client_info": info.rstrip("=")}


@pytest.fixture
def entra(tmp_path: Path) -> Iterator[Entra]:
    trusted, signed = Authority(tmp_path), list[bool]()

    def serve(connection: Connection, request: Request) -> bool:
        path = urlsplit(request.path).path
        root = f"https://localhost:{listener.port}/organizations"
        status, told = 200, dict[str, object]()
        if path.endswith("openid-configuration"):
            names = {"authorization": "authorize", "token": "token", "device_authorization": "code"}
            told = {f"{name}_endpoint": f"{root}/{end}" for name, end in names.items()}
            told |= {"issuer": root}
        elif path.endswith("/code"):
            told = {"user_code": CODE, "device_code": "d", "verification_uri": PLACE}
            told |= {"expires_in": 900, "interval": 1, "message": "unused"}
        elif not signed:
            status, told = 400, {"error": "authorization_pending", "error_description": "wait"}
        else:
            asked = parse_qs(request.body.decode())
            told = {"access_token": token(AI, "device"), "expires_in": 3600}
            told |= {"scope": f"{AI}/.default", "token_type": "Bearer"} | who(asked, root)
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        connection.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return True

    listener = Listener(serve, context=trusted.context("good"))
    env = {
        "AZURE_AUTHORITY_HOST": f"https://localhost:{listener.port}",
        "REQUESTS_CA_BUNDLE": str(trusted.file),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    yield Entra(listener, env, signed)
    listener.close()


@pytest.fixture
def session(entra: Entra, fs: FaultServer, home: Path) -> Iterator[Session]:
    url = fs.url("ok").removesuffix("/v1") + "/openai/v1"
    env = {**entra.env, "AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "gpt-4o"}
    with Session("ask", "hi", "--auth", "device", home=home, env=env, size=(120, 30)) as started:
        started.wait_for(f"open {PLACE} and enter the code {CODE}")
        yield started


def test_the_code_is_shown_and_polled_for(entra: Entra, fs: FaultServer, session: Session) -> None:
    assert entra.listener.wait(lambda: entra.polls > 0)
    entra.signed.append(True)
    result = session.finish(20)
    assert result.code == 0, result.terminal.decode()[-900:]
    assert "tok9" in result.terminal.decode()
    assert claims(fs.requests[-1].header("authorization"))["iss"] == "device"
    assert SIGNATURE not in result.terminal.decode()


def test_ctrl_c_ends_it(entra: Entra, fs: FaultServer, session: Session) -> None:
    assert entra.listener.wait(lambda: entra.polls > 0)
    session.send("\x03")
    assert session.finish().signal == signal.SIGINT
    assert fs.requests == []
