"""Programs for the Responses API run against a service that speaks it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.code.programs import KEY, run
from tests.faults import response_payloads as responses
from tests.faults.service import Service, stream, whole
from tests.front_door import Result, azchat
from tests.oracles import check

TOLD = "Thinking: Hm.\n\nAnswer: Answer 1."


def write(home: Path, url: str, lang: str, *args: str) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": KEY}
    told = ("code", "hi", "--lang", lang, "-m", "gpt-5.6", "--dialect", "responses", *args)
    return azchat(*told, home=home, env=env)


@pytest.mark.parametrize("lang", ["python", "javascript"])
@pytest.mark.parametrize("way", [[], ["--stream"]], ids=["whole", "stream"])
def test_a_program_prints_summary_answer_and_usage(
    home: Path, tmp_path: Path, lang: str, way: list[str]
) -> None:
    with Service(lambda _: None) as service:
        result = write(home, service.url, lang, "--effort", "low", "--summary", "detailed", *way)
        check(result, code=0)
        out = run(lang, result.out, tmp_path, service.url)
    assert out.startswith(TOLD)
    assert "21" in out
    [body] = service.bodies
    assert body["reasoning"] == {"effort": "low", "summary": "detailed"}
    assert body["store"] is False
    assert service.paths == ["/responses"]


@pytest.mark.parametrize("lang", ["python", "javascript"])
@pytest.mark.parametrize("way", [[], ["--stream"]], ids=["whole", "stream"])
def test_a_program_prints_a_call(home: Path, tmp_path: Path, lang: str, way: list[str]) -> None:
    called = responses.call(0, "calculate", '{"expression": "1"}')

    def answer(body: dict[str, Any]) -> bytes | None:
        if len(body["input"]) > 1:
            return None
        return stream(called) if body.get("stream") else whole(called)

    with Service(answer) as service:
        result = write(home, service.url, lang, "--tool", "calculate", *way)
        check(result, code=0)
        out = run(lang, result.out, tmp_path, service.url)
    said = out.replace(": ", ":")
    assert 'Tool call:calculate({"expression":"1"})' in said
    *_, call, returned = service.bodies[1]["input"]
    assert call["type"] == "function_call"
    assert returned["type"] == "function_call_output"
    assert json.loads(returned["output"]) in ("1", "1.0")


def test_curl_sends_the_request_as_it_is(home: Path, tmp_path: Path) -> None:
    with Service(lambda _: None) as service:
        result = write(home, service.url, "curl", "--effort", "low")
        check(result, code=0)
        out = run("curl", result.out, tmp_path, service.url)
    assert json.loads(out)["object"] == "response"
    assert service.bodies[0]["reasoning"]["effort"] == "low"


@pytest.mark.parametrize("way", [[], ["--stream"]], ids=["whole", "stream"])
def test_csharp_asks_the_route_with_the_key_in_its_header(home: Path, way: list[str]) -> None:
    result = write(home, "https://r.openai.azure.com/openai/v1", "csharp", *way)
    check(result, code=0)
    assert '$"{endpoint}/responses"' in result.out
    assert 'message.Headers.Add("api-key", key);' in result.out
    assert '"input": [' in result.out


def test_the_package_of_chat_is_refused(home: Path) -> None:
    result = write(home, "https://r.openai.azure.com/openai/v1", "python", "--sdk", "azure")
    check(result, code=2)
    assert "azure-ai-inference does not speak the Responses API" in result.err
