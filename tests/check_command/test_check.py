"""``azchat info --check``: each step of the way tried, each failure with what mends it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

NAMES = ["name", "connection", "sign-in", "path", "deployment", "dialects"]
NAMES += ["streaming", "thinking", "tools", "images", "schema", "effort", "parameters"]


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(key=CANARY) as server:
        yield server


def try_out(home: Path, url: str, *args: str, key: str | None = CANARY, **more: Any) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": key}
    return azchat("info", "--check", *args, home=home, env={**env, **more.pop("env", {})}, **more)


def probes(result: Result) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads(result.out)["probes"]}


def facts(home: Path) -> dict[str, Any]:
    (file,) = home.rglob("deployments.json")
    (known,) = json.loads(file.read_text()).values()
    assert isinstance(known, dict)
    return known


@pytest.mark.parametrize("path", ["/openai/v1", "/openai/deployments/gpt-5-mini", "/v1"])
def test_all_is_well_on_each_kind_of_endpoint(home: Path, demo: DemoServer, path: str) -> None:
    result = try_out(home, demo.url + path, "-m", "gpt-5-mini")
    check(result, code=0)
    assert [line.split()[:2] for line in result.out.splitlines()] == [["✓", name] for name in NAMES]


def test_json_tells_each_probe_and_the_times(home: Path, demo: DemoServer) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", "gpt-5-mini", "--json")
    check(result, code=0)
    told = json.loads(result.out)
    assert list(probes(result)) == NAMES
    assert (told["ok"], told["kind"], told["model"]) == (True, "v1", "gpt-5-mini")
    assert all(0 <= one["seconds"] <= told["seconds"] for one in told["probes"])
    assert told["error"] is None
    assert "AZURE_INFERENCE_CREDENTIAL" in probes(result)["sign-in"]["says"]


def test_the_probes_run_side_by_side(home: Path) -> None:
    with DemoServer(tokens_per_second=60) as slow:
        result = try_out(home, f"{slow.url}/openai/v1", "-m", "DeepSeek-R1", "--json", timeout=60)
    check(result, code=0, limit_seconds=60)
    told = json.loads(result.out)
    times = [one["seconds"] for one in told["probes"]]
    assert told["seconds"] <= max(times) + 0.5
    assert sum(sorted(set(times))[-3:]) > 2 * told["seconds"]  # one after the other: far longer


def test_the_demo_is_checked_without_an_account(home: Path) -> None:
    result = azchat("info", "--check", "--demo", home=home)
    check(result, code=0)
    assert "✗" not in result.out


@pytest.mark.parametrize("ability", ["tools", "images", "schema", "effort", "streaming"])
def test_an_ability_that_a_model_lacks_is_told_and_no_failure(
    home: Path, demo: DemoServer, ability: str
) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", f"demo-no-{ability}", "--json")
    check(result, code=0)
    found = probes(result)
    lacking = {name for name, one in found.items() if not one["ok"]} - {"thinking"}
    assert lacking == {ability}
    assert found[ability]["mend"]
    assert found[ability]["error"] is None


@pytest.mark.parametrize("ability", ["tools", "images", "schema", "effort", "streaming"])
def test_an_ability_that_breaks_is_a_failure_of_the_service(
    home: Path, demo: DemoServer, ability: str
) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", f"demo-broken-{ability}")
    check(result, code=7)
    assert f"✗ {ability}" in result.out
    assert result.out.count("✗") <= 2  # without a stream, the thinking is not known


def test_a_wrong_key_fails_at_the_sign_in(home: Path, demo: DemoServer) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "--json", key="sk-wrong")
    check(result, code=4)
    found = probes(result)
    assert [name for name in NAMES if found[name]["ok"]] == ["name", "connection"]
    assert "AZURE_INFERENCE_CREDENTIAL" in found["sign-in"]["mend"]
    assert found["sign-in"]["error"]["http_status"] == 401


@pytest.mark.parametrize(("flags", "code"), [(("--auth", "key"), 3), (("--auth", "az"), 4)])
def test_a_sign_in_that_is_not_there_fails_at_the_sign_in(
    home: Path, demo: DemoServer, flags: tuple[str, ...], code: int
) -> None:
    url = f"{demo.url}/openai/v1"
    result = try_out(home, url, *flags, "--json", key=None, env={"PATH": str(home)})
    check(result, code=code)
    found = probes(result)
    assert not found["sign-in"]["ok"]
    assert found["sign-in"]["mend"]
    assert found["tools"]["says"] == "not known"


def test_a_wrong_path_fails_at_the_path(home: Path, demo: DemoServer) -> None:
    url = f"{demo.url}/models?api-version=2025-01-01"
    result = try_out(home, url, "-m", "m", "--json")
    check(result, code=7)
    found = probes(result)
    assert (found["sign-in"]["ok"], found["path"]["ok"]) == (True, False)
    assert "/openai/v1" in found["path"]["mend"]


def test_a_deployment_that_is_not_there_fails_at_the_deployment(
    home: Path, demo: DemoServer
) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", "missing", "--json")
    check(result, code=7)
    found = probes(result)
    assert (found["path"]["ok"], found["deployment"]["ok"]) == (True, False)
    assert "azchat models" in found["deployment"]["mend"]


def test_a_limit_fails_at_the_deployment(home: Path, demo: DemoServer) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", "limited")
    check(result, code=7)
    assert "✗ deployment" in result.out
    assert "429" in result.err


def test_a_name_that_does_not_exist_fails_at_the_name(home: Path) -> None:
    result = try_out(home, "https://nobody.invalid/v1", "-m", "m", "--timeout", "3")
    check(result, code=6)
    assert result.out.startswith("✗ name")


def test_a_closed_port_fails_at_the_connection(home: Path) -> None:
    result = try_out(home, "http://127.0.0.1:9/v1", "-m", "m", "--json")
    check(result, code=6)
    found = probes(result)
    assert [name for name in NAMES if found[name]["ok"]] == ["name"]
    assert "running" in found["connection"]["mend"]


def test_a_proxy_that_cannot_be_reached_is_named(home: Path) -> None:
    env = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    result = try_out(home, "https://r.openai.azure.com/openai/v1", "-m", "m", env=env)
    check(result, code=6)
    assert "proxy 127.0.0.1:9" in result.out


@pytest.mark.parametrize(
    ("scenario", "code", "line"),
    [
        ("captive", 7, "path"),
        ("redirect", 7, "path"),
        ("noheader", 6, "path"),
        ("nothttp", 6, "path"),
        ("empty200", 8, "deployment"),
    ],
)
def test_a_server_that_is_no_model_fails_at_its_line(
    home: Path, fs: FaultServer, scenario: str, code: int, line: str
) -> None:
    result = try_out(home, fs.url(scenario), "-m", "m", "--timeout", "0.7")
    check(result, code=code, servers=[fs])
    assert f"✗ {line}" in result.out


def test_without_an_endpoint_the_json_tells_why(home: Path) -> None:
    result = azchat("info", "--check", "--json", home=home)
    check(result, code=3)
    assert json.loads(result.out)["error"]["class"] == "config"


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("DeepSeek-R1", "reasoning_content"),
        ("vllm", "reasoning"),
        ("magistral-medium", "a list in content"),
        ("Phi-4-reasoning", "tags in the text"),
        ("QwQ-32B", "text without an opening tag"),
        ("gpt-5-mini", "a summary"),
        ("plain", "none came"),
    ],
)
def test_the_place_of_the_thinking_is_found(
    home: Path, demo: DemoServer, model: str, says: str
) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", model, "--json")
    check(result, code=0)
    assert probes(result)["thinking"]["says"].endswith(says)


def test_an_effort_that_becomes_a_budget_is_told_as_one(home: Path, demo: DemoServer) -> None:
    result = try_out(home, f"{demo.url}/openai/v1", "-m", "claude-haiku-4-5", "--json")
    check(result, code=0)
    told = "minimal to max, each a budget of tokens to think with"
    assert probes(result)["effort"]["says"] == told


def test_what_was_learned_is_remembered(home: Path, demo: DemoServer) -> None:
    check(try_out(home, f"{demo.url}/openai/v1", "-m", "QwQ-32B"), code=0)
    known = facts(home)
    assert known["starts_thinking"] is True
    assert (known["streams"], known["asks_usage"], known["tools"]) == (True, True, True)
    assert known["efforts"] == ["none", "minimal", "low", "medium", "high", "xhigh"]


def test_stream_options_that_were_refused_are_not_sent_again(home: Path, demo: DemoServer) -> None:
    url = f"{demo.url}/openai/v1"
    result = try_out(home, url, "-m", "demo-no-usage")
    check(result, code=0)
    assert "refuses stream_options" in result.out
    assert facts(home)["asks_usage"] is False
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    asked = azchat("ask", "hi", "-m", "demo-no-usage", "--debug", home=home, env=env)
    assert asked.code == 0
    assert asked.err.count("> POST") == 1


def test_refused_parameters_are_found_and_remembered(home: Path, demo: DemoServer) -> None:
    url = f"{demo.url}/openai/v1"
    result = try_out(home, url, "-m", "gpt-5-mini", "--json", "--dialect", "chat")
    check(result, code=0)
    assert "max_completion_tokens" in probes(result)["parameters"]["says"]
    result = try_out(home, url, "-m", "gpt-5-mini", "--json")
    check(result, code=0)
    assert "temperature is not sent; top_p is not sent" in probes(result)["parameters"]["says"]
    assert "max_tokens" not in probes(result)["parameters"]["says"]
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    args = ("-m", "gpt-5-mini", "--temperature", "0.2", "--dry-run")
    assert '"temperature"' not in azchat("ask", "hi", *args, home=home, env=env).out
