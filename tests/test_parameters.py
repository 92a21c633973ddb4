"""A request's parameter is told once, in the table, and is whole everywhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from azchat.cli.options import ASK, CHAT
from azchat.conversation import Conversation, ModelSettings
from azchat.dialects.asked import Repair
from azchat.messages import Message, Text
from azchat.parameters import PARAMETERS
from azchat.settings.specs import KEPT, SETTABLE, SPECS
from azchat.wire.status import Destination, http_error
from tests.dialects.bodies import build_body, find_repair
from tests.front_door import azchat
from tests.oracles import check

# Those that were added to the table alone, each with a value, as it is typed and as it is sent.
ADDED = [("top_k", "40", 40), ("verbosity", "low", "low")]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "78da63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
added = pytest.mark.parametrize(("name", "typed", "sent"), ADDED)


def shown(*args: str, home: Path, **more: Any) -> dict[str, Any]:
    """Return the body that a command would send."""
    result = azchat(*args, "--demo", "--dry-run", home=home, **more)
    check(result, code=0)
    body: dict[str, Any] = json.loads(result.out.partition("\n\n")[2])
    return body


def refused(name: str, said: str, value: Any) -> Repair | None:
    """Return what becomes of a body whose parameter was refused."""
    reply = json.dumps({"error": {"message": said, "param": name}}).encode()
    body = {"messages": [{"role": "user", "content": "hi"}], "model": "m", name: value}
    return find_repair(http_error(400, {}, reply, destination=Destination("host")), body)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_whole(name: str) -> None:
    spec = PARAMETERS[name]
    assert spec is SPECS[name]
    assert spec.flags.split()[0] == f"--{name.replace('_', '-')}"
    assert spec.help
    assert name in ASK
    assert name in CHAT
    assert name in SETTABLE
    assert name in KEPT
    assert {"session", "chat", "template"} <= {*spec.marks.split()}
    assert "no-profile" not in spec.marks


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_sent_and_left_out_where_it_is_refused(name: str) -> None:
    conversation = Conversation(
        ModelSettings("m", {name: "x"}), (Message.user(Text("hi")),)
    )  # fmt: skip
    if name == "summary":  # of Responses alone
        assert build_body(conversation, dialect="responses")["reasoning"] == {"summary": "x"}
        return
    body = build_body(conversation, stream=False)
    (key,) = body.keys() - {"messages", "model"}
    repair = refused(key, f"Unsupported parameter: '{key}' is not supported with this model.", "x")
    assert repair is not None
    assert repair.kind in ("drop", "rename")


@added
def test_an_added_parameter_is_sent(home: Path, name: str, typed: str, sent: object) -> None:
    flag = f"--{name.replace('_', '-')}"
    assert shown("ask", "hi", flag, typed, home=home)[name] == sent
    assert shown("tools", "hi", flag, typed, home=home)[name] == sent
    (home / "chart.png").write_bytes(PIXEL)
    picture = str(home / "chart.png")
    assert shown("image", "What is it?", picture, flag, typed, home=home)[name] == sent


@added
def test_an_added_parameter_of_a_profile(home: Path, name: str, typed: str, sent: object) -> None:
    check(azchat("config", "set", name, typed, "--profile", "work", home=home), code=0)
    assert shown("ask", "hi", "--profile", "work", home=home)[name] == sent


@added
def test_an_added_parameter_of_a_template(home: Path, name: str, typed: str, sent: object) -> None:
    flag = f"--{name.replace('_', '-')}"
    check(azchat("ask", "--save", "kept", flag, typed, "Say hello.", home=home), code=0)
    assert name in azchat("templates", "show", "kept", home=home).out
    assert shown("ask", "-t", "kept", home=home)[name] == sent


@added
def test_an_added_parameter_of_the_chat_goes_on_with_its_session(
    home: Path, name: str, typed: str, sent: object
) -> None:
    lines = f"/set {name.replace('_', '-')} {typed}\nhi\n"
    result = azchat("chat", "--demo", home=home, stdin=lines)
    check(result, code=0)
    assert f"{name} = {typed}" in result.out + result.err
    assert shown("ask", "-c", "more", home=home)[name] == sent


@added
def test_an_added_parameter_that_is_refused_is_left_out(
    home: Path, name: str, typed: str, sent: object
) -> None:
    said = f"Unknown parameter: '{name}'."
    assert refused(name, said, sent) == Repair("drop", name)


@added
def test_a_wrong_value_of_an_added_parameter(
    home: Path, name: str, typed: str, sent: object
) -> None:
    flag = f"--{name.replace('_', '-')}"
    result = azchat("ask", "--demo", "hi", flag, "much", home=home)
    check(result, code=2)
    assert flag in result.err


@added
def test_an_added_parameter_is_in_help_readme_and_completions(
    home: Path, name: str, typed: str, sent: object
) -> None:
    flag, root = f"--{name.replace('_', '-')}", Path(__file__).parents[1]
    for command in ("ask", "chat", "image"):
        assert flag in azchat(command, "--help", "parameters", home=home).out
    assert flag in (root / "README.md").read_text()
    for file in (root / "completions").iterdir():
        assert flag.removeprefix("--") in file.read_text()
