"""Slash commands about the model and the settings."""

import pytest

from tests.repl.fake_host import CTRL_C, Chat


def test_model_is_shown_and_changed() -> None:
    chat = Chat()
    assert chat.type("/model") == "model: m"
    assert chat.type("/model gpt-5") == "model: gpt-5"
    assert chat.host.model == "gpt-5"


def test_the_system_message_is_shown_changed_and_taken_away() -> None:
    chat = Chat()
    assert chat.type("/system") == "system: none"
    assert chat.type("/system be brief") == "system: be brief"
    assert chat.type("/system none") == "system: none"


def test_a_system_message_of_the_command_line_can_be_taken_away() -> None:
    chat = Chat()
    chat.type("/system none")
    assert chat.host.changed() == {"system": ""}


def test_set_changes_and_shows_a_parameter() -> None:
    chat = Chat()
    assert chat.type("/set temperature 2") == "temperature = 2"
    assert chat.type("/set temperature") == "temperature = 2"


def test_set_alone_shows_what_was_changed() -> None:
    chat = Chat()
    assert chat.type("/set").startswith("nothing was changed")
    assert chat.type("/set seed 7", "/set") == "  seed = 7"


def test_a_setting_may_be_named_as_its_option() -> None:
    chat = Chat()
    assert chat.type("/set top-p 0.5") == "top_p = 0.5"
    assert chat.type("/unset top-p") == "top_p = not set"


def test_unset_without_a_name_asks_for_one() -> None:
    assert Chat().refused("/unset").what == "set back which parameter?"


def test_unset_sets_back() -> None:
    chat = Chat()
    assert chat.type("/set seed 7", "/unset seed") == "seed = not set"


@pytest.mark.parametrize("line", ["/set colour red", "/set endpoint http://x", "/unset colour"])
def test_a_parameter_that_is_none_is_refused(line: str) -> None:
    assert Chat().refused(line).what.startswith("there is no parameter")


def test_a_value_that_is_none_is_refused() -> None:
    assert Chat().refused("/set effort bad").what == "--effort is 'bad'"


# -- /think ----------------------------------------------------------------------------


def test_think_shows_the_last_thinking() -> None:
    chat = Chat()
    chat.host.thinking = "first"
    chat.type("one")
    chat.host.thinking = "second"
    assert chat.type("two", "/think").endswith("second")


def test_think_of_a_turn_shows_that_one_also_after_a_resume() -> None:
    chat = Chat()
    chat.host.thinking = "first"
    chat.type("one")
    chat.host.thinking = "second"
    assert chat.type("two", "/new", "/resume 1", "/think 1").endswith("first")


def test_the_thinking_of_a_stopped_turn_can_be_seen() -> None:
    chat = Chat(CTRL_C)
    assert chat.type("one", "/think").endswith("hm")


def test_without_thinking_there_is_none_to_show() -> None:
    chat = Chat()
    chat.host.thinking = ""
    chat.type("one")
    assert chat.refused("/think").what == "there is no thinking to show"
    assert chat.refused("/think 1").what == "there is no thinking to show"


@pytest.mark.parametrize("how", ["live", "summary", "hide", "auto", "stderr"])
def test_think_changes_how_it_is_shown(how: str) -> None:
    chat = Chat()
    assert chat.type(f"/think {how}") == f"thinking: {how}"
    assert chat.host.changed() == {"thinking": how}


# -- what it takes ---------------------------------------------------------------------


def test_tokens_shows_the_context_and_each_turn() -> None:
    said = Chat().type("one", "/tokens")
    assert "context: 115 tokens" in said
    assert "turn 1: 100 prompt + 20 completion tokens, 5 of them thinking" in said


def test_tokens_shows_the_share_of_a_window_that_is_known() -> None:
    said = Chat().type("/model gpt-4o", "one", "/tokens")
    assert "context: 115 tokens of 128000 (0 %)" in said


def test_info_says_where_questions_go() -> None:
    assert Chat().type("/info") == "what is known"
