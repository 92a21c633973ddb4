"""What is typed while an answer comes is for the next prompt; no letter of it is a key."""

from pathlib import Path

import pytest

from azchat.repl.blocks import text_of_keys
from tests.faults.server import FaultServer
from tests.oracles import check
from tests.repl.chatting import PROMPT_TOOLKIT, chatting, sent


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("what then?", "what then?"),
        ("wrogn\x7f\x7fng", "wrong"),
        ("\x7fa", "a"),
        ("away\x15kept", "kept"),
        ("one\rtwo\r", "one\ntwo"),
        ("\r\r", ""),
        ("a\x1b[A\x1b[1;5Cb\x1bOPc\x1b", "abc"),
        ("é学\x04\x00", "é学"),
        ("def f():\r\treturn 1\r", "def f():\n\treturn 1"),
    ],
)
def test_keys_become_the_text_that_they_mean(keys: str, text: str) -> None:
    assert text_of_keys(keys) == text


def test_what_is_typed_during_an_answer_stands_at_the_next_prompt(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("slow", n=40, ms=20)) as chat:
        chat.send("one\r")
        chat.wait_for("tok5")
        before = chat.prompts
        chat.send("what then, é?\r")
        chat.wait_until(lambda: chat.prompts > before and chat.line == "> what then, é?")
        assert len(fs.requests) == 1  # the Enter sent nothing
        chat.ask("")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests[-1:])[-1] == ("user", "what then, é?")


def test_letters_do_not_open_the_thinking_and_ctrl_t_does(fs: FaultServer, home: Path) -> None:
    url = fs.url("think", field="reasoning_content", r=200, ms=20)
    with chatting(home, url) as chat:
        chat.send("one\r")
        chat.wait_for("Ctrl+T opens it")
        chat.send("t")
        chat.wait_for("think20 ")
        assert any("Ctrl+T opens it" in line for line in chat.screen)
        chat.send("\x14")
        chat.wait_for("Ctrl+T folds it")
        before = chat.prompts
        chat.interrupt()
        chat.wait_until(lambda: chat.prompts > before and chat.line == "> t")
        chat.send("\x7f")
        chat.wait_for_prompt(before)
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
