"""Whatever is read whole has a bound: each reader is listed here, with what bounds it."""

import ast
from collections.abc import Iterator

from tests.test_architecture import SOURCES, name_of

READS = {
    *("read_text", "read_bytes", "read", "read1", "readline", "readlines", "recv"),
    *("communicate", "safe_load", "getvalue", "run", "check_output", "fromfd", "PdfReader"),
}
WHOLE = {"load"}  # of json, yaml and tomllib: json.load reads a whole file
READERS = {
    "attachments.clipboard": "a tool of the desktop, 5 s",
    "attachments.decoding": "a process with a limit of memory",
    "attachments.fetching": "its limit of bytes, 20 s",
    "attachments.pdf": "in the process that decodes",
    "attachments.reading": "the limit of attachments",
    "attachments.scaling": "in the process that decodes",
    "azure.advice": "its most bytes",
    "azure.client": "blocks of a reply",
    "azure.connection": "blocks of a reply",
    "chat": "blocks of a reply",
    "code.curl": "no reader: a value",
    "commands.chat_host": "no reader: a value",
    "commands.check.asking": "blocks of a reply",
    "commands.config": "its most bytes",
    "commands.fetching": "its most bytes",
    "commands.prompt": "8 MiB",
    "confirmation": "a line of a terminal",
    "demo.server": "the longest body that it takes",
    "dotenv_file": "64 KiB",
    "environment": "the limit that is asked for",
    "files": "64 MiB, or less that is asked for",
    "keyboard": "a block of a terminal",
    "keys.command": "its most bytes",
    "keys.file": "8192 characters of a regular file",
    "recording": "blocks of a reply",
    "render.preview": "in the process that decodes",
    "repl.clipboard": "nothing is read",
    "repl.plain_prompt": "a line of a terminal",
    "sessions.broken": "a file of azchat's own making",
    "sessions.export.html": "a file of azchat's own",
    "sessions.leaves": "a page",
    "sessions.place": "the kernel's table of mounts",
    "sessions.processes": "a line of the kernel's",
    "terminal_graphics": "64 bytes of a terminal",
    "tools.builtin": "its longest",
    "tools.worker": "a block",
}


def readers() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                of = getattr(getattr(node.func, "value", None), "id", "")
                if name in READS or (name in WHOLE and of in ("json", "yaml", "tomllib")):
                    yield name_of(path), f"{of}.{name}"


def test_each_reader_is_listed_with_its_bound() -> None:
    print(sorted(set(readers())))
    found = {module for module, _ in readers()}
    assert found == READERS.keys()
