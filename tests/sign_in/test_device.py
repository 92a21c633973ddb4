"""Signing in with a code, for those without a browser: shown, polled for, and ended by Ctrl-C."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.authority import Form, authority, who
from tests.faults.entra import AI, SIGNATURE, claims, token
from tests.faults.server import FaultServer, Listener
from tests.front_door import Session, azchat

CODE = "ABCD-EFGH"
PLACE = "https://localhost/devicelogin"
NO_KEYRING = "keyring.backends.fail.Keyring"


class Entra(NamedTuple):
    """An authority on this machine; ``signed`` once somebody entered the code."""

    listener: Listener
    env: dict[str, str]
    signed: list[bool]

    @property
    def polls(self) -> int:
        """How often it was asked for the token."""
        return sum(one.path.endswith("/token") for one in self.listener.requests)


@pytest.fixture
def entra(tmp_path: Path) -> Iterator[Entra]:
    signed = list[bool]()
    device = {"user_code": CODE, "device_code": "d", "verification_uri": PLACE}

    def answer(path: str, asked: Form, issuer: str) -> tuple[int, dict[str, object]]:
        if path.endswith("/code"):
            return 200, {**device, "expires_in": 900, "interval": 1, "message": "unused"}
        if not signed:
            return 400, {"error": "authorization_pending", "error_description": "wait"}
        told = {"access_token": token(AI, "device"), "expires_in": 3600}
        told |= {"scope": f"{AI}/.default", "token_type": "Bearer"}
        return 200, told | who(asked, issuer)

    with authority(tmp_path, answer) as (listener, env):
        yield Entra(listener, env | {"PYTHON_KEYRING_BACKEND": NO_KEYRING}, signed)


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


def test_a_certificate_that_nobody_knows_is_told(entra: Entra, fs: FaultServer, home: Path) -> None:
    url = fs.url("ok").removesuffix("/v1") + "/openai/v1"
    env = {**entra.env, "AZURE_INFERENCE_ENDPOINT": url, "REQUESTS_CA_BUNDLE": None}
    result = azchat("ask", "hi", "-m", "m", "--auth", "device", home=home, env=env)
    assert result.code == 4
    assert "REQUESTS_CA_BUNDLE names its certificate" in result.err
