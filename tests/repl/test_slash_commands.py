"""The registry of slash commands, and the lines that are none."""

import pytest

from azchat.errors import Interrupted
from azchat.repl.loop import take_line
from azchat.repl.slash import COMMANDS, is_command
from tests.repl.fake_host import CTRL_C, Chat


def test_help_names_every_command() -> None:
    said = Chat().type("/help")
    assert all(name in said for name in COMMANDS)


def test_help_fits_80_columns() -> None:
    assert max(map(len, Chat().type("/help").splitlines())) < 80


def test_help_has_one_line_for_each_command() -> None:
    lines = Chat().type("/help").partition("Ctrl+J")[0].strip().splitlines()
    assert all(line.startswith("  /") for line in lines[1:])


def test_help_of_a_command_says_only_that() -> None:
    said = Chat().type("/help /fork")
    assert said.split()[:2] == ["/fork", "[NAME]"]
    assert "/exit" not in said


def test_help_takes_a_name_without_its_slash() -> None:
    assert "/fork" in Chat().type("/help fork")


def test_help_of_what_is_no_command_is_refused() -> None:
    assert Chat().refused("/help nothing").what == "there is no command /nothing"


@pytest.mark.parametrize(
    "names",
    [
        ["/help", "/?"],
        ["/exit", "/quit", "/bye"],
        ["/clear", "/new", "/reset"],
        ["/retry", "/regenerate"],
        ["/tokens", "/usage"],
    ],
    ids=lambda names: names[0],
)
def test_aliases_are_one_command(names: list[str]) -> None:
    assert len({COMMANDS[name] for name in names}) == 1


def test_a_mistyped_command_suggests_the_nearest() -> None:
    error = Chat().refused("/hlep")
    assert error.what == "there is no command /hlep"
    assert error.hint.startswith("did you mean /help?")


def test_a_command_like_no_other_leads_to_help() -> None:
    assert Chat().refused("/xyzzy").hint.startswith("/help lists them")


def test_a_command_may_be_in_capitals() -> None:
    assert "/exit" in Chat().type("/HELP")


def test_nothing_of_a_mistyped_command_is_sent() -> None:
    chat = Chat()
    chat.refused("/hlep")
    assert chat.host.asked == []


def test_two_slashes_send_one() -> None:
    chat = Chat()
    chat.type("//etc/hosts is what?")
    assert chat.host.asked == [["/etc/hosts is what?"]]


@pytest.mark.parametrize("text", ["a\n/exit\nb", "/usr/bin/env\nfoo", "/hlep\nfoo", "/exit\nnow"])
def test_a_slash_in_text_of_several_lines_is_no_command(text: str) -> None:
    chat = Chat()
    chat.type(text)
    assert chat.host.asked == [[text]]


def test_a_system_message_may_have_several_lines() -> None:
    assert Chat().type("/system be brief\nand kind") == "system: be brief\nand kind"


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_blank_lines_do_nothing(text: str) -> None:
    chat = Chat()
    chat.type(text)
    assert chat.host.asked == []
    assert chat.session.info is None


@pytest.mark.parametrize("text", ["/", "/ help", "/\t"])
def test_a_slash_alone_is_a_mistyped_command(text: str) -> None:
    assert is_command(text)
    assert Chat().refused(text).what == "there is no command /"


@pytest.mark.parametrize(
    "text",
    ["/etc/hosts what is it?", "/tmp is full, why?", "/.env is what?", "/api/v1/users gives a 404",
     "/home/me/My\\ File.md", "/*.py", "/index.html is empty", "/s/a/b/g"],
)  # fmt: skip
def test_a_question_that_begins_with_a_path_is_a_question(text: str) -> None:
    chat = Chat()
    chat.type(text)
    assert chat.questions == [text]


@pytest.mark.parametrize("name", ["exit", "quit", ":q", "Exit ", "QUIT", "exit()", ":wq"])
def test_a_word_that_leaves_other_programs_leaves(name: str) -> None:
    chat = Chat()
    chat.type(name)
    assert (chat.session.is_leaving, chat.questions) == (True, [])


@pytest.mark.parametrize("text", ["exit the loop", "how do I quit vi?", " exit", ":quote"])
def test_a_question_with_such_a_word_does_not(text: str) -> None:
    chat = Chat()
    chat.type(text)
    assert (chat.session.is_leaving, chat.questions) == (False, [text])


@pytest.mark.parametrize("name", ["/exit", "/quit", "/bye"])
def test_leaving_leaves(name: str) -> None:
    chat = Chat()
    chat.type(name)
    assert chat.session.is_leaving


# -- a turn that is stopped ------------------------------------------------------------


def test_ctrl_c_keeps_what_came_and_goes_on() -> None:
    chat = Chat(CTRL_C, "more")
    assert chat.type("one") == "stopped; what came is kept"
    chat.type("two")
    assert chat.host.asked[-1] == ["one", "a part of ", "two"]


def test_what_was_stopped_is_marked() -> None:
    chat = Chat(CTRL_C)
    chat.type("one")
    assert chat.session.turns[0].state == "interrupted"


def test_ctrl_c_without_a_turn_keeps_nothing() -> None:
    chat = Chat()
    chat.host.about = lambda: (_ for _ in ()).throw(CTRL_C)  # type: ignore[method-assign]
    assert chat.type("/info") == "stopped"


def test_other_signals_end_the_chat_and_the_turn_is_kept() -> None:
    chat = Chat(Interrupted(15))
    with pytest.raises(Interrupted):
        chat.type("one")
    assert chat.session.turns[0].answer == "a part of "


def test_ctrl_c_ends_a_chat_that_does_not_stay() -> None:
    chat = Chat(CTRL_C)
    with pytest.raises(Interrupted):
        take_line(chat.session, "one", lambda: None, stays=False)


def test_signals_are_heard_before_and_after_a_line() -> None:
    chat, armed = Chat(), list[int]()
    take_line(chat.session, "one", lambda: armed.append(len(chat.host.asked)))
    assert armed == [0, 1]
