"""What a turn cost: on stderr, in JSON, in the sums; and what it may cost."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from azchat.demo.server import DemoServer
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat

LANGUAGES = "How many languages are in the world?"
PRICED = '[prices."o4-mini"]\ninput = 1.1\noutput = 4.4\n'


@pytest.fixture
def config(home: Path) -> Path:
    file = home / ".config/azchat/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(PRICED)
    return file


def at(url: str) -> dict[str, str]:
    return {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": "k" * 20}


def ask(home: Path, *args: str, **more: Any) -> Result:
    return azchat("ask", "--demo", "-m", "o4-mini", *args, home=home, **more)


def test_thinking_and_answer_are_paid_apart(home: Path, config: Path) -> None:
    reply = json.loads(ask(home, "--json", LANGUAGES).out)
    usage, cost = reply["usage"], reply["cost"]
    thought = usage["reasoning_tokens"]
    assert cost["thinking"] == pytest.approx(thought * 4.4e-6)
    assert cost["answer"] == pytest.approx((usage["completion_tokens"] - thought) * 4.4e-6)
    assert cost["input"] == pytest.approx(usage["prompt_tokens"] * 1.1e-6)
    assert cost["total"] == pytest.approx(cost["input"] + cost["thinking"] + cost["answer"])


def test_each_event_stream_ends_with_it(home: Path, config: Path) -> None:
    lines = ask(home, "--output-format", "stream-json", LANGUAGES).out.splitlines()
    assert json.loads(lines[-1])["cost"]["currency"] == "USD"


@pytest.mark.parametrize(
    ("model", "told"),
    [("o4-mini", r"cost \$0\.0\d+ \(.* thinking, .* answer\)"), ("gpt-5", r"cost \?")],
)
def test_usage_tells_it(home: Path, config: Path, model: str, told: str) -> None:
    assert re.search(told, ask(home, "-u", "-m", model, LANGUAGES).err)


def test_nobody_who_knows_no_price_is_told_of_costs(home: Path) -> None:
    assert "cost" not in ask(home, "-u", LANGUAGES).err
    assert json.loads(ask(home, "--json", LANGUAGES).out)["cost"] is None


def test_a_deployment_is_known_by_the_model_that_it_names(home: Path, config: Path) -> None:
    config.write_text('[prices."DeepSeek-R1-0528"]\ninput = 1\noutput = 2\n')
    with DemoServer() as server:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"{server.url}/models",
            "AZURE_INFERENCE_CREDENTIAL": "k" * 20,
        }
        run = azchat("ask", "-m", "DeepSeek-R1-0528", "--json", "hi", home=home, env=env)
    assert json.loads(run.out)["cost"]["total"] > 0


@pytest.mark.parametrize(
    "wrong",
    [
        "input = -1",
        'input = "1"',
        "inputs = 1",
        "tiers = [{input = 1}]",
        "output = inf",
        "input = true",
    ],
)
def test_a_price_that_is_none_is_told(home: Path, config: Path, wrong: str) -> None:
    config.write_text(f'[prices."o4-mini"]\n{wrong}\n')
    run = ask(home, "hi")
    assert run.code == 3
    assert "o4-mini" in run.err


# What it may cost


def test_what_is_dearer_is_stopped_within_the_answer(home: Path, config: Path) -> None:
    run = ask(home, "--max-cost", "0.00001", "--json", LANGUAGES)
    reply = json.loads(run.out)
    assert run.code == 8
    assert reply["error"]["code"] == "cost"
    assert not reply["complete"]


def test_what_is_cheaper_is_not(home: Path, config: Path) -> None:
    assert ask(home, "--max-cost", "1", LANGUAGES).code == 0


def test_a_prompt_that_is_too_dear_is_not_sent(home: Path, config: Path) -> None:
    said: list[str] = []
    with DemoServer(log=said.append) as server:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"{server.url}/openai/v1",
            "AZURE_INFERENCE_CREDENTIAL": "k" * 20,
        }
        args = ("ask", "-m", "o4-mini", "--max-cost", "0.0001", "word " * 1000)
        run = azchat(*args, home=home, env=env)
    assert run.code == 8
    assert "nothing was sent" in run.err
    assert said == []


@pytest.mark.parametrize("said", ["", '[prices."gpt-5"]\ninput = 1\noutput = 1\n'])
def test_without_a_price_it_is_no_limit(home: Path, config: Path, said: str) -> None:
    config.write_text(said)
    run = ask(home, "--max-cost", "1", "hi")
    assert (run.code, run.out) == (3, "")
    assert "config prices update" in run.err


def test_a_chat_pays_all_its_turns_from_one_purse(home: Path, config: Path) -> None:
    cost = json.loads(ask(home, "--json", LANGUAGES).out)["cost"]["total"]
    args = ("chat", "--demo", "-m", "o4-mini", "--max-cost", f"{1.5 * cost:.8f}")
    run = azchat(*args, home=home, stdin=f"{LANGUAGES}\n/set seed 1\n{LANGUAGES}\n")
    assert run.code == 8
    assert run.err.count("--max-cost is") == 1


# The sums


def test_the_saved_turns_are_added_up(home: Path, config: Path) -> None:
    costs = [json.loads(ask(home, "--json", LANGUAGES).out)["cost"]["total"] for _ in range(2)]
    ask(home, "-m", "gpt-5", LANGUAGES)
    rows = json.loads(azchat("usage", "model", "--json", home=home).out)
    by_model = {row["model"]: row for row in rows["usage"]}
    mine = next(row for name, row in by_model.items() if name.startswith("o4-mini"))
    assert mine["turns"] == 2
    assert mine["cost"] == pytest.approx(sum(costs))
    assert mine["thinking"] > 0
    assert mine["answer"] > 0
    assert by_model["gpt-5"]["cost"] is None
    assert rows["total"]["unpaid_turns"] == 1
    assert rows["total"]["cost"] == pytest.approx(sum(costs))


def test_a_fork_is_not_paid_again(home: Path, config: Path) -> None:
    ask(home, LANGUAGES)
    before = azchat("usage", "--csv", home=home).out
    azchat("sessions", "fork", "1", home=home)
    assert azchat("usage", "--csv", home=home).out == before


def test_what_was_kept_stays_when_prices_change(home: Path, config: Path) -> None:
    ask(home, LANGUAGES)
    before = azchat("usage", "--csv", home=home).out
    config.write_text(PRICED.replace("4.4", "44"))
    assert azchat("usage", "--csv", home=home).out == before


@pytest.mark.parametrize("by", ["day", "week", "month", "model", "session"])
def test_every_sum_has_the_same_total(home: Path, config: Path, by: str) -> None:
    ask(home, LANGUAGES)
    ask(home, "hi")
    rows = list(csv.DictReader(azchat("usage", by, "--csv", home=home).out.splitlines()))
    assert sum(int(row["turns"]) for row in rows) == 2
    total = json.loads(azchat("usage", by, "--json", home=home).out)["total"]
    assert sum(int(row["answer"]) for row in rows) == total["answer"]


def test_with_nothing_saved_there_is_nothing_to_add(home: Path) -> None:
    run = azchat("usage", home=home)
    assert (run.code, run.out) == (0, "")
    assert azchat("usage", "--since", "2020-01-01", "--until", "2020-01-02", home=home).code == 11


def test_to_add_up_nobody_is_asked(home: Path, fs: FaultServer) -> None:
    azchat("usage", home=home, env=at(fs.url("ok")))
    assert fs.connections == []
