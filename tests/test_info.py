"""``azchat info``: which model answers, where, and where every setting comes from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(key=CANARY) as server:
        yield server


def info(home: Path, url: str, *args: str, key: str | None = CANARY, **more: Any) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": key}
    return azchat("info", *args, home=home, env=env, **more)


def rows(result: Result) -> dict[str, str]:
    """Return the lines above the settings: label to text."""
    pairs = (line.split(None, 1) for line in result.out.partition("\n\n")[0].splitlines())
    return {pair[0]: pair[1] for pair in pairs}


def test_the_demo_tells_its_model(home: Path) -> None:
    result = azchat("info", "--demo", home=home)
    check(result, code=0)
    told = rows(result)
    assert (told["model"], told["provider"]) == ("DeepSeek-V4-Pro", "DeepSeek")
    assert told["type"].startswith("chat-completion")
    assert "demo" in told["route"]


def test_values_are_told_as_the_config_file_has_them(home: Path) -> None:
    (home / "c.toml").write_text('stop = ["END"]\nusage = true\n')
    result = azchat("info", "--demo", home=home, env={"AZCHAT_CONFIG": str(home / "c.toml")})
    check(result, code=0)
    told = {row[0]: row[1] for line in result.out.splitlines() if len(row := line.split()) > 1}
    assert (told["stop"], told["usage"], told["plain"]) == ('["END"]', "true", "false")


def test_the_demo_tells_its_model_as_json(home: Path) -> None:
    result = azchat("info", "--demo", "--json", home=home)
    check(result, code=0)
    told = json.loads(result.out)
    assert told["model"]["name"] == "DeepSeek-V4-Pro"
    assert told["endpoint"]["kind"] == "demo"
    assert told["error"] is None


@pytest.mark.parametrize(
    "path", ["/models", "/models/chat/completions", "/models/?api-version=2024-05-01-preview"]
)
def test_a_service_over_http_tells_its_model_whichever_url_was_pasted(
    home: Path, demo: DemoServer, path: str
) -> None:
    result = info(home, demo.url + path, "-m", "mine")
    check(result, code=0)
    told = rows(result)
    assert (told["model"], told["provider"], told["deployment"]) == (
        "DeepSeek-V4-Pro",
        "DeepSeek",
        "mine",
    )
    assert told["endpoint"] == f"{demo.url}/models"
    assert "2024-05-01-preview" in told["route"]


def test_the_sign_in_is_told_by_the_place_of_the_key(home: Path, demo: DemoServer) -> None:
    result = info(home, f"{demo.url}/models")
    check(result, code=0)
    assert rows(result)["sign-in"] == "key *** from AZURE_INFERENCE_CREDENTIAL"
    assert any(line.split()[:2] == ["key", "***"] for line in result.out.splitlines())


@pytest.mark.parametrize("key", [None, "sk-wrong"])
def test_without_the_right_key_the_settings_are_told_and_then_the_failure(
    home: Path, demo: DemoServer, key: str | None
) -> None:
    result = info(home, f"{demo.url}/models", "--json", key=key)
    check(result, code=4)
    told = json.loads(result.out)
    assert (told["error"]["class"], told["error"]["http_status"]) == ("auth", 401)
    assert told["endpoint"]["url"] == f"{demo.url}/models"
    assert told["settings"]


@pytest.mark.parametrize("path", ["/v1", "/openai/v1", "/openai/deployments/m", "/mai/v1"])
def test_a_route_without_info_is_not_asked_and_that_is_said(
    home: Path, fs: FaultServer, path: str
) -> None:
    result = info(home, f"{fs.origin}/ok{path}")
    check(result, code=0, servers=[fs])
    assert "does not tell" in rows(result)["model"]
    assert not fs.requests


def test_an_endpoint_whose_info_is_not_found_is_no_failure(home: Path, fs: FaultServer) -> None:
    result = info(home, fs.url("httperr", status=404, base="models"))
    check(result, code=0, servers=[fs])
    assert "does not tell" in rows(result)["model"]
    assert [request.method for request in fs.requests] == ["GET"]


@pytest.mark.parametrize(
    ("scenario", "parameters", "code"),
    [
        ("captive", {}, 7),
        ("empty200", {}, 7),
        ("httperr", {"status": 500}, 7),
        ("httperr", {"status": 403, "msg": "no {key}"}, 4),
        ("redirect", {}, 7),
        ("noheader", {}, 6),
        ("closed", {}, 6),
        ("nothttp", {}, 6),
    ],
)
def test_a_service_that_does_not_answer_well_is_told_with_the_settings(
    home: Path, fs: FaultServer, scenario: str, parameters: dict[str, Any], code: int
) -> None:
    url = fs.url(scenario, base="models", **parameters)
    result = info(home, url, "--json", "--timeout", "0.7")
    check(result, code=code, servers=[fs])
    told = json.loads(result.out)
    assert told["error"]["message"] in result.err
    assert told["settings"]


def test_what_a_service_says_does_not_reach_the_terminal_raw(home: Path, fs: FaultServer) -> None:
    result = info(home, fs.url("httperr", base="models", status=400, msg="a\x1b[2Jb"), tty=True)
    check(result, code=7)


def test_without_an_endpoint_the_settings_are_still_shown(home: Path) -> None:
    result = azchat("info", home=home, env={"AZCHAT_MODEL": "mine"})
    check(result, code=3)
    assert "AZCHAT_MODEL" in result.out
    assert rows(result)["endpoint"].startswith("not set")
    assert "/info" not in result.out  # there is no endpoint that could have it


@pytest.mark.parametrize(
    ("toml", "env"),
    [
        ("model = 5", {}),
        ("model =", {}),
        ("", {"AZCHAT_PROFILE": "x"}),
        ("", {"AZCHAT_THINKING": "x"}),
    ],
    ids=str,
)
def test_a_wrong_setting_stands_in_the_json_too(home: Path, toml: str, env: dict[str, str]) -> None:
    (home / "c.toml").write_text(toml)
    result = azchat("info", "--json", home=home, env={"AZCHAT_CONFIG": str(home / "c.toml"), **env})
    check(result, code=3)
    assert json.loads(result.out)["error"]["class"] == "config"


def test_every_setting_stands_with_its_origin_the_chosen_ones_first(home: Path) -> None:
    env = {"AZCHAT_THINKING": "hide", "AZURE_INFERENCE_ENDPOINT": "http://127.0.0.1:9/v1"}
    result = azchat("info", "--timeout", "3", "-m", "mine", home=home, env=env)
    check(result, code=0)
    lines = [line.split() for line in result.out.partition("settings\n")[2].splitlines()]
    told = {line[0]: (line[1], line[-1]) for line in lines}
    assert told["model"] == ("mine", "flag")
    assert told["timeout"] == ("3.0", "flag")
    assert told["thinking"] == ("hide", "AZCHAT_THINKING")
    assert told["retries"] == ("2", "default")
    origins = [line[-1] == "default" for line in lines]
    assert origins == sorted(origins)


def test_where_nothing_is_asked_for_a_key_no_key_is_told(home: Path) -> None:
    result = info(home, "http://127.0.0.1:9/v1", key=None)
    check(result, code=0)
    assert "***" not in result.out


def test_the_trace_of_info_masks_the_key(home: Path, demo: DemoServer) -> None:
    result = info(home, f"{demo.url}/models", "--debug")
    check(result, code=0, chatter=True)
    assert "GET " in result.err
    assert "***" in result.err


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        ("DeepSeek-R1", "no earlier thinking"),
        ("gpt-oss-120b", "the thinking of turns with tools"),
    ],
)
def test_which_thinking_goes_back_is_shown(
    fs: FaultServer, home: Path, model: str, rule: str
) -> None:
    result = info(home, fs.url("ok"), "-m", model)
    assert f"sent back  {rule}" in result.out


def test_it_says_of_when_the_retirements_are(home: Path) -> None:
    env = {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com", "AZURE_OPENAI_API_KEY": "k" * 9}
    told = json.loads(azchat("info", "--json", "-m", "m", home=home, env=env).out)
    assert told["endpoint"]["retirements_as_of"].startswith("20")
    assert "retiring   by the schedules of 20" in azchat("info", "-m", "m", home=home, env=env).out
