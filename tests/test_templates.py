"""Templates: files with variables, ``--save``, and GitHub's ``.prompt.yml``."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.front_door import Result, azchat
from tests.oracles import check

REVIEW = """\
description = "Reviews a change"
system = "You review code in {{ lang }}."
prompt = '''
Review this, in {{lang}}:

{{input}}

Thanks.'''
model = "gpt-4o"
schema = "verdict, score int"

[variables]
lang = "English"

[parameters]
temperature = 0.2
max-tokens = 100
safe_mode = true
"""
YAML = """\
description: the same in YAML
system: "@you {{who}}"
prompt: Say hello.
variables: {who: nobody, n: 3}
parameters: {stop: [a, b]}
extract: last
"""
GITHUB = """\
name: Summarizer
description: Sums up
model: openai/gpt-4o-mini
modelParameters:
  temperature: 0.5
  maxTokens: 99
  topP: 1
messages:
  - role: system
    content: You sum up.
  - role: user
    content: "Long text"
  - role: assistant
    content: "Short"
  - role: user
    content: |
      Sum up the given text:
      {{input}}
testData:
  - input: x
evaluators:
  - name: y
    string: {contains: z}
"""


@pytest.fixture
def folder(home: Path) -> Path:
    result = azchat("templates", "path", home=home)
    path = Path(result.out.rstrip("\n"))
    path.mkdir(parents=True, mode=0o700)
    (path / "review.toml").write_text(REVIEW)
    (path / "hello.yaml").write_text(YAML)
    (path / "sum.prompt.yml").write_text(GITHUB)
    return path


def body(home: Path, *args: str, **more: object) -> dict[str, Any]:
    result = azchat("ask", "--demo", "--dry-run", *args, home=home, **more)  # type: ignore[arg-type]
    assert result.code == 0, result
    sent: dict[str, Any] = json.loads(result.out.partition("\n\n")[2])
    return sent


def texts(sent: dict[str, Any]) -> list[str]:
    return [message["content"] for message in sent["messages"]]


def test_a_template_brings_everything_that_it_says(home: Path, folder: Path) -> None:
    sent = body(home, "-t", "review", stdin="+ x = 1\n")
    assert texts(sent) == [
        "You review code in English.",
        "Review this, in English:\n\n+ x = 1\n\nThanks.",
    ]
    assert sent["response_format"]["json_schema"]["schema"]["required"] == ["verdict", "score"]
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("gpt-4o", 0.2, 100)
    assert sent["safe_mode"] is True


def test_flags_and_parameters_win(home: Path, folder: Path) -> None:
    args = ("-p", "lang=en {{input}}", "--temperature", "1", "-m", "x", "--schema", "a")
    sent = body(home, "-t", "review", *args, "-o", "safe_mode=false", "look")
    assert texts(sent)[0] == "You review code in en {{input}}."
    assert (sent["model"], sent["temperature"], sent["safe_mode"]) == ("x", 1.0, False)
    assert sent["response_format"]["json_schema"]["schema"]["required"] == ["a"]


@pytest.mark.parametrize(
    ("prompt", "given", "asked"),
    [
        ("{{a}} / {{input}}", ["-p", "a={{input}}"], "{{input}} / said"),
        ("{{a}} / {{b}}: {{input}}", ["-p", "a={{b}}", "-p", "b={{a}}"], "{{b}} / {{a}}: said"),
        ("{{a}}", ["-p", "a={{input}}"], "{{input}}\n\nsaid"),
        ("{{a}}", ["-p", "a={{a}} {{"], "{{a}} {{\n\nsaid"),
        ("{{input}} {{a}}", ["-p", "a=x", "-p", "input=mine"], "mine x\n\nsaid"),
        ("{{ input }}, {{input}} {{a}}", ["-p", "a=\\1"], "said, said \\1"),
    ],
)
def test_what_a_variable_brings_is_not_read_again(
    home: Path, folder: Path, prompt: str, given: list[str], asked: str
) -> None:
    (folder / "once.toml").write_text(f"prompt = '{prompt}'")
    assert texts(body(home, "-t", "once", *given, "said")) == [asked]


@pytest.mark.parametrize("said", ["{{lang}}", "{{input}}", "a {{ lang }} {{input}} b"])
def test_what_was_asked_is_no_template(home: Path, folder: Path, said: str) -> None:
    sent = body(home, "-t", "review", said)
    assert texts(sent)[1] == f"Review this, in English:\n\n{said}\n\nThanks."


def test_a_variable_names_no_file(home: Path, folder: Path) -> None:
    (folder / "by.toml").write_text("system = '{{who}}'\nprompt = 'Hi'")
    assert texts(body(home, "-t", "by", "-p", "who=@@by.toml"))[0].strip() == "@by.toml"
    (home / "who.txt").write_text("@by.toml")
    assert texts(body(home, "-t", "by", "-p", "who=@who.txt"))[0].strip() == "@by.toml"


def test_without_a_place_for_the_input_it_follows(home: Path, folder: Path) -> None:
    sent = body(home, "-t", "hello", "In French.", stdin="a file")
    assert texts(sent) == [" @you nobody", "Say hello.\n\nIn French.\n\n```\na file\n```"]
    assert sent["stop"] == ["a", "b"]
    assert texts(body(home, "-t", "hello"))[1] == "Say hello."


def test_a_github_prompt_is_read_as_it_is(home: Path, folder: Path) -> None:
    sent = body(home, "-t", "sum", "A whole book.")
    assert [(m["role"], m["content"]) for m in sent["messages"]] == [
        ("system", "You sum up."),
        ("user", "Long text"),
        ("assistant", "Short"),
        ("user", "Sum up the given text:\nA whole book.\n"),
    ]
    assert (sent["model"], sent["temperature"]) == ("gpt-4o-mini", 0.5)
    assert (sent["max_tokens"], sent["top_p"]) == (99, 1.0)


def test_a_github_prompt_can_ask_for_a_schema(home: Path) -> None:
    schema = {"name": "s", "strict": True, "schema": {"type": "object", "required": ["a"]}}
    lines = [
        "messages: [{role: user, content: hi}]",
        "responseFormat: json_schema",
        f"jsonSchema: '{json.dumps(schema)}'",
    ]
    (home / "a.prompt.yml").write_text("\n".join(lines))
    sent = body(home, "-t", "./a.prompt.yml")
    assert sent["response_format"]["json_schema"] == schema


DATES = """\
prompt: What happened on {{day}}?
variables: {day: 1969-07-20}
parameters: {since: 2024-01-01}
schema: {type: object, properties: {day: {type: string, default: 2024-01-01}}}
"""


def test_a_date_of_yaml_or_toml_is_text(home: Path, folder: Path) -> None:
    (folder / "dates.yaml").write_text(DATES)
    (folder / "times.toml").write_text('prompt = "{{at}}"\nvariables.at = 2024-01-02T03:04:05Z')
    sent = body(home, "-t", "dates")
    assert texts(sent) == ["What happened on 1969-07-20?"]
    assert sent["since"] == "2024-01-01"
    schema = sent["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["day"]["default"] == "2024-01-01"
    assert texts(body(home, "-t", "times")) == ["2024-01-02T03:04:05+00:00"]


def test_a_path_is_a_template_too(home: Path) -> None:
    (home / "x.toml").write_text('prompt = "from a file"')
    assert texts(body(home, "-t", "x.toml")) == ["from a file"]


def test_a_template_runs(home: Path, folder: Path) -> None:
    result = azchat("ask", "--demo", "-t", "review", "x", home=home)
    check(result, code=0, made=[folder, *folder.iterdir(), folder.parent])
    assert json.loads(result.out) == {"verdict": "demo", "score": 0}


@pytest.mark.parametrize(
    ("args", "code", "what"),
    [
        (["-t", "reviw"], 5, "did you mean review"),
        (["-t", "none/such.toml"], 5, "cannot read none/such.toml"),
        (["-t", "review", "-p", "langg=x"], 2, "no variable 'langg'"),
        (["-t", "need"], 2, "template need needs who"),
        (["-t", "wrong"], 5, "no field 'promt'"),
        (["-t", "broken"], 5, "is no TOML"),
        (["-t", "broken.yaml"], 5, "is no YAML"),
        (["-t", "list"], 5, "it has no fields"),
        (["-t", "../x"], 5, "cannot read ../x"),
        (["-t", "a b"], 2, "cannot be called"),
        (["-t", "hot"], 2, "temperature"),
        (["-p", "a=b"], 2, "name the template"),
        (["-t", "review", "-p", "a"], 2, "is not key=value"),
        (["-t", "bytes"], 5, "has a value that is no JSON: b'hi'"),
        (["-t", "endless"], 5, "an alias (*name) is not allowed"),
        (["-t", "infinite"], 5, "has a value that is no JSON: Out of range"),
    ],
)
def test_what_is_wrong_is_told(
    home: Path, folder: Path, args: list[str], code: int, what: str
) -> None:
    (folder / "need.toml").write_text('prompt = "{{who}}: {{input}}"')
    (folder / "wrong.toml").write_text('promt = "x"')
    (folder / "broken.toml").write_text("= x")
    (home / "broken.yaml").write_text("a: [")
    (folder / "list.yml").write_text("- a")
    (folder / "bytes.yml").write_text("parameters: {x: !!binary aGk=}")
    (folder / "endless.yml").write_text("parameters: &a {x: *a}")
    (folder / "infinite.toml").write_text("parameters.x = inf")
    (folder / "hot.toml").write_text('[parameters]\ntemperature = "hot"')
    result = azchat("ask", "--demo", "--dry-run", "hi", *args, home=home)
    assert result.code == code
    assert what in result.err


# -- azchat templates ------------------------------------------------------------------


def run(home: Path, *args: str, **more: object) -> Result:
    return azchat("templates", *args, home=home, **more)  # type: ignore[arg-type]


def test_the_list_has_names_and_descriptions(home: Path, folder: Path) -> None:
    (folder / "broken.toml").write_text("= x")
    (folder / "notes.txt").write_text("no template")
    lines = [line.split("\t") for line in run(home, "list").out.splitlines()]
    assert [line[0] for line in lines] == ["broken", "hello", "review", "sum"]
    assert lines[2][1] == "Reviews a change"
    assert "is no TOML" in lines[0][1]
    assert [one["name"] for one in json.loads(run(home, "list", "--json").out)][1] == "hello"


def test_no_templates_are_an_empty_list(home: Path) -> None:
    result = run(home, "list")
    check(result, code=0)
    assert result.out == ""


def test_show_prints_the_file(home: Path, folder: Path) -> None:
    assert run(home, "show", "review").out == REVIEW
    check(run(home, "show", "none"), code=5, made=[folder, *folder.iterdir(), folder.parent])


def test_edit_opens_the_editor_on_a_new_file(home: Path) -> None:
    env = {"EDITOR": "sed -i s/careful/ruthless/"}
    result = run(home, "edit", "mine", env=env)
    check(result, code=0)
    assert texts(body(home, "-t", "mine", "x"))[0] == "You are a ruthless reviewer."


@pytest.mark.parametrize(
    ("editor", "code", "what"),
    [
        ("no-such-editor", 9, "cannot start no-such-editor"),
        ("false", 9, "false ended with 1"),
        ("sed -i 1i=", 5, "is no TOML"),
    ],
)
def test_an_edit_that_fails_is_told(home: Path, editor: str, code: int, what: str) -> None:
    result = run(home, "edit", "mine", env={"VISUAL": editor})
    check(result, code=code)
    assert what in result.err


def test_the_name_to_edit_has_no_ending(home: Path) -> None:
    result = run(home, "edit", "mine.toml", env={"VISUAL": "true"})
    check(result, code=2)
    assert "leave out the ending" in result.err


# -- --save ----------------------------------------------------------------------------


def test_save_keeps_the_flags_and_asks_nothing(home: Path) -> None:
    (home / "sys.md").write_text("You are\nkind.\n")
    args = ("--temperature", "0.5", "--stop", "a", "-o", "x=[1, null]", "--effort", "low")
    more = ("--schema", "a, b int", "--schema-multi", "-x", "-m", "gpt-4o", "-s", "@sys.md")
    result = azchat("ask", "--save", "mine", *args, *more, "Do {{what}}: {{input}}", home=home)
    check(result, code=0, made=[home / "sys.md"])
    assert (result.out, "saved as template mine" in result.err) == ("", True)
    (home / "sys.md").unlink()
    sent = body(home, "-t", "mine", "-p", "what=it", "now")
    assert texts(sent) == ["You are\nkind.\n", "Do it: now"]
    assert (sent["model"], sent["temperature"], sent["stop"]) == ("gpt-4o", 0.5, ["a"])
    assert (sent["reasoning_effort"], sent["x"]) == ("low", [1])
    items = sent["response_format"]["json_schema"]["schema"]["properties"]["items"]
    assert items["items"]["required"] == ["a", "b"]


def test_save_adds_to_a_template(home: Path, folder: Path) -> None:
    result = azchat("ask", "-t", "review", "--save", "strict", "--temperature", "0", home=home)
    assert result.code == 0, result
    sent = body(home, "-t", "strict", "y")
    assert sent["temperature"] == 0.0
    assert texts(sent)[1] == "Review this, in English:\n\ny\n\nThanks."


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["--save", "../x", "hi"], "cannot be called"),
        (["--save", "x.yml", "hi"], "leave out the ending"),
        (["--save", "x"], "nothing to save"),
    ],
)
def test_a_save_that_makes_no_sense_is_a_usage_error(
    home: Path, args: list[str], what: str
) -> None:
    result = azchat("ask", *args, home=home)
    check(result, code=2)
    assert what in result.err


def test_code_takes_templates(home: Path, folder: Path) -> None:
    result = azchat("code", "-t", "hello", home=home)
    assert 'SystemMessage(content=" @you nobody")' in result.out


def test_a_template_may_name_tools_and_saving_keeps_them(home: Path) -> None:
    saved = azchat("ask", "--save", "sums", "-T", "calculate", "Add up: {{input}}", home=home)
    check(saved, code=0)
    shown = azchat("ask", "--demo", "-t", "sums", "1 and 2", "--dry-run", home=home)
    check(shown, code=0)
    assert '"name": "calculate"' in shown.out
