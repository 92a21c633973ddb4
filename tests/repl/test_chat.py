"""azchat chat on a terminal: turns, what is kept of them, and what the commands do to them."""

import base64
import json
import re
from pathlib import Path

import pytest

from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.oracles import CANARY, check
from tests.repl.chatting import FIRST, PROMPT_TOOLKIT, Chatting, chatting, data_folder, says, sent

ANSWER = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7 tok8 tok9"


def shows(chat: Chatting, text: str) -> bool:
    return text in "\n".join(chat.screen)


# -- a turn ----------------------------------------------------------------------------


def test_the_prompt_comes_with_its_toolbar(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        assert chat.screen[0] == FIRST
        assert chat.screen[-1] == "m · 0 tokens · session new"
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert fs.requests == []


def test_a_turn_shows_folded_thinking_and_the_answer(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("think", field="reasoning_content")) as chat:
        chat.ask("hi")
        result = chat.leave()
    check(result, code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    lines = [line for line in result.screen if line]
    assert lines[0] == "> hi"
    assert re.fullmatch(r"▸ Thought for \d+\.\d s · 5 tokens", lines[1])
    assert lines[2] == ANSWER


def test_the_last_line_resumes_it(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), "--session", "my talk") as chat:
        chat.ask("hi")
        result = chat.leave()
    assert [line for line in result.screen if line][-1] == (
        "to go on: azchat chat --session 'my talk'"
    )


def test_without_a_turn_there_is_nothing_to_resume(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        assert "to go on" not in str(chat.leave())


@pytest.mark.parametrize("words", [["--session", "talk"], ["--session", "1"], ["-c"]], ids=str)
def test_a_session_is_resumed_with_its_history(
    fs: FaultServer, home: Path, words: list[str]
) -> None:
    with chatting(home, fs.url("ok"), "--session", "talk") as chat:
        chat.ask("one")
        chat.leave()
    with chatting(home, fs.url("ok"), *words) as chat:
        assert chat.screen[:3] == ["session talk: one (1 turn)", "> one", ANSWER]
        chat.ask("two")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests) == [("user", "one"), ("assistant", ANSWER), ("user", "two")]


def test_a_named_session_has_its_name_while_the_first_answer_comes(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("infinite", ms=20), "--session", "talk") as chat:
        chat.send("hi\r")
        chat.wait_for("tok5")
        with chatting(home, fs.url("ok"), "--session", "talk") as other:
            assert other.screen[0] == "session talk: hi (1 turn)"


def test_no_log_leaves_no_file(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), "-n") as chat:
        chat.ask("one")
        chat.ask("two")
        result = chat.leave()
    check(result, code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests)[-1] == ("user", "two")
    assert len(sent(fs.requests)) == 3
    assert "to go on" not in str(result)
    assert not data_folder(home).exists()


def test_think_after_a_resume_shows_the_thinking_of_any_turn(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("think", field="reasoning_content")) as chat:
        chat.ask("one")
        chat.leave()
    with chatting(home, fs.url("ok"), "-c") as chat:
        chat.ask("two")
        chat.ask("/think 1")
        assert shows(chat, "think0 think1 think2")


# -- what goes wrong -------------------------------------------------------------------


def test_an_error_gives_the_prompt_back(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("httperr", status=401)) as chat:
        chat.ask("hi")
        assert shows(chat, "azchat: auth: ")
        assert shows(chat, "hint: ")
        result = chat.leave()
    assert result.code == 0
    assert CANARY not in str(result)


def test_the_hint_of_an_answer_is_what_can_be_typed_here(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("length", empty=1), size=(120, 24)) as chat:
        chat.wait_for_prompt()
        chat.ask("hi")
        hint = next(line for line in chat.screen if line.startswith("hint: "))
        many, effort = re.findall(r"/set \w+ \w+", hint)
        assert "--" not in hint
        chat.ask(many)
        chat.ask(effort)
        chat.ask("/retry")
    body = fs.requests[-1].json()
    assert f"/set max_tokens {body['max_tokens']}" == many
    assert f"/set effort {body['reasoning_effort']}" == effort


def test_a_cut_answer_is_marked_and_continued(home: Path) -> None:
    with Scripted(says("a part", finish=None), says(" and more")) as server:
        with chatting(home, server.url, "--retries", "0") as chat:
            chat.ask("one")
            assert shows(chat, "azchat: incomplete: ")
            chat.ask("/continue")
            chat.leave()
        assert sent(server.requests)[:2] == [("user", "one"), ("assistant", "a part")]


def test_an_error_event_keeps_what_came(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("miderror")) as chat:
        chat.ask("one")
        assert shows(chat, "azchat: incomplete: ")
        chat.ask("two")
    assert sent(fs.requests) == [("user", "one"), ("assistant", ANSWER), ("user", "two")]


def test_a_network_that_comes_back_finds_the_history_intact(home: Path) -> None:
    first = FaultServer()
    with chatting(home, first.url("ok"), "--retries", "0") as chat:
        chat.ask("one")
        first.close()
        chat.ask("lost")
        assert shows(chat, "azchat: network: connection refused")
        with FaultServer(port=first.port) as second:
            chat.ask("two")
            history = sent(second.requests)
    assert history == [("user", "one"), ("assistant", ANSWER), ("user", "two")]


def test_a_system_message_that_cannot_be_read_ends_the_turn_only(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("/system @missing")
        chat.ask("hi")
        assert shows(chat, "azchat: input: cannot read missing")
        chat.ask("/system none")
        chat.ask("again")
        chat.leave()
    assert sent(fs.requests) == [("user", "again")]


@pytest.mark.parametrize("scenario", ["esc", "uni", "markup"])
def test_a_hostile_answer_stays_text_also_in_lists(
    fs: FaultServer, home: Path, scenario: str
) -> None:
    with chatting(home, fs.url(scenario)) as chat:
        chat.ask("\x1b[200~\x1b[2Jhi \x1b]0;x\x07\u202e[red]\x1b[201~")
        chat.ask("/raw")
        chat.ask("/sessions")
        chat.ask("/search hi")
        chat.leave()
    with chatting(home, fs.url(scenario), "-c") as chat:
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)


def test_what_is_no_utf_8_is_mended(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send(b"a\xffb")
        chat.ask("")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests) == [("user", "a\ufffdb")]


# -- commands that send ----------------------------------------------------------------


def test_retry_with_an_effort_sends_it_once(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("one")
        chat.ask("/retry --effort high")
        chat.ask("two")
    efforts = [request.json().get("reasoning_effort") for request in fs.requests]
    assert efforts == [None, "high", None]


def test_settings_are_sent(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("/set temperature 2")
        chat.ask("/model other")
        chat.ask("/system be brief")
        chat.ask("hi")
        assert "other · " in chat.screen[-1] or shows(chat, "other · ")
    body = fs.requests[-1].json()
    assert (body["temperature"], body["model"]) == (2, "other")
    assert sent(fs.requests)[0] == ("system", "be brief")


def test_a_value_that_is_none_changes_nothing(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("/set temperature warm")
        assert shows(chat, "azchat: usage: ")
        chat.ask("hi")
    assert "temperature" not in fs.requests[-1].json()


def test_a_resumed_session_keeps_its_settings(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), "-s", "be brief") as chat:
        chat.ask("/set temperature 2")
        chat.ask("one")
        chat.ask("/new")
        chat.leave()
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("/resume 1")
        chat.ask("two")
    assert sent(fs.requests)[0] == ("system", "be brief")
    assert fs.requests[-1].json()["temperature"] == 2


def test_an_edited_question_is_sent_in_its_place(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("one")
        chat.send("/edit\r")
        chat.wait_until(lambda: chat.line == "> one" and chat.prompts == 3)
        chat.ask(" more")
    assert sent(fs.requests) == [("user", "one more")]


def test_an_edit_that_is_thrown_away_replaces_nothing(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("one")
        chat.send("/edit\r")
        chat.wait_until(lambda: chat.line == "> one" and chat.prompts == 3)
        chat.type("\x03", ">")
        chat.ask("two")
    assert [text for _, text in sent(fs.requests)] == ["one", ANSWER, "two"]


def test_what_is_taken_back_stays_in_the_file(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("precious")
        chat.ask("/undo")
        chat.leave()
    written = b"".join(path.read_bytes() for path in data_folder(home).glob("sessions.db*"))
    assert b"precious" in written


def test_a_fork_and_its_origin_go_apart(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), "--session", "talk") as chat:
        chat.ask("one")
        chat.ask("/fork copy")
        chat.ask("two")
        chat.ask("/resume talk")
        chat.ask("three")
    assert [text for _, text in sent(fs.requests)] == ["one", ANSWER, "three"]


def test_compact_goes_on_with_the_summary(home: Path) -> None:
    with Scripted(says("yes"), says("the summary"), says("ok")) as server:
        with chatting(home, server.url) as chat:
            chat.ask("one")
            chat.ask("/compact")
            assert shows(chat, "this is session 2 now; session 1 is as it was")
            chat.ask("two")
        said = sent(server.requests)
    assert said[0][1].startswith("one (continued)\n\nSummarise")
    assert [text for _, text in said[1:]] == ["the summary", "two"]


# -- commands that show or write ---------------------------------------------------------


def test_copy_over_ssh_asks_the_terminal(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), env={"SSH_TTY": "/dev/pts/9"}) as chat:
        chat.ask("hi")
        chat.ask("/copy")
        result = chat.leave()
    data = base64.b64encode(ANSWER.encode()).decode()
    assert f"\x1b]52;c;{data}\x07".encode() in result.terminal
    check(result, code=0, servers=[fs], allow=[*PROMPT_TOOLKIT, r"\x1b\]52;c;[\w+/=]+\x07"])


def test_copy_uses_the_tool_of_the_platform(fs: FaultServer, home: Path) -> None:
    folder = home / "bin"
    folder.mkdir(mode=0o700)
    tool = folder / "pbcopy"
    tool.write_text(f"#!/bin/sh\numask 077\ncat > {home}/copied\n")
    tool.chmod(0o700)
    with chatting(home, fs.url("ok"), env={"PATH": f"{folder}:/usr/bin:/bin"}) as chat:
        chat.ask("hi")
        chat.ask("/copy")
        assert shows(chat, f"copied {len(ANSWER)} characters with pbcopy")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert (home / "copied").read_text() == ANSWER


def test_export_writes_the_session(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("hi")
        chat.ask("/export talk.json")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert ANSWER in json.dumps(json.loads((home / "talk.json").read_text()))


def test_search_and_tokens_show_what_there_is(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("apple pie")
        chat.ask("/search pie")
        assert shows(chat, "turn 1 · question: apple pie")
        chat.ask("/tokens")
        assert shows(chat, "TURN  PROMPT  COMPLETION  THINKING")
        assert shows(chat, "     1      11          10         0")


# -- other terminals -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "env"),
    [([], {"TERM": "dumb"}), ([], {"TERM": None}), (["--plain"], {})],
    ids=["dumb", "no TERM", "--plain"],
)
def test_a_terminal_that_takes_plain_text_gets_plain_text(
    fs: FaultServer, home: Path, words: list[str], env: dict[str, str | None]
) -> None:
    with chatting(home, fs.url("ok"), *words, env=env) as chat:
        chat.wait_for("> ")
        chat.send('"""one\n/exit\n"""\n')
        chat.wait_for("tok9")
        chat.send("//two\n")
        chat.wait_until(lambda: chat.output.count("tok9") == 2)
        chat.wait_until(lambda: chat.output.endswith("\n> "))
        result = chat.leave()
    check(result, code=0, servers=[fs])
    assert b"\x1b" not in result.terminal
    assert [text for _, text in sent(fs.requests)] == ["one\n/exit", ANSWER, "/two"]


def test_ctrl_c_at_a_plain_prompt_twice_leaves(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), env={"TERM": "dumb"}) as chat:
        chat.wait_for("> ")
        chat.interrupt()
        chat.wait_for("Ctrl-C again, or Ctrl-D, leaves\r\n> ")
        chat.interrupt()
        check(chat.finish(), code=0, servers=[fs])


def test_no_color_means_no_colour(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), env={"NO_COLOR": "1"}) as chat:
        chat.ask("hi")
        result = chat.leave()
    check(result, code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert not re.search(rb"\x1b\[[0-9;]*(3|4|9)[0-9][0-9;]*m", result.terminal)


def test_a_window_that_changes_its_size_spoils_nothing(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("slow", n=30, ms=20)) as chat:
        chat.resize(50, 10)
        chat.type("hi", "> hi")
        chat.resize(100, 30)
        chat.send("\r")
        chat.wait_for("tok5")
        chat.resize(40, 12)
        chat.wait_for_prompt(1)
        chat.resize(1, 1, keep=True)
        chat.resize(80, 24)
        result = chat.leave()
    check(result, code=0, servers=[fs], allow=PROMPT_TOOLKIT)


def test_a_page_that_is_no_answer_gives_the_prompt_back(home: Path) -> None:
    with Scripted(reply(b"nonsense", content_type="text/html"), says("ok")) as server:
        with chatting(home, server.url) as chat:
            chat.ask("one")
            assert shows(chat, "azchat: service: ")
            chat.ask("two")
            chat.leave()
        assert sent(server.requests) == [("user", "two")]
