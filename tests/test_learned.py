"""What azchat learns of a deployment: kept once it was answered, dated, shown, forgotten."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from azchat.learned import Deployment, day
from tests.faults.scripted import Scripted, reply
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check
from tests.structured.model import ask, refuses, says

NO_SEED = refuses("Unsupported parameter: 'seed' is not supported with this model.")
NO_SYSTEM = refuses("System role not supported")
GONE = {code: refuses("it is gone", status) for code, status in (
    (404, "404 Not Found"), (410, "410 Gone"), (400, "400 Bad Request"))}  # fmt: skip
TOLD = "seed is not sent"


def file_of(home: Path) -> Path:
    return home / ".local/share/azchat/deployments.json"


def known(home: Path) -> dict[str, Any]:
    """Return the one deployment of which something is kept; {} where nothing is."""
    facts = json.loads(file_of(home).read_text()) if file_of(home).exists() else {}
    (found,) = facts.values() or ({},)
    assert isinstance(found, dict)
    return found


def sent(model: Scripted) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in model.requests]


def seed(model: Scripted, home: Path, *args: str) -> Result:
    return ask(model, home, "--seed", "1", "--retries", "0", *args)


def change(home: Path, since: str) -> None:
    """Let everything be learned on another day."""
    facts = json.loads(file_of(home).read_text())
    for one in facts.values():
        one["origins"] = {fact: [since, why] for fact, (_, why) in one["origins"].items()}
    file_of(home).write_text(json.dumps(facts))


def test_a_repair_has_its_day_and_its_refusal(home: Path) -> None:
    with Scripted(NO_SEED, says("ok")) as model:
        check(seed(model, home), code=0)
    assert known(home)["repairs"] == [["drop", "seed", "", "", ""]]
    ((since, source),) = known(home)["origins"].values()
    assert since == day()
    assert "'seed' is not supported with this model" in source


@pytest.mark.parametrize("after", [GONE[400], reply(b"", "502 Bad Gateway"), reply(b"data: {")])
def test_a_repair_that_did_not_help_is_not_kept(home: Path, after: bytes) -> None:
    with Scripted(NO_SEED, after) as model:
        assert seed(model, home).code != 0
        assert "seed" not in sent(model)[1]
    assert known(home) == {}


def test_what_began_to_answer_took_the_request(home: Path) -> None:
    cut = says("half an answer").partition(b" answer")[0]
    with Scripted(NO_SEED, cut) as model:
        assert seed(model, home).code == 8
    assert len(known(home)["repairs"]) == 1


def test_of_several_repairs_all_that_were_in_the_request_are_kept(home: Path) -> None:
    no_top_p = refuses("top_p is not supported")
    with Scripted(NO_SEED, no_top_p, says("ok")) as model:
        check(seed(model, home, "--top-p", "0.5"), code=0)
    assert [repair[1] for repair in known(home)["repairs"]] == ["seed", "top_p"]


def test_a_value_that_is_too_large_says_the_limit_and_teaches_nothing(home: Path) -> None:
    large = refuses("max_tokens is too large: 20000. This model takes at most 16384.")
    with Scripted(large, says("ok")) as model:
        result = ask(model, home, "--max-tokens", "20000")
        check(result, code=7)
        assert "hint: give --max-tokens another value (the limit: 16384)" in result.err
        check(ask(model, home, "--max-tokens", "100"), code=0)
        assert sent(model)[-1]["max_tokens"] == 100
        assert len(model.requests) == 2


def test_a_new_name_that_became_wrong_is_taken_back(home: Path) -> None:
    there = refuses("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    back = refuses("Unrecognized request argument supplied: max_completion_tokens")
    with Scripted(there, says("a"), back, says("b"), says("c")) as model:
        for _ in range(3):
            check(ask(model, home, "--max-tokens", "9"), code=0)
        names = [next(name for name in body if name.startswith("max_")) for body in sent(model)]
    longer, old = "max_completion_tokens", "max_tokens"
    assert names == [old, longer, longer, old, old]
    assert known(home) == {}


def test_a_role_steps_down_once_for_each_refusal(home: Path) -> None:
    with Scripted(NO_SYSTEM, says("a"), says("b")) as model:
        result = ask(model, home, "-s", "be brief", prompt="hi")
        check(result, code=0)
        assert "asked again: the system message is sent in front" in result.err
        check(ask(model, home, "-s", "be brief", prompt="hi"), code=0)
        assert sent(model)[-1]["messages"] == [{"role": "user", "content": "be brief\n\nhi"}]
        assert len(model.requests) == 3


# -- told again --------------------------------------------------------------------------


def test_a_change_is_told_once_a_day_and_always_in_json(home: Path) -> None:
    with Scripted(NO_SYSTEM, says("ok")) as model:
        runs = [ask(model, home, "-s", "s") for _ in range(3)]
        assert [("in front of" in run.err) for run in runs] == [True, True, False]
        told = ask(model, home, "-s", "s", "--json")
        assert len(json.loads(told.out)["notices"]) == 1
        reminders = file_of(home).with_name("reminders.json")
        reminders.write_text(reminders.read_text().replace(day(), day(1)))
        assert "in front of" in ask(model, home, "-s", "s").err


def test_what_changes_nothing_is_not_told(home: Path) -> None:
    with Scripted(NO_SEED, says("ok")) as model:
        check(seed(model, home), code=0)
        assert ask(model, home).err == ""


# -- how it ends -------------------------------------------------------------------------


@pytest.mark.parametrize("days", [31, -2])
def test_a_fact_ends_after_30_days(home: Path, days: int) -> None:
    with Scripted(NO_SEED, says("ok")) as model:
        check(seed(model, home), code=0)
        change(home, day(30))
        assert TOLD in seed(model, home).err
        change(home, day(days))
        assert seed(model, home).err == ""
        assert sent(model)[-1]["seed"] == 1


@pytest.mark.parametrize(("status", "is_kept"), [(404, False), (410, False), (400, True)])
def test_facts_end_where_the_deployment_is_gone(home: Path, status: int, *, is_kept: bool) -> None:
    with Scripted(NO_SEED, says("ok"), GONE[status], says("ok")) as model:
        check(seed(model, home), code=0)
        assert seed(model, home).code == 7
        assert bool(known(home)) is is_kept


def test_a_model_and_a_route_have_facts_of_their_own(home: Path) -> None:
    with Scripted(NO_SEED, says("ok")) as model:
        check(seed(model, home), code=0)
        assert seed(model, home, "-m", "other").err == ""
        other = model.url.replace("/v1", "/openai/v1")
        assert seed(model, home, "--endpoint", other).err == f"asked again: {TOLD}\n"  # it was sent


# -- shown and forgotten -------------------------------------------------------------------


def told(model: Scripted, home: Path, *args: str) -> str:
    env = {"AZURE_INFERENCE_ENDPOINT": model.url, "AZURE_INFERENCE_MODEL": "m"}
    result = azchat("info", *args, home=home, env=env | {"AZURE_INFERENCE_CREDENTIAL": CANARY})
    check(result, code=0)
    return result.out


def test_info_shows_what_is_known_since_when_and_from_what(home: Path) -> None:
    secret = refuses(f"Unsupported parameter: 'seed'\x1b[31m for {CANARY}")
    with Scripted(secret, says("ok")) as model:
        check(seed(model, home), code=0)
        (fact,) = json.loads(told(model, home, "--json"))["learned"]
        assert (fact["what"], fact["since"]) == (TOLD, day())
        assert "Unsupported parameter: 'seed'[31m for ***" in fact["from"]
        assert f"{day()}  {TOLD}; the service refused" in told(model, home)


def test_where_nothing_is_known_info_says_nothing_of_it(home: Path) -> None:
    with Scripted(says("ok")) as model:
        assert "learned" not in told(model, home)
        assert json.loads(told(model, home, "--json"))["learned"] == []


@pytest.mark.parametrize("which", [[], ["m"], ["URL"], ["URL m"]])
def test_forgetting_sends_the_parameter_again(home: Path, which: list[str]) -> None:
    with Scripted(NO_SEED, says("ok")) as model:
        check(seed(model, home), code=0)
        names = [name.replace("URL", model.url) for name in which]
        result = azchat("config", "forget", *names, home=home)
        check(result, code=0)
        assert result.err == f"forgotten: {model.url} m\n"
        check(seed(model, home), code=0)
        assert sent(model)[-1]["seed"] == 1


def test_forgetting_what_is_not_known_names_what_is(home: Path) -> None:
    with Scripted(NO_SEED, says("ok")) as model:
        check(seed(model, home), code=0)
        result = azchat("config", "forget", "other", home=home)
        check(result, code=5)
        assert f"hint: deployments: {model.url} m" in result.err
    assert known(home)
    check(azchat("config", "forget", home=home), code=0)
    assert azchat("config", "forget", home=home).err == "nothing was learned yet\n"


def test_processes_that_learn_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "data" / "deployments.json"
    code = (
        "import sys; from pathlib import Path; from azchat.learned import Deployment\n"
        "for n in range(20): Deployment(Path(sys.argv[1]), 'base', None).repair("
        "{('drop', sys.argv[2] + str(n), '', '', ''): 'said'})"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(file), name]) for name in "abc"]
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert len(Deployment(file, "base", None).facts["repairs"]) == 60


# -- JSON mode -----------------------------------------------------------------------------


def test_json_mode_steps_down_and_that_is_remembered(home: Path) -> None:
    refusal = refuses("JSON mode is not enabled for this model")
    with Scripted(refusal, says('{"a": 1}')) as model:
        result = ask(model, home, "--json-mode", prompt="a as JSON")
        check(result, code=0)
        assert result.out == '{"a": 1}\n'
        assert "asked again: JSON mode is refused" in result.err
        check(ask(model, home, "--json-mode", prompt="a as JSON"), code=0)
        assert [("response_format" in body) for body in sent(model)] == [True, False, False]


def test_strict_leaves_json_mode_as_it_is(home: Path) -> None:
    with Scripted(refuses("response_format json_object is not supported")) as model:
        result = ask(model, home, "--json-mode", "--strict", prompt="a as JSON")
        check(result, code=7)
        assert "JSON mode is refused: the prompt alone asks for JSON without --strict" in result.err
        assert len(model.requests) == 1


def test_any_word_is_sent_as_an_effort(home: Path) -> None:
    with Scripted(says("ok")) as model:
        check(ask(model, home, "--effort", "ultra"), code=0)
        assert sent(model)[0]["reasoning_effort"] == "ultra"
    check(azchat("ask", "hi", "--demo", "--effort", "very much", home=home), code=2)
