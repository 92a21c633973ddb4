"""``azchat code`` as a command: which package, which endpoint, and that nothing is sent."""

import json
from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

RESOURCE = "https://r.openai.azure.com"


def code(home: Path, *args: str, **more: object) -> Result:
    return azchat("code", *args, home=home, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["python", "javascript", "csharp", "curl"])
def test_no_endpoint_and_no_key_are_needed(home: Path, lang: str) -> None:
    result = code(home, "hi", "--lang", lang)
    check(result, code=0)
    assert 'export AZURE_INFERENCE_ENDPOINT="https://RESOURCE' in result.out


def test_nothing_is_sent_or_saved_and_no_key_is_shown(home: Path, fs: FaultServer) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok"), "AZURE_INFERENCE_CREDENTIAL": CANARY}
    for lang in ("python", "javascript", "csharp", "curl"):
        check(code(home, "hi", "-m", "m", "--lang", lang, env=env), code=0, servers=[fs])
    assert not fs.requests
    assert not list(home.rglob("sessions.db"))


@pytest.mark.parametrize(
    ("endpoint", "package", "base"),
    [
        ("https://r.services.ai.azure.com/models", "azure.ai", "models"),
        ("https://n.eastus.models.ai.azure.com", "azure.ai", "models.ai.azure.com"),
        (f"{RESOURCE}/openai/deployments/d?api-version=2024-10-21", "azure.ai", "deployments/d"),
        (f"{RESOURCE}/openai/v1", "openai", "openai/v1"),
        (f"{RESOURCE}/", "openai", "openai/v1"),
        ("http://localhost:11434/v1", "openai", "11434/v1"),
    ],
)
def test_the_endpoint_chooses_the_package(
    home: Path, endpoint: str, package: str, base: str
) -> None:
    result = code(home, "hi", "-m", "m", "--endpoint", endpoint)
    check(result, code=0)
    assert f"from {package}" in result.out
    assert f'{base}"' in result.out.partition("\n")[0]


def test_an_older_version_of_the_api_is_named(home: Path) -> None:
    endpoint = f"{RESOURCE}/openai/deployments/d?api-version=2024-10-21"
    assert 'api_version="2024-10-21"' in code(home, "hi", "--endpoint", endpoint).out
    curl = code(home, "hi", "--endpoint", endpoint, "--lang", "curl").out
    assert "/chat/completions?api-version=2024-10-21" in curl


def test_the_wrong_package_is_a_usage_error(home: Path) -> None:
    result = code(home, "hi", "--endpoint", f"{RESOURCE}/openai/v1", "--sdk", "azure")
    check(result, code=2)
    assert "take --sdk openai" in result.err


def test_a_pipe_is_part_of_the_request(home: Path) -> None:
    result = code(home, "Sum up", "--lang", "curl", stdin="some text")
    body = json.loads(result.out.partition("<<'JSON'\n")[2].removesuffix("\nJSON\n"))
    assert body["messages"][0]["content"] == "Sum up\n\n```\nsome text\n```"


def test_every_option_of_ask_is_there(home: Path) -> None:
    ask, own = (azchat(name, "--help", "all", home=home).out for name in ("ask", "code"))
    options = {word for word in ask.replace(",", " ").split() if word.startswith("--")}
    assert options <= set(own.replace(",", " ").split())


def test_it_can_go_into_a_file(home: Path) -> None:
    check(code(home, "hi", "--output", "ask.py"), code=0)
    assert "ChatCompletionsClient" in (home / "ask.py").read_text()
