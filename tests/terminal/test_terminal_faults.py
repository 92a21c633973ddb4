"""Answers that attack the terminal, and answers that break off: what is on the screen then."""

import re
import shlex
import signal
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.hostile import ESCAPES, HARMLESS, MARKUP
from tests.faults.server import FaultServer
from tests.front_door import Result
from tests.oracles import check
from tests.terminal.asking import FOLDED, Dictated, asking, lines_of, words_of

WAYS = [[], ["--raw"], ["--plain"]]
WIDE = (200, 50)
ANSWER = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7 tok8 tok9"


def unstyled(result: Result) -> str:
    """Return what was written to the terminal without azchat's own codes."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", result.terminal.decode())


# -- hostile text (rows 48 to 55) ------------------------------------------------------


@pytest.mark.parametrize("args", WAYS, ids=str)
def test_escapes_are_shown_and_do_nothing(fs: FaultServer, ask: Ask, args: list[str]) -> None:
    result = ask(fs.url("esc", split=1), "hi", *args, tty=True, size=(700, 9))
    check(result, code=0, servers=[fs])
    words = words_of(result)
    assert "^[[31mred^[[0m" in words
    assert "^[]52;c;c2stQ0FOQVJZ^G" in words
    assert "abc^H^H^Hxyz form ^L tab ^K" in words
    assert re.search(r"safe(\^M| )EVIL", words)  # to Markdown it is the end of a line


def test_every_word_between_escapes_is_readable(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("esc"), tty=True, size=WIDE)
    plain = re.findall(r"(?<=\s)[a-z]{3,}(?=\s)", ESCAPES)
    assert [word for word in plain if word not in words_of(result)] == []


@pytest.mark.parametrize("scenario", ["esc", "uni"])
def test_the_cuts_of_a_stream_hide_nothing(fs: FaultServer, ask: Ask, scenario: str) -> None:
    whole = ask(fs.url(scenario), tty=True, size=WIDE)
    split = ask(fs.url(scenario, split=1), tty=True, size=WIDE)
    assert lines_of(split) == lines_of(whole)


@pytest.mark.parametrize("args", WAYS, ids=str)
def test_what_cannot_be_seen_is_shown_and_scripts_are_left_alone(
    fs: FaultServer, ask: Ask, args: list[str]
) -> None:
    result = ask(fs.url("uni"), "hi", *args, tty=True, size=(700, 9))
    check(result, code=0, servers=[fs])
    written = " ".join(unstyled(result).split())
    assert r"\u{202E}evil\u{202C}" in written
    assert r"\u{E0001}" in written
    assert HARMLESS in written


@pytest.mark.parametrize("split", [0, 1])
def test_a_link_shows_its_label_and_where_it_leads_and_nothing_is_fetched(
    fs: FaultServer, ask: Ask, split: int
) -> None:
    result = ask(fs.url("markup", split=split), tty=True, size=WIDE)
    check(result, code=0, servers=[fs])  # no OSC 8: the terminal's oracle
    words = words_of(result)
    for place in ("https://good.test", "https://evil.test/x?q=1", "https://auto.test/"):
        assert place in words
    assert "https://evil.test/pixel.png" in words
    assert len(fs.requests) == 1
    assert fs.foreign_requests == []


@pytest.mark.parametrize("args", WAYS, ids=str)
def test_markup_of_the_renderer_is_text(fs: FaultServer, ask: Ask, args: list[str]) -> None:
    result = ask(fs.url("markup"), "hi", *args, tty=True, size=WIDE)
    check(result, code=0, servers=[fs])
    words = words_of(result)
    for text in ("[red]literal[/red] [/nonexistent]", "label[/link] [bold [", "print('[green]')"):
        assert text in words
    for text in (":smile: {{braces}} %s {0}", "<script>alert(1)</script>", "[/x]"):
        assert text in words


def test_markup_in_the_name_of_a_file_is_text(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", "-s", "@[red]\x1b[2J", tty=True, size=WIDE)
    check(result, code=5, servers=[fs])
    assert "[red]^[[2J" in words_of(result)


def test_markup_and_escapes_in_an_error_are_text(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("miderror", msg="[red]no[/x] \x1b[2J\x9b31m")
    result = ask(url, tty=True, size=WIDE)
    check(result, code=8, servers=[fs])
    assert r"[red]no[/x] ^[[2J\u{009B}31m" in words_of(result)


@pytest.mark.parametrize("mode", ["auto", "live", "stderr"])
def test_escapes_in_the_thinking_are_shown_and_do_nothing(home: Path, mode: str) -> None:
    args = ("--thinking", mode)
    with Dictated() as model, asking(home, model.url, *args, size=WIDE) as session:
        model.think("a \x1b[31mred\x1b]0;x\x07 \u202e \x9b2J over\rEVIL")
        session.wait_for(r"a ^[[31mred^[]0;x^G \u{202E} \u{009B}2J over^MEVIL")
        model.answer("yes")
        check(session.finish(), code=0, servers=[model])


def test_lines_of_the_thinking_may_end_in_crlf(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "--thinking", "live") as session:
        model.think("one\r\ntwo\r", "\nthree")
        session.wait_for("three")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[1:4] == ["one", "two", "three"]


def test_the_raw_source_is_shown_as_it_came(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("markup"), "hi", "--raw", tty=True, size=WIDE)
    check(result, code=0, servers=[fs])
    assert "\n".join(result.screen).startswith(MARKUP)


def test_raw_lines_that_end_in_crlf_show_no_carriage_return(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("text", text="a\r\nb\r\n\r\n", split=1), "hi", "--raw", tty=True)
    check(result, code=0, servers=[fs])
    assert lines_of(result) == ["a", "b"]


# -- answers that break off ------------------------------------------------------------

BROKEN = [
    ("miderror", "service error: The server had an error"),
    ("cut", "connection closed before the reply was whole"),
    ("cutclean", "connection closed before the answer was whole"),
    ("length", "length limit reached"),
    ("filter", "content filter stopped the answer: violence (medium)"),
    ("badjson", "a malformed event came from the service"),
]


@pytest.mark.parametrize(("scenario", "why"), BROKEN, ids=[name for name, _ in BROKEN])
@pytest.mark.parametrize("args", [[], ["--plain"]], ids=["live", "plain"])
def test_what_came_stays_above_the_reason(
    fs: FaultServer, ask: Ask, scenario: str, why: str, args: list[str]
) -> None:
    result = ask(fs.url(scenario, ms=5), "hi", *args, tty=True, size=WIDE)
    check(result, code=8, servers=[fs])
    lines = lines_of(result)
    assert lines[0] == ANSWER
    assert f"azchat: incomplete: {why}" in lines
    assert lines[-1].startswith("hint: ")


def test_a_stalled_answer_stays_and_its_silence_is_told(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("stall"), "hi", "--idle-timeout", "0.5", tty=True)
    check(result, code=8, servers=[fs])
    said, came, why, *_ = lines_of(result)
    assert (said, why) == (ANSWER, "azchat: incomplete: no more came for 0.5 s")
    assert came.startswith("about 10 tokens · ")


# Thinking without an answer may be all that came. It stays on the screen where it is nowhere
# else; where it is saved, one line tells of it.


def test_a_stall_in_the_thinking_keeps_the_thinking(home: Path) -> None:
    args = ("--no-log", "--idle-timeout", "0.5")
    with Dictated() as model, asking(home, model.url, *args) as session:
        model.think("a thought\n", "and half of")
        result = session.finish()
    check(result, code=8, servers=[model])
    assert lines_of(result)[:2] == ["a thought", "and half of"]


@pytest.mark.parametrize("mode", ["auto", "live", "summary", "stderr"])
def test_thinking_that_took_all_tokens_is_kept_once_with_a_way_out(
    fs: FaultServer, ask: Ask, mode: str
) -> None:
    args = ("hi", "--no-log", "--thinking", mode)
    result = ask(fs.url("length", empty=1, ms=10), *args, tty=True, size=WIDE)
    check(result, code=8, servers=[fs])
    words = words_of(result)
    assert words.count("think9") == 1
    assert "all 10 tokens went to thinking" in words
    assert lines_of(result)[-1].endswith(f"azchat ask {shlex.join(args)} --max-tokens 20")


def test_thinking_that_took_all_tokens_and_is_saved_folds(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("length", empty=1), tty=True, size=WIDE)
    check(result, code=8, servers=[fs])
    assert FOLDED.fullmatch(lines_of(result)[0])
    assert "all 10 tokens went to thinking" in lines_of(result)[1]


def test_hidden_thinking_stays_hidden_when_it_took_all_tokens(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("length", empty=1), "hi", "-R", "--no-log", tty=True)
    check(result, code=8, servers=[fs])
    assert "think0" not in words_of(result)


def test_the_kept_thinking_stands_above_the_usage(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("length", empty=1), "hi", "-u", "--no-log", tty=True, size=WIDE)
    words = words_of(result)
    assert words.index("think9") < words.index("prompt +") < words.index("azchat:")


# -- Ctrl-C ----------------------------------------------------------------------------


def test_ctrl_c_in_the_answer_keeps_what_came(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think("hm")
        model.say("One.\n\n", "And half of")
        session.wait_for("half of")
        session.interrupt()
        result = session.finish()
    check(result, code=signal.SIGINT, servers=[model])
    folded, *answer = lines_of(result)
    assert FOLDED.fullmatch(folded)
    assert answer[:2] == ["One.", "And half of"]


@pytest.mark.parametrize("opened", [False, True])
def test_ctrl_c_in_the_thinking_keeps_it_once(home: Path, opened: bool) -> None:
    lines = [f"step {i}" for i in range(12)]
    with Dictated() as model, asking(home, model.url, "--no-log") as session:
        model.think("\n".join(lines))
        session.wait_for("t opens it")
        session.send("t" * opened)
        session.wait_for("step 0" if opened else "step 11")
        session.interrupt()
        result = session.finish()
    check(result, code=signal.SIGINT, servers=[model])
    assert lines_of(result)[:12] == lines
    assert words_of(result).count("step 7") == 1


def test_ctrl_c_while_waiting_leaves_nothing_on_the_screen(fs: FaultServer, home: Path) -> None:
    with asking(home, fs.url("noheader"), "--no-log") as session:
        session.wait_for("waiting…")
        session.interrupt()
        result = session.finish()
    check(result, code=signal.SIGINT, servers=[fs])
    assert lines_of(result) == []


# -- streams apart ---------------------------------------------------------------------


def test_with_stderr_in_a_file_the_screen_shows_the_answer(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    result = ask(fs.url("think"), "hi", "-u", tty=["stdin", "stdout"], stderr=home / "err")
    check(result, code=0, servers=[fs], made=[home / "err"])
    assert lines_of(result)[-1] == ANSWER
    assert b"\x1b" not in (home / "err").read_bytes()


def test_with_stdout_in_a_file_the_screen_shows_the_thinking(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    result = ask(fs.url("think"), tty=["stdin", "stderr"], stdout=home / "out")
    check(result, code=0, servers=[fs], made=[home / "out"])
    assert (home / "out").read_text() == ANSWER + "\n"
    assert words_of(result) == "think0 think1 think2 think3 think4"
