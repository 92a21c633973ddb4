"""Tools in a chat: consent between two prompts, calls that are stopped, tools that are switched."""

from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import CANARY, check
from tests.repl.chatting import PROMPT_TOOLKIT, chatting
from tests.repl.fake_host import Chat
from tests.tools.conftest import ToolFile
from tests.tools.history import check_history

CONSENT = " no (Enter)"
TOOLS = """
import time
def shout(text: str) -> str:
    "Shouts."
    return text.upper()
def hang(text: str) -> str:
    "Hangs."
    time.sleep(1000)
"""


@pytest.fixture
def tools(tool_file: ToolFile) -> str:
    return tool_file(TOOLS)


def test_consent_is_asked_for_and_the_prompt_comes_back(
    fs: FaultServer, home: Path, tools: str
) -> None:
    url = fs.url("tool", tool="shout", arguments='{"text": "hi"}')
    with chatting(home, url, "-T", tools) as chat:
        chat.send("hi\r")
        chat.wait_for(CONSENT)
        chat.ask("y")
        assert "results: HI" in chat.screen
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    check_history(fs.requests[-1])


def test_consent_for_the_session_lasts_for_the_chat(
    fs: FaultServer, home: Path, tools: str
) -> None:
    url = fs.url("tool", tool="shout", arguments='{"text": "hi"}')
    with chatting(home, url, "-T", tools) as chat:
        chat.send("hi\r")
        chat.wait_for(CONSENT)
        chat.ask("s")
        chat.ask("again")
        result = chat.leave()
    assert result.terminal.count(CONSENT.encode()) == 1
    assert len(check_history(fs.requests[-1])) == 7


def test_that_nobody_could_be_asked_is_told_once_in_a_chat(
    fs: FaultServer, home: Path, tools: str
) -> None:
    url = fs.url("tool", tool="shout", arguments='{"text": "hi"}')
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    args = ("chat", "-m", "m", "-T", tools)
    result = azchat(*args, home=home, env=env, stdin="hi\nagain\n")
    check(result, code=0, servers=[fs])
    assert len(fs.requests) == 4
    assert result.err.count("shout was not run: there is no terminal") == 1


@pytest.mark.parametrize("at", [CONSENT, "Run it? y"])
def test_ctrl_c_stops_the_call_and_the_chat_stays(
    fs: FaultServer, home: Path, tools: str, at: str
) -> None:
    url = fs.url("tool", tool="hang", arguments='{"text": "hi"}')
    with chatting(home, url, "-T", tools) as chat:
        chat.send("hi\r")
        chat.wait_for(CONSENT)
        if at != CONSENT:
            chat.send("y\r")
            chat.wait_for("waiting… 0 s")
        before = chat.prompts
        chat.interrupt()
        chat.wait_for_prompt(before)
        assert "stopped" in chat.screen
        chat.send("go on\r")
        chat.wait_until(lambda: chat.output.count(CONSENT) == 2)
        chat.send("n")
        chat.wait_for("no reason):")
        chat.ask("no more")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert "interrupted" in check_history(fs.requests[-1])[2].text


def test_a_tool_can_be_taken_away(fs: FaultServer, home: Path, tools: str) -> None:
    with chatting(home, fs.url("ok"), "-T", tools, "--tool-choice", "hang") as chat:
        chat.ask("/tools off hang")
        said = "".join("".join(chat.screen).split())  # a long path is broken at the edge
        assert f"hang:off,{tools},Hangs." in said
        chat.ask("hi")
        chat.leave()
    body = fs.requests[-1].json()
    assert [tool["function"]["name"] for tool in body["tools"]] == ["shout"]
    assert "tool_choice" not in body


def test_a_file_that_cannot_be_used_ends_the_chat_before_it_begins(
    home: Path, tool_file: ToolFile, fs: FaultServer
) -> None:
    with chatting(home, fs.url("ok"), "-T", tool_file("x = 1"), tty=True) as chat:
        check(chat.finish(), code=5)


def test_tools_are_switched_by_name() -> None:
    chat = Chat()
    assert "no tools" in chat.type("/tools")
    assert chat.type("/tools off f") == "  f: off"
    assert chat.type("/tools on f") == "  f: on"


@pytest.mark.parametrize("line", ["/tools f", "/tools on", "/tools toggle f"])
def test_a_switch_that_is_none_is_told(line: str) -> None:
    chat = Chat()
    chat.type(line)
    assert [error.kind for error in chat.host.failures] == ["usage"]
