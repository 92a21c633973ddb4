"""``azchat config connect`` and the first run: from ``az login`` to the first answer."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.azure import KEY, OWNER, PERSON, TENANT, AzureCloud
from tests.faults.entra import People, claims
from tests.faults.fake_keyring import kept
from tests.first_minute.conftest import Run
from tests.front_door import Session

Talk = Callable[..., Session]


@pytest.fixture
def talk(home: Path, people: People) -> Iterator[Talk]:
    """``talk("config", "connect")`` starts azchat on a terminal."""
    sessions: list[Session] = []

    def start(*args: str, env: dict[str, str] | None = None) -> Session:
        variables = people.env | (env or {})
        sessions.append(Session(*args, home=home, size=(110, 40), env=variables))
        return sessions[-1]

    yield start
    for session in sessions:
        session.__exit__(None, None, None)


@pytest.fixture
def two(cloud: AzureCloud, people: People, home: Path) -> AzureCloud:
    """A resource with two deployments, and somebody who is signed in."""
    cloud.add("res", "first", "second")
    cloud.sign_in(people, home)
    return cloud


@pytest.fixture
def only(cloud: AzureCloud, people: People, home: Path) -> AzureCloud:
    """A resource with one."""
    cloud.add("res", "only")
    cloud.sign_in(people, home)
    return cloud


def profile(home: Path) -> dict[str, Any]:
    told = tomllib.loads((home / ".config/azchat/config.toml").read_text())
    found = told["profiles"][told["default_profile"]]
    assert isinstance(found, dict)
    return found


def test_three_keys_to_the_first_answer(
    two: AzureCloud, people: People, home: Path, talk: Talk, run: Run
) -> None:
    session = talk()
    session.wait_for("▸ first")
    session.send("\r")
    session.wait_for("kept as profile res")
    session.wait_for("a question, or /help")
    session.send("hi\r")
    session.wait_for("fine")
    session.wait_for("· session 1")
    session.send("\x04")
    assert session.finish().code == 0
    assert profile(home) == {
        "endpoint": f"{two.root}/res/openai/v1",
        "model": "first",
        "auth": "az",
        "tenant": TENANT,
    }
    calls = people.calls("az")
    assert run("ask", "hi").out == "fine\n"
    assert people.calls("az") == calls  # the token was fetched beside the search
    assert claims(two.requests[-1].header("authorization"))["oid"] == PERSON


def test_ask_goes_on_after_the_first_run(two: AzureCloud, talk: Talk) -> None:
    session = talk("ask", "hi")
    session.wait_for("▸ first")
    session.send("sec")
    session.wait_for("▸ second")
    session.send("\r")
    session.wait_for("fine")
    assert session.finish().code == 0
    assert two.requests[-1].json()["model"] == "second"


def test_the_only_one_is_taken_without_a_question(only: AzureCloud, home: Path, talk: Talk) -> None:
    session = talk("ask", "hi")
    session.wait_for("fine")
    assert session.finish().code == 0
    assert "only (only) of res: without a key" in session.output
    assert profile(home)["model"] == "only"


def test_a_chat_begins_with_it(only: AzureCloud, talk: Talk) -> None:
    session = talk("chat")
    session.wait_for("session new")
    session.send("hi\r")
    session.wait_for("fine")


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}])
def test_a_plain_terminal_gets_numbers(
    two: AzureCloud, home: Path, talk: Talk, env: dict[str, str]
) -> None:
    session = talk("config", "connect", env=env)
    session.wait_for("2  second, second, res, swedencentral, your role lets you chat")
    session.wait_for("Number [1]:")
    session.mark()
    session.send("7\r")
    session.wait_for("1, 2, q:")
    session.send("2\r")
    session.wait_for("kept as profile res")
    assert profile(home)["model"] == "second"


def test_escape_keeps_nothing(two: AzureCloud, home: Path, talk: Talk) -> None:
    session = talk("config", "connect")
    session.wait_for("▸ first")
    session.send("\x1b")
    session.wait_for("nothing was kept")
    assert session.finish().code == 0
    assert not (home / ".config/azchat/config.toml").exists()


def test_escape_in_the_first_run_asks_for_another_address(two: AzureCloud, talk: Talk) -> None:
    session = talk()
    session.wait_for("Esc asks for another address")
    session.send("\x1b")
    session.wait_for("URL:")
    session.send("\x03")
    session.wait_for("nothing was kept")


def test_an_expired_login_in_the_first_run_is_said_before_the_address_is_asked_for(
    cloud: AzureCloud, people: People, home: Path, talk: Talk
) -> None:
    cloud.sign_in(people, home)
    people.write_failing("az", "ERROR: AADSTS700082: The refresh token has expired.")
    session = talk()
    session.wait_for(f"az login --tenant {TENANT}")
    session.wait_for("URL:")


def test_the_list_shows_what_comes_later(people: People, home: Path, talk: Talk) -> None:
    with AzureCloud(delay=0.1) as cloud:
        for number in range(12):
            cloud.add(f"res{number:02}", f"d{number:02}")
        cloud.sign_in(people, home)
        session = talk("config", "connect")
        session.wait_for("▸ ")
        session.send("d11")
        session.wait_for("▸ d11")
        session.send("\r")
        session.wait_for("kept as profile res11")


def test_without_the_role_the_command_is_said_before_the_first_question(
    only: AzureCloud, run: Run
) -> None:
    only.permissions = OWNER
    said = run("config", "connect", code=4).err
    scope = only.accounts["res"]["id"]
    assert "your role on res does not let you chat without a key" in said
    assert f"--assignee-object-id {PERSON} --assignee-principal-type User --scope {scope}" in said
    assert "azchat config connect res/only --with-key" in said


def test_a_key_is_fetched_only_when_it_is_asked_for(only: AzureCloud, home: Path, run: Run) -> None:
    only.permissions = OWNER
    result = run("config", "connect", "only", "--with-key")
    assert KEY not in result.out + result.err
    assert KEY in kept(home).values()
    assert "auth" not in profile(home)
    assert run("ask", "hi").out == "fine\n"
    assert only.requests[-1].key == KEY


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "BadRequest", "Failed to list key. disableLocalAuth is set to be true"),
        (403, "AuthorizationFailed", "The client does not have authorization"),
    ],
)
def test_a_key_that_cannot_be_had_is_one_line(
    cloud: AzureCloud, people: People, home: Path, run: Run, status: int, code: str, message: str
) -> None:
    cloud.add("res", "only")
    cloud.refusals["/listKeys"] = status, code, message
    cloud.sign_in(people, home)
    said = run("config", "connect", "only", "--with-key", code=4).err
    assert f"the key of res cannot be had: {code}: {message}" in said
    assert not (home / ".config/azchat/config.toml").exists()


def test_a_pipe_must_name_one_of_several(
    cloud: AzureCloud, people: People, home: Path, run: Run
) -> None:
    cloud.add("a", "one")
    cloud.add("b", "one")
    cloud.sign_in(people, home)
    assert "a/one b/one" in run("config", "connect", code=2).err
    assert "several" in run("config", "connect", "one", code=5).err
    run("config", "connect", "b/one", "--profile", "mine")
    assert profile(home)["endpoint"].endswith("/b/openai/v1")
    assert "[profiles.mine]" in (home / ".config/azchat/config.toml").read_text()


def test_another_resource_of_the_name_gets_a_profile_of_its_own(
    cloud: AzureCloud, people: People, home: Path, run: Run
) -> None:
    file = home / ".config/azchat/config.toml"
    file.parent.mkdir(parents=True, mode=0o700)
    file.write_text('[profiles.res]\nendpoint = "http://127.0.0.1:9/v1"\n')
    file.chmod(0o600)
    cloud.add("res", "one")
    cloud.sign_in(people, home)
    run("config", "connect")
    run("config", "connect")
    told = tomllib.loads(file.read_text())
    assert list(told["profiles"]) == ["res", "res-2"]
    assert told["profiles"]["res"] == {"endpoint": "http://127.0.0.1:9/v1"}


def test_a_pipe_without_an_endpoint_is_told_az_login_first(people: People, run: Run) -> None:
    said = run("ask", "hi", code=3).err
    assert "az login" in said
    assert said.index("az login") < said.index("AZURE_INFERENCE_ENDPOINT")
    told = json.loads(run("ask", "hi", "--json", code=3).out)
    assert "az login" in told["error"]["hint"]
