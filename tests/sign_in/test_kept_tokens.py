"""Tokens outlive a run where the system encrypts them, and nowhere else."""

import json
import stat
from pathlib import Path

import pytest

from tests.faults.entra import AI, SIGNATURE, People, claims, identity_endpoint, token
from tests.faults.fake_keyring import kept
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.sign_in.conftest import Keyless
from tests.test_architecture import modules_after

NO_KEYRING = "keyring.backends.fail.Keyring"


@pytest.fixture
def url(fs: FaultServer) -> str:
    return fs.url("ok").removesuffix("/v1") + "/openai/v1"


def notes(home: Path) -> dict[str, dict[str, object]]:
    file = home / ".local/share/azchat/tokens.json"
    found = json.loads(file.read_text()) if file.exists() else {}
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("auth", "tool"), [("az", "az"), ("azd", "azd"), ("entra", "az")])
def test_the_second_run_makes_no_token_request(
    fs: FaultServer, keyless: Keyless, people: People, url: str, auth: str, tool: str
) -> None:
    people.write_az()
    people.write_azd()
    keyless(url, "--auth", auth)
    asked = people.calls("az") + people.calls("azd")
    keyless(url, "--auth", auth)
    assert people.calls("az") + people.calls("azd") == asked
    assert [claims(one.header("authorization"))["iss"] for one in fs.requests] == [tool, tool]


def test_the_second_run_of_a_machine_makes_no_token_request(
    fs: FaultServer, keyless: Keyless, url: str
) -> None:
    with identity_endpoint() as machine:
        for _ in range(2):
            keyless(url, "--auth", "managed", env=machine.app_service)
        assert len(machine.asked) == 1
    assert len({one.header("authorization") for one in fs.requests}) == 1


def test_the_second_run_does_not_import_azure_identity(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az")
    env = {**people.env, "AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "gpt-4o"}
    modules = modules_after(home, "ask", "hi", "--auth", "az", env=env)
    assert "azure.ai.inference" in modules
    assert not {"msal", "requests"} & modules
    assert not {module for module in modules if module.startswith("azure.identity")}


def test_the_note_beside_the_keyring_has_no_token(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az", "--tenant", "contoso.com")
    ((name, note),) = notes(home).items()
    assert name == f"az {AI}/.default contoso.com - - -"
    assert note.keys() == {"until", "state", "keyring"}
    file = home / ".local/share/azchat/tokens.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept(home) == {f"azchat/token {name}": token(AI, "az")}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["--auth", "az"], ["--auth", "az", "--tenant", "contoso.com"]),
        (["--auth", "az"], ["--auth", "entra"]),
    ],
)
def test_another_sign_in_gets_a_token_of_its_own(
    keyless: Keyless, people: People, url: str, first: list[str], second: list[str]
) -> None:
    people.write_az()
    keyless(url, *first)
    keyless(url, *second)
    assert len(people.calls("az")) == 2


def test_another_route_gets_a_token_of_its_own(
    fs: FaultServer, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az")
    keyless(fs.url("ok").removesuffix("/v1") + "/models", "--auth", "az")
    assert len(people.calls("az")) == 2


def test_a_token_that_ends_soon_is_not_used_again(
    keyless: Keyless, people: People, url: str
) -> None:
    people.write_az(valid=200)
    keyless(url, "--auth", "az")
    keyless(url, "--auth", "az")
    assert len(people.calls("az")) == 2


@pytest.mark.parametrize("file", [".azure/azureProfile.json", ".azd/auth.json"])
def test_who_signs_in_as_somebody_else_is_somebody_else(
    home: Path, keyless: Keyless, people: People, url: str, file: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az")
    (home / file).parent.mkdir(mode=0o700)
    (home / file).touch(mode=0o600)
    keyless(url, "--auth", "az")
    assert len(people.calls("az")) == 2


@pytest.mark.parametrize("backend", [NO_KEYRING, "keyring.backends.null.Keyring"])
def test_without_a_safe_keyring_nothing_is_kept_and_nothing_said(
    home: Path, keyless: Keyless, people: People, url: str, backend: str
) -> None:
    people.write_az()
    for _ in range(2):
        result = keyless(url, "--auth", "az", env={"PYTHON_KEYRING_BACKEND": backend})
        assert result.err == ""
    assert len(people.calls("az")) == 2
    assert notes(home) == {}


def test_debug_says_that_nothing_is_kept(keyless: Keyless, people: People, url: str) -> None:
    people.write_az()
    env = {"PYTHON_KEYRING_BACKEND": NO_KEYRING}
    result = keyless(url, "--auth", "az", "--debug", env=env, chatter=True)
    assert "the token is not kept: this system has no safe keyring" in result.err
    assert "signed in by azure cli, for https://ai.azure.com/.default" in result.err


@pytest.mark.parametrize("fault", ["hangs", "fails"])
def test_a_keyring_that_is_locked_does_not_stand_in_the_way(
    keyless: Keyless, people: People, url: str, fault: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az")
    result = keyless(url, "--auth", "az", env={"AZCHAT_TEST_KEYRING": fault})
    assert result.err == ""
    assert len(people.calls("az")) == 2
    assert result.seconds < 5


def test_a_note_that_is_broken_means_to_sign_in_again(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az")
    (home / ".local/share/azchat/tokens.json").write_text('{"x": 1, "az": [')
    keyless(url, "--auth", "az")
    assert len(people.calls("az")) == 2


def test_a_kept_token_that_is_refused_is_replaced_once(keyless: Keyless, people: People) -> None:
    refused = reply(b'{"error": {"message": "revoked"}}', "401 No", content_type="application/json")
    fine = (Path(__file__).parent / "fine.sse").read_bytes()
    with Scripted(reply(fine), refused, reply(fine), refused) as server:
        url = server.url.removesuffix("/v1") + "/openai/v1"
        people.write_az()
        keyless(url, "--auth", "az")
        result = keyless(url, "--auth", "az")
        assert "the kept token was refused; asked again with a new one" in result.err
        assert len(people.calls("az")) == 2
        failed = keyless(url, "--auth", "az", code=4)
        assert "revoked" in failed.err
        assert len(people.calls("az")) == 3


def test_a_token_is_masked_where_a_service_repeats_it(
    home: Path, keyless: Keyless, people: People, fs: FaultServer
) -> None:
    people.write_az()
    url = fs.url("httperr", status=400, msg="wrong: {key}!").removesuffix("/v1") + "/openai/v1"
    record = str(home / "record")
    result = keyless(
        url, "--auth", "az", "--debug-content", "--record", record, code=7, chatter=True
    )
    assert "wrong: ***!" in result.err
    assert SIGNATURE not in (home / "record").read_text()


def test_a_key_imports_neither_the_keyring_nor_anything_for_tokens(home: Path, url: str) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": "sk-1234567"}
    modules = modules_after(home, "ask", "hi", "-m", "m", env=env)
    assert not {"keyring", "concurrent"} & modules
    assert azchat("info", home=home, env=env).code == 0
