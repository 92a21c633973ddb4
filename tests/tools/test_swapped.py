"""Consent for good is for all that a tool loads from the user's folders, as it was then."""

from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.tools.conftest import ToolFile
from tests.tools.test_consent import answered, asked
from tests.tools.test_rounds import fine

CALL = {"tool": "f", "arguments": '{"x": 1}'}
FORMS = {
    "imported": ("import beside\ndef f(x: int) -> int: return beside.n", "beside.py"),
    "imported in the function": ("def f(x: int) -> int:\n  import beside\n  return 1", "beside.py"),
    "imported by its name": (
        "def f(x: int) -> int:\n  import importlib as i\n  i.import_module('beside')\n  return 1",
        "beside.py",
    ),
    "of a package": ("def f(x: int) -> int:\n  from kit import deep\n  return 1", "kit/deep.py"),
    "imported by what is imported": (
        "def f(x: int) -> int:\n  import middle\n  return 1",
        "beside.py",
    ),
    "executed": (
        "exec(open(__file__.replace('mine.py', 'text')).read())\ndef f(x: int) -> int: return 1",
        "text",
    ),
    "run": ("def f(x: int) -> int:\n  import os\n  os.system('./go.sh')\n  return 1", "go.sh"),
    "run in a folder": (
        "def f(x: int) -> int:\n  import os\n  os.system('sh ./bin/go.sh')\n  return 1",
        "bin/go.sh",
    ),
    "run by the parts of its path": (
        "def f(x: int) -> int:\n  import os\n  os.path.join('bin', 'go.sh')\n  return 1",
        "bin/go.sh",
    ),
    "run deep below": (
        "def f(x: int) -> int:\n  import os\n  os.system('sh bin/deep/go.sh')\n  return 1",
        "bin/deep/go.sh",
    ),
    "run from home": (
        "def f(x: int) -> int:\n  import os\n  os.system('~/bin/deep/go.sh')\n  return 1",
        "bin/deep/go.sh",
    ),
}


@pytest.fixture
def folder(home: Path) -> Path:
    (home / "kit").mkdir(0o700)
    (home / "bin/deep").mkdir(0o700, parents=True)
    scripts = ("go.sh", "bin/go.sh", "bin/deep/go.sh")
    for name in ("beside.py", "kit/__init__.py", "kit/deep.py", "middle.py", "text", *scripts):
        path = home / name
        path.write_text("import beside\nn = 1\n" if name == "middle.py" else "n = 1\n")
        path.chmod(0o600)
    return home


@pytest.mark.parametrize(("source", "swapped"), FORMS.values(), ids=FORMS)
def test_it_ends_with_any_file_that_is_swapped(
    fs: FaultServer, ask: Ask, folder: Path, tool_file: ToolFile, source: str, swapped: str
) -> None:
    path, url = tool_file(source), fs.url("tool", **CALL)
    with asked(folder, url, "-T", path) as session:
        session.send("a\n")
        answered(session, fs)
    assert fine(ask(url, "hi", "-T", path), fs) == "results: 1\n"
    (folder / swapped).write_text("n = 666\n")
    assert "denied" in fine(ask(url, "hi", "-T", path), fs, 8)


def test_a_file_that_is_not_loaded_may_change(
    fs: FaultServer, ask: Ask, folder: Path, tool_file: ToolFile
) -> None:
    path, url = tool_file(FORMS["imported"][0]), fs.url("tool", **CALL)
    with asked(folder, url, "-T", path) as session:
        session.send("a\n")
        answered(session, fs)
    (folder / "go.sh").write_text("changed")
    assert fine(ask(url, "hi", "-T", path), fs) == "results: 1\n"


@pytest.mark.parametrize(("name", "told"), [("beside", "changed since"), ("new", "neither there")])
def test_a_module_that_is_swapped_or_put_there_while_it_runs_is_not_loaded(
    fs: FaultServer, ask: Ask, folder: Path, tool_file: ToolFile, name: str, told: str
) -> None:
    source = f"""
import importlib, os
NAME = {name[:2]!r}
def f(x: int) -> int:
    "Loads beside."
    path = os.path.join({str(folder)!r}, NAME + {name[2:]!r} + ".py")
    with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write("n = 666")
    return importlib.import_module(NAME + {name[2:]!r}).n
"""
    url = fs.url("tool", **CALL)
    out = fine(ask(url, "hi", "-T", tool_file(source), "--approve", "all"), fs)
    assert "error: import error: " in out
    assert told in out
