"""The demo as a user meets it: ``--demo`` in process, ``demo serve`` over HTTP."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.front_door import Result, Session, azchat
from tests.oracles import CANARY, check

LANGUAGES = "How many languages are in the world?"
TOMATOES = (
    "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your "
    "knife skills."
)


def demo(home: Path, *args: str, **more: object) -> Result:
    return azchat("ask", "--demo", *args, home=home, **more)  # type: ignore[arg-type]


# -- in process: the documents' own examples -------------------------------------------


def test_the_documented_question_gets_the_documented_answer(home: Path) -> None:
    result = demo(home, LANGUAGES)
    check(result, code=0)
    assert result.out.startswith("The exact number of languages in the world is challenging")
    assert result.out.endswith("approximately **7,000 languages** globally.\n")
    assert result.err == ""


def test_the_users_own_deployment_is_none_of_the_demos(home: Path) -> None:
    env = {"AZURE_INFERENCE_MODEL": "prod-chat"}
    reply = json.loads(demo(home, LANGUAGES, "--json", env=env).out)
    assert (reply["model"], bool(reply["reasoning"])) == ("DeepSeek-V4-Pro", True)
    named = json.loads(demo(home, LANGUAGES, "--json", "-m", "QwQ-32B", env=env).out)
    again = json.loads(demo(home, LANGUAGES, "--json", "-c", env=env).out)
    assert (named["model"], again["model"]) == ("QwQ-32B", "QwQ-32B")


def test_the_documented_thinking_and_tokens_are_told_apart_from_the_answer(home: Path) -> None:
    result = demo(home, LANGUAGES, "--json")
    check(result, code=0)
    reply = json.loads(result.out)
    assert reply["reasoning"].startswith("Okay, the user is asking how many languages exist")
    assert "<think>" not in reply["answer"] + reply["reasoning"]
    assert reply["model"] == "DeepSeek-V4-Pro"
    assert (reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"]) == (11, 886)


def test_the_model_of_the_other_sample_answers_without_thinking(home: Path) -> None:
    result = demo(home, LANGUAGES, "-m", "mistral-large-2407", "--json")
    check(result, code=0)
    reply = json.loads(result.out)
    assert reply["answer"].startswith("As of now, it's estimated that there are about 7,000")
    assert reply["reasoning"] is None
    assert (reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"]) == (19, 72)


@pytest.mark.parametrize("args", [[], ["--no-stream"], ["--json"]], ids=str)
def test_the_tomatoes_trip_the_content_filter(home: Path, args: list[str]) -> None:
    result = demo(home, TOMATOES, "-s", "You are an AI assistant that helps people.", *args)
    check(result, code=7)
    assert "content filter" in result.err


def test_a_flight_is_not_made_up_without_the_tool(home: Path) -> None:
    result = demo(home, "When is the next flight from Miami to Seattle?")
    check(result, code=0)
    assert "I can't look up flights from Miami to Seattle" in result.out


def test_json_mode_gives_the_documented_object(home: Path) -> None:
    result = demo(home, LANGUAGES, "--json-mode")
    check(result, code=0)
    assert "7,117 living languages" in json.loads(result.out)["answer"]


def test_any_other_prompt_gets_an_honest_answer_with_what_was_received(home: Path) -> None:
    args = ("--temperature", "0.3", "-o", "safe_mode=true", "-s", "Be brief.")
    result = demo(home, "Tell me a joke", *args, stdin="line\n")
    check(result, code=0)
    assert "scripted demo" in result.out
    assert "`temperature` = `0.3`" in result.out
    assert "`safe_mode` = `true`" in result.out
    assert "AZURE_INFERENCE_ENDPOINT" in result.out


@pytest.mark.parametrize(
    "model",
    ["gpt-oss-120b", "magistral-medium", "Phi-4-reasoning", "QwQ-32B"],
)
def test_every_form_of_thinking_stays_out_of_the_answer(home: Path, model: str) -> None:
    result = demo(home, LANGUAGES, "-m", model, "-q")
    check(result, code=0)
    assert result.out.startswith("The exact number of languages")
    assert "Okay, the user" not in result.out


def test_the_demo_needs_no_home_no_network_and_no_settings(tmp_path: Path) -> None:
    env = {"HOME": None, "LANG": None, "TMPDIR": None, "HTTPS_PROXY": "http://127.0.0.1:9"}
    env["XDG_DATA_HOME"] = str(tmp_path / "data")  # else it is the home of who runs the tests
    check(azchat("ask", "--demo", "hi", home=tmp_path, env=env), code=0)


# -- its pace --------------------------------------------------------------------------


def test_on_a_terminal_it_types_as_a_model_would_and_in_a_pipe_it_does_not(home: Path) -> None:
    args = (LANGUAGES, "-m", "mistral-large-2407")
    typed = demo(home, *args, tty=True)
    check(typed, code=0)
    piped = demo(home, *args)
    check(piped, code=0)
    assert " ".join("".join(typed.screen).split())[:20] == piped.out[:20]
    assert typed.seconds > piped.seconds + 0.7


def test_typing_can_be_interrupted_and_leaves_the_terminal_in_order(home: Path) -> None:
    with Session("ask", "--demo", LANGUAGES, home=home) as session:
        session.wait_for("Okay, the user")
        session.interrupt()
        check(session.finish(), code=130)


def test_the_answer_appears_while_it_is_typed(home: Path) -> None:
    with Session("ask", "--demo", "-m", "gpt-4o", LANGUAGES, home=home) as session:
        session.wait_for("As of now")
        assert "only a few hundred" not in session.output
        check(session.finish(), code=0)


# -- over HTTP -------------------------------------------------------------------------


class Served(Session):
    """A running ``azchat demo serve``, with the address that it printed."""

    def __init__(self, *args: str, home: Path, env: dict[str, str] | None = None) -> None:
        super().__init__("demo", "serve", "--port", "0", *args, home=home, env=env, tty=False)
        self.wait_for("Ctrl-C ends it")
        self.wait_for("azchat ask")
        found = re.search(r"export AZURE_INFERENCE_ENDPOINT=(\S+)", self.output)
        assert found
        self.url = found[1]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    home = tmp_path / "server"
    home.mkdir(mode=0o700)
    with Served("--key-env", "DEMO_KEY", home=home, env={"DEMO_KEY": CANARY}) as session:
        yield session


def ask(home: Path, url: str, *args: str, key: str = CANARY, tty: bool = False) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": key}
    env["AZURE_INFERENCE_MODEL"] = "DeepSeek-V4-Pro"
    return azchat("ask", *(args or (LANGUAGES,)), home=home, env=env, tty=tty)


@pytest.mark.parametrize("tty", [False, True], ids=["pipe", "terminal"])
def test_the_served_demo_answers_with_a_key_from_the_environment(
    served: Served, home: Path, tty: bool
) -> None:
    result = ask(home, served.url, "-m", "gpt-4o", LANGUAGES, tty=tty)
    check(result, code=0)
    assert "about 7,000 languages" in " ".join([result.out, *result.screen])


@pytest.mark.parametrize(
    "path", ["/v1", "/openai/v1", "/openai/deployments/DeepSeek-R1", "/mai/v1"]
)
def test_every_route_is_served(served: Served, home: Path, path: str) -> None:
    result = ask(home, served.url.removesuffix("/openai/v1") + path, "-m", "DeepSeek-R1", LANGUAGES)
    check(result, code=0)
    assert "7,000" in result.out


def test_the_wrong_key_is_refused(served: Served, home: Path) -> None:
    result = ask(home, served.url, key="sk-wrong")
    check(result, code=4)
    assert "AZURE_INFERENCE_CREDENTIAL" in result.err


def test_ctrl_c_ends_the_service_and_its_log_has_neither_prompt_nor_key(
    served: Served, home: Path
) -> None:
    check(ask(home, served.url, "a private question"), code=0)
    served.wait_for("POST /openai/v1/chat/completions")
    served.interrupt()
    result = served.finish(5)
    check(result, code=130, chatter=True)
    assert "private" not in result.out + result.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_service_ends_by_other_signals_too(served: Served, number: signal.Signals) -> None:
    served.kill(number)
    check(served.finish(5), code=number)


def test_ctrl_c_ends_the_service_in_the_middle_of_an_answer(tmp_path: Path, home: Path) -> None:
    with Served("--speed", "5", home=tmp_path) as server:
        env = {"AZURE_INFERENCE_ENDPOINT": server.url}
        with Session("ask", "-m", "gpt-4o", LANGUAGES, home=home, env=env, tty=False) as asking:
            asking.wait_for("As")
            server.interrupt()
            check(server.finish(5), code=130, chatter=True)
            check(asking.finish(5), code=8)


def test_a_service_without_a_key_takes_anybody(tmp_path: Path, home: Path) -> None:
    with Served(home=tmp_path) as server:
        check(ask(home, server.url, key=""), code=0)


def test_a_port_in_use_is_a_local_error(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = azchat("demo", "serve", "--port", str(port), home=home)
    check(result, code=9)
    assert f"127.0.0.1:{port}" in result.err


def test_a_key_variable_that_is_empty_is_refused(home: Path) -> None:
    result = azchat("demo", "serve", "--port", "0", "--key-env", "DEMO_KEY", home=home)
    check(result, code=3)
    assert "DEMO_KEY" in result.err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_a_usage_error(home: Path, port: str) -> None:
    check(azchat("demo", "serve", "--port", port, home=home), code=2)
