"""Where azchat runs: Cloud Shell, Codespaces, WSL, a job of GitHub Actions, a cluster.

Each is a stand-in: the variables and files that are there, and who answers on this machine.
"""

from pathlib import Path

import pytest

from azchat.commands.sign_in_ways import by_hand
from tests.faults.authority import Form, authority
from tests.faults.entra import AI, HEADER, People, claims, identity_endpoint, token
from tests.faults.server import FaultServer
from tests.sign_in.conftest import Keyless

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
TENANT = "10000000-0000-4000-8000-000000000000"


@pytest.fixture
def url(fs: FaultServer) -> str:
    return fs.url("ok").removesuffix("/v1") + "/openai/v1"


def sign_in_to_az(home: Path, cache: str) -> list[Path]:
    folder = home / ".azure"
    folder.mkdir(mode=0o700)
    profile = folder / "azureProfile.json"
    profile.write_text(f'\ufeff{{"subscriptions": [{{"id": "s", "tenantId": "{TENANT}"}}]}}')
    (folder / cache).write_text("{}")
    for one in (profile, folder / cache):
        one.chmod(0o600)
    return [profile, folder / cache, home / ".local/share/azchat/tokens-of-az.json"]


# -- Cloud Shell -----------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["managed", "entra"])
@pytest.mark.parametrize("client", [None, "1234"])  # which azure-identity refuses there
def test_cloud_shell_signs_in_by_its_own_endpoint(
    fs: FaultServer, keyless: Keyless, url: str, auth: str, client: str | None
) -> None:
    with identity_endpoint() as machine:
        address = machine.app_service["IDENTITY_ENDPOINT"]
        shell = {"ACC_CLOUD": "PROD", "MSI_ENDPOINT": address, "AZURE_CLIENT_ID": client}
        keyless(url, "--auth", auth, env=shell)
    assert claims(fs.requests[-1].header("authorization"))["iss"] == "machine"


# -- Codespaces, ssh, containers -------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({"CODESPACES": "true", "BROWSER": "/vscode/browser.sh"}, "device"),
        ({"SSH_CONNECTION": "1 2 3 4", "DISPLAY": ":10"}, "device"),
        ({"SSH_TTY": "/dev/pts/1"}, "device"),
        ({}, "device"),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, "device"),
        ({"WSL_DISTRO_NAME": "Ubuntu", "WAYLAND_DISPLAY": "wayland-0"}, "browser"),
        ({"DISPLAY": ":0"}, "browser"),
    ],
)
def test_a_browser_is_opened_only_where_it_is_seen(variables: dict[str, str], way: str) -> None:
    assert by_hand(variables) == way


# -- WSL, devcontainers ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cache", "calls"), [("msal_token_cache.json", 1), ("msal_token_cache.bin", 2)]
)
def test_a_folder_of_windows_keeps_nothing_in_plain_text(
    home: Path, keyless: Keyless, people: People, url: str, cache: str, calls: int
) -> None:
    made = sign_in_to_az(home, cache)
    people.write_az()
    for _ in range(2):
        keyless(url, "--auth", "az", env=NO_KEYRING, made=made)
    assert len(people.calls("az")) == calls


# -- GitHub Actions, clusters ----------------------------------------------------------


def test_the_principal_of_a_job_is_not_kept(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    made = sign_in_to_az(home, "msal_token_cache.json")
    people.write_az(idtyp="app", oid="9" * 8)
    for _ in range(2):
        keyless(url, "--auth", "az", env=NO_KEYRING, made=made)
    assert len(people.calls("az")) == 2


def test_a_job_that_runs_for_long_is_told_to_sign_in_right_before(
    keyless: Keyless, people: People, url: str
) -> None:
    text = "ERROR: AADSTS700024: Client assertion is not within its valid time range."
    people.write_failing("az", text)
    assert "sign in right before azchat" in keyless(url, "--auth", "az", code=4).err


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_workload_is_signed_in_by_its_file(
    tmp_path: Path, fs: FaultServer, keyless: Keyless, url: str, is_taken: bool
) -> None:
    assertions: list[str] = []

    def answer(path: str, asked: Form, issuer: str) -> tuple[int, dict[str, object]]:
        assertions.append(asked["client_assertion"][0])
        if not is_taken:
            return 401, {"error": "invalid_client", "error_description": "AADSTS700024: too late"}
        told = {"access_token": token(AI, "workload", idtyp="app"), "expires_in": 3600}
        return 200, {**told, "token_type": "Bearer", "scope": f"{AI}/.default"}

    (tmp_path / "federated").write_text("the-assertion-of-the-job")
    with authority(tmp_path, answer) as (_, env):
        job = {
            "AZURE_CLIENT_ID": "1234",
            "AZURE_TENANT_ID": TENANT,
            **env,
            "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "federated"),
        }
        result = keyless(url, "--auth", "entra", env=job, code=0 if is_taken else 4)
    assert assertions[0] == "the-assertion-of-the-job"
    if is_taken:
        assert claims(fs.requests[-1].header("authorization"))["iss"] == "workload"
    else:
        assert "sign in right before azchat" in result.err
    assert HEADER not in result.err
