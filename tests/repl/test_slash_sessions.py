"""Slash commands about sessions and what leaves them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from azchat.errors import IncompleteError
from azchat.events import TextDelta
from azchat.messages import Message
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store
from tests.repl.fake_host import CTRL_C, Chat, FakeHost


@pytest.mark.parametrize("command", ["/new", "/clear", "/reset"])
def test_a_new_conversation_knows_nothing_of_the_old_one(command: str) -> None:
    chat = Chat()
    chat.type("one", command, "two")
    assert chat.host.asked[-1] == ["two"]
    assert chat.session.name == "2"


def test_save_names_the_session() -> None:
    chat = Chat()
    assert chat.type("one", "/save bread") == "this session is called bread"
    assert chat.session.name == "bread"


def test_a_name_is_given_with_the_first_question() -> None:
    chat = Chat(CTRL_C)
    chat.type("/save bread", "one")
    assert chat.session.store.find("bread").turns == 1


@pytest.mark.parametrize("name", ["", "12", "-x", "a\tb", "x" * 101, "\x1b[2J"])
def test_a_name_that_could_not_be_typed_is_refused(name: str) -> None:
    chat = Chat()
    assert chat.refused(f"/save {name}").kind == "usage"
    chat.type("one")
    assert chat.refused(f"/save {name}").kind == "usage"


def test_a_name_that_is_taken_is_refused_before_and_after_the_first_question() -> None:
    chat = Chat()
    chat.type("one", "/save bread", "/new")
    assert "already" in chat.refused("/save bread").what
    chat.type("two")
    assert "already" in chat.refused("/save Bread").what


def test_sessions_lists_the_last_used_first() -> None:
    chat = Chat()
    lines = chat.type("apples", "/new", "pears", "/sessions").splitlines()
    assert "pears" in lines[1]
    assert "apples" in lines[2]


def test_a_session_that_was_deleted_elsewhere_goes_on_as_a_new_one() -> None:
    chat = Chat("first answer", "second answer")
    chat.type("one", "/save bread")
    chat.session.store.delete([1])
    assert chat.type("two") == (
        "session bread was deleted elsewhere; this goes on as session bread, with what was said"
    )
    assert chat.host.asked[-1] == ["one", "first answer", "two"]
    saved = chat.session.store.load(2)
    assert [(turn.number, turn.answer) for turn in saved.turns] == [
        (1, "first answer"),
        (2, "second answer"),
    ]
    assert (saved.info.title, saved.turns[0].usage) == ("one", chat.host.usage)
    assert chat.type("three") == ""


def test_commands_too_find_a_session_that_was_deleted_elsewhere() -> None:
    chat = Chat()
    chat.type("one")
    chat.session.store.delete([1])
    chat.type("/retry")
    assert (chat.questions, chat.host.asked[-1]) == (["one"], ["one"])


def test_a_session_that_has_grown_elsewhere_says_so_and_knows_it() -> None:
    chat = Chat("an answer")
    chat.type("one")
    other = Chat("another answer")
    other.session.store = chat.session.store
    other.type("/resume 1", "and two")
    assert chat.type("three").startswith("session 1 has grown elsewhere by 1 turn: ")
    assert chat.host.asked[-1] == ["one", "an answer", "and two", "another answer", "three"]
    assert chat.type("four") == ""


class Deleting(FakeHost):
    """Another process deletes the session while the answer to a question comes."""

    store: Store
    question = "two"

    def answer(self, history: Sequence[Message], message: Message, journal: TurnJournal) -> None:
        if message.text == self.question:
            journal.receive(TextDelta("it began; ", 1, 0.0))
            self.store.delete([journal.session])
        super().answer(history, message, journal)
        journal.finish()
        if journal.failure:
            raise journal.failure


@pytest.mark.parametrize("question", ["one", "two"])
def test_a_session_that_is_deleted_while_an_answer_comes_keeps_what_was_said(question: str) -> None:
    chat = Chat()
    chat.host = chat.session.host = host = Deleting("an answer")
    host.store, host.question = chat.session.store, question
    said = {text: chat.type(text) for text in ("one", "two", "three")}
    assert [text for text, told in said.items() if "was deleted elsewhere" in told] == [question]
    assert not host.failures
    answers = [turn.answer for turn in chat.session.store.load(2).turns]
    assert answers == ["it began; " * (text == question) + "an answer" for text in said]
    assert "".join(host.asked[-1]).count("it began") == 1
    assert [found.session for found in chat.session.store.search("began")] == [2]


@pytest.mark.parametrize("command", ["/sessions", "/search word"])
@pytest.mark.parametrize("width", [30, 80])
def test_lists_fit_the_width(command: str, width: int) -> None:
    chat = Chat("word " * 100)
    chat.type("word " * 100, "/save " + "n" * 90)
    chat.host.width = width
    lines = plain(chat.type(command)).splitlines()
    assert max(map(len, lines)) <= width


def plain(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_without_sessions_the_list_says_so() -> None:
    assert Chat().type("/sessions") == "there are none yet"


def test_resume_goes_on_with_a_session_and_shows_its_last_turn() -> None:
    chat = Chat("first", "second")
    said = chat.type("apples", "/new", "pears", "/resume 1")
    assert said.splitlines() == [
        "session 1: apples (1 turn)",
        "> apples",
        "▸ Thought for 0.0 s · /think shows it",
        "first",
    ]
    chat.type("more")
    assert chat.host.asked[-1] == ["apples", "first", "more"]


def test_resume_alone_goes_back_to_the_session_before() -> None:
    chat = Chat()
    chat.type("apples", "/new", "pears", "/resume")
    assert chat.session.name == "1"


def test_resume_takes_over_what_the_session_was_held_with() -> None:
    chat = Chat()
    chat.type("apples", "/new", "/model other", "pears", "/unset model", "/resume 2")
    assert chat.host.model == "other"


def test_resume_of_what_is_not_there_is_refused() -> None:
    chat = Chat()
    assert chat.refused("/resume").what == "there is no other session"
    assert chat.refused("/resume 7").what == "there is no session '7'"


@pytest.mark.parametrize(
    ("end", "mark"),
    [(CTRL_C, "(interrupted)"), (IncompleteError("it was cut"), "(incomplete: it was cut)")],
    ids=["stopped", "cut"],
)
def test_a_turn_that_is_not_whole_is_marked_when_it_is_shown_again(
    end: BaseException, mark: str
) -> None:
    chat = Chat(end)
    assert chat.type("one", "/new", "/resume 1").splitlines()[-2:] == ["a part of ", mark]


def test_fork_goes_on_in_a_copy() -> None:
    chat = Chat()
    assert chat.type("one", "/fork copy") == "this is session copy now, a copy"
    chat.type("two")
    assert chat.host.asked[-1] == ["one", "an answer", "two"]
    assert len(chat.session.store.load(1).turns) == 1


def test_search_finds_questions_answers_and_thinking() -> None:
    chat = Chat("a pear")
    chat.host.thinking = "perhaps a pear"
    said = plain(chat.type("which pear?", "/search pear"))
    assert all(f"turn 1 · {where}: " in said for where in ("question", "answer", "thinking"))


def test_search_that_finds_nothing_says_so() -> None:
    assert Chat().type("one", "/search xyzzy") == "nothing was found"


def test_search_for_nothing_is_refused() -> None:
    assert Chat().refused("/search").kind == "usage"


@pytest.mark.parametrize("ending", [".md", ".html", ".json"])
def test_export_writes_a_private_file(tmp_path: Path, ending: str) -> None:
    chat, path = Chat(), tmp_path / f"talk{ending}"
    assert chat.type("one", f"/export {path}") == f"written: {path}"
    assert "an answer" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_exported_json_is_json(tmp_path: Path) -> None:
    Chat().type("one", f"/export {tmp_path}/talk.json")
    assert json.loads((tmp_path / "talk.json").read_text())


@pytest.mark.parametrize("rest", ["", "talk", "talk.pdf", "~nobody-at-all/talk"])
def test_export_without_a_known_form_is_refused(rest: str) -> None:
    chat = Chat()
    chat.type("one")
    assert chat.refused(f"/export {rest}").kind == "usage"


@pytest.mark.parametrize("path", ["/no/such/folder/talk.md", "/dev/talk.md/x.md", "~nobody-x/t.md"])
def test_export_to_where_nothing_can_be_written_is_refused(path: str) -> None:
    chat = Chat()
    chat.type("one")
    assert chat.refused(f"/export {path}").kind == "local"


def test_copy_takes_the_answer_of_a_turn() -> None:
    chat = Chat("first", "second")
    assert chat.type("one", "two", "/copy") == "copied 6 characters with a tool"
    assert chat.host.copied == "second"
    chat.type("/copy 1")
    assert chat.host.copied == "first"


def test_copy_without_an_answer_is_refused() -> None:
    chat = Chat("")
    chat.type("one")
    assert chat.refused("/copy").what == "there is no answer to copy"


def test_raw_shows_the_answer_as_it_was_sent() -> None:
    assert Chat("**bold**").type("one", "/raw") == "**bold**"


@pytest.mark.parametrize("command", ["/fork", "/export x.md", "/copy", "/raw", "/edit", "/think"])
def test_commands_about_a_session_need_one(command: str) -> None:
    assert Chat().refused(command).kind == "input"


CODE = "Do:\n\n```sh\nls -l\n```\nand\n\n```python\nprint(1)\n\n```\n"


@pytest.mark.parametrize(
    ("typed", "copied"),
    [("/copy code", "ls -l"), ("/copy code 2", "print(1)\n"), ("/copy CODE 1", "ls -l")],
)
def test_a_block_of_code_of_the_last_answer_can_be_copied(typed: str, copied: str) -> None:
    chat = Chat(CODE)
    assert chat.type("show me", typed).endswith("characters with a tool")
    assert chat.host.copied == copied


@pytest.mark.parametrize("typed", ["/copy code 3", "/copy code 0", "/copy code x"])
def test_a_block_that_is_not_there_is_refused(typed: str) -> None:
    chat = Chat(CODE)
    chat.type("show me")
    assert chat.refused(typed).hint == "blocks go from 1 to 2"


def test_an_answer_without_code_has_none_to_copy() -> None:
    chat = Chat()
    chat.type("hi")
    assert chat.refused("/copy code").what == "the last answer has no block of code"
