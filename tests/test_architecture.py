"""The rules of the architecture, each kept by reading the source or by watching a run."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.oracles import CANARY

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "azchat"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# A module imports from the layers above its own, and from its own folder.
LAYERS = (
    ("__init__", "errors", "blanks"),  # vocabulary
    ("messages", "redaction", "terminal", "parameters"),
    ("prices",),
    ("events",),
    ("conversation",),
    ("net",),  # HTTP; no service is known there
    ("wire",),  # pure
    ("dialects",),  # pure: what services are asked in
    ("environment", "files"),  # seams
    ("learned",),
    ("engine",),
    ("tools",),
    ("structured",),
    # Edges, each touching one outside thing.
    ("azure",),
    ("attachments",),
    ("demo", "sessions", "settings"),
    ("templates",),
    ("importing",),  # what other programs keep
    ("render",),
    ("export", "code"),
    ("asking",),
    ("repl", "web", "batch"),
    ("commands",),  # wiring
    ("signals",),
    ("cli",),
    ("start",),
    ("__main__",),
)
PURE = (
    *("wire", "dialects", "errors", "parameters", "messages", "events"),
    *("conversation", "redaction", "prices"),
)
# Foreign packages, and standard modules that touch the outside, have one home each.
HOMES = {
    "azure": ("azure",),
    "typer": ("cli",),
    "dotenv": ("settings.dotenv",),
    "platformdirs": ("environment",),
    "certifi": ("net.trust",),
    "socket": (
        *("net.opening", "net.connection", "demo.server", "attachments.fetching"),
        "web.serving",
    ),
    "http": ("net.opening", "net.connection", "demo.server", "attachments.fetching"),
    "signal": (
        "attachments.decoding",
        "signals",
        "__main__",
        "terminal",
        "repl",
        "tools.worker",
        "tools.leash",
    ),
    "click": (),
    "rich": ("render",),
    "markdown_it": ("render",),
    "pygments": ("render",),
    "pylatexenc": ("render",),
    "wcwidth": ("render",),
    "termios": ("terminal",),
    "PIL": ("attachments.scaling", "render.preview"),
    "pillow_heif": ("attachments.scaling",),
    "pypdf": ("attachments.pdf",),
    "sqlite3": ("sessions", "importing"),
    "prompt_toolkit": ("repl",),
    "pydantic": ("tools.schema",),
    "mcp": ("tools.mcp",),
    "anyio": ("tools.mcp",),
    "requests": (),
    "keyring": ("settings.keys", "azure.token_cache"),
    "tomlkit": ("settings.file", "templates"),
    "getpass": ("terminal.confirmation",),
    "jsonschema": ("structured",),
    "referencing": ("structured",),
    "yaml": ("templates",),
    "starlette": ("web",),
    "uvicorn": ("web",),
}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            is_package = (ROOT / node.module.replace(".", "/")).is_dir()
            yield from modules if is_package else [node.module]


def layer_of(module: str) -> int:
    """Return the layer of the longest name that fits: ``azure.endpoint`` before ``azure``."""
    fits = [
        (len(name), layer)
        for layer, names in enumerate(LAYERS)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    assert fits, f"{module} has no layer: say where it belongs"
    return max(fits)[1]


def own_imports(path: Path) -> Iterator[str]:
    for name in imports_of(path):
        if name == "azchat" or name.startswith("azchat."):
            inner = name.removeprefix("azchat").removeprefix(".")
            is_file = (PACKAGE / inner.replace(".", "/")).with_suffix(".py").exists()
            is_folder = (PACKAGE / inner.replace(".", "/")).is_dir() and inner
            yield inner if is_file or is_folder else inner.rpartition(".")[0] or "__init__"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_imports_from_the_layers_above_and_its_own_folder(path: Path) -> None:
    module = name_of(path)
    for imported in own_imports(path):
        room = module.partition(".")[0]
        same_folder = (PACKAGE / room).is_dir() and imported.partition(".")[0] == room
        above = layer_of(imported) < layer_of(module)
        assert above or same_folder or imported == module, f"{module} imports {imported}"


def test_no_import_leads_back() -> None:
    imports = {name_of(path): {*own_imports(path)} - {name_of(path)} for path in SOURCES}
    TopologicalSorter(imports).prepare()  # raises CycleError


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_foreign_package_has_one_home(path: Path) -> None:
    module = name_of(path)
    for imported in imports_of(path):
        homes = HOMES.get(imported.partition(".")[0])
        if homes is not None:
            at_home = any(module == home or module.startswith(f"{home}.") for home in homes)
            assert at_home, f"{module} imports {imported}"


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if name_of(path).split(".")[0] in PURE], ids=name_of
)
def test_pure_modules_import_the_standard_library_alone(path: Path) -> None:
    outside = {name.partition(".")[0] for name in imports_of(path)} - {"azchat"}
    assert outside <= sys.stdlib_module_names
    assert not outside & {"os", "socket", "subprocess", "threading", "time", "io", "pathlib"}


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if name_of(p).split(".")[0] in ("azure", "demo")], ids=name_of
)
def test_the_edges_do_not_know_the_engine(path: Path) -> None:
    known = {*own_imports(path)}
    assert not {"settings", "render"} & {name.split(".")[0] for name in known}
    assert not {"engine.chat", "engine.turn"} & known


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_terminal_and_variables_are_asked_for_in_one_place(path: Path) -> None:
    if name_of(path) in ("environment", "start", "__main__"):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            asked = f"{getattr(node.value, 'id', '')}.{node.attr}"
            assert asked not in ("os.environ", "os.getenv", "sys.stdin", "sys.stdout", "sys.stderr")
            assert node.attr != "isatty"


def test_every_exception_is_caught_in_one_place_only() -> None:
    catchers = [
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") == "Exception")
    ]
    assert catchers == ["cli"]


def test_thinking_tags_are_known_to_the_splitter_alone() -> None:
    texts = {
        name_of(path)
        for path in SOURCES
        if not name_of(path).startswith(("demo", "code."))  # they write them, for others to read
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and "</think" in str(node.value)
    }
    assert texts == {"wire.thinking"}


DIALECT_WORDS = frozenset(
    {"choices", "delta", "reasoning_content", "reasoning_effort", "max_completion_tokens"}
    | {"stream_options", "response_format", "image_url", "output_item", "input_text"}
    | {"content_block"}
)
# "choices" is also azchat's own word: of a notice, and of an option's values.
OWN_CHOICES = ("events", "render.json", "wire.response")


def test_the_words_of_a_dialect_are_its_own() -> None:
    # Others keep what they said in the words in which they said it.
    homes = ("dialects", "demo", "code", "templates.prompt_yml", "importing")
    found = {
        (name_of(path), node.value)
        for path in SOURCES
        if not any(f"{name_of(path)}.".startswith(f"{home}.") for home in homes)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in DIALECT_WORDS
    }
    found -= {(module, "choices") for module in OWN_CHOICES}
    assert found == {("wire.faults", "choices")}  # where OpenRouter puts an error of any status


def test_values_are_frozen() -> None:
    """Values are named tuples (a dataclass costs 0.3 ms at each start) or frozen dataclasses."""
    mutable = [
        node.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "dataclass"
        if "frozen" not in {keyword.arg for keyword in decorator.keywords}
    ]
    assert mutable == []


def test_no_dataclass_is_made_before_an_answer() -> None:
    users = {name_of(path) for path in SOURCES if "dataclasses" in set(imports_of(path))}
    assert not {name for name in users if not name.startswith("demo")}


def test_no_module_is_a_drawer_for_everything() -> None:
    assert not {"utils", "util", "base", "helpers", "common", "core", "misc"} & {
        part for path in SOURCES for part in name_of(path).split(".")
    }


def test_tests_neither_patch_nor_sleep() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        calls = {
            f"{getattr(node.value, 'id', '')}.{node.attr}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute)
        }
        assert not calls & {"monkeypatch.setattr", "mock.patch", "time.sleep"}, path.name
        assert not {n for n in imports_of(path) if n.startswith(("unittest.mock", "pytest_mock"))}


def test_importing_a_module_does_nothing() -> None:
    watch = """
import sys, json, importlib, pathlib, http.client, ssl, typer, azure.ai.inference, azure.identity
events = []
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.putenv"):
        events.append(event)
    if event == "open" and isinstance(args[0], str) and not args[0].endswith((".py", ".pyc")):
        events.append(f"open {args[0]}")
sys.addaudithook(hook)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(events))
"""
    modules = [f"azchat.{name_of(path)}" for path in SOURCES if path.stem != "__main__"]
    command = [sys.executable, "-c", watch, *modules]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    events = [event for event in json.loads(done.stdout) if "__pycache__" not in event]
    assert events == []
    assert done.stderr == ""


def modules_after(home: Path, *args: str, env: dict[str, str] | None = None) -> set[str]:
    program = (sys.executable, "-X", "importtime", "-P", "-m", "azchat")
    result = azchat(*args, home=home, env=dict(env or {}), program=program)
    assert result.code == 0, result.err
    return {
        line.rpartition("|")[2].strip().partition(".")[0]
        if not line.rpartition("|")[2].strip().startswith(("azure.", "rich.", "azchat."))
        else line.rpartition("|")[2].strip()
        for line in result.err.splitlines()
        if line.startswith("import time:")
    }


HEAVY = {
    "requests",
    "urllib3",
    "prompt_toolkit",
    "pydantic",
    "mcp",
    "anyio",
    "rich",
    "httpx",
    "aiohttp",
    "starlette",
    "uvicorn",
}


@pytest.mark.parametrize(
    "args",
    [("--version",), ("--help",), ("ask", "--help"), ("--show-completion", "bash")],
    ids=" ".join,
)
def test_help_version_and_completion_import_nothing_heavy(
    home: Path, args: tuple[str, ...]
) -> None:
    modules = modules_after(home, *args)
    assert not modules & (HEAVY | {"ssl", "http", "sqlite3", "asyncio"})
    assert not {module for module in modules if module.startswith("azure.")}


def test_a_piped_ask_imports_neither_requests_nor_rich_nor_identity(home: Path, fs: object) -> None:
    url = fs.url("ok")  # type: ignore[attr-defined]
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    modules = modules_after(home, "ask", "hi", env=env)
    assert not modules & (HEAVY | {"dotenv", "platformdirs", "tomllib", "msal", "email_validator"})
    assert not modules & {"keyring", "tomlkit"}
    assert "azure.ai.inference" in modules
    assert not {module for module in modules if module.startswith(("azure.identity", "rich"))}


def test_the_demo_needs_no_sdk(home: Path) -> None:
    modules = modules_after(home, "ask", "--demo", "hi")
    assert not {module for module in modules if module.startswith("azure.")}


def test_asking_knows_no_terminal() -> None:
    """A batch or a page asks by the same modules as ``ask``."""
    for path in SOURCES:
        if name_of(path).partition(".")[0] == "asking":
            rooms = {name.partition(".")[0] for name in own_imports(path)}
            assert not rooms & {"render", "repl", "terminal", "commands", "cli"}, path.name


def test_a_room_stands_on_one_floor() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    floors = [name for layer in LAYERS for name in layer]
    assert rooms <= {*floors}
    assert not [name for name in floors if "." in name]
