"""Options that are abbreviated, misspelt, doubled, too early; questions that begin with a dash."""

import json
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.oracles import check


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("ask --modl x hi", "No such option: --modl", "did you mean --model?"),
        ("ask --mod x hi", "No such option: --mod", "did you mean --model?"),  # abbreviated
        ("--modle x hi", "No such option: --modle", "did you mean --model?"),
        ("chat --no-logs", "No such option: --no-logs", "did you mean --no-log?"),
        ("ask -Z hi", "No such option: -Z", "see: azchat ask --help"),
        ("ask --demo -qZ hi", "No such option: -Z", "see: azchat ask --help"),
        ("ask hi --effort", "'--effort' requires an argument", "see: azchat ask --help"),
        ("ask --no-stream=1 hi", "'--no-stream' does not take a value", "see: azchat ask"),
        ("ask --temperature hot hi", "not a valid float", "see: azchat ask --help"),
        ("ask --verbosity loud hi", "not one of 'low', 'medium', 'high'", "see: azchat ask"),
        ("ask --api-key x hi", "No such option: --api-key", "azchat config set key"),
        ("ask --demo -what", "No such option: -w", "see: azchat ask --help"),
        ("ask --demo two words", "unexpected extra argument", "quote the question"),
        ("sessions lst", "No such command 'lst'", "did you mean 'list'?"),
        ("sessions list --limt 3", "No such option: --limt", "did you mean --limit?"),
        ("models --jsn", "No such option: --jsn", "did you mean --json?"),
        ("code --lang perl hi", "'perl' is not one of", "see: azchat code --help"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_meant(
    home: Path, line: str, what: str, hint: str
) -> None:
    result = azchat(*line.split(), home=home)
    check(result, code=2)
    assert what in result.err.splitlines()[0]
    assert hint in result.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "question", "sent"),
    [
        (["-m", "a", "-m", "b", "hi"], "hi", {"model": "b"}),  # the last one counts
        (["hi", "--effort", "low", "--effort=high"], "hi", {"reasoning_effort": "high"}),
        (["hi", "--effort", "low", "--think", "max"], "hi", {"reasoning_effort": "max"}),
        (["--stop", "a", "hi", "--stop", "b"], "hi", {"stop": ["a", "b"]}),  # all of them
        (["-m", "a", "ask", "hi"], "hi", {"model": "a"}),
        (["-uqm", "a", "hi"], "hi", {"model": "a"}),
        (["-ma", "hi"], "hi", {"model": "a"}),
        (["ask", "--presence-penalty", "-1.5", "hi"], "hi", {"presence_penalty": -1.5}),
        (["ask", "-s", "-be brief", "hi"], "hi", {}),
        (["--", "-what is this"], "-what is this", {}),
        (["ask", "--", "--help"], "--help", {}),
        (["ask", "--stop", "--json", "hi"], "hi", {"stop": ["--json"]}),
    ],
    ids=str,
)
def test_what_is_meant_is_sent(
    home: Path, words: list[str], question: str, sent: dict[str, object]
) -> None:
    result = azchat("--demo", "--dry-run", *words, home=home)
    check(result, code=0)
    body = json.loads(result.out.partition("\n\n")[2])
    assert body["messages"][-1]["content"] == question
    assert {name: body[name] for name in sent} == sent
