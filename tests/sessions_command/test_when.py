"""Sessions by time, those that came to nothing, and what was taken back."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from azchat.messages import Message, Text
from azchat.sessions.store import Store
from tests.front_door import azchat
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions

DATA = ".local/share/azchat"
REFUSED = {
    "AZURE_INFERENCE_ENDPOINT": "http://127.0.0.1:9/v1",
    "AZURE_INFERENCE_MODEL": "typo",
    "AZURE_INFERENCE_CREDENTIAL": "any",
}


@pytest.mark.parametrize(
    ("args", "there"),
    [
        (["--since", "1h"], True),
        (["--since", "yesterday"], True),
        (["--since", "2020-01-01", "--until", "today"], True),
        (["--since", "2020-01-01T00:00:00Z"], True),
        (["--since", "2020-01-01T00:00+02:00", "--until", "2020-01-02"], False),
        (["--until", "2020-12-31"], False),
        (["--until", "1h"], False),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", [["list"], ["search", "sky"]], ids=" ".join)
def test_a_time_bounds_what_is_found(
    say: Say, sessions: Sessions, command: list[str], args: list[str], there: bool
) -> None:
    say("Why is the sky blue?", "Air.")
    result = sessions(*command, *args)
    check(result, code=0 if there else 11)
    assert bool(result.out) == there


@pytest.mark.parametrize("time", ["soon", "30x", "2026-13-01", "2026-05-01T25:00", "-1d", "", " "])
def test_what_is_no_time_is_refused(sessions: Sessions, time: str) -> None:
    result = sessions("list", f"--since={time}")
    check(result, code=2 if time else 0)
    assert ("is no time" in result.err) == bool(time)


def test_times_have_a_zone_everywhere(say: Say, sessions: Sessions) -> None:
    say("hi", "ho")
    stamps = [
        sessions("list").out.split("\t")[2],
        sessions("search", "hi").out.split("\t")[2],
        sessions("show").out.splitlines()[1].split(" · ")[2],
        json.loads(sessions("list", "--json").out)["sessions"][0]["updated"],
        json.loads(sessions("search", "hi", "--json").out)["found"][0]["began"],
    ]
    assert all(datetime.fromisoformat(stamp).tzinfo for stamp in stamps)


def test_what_was_taken_back_stays_findable(home: Path, say: Say, sessions: Sessions) -> None:
    say("first", "one", "--session", "s")
    say("unicorn?", "none", "-c")
    store = Store(home / DATA, print)
    store.drop_turns(1, 2)
    store.close()
    (found,) = json.loads(sessions("search", "unicorn", "--json").out)["found"]
    assert (found["turn"], found["taken_back"]) == (None, True)
    assert found["command"] == "azchat sessions show s --all"
    assert "unicorn" not in sessions("show", "s").out
    assert "You (taken back):\nunicorn?" in sessions("show", "s", "--all").out


def test_what_was_asked_in_vain_is_no_session_to_go_on_with(home: Path, sessions: Sessions) -> None:
    vain = azchat("ask", "in vain", "--retries", "0", home=home, env=REFUSED)
    check(vain, code=6)
    assert sessions("list").out == ""
    assert sessions("list", "--failed").out.split("\t")[1] == "in vain"
    check(azchat("ask", "--demo", "-c", "hi", home=home), code=5)
    assert sessions("delete", "--older-than", "1h").code == 0


def test_a_demo_goes_on_as_one_and_no_refused_model_is_taken_over(
    home: Path, sessions: Sessions
) -> None:
    azchat("ask", "--demo", "-m", "gpt-5-mini", "hi", home=home)
    store = Store(home / DATA, print)
    question = Message.user(Text("again"))
    store.begin(question, session=1, model="typo", settings={"model": "typo"}).finish("refused")
    store.close()
    assert sessions("list").out.split("\t")[3] == "gpt-5-mini"
    result = azchat("ask", "-c", "and now?", home=home)
    check(result, code=0)
    assert result.err == (
        "azchat: the demo's session goes on with it; else: --endpoint or --profile\n"
    )
    assert json.loads(sessions("show", "--json").out)["turns"][-1]["model"] == "gpt-5-mini"
