"""stdin, stdout and arguments that are closed, full, foreign, endless or silent."""

import json
import signal
import sys
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Result, Session, azchat
from tests.oracles import CANARY, check

ANSWER = text_of() + "\n"
FULL = Path("/dev/full")
MIB = 1 << 20


def variables(url: str) -> dict[str, str]:
    return {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}


# -- the reader is gone (row 102) ------------------------------------------------------


@pytest.mark.parametrize("ms", [0, 20])
@pytest.mark.parametrize("args", [[], ["--output-format", "stream-json"]], ids=["text", "events"])
def test_when_the_reader_leaves_the_request_ends_in_silence(
    fs: FaultServer, home: Path, ms: int, args: list[str]
) -> None:
    env = variables(fs.url("infinite", ms=ms))
    with Session("ask", "hi", *args, home=home, env=env, tty=False, keep=False) as session:
        session.wait_for("tok")
        session.close_output()
        result = session.finish(5)
    check(result, code=signal.SIGPIPE, servers=[fs])
    assert result.err == ""
    assert fs.wait(lambda: fs.connections[-1].closed_by_peer)


@pytest.mark.parametrize(
    "args",
    [["ask", "--demo", "hi"], ["ask", "--demo", "--json", "hi"], ["info", "--demo"], ["--help"]],
    ids=" ".join,
)
def test_a_reader_that_was_never_there_is_no_error(home: Path, args: list[str]) -> None:
    with Session(*args, home=home, tty=False) as session:
        session.close_output()
        result = session.finish()
    check(result, code=signal.SIGPIPE)
    assert result.err == ""


def test_a_reader_of_the_thinking_that_leaves_is_no_error_either(
    fs: FaultServer, home: Path
) -> None:
    args = ("ask", "hi", "--thinking-file", "-", "--output", "a")
    env = variables(fs.url("think", ms=20, r=2000))
    with Session(*args, home=home, env=env, tty=False) as session:
        session.wait_for("think3")
        session.close_output()
        result = session.finish()
    assert (result.signal, "local" in result.err) == (signal.SIGPIPE, False)


# -- stdout full or closed (row 103) ---------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [[], ["--json"], ["--output-format", "stream-json"], ["--dry-run"], ["--no-stream"]],
    ids=str,
)
def test_an_answer_that_cannot_be_written_is_a_local_error(
    fs: FaultServer, ask: Ask, args: list[str]
) -> None:
    full = ask(fs.url("ok"), "hi", *args, stdout=FULL)
    check(full, code=9, servers=[fs])
    assert "no space" in full.err
    closed = ask(fs.url("ok"), "hi", *args, closed=["stdout"])
    check(closed, code=9, servers=[fs])
    assert "free some space" in full.err
    assert "free some space" not in closed.err


@pytest.mark.parametrize(
    "args",
    [["--help"], ["--version"], ["ask", "--help"], ["info", "--demo"], ["info", "--demo", "--json"],
     ["config", "path"], ["--show-completion", "bash"], ["tools", "list"]],
    ids=" ".join,
)  # fmt: skip
def test_every_command_tells_that_its_output_was_lost(home: Path, args: list[str]) -> None:
    check(azchat(*args, home=home, stdout=FULL), code=9)


def test_nothing_is_lost_when_the_answer_goes_to_a_file(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    check(ask(fs.url("ok"), "hi", "--output", "a", closed=["stdout"]), code=0)
    assert (home / "a").read_text() == ANSWER


@pytest.mark.parametrize("closed", [["stdin"], ["stderr"], ["stdin", "stderr"]], ids=str)
def test_closed_streams_that_are_not_needed_do_not_matter(
    fs: FaultServer, ask: Ask, closed: list[str]
) -> None:
    result = ask(fs.url("ok"), "hi", "-u", closed=closed)
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER


def test_a_full_stderr_does_not_matter(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), "hi", "--thinking", "live", "-u", stderr=FULL)
    check(result, code=0)
    assert result.out == ANSWER


@pytest.mark.parametrize("closed", [["stderr"], ["stdin", "stdout", "stderr"]], ids=str)
def test_an_error_without_a_stderr_is_still_an_exit_code(home: Path, closed: list[str]) -> None:
    result = azchat("ask", "hi", home=home, closed=closed)
    assert result.code == 3
    assert result.out == ""


def test_with_closed_streams_the_answer_gets_into_no_file(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    args = ("hi", "--thinking-file", "thoughts", "--record", "record")
    result = ask(fs.url("think"), *args, closed=["stdin", "stdout", "stderr"])
    assert result.code == 9
    assert b"tok0" not in (home / "thoughts").read_bytes()


# -- stdin that is no text (row 104) ---------------------------------------------------

NO_TEXT = {
    "latin-1": (b"caf\xe9", "(byte 0xe9 at 3)", "--encoding"),
    "cut UTF-8": ("é".encode()[:1], "(byte 0xc3 at 0)", "--encoding"),
    "a surrogate": (b"a\xed\xa0\x80", "(byte 0xed at 1)", "--encoding"),
    "UTF-16 with a mark": ("hi".encode("utf-16"), "UTF-16", "--encoding utf-16"),
    "UTF-16 big-endian": (b"\xfe\xff\0h", "UTF-16", "--encoding utf-16"),
    "UTF-16 without a mark": ("hi".encode("utf-16-le"), "NUL", ""),
    "NUL": (b"a\0b", "NUL", ""),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4096, "(byte 0x89 at 0)", ""),
}


@pytest.mark.parametrize(("piped", "what", "hint"), NO_TEXT.values(), ids=NO_TEXT)
def test_a_pipe_that_is_no_text_is_an_input_error_and_nothing_is_sent(
    fs: FaultServer, ask: Ask, piped: bytes, what: str, hint: str
) -> None:
    result = ask(fs.url("ok"), "explain", stdin=piped)
    check(result, code=5, servers=[fs])
    assert what in result.err
    assert hint in result.err
    assert not fs.requests


@pytest.mark.parametrize(
    ("encoding", "piped"),
    [
        ("latin-1", b"caf\xe9"),
        ("cp1252", b"caf\xe9"),
        ("utf-16", "café".encode("utf-16")),
        ("UTF-16LE", "café".encode("utf-16-le")),
        ("utf-8", b"\xef\xbb\xbfcaf\xc3\xa9"),
        ("cp437", b"caf\x82"),
    ],
)
def test_a_named_encoding_is_read(fs: FaultServer, ask: Ask, encoding: str, piped: bytes) -> None:
    check(ask(fs.url("ok"), "-", "--encoding", encoding, stdin=piped), code=0)
    assert fs.requests[0].json()["messages"][0]["content"] == "café"


@pytest.mark.parametrize(
    "encoding",
    ["klingon", "", "hex", "base64", "rot13", "zlib"],
)
def test_an_encoding_that_is_none_is_a_usage_error(
    fs: FaultServer, ask: Ask, encoding: str
) -> None:
    check(ask(fs.url("ok"), "-", "--encoding", encoding, stdin="hi \xe9"), code=2, servers=[fs])
    assert not fs.requests


@pytest.mark.parametrize(
    "piped", ["é漢🙂\n", "a\r\nb", "\t\x1b\x07", "\u202e", "a\u2028b"], ids=repr
)
def test_any_text_is_sent_as_it_is(fs: FaultServer, ask: Ask, piped: str) -> None:
    check(ask(fs.url("ok"), "-", stdin=piped), code=0)
    assert fs.requests[0].json()["messages"][0]["content"] == piped


# -- stdin that is too much (row 105) --------------------------------------------------


def test_a_file_of_1_gb_is_refused_after_what_the_limit_needs(
    fs: FaultServer, ask: Ask, tmp_path: Path
) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(1024 * MIB)
    result = ask(fs.url("ok"), "sum up", stdin=big, program=PROGRAM)
    check(result, code=5, servers=[fs], limit_rss=100 * MIB, limit_seconds=4)
    assert "larger than 8 MiB" in result.err
    assert not fs.requests


def test_a_pipe_without_end_is_refused(fs: FaultServer, home: Path) -> None:
    env = variables(fs.url("ok"))
    asked = Session("ask", "x", home=home, env=env, tty=False, stdin="open", program=PROGRAM)
    with asked as session:
        session.send(b"x" * (8 * MIB + 1))  # and it stays open
        result = session.finish()
    check(result, code=5, servers=[fs], limit_rss=100 * MIB)


def test_8_mib_are_not_too_much(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "-", stdin=b"x" * (8 * MIB)), code=0)
    assert len(fs.requests[0].json()["messages"][0]["content"]) == 8 * MIB


# -- nothing to ask (row 107) ----------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "piped"),
    [
        *[(args, None) for args in ([], ["-"], [""], ["  \n\t"])],
        *[([], piped) for piped in ("", " \n\t\n", "\ufeff", "\u3000")],
        (["-"], " \n"),
    ],
)
def test_without_a_question_nothing_is_sent(
    fs: FaultServer, home: Path, args: list[str], piped: str | None
) -> None:
    result = azchat("ask", *args, home=home, env=variables(fs.url("ok")), stdin=piped)
    check(result, code=2, servers=[fs])
    assert "no question" in result.err
    assert not fs.requests


def test_without_a_question_a_terminal_is_not_read(fs: FaultServer, home: Path) -> None:
    check(azchat("ask", home=home, env=variables(fs.url("ok")), tty=True), code=2)


@pytest.mark.parametrize("piped", ["", " \n", None], ids=repr)
def test_an_empty_pipe_adds_nothing_to_the_prompt(
    fs: FaultServer, ask: Ask, piped: str | None
) -> None:
    check(ask(fs.url("ok"), "hi", "--allow-empty", stdin=piped), code=0)
    assert fs.requests[0].json()["messages"][0]["content"] == "hi"


# -- arguments and locales (row 108) ---------------------------------------------------

LOCALES = {
    "C": {"LC_ALL": "C"},
    "C without Python's help": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "POSIX": {"LANG": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ASCII streams": {"PYTHONIOENCODING": "ascii"},
    "ASCII streams, C": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"},
    "no locale": {"LANG": ""},
}


@pytest.mark.parametrize("env", LOCALES.values(), ids=LOCALES)
def test_prompt_and_answer_are_utf8_in_any_locale(
    fs: FaultServer, ask: Ask, env: dict[str, str]
) -> None:
    env = {"PYTHONCOERCECLOCALE": "0", **env}
    args = ("dé漢🙂?", "-s", "ß", "--stop", "ü", "-m", "ö")
    result = ask(fs.url("text", text="é漢🙂"), *args, env=env)
    check(result, code=0)
    assert result.out_bytes.decode() == "é漢🙂\n"
    sent = fs.requests[0].json()
    assert [m["content"] for m in sent["messages"]] == ["ß", "dé漢🙂?"]
    assert (sent["stop"], sent["model"]) == (["ü"], "ö")


@pytest.mark.parametrize("env", LOCALES.values(), ids=LOCALES)
def test_errors_and_json_are_utf8_in_any_locale(home: Path, env: dict[str, str]) -> None:
    result = azchat("ask", "--json", "hi", "--profile", "käse", home=home, env=env)
    check(result, code=3)
    assert "käse" in result.err_bytes.decode()
    assert "käse" in json.loads(result.out_bytes)["error"]["message"]


BYTES = "caf\udce9"  # how an argument of b"caf\xe9" looks to Python


@pytest.mark.parametrize(
    "args",
    [
        [BYTES], ["hi", "-s", BYTES], ["hi", "-m", BYTES], ["hi", "--stop", BYTES],
        ["hi", "-o", f"k={BYTES}"], ["hi", "-o", f"{BYTES}=1"], ["hi", "--endpoint", BYTES],
        ["hi", "--profile", BYTES], ["hi", "-s", f"@{BYTES}"], ["hi", "--replay", BYTES],
        ["hi", "--temperature", BYTES], [f"--{BYTES}"],
        ["hi", "--api-version", BYTES], ["hi", "--thinking", BYTES], ["hi", "there", BYTES],
    ],
    ids=repr,
)  # fmt: skip
def test_arguments_that_are_not_utf8_are_told_and_nothing_is_sent(
    fs: FaultServer, ask: Ask, args: list[str]
) -> None:
    result = ask(fs.url("ok", base="models"), *args)
    assert result.code in (2, 3, 5), result
    check(result, code=result.code, servers=[fs])
    assert not fs.requests


def test_json_tells_of_an_argument_that_is_not_utf8(ask: Ask) -> None:
    result = ask("http://127.0.0.1:9/v1", BYTES, "--json")
    check(result, code=5)
    assert json.loads(result.out_bytes)["error"]["class"] == "input"


@pytest.mark.parametrize("option", ["--output", "--thinking-file", "--record"])
def test_a_file_name_may_be_any_bytes(fs: FaultServer, ask: Ask, home: Path, option: str) -> None:
    check(ask(fs.url("ok"), "hi", option, BYTES), code=0)
    assert (home / BYTES).exists()


@pytest.mark.parametrize("option", ["--output", "--thinking-file", "--record"])
@pytest.mark.parametrize("name", ["a" * 300, "loop"], ids=["long", "loop"])
def test_a_file_name_that_leads_nowhere_is_told_in_words(
    ask: Ask, home: Path, option: str, name: str
) -> None:
    (home / "loop").symlink_to("loop")
    check(ask("http://127.0.0.1:9/v1", "hi", option, name), code=9)


@pytest.mark.parametrize("option", ["--thinking-file", "--record"])
def test_what_is_written_beside_the_answer_may_go_to_a_device(
    fs: FaultServer, ask: Ask, option: str
) -> None:
    check(ask(fs.url("think", implicit=1), "hi", "-m", "qwq", option, "/dev/null"), code=0)


@pytest.mark.parametrize("value", [BYTES, "\x1b[31m", "a" * 5000], ids=["bytes", "escape", "long"])
@pytest.mark.parametrize("name", ["AZURE_INFERENCE_ENDPOINT", "AZCHAT_PROFILE"])
def test_variables_of_any_bytes_are_told_in_words(home: Path, name: str, value: str) -> None:
    check(azchat("ask", "hi", home=home, env={name: value}), code=3)


def in_a_removed_folder(home: Path, *args: str) -> Result:
    (home / "gone").mkdir(0o700)
    away = ("/bin/sh", "-c", 'rmdir ../gone && exec "$@"', "sh")
    return azchat(*args, home=home, cwd=home / "gone", program=(*away, *PROGRAM))


@pytest.mark.parametrize("args", [["--version"], ["ask", "--demo", "hi"], ["info", "--demo"]])
def test_a_folder_that_was_removed_meanwhile_does_not_matter(home: Path, args: list[str]) -> None:
    check(in_a_removed_folder(home, *args), code=0)


@pytest.mark.parametrize("option", ["--output", "--thinking-file", "--record"])
def test_a_file_in_a_folder_that_was_removed_cannot_be_written(home: Path, option: str) -> None:
    check(in_a_removed_folder(home, "ask", "--demo", "hi", option, "a"), code=9)


# -- a pipe that never speaks ----------------------------------------------------------


@pytest.mark.parametrize(("args", "tells"), [(["hi"], True), (["-q", "hi"], False)], ids=str)
def test_a_silent_pipe_is_waited_for_but_not_in_silence(
    fs: FaultServer, home: Path, args: list[str], tells: bool
) -> None:
    env = variables(fs.url("ok"))
    with Session("ask", *args, home=home, env=env, tty=False, stdin="open") as session:
        if tells:
            session.wait_for("waiting for stdin")
        session.send(b"at last")
        session.end_input()
        result = session.finish()
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER
    assert bool(result.err) == tells


def test_a_pipe_that_speaks_in_time_gets_no_hint(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", stdin="text")
    check(result, code=0)
    assert result.err == ""


def test_a_pipe_that_somebody_made_non_blocking_is_waited_for_too(
    fs: FaultServer, home: Path
) -> None:
    script = "import os, sys; os.set_blocking(0, False); os.execvp(sys.argv[1], sys.argv[1:])"
    program = (sys.executable, "-c", script, *PROGRAM)
    env = variables(fs.url("ok"))
    with Session("ask", home=home, env=env, tty=False, stdin="open", program=program) as session:
        session.wait_for("waiting for stdin")
        session.send("hi")
        session.end_input()
        check(session.finish(), code=0, servers=[fs])


def test_a_silent_pipe_can_be_left_with_ctrl_c(fs: FaultServer, home: Path) -> None:
    env = variables(fs.url("ok"))
    with Session("ask", "hi", home=home, env=env, tty=False, stdin="open") as session:
        session.wait_for("waiting for stdin")
        session.interrupt()
        check(session.finish(), code=130, servers=[fs])
    assert not fs.requests
