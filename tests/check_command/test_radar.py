"""What is retired is said: by info offline, by ask once a day, and never of other servers."""

from pathlib import Path
from typing import Any

from azchat.demo.server import DemoServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

RESOURCE = "https://r.openai.azure.com/openai/v1"


def run(home: Path, *args: str, url: str = RESOURCE, **more: Any) -> Result:
    """Run where only this machine can be reached."""
    env = {
        "AZURE_INFERENCE_ENDPOINT": url,
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    return azchat(*args, home=home, env=env, **more)


def test_info_tells_offline_that_the_model_is_retired(home: Path) -> None:
    result = run(home, "info", "-m", "gpt-4o")
    check(result, code=0)
    assert "gpt-4o was retired on 2026-10-01; use a gpt-5 model" in result.out


def test_info_tells_that_the_route_is_retired(home: Path) -> None:
    result = run(home, "info", "-m", "mine", url="https://r.services.ai.azure.com/models")
    check(result, code=6)
    assert "/openai/v1" in result.out


def test_the_check_tells_it_below_its_lines(home: Path) -> None:
    result = run(home, "info", "--check", "-m", "o1")
    check(result, code=6)
    assert "! o1 was retired on 2026-09-16" in result.out


def test_ask_tells_it_once_a_day(home: Path) -> None:
    first, second = (run(home, "ask", "hi", "-m", "o1", "-n", "--retries", "0") for _ in "12")
    check(first, code=6)
    check(second, code=6)
    assert "azchat: o1 was retired on 2026-09-16" in first.err
    assert "retired" not in second.err


def test_a_quiet_ask_does_not_tell_it(home: Path) -> None:
    result = run(home, "ask", "hi", "-m", "o1", "-q", "-n", "--retries", "0")
    check(result, code=6)
    assert "retired" not in result.err


def test_the_same_model_on_another_server_lives_on(home: Path) -> None:
    with DemoServer() as server:
        result = run(home, "ask", "hi", "-m", "deepseek-r1", url=f"{server.url}/v1")
    check(result, code=0)
    assert "retired" not in result.err
