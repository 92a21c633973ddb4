"""Sign-ins that fail: one line for each that was tried, soon, and no token in any of them."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.entra import SIGNATURE, People, identity_endpoint, token
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import check
from tests.sign_in.conftest import Keyless

LIMIT = 10.0
WHO = "0a1b2c3d-0000-4000-8000-00000000abcd"
EXPIRED = (
    "ERROR: AADSTS700082: The refresh token has expired due to inactivity. The token was issued on "
    "2026-06-01T08:00:00.0000000Z and was inactive for 90.00:00:00. Trace ID: 1b2c Correlation ID: "
    "3d4e Timestamp: 2026-11-21 05:00:00Z\nInteractive authentication is needed. Please run:\n"
    "az login --scope https://ai.azure.com/.default\n"
)
OTHER_TENANT = (
    "ERROR: AADSTS50020: User account 'a@fabrikam.com' from identity provider "
    "'https://sts.windows.net/1/' does not exist in tenant 'Contoso' and cannot access the "
    "application '04b07795'(Microsoft Azure CLI) in that tenant. The account needs to be added as "
    "an external user in the tenant first. Trace ID: 1b2c\n"
)


@pytest.fixture
def url(fs: FaultServer) -> str:
    return fs.url("ok").removesuffix("/v1") + "/openai/v1"


def lines(result: Result) -> dict[str, str]:
    """Return what is said of each credential."""
    told = [line for line in result.err.splitlines() if line.startswith("  ")]
    pairs = [line.strip().partition(": ") for line in told]
    return {name: why for name, _, why in pairs}


def test_with_nothing_at_all_each_credential_has_a_line(
    keyless: Keyless, url: str, fs: FaultServer
) -> None:
    result = keyless(url, "--auth", "entra", code=4)
    told = lines(result)
    assert list(told) == [
        "environment",
        "workload identity",
        "managed identity",
        "azure cli",
        "azure developer cli",
    ]
    assert told["azure cli"] == "Azure CLI not found on path"
    assert told["environment"] == "Environment variables are not fully configured"
    assert told["managed identity"] == "no response from the IMDS endpoint"
    assert "none of 5 credentials could sign in" in result.err
    assert fs.requests == []
    assert result.seconds < LIMIT


def test_everything_that_hangs_takes_ten_seconds_at_most(
    keyless: Keyless, people: People, url: str
) -> None:
    people.write_hanging("az")
    people.write_hanging("azd")
    with identity_endpoint(hangs=True) as machine:
        result = keyless(url, "--auth", "entra", code=4, env=machine.imds)
    told = lines(result)
    assert told["azure cli"] == told["azure developer cli"] == "no answer in time"
    assert "IMDS" in told["managed identity"]
    assert result.seconds < LIMIT


@pytest.mark.parametrize("name", ["az", "azd"])
def test_a_tool_that_hangs_is_ended(
    keyless: Keyless, people: People, url: str, name: str, home: Path
) -> None:
    people.write_hanging(name)
    script = home / "bin" / name
    script.write_text(script.read_text().replace("exec", f'echo $$ > "$HOME/{name}.pid"\nexec'))
    result = keyless(url, "--auth", name, code=4)
    assert "no answer in time" in result.err
    assert "wait longer with --timeout 60" in result.err
    assert not Path(f"/proc/{(home / f'{name}.pid').read_text().strip()}").exists()


@pytest.mark.parametrize("kind", ["hangs", "refuses", "breaks"])
@pytest.mark.parametrize("place", ["imds", "app_service"])
def test_a_machine_without_an_identity_is_told_so(
    keyless: Keyless, url: str, kind: str, place: str
) -> None:
    status = {"hangs": 200, "refuses": 400, "breaks": 500}[kind]
    with identity_endpoint(status, hangs=kind == "hangs") as machine:
        result = keyless(url, "--auth", "managed", code=4, env=getattr(machine, place))
    assert "managed identity could not sign in: " in result.err
    assert "AZURE_CLIENT_ID" in result.err
    assert result.seconds < LIMIT


def test_an_unreachable_imds_is_told_soon(keyless: Keyless, url: str) -> None:
    result = keyless(url, "--auth", "managed", code=4)
    assert "IMDS" in result.err
    assert result.seconds < 5


@pytest.mark.parametrize(("name", "hint"), [("az", "az login"), ("azd", "azd auth login")])
def test_a_tool_that_is_not_installed_is_named(
    keyless: Keyless, url: str, name: str, hint: str
) -> None:
    result = keyless(url, "--auth", name, code=4)
    assert re.search("not (be )?found", result.err)
    assert f"sign in with: {hint}" in result.err


def test_an_expired_login_is_told_with_the_command_that_mends_it(
    keyless: Keyless, people: People, url: str
) -> None:
    people.write_failing("az", EXPIRED)
    result = keyless(url, "--auth", "az", "--tenant", "contoso.com", code=4)
    assert "AADSTS700082: The refresh token has expired due to inactivity\n" in result.err
    assert "hint: sign in with: az login --tenant contoso.com" in result.err


def test_azd_that_is_not_signed_in_names_its_own_command(
    keyless: Keyless, people: People, url: str
) -> None:
    people.write_failing("azd", '{"error":"not logged in, run `azd auth login` to login"}')
    result = keyless(url, "--auth", "entra", code=4)
    assert "hint: sign in with: azd auth login" in result.err


def test_an_account_of_another_tenant_is_told(keyless: Keyless, people: People, url: str) -> None:
    people.write_failing("az", OTHER_TENANT)
    result = keyless(url, "--auth", "entra", code=4)
    assert "AADSTS50020: User account 'a@fabrikam.com'" in lines(result)["azure cli"]
    assert "does not exist in tenant 'Contoso'" in lines(result)["azure cli"]


@pytest.mark.parametrize("how", ["fails", "says nonsense"])
def test_a_tool_that_prints_a_token_in_the_wrong_place_does_not_show_it(
    keyless: Keyless, people: People, url: str, how: str, home: Path
) -> None:
    text = f'{{"accessToken": "{token("x", "az")}", "oops": 1}}'
    people.write_failing("az", text, code=1 if how == "fails" else 0)
    script = home / "bin" / "az"
    if how != "fails":
        script.write_text(script.read_text().replace(" >&2", ""))
    result = keyless(url, "--auth", "az", code=4)
    assert SIGNATURE not in result.err


def test_a_machine_without_a_browser_is_told(keyless: Keyless, url: str) -> None:
    result = keyless(url, "--auth", "browser", code=4, env={"BROWSER": "false"})
    assert "azchat: auth: browser: " in result.err
    assert "ncryption" not in result.err
    assert "--auth az" in result.err


def noisy(people: People, home: Path, before: str, after: str = "") -> None:
    """Have an az that prints more than its token, on stdout as on stderr."""
    people.write_az()
    script = home / "bin" / "az"
    (home / "bin" / "az.before").write_text(before)
    (home / "bin" / "az.after").write_text(after)
    said = 'echo "WARNING: update me" >&2; cat "$HOME/bin/az.before"\necho "'
    text = script.read_text().replace('echo "{', f"{said}{{")
    script.write_text(f'{text}cat "$HOME/bin/az.after"\n')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("WARNING: You have 2 updates available. Consider updating your CLI.\n", ""),
        ("", "\x1b[0m"),
        ("\ufeff", "\n\nBye {friend}\n"),
        ("{not json}\n{}\n", "{"),
        ('{"level": "warning"}\n', ""),
        ("/lib/x.py:1: UserWarning: old\n  warnings.warn({})\n", ""),
    ],
)
@pytest.mark.parametrize("auth", ["az", "entra"])
def test_a_token_among_other_words_is_used(
    keyless: Keyless, people: People, url: str, home: Path, auth: str, before: str, after: str
) -> None:
    noisy(people, home, before, after)
    assert keyless(url, "--auth", auth).out


def test_words_instead_of_a_token_are_named(keyless: Keyless, people: People, url: str) -> None:
    people.write_failing("az", "Welcome to the cloud!", code=0)
    result = keyless(url, "--auth", "az", code=4)
    assert "hint: az printed something else than a token" in result.err
    assert "az login" not in result.err


def test_the_fault_is_told_and_not_the_warning_before_it(
    keyless: Keyless, people: People, url: str
) -> None:
    people.write_failing("az", f"WARNING: You have 2 updates available. Please update.\n{EXPIRED}")
    assert "AADSTS700082" in keyless(url, "--auth", "az", code=4).err


def test_a_tool_that_is_slow_may_take_its_time(people: People, url: str, home: Path) -> None:
    people.write_az()
    script = home / "bin" / "az"
    script.write_text(script.read_text().replace('echo "{', 'sleep 8.2; echo "{'))
    env = people.env | {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "gpt-4o"}
    args = ("ask", "hi", "--auth", "az", "--timeout", "30")
    assert azchat(*args, home=home, env=env, timeout=40).code == 0


def test_a_missing_role_is_no_matter_of_signing_in_again(keyless: Keyless, people: People) -> None:
    people.write_az()
    error = {"code": "PermissionDenied", "message": f"The principal `{WHO}` lacks it."}
    refusal = reply(json.dumps({"error": error}).encode(), "401 No")
    with Scripted(refusal) as server:
        result = keyless(server.url.replace("/v1", "/openai/v1"), "--auth", "az", code=4)
    assert "az role assignment create --role a97b65f3-24c7-4388-baec-2e87135dc908 " in result.err
    assert WHO in result.err.partition("hint:")[2]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "message", "hint"),
    [
        ("403 No", "AuthenticationTypeDisabled", "Keys are off.", "--auth entra"),
        ("400 No", "BadRequest", "Token tenant 1 does not match resource tenant.", "--tenant"),
        ("403 No", "403", "Public access is disabled.", "VPN"),
    ],
)
def test_a_refusal_says_who_must_act(
    ask: Ask, status: str, code: str, message: str, hint: str
) -> None:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    with Scripted(reply(body, status)) as server:
        result = ask(server.url)
        check(result, code=4, servers=[server])
    told = result.err.partition("hint:")[2]
    assert hint in told
    assert "check the key" not in told
