"""What azd's environment in this folder names is offered, never taken silently."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.azure import AzureCloud
from tests.faults.entra import People
from tests.faults.server import FaultServer
from tests.front_door import Session, azchat


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a project of azd, and one below it."""
    folder = tmp_path / "project"
    (folder / ".azure/dev").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "azure.yaml").write_text("name: app\n")
    (folder / ".azure/config.json").write_text(json.dumps({"defaultEnvironment": "dev"}))
    return folder


def name(project: Path, url: str, environment: str = "dev") -> None:
    file = project / ".azure" / environment / ".env"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'AZURE_OPENAI_ENDPOINT="{url}"\nAZURE_OPENAI_CHAT_DEPLOYMENT="m"\n')


@pytest.fixture
def talk(home: Path, people: People, project: Path) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def start(**env: str) -> Session:
        given = people.env | env
        at = project / "src"
        sessions.append(Session(home=home, size=(110, 40), env=given, cwd=at))
        return sessions[-1]

    yield start
    for session in sessions:
        session.__exit__(None, None, None)


def test_a_script_does_not_take_it(home: Path, project: Path, fs: FaultServer) -> None:
    name(project, fs.url("ok", base="openai/v1"))
    result = azchat("ask", "hi", home=home, cwd=project)
    assert result.code == 3
    assert fs.requests == []


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_it_stands_where_the_url_is_asked_for(
    project: Path, fs: FaultServer, talk: Callable[..., Session], environment: str
) -> None:
    name(project, fs.url("ok", base="openai/v1"), environment)
    env = {} if environment == "dev" else {"AZURE_ENV_NAME": environment}
    session = talk(**env)
    session.wait_for(f"azd's environment {environment}")
    session.wait_for(f"URL: {fs.url('ok', base='openai/v1')}")
    assert fs.requests == []


@pytest.mark.parametrize("environment", ["../dev", ".", "", "gone"])
def test_an_environment_that_is_none_offers_nothing(
    project: Path, talk: Callable[..., Session], fs: FaultServer, environment: str
) -> None:
    (project / ".azure/config.json").write_text(json.dumps({"defaultEnvironment": environment}))
    name(project, fs.url("ok", base="openai/v1"))
    session = talk()
    session.wait_for("URL:")
    assert "azd's environment" not in session.output


def test_what_is_the_users_own_goes_first(
    cloud: AzureCloud,
    people: People,
    project: Path,
    home: Path,
    talk: Callable[..., Session],
) -> None:
    cloud.add("res", "first", "second")
    cloud.sign_in(people, home)
    name(project, "https://somebody-elses.openai.azure.com/")
    session = talk()
    session.wait_for("▸ first")
    session.send("\r")
    session.wait_for("kept as profile res")
