"""What is typed while an answer comes: a queue that is seen, and sent in its order."""

from pathlib import Path

import pytest

from azchat.terminal.typed_ahead import TypedAhead, parted
from tests.faults.scripted import Scripted
from tests.faults.server import FaultServer
from tests.oracles import check
from tests.repl.chatting import PROMPT_TOOLKIT, Chatting, chatting, says, sent

PASTE, END = "\x1b[200~", "\x1b[201~"
UP = "\x1b[A"


def shows(chat: Chatting, text: str) -> bool:
    return any(text in line for line in chat.screen)


def type_ahead(chat: Chatting, *entries: str) -> None:
    """Type entries while an answer comes, and wait until the last is seen to wait."""
    chat.send("".join(f"{entry}\r" for entry in entries))
    last = f"{len(entries)} > {entries[-1]}"
    chat.wait_until(lambda: shows(chat, last), what=last)


@pytest.mark.parametrize(
    ("keys", "entries", "line"),
    [
        ("what then?", [], "what then?"),
        ("one\rtwo\rthr", ["one", "two"], "thr"),
        ("wrogn\x7f\x7fng\r", ["wrong"], ""),
        ("\x7fa\b\r", [], ""),
        ("away\x15kept", [], "kept"),
        ("one two \x17three", [], "one three"),
        ("\r \r", [], ""),
        ("a\x1b[A\x1b[1;5Cb\x1bOPc", [], "abc"),
        ("é学\x04\x00", [], "é学"),
        ("two\nlines\r", ["two\nlines"], ""),
        (f"one\rtwo\r{UP}!", ["one"], "two!"),
        (f"one\rtwo\x1bOA{UP}", [], "one\ntwo"),
        (f"{UP}a", [], "a"),
        (f"{PASTE}/exit\r\nb\rc{END}\r", ["/exit\nb\nc"], ""),
        (f'{PASTE}"""a"""\nb{END}\r', ['"""a"""\nb'], ""),
        ('"""a\rb\r"""\r', ["a\nb"], ""),
        ('"""/help"""\r', ["//help"], ""),
        ("a\x1b[I\x1b]11;rgb:1e/1e/1e\x1b\\\x1b[99;5u\x1b[?62;4c\x1bP>|x(1)\x1b\\b", [], "ab"),
    ],
)
def test_keys_become_what_they_mean(keys: str, entries: list[str], line: str) -> None:
    typed = TypedAhead()
    for key in keys:  # as slowly as it can come
        typed.feed(key)
    assert (typed.entries, typed.line) == (entries, line)


@pytest.mark.parametrize(
    ("text", "returned", "entries"),
    [
        ("a", [], ["a"]),
        ("a\nb", [], ["a\nb"]),
        ("a\nb", ["a\nb"], ["a\nb"]),
        ("/help\nb", ["/help", "b"], ["/help", "b"]),
        ("/help\nB\nc", ["/help", "b"], ["/help", "B", "c"]),
        ("a\nb\nc", ["a", "b\nc"], ["a", "b\nc"]),
        ("a\nb\nC", ["a", "b\nc"], ["a\nb\nC"]),
    ],
)
def test_entries_that_came_back_are_entries_still(
    text: str, returned: list[str], entries: list[str]
) -> None:
    assert parted(text, returned) == entries


def test_each_enter_is_one_entry_and_all_are_sent_in_their_order(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("slow", n=70, ms=20)) as chat:
        chat.send("one\r")
        chat.wait_for("tok5")
        type_ahead(chat, "two, é?", "/set seed 7", "three")
        assert len(fs.requests) == 1
        before = chat.prompts
        chat.wait_for_prompt(before)
        assert len(fs.requests) == 3
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert [text for role, text in sent(fs.requests) if role == "user"] == [
        "one",
        "two, é?",
        "three",
    ]
    assert [request.json().get("seed") for request in fs.requests] == [None, None, 7]


def test_a_command_that_waits_is_no_question(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("think", field="reasoning_content", r=100, ms=20)) as chat:
        chat.send("one\r")
        chat.wait_for("think3")
        type_ahead(chat, "/help /undo", "/nonsense", "/think 1")
        chat.wait_for("▾ Thought for")
        chat.wait_for_prompt()
        assert shows(chat, "there is no command /nonsense")
    assert len(fs.requests) == 1


def test_what_was_not_sent_stands_at_the_next_prompt(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("slow", n=70, ms=20)) as chat:
        chat.send("one\r")
        chat.wait_for("tok5")
        chat.send("half a")
        chat.wait_until(lambda: shows(chat, "> half a"))
        before = chat.prompts
        chat.wait_until(lambda: chat.prompts > before and chat.line == "> half a")
        chat.ask(" question")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests)[-1] == ("user", "half a question")


def test_up_takes_the_last_back(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("slow", n=70, ms=20)) as chat:
        chat.send("one\r")
        chat.wait_for("tok5")
        type_ahead(chat, "two", "thre")
        chat.send(UP)
        chat.wait_until(lambda: shows(chat, "> thre") and not shows(chat, "2 > thre"))
        chat.send("e\r")
        chat.wait_until(lambda: shows(chat, "2 > three"))
        chat.wait_for_prompt(1)
    assert [text for role, text in sent(fs.requests) if role == "user"] == ["one", "two", "three"]


def test_ctrl_c_returns_the_queue_and_sends_nothing_of_it(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("infinite", ms=20)) as chat:
        chat.send("one\r")
        chat.wait_for("tok5")
        type_ahead(chat, "/set seed 7", "two")
        chat.send("half")
        before = chat.prompts
        chat.interrupt()
        chat.wait_until(lambda: chat.prompts > before and chat.line == "· half")
        end = chat.screen.index("· half") + 1  # the line below the prompt may be drawn already
        assert chat.screen[end - 3 : end] == ["> /set seed 7", "· two", "· half"]
        assert len(fs.requests) == 1
        chat.send("\x15\x7f\r")  # a line each is an entry again
        assert fs.wait(lambda: len(fs.requests) == 2)
        assert (fs.requests[1].json()["seed"], sent(fs.requests)[-1]) == (7, ("user", "two"))
        chat.wait_until(lambda: shows(chat, "> two"))


def test_behind_an_answer_that_is_not_whole_nothing_is_sent(home: Path) -> None:
    with Scripted(says("a part", finish=None), says("ok")) as server:
        with chatting(home, server.url, "--retries", "0") as chat:
            chat.send("one\rtwo\r")
            chat.wait_until(lambda: chat.line == "> two")
            assert shows(chat, "azchat: incomplete: ")
            assert len(server.requests) == 1
            chat.ask("")
        assert sent(server.requests)[-1] == ("user", "two")


def test_a_queue_that_is_too_long_for_the_screen_shows_its_end(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("infinite", ms=20), size=(40, 12)) as chat:
        chat.wait_for_prompt()
        chat.send("one\r")
        chat.wait_for("tok5")
        type_ahead(chat, *(f"question {number}" for number in range(1, 10)))
        assert shows(chat, "more")
        chat.send("x" * 100 + "y")
        chat.wait_until(lambda: shows(chat, "xy"))
        chat.interrupt()
        chat.wait_until(lambda: chat.line.endswith("xy"))
        chat.kill()


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
