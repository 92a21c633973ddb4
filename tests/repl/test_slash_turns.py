"""Slash commands about turns: again, further, back."""

import pytest

from azchat.asking.prompt import CONTINUE
from azchat.errors import IncompleteError, NetworkError
from tests.repl.fake_host import CTRL_C, Chat

CUT = IncompleteError("the answer was cut")


# -- /retry ----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["/retry", "/regenerate"])
def test_retry_asks_the_last_question_again_in_its_place(command: str) -> None:
    chat = Chat("first", "second", "third")
    chat.type("one", "two", command)
    assert chat.host.asked[-1] == ["one", "first", "two"]
    assert [turn.answer for turn in chat.session.turns] == ["first", "third"]


@pytest.mark.parametrize("words", ["--effort high", "--effort=high", "--think high"])
def test_retry_with_an_effort_changes_it_for_that_turn(words: str) -> None:
    chat = Chat()
    chat.type("one", f"/retry {words}", "two")
    assert chat.host.efforts == [None, "high", None]


def test_retry_with_an_effort_gives_back_the_one_before() -> None:
    chat = Chat()
    chat.type("/effort low", "one", "/retry --effort high", "two")
    assert chat.host.efforts == ["low", "high", "low"]


def test_retry_gives_back_the_effort_after_a_failure() -> None:
    chat = Chat("first", CUT, "third")
    chat.type("one", "/retry --effort high", "two")
    assert chat.host.efforts == [None, "high", None]


@pytest.mark.parametrize("words", ["--effort much more", "harder", "--effort"])
def test_a_retry_that_is_refused_changes_nothing(words: str) -> None:
    chat = Chat()
    chat.type("one")
    chat.refused(f"/retry {words}")
    chat.type("two")
    assert chat.questions == ["one", "two"]


def test_retry_of_nothing_is_refused() -> None:
    assert Chat().refused("/retry").what == "nothing was said yet"


# -- /continue -------------------------------------------------------------------------


@pytest.mark.parametrize("end", [CTRL_C, CUT], ids=["stopped", "cut"])
def test_continue_asks_for_the_rest(end: BaseException) -> None:
    chat = Chat(end, "the rest")
    chat.type("one", "/continue")
    assert chat.host.asked[-1] == ["one", "a part of ", CONTINUE]


def test_a_whole_answer_is_not_continued() -> None:
    chat = Chat()
    chat.type("one")
    assert chat.refused("/continue").what == "the last answer is whole"


# -- /undo -----------------------------------------------------------------------------


def test_undo_takes_the_last_turn_out_of_what_is_sent() -> None:
    chat = Chat()
    assert chat.type("one", "two", "/undo") == "taken back: two"
    chat.type("three")
    assert chat.host.asked[-1] == ["one", "an answer", "three"]


def test_undo_goes_back_to_the_beginning() -> None:
    chat = Chat()
    chat.type("one", "two", "/undo", "/undo")
    assert chat.questions == []
    assert chat.refused("/undo").what == "nothing was said yet"


def test_turns_are_counted_on_after_an_undo() -> None:
    chat = Chat()
    chat.type("one", "two", "/undo", "three")
    assert [turn.number for turn in chat.session.turns] == [1, 2]
    assert chat.session.info
    assert chat.session.info.turns == 2


def test_what_was_taken_back_stays_findable_and_is_not_sent() -> None:
    chat = Chat()
    chat.type("pear", "/undo")
    (found, *_) = chat.session.store.search("pear")
    assert found.turn < 0
    assert chat.session.turns == ()


# -- /edit -----------------------------------------------------------------------------


def test_edit_puts_the_last_question_into_the_prompt() -> None:
    chat = Chat()
    chat.type("one", "two", "/edit")
    assert chat.session.draft == "two"


def test_an_edited_question_takes_the_place_of_it_and_what_follows() -> None:
    chat = Chat()
    said = chat.type("one", "two", "three", "/edit 2")
    assert said == "turn 2 and 1 after it are replaced when you send"
    chat.type("other")
    assert chat.questions == ["one", "other"]
    assert chat.host.asked[-1] == ["one", "an answer", "other"]


def test_nothing_is_replaced_before_it_is_sent() -> None:
    chat = Chat()
    chat.type("one", "/edit")
    assert chat.questions == ["one"]


def test_an_edit_is_over_when_another_command_comes() -> None:
    chat = Chat()
    chat.type("one", "/edit", "/tokens", "two")
    assert chat.questions == ["one", "two"]


def test_an_edit_is_over_when_the_prompt_is_cleared() -> None:
    chat = Chat()
    chat.type("one", "/edit")
    chat.session.keep_all()
    chat.type("two")
    assert chat.questions == ["one", "two"]


@pytest.mark.parametrize("number", ["0", "2", "-1", "x"])
def test_a_turn_that_is_not_there_is_refused(number: str) -> None:
    chat = Chat()
    chat.type("one")
    assert chat.refused(f"/edit {number}").what == f"there is no turn {number}"


# -- /effort ---------------------------------------------------------------------------


def test_effort_is_changed_and_shown() -> None:
    chat = Chat()
    assert chat.type("/effort") == "effort: as the model likes"
    assert chat.type("/effort high") == "effort: high"


# -- /compact --------------------------------------------------------------------------


def test_compact_goes_on_in_a_new_session_with_a_summary() -> None:
    chat = Chat("an answer", "the summary", "more")
    chat.type("one", "/compact", "two")
    assert chat.session.name == "2"
    assert chat.host.asked[-1][1:] == ["the summary", "two"]


def test_compact_leaves_the_old_session_as_it_was() -> None:
    chat = Chat("an answer", "the summary")
    assert chat.type("one", "/compact").endswith("session 1 is as it was")
    assert [turn.answer for turn in chat.session.store.load(1).turns] == ["an answer"]


def test_the_new_session_has_the_title_of_the_old_one() -> None:
    chat = Chat()
    chat.type("How to bake bread", "/compact")
    assert chat.session.info
    assert chat.session.info.title == "How to bake bread (continued)"


def test_the_context_of_a_summary_is_the_summary() -> None:
    chat = Chat()
    chat.type("one")
    assert chat.session.context == 115
    chat.type("/compact")
    assert chat.session.context == 15


@pytest.mark.parametrize("end", [CTRL_C, CUT, NetworkError("no")], ids=["stopped", "cut", "no"])
def test_a_summary_that_is_not_whole_leaves_everything_as_it_was(end: BaseException) -> None:
    chat = Chat("an answer", end)
    chat.type("one", "/compact")
    assert chat.session.name == "1"
    assert [info.id for info in chat.session.store.sessions()] == [1]


def test_there_must_be_something_to_summarise() -> None:
    assert Chat().refused("/compact").what == "there is nothing to summarise"
