"""Where no keyring encrypts: tokens of az and azd are kept in a private file, as theirs are."""

import functools
import json
import stat
from pathlib import Path

import pytest

from tests.faults.entra import AI, People, identity_endpoint, token
from tests.faults.server import FaultServer
from tests.sign_in.conftest import Keyless

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
FILE = ".local/share/azchat/tokens-of-az.json"


@pytest.fixture
def url(fs: FaultServer) -> str:
    return fs.url("ok").removesuffix("/v1") + "/openai/v1"


@pytest.fixture
def keyless(home: Path, keyless: Keyless) -> Keyless:
    """As ever, but for the one file that may have a token in it."""
    places = (home / FILE, home / "run/azchat/tokens-of-az.json")
    return functools.partial(keyless, made=places)


def store(home: Path, tool: str) -> None:
    """Let the tool keep its own tokens in plain files, as on Linux."""
    places = {"az": ".azure/msal_token_cache.json", "azd": ".azd/auth/msal/cache.json"}
    file = home / places[tool]
    for folder in reversed(file.relative_to(home).parents):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)


def wish(home: Path, keep: str) -> None:
    file = home / ".config/azchat/config.toml"
    file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    file.write_text(f'keep_tokens = "{keep}"\n')
    file.chmod(0o600)


@pytest.mark.parametrize("tool", ["az", "azd"])
def test_the_second_run_starts_neither(
    home: Path, keyless: Keyless, people: People, url: str, tool: str
) -> None:
    people.write_az()
    people.write_azd()
    store(home, tool)
    for _ in range(2):
        keyless(url, "--auth", tool, env=NO_KEYRING)
    assert len(people.calls(tool)) == 1
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600
    assert list(json.loads((home / FILE).read_text()).values()) == [token(AI, tool)]


def test_it_is_in_the_folder_of_the_session_where_there_is_one(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    store(home, "az")
    (home / "run").mkdir(mode=0o700)
    for _ in range(2):
        keyless(url, "--auth", "az", env={**NO_KEYRING, "XDG_RUNTIME_DIR": str(home / "run")})
    assert len(people.calls("az")) == 1
    assert (home / "run/azchat/tokens-of-az.json").exists()
    assert not (home / FILE).exists()


@pytest.mark.parametrize(
    ("keep", "has_store", "asked"),
    [
        ("auto", True, 1),
        ("auto", False, 2),
        ("file", False, 1),
        ("keyring", True, 2),
        ("never", True, 2),
    ],
)
def test_the_setting_says_where(
    home: Path, keyless: Keyless, people: People, url: str, keep: str, has_store: bool, asked: int
) -> None:
    people.write_az()
    wish(home, keep)
    if has_store:
        store(home, "az")
    for _ in range(2):
        keyless(url, "--auth", "az", env=NO_KEYRING)
    assert len(people.calls("az")) == asked
    assert (home / FILE).exists() is (asked == 1)


def test_never_means_no_keyring_either(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    keyless(url, "--auth", "az")
    wish(home, "never")
    keyless(url, "--auth", "az")
    assert len(people.calls("az")) == 2


def test_a_machine_and_a_program_are_not_kept_in_a_file(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    store(home, "az")
    people.write_az(idtyp="app")
    wish(home, "file")
    keyless(url, "--auth", "az", env=NO_KEYRING)
    with identity_endpoint() as machine:
        keyless(url, "--auth", "managed", env={**NO_KEYRING, **machine.app_service})
    assert not (home / FILE).exists()


def test_who_signs_in_anew_is_asked_anew(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    store(home, "az")
    keyless(url, "--auth", "az", env=NO_KEYRING)
    (home / ".azure/azureProfile.json").touch(mode=0o600)
    keyless(url, "--auth", "az", env=NO_KEYRING)
    assert len(people.calls("az")) == 2


def test_a_broken_file_is_no_reason_to_fail(
    home: Path, keyless: Keyless, people: People, url: str
) -> None:
    people.write_az()
    store(home, "az")
    keyless(url, "--auth", "az", env=NO_KEYRING)
    (home / FILE).write_text('{"az": [')
    keyless(url, "--auth", "az", env=NO_KEYRING)
    assert len(people.calls("az")) == 2
