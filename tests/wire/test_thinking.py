from collections.abc import Iterable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.dialects.models import marking_of
from azchat.wire.marking import Marking
from azchat.wire.thinking import TAGS, Piece, ThinkingSplitter
from tests.wire.cutting import pieces

MARKINGS: tuple[Marking, ...] = get_args(Marking)
TAG = st.sampled_from([tag for pair in TAGS for tag in pair])
NEAR_TAG = TAG.map(lambda tag: tag[:-2]) | TAG.map(lambda tag: tag[:-1] + " a='1'" + tag[-1])
COHERE = ("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>")
CHANNEL = ("<|channel|>analysis", "<|channel|>final <|constrain|>json", "commentary to=f.g")
TOKENS = ("<|start|>assistant", *CHANNEL, "<|message|>", "<|end|>", "<|return|>", "<|call|>")
STRIPPED = ("analysis", "analysisWe", "assistantfinal", "assistantcommentary to=f", "assistant")
PROSE = ("<", "`", "\n", " ", "a", "b c", "Yes.", ":", "- ", '"', "'", "(", "> ", "\n\n", "THINK")
CODE = ("\n```\n", "```python\n", "\n~~~\n", "    ", "|")
FRAGMENTS = TAG | NEAR_TAG | st.sampled_from([*PROSE, *PROSE, *CODE, *COHERE, *TOKENS, *STRIPPED])
TEXTS = st.lists(FRAGMENTS, max_size=12).map("".join)
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


@pytest.mark.parametrize(
    "text",
    [
        "<Think>a</Think>b",
        "<THOUGHT>a</THOUGHT>b",
        '<think foo="bar" n=2>a</think>b',
        "<Reasoning level='1'>a</REASONING >b",
    ],
)
def test_an_element_may_be_in_capitals_and_have_attributes(text: str) -> None:
    assert sides(text) == ("a", "b")


@pytest.mark.parametrize(
    "text", ["<thought experiment>a", "<think-tank>a", "[think]a", f"<think {'a' * 300}='1'>a"]
)
def test_what_only_looks_like_such_an_element_is_text(text: str) -> None:
    assert sides(text) == ("", text)


@pytest.mark.parametrize(
    "between", ["</think>", "\n</think>\n", "</think></think>\n", "\n\n</think>\n\n</think>\n\n"]
)
def test_a_closing_tag_that_comes_again_is_dropped(between: str) -> None:
    assert sides(f"<think>Why?</think>{between}Because.") == ("Why?", "Because.")


@pytest.mark.parametrize("end", ["</think>", "\n</think>", "\n</think>\n"])
def test_a_stray_closing_tag_at_the_end_is_dropped(end: str) -> None:
    assert sides(f"<think>Why?</think>Because.{end}")[1].rstrip() == "Because."


@pytest.mark.parametrize("end", [" </think>", ":\n</think>", " `</think>`", "\n```\n</think>"])
def test_a_tag_at_the_end_that_is_written_about_is_kept(end: str) -> None:
    assert sides(f"<think>Why?</think>It is{end}") == ("Why?", f"It is{end}")


# Several thinkings in one answer


@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_thinking_may_go_on_in_a_second_block(gap: str) -> None:
    assert sides(f"<think>a</think>{gap}<think>b</think>{gap}c") == ("ab", "c")


def test_thinking_may_come_again_at_a_line_of_the_answer() -> None:
    text = "<mm:think>a</mm:think>One.\n\n<mm:think>b</mm:think>\n\nTwo."
    assert split(text) == [
        ("reasoning", "a"),
        ("text", "One.\n\n"),
        ("reasoning", "b"),
        ("text", "Two."),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "One <think>b</think> two.",
        "Write:\n<think>\nb\n</think>\nand so on.",
        "One.\n\n```\n<think>b</think>\n```\n",
        "One.\n\n<think>\nthat nothing closes",
        "One.\n\n<thought>b</thought>\n",
    ],
)
def test_a_block_that_is_written_about_stays_in_the_answer(answer: str) -> None:
    assert sides(f"<think>a</think>{answer}") == ("a", answer)


# A closing tag that the thinking mentions


@pytest.mark.parametrize(
    "thinking",
    [
        "It ends at `</think>`, so.",
        "It is `a </think> b` there.",
        'I split at "</think>" then.',
        "He wrote “</think>” (</think>) too.",
        "So:\n```python\ntext.split(x)  # </think>\n```\nGood.",
        "So:\n~~~\n<think>\nhm\n</think>\n\nYes.\n~~~\nGood.",
    ],
)
@pytest.mark.parametrize("marking", ["auto", "implicit", "tags"])
def test_thinking_does_not_end_at_a_tag_in_its_code(thinking: str, marking: Marking) -> None:
    assert sides(f"<think>{thinking}</think>Yes.", marking=marking) == (thinking, "Yes.")


@pytest.mark.parametrize(
    ("thinking", "answer"),
    [
        ("The ` key.", "Use `x`."),
        ("So:\n```\na = 1", "Yes."),
        ("So:\n```\na = 1", "```python\na = 1\n```"),
        ('"Yes."', '"Yes."'),
        ("**Yes.**", "**Yes.**"),
        ("`x`", "`x`"),
    ],
)
def test_thinking_ends_although_code_was_left_open(thinking: str, answer: str) -> None:
    assert sides(f"<think>{thinking}</think>{answer}") == (thinking, answer)


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
    assert sides("So.</think>b</think>c") == ("So.", "b</think>c")


@pytest.mark.parametrize("closer", [closer for _, closer in TAGS])
@pytest.mark.parametrize(
    "text",
    [
        "Okay, two and two.\n{}\n\nFour.",
        "Okay, two and two\n{}\nfour",
        "Four{}\n\nFour.",
        "Four.{}four",
        "Four. {} Four.",
        "So:{}\n\nFour.",
        "Say `{}`? No.\n{}\n\nFour.",
        "```\ntwo\n```\n{}\nFour.",
        "四。{}四。",
        "Fine \N{SMILING FACE WITH SMILING EYES}\n{}\nFour.",
    ],
)
def test_a_closing_tag_alone_stands_as_one(closer: str, text: str) -> None:
    thinking, _, answer = text.replace("`{}`", "x").rpartition("{}")
    reasoning, said = sides(text.replace("{}", closer))
    assert (reasoning.replace(f"`{closer}`", "x"), said) == (thinking, answer.lstrip())


@pytest.mark.parametrize("closer", [closer for _, closer in TAGS])
@pytest.mark.parametrize(
    "text",
    [
        "It ends with {} and goes on.",
        "{} is how it ends.",
        "It is thinking{}answer there.",
        "It ends with:\n\n{}\n\nThen comes the answer.",
        "The tags:\n- {}\n- another\n\nThat is all.",
        "The tags.\n1. {}\n2. another",
        "| R1 | {}\n| V3 | none |",
        "> Four.\n> {}\n\nSo it said.",
        'It said "Four.{}Four." twice.',
        "It said “Four.{}Four.” twice.",
        "Write **{}** there.",
        "Take `a.{}\nb` there.",
        '```python\nanswer = text.split("{}")[-1]\n```\n\nDone.',
        "```\nHm.\n{}\n\nFour.\n```\n\nSo it looks.",
        "    Hm.\n    {}\n    Four.",
        "It ends with {}.\nThat is all.",
        "The last is.\n{}",
        "Four. {}",
    ],
)
def test_a_closing_tag_that_is_written_about_is_text(closer: str, text: str) -> None:
    text = text.replace("{}", closer)
    assert split(text) == [("text", text)]
    assert split(*text) == [("text", text)]


def test_calls_are_as_good_as_an_answer_behind_a_closing_tag() -> None:
    splitter = ThinkingSplitter()
    labelled = [*splitter.receive("A clock.\n</think>\n\n"), *splitter.close(calls=True)]
    assert join(labelled) == [("text", "A clock.\n"), ("to_reasoning", "")]


# Tags that the model only writes about


@pytest.mark.parametrize("opener", [opener for opener, _ in TAGS])
@pytest.mark.parametrize("rest", [" and its end are tags.", ", too.", "/</think> are", " is a tag"])
def test_an_answer_may_begin_with_an_opening_tag(opener: str, rest: str) -> None:
    text = f"{opener}{rest}"
    assert split(*text) == split(text) == [("text", text)]


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why?\n</think>\n\nBecause.", [("reasoning", "Why?\n"), ("text", "Because.")]),
        ("It ends with </think>.", [("reasoning", "It ends with </think>."), ("to_text", "")]),
        ("Just this.", [("reasoning", "Just this."), ("to_text", "")]),
    ],
)
def test_likely_thinking_ends_at_a_tag_that_stands_as_one(text: str, expected: list[Piece]) -> None:
    assert split(text, marking="likely") == expected


@pytest.mark.parametrize(
    ("name", "marking"),
    [
        *((name, "assumed") for name in ("QwQ-32B", "qwen3-30b-a3b-thinking-2507")),
        ("Qwen/Qwen-3-Thinking", "assumed"),
        *(
            (name, "none")
            for name in ("gpt-4o", "my-gpt-4o-mini", "openai/gpt-4.1", "GPT-35-turbo")
        ),
        *((name, "none") for name in ("gpt-5", "o3", "prod/o4-mini", "chatgpt-4o-latest")),
        *((name, "auto") for name in (None, "", "qwen3-8b", "DeepSeek-R1", "gpt-oss-20b")),
        *((name, "auto") for name in ("r1-distill-gpt-4o", "foo1", "phi-4-reasoning", "m")),
    ],
)
def test_a_name_says_how_some_models_mark_their_thinking(name: str | None, marking: str) -> None:
    assert marking_of(name) == marking


# What Cohere puts around the answer, and gpt-oss's channels

ANALYSIS = "<|channel|>analysis<|message|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<|START_RESPONSE|>Four.<|END_RESPONSE|>", ("", "Four.")),
        (
            "<|START_THINKING|>Hm.<|END_THINKING|><|START_TEXT|>Four.<|END_TEXT|>\n",
            ("Hm.", "Four."),
        ),
        ("Hm.<|END_THINKING|>\n<|START_RESPONSE|>Four.<|END_RESPONSE|>", ("Hm.", "Four.")),
        ("<|START_RESPONSE|>It is <|END_RESPONSE|> there.", ("", "It is <|END_RESPONSE|> there.")),
        (f"<|start|>assistant{ANALYSIS}Hm.<|end|>{FINAL}Four.<|return|>", ("Hm.", "Four.")),
        (f"analysis<|message|>Hm.<|end|>{FINAL}Four.", ("Hm.", "Four.")),
        (f"Hm.<|end|>{FINAL}Four.<|end|>\n", ("Hm.", "Four.")),
        (f"{ANALYSIS}Hm.<|end|><|channel|>final<|message|>Four.", ("Hm.", "Four.")),
        (f"{ANALYSIS}Hm.{FINAL}Four.", ("Hm.", "Four.")),
        (f"{ANALYSIS}The `<|end|>` there.<|end|>{FINAL}Four.", ("The `<|end|>` there.", "Four.")),
        (f"{ANALYSIS}Hm.<|end|>{FINAL}It is <|end|>, so.", ("Hm.", "It is <|end|>, so.")),
        ("<|channel|>final <|constrain|>json<|message|>{}<|return|>", ("", "{}")),
        ("final <|constrain|>json<|message|>{}", ("", "{}")),
        ("<|start|>assistant<|message|>Four.<|end|>", ("", "Four.")),
        (
            f"<|channel|>commentary<|message|>I look.<|end|>{FINAL}Four.",
            ("I look.", "Four."),
        ),
        ("analysisHm.assistantfinalFour.", ("analysisHm.", "Four.")),
        (
            "assistantanalysisHm.assistantcommentaryI look.assistantfinalFour.",
            ("Hm.I look.", "Four."),
        ),
        ("analysisHm, the assistantfinal word.", ("", "analysisHm, the assistantfinal word.")),
        ("analysis of assistantfinal: none", ("", "analysis of assistantfinal: none")),
        ("analysisMode = 1", ("", "analysisMode = 1")),
        ("final: four", ("", "final: four")),
        ("<|channel|>analysis is a channel.", ("", "<|channel|>analysis is a channel.")),
        (
            "<|start|>assistant begins it.\n<|message|>",
            ("", "<|start|>assistant begins it.\n<|message|>"),
        ),
    ],
)
def test_channels_say_what_is_the_answer(text: str, expected: tuple[str, str]) -> None:
    assert sides(text) == expected
    assert sides(*text) == expected
    assert sides(text, marking="tags") == expected or text.startswith("Hm.")


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>commentary to=f.now <|constrain|>json<|message|>{}<|call|>",
        f"{ANALYSIS}Hm.<|end|><|start|>assistant to=f.now<|channel|>commentary<|message|>{{}}",
        "commentary to=f.now<|message|>{}",
        "analysisHm.assistantcommentary to=f.now json{}",
    ],
)
def test_a_call_in_a_channel_is_no_answer_and_known(text: str) -> None:
    splitter = ThinkingSplitter()
    labelled = [piece for character in text for piece in splitter.receive(character)]
    labelled += splitter.close()
    assert splitter.called == "f.now"
    assert {label for label, _ in labelled} == {"reasoning"}


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
