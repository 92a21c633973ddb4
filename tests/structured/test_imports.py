"""What schemas, templates and code need is imported by those who use them alone."""

import sys
from pathlib import Path

from tests.faults.scripted import Scripted
from tests.front_door import azchat
from tests.oracles import CANARY
from tests.structured.model import says

OURS = ("azchat.structured", "azchat.templates", "azchat.code", "azchat.render.extract")
FOREIGN = ("jsonschema", "referencing", "yaml", "tomlkit", "markdown_it")
PROGRAM = (sys.executable, "-X", "importtime", "-P", "-m", "azchat")


def imported(home: Path, *args: str, env: dict[str, str] | None = None) -> list[str]:
    result = azchat(*args, home=home, env=env, program=PROGRAM)
    assert result.code == 0, result
    lines = [line for line in result.err.splitlines() if line.startswith("import time:")]
    return [line.rpartition("|")[2].strip() for line in lines]


def test_a_plain_question_imports_none_of_it(home: Path) -> None:
    with Scripted(says("ok")) as model:
        env = {"AZURE_INFERENCE_ENDPOINT": model.url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        modules = imported(home, "ask", "-m", "m", "hi", env=env)
    assert not [name for name in modules if name.startswith((*OURS, *FOREIGN))]


def test_jsonschema_is_imported_once_the_request_is_on_its_way(home: Path) -> None:
    with Scripted(says('{"a": "b"}')) as model:
        env = {"AZURE_INFERENCE_ENDPOINT": model.url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        modules = imported(home, "ask", "-m", "m", "--schema", "a", "hi", env=env)
    # The decoder is the first that is imported while the service works on the answer.
    assert modules.index("azchat.wire.response") < modules.index("jsonschema")
    assert modules.index("azchat.azure.client") < modules.index("jsonschema")


def test_code_imports_neither_the_sdk_nor_what_answers_take(home: Path) -> None:
    modules = imported(home, "code", "hi")
    heavy = ("azure.", "ssl", "rich", "azchat.wire.response", "azchat.code.java")
    assert not [name for name in modules if name.startswith((*heavy, *FOREIGN))]
