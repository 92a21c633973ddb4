"""A call that a server left in the text is told; a mention of one is text."""

import pytest

from azchat.errors import IncompleteError
from azchat.wire.text_calls import refuse_text_call

TOOLS = frozenset({"weather"})
JSON = '{"name": "weather", "arguments": {"city": "Oslo"}}'
BAR, JOIN = "\uff5c", "\u2581"
DEEPSEEK = (
    "<|tool~calls~begin|><|tool~call~begin|>function<|tool~sep|>weather\n"
    '```json\n{"city": "Oslo"}\n```<|tool~call~end|><|tool~calls~end|>'
)
DSML = (
    '<|DSML|function_calls>\n<|DSML|invoke name="weather">\n<|DSML|parameter name="city">Oslo'
    "</|DSML|parameter>\n</|DSML|invoke>\n</|DSML|function_calls>"
)
HARMONY = 'commentary to=functions.weather <|constrain|>json<|message|>{"city": "Oslo"}<|call|>'
KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>"
    '{"city": "Oslo"}<|tool_call_end|><|tool_calls_section_end|>'
)
CALLS = [
    f"<tool_call>\n{JSON}\n</tool_call>",
    f"<tool_call>{JSON}",
    f"<tool_call>{JSON}</tool_call>\n<tool_call>{JSON}</tool_call>",
    "<tool_call>\n<function=weather>\n<parameter=city>Oslo</parameter>\n</function>\n</tool_call>",
    "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
    f"[TOOL_CALLS][{JSON}]",
    '[TOOL_CALLS]weather[ARGS]{"city": "Oslo"}',
    '<function=weather>{"city": "Oslo"}</function>',
    f"<|python_tag|>{JSON}",
    f"functools[{JSON}]",
    '<minimax:tool_call>\n<invoke name="weather">\n</invoke>\n</minimax:tool_call>',
    f"<|channel|>{HARMONY}",
    DEEPSEEK.replace("|", BAR).replace("~", JOIN),
    DEEPSEEK.replace("~", "_"),
    DSML.replace("|", BAR),
    KIMI,
    "<start_function_call>call:weather{city:<escape>Oslo<escape>}<end_function_call>",
]
NAMED = [
    f"[{JSON}]",
    '[weather(city="Oslo")]',
    '```tool_code\nprint(default_api.weather(city="Oslo"))\n```',
]
BARE = ['commentary to=functions.weather json{"city": "Oslo"}', HARMONY]
MENTIONS = [
    f"Qwen writes `<tool_call>{JSON}</tool_call>`",
    f"```\n<tool_call>{JSON}</tool_call>\n```",
    f"~~~xml\n<tool_call>{JSON}</tool_call>\n~~~\nThat is [it]",
    "> <tool_call>{}</tool_call>",
    f"<tool_call>{JSON}</tool_call> is how Qwen calls.",
    "The tag <tool_call> opens, and it ends with </tool_call>",
    "[TOOL_CALLS] stands before the [list]",
    f"DeepSeek's mark is <{BAR}tool{JOIN}calls{JOIN}begin{BAR}>, then come the calls.",
    "commentary to=functions.weather is what harmony has",
    "A list: [1, 2]",
    "",
]


@pytest.mark.parametrize("tools", [TOOLS, frozenset()])
@pytest.mark.parametrize("text", CALLS + BARE)
def test_a_text_that_is_nothing_but_a_call_is_no_answer(text: str, tools: frozenset[str]) -> None:
    with pytest.raises(IncompleteError) as caught:
        refuse_text_call(f"\n{text}\n", tools)
    assert "a tool call came as text" in caught.value.what
    assert text[:20].split("\n")[0] in caught.value.what


@pytest.mark.parametrize("text", CALLS)
def test_an_answer_may_end_with_a_call_where_tools_are_offered(text: str) -> None:
    said = f"Let me look.\n\n{text}"
    with pytest.raises(IncompleteError):
        refuse_text_call(said, TOOLS)
    refuse_text_call(said, ())


@pytest.mark.parametrize("tools", [TOOLS, frozenset()])
@pytest.mark.parametrize("text", MENTIONS)
def test_a_mention_is_text(text: str, tools: frozenset[str]) -> None:
    refuse_text_call(text, tools)
    refuse_text_call(f"Look:\n\n{text}", tools)


@pytest.mark.parametrize("text", NAMED)
def test_a_call_as_code_is_one_where_it_names_what_was_offered(text: str) -> None:
    with pytest.raises(IncompleteError):
        refuse_text_call(text, TOOLS)
    refuse_text_call(text, frozenset({"clock"}))
    refuse_text_call(f"{text} is how.", TOOLS)


@pytest.mark.parametrize("key", ["arguments", "parameters"])
def test_an_object_is_a_call_where_it_names_what_was_offered(key: str) -> None:
    text = f'{{"name": "weather", "{key}": {{"city": "Oslo"}}}}'
    with pytest.raises(IncompleteError):
        refuse_text_call(text, TOOLS)
    refuse_text_call(text, ())
    refuse_text_call(text.replace("weather", "Bob"), TOOLS)
    refuse_text_call(text.replace("}}", '}, "more": 1}'), TOOLS)


@pytest.mark.parametrize(
    "text", ['{"name": "weather"}', "{" * 100_000, "[]", '{"name": ["weather"]}']
)
def test_other_json_is_an_answer(text: str) -> None:
    refuse_text_call(text, TOOLS)
