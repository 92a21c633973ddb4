"""The keys of the prompt: editing, history, completion, the editor, leaving."""

from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.oracles import CANARY, check
from tests.repl.chatting import FIRST, PROMPT_TOOLKIT, Chatting, chatting, data_folder, sent
from tests.terminal.test_keyboard import REPORTS

PASTE, END = "\x1b[200~", "\x1b[201~"


def asked(fs: FaultServer) -> str:
    """Return the last question that was sent."""
    return sent(fs.requests)[-1][1]


# -- the first prompt ------------------------------------------------------------------


def test_the_first_prompt_says_what_it_takes_and_leaves_nothing_of_it(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("ok")) as chat:
        assert chat.line == FIRST
        chat.type("hi", "> hi")
        chat.ask("")
        assert chat.line == ">"
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)


def test_who_leaves_at_once_leaves_an_empty_prompt(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        result = chat.leave()
    assert "/help" not in "".join(result.screen)


# -- lines -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    ["\n", "\x1b\r", "\x1b[13;2u", "\x1b[27;2;13~"],
    ids=["Ctrl+J", "Alt+Enter", "Shift+Enter", "Shift+Enter of xterm"],
)
def test_a_new_line_does_not_send(fs: FaultServer, home: Path, key: str) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type(f"one{key}two", "· two")
        chat.ask("")
    assert asked(fs) == "one\ntwo"


def test_a_block_between_quotes_is_sent_when_it_ends(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type('"""\r/exit\rb', "· b")
        chat.ask('\r"""')
    assert asked(fs) == "/exit\nb"


def test_a_paste_never_sends(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type(f"{PASTE}/exit\r\none\ntwo\n{END}three", "· three")
        assert fs.requests == []
        chat.ask("")
    assert asked(fs) == "/exit\none\ntwo\nthree"


@pytest.mark.parametrize(
    "text", ['"""Adds."""\ndef add(a, b):\n    return a + b', '"""one', '"""one"""', '""" a """ b']
)
def test_a_paste_that_begins_with_quotes_is_text(fs: FaultServer, home: Path, text: str) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send(f"{PASTE}{text}{END}")
        chat.wait_until(lambda: chat.line[2:] == text.split("\n")[-1])
        chat.ask("")
        chat.type("\x1b[A", f"{'·' if chr(10) in text else '>'} " + text.split("\n")[-1])
        chat.ask("")
    assert [asked(fs), len(fs.requests)] == [text, 2]


def test_a_block_that_is_open_says_how_it_ends(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type('"""one\r', "·")
        chat.wait_for('this is a block of lines, it ends with """')
        chat.type('two"""', '· two"""')
        chat.wait_until(lambda: "session new" in chat.screen[-1])
        chat.ask("")
    assert asked(fs) == "one\ntwo"


def test_what_a_terminal_reports_is_no_text(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type("".join(f"a{report}" for report in REPORTS) + "b", f"> {'a' * len(REPORTS)}b")
        chat.ask("")
    assert asked(fs) == "a" * len(REPORTS) + "b"


def test_keys_that_were_typed_while_it_started_show_once(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), size=(80, 24)) as chat:
        chat.send("/help /undo\rearly")
        chat.wait_until(lambda: chat.line == "> early")
        shown = [line for line in chat.screen if "early" in line or "/help /undo" in line]
        assert shown == ["> /help /undo", "> early"]
        chat.ask("")
    assert asked(fs) == "early"


def test_vi_keys_are_a_setting(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("/set keybindings vi")
        chat.type("one two", "> one two")
        chat.type("\x1b", "> one two")
        chat.type("bD", "> one")
        chat.type("Athree", "> one three")
        chat.ask("")
    assert asked(fs) == "one three"


def test_a_megabyte_can_be_pasted(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send(f"{PASTE}{'word ' * 200_000}{END}\nend")
        chat.wait_until(lambda: chat.line == "· end", timeout=30)
        chat.ask("")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT, limit_seconds=30)
    assert len(asked(fs)) == 1_000_004
    assert (data_folder(home) / "history").stat().st_size == 0


# -- history ---------------------------------------------------------------------------


def test_the_history_of_earlier_runs_comes_with_the_arrow(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("apple\npie")
        chat.leave()
    with chatting(home, fs.url("ok")) as chat:
        chat.type("\x1b[A", "· pie")
        chat.ask("")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert asked(fs) == "apple\npie"


def test_the_history_is_private_and_has_no_key(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask(f"is {CANARY} my key?")
        chat.leave()
    file = data_folder(home) / "history"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "is " in file.read_text()
    assert CANARY not in file.read_text()


def test_a_history_that_is_a_link_is_not_followed(fs: FaultServer, home: Path) -> None:
    data_folder(home).mkdir(parents=True, mode=0o700)
    (data_folder(home) / "history").symlink_to(home / "elsewhere")
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("hi")
        chat.type("\x1b[A", "> hi")
    assert not (home / "elsewhere").exists()


def test_ctrl_r_searches_the_history(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("apple pie")
        chat.ask("banana")
        chat.send("\x12appl")
        chat.wait_for("I-search backward: appl")
        chat.type("\r", "> apple pie")
        assert len(fs.requests) == 2
        chat.ask("")
    assert asked(fs) == "apple pie"


def test_ctrl_c_ends_a_search_and_not_the_chat(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send("\x12x")
        chat.wait_for("I-search backward: x")
        chat.type("\x03", FIRST)
        chat.ask("hi")
    assert asked(fs) == "hi"


# -- completion ------------------------------------------------------------------------


def test_tab_completes_a_command(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type("/he\t", "> /help")


def test_tab_offers_what_there_is_and_enter_takes_it(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send("/e\t")
        chat.wait_for("leave; the conversation stays")
        chat.type("\t", "> /edit")
        chat.type("\r", "> /edit")
        assert fs.requests == []


def test_tab_completes_files_and_names(fs: FaultServer, home: Path) -> None:
    (home / "notes.md").touch()
    with chatting(home, fs.url("ok"), "--session", "my-talk") as chat:
        chat.type("look at @no\t", "> look at @notes.md")
        chat.type("\x03", FIRST)
        chat.ask("hi")
        chat.type("/resume my\t", "> /resume my-talk")


# -- the editor ------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["\x07", "\x18\x05"], ids=["Ctrl+G", "Ctrl+X Ctrl+E"])
@pytest.mark.parametrize("variable", ["EDITOR", "VISUAL"])
def test_the_editor_gets_the_text_and_gives_it_back(
    fs: FaultServer, home: Path, keys: str, variable: str
) -> None:
    editor = home / "editor"
    editor.write_text("#!/bin/sh\ncp $1 seen\nprintf 'three\\nfour\\n' >> $1\n")
    editor.chmod(0o700)
    with chatting(home, fs.url("ok"), env={variable: str(editor)}) as chat:
        chat.type("one\ntwo\n", "·")
        chat.type(keys, "· four")
        chat.ask("")
        result = chat.leave()
    check(result, code=0, servers=[fs], allow=PROMPT_TOOLKIT, made=[home / "seen"])
    assert (home / "seen").read_text() == "one\ntwo\n"
    assert asked(fs) == "one\ntwo\nthree\nfour"


# -- thinking --------------------------------------------------------------------------


def test_ctrl_t_opens_the_last_thinking_and_folds_it_away(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("think", field="reasoning_content")) as chat:
        chat.ask("hi")
        chat.type("half a ques", "> half a ques")
        chat.mark()
        chat.send("\x14")
        chat.wait_for("think0 think1")
        chat.wait_until(lambda: chat.line == "> half a ques")
        chat.send("\x14")
        chat.wait_until(lambda: "think0" not in "\n".join(chat.screen))
        chat.ask("tion")
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert asked(fs) == "half a question"


def test_ctrl_t_opens_it_also_after_a_resume_and_leaves_nothing_of_it(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("think", field="reasoning_content")) as chat:
        chat.ask("hi")
        chat.leave()
    with chatting(home, fs.url("ok"), "-c") as chat:
        chat.send("\x14")
        chat.wait_until(lambda: "Ctrl+T folds it" in "\n".join(chat.screen))
        chat.ask("question")
        assert "think0" not in "\n".join(chat.screen)


def test_thinking_that_was_opened_in_an_answer_is_open_at_the_prompt_and_stands_there_once(
    fs: FaultServer, home: Path
) -> None:
    with chatting(home, fs.url("think", field="reasoning_content", r=60, ms=20)) as chat:
        chat.send("hi\r")
        chat.wait_for("Ctrl+T opens it")
        chat.send("\x14")
        chat.wait_until(lambda: chat.prompts > 1 and "session 1" in chat.screen[-1])
        assert "\n".join(chat.screen).count("think0 ") == 1
        chat.send("\x14")
        chat.wait_until(lambda: "think0" not in "\n".join(chat.screen))
        check(chat.leave(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)


def test_thinking_that_was_printed_live_is_not_shown_twice(fs: FaultServer, home: Path) -> None:
    url = fs.url("think", field="reasoning_content", r=60, ms=20)
    with chatting(home, url, "--thinking", "live") as chat:
        chat.ask("hi")
        chat.mark()
        chat.send("\x14")
        chat.wait_for("the thinking stands above the answer")
        chat.wait_for_prompt(1)
        assert "\n".join(chat.screen).count("think0 ") == 1
        chat.leave()
    with chatting(home, fs.url("ok"), "-c", "--thinking", "live") as chat:
        chat.send("\x14")
        chat.wait_until(lambda: "Ctrl+T folds it" in "\n".join(chat.screen))
        assert "\n".join(chat.screen).count("think0 ") == 1


def test_ctrl_t_without_thinking_says_so(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send("\x14")
        chat.wait_for("there is no thinking to show")
        chat.wait_for_prompt(1)
        chat.ask("hi")
    assert asked(fs) == "hi"


# -- leaving ---------------------------------------------------------------------------


def leaves(chat: Chatting, fs: FaultServer) -> None:
    check(chat.finish(), code=0, servers=[fs], allow=PROMPT_TOOLKIT)


def test_ctrl_c_clears_what_was_typed(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type("one\ntwo", "· two")
        chat.type("\x03", FIRST)
        chat.ask("hi")
    assert asked(fs) == "hi"


def test_ctrl_c_at_an_empty_prompt_twice_leaves(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.interrupt()
        chat.wait_for("Ctrl-C again, or Ctrl-D, leaves")
        chat.wait_for_prompt(1)
        chat.interrupt()
        leaves(chat, fs)


def test_ctrl_c_after_typing_does_not_count(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.interrupt()
        chat.wait_for("Ctrl-C again, or Ctrl-D, leaves")
        chat.wait_for_prompt(1)
        chat.type("a", "> a")
        chat.type("\x03", FIRST)
        chat.mark()
        chat.interrupt()
        chat.wait_for("Ctrl-C again, or Ctrl-D, leaves")


@pytest.mark.parametrize(
    "keys", ["\x04", "/exit\r", "/bye\r", "/quit\r", "exit\r", ":q\r", "Quit \r"], ids=repr
)
def test_other_ways_to_leave(fs: FaultServer, home: Path, keys: str) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.send(keys)
        leaves(chat, fs)


def test_ctrl_d_leaves_nothing_that_is_typed(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type("ab", "> ab")
        chat.type("\x04\x02\x04c", "> ac")
        chat.ask("")
    assert asked(fs) == "ac"
