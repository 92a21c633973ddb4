"""``azchat sessions export``: where it goes, and what Markdown and JSON it is."""

import json
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from azchat import export
from azchat.export.json import to_json
from azchat.messages import File, Image, Message, Part, Reasoning, Text, ToolCall, ToolResult, Usage
from azchat.sessions import SavedSession, SavedTurn, SessionInfo
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions

HOSTILE = "\x1b[31mred\x1b[0m \u202eesrever </details> ```\n````\n~~~ <script>alert(1)</script>"


# -- where it goes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("a.md", "# Why?"),
        ("a.MARKDOWN", "# Why?"),
        ("a.html", "<!DOCTYPE html>"),
        ("a.json", '{\n  "version": 1,'),
    ],
)
def test_the_ending_of_the_file_says_how(
    say: Say, sessions: Sessions, home: Path, name: str, begin: str
) -> None:
    say("Why?", "one")
    result = sessions("export", "--output", name)
    check(result, code=0)
    assert (result.out, result.err) == ("", "")
    assert (home / name).read_text().startswith(begin)
    assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert not list(home.glob("*.partial"))


def test_a_named_format_outranks_the_ending(say: Say, sessions: Sessions, home: Path) -> None:
    say("Why?", "one")
    check(sessions("export", "1", "--format", "json", "--output", "a.md"), code=0)
    assert json.loads((home / "a.md").read_text())["version"] == 1


@pytest.mark.parametrize("name", ["a.txt", "a", ".md", "a.md.bak"])
def test_an_ending_that_says_nothing_is_refused(
    say: Say, sessions: Sessions, home: Path, name: str
) -> None:
    say("Why?", "one")
    check(sessions("export", "--output", name), code=2)
    assert not (home / name).exists()


def test_a_file_that_cannot_be_written_is_a_local_error(
    say: Say, sessions: Sessions, home: Path
) -> None:
    say("Why?", "one")
    (home / "kept.md").write_text("mine")
    for name in ("none/a.md", "tmp/", "/dev/full"):
        check(sessions("export", "--format", "md", "--output", name), code=9)
    assert (home / "kept.md").read_text() == "mine"


def test_stdout_is_no_file_to_write(say: Say, sessions: Sessions) -> None:
    say("Why?", "So.")
    result = sessions("export", "--output", "/dev/stdout", "--format", "md")
    check(result, code=9)
    assert "/dev/stdout is no regular file" in result.err


def test_stdout_gets_markdown_unless_told(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    assert sessions("export").out == sessions("export", "--format", "md").out
    assert sessions("export").out.startswith("# Why?\n\nSession 1 · m · ")


# -- Markdown ------------------------------------------------------------------------------


def headings(document: str) -> list[str]:
    """Return the headings of the highest two levels, HTML being allowed."""
    tokens = MarkdownIt("commonmark").parse(document)
    places = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    return [tokens[i + 1].content for i in places if tokens[i].level == 0]


def test_markdown_has_the_words_as_they_were_said(say: Say, sessions: Sessions) -> None:
    say("Why *so*?", "- one\n\n```py\nx = 1\n```", thinking="first\n\n```\nfence\n```")
    text = sessions("export").out.split("\n\n", 2)[2]
    assert text == (
        "## You\n\nWhy *so*?\n\n## fault-model\n\n"
        "<details><summary>Thought for 0.0 s</summary>\n\n"
        "````text\nfirst\n\n```\nfence\n```\n````\n\n</details>\n\n"
        "- one\n\n```py\nx = 1\n```\n"
    )


def test_thinking_does_not_get_out_of_its_fold(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", thinking=HOSTILE)
    result = sessions("export")
    assert f"`````text\n{HOSTILE}\n`````\n\n</details>" in result.out
    assert headings(result.out) == ["Why?", "You", "fault-model"]


@pytest.mark.parametrize(
    "answer",
    [
        "```py\nx = 1",
        "~~~~\nx\n~~~",
        "<!-- comment",
        "<script>\nx",
        "<PRE>\n\nx",
        "<?php\n\nx",
        "<![CDATA[ x",
        "<!DOCTYPE\n\nx",
        "- item\n  ```\n  in it",
        "- ```\n  a\n  ```",
        "> ```\n> quoted",
        "    code",
        "text\n===",
        "| a |\n|---|",
        "<div>\nx",
        "[x]:",
        "# head",
    ],
)
def test_an_answer_that_was_cut_does_not_swallow_the_next_turn(
    say: Say, sessions: Sessions, answer: str
) -> None:
    say("Why?", answer)
    say("How?", "two", "-c")
    found = [heading for heading in headings(sessions("export").out) if heading in ("You", "m")]
    assert found.count("You") == 2


@pytest.mark.parametrize("title", ["# *a* [b](c) <d>", "`x` &amp; | ~~y~~ $z$ \\*", "1. __a__"])
def test_a_title_is_no_markdown(say: Say, sessions: Sessions, title: str) -> None:
    say(title, "one")
    heading = MarkdownIt("commonmark").parse(sessions("export").out)[1]
    assert "".join(piece.content for piece in heading.children or ()) == title


def test_incomplete_turns_are_marked(say: Say, sessions: Sessions) -> None:
    say("Why?", "Beca", finish="length", code=8)
    assert "Beca\n\n> **incomplete: " in sessions("export").out


def test_a_system_message_is_told_once(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "-s", "Be brief.")
    say("How?", "two", "-c")
    assert sessions("export").out.count("Be brief.") == 1


def test_an_export_is_exact(say: Say, sessions: Sessions) -> None:
    say(HOSTILE, f"answer {HOSTILE}")
    assert f"## You\n\n{HOSTILE}" in sessions("export").out
    assert f"\n\nanswer {HOSTILE}" in sessions("export").out


# -- JSON ------------------------------------------------------------------------------------


def test_json_has_everything(say: Say, sessions: Sessions) -> None:
    say("Why?", "one", "--session", "notes", "--seed", "7", thinking="hm")
    document = json.loads(sessions("export", "--format", "json").out)
    assert document["session"]["ref"] == "notes"
    (turn,) = document["turns"]
    assert turn["messages"] == [
        {"role": "user", "parts": [{"text": "Why?", "type": "text"}]},
        {
            "role": "assistant",
            "parts": [
                {"text": "hm", "type": "reasoning"},
                {"text": "one", "type": "text"},
            ],
        },
    ]
    assert (turn["state"], turn["reason"], turn["settings"]["seed"]) == ("complete", None, 7)


def from_json(text: str) -> SavedSession:
    """Return the session that ``to_json`` wrote."""

    def began(data: dict[str, Any]) -> float:
        return datetime.fromisoformat(data["began"]).timestamp()

    def turn(data: dict[str, Any]) -> SavedTurn:
        usage = data["usage"] and Usage(*(data["usage"][f"{n}_tokens"] for n in Usage._fields))
        messages = tuple(map(Message.from_dict, data["messages"]))
        read: dict[str, Any] = {"id": 0, "began": began(data), "usage": usage, "messages": messages}
        fields: dict[str, Any] = {
            name: read.get(name, data.get(name)) for name in SavedTurn._fields
        }
        return SavedTurn(**fields)

    document = json.loads(text)
    head = document["session"]
    times = {"began": began(head), "updated": datetime.fromisoformat(head["updated"]).timestamp()}
    info = SessionInfo(**{name: head[name] for name in SessionInfo._fields} | times)
    return SavedSession(info, tuple(map(turn, document["turns"])))


def test_json_comes_back_as_the_same_session(say: Say, sessions: Sessions) -> None:
    say(HOSTILE, f"answer {HOSTILE}", thinking=HOSTILE)
    say("How?", "Beca", "-c", finish=None, code=8)
    text = sessions("export", "--format", "json").out
    session = from_json(text)
    assert to_json(session) == text
    assert session.turns[0].answer == f"answer {HOSTILE}"
    assert session.turns[1].state == "incomplete"
    schema = Path(export.__file__).with_name("session.schema.json").read_text()
    Draft202012Validator(json.loads(schema)).validate(json.loads(text))


PARTS: list[Part] = [
    *(Text("a"), Reasoning("b"), Image("https://a.test/c.png"), File("d", "e", "data:,f")),
    *(ToolCall("1", "g", "{}"), ToolResult("1", "h")),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.type)
def test_the_schema_tells_each_part(part: Part) -> None:
    schema = json.loads(Path(export.__file__).with_name("session.schema.json").read_text())
    told = Draft202012Validator({"$ref": "#/$defs/part", "$defs": schema["$defs"]})
    told.validate(part._asdict())
    assert not told.is_valid(part._asdict() | {"type": "another"})
