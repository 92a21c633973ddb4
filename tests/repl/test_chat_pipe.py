"""azchat chat without a terminal: each line of a pipe is a question."""

import signal
from pathlib import Path

import pytest

from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import Result
from tests.oracles import check
from tests.repl.chatting import chatting, data_folder, sent

ANSWER = text_of(10)


def piped(home: Path, url: str, text: str, *words: str) -> Result:
    with chatting(home, url, *words, tty=False, stdin=text.encode()) as chat:
        return chat.finish()


def test_each_line_is_a_turn(fs: FaultServer, home: Path) -> None:
    result = piped(home, fs.url("ok"), "a\nb\n")
    check(result, code=0, servers=[fs])
    assert result.out == f"{ANSWER}\n{ANSWER}\n"
    assert sent(fs.requests) == [("user", "a"), ("assistant", ANSWER), ("user", "b")]


def test_the_line_that_resumes_it_is_on_stderr(fs: FaultServer, home: Path) -> None:
    result = piped(home, fs.url("ok"), "a\n")
    assert result.err == "to go on: azchat chat --session 1\n"


def test_quiet_says_nothing(fs: FaultServer, home: Path) -> None:
    assert piped(home, fs.url("ok"), "a\n", "-q").err == ""


def test_a_failure_is_the_exit_code_and_the_next_turn_is_asked(fs: FaultServer, home: Path) -> None:
    result = piped(home, fs.url("flaky", fails=1, status=400), "a\nb\n")
    check(result, code=7, servers=[fs])
    assert result.out == f"{ANSWER}\n"
    assert sent(fs.requests) == [("user", "b")]


@pytest.mark.parametrize(("scenario", "code"), [("httperr", 7), ("miderror", 8), ("closed", 6)])
def test_the_exit_code_says_what_failed(
    fs: FaultServer, home: Path, scenario: str, code: int
) -> None:
    result = piped(home, fs.url(scenario), "a\n", "--retries", "0")
    check(result, code=code, servers=[fs])


def test_commands_work_and_what_they_say_is_no_answer(fs: FaultServer, home: Path) -> None:
    result = piped(home, fs.url("ok"), "/set temperature 2\na\n/exit\nb\n")
    check(result, code=0, servers=[fs])
    assert result.out == f"{ANSWER}\n"
    assert "temperature = 2.0\n" in result.err
    assert [request.json()["temperature"] for request in fs.requests] == [2]


def test_settings_are_told_as_the_config_file_has_them(fs: FaultServer, home: Path) -> None:
    result = piped(home, fs.url("ok"), "/set usage on\n/set\n/info\na\n")
    check(result, code=0, servers=[fs], chatter=True)
    assert result.err.count("usage = true\n") == 2
    told = {" ".join(line.split()) for line in result.err.splitlines()}
    assert {"usage true this chat", "plain false default"} <= told


def test_a_mistyped_command_is_a_failure(fs: FaultServer, home: Path) -> None:
    check(piped(home, fs.url("ok"), "/hlep\n"), code=2, servers=[fs])


def test_a_block_is_one_question(fs: FaultServer, home: Path) -> None:
    check(piped(home, fs.url("ok"), '"""\n/a\nb\n"""\n'), code=0, servers=[fs])
    assert sent(fs.requests) == [("user", "/a\nb")]


def test_a_block_without_an_end_is_sent_at_the_end(fs: FaultServer, home: Path) -> None:
    piped(home, fs.url("ok"), '"""a\nb')
    assert sent(fs.requests) == [("user", "a\nb")]


def test_only_line_feeds_part_the_questions(fs: FaultServer, home: Path) -> None:
    piped(home, fs.url("ok"), "a\x0c\u2028b\r\n\r\n")
    assert [sent([request])[0][1] for request in fs.requests] == ["a\x0c\u2028b"]


def test_an_answer_in_a_pipe_has_no_escape_codes_of_azchat(fs: FaultServer, home: Path) -> None:
    result = piped(home, fs.url("think", field="reasoning_content"), "a\n/think\n/sessions\n")
    check(result, code=0, servers=[fs])
    assert "\x1b" not in result.out


@pytest.mark.parametrize(
    ("text", "code"), [("", 2), (" \n\n", 2), ("\udcff".encode("utf-8", "surrogateescape"), 5)]
)
def test_a_pipe_without_a_question_is_refused(
    fs: FaultServer, home: Path, text: str | bytes, code: int
) -> None:
    stdin = text.encode() if isinstance(text, str) else text
    with chatting(home, fs.url("ok"), tty=False, stdin=stdin) as chat:
        check(chat.finish(), code=code, servers=[fs])
    assert fs.requests == []


def test_without_any_stdin_there_is_no_question(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), tty=False) as chat:
        check(chat.finish(), code=2, servers=[fs])


def test_a_terminal_without_a_screen_is_refused(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), tty=["stdin"]) as chat:
        result = chat.finish()
    check(result, code=2, servers=[fs])
    assert "stdout is none" in result.err


def test_a_reader_that_leaves_ends_the_chat_in_silence(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("infinite", ms=1), tty=False, stdin=b"a\nb\n") as chat:
        chat.wait_for("tok5")
        chat.close_output()
        result = chat.finish(5)
    check(result, code=signal.SIGPIPE, servers=[fs])
    assert len(fs.requests) == 1


def test_an_interrupt_ends_all_questions(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("infinite", ms=1), tty=False, stdin=b"a\nb\n") as chat:
        chat.wait_for("tok5")
        chat.interrupt()
        check(chat.finish(5), code=signal.SIGINT, servers=[fs])
    assert len(fs.requests) == 1


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["-n", "-c"], "--no-log cannot go on with a session"),
        (["-c"], "there is no session to continue"),
        (["--session", "7"], "there is no session '7'"),
        (["--session", "a\tb"], "cannot be a session's name"),
    ],
    ids=str,
)
def test_a_session_that_cannot_be_is_refused_before_anything_is_sent(
    fs: FaultServer, home: Path, words: list[str], what: str
) -> None:
    result = piped(home, fs.url("ok"), "a\n", *words)
    assert what in result.err
    assert result.code in (2, 5)
    assert fs.requests == []


def test_no_log_leaves_nothing_behind(fs: FaultServer, home: Path) -> None:
    check(piped(home, fs.url("ok"), "a\nb\n", "-n"), code=0, servers=[fs])
    assert not data_folder(home).exists()
