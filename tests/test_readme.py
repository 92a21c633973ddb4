"""What the README promises is so."""

import re
from pathlib import Path

import pytest
import typer

from azchat.asking.link import DEMO_MODEL
from azchat.azure.retirement import retirement_of_model
from azchat.cli.groups import grammar
from azchat.cli.options import ASK
from azchat.demo.models import DEFAULT_MODEL
from azchat.errors import ExitCode
from tests.front_door import azchat
from tests.options_table import chapters_in, with_tables
from tests.oracles import check

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_ci_runs_the_second_command() -> None:
    command = next(line for line in README.splitlines() if "tests/run" in line)
    assert command in (ROOT / ".ci/run").read_text()


def test_the_first_command_ends_in_an_answer(home: Path) -> None:
    command = next(line for line in README.splitlines() if "pip install --quiet . &&" in line)
    words = re.findall(r'"([^"]+)"', command)
    result = azchat("ask", "--demo", *words, home=home)
    check(result, code=0)
    assert "**7,000 languages** globally." in result.out


def test_every_exit_code_is_listed() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert {int(code) for code in ExitCode} == listed


def test_its_tables_of_options_are_current() -> None:
    assert set(chapters_in(README)) == {spec.chapter for spec in ASK.values()}
    assert with_tables(README) == README, "write them anew: python -m tests.options_table"


NAMED = re.findall(r"""(?:MODEL=|model = |-m |--model )["']?([\w.:/-]+)""", README)


@pytest.mark.parametrize("model", [*NAMED, DEFAULT_MODEL, DEMO_MODEL])
def test_no_model_that_it_or_the_demo_proposes_is_retired(model: str) -> None:
    assert len(NAMED) > 3
    assert retirement_of_model(model) is None


def test_every_option_it_names_exists() -> None:
    root = grammar()
    context = typer.Context(root)
    known = {opt for name in root.commands for p in root.commands[name].params for opt in p.opts}
    known |= {opt for parameter in root.get_params(context) for opt in parameter.opts}
    groups = [vars(command).get("commands", {}) for command in root.commands.values()]
    inner = [command for commands in groups for command in commands.values()]
    known |= {opt for command in inner for p in command.params for opt in p.opts}
    foreign = {"--quiet", "--help"}  # pip's
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - foreign <= known


@pytest.mark.parametrize(
    "name", re.findall(r"^#?(AZ\w+|OPENAI\w+)=", (ROOT / ".env.example").read_text(), re.M)
)
def test_every_variable_of_the_example_is_read(name: str) -> None:
    places = ("parameters", "settings/specs", "settings/families")
    sources = [ROOT / "azchat" / f"{name}.py" for name in places]
    assert any(re.search(rf"\b{name}\b", source.read_text()) for source in sources)
