"""Thinking that comes as nobody expects: late, twice, without a tag, without words."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import ROOT, azchat
from tests.oracles import check
from tests.terminal.asking import FOLDED, Dictated, asking, lines_of, words_of

DATA = ROOT / "tests/data"
TOLD = "the text above was the model's thinking"
ANSWER = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7 tok8 tok9"


# -- a closing tag without an opening one ----------------------------------------------


def test_text_that_turns_out_as_thinking_folds(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1, ms=10), tty=True)
    check(result, code=0, servers=[fs])
    folded, answer = lines_of(result)
    assert FOLDED.fullmatch(folded)
    assert answer == ANSWER


def test_thinking_that_was_printed_already_is_called_so(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.say("First a step.\n\n", "Then one more.\n\n", "So:")
        session.wait_for("So:")
        model.answer("</think>\n\n", "yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    words = words_of(result)
    assert words.startswith("First a step. Then one more.")
    assert words.count(TOLD) == 1
    assert words.endswith(" yes")


def test_the_whole_of_it_is_kept_where_it_is_opened(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1, ms=10), "hi", "--thinking", "live", tty=True)
    check(result, code=0, servers=[fs])
    label, thought, answer = lines_of(result)
    assert thought == "think0 think1 think2 think3 think4"
    assert (label[:13], answer) == ("▾ Thought for", ANSWER)


def test_text_that_turns_out_as_thinking_for_stderr_is_not_lost(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1, ms=10), "hi", "--thinking", "stderr", tty=True)
    check(result, code=0, servers=[fs])
    assert words_of(result).replace(TOLD, "").startswith("think0 think1 think2 think3 think4")
    assert lines_of(result)[-1] == ANSWER


def test_it_vanishes_where_thinking_is_hidden(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1), "hi", "-R", tty=True)
    check(result, code=0, servers=[fs])
    assert lines_of(result) == [ANSWER]


# -- thinking that is only assumed -----------------------------------------------------


def assume(fs: FaultServer, ask: Ask, url: str, *args: str) -> list[str]:
    """Ask a model that is known to begin with thinking, and return what the screen shows."""
    result = ask(url, "hi", "-m", "QwQ-32B", *args, tty=True)
    check(result, code=0, servers=[fs])
    return lines_of(result)


def test_what_was_assumed_to_be_thinking_may_be_the_answer(fs: FaultServer, ask: Ask) -> None:
    assert assume(fs, ask, fs.url("ok", ms=10)) == [ANSWER]


@pytest.mark.parametrize("mode", ["live", "summary", "hide"])
def test_an_answer_taken_for_thinking_is_there_once_in_every_mode(
    fs: FaultServer, ask: Ask, mode: str
) -> None:
    assert assume(fs, ask, fs.url("ok", ms=10), "--thinking", mode) == [ANSWER]


def test_an_answer_taken_for_thinking_and_printed_is_not_printed_again(
    fs: FaultServer, ask: Ask
) -> None:
    lines = assume(fs, ask, fs.url("ok", ms=10), "--thinking", "stderr")
    assert lines == [ANSWER, "the text above was the answer, not thinking"]


def test_an_answer_taken_for_thinking_on_a_stderr_elsewhere_is_on_the_screen(
    fs: FaultServer, ask: Ask
) -> None:
    args = ("hi", "-m", "QwQ-32B", "--thinking", "stderr")
    result = ask(fs.url("ok"), *args, tty=["stdin", "stdout"])
    check(result, code=0, servers=[fs])
    assert lines_of(result) == [ANSWER]


def test_assumed_thinking_folds_at_its_closing_tag(fs: FaultServer, ask: Ask) -> None:
    folded, answer = assume(fs, ask, fs.url("think", implicit=1, ms=10))
    assert FOLDED.fullmatch(folded)
    assert answer == ANSWER


# -- late and repeated -----------------------------------------------------------------


def test_thinking_between_two_paragraphs_folds_between_them(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.say("One.\n\n")
        session.wait_until(lambda: "One." in session.screen)
        model.think("hm")
        session.wait_for("Thinking…")
        session.wait_for("hm")
        model.answer("Two.")
        result = session.finish()
    check(result, code=0, servers=[model])
    one, folded, two = lines_of(result)
    assert (one, two) == ("One.", "Two.")
    assert FOLDED.fullmatch(folded)


def test_thinking_inside_a_sentence_does_not_break_it(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.say("One and ")
        session.wait_for("One and")
        model.think("hm")
        session.wait_for("hm")
        model.answer("two.")
        result = session.finish()
    check(result, code=0, servers=[model])
    sentence, folded = lines_of(result)
    assert sentence == "One and two."
    assert FOLDED.fullmatch(folded)


@pytest.mark.parametrize("mode", ["auto", "live", "summary", "hide"])
def test_thinking_in_between_leaves_an_answer_in_a_pipe_as_it_was(home: Path, mode: str) -> None:
    streams: Any = {"tty": ["stdin", "stderr"]}
    with Dictated() as model, asking(home, model.url, "--thinking", mode, **streams) as session:
        for said in ("One.\n\n", "Two and ", "three."):
            model.say(said)
            model.think("hm")
        model.finish()
        result = session.finish()
    check(result, code=0, servers=[model])
    assert result.out == "One.\n\nTwo and three.\n"


@pytest.mark.parametrize("mode", ["auto", "live"])
def test_thinking_in_between_begins_a_line_of_its_own_on_a_plain_terminal(
    home: Path, mode: str
) -> None:
    with Dictated() as model, asking(home, model.url, "--plain", "--thinking", mode) as session:
        model.say("One.\n\n")
        model.think("hm")
        model.answer("Two.")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert {"One.", "Two."} < set(lines_of(result))


def test_each_part_of_the_thinking_folds_to_a_line_of_its_own(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        for part in ("one", "two", "three"):
            model.think(f"think {part}")
            session.wait_for(f"think {part}")
            model.say(f"Say {part}.\n\n")
            session.wait_until(lambda part=part: f"Say {part}." in session.screen)  # type: ignore[misc]
        model.finish()
        result = session.finish()
    check(result, code=0, servers=[model])
    lines = lines_of(result)
    assert lines[1::2] == ["Say one.", "Say two.", "Say three."]
    assert all(FOLDED.fullmatch(line) for line in lines[::2])


def test_the_key_shows_the_last_part_of_the_thinking(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think("early")
        model.say("One.\n\n")
        model.think("late")
        model.say("Two.\n\n")
        session.wait_until(lambda: "Two." in session.screen)
        session.send("t")
        session.wait_until(lambda: "  late" in session.screen)
        assert "  early" not in session.screen
        model.finish()
        check(session.finish(), code=0, servers=[model])


def test_a_tool_call_after_thinking_stands_below_its_line(home: Path) -> None:
    call = {"index": 0, "id": "a", "type": "function"}
    function = {"name": "weather", "arguments": '{"city":"Oslo"}'}
    with Dictated() as model, asking(home, model.url) as session:
        model.think("hm")
        session.wait_for("hm")
        model.send({"tool_calls": [{**call, "function": function}]})
        model.finish("tool_calls")
        result = session.finish()
    check(result, code=0, servers=[model])
    folded, call_line = lines_of(result)
    assert FOLDED.fullmatch(folded)
    assert call_line == '→ weather({"city":"Oslo"})'


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("tools-mai-stop", ["I look.", '→ weather({"city":"Oslo"})']),
        ("tools-interleaved", ['→ weather({"city":"Oslo"})', '→ clock({"zone":"CET"})']),
        ("mai-thinking", ["1", "2"]),
        ("mai-thinking-whole", ["1", "2"]),
        ("openai-o-series", ["Four."]),
    ],
)
def test_a_recording_whose_thinking_has_no_words_shows_none(
    home: Path, name: str, shown: list[str]
) -> None:
    result = azchat("ask", "hi", "--replay", str(DATA / f"{name}.http"), home=home, tty=True)
    check(result, code=0)
    lines = [line for line in lines_of(result) if " thinking + " not in line]
    assert lines == shown


@pytest.mark.parametrize("args", [[], ["--plain"], ["--thinking", "live"]], ids=str)
def test_thinking_of_white_space_alone_is_none(home: Path, args: list[str]) -> None:
    with Dictated() as model, asking(home, model.url, *args) as session:
        model.think("\n", "\n")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result) == ["yes"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("gpt-oss-harmony", "Four."),
        ("kimi-raw-tags", "Sun."),
        ("llamacpp-closing-tag-only", "Red."),
        ("llamacpp-legacy-tag-first", "Red."),
        ("mistral-lists", "Answer"),
        ("openrouter-three-names", "Done."),
        ("phi4-space-after-tag", "Paris."),
        ("qwen3-closing-tag-only", "9.8 is larger."),
        ("sglang-one-delta", "Blue."),
        ("deepseek-v1-route-whole", "The exact number is unknown."),
    ],
)
def test_a_recording_shows_one_folded_line_and_the_answer(
    home: Path, name: str, answer: str
) -> None:
    result = azchat("ask", "hi", "--replay", str(DATA / f"{name}.http"), home=home, tty=True)
    check(result, code=0)
    folded, *shown = lines_of(result)
    assert folded.startswith("▸ Thought for ")
    assert shown == [answer]
