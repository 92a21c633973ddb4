"""Whatever is read whole has a bound: each reader is listed here, with what bounds it."""

import ast
import os
import signal
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from azchat.attachments import decoding
from tests.front_door import Session, azchat
from tests.oracles import check
from tests.test_architecture import SOURCES, name_of

MIB = 1 << 20
READS = {
    *("read_text", "read_bytes", "read", "read1", "readline", "readlines", "recv"),
    *("communicate", "safe_load", "subprocess.run", "check_output", "PdfReader"),
    *("json.load", "yaml.load", "tomllib.load", "Pictures.open", "decode"),
}
OTHERS = {"config", "dialects.chat.reader", "wire.response", "wire.thinking"}  # they read values
READERS = {
    "attachments.clipboard subprocess.run": "a tool of the desktop, 5 s",
    "attachments.decoding communicate": "a process with limits",
    "attachments.decoding read": "what the limit of attachments let through",
    "attachments.decoding readline": "a request of azchat's own",
    "attachments.fetching read1": "a block",
    "attachments.pdf PdfReader": "in the process that decodes",
    "attachments.loading read": "the limit of attachments",
    "attachments.scaling Pictures.open": "in the process that decodes",
    "render.preview Pictures.open": "in the process that decodes",
    "azure.advice read": "its most bytes",
    "azure.client read": "a block of a reply",
    "net.connection read": "a block of a reply",
    "net.connection read1": "a block of a reply",
    "net.connection recv": "a byte",
    "azure.az subprocess.run": "a program that prints little, some seconds",
    "azure.retail read": "its most bytes",
    "engine.chat read": "a block of a reply",
    "engine.replies read": "its most bytes, and those of a refusal",
    "commands.ask read_text": "8 MiB",
    "commands.chat_host read": "a block of a terminal",
    "commands.chat_host read_text": "8 MiB",
    "commands.check.asking read": "a block of a reply",
    "commands.config read": "its most bytes",
    "asking.connect read": "an import: nothing is read",
    "asking.prompt read": "8 MiB",
    "commands.templates read_text": "8 MiB",
    "commands.templates subprocess.run": "an editor: nothing is read",
    "terminal.confirmation readline": "a line of a terminal",
    "demo.server read": "the longest body that it takes",
    "settings.endpoint_key read": "a value",
    "cli.help read_text": "a file of the package",
    "cli.help subprocess.run": "a pager: nothing is read",
    "blanks read_text": "a file of the package",
    "azure.retirement read_text": "a file of the package",
    "batch.asking read_text": "8 MiB",
    "cli.groups read_text": "a file of the package",
    "code.program read_text": "a file of the package",
    "commands.batch read": "a block, into a file",
    "commands.import_ read": "one conversation after another",
    "demo.azure.stage read_text": "a file of the package",
    "importing.aichat read": "a function of importing.reading",
    "importing.aichat read_text": "as importing.reading",
    "importing.llm read_bytes": "as importing.reading",
    "importing.llm read_text": "as importing.reading",
    "importing.mods read_bytes": "as importing.reading",
    "importing.reading read": "a block, or the limit of a value",
    "importing.reading read_bytes": "a file of the user's own, its most bytes",
    "importing.reading read_text": "as its bytes",
    "importing.sgpt read_text": "as importing.reading",
    "importing.sources read_text": "as importing.reading",
    "tools.defined read": "a block of what a command says, to a bound",
    "tools.schema read_bytes": "a file of the package",
    "web.app read_text": "a file of the package",
    "web.hub read_text": "8 MiB",
    "web.stopping read": "a block of a reply",
    "render.latex read_bytes": "a file of the package",
    "sessions.schema read_text": "a file of the package",
    "environment read": "the limit that is asked for",
    "files read": "64 MiB of a regular file, or less that is asked for",
    "terminal.keyboard read": "a block of a terminal",
    "settings.keys.command read": "its most bytes",
    "settings.keys.file readline": "8192 characters of a regular file",
    "engine.recording read": "a block of a reply",
    "render.turn_view read": "a block of a terminal",
    "repl.clipboard subprocess.run": "nothing is read",
    "repl.line_editor subprocess.run": "an editor: nothing is read",
    "repl.plain_prompt readline": "a line of a terminal",
    "repl.slash_attachments read": "a value",
    "sessions.salvage read_bytes": "a file of azchat's own making",
    "export.html read_text": "a file of the package",
    "render.theme read_bytes": "a file of the package",
    "repl.session read_bytes": "a file of the package",
    "sessions.salvage read": "a page",
    "sessions.salvage read_text": "a file of the package",
    "sessions.place read": "a page",
    "sessions.place read_text": "the kernel's table of mounts",
    "sessions.processes read": "a line of the kernel's",
    "templates.folder read": "a value",
    "templates.folder yaml.load": "1 MiB, no alias",
    "signals read": "a byte of its own pipe",
    "terminal.graphics read": "keys",
    "tools.builtin read": "its longest",
    "tools.leash read": "a line of the kernel's",
    "tools.loaded read": "a module of a tool",
    "tools.mcp read": "a block",
    "tools.python readline": "a line of a worker",
    "tools.worker read": "a block",
    "azure.discovery.manager read": "a bound of bytes",
    "cli.named_files read_text": "as the prompt's files",
    "commands.sessions.waiting read_text": "as the system message",
    "demo.tables read_bytes": "the package's own",
    "engine.background read": "a function that is handed in",
    "environment read_bytes": "of /proc",
    "environment read_text": "of /proc",
}


def readers() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and name_of(path) not in OTHERS:
                called = ast.unparse(node.func)
                name = called if called in READS else called.rpartition(".")[2]
                if name in READS and name != "decode":
                    yield f"{name_of(path)} {name}"


def test_each_reader_is_listed_with_its_bound() -> None:
    assert set(readers()) == READERS.keys()


def test_what_decodes_is_called_in_the_process_for_it_alone() -> None:
    for path in SOURCES:
        imported = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        jobs = (decoding.SCALE, decoding.READ_PDF, decoding.DRAW, decoding.DRAW_ROWS)
        assert not imported & {f"{job.module}.{job.function}" for job in jobs}


def special(kind: str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        if kind == "pipe":
            os.mkfifo(path, 0o600)
        elif kind == "device":
            path.symlink_to("/dev/zero")
        elif kind == "huge":
            with path.open("wb") as file:
                file.truncate(200 * MIB)
        else:
            path.write_bytes(b"[" * 500_000)

    return make


@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "deep"])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("r.http", ("--replay", "r.http")),
        ("t.yaml", ("-t", "./t.yaml")),
        ("t.toml", ("-t", "./t.toml")),
        ("s.json", ("--schema", "s.json")),
        ("s.txt", ("-s", "@s.txt")),
        ("config.toml", ()),
        ("data/deployments.json", ()),
        ("data/models.txt", ()),
        ("a.txt", ("-a", "a.txt")),
    ],
    ids=str,
)
def test_no_file_hangs_or_fills_the_memory(
    home: Path, kind: str, name: str, args: tuple[str, ...]
) -> None:
    (home / "data").mkdir()
    special(kind)(home / name)
    env = {"AZCHAT_CONFIG": str(home / "config.toml"), "AZCHAT_DATA_DIR": str(home / "data")}
    demo = () if "--replay" in args else ("--demo",)
    result = azchat("ask", *demo, "hi", "--no-log", *args, home=home, env=env)
    assert result.code in (0, 3, 5, 7, 8)
    assert not result.timed_out
    assert "internal" not in result.err
    assert result.max_rss_bytes < 200 * MIB


def bomb() -> bytes:
    """Return a JPEG of 64 million pixels in 20,000 layers: 2 MB that take minutes."""
    file = BytesIO()
    Image.new("RGB", (8000, 8000), "navy").save(file, "JPEG", progressive=True, quality=10)
    data = file.getvalue()
    last = data.rfind(b"\xff\xda")
    return data[:last] + 20_000 * data[last:-2] + b"\xff\xd9"


def test_a_picture_that_takes_too_long_is_given_up_with_the_time_there_is(home: Path) -> None:
    (home / "bomb.jpg").write_bytes(bomb())
    args = ("ask", "--demo", "hi", "-i", "bomb.jpg", "--max-time", "1")
    result = azchat(*args, home=home)
    check(result, code=5)
    assert "bomb.jpg takes more than 1 s to decode" in result.err
    assert result.seconds < 15


def test_ctrl_c_ends_the_decoding_at_once(home: Path) -> None:
    (home / "bomb.jpg").write_bytes(bomb())
    with Session("ask", "--demo", "hi", "-i", "bomb.jpg", home=home) as session:
        children = Path(f"/proc/{session.pid}/task/{session.pid}/children")
        session.wait_until(lambda: bool(children.read_text()))
        child = children.read_text().strip()
        pages = Path(f"/proc/{child}/statm")
        session.wait_until(lambda: int(pages.read_text().split()[1]) > 60 * MIB // 4096)  # it works
        session.interrupt()
        result = session.finish()
    assert result.signal == signal.SIGINT
    assert result.seconds < 15
    status = Path(f"/proc/{child}/status")
    assert not status.exists() or "(zombie)" in status.read_text()  # dead; init has to reap it
