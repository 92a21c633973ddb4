"""What Tab offers, and how much a model can take in."""

from pathlib import Path

import pytest

from azchat.messages import Message, Text, Usage
from azchat.repl.loop import command_choices, completions, toolbar
from azchat.repl.session import context_warning, window_of
from azchat.terminal.typed_ahead import is_open, unquoted
from tests.repl.fake_host import Chat


def offered(chat: Chat, before: str) -> list[str]:
    """Return what the text in front of the cursor may become."""
    choices = completions(chat.session, before)
    return [before[: len(before) - choice.replaces] + choice.text for choice in choices]


def test_the_beginning_of_a_command_offers_those_that_begin_so() -> None:
    assert offered(Chat(), "/ex") == ["/exit", "/export"]


def test_each_command_says_what_it_does() -> None:
    assert all(choice.about for choice in command_choices(Chat().session, "/"))


@pytest.mark.parametrize("before", ["", "he", "//he", " /he", "hello /he", "a\n/he"])
def test_nothing_is_offered_where_no_command_begins(before: str) -> None:
    assert offered(Chat(), before) == []


def test_models_are_those_of_earlier_sessions_and_this_one() -> None:
    chat = Chat()
    chat.type("/model o3", "one", "/model gpt-5")
    assert offered(chat, "/model ") == ["/model gpt-5", "/model listed-model", "/model o3"]


def test_a_model_that_never_answered_is_not_offered() -> None:
    chat = Chat()
    chat.type("/model o3", "one", "/model no-such-model")
    question = Message.user(Text("two"))
    chat.session.store.begin(question, model="no-such-model").finish("it was refused")
    assert offered(chat, "/model ") == ["/model listed-model", "/model o3"]


def test_session_names_are_offered_word_by_word() -> None:
    chat = Chat()
    chat.type("one", "/save my talk")
    assert offered(chat, "/resume ") == ["/resume my"]
    assert offered(chat, "/resume my ") == ["/resume my talk"]


def test_parameters_and_their_values_are_offered() -> None:
    assert "/set temperature" in offered(Chat(), "/set ")
    efforts = ["/set effort minimal", "/set effort medium", "/set effort max"]
    assert offered(Chat(), "/set effort m") == efforts


def test_retry_offers_its_option_and_the_levels() -> None:
    assert offered(Chat(), "/retry ") == ["/retry --effort"]
    assert offered(Chat(), "/retry --effort h") == ["/retry --effort high"]


def test_turns_are_offered_where_a_command_takes_one() -> None:
    chat = Chat()
    chat.type("one", "two")
    assert offered(chat, "/edit ") == ["/edit 1", "/edit 2"]
    assert "/think 2" in offered(chat, "/think ")


def test_a_command_that_takes_nothing_offers_nothing() -> None:
    assert offered(Chat(), "/exit ") == []
    assert offered(Chat(), "/nothing ") == []


def test_files_are_offered_behind_an_at(tmp_path: Path) -> None:
    (tmp_path / "notes.md").touch()
    (tmp_path / "node").mkdir()
    (tmp_path / ".hidden").touch()
    found = offered(Chat(), f"look at @{tmp_path}/n")
    assert found == [f"look at @{tmp_path}/node/", f"look at @{tmp_path}/notes.md"]


def test_hidden_files_are_offered_when_they_are_meant(tmp_path: Path) -> None:
    (tmp_path / ".hidden").touch()
    assert offered(Chat(), f"@{tmp_path}/") == []
    assert offered(Chat(), f"@{tmp_path}/.") == [f"@{tmp_path}/.hidden"]


def test_names_that_could_not_be_told_from_words_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "a b").touch()
    (tmp_path / "a\x1b[2J").touch()
    assert offered(Chat(), f"@{tmp_path}/a") == []


@pytest.mark.parametrize("word", ["@/no/such/", "@~nobody-at-all/", "@a\0/b", "@\udcff/"])
def test_folders_that_are_none_offer_nothing(word: str) -> None:
    assert offered(Chat(), word) == []


# -- blocks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_block"),
    [('"""', True), ('"""a\nb', True), ('"""a"""', False), ('a """', False), ('""""""', False)],
)
def test_a_block_is_open_until_its_quotes_come_again(text: str, is_block: bool) -> None:
    assert is_open(text) is is_block


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('"""\na\nb\n"""', "a\nb"),
        ('"""a"""', "a"),
        ('"""a', "a"),
        ('a """b"""', 'a """b"""'),
        ('"""/exit"""', "//exit"),
        ("a\n", "a\n"),
    ],
)
def test_a_block_is_sent_without_its_quotes_and_is_never_a_command(text: str, sent: str) -> None:
    assert unquoted(text) == sent


# -- the toolbar and the window --------------------------------------------------------


def test_the_toolbar_shows_model_effort_context_and_session() -> None:
    chat = Chat()
    assert toolbar(chat.session) == "m · 0 tokens · session new"
    chat.type("/effort high", "one", "/save bread")
    assert toolbar(chat.session) == "m · effort high · 115 tokens · session bread"


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("gpt-4o-mini", 128_000),
        ("GPT-5", 400_000),
        ("deepseek-ai/DeepSeek-R1", 128_000),
        ("my-own", None),
        (None, None),
    ],
)
def test_windows_are_known_by_the_beginning_of_the_name(model: str | None, size: int) -> None:
    assert window_of(model) == size


def test_a_conversation_that_is_about_to_be_too_long_is_warned_of() -> None:
    assert context_warning("gpt-4o", 102_399) is None
    warning = context_warning("gpt-4o", 115_200)
    assert warning
    assert "115200 of 128000 tokens (90 %)" in warning


def test_a_window_that_is_not_known_is_not_warned_of() -> None:
    assert context_warning("my-own", 10**9) is None


def test_the_warning_comes_after_the_answer() -> None:
    chat = Chat()
    chat.host.usage = Usage(prompt=120_000, completion=10)
    assert "/compact" in chat.type("/model gpt-4o", "one")
