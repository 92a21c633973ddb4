"""Programs of ``azchat code`` run against the demo service and print the documents' results."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from azchat.code.curl import write as write_curl
from azchat.code.javascript import write as write_javascript
from azchat.code.program import Program
from azchat.code.python import write as write_python
from tests.code.programs import KEY, run
from tests.code.test_csharp import FULL
from tests.front_door import Result, Session, azchat
from tests.oracles import check

FLIGHTS = "When is the next flight from Miami to Seattle?"
LANGUAGES = "How many languages are in the world?"
THINKING = "Thinking: Okay, the user is asking how many languages exist in the world. I need"
ANSWER = "\n\nAnswer: The exact number of languages in the world is challenging to determine"
TOTALS = """globally.
Model: DeepSeek-R1
Usage:
  Prompt tokens: 11
  Total tokens: 897
  Completion tokens: 886
"""
PLAIN_TOTALS = """only a few hundred.
Model: mistral-large-2407
Usage:
  Prompt tokens: 19
  Total tokens: 91
  Completion tokens: 72
"""
WAYS = [
    ("python", "azure"),
    ("javascript", "azure"),
    ("python", "openai"),
    ("javascript", "openai"),
]
FLIGHT = {
    "type": "function",
    "function": {
        "name": "get_flight_info",
        "description": 'Flights; says "none" if there are none',
        "parameters": {
            "type": "object",
            "properties": {
                "origin_city": {"type": "string"},
                "destination_city": {"type": "string"},
            },
            "required": ["origin_city", "destination_city"],
        },
    },
}
ODD = (
    "a \"b\" 'c' `d` ${e} $f {g} \\n \\ {{h}} </script> ü 🦀 '''x''' \"\"\"y\"\"\" J\u2028S\nJSON\n"
)

WRITERS = {"python": write_python, "javascript": write_javascript, "curl": write_curl}

Code = Callable[..., str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("server")
    env = {"DEMO_KEY": KEY}
    args = ("demo", "serve", "--port", "0", "--key-env", "DEMO_KEY")
    with Session(*args, home=home, env=env, tty=False) as server:
        server.wait_for("Ctrl-C ends it")
        found = re.search(r"http://127\.0\.0\.1:\d+", server.output)
        assert found
        yield found[0]


def write(home: Path, root: str, *args: str, **more: object) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": f"{root}/models", "AZURE_INFERENCE_CREDENTIAL": KEY}
    return azchat("code", *args, home=home, env=env, **more)  # type: ignore[arg-type]


@pytest.fixture
def printed(home: Path, tmp_path: Path, root: str) -> Code:
    """What the program for these flags prints."""

    def run_it(lang: str, sdk: str, *args: str, **more: object) -> str:
        result = write(home, root, "--lang", lang, "--sdk", sdk, *args, **more)
        check(result, code=0)
        assert KEY not in result.out
        endpoint = f"{root}/models" if sdk in ("azure", "auto") else f"{root}/openai/v1"
        assert f'"{endpoint}"' in result.out
        return run(lang, result.out, tmp_path, endpoint)

    return run_it


@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_the_documented_question_prints_thinking_answer_and_usage(
    printed: Code, lang: str, sdk: str
) -> None:
    out = printed(lang, sdk, LANGUAGES, "-m", "DeepSeek-R1")
    assert out.startswith(THINKING)
    assert ANSWER in out
    assert out.endswith(TOTALS)


@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_a_model_that_does_not_think_prints_a_response(printed: Code, lang: str, sdk: str) -> None:
    out = printed(lang, sdk, LANGUAGES, "-m", "mistral-large-2407", "-s", "You are helpful.")
    assert out.startswith("Response: As of now, it's estimated that there are about 7,000")
    assert out.endswith(PLAIN_TOTALS)


@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_a_stream_prints_the_same_parts(printed: Code, lang: str, sdk: str) -> None:
    out = printed(lang, sdk, LANGUAGES, "-m", "DeepSeek-R1", "--stream")
    assert out.startswith(THINKING)
    assert ANSWER in out
    assert "think>" not in out
    assert out.endswith("globally.\n\n" + TOTALS.partition("R1\n")[2])


@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_parameters_and_extras_arrive(printed: Code, lang: str, sdk: str) -> None:
    args = ("--temperature", "0.3", "--seed", "7", "-o", "safe_mode=true")
    out = printed(lang, sdk, "Tell me a joke", "-m", "gpt-4o", *args)
    for said in ("`temperature` = `0.3`", "`seed` = `7`", "`safe_mode` = `true`"):
        assert said in out


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_a_tool_is_run_and_the_answer_rests_on_it(
    printed: Code, lang: str, sdk: str, streams: bool
) -> None:
    args = ("-o", f"tools={json.dumps([FLIGHT])}", "-o", "tool_choice=required", "-m", "gpt-4o")
    out = printed(lang, sdk, FLIGHTS, *args, *(["--stream"] if streams else []))
    called = re.search(r"Tool call: get_flight_info\((.*)\)\n-> (.*)", out)
    assert called
    assert json.loads(called[1]) == {"origin_city": "Miami", "destination_city": "Seattle"}
    assert "todo" in called[2].lower()
    assert out.count("Tool call") == 1
    assert "According to `get_flight_info`:" in out


@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_a_schema_is_sent(printed: Code, lang: str, sdk: str) -> None:
    out = printed(lang, sdk, "A dog", "-m", "gpt-4o", "--schema", "name, age int")
    answer = out.removeprefix("Response: ").partition("\n")[0]
    assert json.loads(answer).keys() == {"name", "age"}


@pytest.mark.parametrize(("lang", "sdk"), WAYS)
def test_json_mode_is_sent(printed: Code, lang: str, sdk: str) -> None:
    out = printed(lang, sdk, LANGUAGES, "-m", "gpt-4o", "--json-mode")
    assert "7,117 living languages" in out


# -- curl ------------------------------------------------------------------------------


@pytest.mark.parametrize("sdk", ["azure", "openai"])
def test_curl_prints_the_documented_reply(printed: Code, sdk: str) -> None:
    reply = json.loads(printed("curl", sdk, LANGUAGES, "-m", "mistral-large-2407"))
    assert reply["choices"][0]["message"]["content"].startswith("As of now, it's estimated")
    assert reply["usage"]["total_tokens"] == 91


def test_curl_streams_and_passes_extras(printed: Code) -> None:
    out = printed("curl", "auto", "hi", "-m", "gpt-4o", "--stream", "-o", "safe_mode=true")
    assert out.startswith("data: {")
    assert "data: [DONE]" in out


@pytest.mark.parametrize(("lang", "sdk"), [*WAYS, ("curl", "azure")])
def test_every_character_of_a_prompt_arrives(printed: Code, lang: str, sdk: str) -> None:
    tool = {"type": "function", "function": {"name": "echo", "parameters": {
        "type": "object", "properties": {"x": {"const": ODD}}, "required": ["x"]}}}  # fmt: skip
    args = ("-o", f"tools={json.dumps([tool])}", "-o", "tool_choice=required", "-s", ODD)
    out = printed(lang, sdk, ODD, "-m", "gpt-4o", *args)
    if lang == "curl":
        arguments = json.loads(out)["choices"][0]["message"]["tool_calls"][0]["function"][
            "arguments"
        ]
    else:
        arguments = out.partition("Tool call: echo(")[2].partition(")\n-> ")[0]
    assert json.loads(arguments) == {"x": ODD}


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("lang", "sdk"), [*WAYS, ("curl", "azure"), ("curl", "openai")])
def test_pictures_and_the_results_of_tools_arrive(
    tmp_path: Path, root: str, lang: str, sdk: Literal["azure", "openai"], streams: bool
) -> None:
    base = f"{root}/{'models' if sdk == 'azure' else 'openai/v1'}"
    body = {name: FULL[name] for name in ("model", "messages", "temperature", "tools", "stop")}
    developer, pictures, *others, _ = body["messages"]
    body["messages"] = [developer, *others, pictures]
    program = Program(body, base, sdk, streams=streams)
    out = run(lang, WRITERS[lang](program), tmp_path, base)
    text = "".join(re.findall(r'"content":"([^"]*)"', out)) if lang == "curl" else out
    assert "**Images:** 2 (image/png, 70 bytes, sha256 6b7fa434f92a8b80; a link)" in text
    assert "**Messages:** 5" in text


def test_what_ask_would_send_is_what_curl_sends(home: Path, root: str) -> None:
    args = ("hi", "-s", "Be brief.", "--temperature", "0", "-o", "a=[1]", "-m", "x", "--stop", "b")
    curl = write(home, root, "--lang", "curl", *args).out
    env = {"AZURE_INFERENCE_ENDPOINT": f"{root}/models", "AZURE_INFERENCE_CREDENTIAL": KEY}
    dry = azchat("ask", "--dry-run", "--no-stream", *args, home=home, env=env).out
    body = curl.partition("<<'JSON'\n")[2].removesuffix("\nJSON\n")
    assert json.loads(body) == json.loads(dry.partition("\n\n")[2])
