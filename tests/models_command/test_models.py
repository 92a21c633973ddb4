"""``azchat models``: the own deployments of each kind of endpoint, over HTTP."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(key=CANARY) as server:
        yield server


def models(home: Path, url: str, *args: str, key: str = CANARY, **more: Any) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": key}
    return azchat("models", *args, home=home, env=env, **more)


def names(result: Result) -> list[str]:
    return [line.split()[0] for line in result.out.splitlines()[1:]]


@pytest.mark.parametrize(
    "path",
    ["/openai/v1", "/openai/deployments/d", "/api/projects/p", "/models", "/mai/v1", "/v1"],
)
def test_each_kind_of_endpoint_lists_its_models(home: Path, demo: DemoServer, path: str) -> None:
    result = models(home, demo.url + path)
    check(result, code=0)
    assert result.out.startswith("NAME")
    assert {"gpt-5-mini", "DeepSeek-R1"} <= set(names(result))


def test_a_project_tells_version_publisher_and_capacity(home: Path, demo: DemoServer) -> None:
    result = models(home, f"{demo.url}/api/projects/p", "--json")
    check(result, code=0)
    told = json.loads(result.out)
    (row,) = [row for row in told["models"] if row["name"] == "gpt-5-mini"]
    assert (row["model"], row["version"], row["publisher"]) == ("gpt-5-mini", "1", "OpenAI")
    assert row["capacity"] == "50 GlobalStandard"
    assert (told["source"], told["error"]) == ("deployments", None)


def test_a_resource_tells_when_a_deployment_retires(home: Path, demo: DemoServer) -> None:
    result = models(home, f"{demo.url}/openai/v1")
    check(result, code=0)
    (line,) = [line for line in result.out.splitlines() if line.startswith("gpt-5-mini")]
    assert "2028-01-01" in line
    assert "gpt-4o was retired on 2026-10-01" in result.err


def test_the_catalog_is_asked_for_by_name(home: Path, demo: DemoServer) -> None:
    result = models(home, f"{demo.url}/openai/v1", "--catalog", "--json")
    check(result, code=0)
    assert json.loads(result.out)["source"] == "catalog"


def test_models_of_other_servers_have_no_dates_of_azure(home: Path, demo: DemoServer) -> None:
    result = models(home, f"{demo.url}/v1")
    check(result, code=0)
    assert "RETIRES" not in result.out
    assert result.err == ""


def test_the_demo_lists_without_a_server(home: Path) -> None:
    result = azchat("models", "--demo", home=home)
    check(result, code=0)
    assert "DeepSeek-R1" in names(result)


def test_a_wrong_key_is_told(home: Path, demo: DemoServer) -> None:
    result = models(home, f"{demo.url}/openai/v1", "--json", key="sk-wrong")
    check(result, code=4)
    told = json.loads(result.out)
    assert (told["models"], told["error"]["http_status"]) == ([], 401)


def test_without_an_endpoint_the_ways_out_are_told(home: Path) -> None:
    check(azchat("models", home=home), code=3)


@pytest.mark.parametrize(
    ("scenario", "parameters", "code"),
    [
        ("httperr", {"status": 404}, 7),
        ("httperr", {"status": 500}, 7),
        ("httperr", {"status": 403}, 4),
        ("captive", {}, 7),
        ("redirect", {}, 7),
        ("noheader", {}, 6),
        ("closed", {}, 6),
        ("nothttp", {}, 6),
    ],
)
def test_a_server_that_gives_no_list_is_told(
    home: Path, fs: FaultServer, scenario: str, parameters: dict[str, Any], code: int
) -> None:
    url = fs.url(scenario, base="v1", **parameters)
    check(models(home, url, "--timeout", "0.7"), code=code, servers=[fs])


def test_the_names_are_kept_for_the_completion(home: Path, demo: DemoServer) -> None:
    check(models(home, f"{demo.url}/openai/v1"), code=0)
    script = azchat("--show-completion", "bash", home=home).out
    (home / "c.bash").write_text(script)
    run = (
        "source c.bash; COMP_WORDS=(azchat ask -m gpt); COMP_CWORD=3; _azchat; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", run], capture_output=True, text=True, check=True, cwd=home, env=env
    )
    listed = ["gpt-4o", "gpt-5-mini", "gpt-5.3-codex", "gpt-5.5", "gpt-5.6", "gpt-oss-120b"]
    assert done.stdout.split() == listed
    assert done.stderr == ""


def test_a_name_that_a_shell_would_run_is_not_kept(tmp_path: Path) -> None:
    from azchat.learned import Names

    kept = Names(tmp_path)
    kept.remember(["good-1.2", "$(touch x)", "`id`", "a b", "a;b", "-rf", "org/m:7b@1", "é"])
    assert kept.load() == ["good-1.2", "org/m:7b@1"]


def test_a_deployment_whose_name_tells_nothing_is_asked_as_its_publisher_does(home: Path) -> None:
    rows = [
        {"name": "mine", "modelName": "gpt-5.6", "modelPublisher": "OpenAI"},
        {"name": "ours", "modelName": "DeepSeek-V4", "modelPublisher": "DeepSeek"},
    ]
    listed = json.dumps({"value": rows}).encode()
    with Scripted(reply(listed, content_type="application/json")) as project:
        url = f"{project.url.removesuffix('/v1')}/api/projects/p"
        check(models(home, url), code=0)
        env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        for model, operation in (("mine", "/responses"), ("ours", "/chat/completions")):
            shown = azchat("ask", "hi", "-m", model, "--dry-run", home=home, env=env)
            check(shown, code=0)
            assert shown.out.partition(" HTTP/1.1")[0].endswith(operation)
