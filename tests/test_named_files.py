"""``-`` is stdin or stdout wherever a file is named, ``@FILE`` a text; a file has one use."""

import itertools
import json
import re
from pathlib import Path

import pytest

from tests.front_door import Result, azchat
from tests.oracles import check

TOOLS = '"""Tools."""\ndef forecast(city: str) -> str:\n    """Forecasts."""\n    return city\n'
# Where a file is read: how it is named, what it may hold, and what shows that it was read.
READ = {
    "PROMPT": (["{}"], "Say fish", "Say fish"),
    "--system": (["hi", "-s", "@{}"], "Be a cod", "Be a cod"),
    "--param": (["-t", "./p.toml", "-p", "x=@{}"], "herring", "herring"),
    "--option": (["hi", "-o", "user=@{}"], "plaice", "plaice"),
    "--stop": (["hi", "--stop", "@{}"], "sole", "sole"),
    "--schema": (["hi", "--schema", "{}"], '{"type": "object", "title": "Tench"}', "Tench"),
    "--template": (["-t", "{}", "hi"], 'prompt = "roach {{input}}"', "roach hi"),
    "--attach": (["hi", "-a", "{}"], "a list of carps", "a list of carps"),
    "--tool": (["hi", "-T", "{}"], TOOLS, "forecast"),
}
PAIRS = [*itertools.combinations(READ, 2)]
PAIRS.remove(("--param", "--template"))  # one template


@pytest.fixture(autouse=True)
def _template(home: Path) -> None:
    (home / "p.toml").write_text('prompt = "hi {{x}}"')
    (home / "p.toml").chmod(0o600)


def sent(home: Path, *args: str, stdin: str | None = None) -> Result:
    """Return what would be sent."""
    env = {"AZURE_INFERENCE_ENDPOINT": "http://127.0.0.1:9/v1", "AZURE_INFERENCE_MODEL": "m"}
    return azchat("ask", "--dry-run", *args, home=home, env=env, stdin=stdin)


def named(option: str, place: str) -> list[str]:
    return [word.format(place) for word in READ[option][0]]


@pytest.mark.parametrize("option", READ)
def test_a_dash_is_stdin_where_a_file_is_read(home: Path, option: str) -> None:
    result = sent(home, *named(option, "-"), stdin=READ[option][1])
    check(result, code=0)
    assert READ[option][2] in result.out


@pytest.mark.parametrize("option", [o for o in READ if o != "PROMPT"])
@pytest.mark.parametrize("name", ["a file", "/dev/stdin"])
def test_so_is_the_file_of_that_name(home: Path, option: str, name: str) -> None:
    file = home / {"--template": "a.toml", "--tool": "a.py"}.get(option, "a file")
    file.write_text(READ[option][1])
    file.chmod(0o600)
    if name == "/dev/stdin":
        result = sent(home, *named(option, name), stdin=READ[option][1])
    else:
        result = sent(home, *named(option, str(file)))
    check(result, code=0, made=[file])
    assert READ[option][2] in result.out


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_stdin_has_one_use(home: Path, one: str, other: str) -> None:
    words = [word for word in (*named(one, "-"), *named(other, "-")) if word != "hi"]
    result = sent(home, *words, stdin="hi")
    check(result, code=2)
    assert re.search(r"stdin is named twice: \S+ and \S+", result.err)


def test_an_at_sign_is_doubled_to_be_one(home: Path) -> None:
    result = sent(home, "hi", "-s", "@@home", "--stop", "@@end", "-o", "user=@@me")
    check(result, code=0)
    assert all(text in result.out for text in ('"@home"', '"@end"', '"@me"'))


@pytest.mark.parametrize("option", ["--system", "--param", "--option", "--stop", "--header"])
def test_a_text_of_a_file_that_is_not_there_is_refused(home: Path, option: str) -> None:
    pair = "@nowhere" if option in ("--system", "--stop") else "x=@nowhere"
    result = sent(home, "-t", "./p.toml", "-p", "x=1", option, pair)
    check(result, code=5)
    assert "nowhere" in result.err


WRITTEN = ["--output", "--thinking-file", "--record"]


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(WRITTEN, 2)])
@pytest.mark.parametrize("name", ["out", "./out"])
def test_one_file_is_not_written_twice(home: Path, one: str, other: str, name: str) -> None:
    result = azchat("ask", "--demo", "hi", one, "out", other, name, home=home)
    check(result, code=2)
    assert "are one file" in result.err
    assert not (home / "out").exists()


@pytest.mark.parametrize("option", ["--thinking-file", "--record"])
@pytest.mark.parametrize("read", ["--system", "--attach", "--schema", "--tool"])
def test_what_is_read_is_not_written(home: Path, option: str, read: str) -> None:
    file = home / "both.py"
    file.write_text(READ[read][1])
    file.chmod(0o600)
    words = named(read, "both.py")
    result = azchat("ask", "--demo", *words, option, "both.py", home=home)
    check(result, code=2, made=[file])
    assert file.read_text() == READ[read][1]


def test_a_dash_is_stdout_where_a_file_is_written(home: Path) -> None:
    plain = azchat("ask", "--demo", "hi", home=home)
    assert azchat("ask", "--demo", "hi", "--output", "-", home=home).out == plain.out
    thought = azchat("ask", "--demo", "How many languages are in the world?", home=home)
    args = ("ask", "--demo", "How many languages are in the world?", "--thinking-file", "-")
    both = azchat(*args, "--output", "answer", home=home)
    check(both, code=0, made=[home / "answer"])
    assert "the user is asking" in both.out
    assert (home / "answer").read_text() == thought.out
    assert json.loads(azchat("ask", "--demo", "--json", "hi", home=home).out)["answer"]
