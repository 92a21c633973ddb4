"""One question to several models and efforts at once."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.asking.contest import Contender, contenders
from azchat.commands.compare import verdict
from azchat.engine.figures import ORDER, Sum
from tests.batch.service import Service
from tests.front_door import Result, Session, azchat

LANGUAGES = "How many languages are in the world?"
TWO = ("-m", "o4-mini", "-m", "DeepSeek-R1")


def compare(home: Path, *args: str, **more: Any) -> Result:
    return azchat("compare", "--demo", *args, home=home, **more)


def as_json(home: Path, *args: str, code: int = 0) -> dict[str, Any]:
    run = compare(home, "--json", *args)
    assert run.code == code, run.err
    told: dict[str, Any] = json.loads(run.out)
    return told


def sums(**figures: Sum) -> dict[str, Sum]:
    return {**dict.fromkeys(ORDER, Sum(None)), **figures}


def test_models_efforts_and_profiles_are_combined_in_their_order() -> None:
    assert contenders(["a", "b"], ["low", "high"], []) == [
        Contender("a", "low"),
        Contender("a", "high"),
        Contender("b", "low"),
        Contender("b", "high"),
    ]
    assert contenders([], [], ["p", "q", "p"]) == [
        Contender(None, None, "p"),
        Contender(None, None, "q"),
    ]


def test_each_is_asked_the_same_in_its_own_way(home: Path) -> None:
    told = as_json(home, *TWO, "--effort", "low,high", "-s", "be brief", LANGUAGES)
    assert [run["contender"] for run in told["runs"]] == [
        *("o4-mini low", "o4-mini high", "DeepSeek-R1 low", "DeepSeek-R1 high")
    ]
    assert all(run["reply"]["complete"] for run in told["runs"])
    low, high = (run["figures"]["thinking"] for run in told["runs"][:2])
    assert low < high
    assert "o4-mini high thought" in told["verdict"]


def test_the_pipe_is_read_once_for_all(home: Path) -> None:
    told = json.loads(compare(home, "--json", *TWO, "count", stdin="one two three").out)
    assert len({run["reply"]["answer"].split("**Prompt:**")[1][:20] for run in told["runs"]}) == 1


def test_several_runs_have_a_median_and_a_range(home: Path) -> None:
    told = as_json(home, *TWO, "--runs", "3", "hi")
    assert [(run["contender"], run["run"]) for run in told["runs"]] == [
        (name, time) for name in ("o4-mini", "DeepSeek-R1") for time in (1, 2, 3)
    ]
    for one in told["summary"]:
        total = one["total"]
        assert total["least"] <= total["middle"] <= total["most"]


def test_a_failure_is_a_cell(home: Path) -> None:
    run = compare(home, "-m", "o4-mini", "-m", "limited", "--retries", "0", "hi")
    assert run.code == 8
    row = next(line for line in run.out.splitlines() if line.startswith("| limited"))
    assert "RateLimitReached" in row
    assert "1 gave no whole answer" in run.out


def test_a_pipe_gets_markdown(home: Path) -> None:
    out = compare(home, *TWO, LANGUAGES).out
    lines = out.splitlines()
    assert [line for line in lines if line.startswith("## ")] == ["## o4-mini", "## DeepSeek-R1"]
    assert [line for line in lines if line.startswith("| contender")]
    assert "\x1b" not in out
    assert lines[-1].endswith("differences below 30% say little.")


def test_a_table_has_a_row_for_each_run(home: Path) -> None:
    out = compare(home, *TWO, "--runs", "2", "--csv", "hi").out
    rows = list(csv.DictReader(out.splitlines(keepends=True)))
    assert [(row["contender"], row["run"]) for row in rows] == [
        *(("o4-mini", "1"), ("o4-mini", "2"), ("DeepSeek-R1", "1"), ("DeepSeek-R1", "2"))
    ]
    assert all(float(row["total"]) >= 0 and row["end"] == "stop" for row in rows)


def test_each_event_says_whose_it_is(home: Path) -> None:
    out = compare(home, *TWO, "--output-format", "stream-json", "hi").out
    events = [json.loads(line) for line in out.splitlines()]
    ends = {event["contender"] for event in events if event["type"] == "turn_finished"}
    assert ends == {"o4-mini", "DeepSeek-R1"}
    assert {event["run"] for event in events} == {1}


def test_each_answer_is_a_session_unless_it_is_not_to_be(home: Path) -> None:
    compare(home, "-n", *TWO, "hi")
    assert azchat("sessions", "list", home=home).out == ""
    compare(home, *TWO, "hi")
    sessions = json.loads(azchat("sessions", "list", "--json", home=home).out)["sessions"]
    assert len(sessions) == 2
    assert all(one["name"].startswith("compare ") for one in sessions)


def test_all_are_asked_at_once_and_no_more_than_wished(home: Path) -> None:
    models = [arg for name in "abcd" for arg in ("-m", name)]
    with Service() as service:
        azchat("compare", *models, "--jobs", "1", "hi", home=home, env=service.env)
    assert service.most == 1
    held = Service(hold="hi")
    args = ("compare", *models, "hi")
    with held as service, Session(*args, home=home, env=service.env) as run:
        run.wait_until(lambda: service.asked["hi"] == 4)
        service.let_go.set()
        assert run.finish().code == 0
    assert service.most == 4


def test_a_schema_is_checked_for_all(home: Path) -> None:
    told = as_json(home, *TWO, "--schema", "name, age int", "a dog")
    assert all(json.loads(run["reply"]["answer"]) for run in told["runs"])


@pytest.mark.parametrize(("columns", "beside"), [(80, False), (120, True), (200, True)])
def test_a_terminal_shows_answers_beside_each_other_where_there_is_room(
    home: Path, columns: int, beside: bool
) -> None:
    with Session(
        "compare", "--demo", *TWO, LANGUAGES, home=home, tty=True, size=(columns, 50)
    ) as run:
        run.wait_for("thinking")
        ended = run.finish(30)
    screen = [line for line in ended.screen if line.strip()]
    assert ended.code == 0
    assert ("o4-mini" in screen[0] and "DeepSeek-R1" in screen[0]) is beside
    assert max(map(len, screen)) < columns
    text = " ".join(screen)
    assert text.count("approximately 7,000") == 2  # each answer once; the live rows are gone
    assert "waiting" not in text
    is_transposed = any(line.startswith("first thought") for line in screen)
    assert is_transposed is (columns < 120)


def test_three_stand_beside_each_other_on_a_wide_one(home: Path) -> None:
    args = ("compare", "--demo", *TWO, "-m", "gpt-5.6", LANGUAGES)
    with Session(*args, home=home, tty=True, size=(180, 50)) as run:
        screen = run.finish(30).screen
    assert all(name in screen[0] for name in ("o4-mini", "DeepSeek-R1", "gpt-5.6"))


def test_names_are_hidden_until_the_vote_which_is_kept(home: Path) -> None:
    args = ("compare", "--demo", "--blind", *TWO, LANGUAGES)
    with Session(*args, home=home, tty=True, size=(120, 50)) as run:
        run.wait_for("Which is the best", timeout=30)
        before = "\n".join(run.screen)
        run.send("b\r")
        ended = run.finish(20)
    assert "o4-mini" not in before
    assert "DeepSeek" not in before
    told = next(line for line in ended.screen if line.startswith("A is "))
    best = told.rstrip(".").partition("B is ")[2]
    kept = json.loads(azchat("compare", "votes", "--json", home=home).out)["votes"]
    assert kept[0] == {"contender": best, "won": 1, "of": 1}
    assert len(kept) == 2


def test_a_pipe_cannot_vote(home: Path) -> None:
    assert compare(home, "--blind", *TWO, "hi").code == 2
    assert azchat("compare", "votes", home=home).code == 11


# The sentence


def test_runs_that_overlap_are_noise() -> None:
    one, other = sums(total=Sum(1.0, 0.9, 2.1)), sums(total=Sum(2.0, 1.9, 2.2))
    apart = sums(total=Sum(4.0, 3.9, 4.2))
    said = verdict(["a", "b", "c"], [one, other, apart], 3)
    assert (
        said
        == "a was first, after 1.0 s; b took about as long, within noise; c took 4.0 times as long."
    )


def test_nobody_may_answer() -> None:
    assert verdict(["a"], [sums()], 1) == "Nobody gave a whole answer."


figure = st.none() | st.floats(0, 1e6)


@given(st.lists(st.tuples(figure, figure, figure), min_size=1, max_size=4), st.integers(1, 3))
def test_any_figures_have_a_verdict(
    figures: list[tuple[float | None, float | None, float | None]], runs: int
) -> None:
    told = [
        sums(total=Sum(a, a, a), thinking=Sum(b, b, b), cost=Sum(c, c, c)) for a, b, c in figures
    ]
    assert verdict([f"m{n}" for n in range(len(told))], told, runs).endswith(".")
