"""``azchat ask``: what a user expects of every option, seen from outside."""

import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ask
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Result, Session, azchat
from tests.oracles import CANARY, check

ANSWER = text_of() + "\n"
THOUGHT = text_of(5, "think")


def content(fs: FaultServer, role: str = "user") -> str:
    """Return what the server was told by ``role`` in the last request."""
    said = [m["content"] for m in fs.requests[-1].json()["messages"] if m["role"] == role]
    assert len(said) == 1
    return str(said[0])


def events(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.out.splitlines()]


# -- prompt and pipe -------------------------------------------------------------------


def test_the_answer_is_all_that_stdout_gets_and_it_ends_in_one_newline(
    fs: FaultServer, ask: Ask
) -> None:
    result = ask(fs.url("ok"))
    check(result, code=0, servers=[fs])
    assert (result.out, result.err) == (ANSWER, "")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        *(("a", "\n"), ("a\n", "\n"), ("a\n\n\n", "\n"), ("\na", "\n"), ("a\n\nb\n", "\n")),
        *(("a  ", "\n"), ("a  \n \n", "\n"), ("a\t\n\n", "\n"), ("a\u00a0\u3000", "\n")),
        *(("a\r\n", "\r\n"), ("a\r\n\r\n", "\r\n"), ("  a \r", "\n"), ("a \f", "\n")),
    ],
    ids=repr,
)
def test_the_answer_keeps_its_last_blanks_and_ends_in_exactly_one_newline(
    fs: FaultServer, ask: Ask, text: str, end: str
) -> None:
    result = ask(fs.url("text", text=text))
    check(result, code=0)
    assert result.out_bytes == (text.rstrip("\r\n") + end).encode()


@pytest.mark.parametrize(
    ("piped", "fence"),
    [("x = 1\n", "```"), ("x = 1", "```"), ("a\n```py\nb\n```\n", "````"), ("`````\n", "``````")],
    ids=["lines", "no newline at the end", "a fence inside", "a long fence inside"],
)
def test_a_pipe_follows_the_prompt_as_a_fenced_block(
    fs: FaultServer, ask: Ask, piped: str, fence: str
) -> None:
    check(ask(fs.url("ok"), "review this", stdin=piped), code=0)
    body = piped if piped.endswith("\n") else piped + "\n"
    assert content(fs) == f"review this\n\n{fence}\n{body}{fence}"


@pytest.mark.parametrize("args", [["-"], [], [""], ["--", "-"]], ids=str)
def test_without_words_the_pipe_is_the_prompt(fs: FaultServer, home: Path, args: list[str]) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok")}
    check(azchat("ask", *args, home=home, env=env, stdin="Why?\nReally?\n"), code=0)
    assert content(fs).rstrip() == "Why?\nReally?"


def test_a_file_can_be_redirected_into_it(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "notes").write_text("from the file\n")
    check(ask(fs.url("ok"), "sum up", stdin=home / "notes"), code=0)
    assert content(fs) == "sum up\n\n```\nfrom the file\n```"


@pytest.mark.parametrize(
    "prompt",
    ["日本語 🙂 é", "line\nline", "--not-an-option", "@home", "a" * 99_999],
    ids=["Unicode", "two lines", "like an option", "like a file", "long"],
)
def test_a_prompt_arrives_as_it_was_typed(fs: FaultServer, ask: Ask, prompt: str) -> None:
    check(ask(fs.url("ok"), "--", prompt), code=0)
    assert content(fs) == prompt


@pytest.mark.parametrize("args", [["What is?"], ["-q", "What is?"], ["What is", "-q"]], ids=str)
def test_a_bare_question_is_asked(fs: FaultServer, home: Path, args: list[str]) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok")}
    result = azchat(*args, home=home, env=env)
    check(result, code=0, servers=[fs])
    assert content(fs).startswith("What is")


def test_a_bare_pipe_is_asked(fs: FaultServer, home: Path) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok")}
    check(azchat(home=home, env=env, stdin="What is this?"), code=0)
    assert content(fs) == "What is this?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ak", "ask"),
        ("aks", "ask"),
        ("infos", "info"),
        ("ifno", "info"),
        ("conifg", "config"),
        ("dmeo", "demo"),
    ],
)
def test_a_mistyped_command_is_not_sent_to_a_model(
    fs: FaultServer, home: Path, typed: str, meant: str
) -> None:
    result = azchat(typed, home=home, env={"AZURE_INFERENCE_ENDPOINT": fs.url("ok")})
    check(result, code=2, servers=[fs])
    assert f"did you mean {meant}?" in result.err
    assert not fs.requests


@pytest.mark.parametrize("args", [["sesions", "list"], ["tool", "list", "--json"]], ids=str)
def test_a_mistyped_command_with_words_after_it_is_known_too(home: Path, args: list[str]) -> None:
    result = azchat(*args, home=home)
    check(result, code=2)
    assert f"there is no command '{args[0]}'" in result.err
    assert re.search(r"did you mean (sessions|tools)\? To ask it: azchat ask", result.err)


@pytest.mark.parametrize(
    "args",
    [
        *(["chat", "-q"], ["-q", "--", "info"], ["--", "chat"], ["-m", "x", "chta"], ["CHAT"]),
        *(["list"], ["-m", "x", "list"], ["search", "--json"], [" models "], ["ifno", "-q"]),
        *(["version"], ["-q", "version"], ["-m", "x", "help"], ["resume", "that"]),
    ],
    ids=str,
)
def test_a_command_s_name_alone_is_never_a_question(
    fs: FaultServer, home: Path, args: list[str]
) -> None:
    result = azchat(*args, home=home, env={"AZURE_INFERENCE_ENDPOINT": fs.url("ok")})
    assert not fs.requests
    if args[0] != "chat":
        check(result, code=2, servers=[fs])
        assert re.search(r"hint: did you mean .*\? To ask it: azchat ask", result.err)


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        (["ask", "chat"], "chat"),
        (["-q", "ask", "chat"], "chat"),
        (["chat with me"], "chat with me"),
        (["-s", "chat", "What?"], "What?"),
        (["--stop", "list", "-qm", "info", "Why?"], "Why?"),
        (["--stop=list", "-mchat", "--", "-m"], "-m"),
        (["-m", "x", "image of what?"], "image of what?"),
    ],
    ids=str,
)
def test_what_follows_ask_or_is_quoted_with_more_is_a_question(
    fs: FaultServer, home: Path, args: list[str], asked: str
) -> None:
    result = azchat(*args, home=home, env={"AZURE_INFERENCE_ENDPOINT": fs.url("ok")})
    check(result, code=0, servers=[fs])
    assert content(fs) == asked


@pytest.mark.parametrize(
    ("args", "usage"),
    [
        (["-m", "qwen3", "chat"], "azchat chat "),
        (["--model=qwen3", "-Rq", "chat"], "azchat chat "),
        (["--profile", "work", "sessions", "list"], "azchat sessions list "),
        (["--profile", "work", "sessions"], "azchat sessions "),
        (["--demo", "--plain", "config", "--profile", "x", "get"], "azchat config get "),
        (["-q", "info"], "azchat info "),
        (["-qm", "chat", "tools"], "azchat tools "),
        (["-T", "list", "tools"], "azchat tools "),
        (["--no-stdin", "tools", "--json", "list"], "azchat tools list "),
        (["sessions", "--limit", "3", "list"], "azchat sessions list "),
        (["-s", "models", "-i", "info", "image", "what?"], "azchat image "),
    ],
    ids=str,
)
def test_options_may_stand_before_the_command(home: Path, args: list[str], usage: str) -> None:
    result = azchat(*args, "--help", home=home)
    check(result, code=0)
    assert result.out.startswith(f"Usage: {usage}")


def test_options_before_a_command_count(fs: FaultServer, home: Path) -> None:
    result = azchat("-m", "qwen3", "-q", "--endpoint", fs.url("ok"), "info", "--json", home=home)
    check(result, code=0)
    assert '"qwen3"' in result.out
    check(azchat("--profile", "work", "-q", "sessions", "list", home=home), code=0)
    result = azchat("--limit", "1", "info", home=home)
    check(result, code=2)
    assert "No such option: --limit" in result.err


def test_a_loop_keeps_its_stdin(fs: FaultServer, home: Path) -> None:
    (home / "questions").write_text("One?\nTwo?\nThree?\n")
    loop = 'while read -r it; do "$@" ask --no-stdin "$it"; done < questions'
    program = ("sh", "-c", loop, "sh", *PROGRAM)
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok")}
    check(azchat(home=home, env=env, program=program), code=0, servers=[fs])
    said = [request.json()["messages"][-1]["content"] for request in fs.requests]
    assert said == ["One?", "Two?", "Three?"]


@pytest.mark.parametrize("args", [["-"], [], ["-a", "-", "hi"]], ids=str)
def test_without_stdin_there_is_no_pipe_to_ask(home: Path, args: list[str]) -> None:
    check(azchat("ask", "--demo", "--no-stdin", *args, home=home, stdin="hi"), code=2)


@pytest.mark.parametrize(
    ("args", "usage"),
    [([], "azchat [OPTIONS]"), (["ask"], "azchat ask "), (["tools"], "azchat tools ")],
    ids=str,
)
def test_help_is_a_word_too(home: Path, args: list[str], usage: str) -> None:
    result = azchat("help", *args, home=home)
    check(result, code=0)
    assert result.out.startswith(f"Usage: {usage}")


@pytest.mark.parametrize("group", ["config", "demo", "sessions", "templates", "tools"])
def test_no_command_of_a_group_is_described_by_half_a_sentence(home: Path, group: str) -> None:
    result = azchat(group, "--help", home=home)
    check(result, code=0)
    assert "..." not in result.out.partition("Commands:")[2]


@pytest.mark.parametrize(
    "args", [["ask"], ["image"], ["tools", "ask"], ["demo", "serve"], ["sessions", "fork"]], ids=str
)
def test_help_has_one_word_for_each_kind_of_value(home: Path, args: list[str]) -> None:
    result = azchat(*args, "--help", home=home)
    check(result, code=0)
    assert not re.search(r"<(int|float|text)( range)?>", result.out)
    assert re.search(r"^Usage: azchat [a-z ]+\[OPTIONS\][^a-z]*$", result.out, re.MULTILINE)


def test_an_option_is_no_mistyped_command(home: Path) -> None:
    result = azchat("--demo", home=home)
    check(result, code=2)
    assert "there is no question" in result.err


@pytest.mark.parametrize(
    ("args", "what", "hint"),
    [
        (["ask", "--modle", "m", "hi"], "option: --modle", "did you mean --model? see: azchat ask"),
        (["ask", "--zzz", "hi"], "option: --zzz", "see: azchat ask --help"),
        (["sessions", "lst"], "command 'lst'", "did you mean 'list'?"),
        (["sessions", "zzz"], "command 'zzz'", "see: azchat sessions --help"),
        (["ask", "-m"], "'-m' requires an argument", "see: azchat ask --help"),
        (["sessions", "list", "--limit"], "requires an argument", "see: azchat sessions --help"),
        (["hi", "-m"], "requires an argument", "see: azchat ask --help"),
        (["ask", "-o", "x", "hi"], "for '--option': 'x' is not key=value", "see: azchat ask"),
        (["ask", "-p", "x", "hi"], "for '--param': 'x' is not key=value", "see: azchat ask"),
        (["ask", "--token", "x", "hi"], "option: --token", "keys come from"),
    ],
    ids=str,
)
def test_a_wrong_command_line_is_one_line_and_a_hint(
    home: Path, args: list[str], what: str, hint: str
) -> None:
    result = azchat(*args, home=home)
    check(result, code=2)
    told, hinted = result.err.splitlines()
    assert told.endswith(what) if "'" not in what else what in told
    assert hinted.startswith(f"hint: {hint}")


@pytest.mark.parametrize("word", ["hello", "why", "tasks?", "Rust"])
def test_a_single_word_that_is_like_no_command_is_a_question(
    fs: FaultServer, home: Path, word: str
) -> None:
    check(azchat(word, home=home, env={"AZURE_INFERENCE_ENDPOINT": fs.url("ok")}), code=0)
    assert content(fs) == word


@pytest.mark.parametrize("command", ["config", "demo"])
def test_a_group_without_a_command_shows_its_help(home: Path, command: str) -> None:
    result = azchat(command, home=home)
    assert f"Usage: azchat {command}" in result.out + result.err
    assert len((result.out + result.err).splitlines()) > 5  # lines, not one long one


# -- what is sent ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["-m", "mine"], {"model": "mine"}),
        (["--temperature", "0.2"], {"temperature": 0.2}),
        (["--temperature", "0"], {"temperature": 0}),
        (["--top-p", "0.5"], {"top_p": 0.5}),
        (["--max-tokens", "7"], {"max_tokens": 7}),
        (["--presence-penalty", "-1"], {"presence_penalty": -1}),
        (["--frequency-penalty", "1.5"], {"frequency_penalty": 1.5}),
        (["--stop", "END"], {"stop": ["END"]}),
        (["--stop", "END", "--stop", "\n"], {"stop": ["END", "\n"]}),
        (["--seed", "0"], {"seed": 0}),
        (["--effort", "high"], {"reasoning_effort": "high"}),
        (["--think", "low"], {"reasoning_effort": "low"}),
        (["--json-mode"], {"response_format": {"type": "json_object"}}),
        (["-o", "top_k=5"], {"top_k": 5}),
        (["-o", "a=word", "-o", "b=a=b"], {"a": "word", "b": "a=b"}),
        (["-o", 'thinking={"type": "enabled"}'], {"thinking": {"type": "enabled"}}),
        (["-oa=true", "-ob=null", '-oc="5"', "-od=[1, 2]", "-oe="],
         {"a": True, "b": None, "c": "5", "d": [1, 2], "e": ""}),
        (["-o", "temperature=0.7"], {"temperature": 0.7}),
    ],
)  # fmt: skip
def test_a_parameter_is_in_the_body_that_the_server_gets(
    fs: FaultServer, ask: Ask, args: list[str], expected: dict[str, Any]
) -> None:
    check(ask(fs.url("ok"), "hi", *args), code=0, servers=[fs])
    body = fs.requests[0].json()
    assert {name: body.get(name, "missing") for name in expected} == expected


def test_nothing_is_sent_that_was_not_asked_for(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok", base="models")), code=0, servers=[fs])
    messages = [{"role": "user", "content": "hi"}]
    assert fs.requests[0].json() == {"messages": messages, "model": "m", "stream": True}


@pytest.mark.parametrize("name", ["gpt-5", "gpt5", "o3", "o4-mini", "my-o1", "team/gpt-6-astra"])
def test_openai_reasoning_models_get_max_completion_tokens(
    fs: FaultServer, ask: Ask, name: str
) -> None:
    check(ask(fs.url("ok"), "hi", "-m", name, "--max-tokens", "9"), code=0)
    body = fs.requests[0].json()
    assert (body.get("max_completion_tokens"), body.get("max_tokens")) == (9, None)


@pytest.mark.parametrize("name", ["DeepSeek-R1", "gpt-4o", "gpt-4.1", "Phi-4-reasoning", "turbo1"])
def test_other_models_get_max_tokens(fs: FaultServer, ask: Ask, name: str) -> None:
    check(ask(fs.url("ok"), "hi", "-m", name, "--max-tokens", "9"), code=0)
    assert fs.requests[0].json()["max_tokens"] == 9


@pytest.mark.parametrize(
    ("base", "args", "header"),
    [
        ("models", ["-o", "safe_mode=true"], "pass-through"),
        ("models", [], None),
        ("models", ["--temperature", "1", "--json-mode", "-o", "seed=1"], None),
        ("v1", ["-o", "safe_mode=true"], None),
        ("openai/v1", ["-o", "safe_mode=true"], None),
        ("openai/deployments/m", ["-o", "safe_mode=true"], None),
    ],
)
def test_extra_parameters_are_announced_on_the_inference_route_only(
    fs: FaultServer, ask: Ask, base: str, args: list[str], header: str | None
) -> None:
    check(ask(fs.url("ok", base=base), "hi", *args), code=0, servers=[fs])
    assert fs.requests[0].header("extra-parameters") == header


def test_a_system_message_comes_first(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "hi", "-s", "Be brief."), code=0)
    assert [m["role"] for m in fs.requests[0].json()["messages"]] == ["system", "user"]
    assert content(fs, "system") == "Be brief."


def test_a_system_message_can_be_a_file(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "system.md").write_text("Du bist höflich.\n", encoding="utf-8")
    check(ask(fs.url("ok"), "hi", "--system", "@system.md"), code=0)
    assert content(fs, "system").rstrip() == "Du bist höflich."


@pytest.mark.parametrize("name", ["missing", "", "folder", "binary", "a\x1b[31m"], ids=repr)
def test_a_system_file_that_is_no_text_is_an_input_error(
    fs: FaultServer, ask: Ask, home: Path, name: str
) -> None:
    (home / "folder").mkdir(0o700)
    (home / "binary").write_bytes(b"\x00\xff\xfe")
    check(ask(fs.url("ok"), "hi", "-s", f"@{name}"), code=5, servers=[fs])
    assert not fs.requests


def test_no_stream_asks_for_one_reply_and_shows_the_same(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "hi", "--no-stream")
    check(result, code=0, servers=[fs])
    assert result.out == ANSWER
    assert "stream" not in fs.requests[0].json()
    assert fs.requests[0].header("accept") == "application/json"


@pytest.mark.parametrize("args", [["--no-stream"], []], ids=["whole", "stream"])
def test_thinking_is_apart_whether_streamed_or_not(
    fs: FaultServer, ask: Ask, args: list[str]
) -> None:
    result = ask(fs.url("think"), "hi", "--json", *args)
    check(result, code=0)
    reply = json.loads(result.out)
    assert (reply["answer"], reply["reasoning"].strip()) == (ANSWER.strip(), THOUGHT)


def test_the_endpoint_and_the_api_version_can_be_flags(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("ok", base="models")
    args = ("hi", "--endpoint", url, "--api-version", "2030-01-01")
    check(ask("http://127.0.0.1:9/v1", *args), code=0)
    assert fs.requests[0].path.endswith("/models/chat/completions?api-version=2030-01-01")


# -- thinking --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ([], ""),
        (["--thinking", "auto"], ""),
        (["--thinking", "live"], THOUGHT),
        (["--thinking", "stderr"], THOUGHT),
        (["--thinking", "summary"], "Thought for"),
        (["--thinking", "hide"], ""),
        *[([flag], "") for flag in ("-R", "--hide-thinking", "--hide-reasoning", "--hidethinking")],
        (["--thinking", "live", "-R"], ""),
    ],
)
def test_in_a_pipe_thinking_is_on_stderr_if_it_is_wanted(
    fs: FaultServer, ask: Ask, args: list[str], shown: str
) -> None:
    result = ask(fs.url("think"), "hi", *args)
    check(result, code=0, chatter=True)
    assert result.out == ANSWER
    assert shown in result.err
    assert bool(result.err) == bool(shown)


@pytest.mark.parametrize(
    ("args", "thought", "summary"),
    [
        ([], False, True),
        (["--thinking", "live"], True, True),
        (["--thinking", "summary"], False, True),
        (["--thinking", "hide"], False, False),
        (["-R"], False, False),
    ],
    ids=str,
)
def test_on_a_terminal_thinking_stands_above_the_answer(
    fs: FaultServer, ask: Ask, args: list[str], thought: bool, summary: bool
) -> None:
    result = ask(fs.url("think"), "hi", *args, tty=True)
    check(result, code=0)
    screen = "\n".join(result.screen)
    assert (THOUGHT in screen, "Thought for" in screen) == (thought, summary)
    assert ANSWER.strip() in screen


def test_thinking_is_dim_on_a_terminal(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), tty=True)
    check(result, code=0)
    assert b"\x1b[2m" in result.terminal


@pytest.mark.parametrize(
    ("args", "env"),
    [
        (["--plain"], {}),
        (["--color", "never"], {}),
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
        ([], {"TERM": None}),
        ([], {"ACCESSIBLE": "1"}),
    ],
    ids=str,
)
def test_a_terminal_gets_no_codes_when_they_are_not_wanted(
    fs: FaultServer, ask: Ask, args: list[str], env: dict[str, Any]
) -> None:
    result = ask(fs.url("think"), "hi", *args, tty=True, env=env)
    check(result, code=0)
    assert b"\x1b" not in result.terminal


def test_colour_can_be_forced_into_a_pipe(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), "hi", "--thinking", "live", "--color", "always")
    check(result, code=0, allow=[r"\x1b\[\d+m"])
    assert "\x1b[2m" in result.err
    assert result.out == ANSWER


def test_thinking_goes_to_a_private_file_and_not_into_the_answer(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    result = ask(fs.url("think"), "hi", "--thinking-file", "thoughts.txt")
    check(result, code=0)
    assert (home / "thoughts.txt").read_text().strip() == THOUGHT
    assert result.out == ANSWER


def test_thinking_without_an_opening_tag_reaches_the_file_too(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    check(ask(fs.url("think", implicit=1), "hi", "--thinking-file", "thoughts.txt"), code=0)
    assert (home / "thoughts.txt").read_text().strip() == THOUGHT


def test_a_model_that_thinks_without_a_tag_is_told_twice_and_then_remembered(
    fs: FaultServer, ask: Ask
) -> None:
    first, second = ask(fs.url("think", implicit=1)), ask(fs.url("think", implicit=1))
    check(first, code=0)
    assert first.err == second.err != ""
    third = ask(fs.url("think", implicit=1))
    check(third, code=0)
    assert (third.out, third.err) == (ANSWER, "")


def test_reasoning_implicit_holds_the_pipe_back_from_the_start(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1), "hi", "--reasoning", "implicit")
    check(result, code=0)
    assert (result.out, result.err) == (ANSWER, "")


def test_reasoning_none_leaves_the_tags_in_the_text(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), "hi", "--reasoning", "none")
    check(result, code=0)
    assert result.out.startswith("<think>")


# -- usage, quiet ----------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["-u", "--usage"])
def test_usage_is_one_line_on_stderr(fs: FaultServer, ask: Ask, flag: str) -> None:
    result = ask(fs.url("ok"), "hi", flag)
    check(result, code=0)
    assert result.out == ANSWER
    told = r"fault-model · 11 prompt \+ 10 completion = 21 tokens · .*total \d+\.\d s"
    assert re.search(told, result.err)
    assert len(result.err.splitlines()) == 1


def test_quiet_says_nothing_but_errors(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("flaky", rams=1)
    result = ask(url, "-q", "hi", "--thinking", "summary")
    check(result, code=0, servers=[fs])
    assert result.err == ""
    broken = ask(fs.url("miderror"), "hi", "-q")
    check(broken, code=8)


def test_quiet_shows_no_thinking_on_a_terminal(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), "hi", "-q", tty=True)
    check(result, code=0)
    assert "".join(result.screen) == ANSWER.strip()


# -- --output --------------------------------------------------------------------------


def test_output_writes_the_answer_to_a_private_file_alone(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    result = ask(fs.url("think"), "hi", "--output", "answer.md")
    check(result, code=0)
    assert (home / "answer.md").read_text() == ANSWER
    assert (result.out, result.err) == ("", "")
    assert not (home / "answer.md.partial").exists()


def test_an_incomplete_answer_leaves_the_old_file_and_goes_beside_it(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    (home / "answer.md").write_text("the old one")
    result = ask(fs.url("cut"), "hi", "--output", "answer.md")
    check(result, code=8)
    assert (home / "answer.md").read_text() == "the old one"
    assert (home / "answer.md.partial").read_text() == ANSWER
    assert "answer.md.partial" in result.err


def test_a_request_that_fails_leaves_no_file_behind(fs: FaultServer, ask: Ask, home: Path) -> None:
    check(ask(fs.url("httperr", status=401), "hi", "--output", "answer.md"), code=4)
    assert not list(home.glob("answer*"))


def test_while_it_runs_only_the_partial_file_is_there(fs: FaultServer, home: Path) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("infinite", ms=20)}
    partial = home / "a.partial"
    with Session("ask", "hi", "--output", "a", home=home, env=env, tty=False) as session:
        session.wait_until(lambda: partial.exists() and "tok2" in partial.read_text())
        assert not (home / "a").exists()
        session.interrupt()
        check(session.finish(), code=130)


@pytest.mark.parametrize("path", ["folder", "missing/a", "pipe", "a\nb/c", "circle"], ids=repr)
def test_an_output_that_cannot_be_written_is_told_before_the_request(
    fs: FaultServer, ask: Ask, home: Path, path: str
) -> None:
    (home / "folder").mkdir(0o700)
    os.mkfifo(home / "pipe", 0o600)  # as a device, it must not be replaced by a file
    (home / "circle").symlink_to("circle")
    check(ask(fs.url("ok"), "hi", "--output", path), code=9, servers=[fs])
    assert (home / "pipe").is_fifo()
    assert not fs.requests


def test_a_link_where_the_partial_output_goes_is_not_followed(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    (home / "other").write_text("precious")
    (home / "a.partial").symlink_to("other")
    check(ask(fs.url("ok"), "hi", "--output", "a"), code=0, servers=[fs])
    assert (home / "other").read_text() == "precious"
    assert (home / "a").read_text() == ANSWER


def test_json_can_go_to_a_file(fs: FaultServer, ask: Ask, home: Path) -> None:
    check(ask(fs.url("ok"), "hi", "--json", "--output", "a.json"), code=0)
    assert json.loads((home / "a.json").read_text())["answer"] == ANSWER.strip()


# -- JSON ------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["--json"], ["--output-format", "json"]], ids=str)
def test_json_is_one_object_with_everything(fs: FaultServer, ask: Ask, args: list[str]) -> None:
    result = ask(fs.url("think"), "hi", *args)
    check(result, code=0)
    reply = json.loads(result.out)
    assert reply["complete"] is True
    assert reply["error"] is None
    assert (reply["answer"], reply["reasoning"].strip()) == (text_of(), THOUGHT)
    assert (reply["model"], reply["finish_reason"]) == ("fault-model", "stop")
    assert result.out.count("\n") == 1


@pytest.mark.parametrize(
    ("scenario", "parameters", "code", "kind", "retryable"),
    [
        ("httperr", {"status": 401}, 4, "auth", False),
        ("httperr", {"status": 404}, 7, "service", False),
        ("httperr", {"status": 429, "ra": 3600}, 7, "service", True),
        ("cut", {}, 8, "incomplete", True),
        ("length", {}, 8, "incomplete", False),
    ],
)
def test_an_error_stands_in_the_json_and_on_stderr(
    fs: FaultServer,
    ask: Ask,
    scenario: str,
    parameters: dict[str, Any],
    code: int,
    kind: str,
    retryable: bool,
) -> None:
    result = ask(fs.url(scenario, **parameters), "hi", "--json")
    check(result, code=code, servers=[fs])
    reply = json.loads(result.out)
    error = reply["error"]
    assert (reply["complete"], error["class"], error["retryable"]) == (False, kind, retryable)
    assert error["http_status"] == parameters.get("status")
    assert error["message"] in result.err
    assert error["hint"]


def test_an_error_in_json_has_the_services_code_and_request_id(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("httperr", status=429, ra=3600, code="TooMany"), "hi", "--json")
    check(result, code=7)
    error = json.loads(result.out)["error"]
    assert (error["code"], error["request_id"]) == ("TooMany", "req-fault-0001")
    assert error["retry_after"] == 3600


@pytest.mark.parametrize("form", ["json", "stream-json"])
@pytest.mark.parametrize(
    ("args", "env", "code"),
    [
        (["hi"], {"AZURE_INFERENCE_ENDPOINT": None}, 3),
        ([""], {}, 2),
        (["hi", "--profile", "none"], {}, 3),
        (["hi", "-s", "@missing"], {}, 5),
    ],
    ids=["no endpoint", "no prompt", "no profile", "no file"],
)
def test_errors_before_the_request_stand_in_the_json_too(
    fs: FaultServer, ask: Ask, form: str, args: list[str], env: dict[str, Any], code: int
) -> None:
    result = ask(fs.url("ok"), *args, "--output-format", form, env=env)
    check(result, code=code)
    assert events(result)[-1]["error"]["message"] in result.err


def test_stream_json_is_one_event_a_line_in_order(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think"), "hi", "--output-format", "stream-json")
    check(result, code=0)
    told = events(result)
    kinds = [event["type"] for event in told]
    assert (kinds[0], kinds[-1]) == ("request_sent", "turn_finished")
    assert kinds.index("reasoning_delta") < kinds.index("text_delta")
    assert "usage_reported" in kinds
    assert "".join(e["text"] for e in told if e["type"] == "text_delta") == text_of()
    times = [event["at"] for event in told if "at" in event]
    assert times == sorted(times)
    assert times[0] == 0


def test_stream_json_ends_a_broken_answer_with_an_error_event(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("miderror"), "hi", "--output-format", "stream-json")
    check(result, code=8)
    *_, before, last = events(result)
    assert before["type"] == "turn_interrupted"
    assert last["type"] == "error"
    assert last["error"]["class"] == "incomplete"


def test_stream_json_tells_that_text_turned_out_to_be_thinking(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1), "hi", "--output-format", "stream-json")
    check(result, code=0)
    assert [e["to"] for e in events(result) if e["type"] == "relabelled"] == ["reasoning"]


def test_json_has_relabelled_thinking_in_its_place(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("think", implicit=1), "hi", "--json")
    check(result, code=0)
    reply = json.loads(result.out)
    assert (reply["answer"], reply["reasoning"].strip()) == (text_of(), THOUGHT)


@pytest.mark.parametrize("form", ["json", "stream-json"])
def test_json_is_one_line_of_utf8_whatever_the_answer(fs: FaultServer, ask: Ask, form: str) -> None:
    text = 'é 漢\u2028"\\\x1b]0;x\x07\x85\n'
    result = ask(fs.url("text", text=text), "hi", "--output-format", form)
    check(result, code=0)
    lines = [json.loads(line) for line in result.out_bytes.decode().split("\n")[:-1]]
    said = lines[0].get("answer") or "".join(e.get("text", "") for e in lines)
    assert said.rstrip() == text.rstrip()


# -- dry run, record, replay -----------------------------------------------------------


@pytest.mark.parametrize("base", ["v1", "models", "openai/v1"])
def test_a_dry_run_shows_the_request_with_the_key_masked_and_sends_nothing(
    fs: FaultServer, ask: Ask, base: str
) -> None:
    result = ask(fs.url("ok", base=base), "hi", "--dry-run", "--seed", "5")
    check(result, code=0, servers=[fs])
    head, _, body = result.out.partition("\n\n")
    assert head.startswith(f"POST /ok/{base}/chat/completions")
    assert "*** (from AZURE_INFERENCE_CREDENTIAL)" in head
    assert json.loads(body)["seed"] == 5
    assert not fs.connections


def test_a_dry_run_shows_the_body_that_is_then_sent(fs: FaultServer, ask: Ask) -> None:
    args = ("hi", "-s", "Be brief.", "-o", "k=1", "--json-mode", "--effort", "low")
    dry = ask(fs.url("ok"), *args, "--dry-run", stdin="piped")
    check(dry, code=0)
    check(ask(fs.url("ok"), *args, stdin="piped"), code=0)
    assert json.loads(dry.out.partition("\n\n")[2]) == fs.requests[0].json()


@pytest.mark.parametrize("args", [[], ["--json"], ["--thinking", "live"], ["-u"]], ids=str)
def test_a_recording_replays_to_the_same_output(fs: FaultServer, ask: Ask, args: list[str]) -> None:
    recorded = ask(fs.url("think"), "hi", "--record", "r.http", *args)
    check(recorded, code=0, servers=[fs], chatter=True)
    replayed = ask("http://127.0.0.1:9/v1", "hi", "--replay", "r.http", *args)
    check(replayed, code=0, chatter=True)
    kept = re.sub(r'"session": \{[^}]*\}', '"session": null', recorded.out)  # a replay is not saved
    assert _timeless(replayed) == _timeless(replace(recorded, out_bytes=kept.encode()))
    assert len(fs.requests) == 1


def _timeless(result: Result) -> str:
    return re.sub(r"\d+(\.\d+)?(e-?\d+)?( s| tokens/s)?", "#", result.out + result.err)


@pytest.mark.parametrize("scenario", ["miderror", "httperr"])
def test_a_recording_of_a_failure_fails_again_and_has_no_key(
    fs: FaultServer, ask: Ask, home: Path, scenario: str
) -> None:
    url = fs.url(scenario, msg="key {key} is bad")
    recorded = ask(url, "hi", "--record", "r.http", "--retries", "0")
    check(recorded, code=recorded.code, servers=[fs])
    assert "key *** is bad" in (home / "r.http").read_text()
    replayed = ask("", "hi", "--replay", "r.http", "--retries", "0")
    check(replayed, code=recorded.code)
    assert stat.S_IMODE((home / "r.http").stat().st_mode) == 0o600


def test_a_recording_of_a_key_cut_by_the_network_has_no_key(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    result = ask(fs.url("text", text=CANARY, split=1, ms=1), "hi", "--record", "r.http")
    assert result.code == 0
    assert CANARY.encode() not in (home / "r.http").read_bytes()


@pytest.mark.parametrize(("device", "code"), [("/dev/null", 0), ("/dev/full", 9)])
def test_a_recording_can_go_to_a_device(fs: FaultServer, ask: Ask, device: str, code: int) -> None:
    check(ask(fs.url("ok"), "hi", "--record", device), code=code, servers=[fs])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 8),
        (b"data: [DONE]\n\n", 8),
        (b"HTTP/1.1 500\r\n\r\n", 7),
        (b"\0\xff" * 99, 8),
        (None, 5),
    ],
    ids=["empty", "no answer", "an error", "binary", "missing"],
)
def test_what_is_no_good_recording_fails_in_words(
    ask: Ask, home: Path, content: bytes | None, code: int
) -> None:
    if content is not None:
        (home / "r").write_bytes(content)
    check(ask("http://127.0.0.1:9/v1", "hi", "--replay", "r", "--retries", "0"), code=code)


# -- time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "args", "code"),
    [
        ("noheader", ["--timeout", "0.5", "--retries", "0"], 6),
        ("stall", ["--idle-timeout", "0.5"], 8),
        ("dripcomment", ["--idle-timeout", "0.7"], 8),
        ("infinite", ["--max-time", "0.7"], 8),
    ],
)
def test_patience_ends_where_it_was_told_to(
    fs: FaultServer, ask: Ask, scenario: str, args: list[str], code: int
) -> None:
    result = ask(fs.url(scenario), "hi", *args, "--output", "a")
    check(result, code=code, limit_seconds=4)


def test_a_slow_answer_is_not_cut_by_the_timeout(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("slow", ms=150, n=10), "hi", "--timeout", "1")
    check(result, code=0)
    assert result.out == ANSWER


@pytest.mark.parametrize(("retries", "code", "asked"), [(0, 7, 1), (1, 7, 2), (2, 0, 3), (5, 0, 3)])
def test_a_refused_request_is_tried_again_as_often_as_told(
    fs: FaultServer, ask: Ask, retries: int, code: int, asked: int
) -> None:
    url = fs.url("flaky", fails=2, rams=1)
    result = ask(url, "hi", "--retries", str(retries))
    check(result, code=code, servers=[fs])
    assert len(fs.requests) == asked


# -- control characters ----------------------------------------------------------------


def test_a_pipe_gets_the_bytes_unless_they_shall_be_made_visible(fs: FaultServer, ask: Ask) -> None:
    text = "a\x1b[31mred\u202eb"
    raw = ask(fs.url("text", text=text))
    check(raw, code=0)
    assert raw.out == text + "\n"
    sane = ask(fs.url("text", text=text), "hi", "--sanitize")
    check(sane, code=0)
    assert sane.out == "a^[[31mred\\u{202E}b\n"


@pytest.mark.parametrize("args", [["--plain"], ["--color", "always"], []], ids=str)
def test_a_terminal_never_gets_what_acts_on_it(fs: FaultServer, ask: Ask, args: list[str]) -> None:
    result = ask(fs.url("text", text="a\x1b[31mred"), "hi", *args, tty=True)
    check(result, code=0)
    assert result.screen[0] == "a^[[31mred"
