"""Thinking on a terminal: waiting, the live region, one line that stays, the key that opens it."""

import json
import re
from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.faults.tool_streams import call
from tests.front_door import PROGRAM, Session
from tests.oracles import check
from tests.terminal.asking import FOLDED, SPINNER, Dictated, asking, lines_of, words_of

POEM = [f"line {i}\n" for i in range(10)]
OPENED, CLOSED = "t folds it", "t opens it"


def heading(session: Session) -> str:
    """Return the live heading that is on the screen now."""
    return next((line for line in session.screen if "Thinking…" in line), "")


def wait_for_line(session: Session, line: str) -> None:
    session.wait_until(lambda: line in session.screen, what=line)


def open_it(session: Session) -> None:
    session.wait_until(lambda: CLOSED in heading(session), what=CLOSED)
    session.send("t")
    session.wait_until(lambda: OPENED in heading(session), what=OPENED)


# -- waiting ---------------------------------------------------------------------------


def test_waiting_shows_a_spinner_and_the_seconds(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        session.wait_for("waiting… 0 s")
        session.wait_for("waiting… 1 s")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    shown = set(result.terminal.decode()) & set(SPINNER)
    assert len(shown) > 3
    assert lines_of(result) == ["yes"]


def test_waiting_goes_on_while_a_request_is_tried_again(fs: FaultServer, home: Path) -> None:
    def is_waiting() -> bool:
        lines = lines_of(session)
        return len(lines) == 2 and "attempt 2 of 3" in lines[0] and "trying again in" in lines[1]

    with asking(home, fs.url("flaky", rams=900), size=(99, 9)) as session:
        session.wait_until(is_waiting)
        result = session.finish()
    check(result, code=0, servers=[fs])
    assert lines_of(result)[1:] == ["tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7 tok8 tok9"]


# -- thinking --------------------------------------------------------------------------


def test_thinking_shows_seconds_tokens_and_its_last_lines(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*POEM)
        wait_for_line(session, "  line 9")
        session.wait_until(lambda: "Thinking… 1 s · 10 tok" in heading(session))
        assert lines_of(session)[1:] == [f"  line {i}" for i in (6, 7, 8, 9)]
        model.answer("yes")
        check(session.finish(), code=0, servers=[model])


def test_thinking_is_dim(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think("deep")
        session.wait_for("\x1b[2mdeep")
        model.answer("yes")
        check(session.finish(), code=0)


def test_thinking_folds_to_one_line_that_stays(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*POEM)
        wait_for_line(session, "  line 9")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert re.sub(r"\d+\.\d", "N", lines_of(result)[0]) == "▸ Thought for N s · 10 tokens"
    assert lines_of(result)[1:] == ["yes"]


def test_the_line_that_stays_tells_the_seconds_of_thinking_alone(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        session.wait_for("waiting… 1 s")
        model.think("hm")
        session.wait_for("hm")
        model.answer("yes")
        result = session.finish()
    assert float(result.screen[0].split()[3]) < 1


def test_words_of_the_thinking_stay_where_they_are_while_more_comes(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, size=(40, 24)) as session:
        for count in range(0, 200, 20):
            model.think(*(f"w{i} " for i in range(count, count + 20)))
            session.wait_for(f"w{count + 19}")
            text = " ".join(lines_of(session)[1:]).split()
            assert text == [f"w{i}" for i in range(count + 20 - len(text), count + 20)]
        model.answer("yes")
        check(session.finish(), code=0)


# -- the key ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["t", "\x14"])
def test_a_key_opens_and_folds_the_thinking_while_it_runs(home: Path, key: str) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*POEM)
        wait_for_line(session, "  line 9")
        assert CLOSED in heading(session)
        session.send(key)
        wait_for_line(session, "  line 0")
        assert OPENED in heading(session)
        session.send(key)
        session.wait_until(lambda: "  line 0" not in session.screen)
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[1:] == ["yes"]


def test_the_key_works_while_tokens_come_without_a_pause(fs: FaultServer, home: Path) -> None:
    url = fs.url("think", ms=3, r=100_000, field="reasoning_content")
    with asking(home, url) as session:
        open_it(session)
        session.send("t")
        session.wait_until(lambda: CLOSED in heading(session))
        session.interrupt()
        session.finish()


def test_opened_thinking_stays_whole_above_the_answer(home: Path) -> None:
    lines = [f"step {i}\n" for i in range(40)]
    with Dictated() as model, asking(home, model.url, size=(60, 60)) as session:
        model.think(*lines)
        open_it(session)
        wait_for_line(session, "  step 0")
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    label, *thought, answer = lines_of(result)
    assert thought == [line.strip() for line in lines]
    assert (label[:13], answer) == ("▾ Thought for", "yes")


def test_opened_thinking_is_never_taller_than_the_screen(home: Path) -> None:
    lines = [f"step {i}\n" for i in range(40)]
    with Dictated() as model, asking(home, model.url, size=(60, 9)) as session:
        model.think(*lines)
        open_it(session)
        wait_for_line(session, "  step 39")
        assert lines_of(session)[1:] == [f"  step {i}" for i in range(33, 40)]
        session.send("t")
        session.wait_until(lambda: "  step 35" not in session.screen)
        model.answer("yes")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[1:] == ["yes"]


def test_how_it_was_left_is_remembered(home: Path) -> None:
    twice = ("/bin/sh", "-c", '"$@"; printf "\\033[2J\\033[H"; exec "$@"', "sh")
    with Dictated() as model, asking(home, model.url, program=(*twice, *PROGRAM)) as session:
        for key, before, after in [("t", CLOSED, OPENED), ("t", OPENED, CLOSED)]:
            model.think("hm")
            session.wait_until(lambda before=before: before in heading(session))  # type: ignore[misc]
            session.send(key)
            session.wait_until(lambda after=after: after in heading(session))  # type: ignore[misc]
            model.answer("yes")
        check(session.finish(), code=0)


def test_how_it_was_left_is_one_private_file(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think("hm")
        open_it(session)
        model.answer("yes")
        check(session.finish(), code=0)  # its mode too
    (file,) = (home / ".local/share/azchat").glob("preferences*")
    assert [*json.loads(file.read_text()).values()] == ["open"]


def test_how_it_was_left_is_no_other_terminals(home: Path) -> None:
    for key, after in [("t", OPENED), ("", CLOSED)]:
        with Dictated() as model, asking(home, model.url) as session:
            model.think("hm")
            session.wait_until(lambda: CLOSED in heading(session))
            session.send(key)
            session.wait_until(lambda after=after: after in heading(session))  # type: ignore[misc]
            model.answer("yes")
            check(session.finish(), code=0)


def test_a_data_folder_that_cannot_be_made_is_no_failure(home: Path) -> None:
    env: dict[str, str | None] = {"AZCHAT_DATA_DIR": "/dev/null/azchat"}
    with Dictated() as model, asking(home, model.url, "--no-log", env=env) as session:
        model.think("hm")
        open_it(session)
        model.answer("yes")
        check(session.finish(), code=0)


def test_a_flag_opens_it_for_one_run(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "--thinking", "live") as session:
        model.think(*POEM)
        wait_for_line(session, "  line 0")
        session.send("t")
        session.wait_until(lambda: CLOSED in heading(session))
        model.answer("yes")
        check(session.finish(), code=0)
    assert not list(home.rglob("preferences*"))


def test_the_key_shows_the_thinking_again_below_the_answer(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*POEM)
        model.say("yes\n\n")
        session.wait_until(lambda: "yes" in session.screen)
        session.send("t")
        wait_for_line(session, "  line 9")
        assert lines_of(session)[2].startswith("▾ Thought for")
        session.send("t")
        session.wait_until(lambda: "  line 9" not in session.screen)
        model.answer("no")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[1:] == ["yes", "no"]


def test_what_is_shown_again_goes_with_the_end(home: Path) -> None:
    with Dictated() as model, asking(home, model.url) as session:
        model.think(*POEM)
        model.say("yes")
        session.wait_until(lambda: "yes" in session.screen)
        session.send("t")
        wait_for_line(session, "  line 9")
        model.answer(" indeed")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert words_of(result).endswith("tokens yes indeed")
    assert FOLDED.search(words_of(result))


def test_what_is_shown_again_makes_room_when_the_model_is_asked_again(home: Path) -> None:
    with Dictated() as model, asking(home, model.url, "-T", "get_time") as session:
        model.think(*POEM)
        model.say("I look.\n\n")
        session.wait_until(lambda: "I look." in session.screen)
        session.send("t")
        wait_for_line(session, "  line 9")
        model.send({"tool_calls": [call("get_time", "{}", id="1", index=0)]})
        model.finish("tool_calls")
        session.wait_until(lambda: any("waiting…" in line for line in session.screen))
        assert "  line 9" not in session.screen
        model.answer("It is late.")
        result = session.finish()
    check(result, code=0, servers=[model])
    assert lines_of(result)[-1] == "It is late."
