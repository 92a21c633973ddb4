"""Parameters that a service refuses: repaired once, told, remembered; and what only it can say."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azchat.demo.server import DemoServer
from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

AskModel = Callable[..., Result]


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(key=CANARY) as server:
        yield server


@pytest.fixture
def ask_model(demo: DemoServer, home: Path) -> AskModel:
    """``azchat ask`` against the demo's v1 route: ``ask_model("gpt-5-mini", "--seed", "1")``."""

    def run(model: str, *args: str) -> Result:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"http://127.0.0.1:{demo.port}/openai/v1",
            "AZURE_INFERENCE_CREDENTIAL": CANARY,
        }
        return azchat("ask", "hi", "-m", model, *args, home=home, env=env)

    return run


def test_a_refused_parameter_is_left_out_and_said(ask_model: AskModel) -> None:
    result = ask_model("gpt-5-mini", "--temperature", "0.2")
    check(result, code=0)
    assert result.out
    assert "asked again: temperature is not sent" in result.err


def test_several_refused_parameters_are_repaired_one_after_the_other(ask_model: AskModel) -> None:
    result = ask_model("gpt-5-mini", "--temperature", "0.2", "--top-p", "0.5")
    check(result, code=0)
    assert "temperature is not sent" in result.err
    assert "top_p is not sent" in result.err


def test_a_repair_is_remembered_and_still_said(ask_model: AskModel) -> None:
    check(ask_model("gpt-5-mini", "--temperature", "0.2"), code=0)
    result = ask_model("gpt-5-mini", "--temperature", "0.2", "--json")
    check(result, code=0)
    assert json.loads(result.out)["notices"] == ["temperature is not sent"]


def test_a_repair_for_one_model_is_not_for_another(ask_model: AskModel) -> None:
    check(ask_model("gpt-5-mini", "--temperature", "0.2"), code=0)
    assert ask_model("gpt-4o", "--temperature", "0.2").err == ""


def test_an_effort_becomes_the_nearest_that_the_model_takes(ask_model: AskModel) -> None:
    result = ask_model("gpt-oss-120b", "--effort", "xhigh")
    check(result, code=0)
    assert "effort xhigh is sent as high" in result.err


def test_strict_refuses_and_tells_what_would_be_done(ask_model: AskModel) -> None:
    result = ask_model("gpt-5-mini", "--temperature", "0.2", "--strict")
    check(result, code=7)
    assert "hint: temperature is not sent without --strict" in result.err


@pytest.mark.parametrize(
    "said",
    [
        "This model is only supported in v1/responses and not in v1/chat/completions.",
        "The chatCompletion operation does not work with the specified model, gpt-5-pro.",
    ],
)
def test_a_model_of_the_responses_api_is_explained(fs: FaultServer, ask: Ask, said: str) -> None:
    result = ask(fs.url("httperr", status=400, msg=said), "hi", "-m", "gpt-5-pro")
    check(result, code=7, servers=[fs])
    assert "gpt-5-pro answers only over the Responses API" in result.err
    assert "asked again over the Responses API" in result.err


def test_a_dry_run_shows_the_repaired_request(ask_model: AskModel) -> None:
    check(ask_model("gpt-5-mini", "--temperature", "0.2"), code=0)
    result = ask_model("gpt-5-mini", "--temperature", "0.2", "--effort", "none", "--dry-run")
    check(result, code=0)
    assert '"temperature"' not in result.out
    assert '"effort": "minimal"' in result.out
