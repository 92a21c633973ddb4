import json
from pathlib import Path

from tests.front_door import Session, azchat
from tests.oracles import check

ANSWER = "There are no flights available from Miami to Seattle. You should take a train"


def test_the_flight_is_looked_up_and_answered(home: Path) -> None:
    result = azchat("tools", "--demo", home=home)
    check(result, code=0, chatter=True)
    assert ANSWER in result.out
    told = result.err.splitlines()
    assert told[0].startswith("offered: get_flight_info(origin_city, destination_city) - Returns")
    assert told[1].startswith("The user asks for the next flight from Miami to Seattle.")
    assert told[2] == '→ get_flight_info({"origin_city": "Miami", "destination_city": "Seattle"})'
    assert told[3].startswith('← {"info":')


def test_a_long_description_is_cut_with_a_sign(home: Path) -> None:
    file = home / "mine.py"
    file.write_text(f'def f(x: str) -> str:\n    "{"word " * 40}"\n    return x\n')
    file.chmod(0o600)
    told = azchat("tools", "hi", "--demo", "-T", str(file), home=home).err.splitlines()[0]
    assert told.startswith("offered: f(x) - word word ")
    assert told.endswith("...")
    assert len(told) == len("offered: f(x) - ") + 100


def test_a_prompt_and_other_tools_can_be_given(home: Path) -> None:
    args = ("tools", "what is it?", "--demo", "-T", "calculate", "--tool-choice", "calculate")
    result = azchat(*args, home=home)
    assert "→ calculate(" in result.err
    assert "no arithmetic" in result.out


def test_debug_prints_the_requests(home: Path) -> None:
    err = azchat("tools", "--demo", "--tools-debug", home=home).err
    request = json.loads(err.partition("request 2:\n")[2].partition("\n}\n")[0] + "}")
    assert [m["role"] for m in request["messages"]] == ["system", "user", "assistant", "tool"]
    assert request["tools"][0]["function"]["name"] == "get_flight_info"


def test_it_takes_the_options_of_ask(home: Path) -> None:
    result = azchat("tools", "--demo", "--json", "-q", home=home)
    assert ANSWER in json.loads(result.out)["answer"]


def test_quiet_leaves_the_answer(home: Path) -> None:
    result = azchat("tools", "--demo", "-q", home=home)
    assert (ANSWER in result.out, result.err) == (True, "")


def test_it_runs_over_http_against_the_demo_service(home: Path) -> None:
    with Session("demo", "serve", "--port", "0", home=home, tty=False) as service:
        service.wait_for("http://127.0.0.1:")
        said = bytes(service.received["stdout"] + service.received["stderr"]).decode()
        url = next(word for word in said.split() if word.startswith("http://127.0.0.1:"))
        env = {"AZURE_INFERENCE_ENDPOINT": url.rstrip("/") + "/openai/v1"}
        env["AZURE_INFERENCE_CREDENTIAL"] = "any"
        result = azchat("tools", "--model", "DeepSeek-R1", home=home, env=env)
        assert ANSWER in result.out


def test_on_a_terminal_the_whole_of_it_is_seen(home: Path) -> None:
    result = azchat("tools", "--demo", home=home, tty=True, size=(100, 30))
    check(result, code=0)
    screen = "\n".join(result.screen)
    assert screen.index("offered: get_flight_info") < screen.index("▸ Thought for")
    assert screen.index("→ get_flight_info(") < screen.index("← {") < screen.index("According to")


def test_the_list_has_names_descriptions_and_schemas(home: Path) -> None:
    out = azchat("tools", "list", home=home).out
    for name in ("get_flight_info", "get_time", "calculate", "read_file", "list_dir"):
        assert f"{name} (azchat; " in out
    assert '"required": [' in out
    assert "Calculates an arithmetic expression" in out


def test_it_is_saved_with_its_calls(home: Path) -> None:
    azchat("tools", "--demo", home=home)
    saved = json.loads(azchat("sessions", "show", "--json", home=home).out)
    parts = [part["type"] for m in saved["turns"][0]["messages"] for part in m["parts"]]
    assert parts == ["text", "reasoning", "tool_call", "tool_result", "reasoning", "text"]
