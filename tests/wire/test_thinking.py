from collections.abc import Iterable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.wire.thinking import TAGS, Marking, Piece, ThinkingSplitter, starts_thinking
from tests.wire.cutting import pieces

MARKINGS: tuple[Marking, ...] = get_args(Marking)
TAG = st.sampled_from([tag for pair in TAGS for tag in pair])
FRAGMENTS = TAG | TAG.map(lambda tag: tag[:-2]) | st.sampled_from(["<", "`", "\n", " ", "a", "b c"])
TEXTS = st.lists(FRAGMENTS, max_size=8).map("".join)
SMALL_CUTS = st.lists(st.integers(0, 60), max_size=20)


def join(labelled: Iterable[Piece]) -> list[Piece]:
    result: list[Piece] = []
    for label, text in labelled:
        if text and result and result[-1][0] == label:
            result[-1] = (label, result[-1][1] + text)
        else:
            result.append((label, text))
    return result


def split(*received: str, marking: Marking = "auto") -> list[Piece]:
    splitter = ThinkingSplitter(marking)
    labelled = [piece for text in received for piece in splitter.receive(text)]
    return join([*labelled, *splitter.close()])


def sides(*received: str, marking: Marking = "auto") -> tuple[str, str]:
    """The thinking and the answer, as they stand at the end."""
    reasoning = answer = ""
    for label, text in split(*received, marking=marking):
        match label:
            case "reasoning":
                reasoning += text
            case "text":
                answer += text
            case "to_reasoning":
                reasoning, answer = reasoning + answer, ""
            case "to_text":
                reasoning, answer = "", reasoning + answer
    return reasoning, answer


# Tags at the start


@pytest.mark.parametrize(("opener", "closer"), TAGS)
def test_a_tagged_start_is_thinking(opener: str, closer: str) -> None:
    assert sides(f"{opener}Why?{closer}Because.") == ("Why?", "Because.")


@pytest.mark.parametrize(("opener", "closer"), TAGS)
def test_a_tag_may_be_cut_at_any_character(opener: str, closer: str) -> None:
    text = f"{opener}Why?{closer}Because."
    for cut in range(len(text)):
        assert sides(text[:cut], text[cut:]) == ("Why?", "Because.")


@pytest.mark.parametrize(("opener", "closer"), TAGS)
def test_tags_may_come_one_character_at_a_time(opener: str, closer: str) -> None:
    assert sides(*f"\n{opener}\nWhy?\n{closer}\n\nBecause.") == ("Why?\n", "Because.")


def test_white_space_around_tags_is_dropped_and_inside_it_is_kept() -> None:
    text = "\n <think> \n First. \n Then. </think>\n\n The answer. \n"
    assert sides(text) == ("First. \n Then. ", "The answer. \n")


def test_thinking_that_is_empty_leaves_the_answer() -> None:
    assert split("<think>\n\n</think>\n\nYes.") == [("text", "Yes.")]


def test_a_closing_tag_of_another_model_does_not_end_the_thinking() -> None:
    assert sides("<think>not [/THINK] yet</think>Now.") == ("not [/THINK] yet", "Now.")


def test_an_opening_tag_inside_the_thinking_is_text() -> None:
    assert sides("<think>a <think> b</think>c") == ("a <think> b", "c")


def test_after_the_thinking_tags_are_text() -> None:
    assert sides("<think>a</think>b <think>c</think> d") == ("a", "b <think>c</think> d")


def test_thinking_without_an_end_is_known_to_be_unclosed() -> None:
    splitter = ThinkingSplitter()
    list(splitter.receive("<think>Round and round"))
    list(splitter.close())
    assert splitter.unclosed


def test_a_reply_without_tags_is_all_answer() -> None:
    assert split("Plain", " text.") == [("text", "Plain text.")]


def test_a_tag_is_a_tag_only_as_it_is_written() -> None:
    assert sides("<Think>a</Think>b") == ("", "<Think>a</Think>b")


# A closing tag alone


@pytest.mark.parametrize("closer", [closer for _, closer in TAGS])
def test_a_closing_tag_alone_relabels_what_came_before(closer: str) -> None:
    assert split(f"Why?{closer}Because.") == [
        ("text", "Why?"),
        ("to_reasoning", ""),
        ("text", "Because."),
    ]


def test_a_closing_tag_alone_may_be_cut_at_any_character() -> None:
    text = "Why?</think>Because."
    assert {sides(text[:cut], text[cut:]) for cut in range(len(text))} == {("Why?", "Because.")}


def test_a_closing_tag_at_the_very_start_has_nothing_to_relabel() -> None:
    assert split("</think>Yes.") == [("text", "Yes.")]


def test_a_second_closing_tag_is_text() -> None:
    assert sides("a</think>b</think>c") == ("a", "b</think>c")


# Tags that the model only writes about


@pytest.mark.parametrize("opener", [opener for opener, _ in TAGS])
def test_an_opening_tag_in_mid_answer_makes_all_tags_literal(opener: str) -> None:
    text = f"Use {opener} and </think> to mark it."
    assert split(text) == [("text", text)]


def test_a_closing_tag_in_backticks_is_literal() -> None:
    assert sides("It ends with `</think>` always.") == ("", "It ends with `</think>` always.")


def test_a_closing_tag_in_backticks_is_literal_when_cut_anywhere() -> None:
    text = "End it with `</think>`."
    assert {sides(text[:cut], text[cut:]) for cut in range(len(text))} == {("", text)}


def test_a_literal_tag_does_not_hide_the_real_one_that_follows() -> None:
    text = "I must not write `</think>` here.</think>Done."
    assert sides(text) == ("I must not write `</think>` here.", "Done.")


@pytest.mark.parametrize("text", ["a < b", "x <th", "[", "1 <2 and <thin", "◁", "<|end|>"])
def test_what_only_begins_like_a_tag_is_not_lost(text: str) -> None:
    assert sides(text) == ("", text)


# What a model is known to do


def test_implicit_thinking_runs_from_the_start_to_its_closing_tag() -> None:
    assert split("Why?</think>Because.", marking="implicit") == [
        ("reasoning", "Why?"),
        ("text", "Because."),
    ]


def test_implicit_thinking_drops_an_opening_tag_that_came_after_all() -> None:
    assert sides("<think>Why?</think>Because.", marking="implicit") == ("Why?", "Because.")


def test_implicit_thinking_without_an_end_stays_thinking() -> None:
    assert split("Round and round", marking="implicit") == [("reasoning", "Round and round")]


def test_assumed_thinking_without_an_end_was_the_answer() -> None:
    assert split("Just this.", marking="assumed") == [("reasoning", "Just this."), ("to_text", "")]


def test_assumed_thinking_with_an_end_was_thinking() -> None:
    assert sides("Why?</think>Because.", marking="assumed") == ("Why?", "Because.")


def test_marked_by_tags_a_closing_tag_alone_is_text() -> None:
    assert sides("Why?</think>Because.", marking="tags") == ("", "Why?</think>Because.")
    assert sides("<think>Why?</think>Because.", marking="tags") == ("Why?", "Because.")


def test_marked_not_at_all_every_tag_is_text() -> None:
    text = " <think>Why?</think> Because."
    assert split(text, marking="none") == [("text", text)]


@pytest.mark.parametrize("name", ["QwQ-32B", "qwen3-30b-a3b-thinking-2507", "Qwen/Qwen-3-Thinking"])
def test_some_models_are_known_to_start_thinking(name: str) -> None:
    assert starts_thinking(name)


@pytest.mark.parametrize("name", [None, "", "qwen3-8b", "DeepSeek-R1", "gpt-5"])
def test_other_models_are_not(name: str | None) -> None:
    assert not starts_thinking(name)


# When the server labels the thinking itself


def left_to_server(before: str, after: str, marking: Marking = "auto") -> list[Piece]:
    splitter = ThinkingSplitter(marking)
    labelled = list(splitter.receive(before))
    splitter.leave_to_server()
    return join([*labelled, *splitter.receive(after), *splitter.close()])


@pytest.mark.parametrize("marking", ["auto", "implicit", "assumed", "tags"])
def test_a_server_that_labels_is_believed(marking: Marking) -> None:
    assert left_to_server("", "The </think> tag.", marking) == [("text", "The </think> tag.")]


@pytest.mark.parametrize("marking", ["auto", "implicit", "assumed", "tags"])
def test_a_tagged_copy_of_what_the_server_labels_is_still_seen(marking: Marking) -> None:
    expected: list[Piece] = [("reasoning", "Why?"), ("text", "Because.")]
    assert left_to_server("", "<think>Why?</think>Because.", marking) == expected


def test_a_tagged_copy_may_begin_before_the_server_labels() -> None:
    text = "<think>Why?</think>Because."
    expected: list[Piece] = [("reasoning", "Why?"), ("text", "Because.")]
    for cut in range(len("<think>Why?</think>")):
        assert left_to_server(text[:cut], text[cut:]) == expected, cut


# Whatever the cuts


def test_it_holds_back_no_more_than_a_possible_tag() -> None:
    splitter = ThinkingSplitter()
    assert join(splitter.receive("Say ")) == [("text", "Say ")]
    assert join(splitter.receive("it </thi")) == [("text", "it ")]
    assert join(splitter.receive("s")) == [("text", "</this")]


@settings(max_examples=600, deadline=None)
@given(text=TEXTS, cuts=SMALL_CUTS, marking=st.sampled_from(MARKINGS))
def test_labels_do_not_depend_on_the_cuts(text: str, cuts: list[int], marking: Marking) -> None:
    assert split(*pieces(text, cuts), marking=marking) == split(text, marking=marking)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, marking=st.sampled_from(MARKINGS))
def test_labels_are_the_same_for_single_characters(text: str, marking: Marking) -> None:
    assert split(*text, marking=marking) == split(text, marking=marking)


@settings(max_examples=300, deadline=None)
@given(before=TEXTS, after=TEXTS, cuts=SMALL_CUTS)
def test_labels_of_a_labelling_server_do_not_depend_on_the_cuts(
    before: str, after: str, cuts: list[int]
) -> None:
    splitter = ThinkingSplitter()
    labelled = [piece for text in pieces(before, cuts) for piece in splitter.receive(text)]
    splitter.leave_to_server()
    labelled += [piece for text in pieces(after, cuts) for piece in splitter.receive(text)]
    assert join([*labelled, *splitter.close()]) == left_to_server(before, after)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="ab <>[]/\n`", max_size=40), marking=st.sampled_from(["auto", "none"]))
def test_without_a_whole_tag_nothing_is_lost(text: str, marking: Marking) -> None:
    assert sides(text, marking=marking) == ("", text)
