"""Esc stops an answer; what only begins with its code does not. What came is counted."""

import re
import time
from pathlib import Path

import pytest

from tests.oracles import check
from tests.repl.chatting import PROMPT_TOOLKIT, Chatting, chatting
from tests.terminal.asking import Dictated


def answering(model: Dictated, chat: Chatting) -> None:
    chat.send("hi\r")
    model.think("hm ", "so ")
    model.say("one ", "two ", "three ")
    chat.wait_for("one two three")


def test_escape_stops_the_answer_and_what_came_is_kept_and_counted(home: Path) -> None:
    with Dictated() as model, chatting(home, model.url) as chat:
        answering(model, chat)
        before = chat.prompts
        chat.send("\x1b")
        chat.wait_for_prompt(before)
        said = "\n".join(chat.screen)
        assert "stopped; what came is kept" in said
        assert re.search(r"about 2 thinking \+ 3 answer tokens · \d", said)
        chat.ask("/tokens")
        assert re.search(r"1 +0 +5 +2$", "\n".join(chat.screen), re.MULTILINE)
        check(chat.leave(), code=0, servers=[model], allow=PROMPT_TOOLKIT)


@pytest.mark.parametrize(
    "keys",
    ["\x1b[A", "\x1bOB", "\x1b[1;5C", "\x1bx", "\x1b\x1b[A", "\x1b[200~a\x1bb\x1b[201~", "\x1b[I"],
    ids=repr,
)
def test_what_begins_with_escape_stops_nothing(home: Path, keys: str) -> None:
    with Dictated() as model, chatting(home, model.url) as chat:
        answering(model, chat)
        chat.send(keys)
        model.say("four ")
        chat.wait_for("four")
        before = chat.prompts
        model.answer("five")
        chat.wait_until(lambda: chat.prompts > before)
        assert "stopped" not in chat.output
        assert "one two three four five" in chat.screen


def test_nor_does_a_key_whose_bytes_come_slowly(home: Path) -> None:
    with Dictated() as model, chatting(home, model.url) as chat:
        answering(model, chat)
        for byte in ("\x1b", "[", "A"):
            chat.send(byte)
            since = time.monotonic()
            chat.wait_until(lambda: time.monotonic() > since + 0.2)  # noqa: B023
        before = chat.prompts
        model.answer("four")
        chat.wait_until(lambda: chat.prompts > before)
        assert "stopped" not in chat.output
        assert "one two three four" in chat.screen
