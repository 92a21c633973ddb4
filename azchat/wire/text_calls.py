"""Finds a tool call that a server left in the text of the answer.

It is one where it is all that was said, or where tools were offered and it stands as a call does:
at the answer's end, on a line of its own or with the name of a tool. In code it is a mention.
"""

import re
from collections.abc import Collection

from azchat.errors import IncompleteError
from azchat.wire.payloads import maybe_json

_BAR, _JOIN = r"[|\uff5c]", r"[\u2581_]"  # DeepSeek's own signs, and how they are often typed
# How models mark a call, with what follows where the mark alone could be a word about it.
_MARKS = (
    rf"<{_BAR}tool{_JOIN}calls?(?:{_JOIN}section)?{_JOIN}begin{_BAR}>",  # DeepSeek, Kimi
    rf"<{_BAR}DSML{_BAR}\s*(?:function_calls|tool_calls|invoke)\b[^>]*>",  # DeepSeek V3.2, V4
    r"<tool_call>\s*(?:\{|<function=|[\w.-]+\s*<arg_key>)",  # Hermes and Qwen, GLM
    r"<tool_calls>\s*[\[{<]",
    r"<function=[\w.-]+>\s*[{<]",  # Llama 3.1, Qwen3-Coder
    r"\[TOOL_CALLS\]\s*(?:\[\s*\{|[\w.-]+\s*(?:\[|\{))",  # Mistral
    r"<\|python_tag\|>\s*\{",  # Llama
    r"<(?:minimax:tool_call|(?:antml:)?function_calls)>\s*<",  # MiniMax, Claude behind a proxy
    r"<\|tool_call\|?>\s*(?:\[|\{|call:)",  # Granite, Phi-4, Gemma
    r"functools\s*\[\s*\{",  # Phi-4-mini
    r"<start_function_call>\s*call:",  # FunctionGemma
    r"<\|START_ACTION\|>\s*\[",  # Cohere
    r"(?:<\|channel\|>|\bassistant|\A\s*)commentary\s+to=\w",  # gpt-oss ("harmony")
)
_MARK = re.compile("|".join(_MARKS))
_END = re.compile(r"(?:[}\]]|<(?:[/|\uff5c]|end_)[^<>]*>)\s*\Z")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_ON_ITS_OWN = re.compile(r"(?:\A|\n)[ \t]{0,3}\Z")
# Llama 3.2 and 4, Gemma 3
_PYTHONIC = re.compile(r"(?:\[|```tool_code\s+(?:print\()?)(?:default_api\.)?(\w+)\(.*", re.DOTALL)
_KEYS = {"type", "id", "name", "arguments", "parameters"}
_SHOWN = 120  # characters


def refuse_text_call(text: str, tools: Collection[str]) -> None:
    """Raise ``IncompleteError`` where an answer is a call, or ends with one; ``tools``: offered."""
    found = _find(text, tools)
    if found is None:
        return
    came = " ".join(found.split())
    came = came if len(came) <= _SHOWN else f"{came[:_SHOWN]}…"
    hint = "no tool was offered: ask for an answer without tools, or offer some with -T"
    if tools:
        hint = "switch on the server's parser for the calls of this model, or ask without tools"
    raise IncompleteError(
        f"a tool call came as text, so nothing was run: {came}", hint, code="tool_text"
    )


def _find(text: str, tools: Collection[str]) -> str | None:
    if _is_object(text, tools):
        return text
    if not _END.search(text):
        return None
    for mark in _MARK.finditer(text):
        before, call = text[: mark.start()], text[mark.start() :].strip()
        if len(_FENCE.findall(before)) % 2 or before.endswith("`"):
            continue
        stands_out = _ON_ITS_OWN.search(before) or any(name in call for name in tools)
        if not before.strip() or (tools and stands_out):
            return call
    return None


def _is_object(text: str, tools: Collection[str]) -> bool:
    """Return whether the text is a call as Llama writes it: a name that was offered, arguments."""
    if not tools or not text.lstrip().startswith(("{", "[", "```")):
        return False
    if (named := _PYTHONIC.fullmatch(text.strip())) and named[1] in tools:
        return bool(re.search(r"\)(?:\]|\s*```)\Z", text.strip()))
    said = maybe_json(text)
    calls = said if isinstance(said, list) else [said]
    return bool(calls) and all(_is_call(call, tools) for call in calls)


def _is_call(call: object, tools: Collection[str]) -> bool:
    if not isinstance(call, dict) or not call.keys() <= _KEYS:
        return False
    return str(call.get("name")) in tools and bool(call.keys() & {"arguments", "parameters"})
