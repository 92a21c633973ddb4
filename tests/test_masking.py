"""A key that a server repeats is masked, in the encodings in which it would by accident."""

import base64
import html
import json
import string
from collections.abc import Callable, Generator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.engine.masking import MaskedSender
from azchat.events import Event, ReasoningDelta, TextDelta, ToolCalled
from azchat.messages import Message, Text, ToolCall
from azchat.redaction import MASK, Redactor, Secret
from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import CANARY, check

KEYS = st.text(string.ascii_letters + string.digits + "+/=&<'%-._~", min_size=12, max_size=90)


def as_json(text: str) -> str:
    return "".join(f"\\u{ord(character):04X}" for character in text)


ENCODINGS = {
    "as it is": str,
    "JSON": as_json,
    "JSON in JSON": lambda text: json.dumps(as_json(text)),
    "JSON with slashes": lambda text: text.replace("/", "\\/").replace("&", "\\u0026"),
    "URL": lambda text: quote(text, safe=""),
    "URL, twice, small": lambda text: quote(quote(text, safe=""), safe="").replace("%2F", "%2f"),
    "HTML": html.escape,
}


def redactor(key: str) -> Redactor:
    known = Redactor()
    known.add(Secret(key))
    return known


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@settings(deadline=None)
@given(key=KEYS)
def test_no_encoding_shows_a_key(encode: Callable[[str], str], key: str) -> None:
    masked = redactor(key).redact(f"the key ({encode(key)})!")
    assert key not in masked
    assert masked.strip().startswith("the key (")
    assert MASK in masked
    assert len(masked) <= len('the key ("***amp;")!')


@settings(deadline=None)
@given(key=KEYS, before=st.text("abc: ", max_size=4), after=st.text("abc", max_size=3))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
def test_base64_shows_nothing_of_a_key(
    encode: Callable[[bytes], bytes], key: str, before: str, after: str
) -> None:
    masked = redactor(key).redact(encode(f"{before}{key}{after}".encode()).decode())
    assert MASK in masked
    assert len(masked.replace(MASK, "").strip()) <= 4 * (len(before) + len(after)) // 3 + 4


@given(st.binary())
def test_bytes_without_a_key_stay_as_they_are(data: bytes) -> None:
    assert redactor(CANARY).redact_bytes(data) == data


class Scripted:
    """A sender of given events."""

    def __init__(self, *events: Event) -> None:
        self._events = events

    def send(self, message: Message) -> Generator[Event, None, None]:
        yield from self._events


def sent(key: str, *events: Event) -> list[Event]:
    return list(MaskedSender(Scripted(*events), redactor(key)).send(Message.user(Text("hi"))))


@settings(deadline=None)
@given(key=KEYS, cuts=st.sets(st.integers(1, 100)), rest=st.text("ab ", max_size=5))
def test_a_key_in_pieces_is_masked_and_the_rest_is_whole(
    key: str, cuts: set[int], rest: str
) -> None:
    text, places = f"so: {key}{rest}", sorted(cuts)
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]
    events = sent(key, *(TextDelta(piece, 1, 0.0) for piece in pieces if piece))
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    masked = redactor(key).redact(text)
    assert said in {masked.replace(MASK, key[:shown] + MASK, 1) for shown in range(4)}
    assert key not in said


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@settings(deadline=None)
@given(key=KEYS, cuts=st.sets(st.integers(1, 300)))
def test_an_encoded_key_in_pieces_is_masked_too(
    encode: Callable[[str], str], key: str, cuts: set[int]
) -> None:
    text, places = f"so: {encode(key)} there", sorted(cuts)
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]
    events = sent(key, *(TextDelta(piece, 1, 0.0) for piece in pieces if piece))
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert MASK in said
    assert len(said) <= len('so: "***amp;" there') + 3


@settings(deadline=None)
@given(key=KEYS, size=st.integers(1, 9), before=st.text("abc: ", max_size=4))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_in_pieces_shows_nothing_of_a_key(
    encode: Callable[[bytes], bytes], key: str, size: int, before: str
) -> None:
    text = encode(f"{before}{key}".encode()).decode()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    events = sent(key, *(TextDelta(piece, 1, 0.0) for piece in pieces))
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert len(said.replace(MASK, "")) <= 4 * len(before) // 3 + 9


def test_no_more_than_three_characters_of_a_key_are_shown_and_none_held_back_alone() -> None:
    events = [TextDelta(each, 1, 0.0) for each in (CANARY[:1], CANARY[1:])]
    said = [event.text for event in sent(CANARY, *events) if isinstance(event, TextDelta)]
    assert said == [CANARY[:1], MASK]


def test_what_only_begins_like_a_key_is_said_before_anything_else() -> None:
    begun = CANARY[:9]
    events: list[Event] = [
        ReasoningDelta(begun, 1, 0.0),
        TextDelta("a", 1, 1.0),
        TextDelta(begun, 1, 2.0),
    ]
    assert sent(CANARY, *events) == events


def test_calls_and_their_arguments_have_no_key() -> None:
    (event,) = sent(CANARY, ToolCalled(ToolCall(CANARY, f"f{CANARY}", f'{{"a": "{CANARY}"}}')))
    assert event == ToolCalled(ToolCall(MASK, f"f{MASK}", f'{{"a": "{MASK}"}}'))


@pytest.mark.parametrize("place", ["dotenv", "key_file", "key_env", "key_command"])
def test_the_demo_masks_keys_that_it_does_not_use(home: Path, place: str) -> None:
    for name, text in {
        ".env": f"OPENAI_API_KEY={CANARY}\n" if place == "dotenv" else "",
        "key": CANARY,
        "c.toml": f'endpoint = "https://x.example/v1"\n{place} = "{home}/key"\n',
    }.items():
        (home / name).write_text(text)
        (home / name).chmod(0o600)
    env = {"AZCHAT_CONFIG": str(home / "c.toml")}
    if place == "key_env":
        (home / "c.toml").write_text('endpoint = "https://x.example/v1"\nkey_env = "MINE"\n')
        env["MINE"] = CANARY
    if place == "key_command":
        text = f'endpoint = "https://x.example/v1"\nkey_command = "cat {home}/key"\n'
        (home / "c.toml").write_text(text)
    if place == "dotenv":
        del env["AZCHAT_CONFIG"]
    (home / "key").unlink() if "key_f" not in place and "key_c" not in place else None
    result = azchat("ask", "--demo", "hi", f"--system=I say {CANARY}", home=home, env=env)
    assert result.code == 0
    kept = b"".join(p.read_bytes() for p in (home / ".local").rglob("*") if p.is_file())
    assert CANARY.encode() not in kept
    assert CANARY not in result.out + result.err


def test_config_show_tells_no_value_that_an_mcp_server_is_handed(home: Path) -> None:
    (home / "c.toml").write_text(
        f'[mcp.a]\nurl = "https://a.example"\nheaders = {{Authorization = "Bearer {CANARY}"}}\n'
        f'[mcp.b]\ncommand = "b"\nenv = {{TOKEN = "{CANARY}"}}\n[mcp.c]\nheaders = "{CANARY}"\n'
    )
    result = azchat("config", "show", home=home, env={"AZCHAT_CONFIG": str(home / "c.toml")})
    assert result.code == 0
    assert CANARY not in result.out
    assert "https://a.example" in result.out
    assert "TOKEN" in result.out


def test_a_variable_that_is_no_text_hinders_no_recording(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    env = {"OTHER_TOKEN": "token-that-is-\udce9"}
    check(ask(fs.url("ok"), "hi", "--record", "r", env=env), code=0)
    assert b"tok9" in (home / "r").read_bytes()
