"""A terminal that wants no cursor movement: plain lines, and a word now and then; code themes."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azchat.environment import Output
from azchat.events import ReasoningDelta, RequestSent, TextDelta, ToolCalled
from azchat.messages import ToolCall
from azchat.render.appearance import Appearance
from azchat.render.plain import PlainRenderer
from azchat.render.progress import Progress
from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.oracles import check
from tests.terminal.asking import FOLDED, Dictated, asking, lines_of

ANSWER = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7 tok8 tok9"
PLAIN: list[tuple[list[str], dict[str, str | None]]] = [
    (["--plain"], {}),
    (["--plain"], {"FORCE_COLOR": "1"}),
    (["--color", "never"], {}),
    ([], {"NO_COLOR": "1"}),
    ([], {"TERM": "dumb"}),
    ([], {"TERM": "unknown"}),
    ([], {"TERM": ""}),
    ([], {"TERM": None}),
    ([], {"ACCESSIBLE": "1"}),
    ([], {"CI": "true"}),
]
plain = pytest.mark.parametrize(("args", "env"), PLAIN, ids=str)
some_plain = pytest.mark.parametrize(("args", "env"), PLAIN[:5], ids=str)


# -- no codes --------------------------------------------------------------------------


@plain
def test_a_plain_terminal_gets_words_and_no_codes(
    home: Path, args: list[str], env: dict[str, str | None]
) -> None:
    with Dictated() as model, asking(home, model.url, *args, env=env) as session:
        model.think("hm")
        session.wait_for("thinking…")
        model.answer("**yes**")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert not re.search(rb"[\x1b\x08]|\r(?!\n)", result.terminal)
    first, folded, answer = lines_of(result)
    assert (first, answer) == ("thinking…", "**yes**")
    assert FOLDED.fullmatch(folded)


@some_plain
def test_a_failure_on_a_plain_terminal_has_no_codes(
    fs: FaultServer, ask: Ask, args: list[str], env: dict[str, str | None]
) -> None:
    result = ask(fs.url("miderror"), "hi", *args, env=env, tty=True)
    check(result, code=8, servers=[fs])
    if env.get("FORCE_COLOR") is None:
        assert b"\x1b" not in result.terminal


@some_plain
def test_waiting_in_front_of_a_pipe_moves_no_cursor_either(
    home: Path, args: list[str], env: dict[str, str | None]
) -> None:
    streams = {"tty": ["stdin", "stderr"]}
    with Dictated() as model, asking(home, model.url, *args, env=env, **streams) as session:
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert (result.out, result.terminal) == ("yes\n", b"")


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}, {"CI": "1"}], ids=str)
def test_forced_colour_is_colour_and_no_movement(
    fs: FaultServer, ask: Ask, env: dict[str, Any]
) -> None:
    result = ask(fs.url("think"), env=env | {"FORCE_COLOR": "1"}, tty=["stdin", "stderr"])
    check(result, code=0, servers=[fs])
    assert not re.search(rb"\x1b\[[0-9;?]*[A-Za-ln-z]|\r(?!\n)", result.terminal)


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("live", ["think0 think1 think2 think3 think4", ANSWER]),
        ("stderr", ["think0 think1 think2 think3 think4", ANSWER]),
        ("hide", [ANSWER]),
    ],
)
def test_a_plain_terminal_obeys_the_flag_for_thinking(
    fs: FaultServer, ask: Ask, mode: str, shown: list[str]
) -> None:
    result = ask(fs.url("think"), "hi", "--plain", "--thinking", mode, tty=True)
    check(result, code=0, servers=[fs])
    lines = [line for line in lines_of(result) if "Thought for" not in line]
    assert lines == shown


def test_encrypted_thinking_is_no_thinking_on_a_plain_terminal(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", field="mai"), "hi", "--plain", tty=True)
    check(result, code=0, servers=[fs])
    assert lines_of(result) == [ANSWER]


# -- a word now and then ---------------------------------------------------------------


class Lines(Output):
    """An output that can be waited for."""

    is_terminal = speaks_vt = True

    def __init__(self) -> None:
        self.text = ""
        self._changed = threading.Condition()

    def write(self, text: str) -> None:
        with self._changed:
            self.text += text
            self._changed.notify_all()

    def size(self) -> tuple[int, int]:
        return 80, 24

    def wait_for(self, text: str) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: text in self.text, 5)


def renderer(patience: float) -> tuple[Lines, PlainRenderer]:
    """Return a terminal, and what writes to it a line in ``patience`` seconds."""
    lines = Lines()
    return lines, PlainRenderer(lines, lines, Appearance(), patience=patience)


def test_progress_is_told_again_and_again_until_it_stops() -> None:
    lines = Lines()
    progress = Progress(lines.write, 0.01)
    progress.start()
    assert lines.wait_for("waiting… 0 swaiting… 0 swaiting… 0 s")
    progress.stop()


def test_progress_counts_the_seconds() -> None:
    lines = Lines()
    progress = Progress(lines.write, 0.5)
    progress.start()
    assert lines.wait_for("waiting… 1 s")
    progress.stop()


def test_a_silent_service_is_waited_for_in_lines() -> None:
    lines, plain_terminal = renderer(0.01)
    plain_terminal.show(RequestSent(0.0))
    assert lines.wait_for("waiting… 0 s\nwaiting… 0 s\n")
    plain_terminal.close()


def until(lines: Lines, text: str, say: Callable[[int], object]) -> bool:
    """Say more and more, as fast as it goes, until ``text`` is told."""
    count, end = 0, time.monotonic() + 5
    while text not in lines.text and time.monotonic() < end:
        say(count)
        count += 1
    return text in lines.text


def test_long_thinking_is_told_once_in_a_while_although_it_never_pauses() -> None:
    lines, plain_terminal = renderer(0.05)
    plain_terminal.show(RequestSent(0.0))

    def think(count: int) -> None:
        plain_terminal.show(ReasoningDelta("hm ", 1, float(count)))

    assert until(lines, "thinking… 0 s\n", think)
    assert lines.text.count("thinking…\n") == 1
    plain_terminal.close()


def test_a_word_in_between_does_not_make_the_thinking_shorter() -> None:
    lines, plain_terminal = renderer(0.02)
    plain_terminal.show(RequestSent(90.0))
    plain_terminal.show(ReasoningDelta("hm", 1, 100.0))
    assert lines.wait_for("thinking… 0 s")
    plain_terminal.show(ReasoningDelta("hm", 1, 130.0))
    plain_terminal.show(TextDelta("yes", 1, 140.0))
    plain_terminal.close()
    assert "▸ Thought for 40.0 s · 2 tokens" in lines.text
    assert lines.text.count("thinking…\n") == 1


def test_each_part_of_the_thinking_is_counted_by_itself() -> None:
    lines, plain_terminal = renderer(20.0)
    for at in (1.0, 3.0):
        plain_terminal.show(ReasoningDelta("hm", 5, at))
        plain_terminal.show(TextDelta("yes", 1, at + 1))
    plain_terminal.close()
    assert lines.text.count("▸ Thought for 1.0 s · 5 tokens") == 2


def test_thinking_that_ends_in_a_call_is_told_too() -> None:
    lines, plain_terminal = renderer(20.0)
    plain_terminal.show(ReasoningDelta("so ", 1, 1.0))
    plain_terminal.show(ReasoningDelta("call it", 1, 3.0))
    plain_terminal.show(ToolCalled(ToolCall("a", "weather", "{}")))
    plain_terminal.close()
    assert lines.text == "thinking…\n▸ Thought for 2.0 s · 2 tokens\n→ weather({})\n"


def test_nothing_is_told_into_thinking_that_is_shown_and_flows() -> None:
    lines = Lines()
    plain_terminal = PlainRenderer(lines, lines, Appearance(thinking="live"), patience=0.2)
    plain_terminal.show(RequestSent(0.0))
    end = time.monotonic() + 1.0  # far longer than its patience
    while time.monotonic() < end:
        plain_terminal.show(ReasoningDelta("hm ", 1, 1.0))
    plain_terminal.close()
    assert "…" not in lines.text


def test_nothing_is_told_into_the_answer() -> None:
    lines, plain_terminal = renderer(0.01)
    plain_terminal.show(RequestSent(0.0))
    plain_terminal.show(TextDelta("yes ", 1, 1.0))
    told = lines.text
    plain_terminal.show(TextDelta("yes", 1, 2.0))
    plain_terminal.close()
    assert lines.text == told + " yes\n"


# -- code themes -----------------------------------------------------------------------

CODE = "```python\nfor x in 'abc':  # why\n    print(x)\n```\n"


def colours(ask: Ask, fs: FaultServer, *args: str, **env: str) -> set[str]:
    """Return the colours that the code is shown in."""
    result = ask(fs.url("text", text=CODE), "hi", *args, env=env, tty=True)
    check(result, code=0)
    assert "print(x)" in "\n".join(result.screen)
    return set(re.findall(r"\x1b\[([\d;]+)m", result.terminal.decode())) - {"0", "2"}


def test_an_unknown_code_theme_is_an_error_with_a_list(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", "--code-theme", "nonsense", tty=True, size=(100, 40))
    check(result, code=2)
    shown = " ".join(" ".join(result.screen).split())
    for name in ("auto, dark, light, none", "monokai", "solarized-light"):
        assert name in shown
    assert not fs.requests


@pytest.mark.parametrize("theme", ["dark", "light", "monokai", "auto"])
def test_a_code_theme_gives_colours(fs: FaultServer, ask: Ask, theme: str) -> None:
    assert colours(ask, fs, "--code-theme", theme)


def test_without_a_code_theme_code_has_no_colours(fs: FaultServer, ask: Ask) -> None:
    assert not colours(ask, fs, "--code-theme", "none")


def test_a_theme_is_as_rich_as_the_terminal(fs: FaultServer, ask: Ask) -> None:
    few = colours(ask, fs, "--code-theme", "monokai", TERM="xterm")
    many = colours(ask, fs, "--code-theme", "monokai", COLORTERM="truecolor")
    assert not any("38;" in colour for colour in few)
    assert any("38;2;" in colour for colour in many)


@pytest.mark.parametrize(
    ("colorfgbg", "theme"), [("0;15", "light"), ("0;default;15", "light"), ("15;0", "dark")]
)
def test_the_terminals_background_chooses_the_theme(
    fs: FaultServer, ask: Ask, colorfgbg: str, theme: str
) -> None:
    chosen = colours(ask, fs, COLORFGBG=colorfgbg)
    assert chosen == colours(ask, fs, "--code-theme", theme)
    assert chosen != colours(ask, fs, "--code-theme", "dark" if theme == "light" else "light")
