"""Every way to a terminal passes one filter; who goes round it is listed here."""

import ast
import json
import os
import re
from pathlib import Path

import pytest

from azchat.engine.masking import MaskedOutput
from azchat.environment import DescriptorOutput
from azchat.redaction import Redactor
from azchat.terminal.safe import Codes, styled, visible
from tests.faults.payloads import DONE, event
from tests.faults.scripted import Scripted, reply
from tests.front_door import azchat
from tests.oracles import CANARY
from tests.test_architecture import SOURCES, name_of

# Text of theirs that acts: made of rows, pictures and words that were made safe before.
MAKERS = {
    "cli.help",
    "cli.invocation",
    "commands.attaching",
    "commands.chat_host",
    "render.batch",  # what Rich draws
    "render.plain",
    "terminal.safe",
    "render.screen",
    "repl.clipboard",
    "repl.questions",
}
# What else writes to a descriptor, and what.
WRITERS = {
    "__main__": "the version",
    "terminal.confirmation": "what is visible",
    "environment": "what is visible",
    "files": "a file",
    "batch.results": "a file",
    "terminal.keyboard": "a mode of azchat's own",
    "repl.line_editor": "what prompt-toolkit draws: it shows control characters",
    "repl.toolkit": "what prompt-toolkit draws: it shows control characters",
    "tools.leash": "the name of a program of the user's, in its process",
    "tools.python": "a pipe",
    "tools.worker": "a pipe",
}
ESC = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\u202e"


def calls(*names: str) -> set[str]:
    return {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    }


def test_who_makes_text_that_acts_is_listed() -> None:
    assert calls("Codes") == MAKERS


def test_who_writes_past_the_filter_is_listed() -> None:
    writers = calls("os.write", "print", "create_output", "stream.write", "writing.write",
                    "sys.stdout.write", "sys.stderr.write", "getpass.getpass")  # fmt: skip
    assert writers == WRITERS.keys()


@pytest.mark.parametrize("text", [ESC, "\r", "\x00", "\udc80", "a\u2028b"])
def test_a_terminal_gets_nothing_that_acts(text: str) -> None:
    leader, follower = os.openpty()
    DescriptorOutput(follower).write(f"{text}|")
    got = os.read(leader, 4096).decode()
    assert got == f"{visible(text)}|"
    os.close(leader)
    os.close(follower)


def test_what_is_made_to_act_does_and_what_is_put_into_it_does_not() -> None:
    assert styled(ESC, "2", "\n") == f"\x1b[2m{visible(ESC)}\x1b[0m\n"
    assert isinstance(styled("a", "2"), Codes)
    assert not isinstance(styled("a", "2") + ESC, Codes)


HEAD = {"x_request_id": "h" + ESC[:-1], "server": ESC[:-1], "x_ms_region": ESC[:-1]}
CHUNK = {
    "id": f"i{ESC}",
    "model": f"m{ESC}",
    "system_fingerprint": ESC,
    "choices": [
        {"index": 0, "delta": {"content": f"c{ESC}"}, "finish_reason": f"stop{ESC}"},
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
FAILED = {"error": {"code": f"c{ESC}", "type": ESC, "message": f"no{ESC}", "param": ESC}}
LISTED = {"object": "list", "data": [{"id": f"m{ESC}", "owned_by": ESC, "object": ESC}]}
ANSWERED = reply(event(CHUNK) + DONE, **HEAD)
REFUSED = reply(json.dumps(FAILED).encode(), "400 No" + ESC[:-1], **HEAD)
LIST = reply(json.dumps(LISTED).encode(), **{**HEAD, "content_type": "application/json"})


@pytest.mark.parametrize("said", [ANSWERED, REFUSED, LIST], ids=["answer", "refusal", "list"])
@pytest.mark.parametrize(
    "args",
    [
        ("ask", "hi", "--debug-content", "-u", "--plain"),
        ("ask", "hi", "--debug", "-u", "--json"),
        ("ask", "hi", "-u"),
        ("info", "--check", "--debug"),
        ("models", "--debug"),
    ],
    ids=" ".join,
)
def test_no_word_of_a_server_acts_on_a_terminal(
    home: Path, args: tuple[str, ...], said: bytes
) -> None:
    with Scripted(said) as server:
        env = {"AZURE_INFERENCE_ENDPOINT": server.url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        env |= {"TERM": "xterm", "COLORFGBG": "15;0"}  # nothing is asked of the terminal
        result = azchat(*args, home=home, env=env, tty=True)
    shown = result.terminal.decode("utf-8", "replace")
    assert not re.search("\x1b\\]|\x1b\\[2J|[\x07\x08\x80-\x9f\u202e]", shown)


@pytest.mark.parametrize("text", [styled("a", "2"), "a\x1b[2m"])
def test_what_masks_keys_leaves_the_difference(text: str) -> None:
    leader, follower = os.openpty()
    MaskedOutput(DescriptorOutput(follower), Redactor()).write(text)
    got = os.read(leader, 4096).decode()
    assert got == (text if isinstance(text, Codes) else visible(text))
    os.close(leader)
    os.close(follower)
