"""The first run: what is asked on a terminal, tried, and kept; and what scripts are told."""

import re
import shlex
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from azchat.demo.server import DemoServer
from tests.faults.server import FaultServer
from tests.front_door import Result, Session, azchat
from tests.keyring_backend import kept, ring_file, use_keyring
from tests.oracles import CANARY, check
from tests.repl.chatting import ASKED, PROMPT_TOOLKIT

CONFIG = ".config/azchat/config.toml"
KEY_FILE = ".config/azchat/keys/profile-local"
Talk = Callable[..., Session]
UNREACHABLE = {"HTTPS_PROXY": "http://127.0.0.1:9"}
CLEAR = "\x05\x15"  # Ctrl-E, Ctrl-U: what stands on the line already


@pytest.fixture
def talk(home: Path) -> Iterator[Talk]:
    """``talk("chat")`` starts azchat on a terminal and waits for the question for the URL."""
    sessions: list[Session] = []

    def start(*args: str, **more: object) -> Session:
        sessions.append(Session(*args, home=home, size=(100, 60), **more))  # type: ignore[arg-type]
        sessions[-1].wait_for("URL:")
        return sessions[-1]

    yield start
    for session in sessions:
        session.__exit__(None, None, None)


def answer(session: Session, *steps: tuple[str, str]) -> None:
    """Wait for each question, and type its answer: a key, or a line in place of what is there."""
    for question, text in steps:
        is_key = question.startswith(("Number", "What now", "replace", "with the key"))
        is_hidden = question == "it is not shown"
        session.wait_for(question)
        if not (is_key or is_hidden):
            before = lines_asked.get(session, 0)
            session.wait_until(lambda: session.output.count(ASKED) > before)  # noqa: B023
            lines_asked[session] = session.output.count(ASKED)
        session.mark()
        clear = CLEAR if text and not is_hidden else ""
        session.send((text or "\r") if is_key else f"{clear}{text}\r")


def leave(session: Session) -> Result:
    """Leave the chat that a bare azchat goes on with once it knows where the model is."""
    session.wait_for("a question, or /help")
    session.send("\x04")
    return session.finish()


lines_asked: WeakKeyDictionary[Session, int] = WeakKeyDictionary()


def config(home: Path) -> str:
    return (home / CONFIG).read_text()


# -- the way through -------------------------------------------------------------------


def set_up_with_key(session: Session, url: str) -> None:
    answer(
        session,
        ("URL:", url),
        ("Number [1]:", "2"),
        ("it is not shown", CANARY),
        ("Model", "m"),
        ("Name of the profile", ""),
    )
    session.wait_for("kept as profile local")


def test_a_key_that_is_pasted_is_tried_and_kept_in_a_private_file(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    session = talk()
    set_up_with_key(session, fs.url("ok"))
    made = [home / KEY_FILE]
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs], made=made)
    assert config(home).startswith('default_profile = "local"')
    assert f'endpoint = "{fs.url("ok")}"\nmodel = "m"\n' in config(home)
    assert fs.requests[-1].key == CANARY
    assert made[0].read_text() == f"{CANARY}\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home / CONFIG, *made)] == [0o600] * 2


def test_the_next_question_needs_no_more_words(fs: FaultServer, home: Path, talk: Talk) -> None:
    session = talk()
    set_up_with_key(session, fs.url("ok"))
    leave(session)
    result = azchat("ask", "hi", home=home)
    check(result, code=0, servers=[fs])
    assert fs.requests[-1].key == CANARY


def test_a_keyring_is_taken_where_there_is_one(fs: FaultServer, home: Path, talk: Talk) -> None:
    env = use_keyring(home)
    session = talk(env=env)
    set_up_with_key(session, fs.url("ok"))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs], made=[ring_file(home)])
    assert list(kept(home).values()) == [CANARY]
    assert not (home / KEY_FILE).exists()
    check(azchat("ask", "hi", home=home, env=env), code=0, servers=[fs])
    assert fs.requests[-1].key == CANARY


def test_a_chat_goes_on_after_the_set_up(fs: FaultServer, home: Path, talk: Talk) -> None:
    session = talk("chat")
    set_up_with_key(session, fs.url("ok"))
    session.wait_for("session new")
    session.send("hello\r")
    session.wait_for(re.compile(r"tokens · session (?!new)\S"))  # the next prompt is there
    assert "tok9" in session.output
    session.send(b"\x04")
    result = session.finish()
    assert result.code == 0
    assert CANARY not in result.terminal.decode()


def test_what_was_pasted_with_the_url_is_left_out_and_said(fs: FaultServer, talk: Talk) -> None:
    session = talk()
    junk = f'Target URI: "{fs.url("ok", base="openai/v1")}/chat/completions?api-version=2024-10-21"'
    answer(session, ("URL:", junk))
    session.wait_for("left out api-version 2024-10-21")
    session.wait_for(re.compile("✓.* without TLS, on this machine"))


def test_a_wrong_url_is_explained_and_asked_for_again(talk: Talk) -> None:
    session = talk()
    answer(session, ("URL:", "http://r.openai.azure.com/openai/v1"))
    session.wait_for("unencrypted")
    answer(session, ("URL:", "https://r.services.ai.azure.com/api/projects/p/agents/a"))
    session.wait_for("agent or application")
    session.wait_for("URL:")


def test_the_models_of_a_server_are_listed_and_picked_by_number(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    session = talk()
    answer(session, ("URL:", fs.url("ok")), ("Number [1]:", "1"), ("fault-model-mini", "2"))
    answer(session, ("Name of the profile", "mini"))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs])
    assert 'model = "fault-model-mini"' in config(home)
    assert "key" not in config(home)


def test_a_password_managers_command_is_tried_and_kept(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    session = talk(env={"HOLDER": CANARY})
    command = shlex.join(["sh", "-c", 'echo "$HOLDER"'])
    answer(session, ("URL:", fs.url("ok")), ("Number [1]:", "3"), ("Command", command))
    answer(session, ("Model", "m"), ("Name of the profile", ""))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs])
    assert "key_command" in config(home)
    assert fs.requests[-1].key == CANARY


def test_a_key_of_the_environment_is_offered_first_and_stays_there(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    session = talk(env={"OPENAI_API_KEY": CANARY})
    answer(session, ("URL:", fs.url("ok")), ("with the key in OPENAI_API_KEY", ""))
    answer(session, ("Model", "m"), ("Name of the profile", ""))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs])
    assert 'key_env = "OPENAI_API_KEY"' in config(home)


def test_azure_offers_the_sign_ins_without_a_key(talk: Talk) -> None:
    session = talk(env=UNREACHABLE)
    answer(session, ("URL:", "https://r.openai.azure.com"), ("What now?", "g"))
    session.wait_for("with the managed identity of this machine")
    session.wait_for("in the browser")


def test_a_serverless_endpoint_takes_keys_only(talk: Talk) -> None:
    session = talk(env=UNREACHABLE)
    answer(session, ("URL:", "https://m.eastus2.models.ai.azure.com"), ("What now?", "g"))
    session.wait_for("Number [1]:")
    assert "browser" not in session.output
    assert "not at all" not in session.output


# -- what does not work at once --------------------------------------------------------


def test_a_refused_key_can_be_mended_without_beginning_anew(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    session = talk()
    answer(session, ("URL:", fs.url("httperr", status=401)), ("Number [1]:", "1"))
    answer(session, ("Model", "m"))
    session.wait_for("auth: ")
    answer(session, ("What now?", ""), ("Number [1]:", "2"), ("it is not shown", CANARY))
    answer(session, ("What now?", "u"), ("URL:", fs.url("ok")), ("Name of the profile", ""))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs], made=[home / KEY_FILE])
    assert f'endpoint = "{fs.url("ok")}"' in config(home)


def test_what_fails_can_be_kept_all_the_same(fs: FaultServer, home: Path, talk: Talk) -> None:
    session = talk()
    answer(session, ("URL:", fs.url("httperr", status=404)), ("Number [1]:", "1"))
    answer(session, ("Model", "m"), ("What now?", "k"), ("Name of the profile", ""))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs])
    assert 'model = "m"' in config(home)


@pytest.mark.parametrize("line", ["false", "no-such-program-here", "echo 'open"])
def test_a_command_that_prints_no_key_is_explained_and_asked_for_again(
    fs: FaultServer, talk: Talk, line: str
) -> None:
    session = talk()
    answer(session, ("URL:", fs.url("ok")), ("Number [1]:", "3"), ("Command", line))
    session.wait_for("key_command")
    session.wait_for("Number [1]:")


def test_another_profile_is_replaced_only_when_that_is_wished(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    (home / "c.toml").write_text('[profiles.local]\nmodel = "old"\n')
    session = talk(env={"AZCHAT_CONFIG": str(home / "c.toml")})
    answer(session, ("URL:", fs.url("ok")), ("Number [1]:", "1"), ("Model", "m"))
    answer(session, ("Name of the profile", ""), ("replace", "n"), ("Name of the profile", "two"))
    check(leave(session), allow=PROMPT_TOOLKIT, code=0, servers=[fs])
    assert '[profiles.local]\nmodel = "old"' in (home / "c.toml").read_text()
    assert "[profiles.two]" in (home / "c.toml").read_text()


def test_the_host_is_looked_up_before_a_key_is_asked_for(home: Path, talk: Talk) -> None:
    session = talk(env=UNREACHABLE)
    answer(session, ("URL:", "https://r.openai.azure.com"))
    session.wait_for("✗")
    session.wait_for("What now?")
    assert "How do you sign in" not in session.output
    assert "✓" not in session.output
    session.mark()
    session.send("u")
    session.wait_for("https://r.openai.azure.com")  # what was typed stands there again


@pytest.mark.parametrize("base", ["v1", "openai/v1"])
def test_a_local_server_is_not_asked_for_a_name_in_the_portal(
    fs: FaultServer, talk: Talk, base: str
) -> None:
    session = talk()
    answer(session, ("URL:", fs.url("httperr", base=base, status=404)), ("Number [1]:", "1"))
    session.wait_for("The name that the server knows it by")
    assert "portal, which" not in session.output


def test_an_answer_without_single_keys_is_a_line(fs: FaultServer, home: Path, talk: Talk) -> None:
    session = talk(env={"ACCESSIBLE": "1"})
    for question, text in (("URL: ", fs.url("ok")), ("Number [1]: ", ""), ("Model", "m")):
        session.wait_for(question)
        session.mark()
        session.send(f"{text}\r")
    session.wait_for("Name of the profile [local]: ")
    session.mark()
    session.send("\r")
    session.wait_for(re.compile(r"toml\s+> "))
    session.send("\x04")
    check(session.finish(), allow=PROMPT_TOOLKIT, code=0, servers=[fs])
    assert 'model = "m"' in config(home)


# -- leaving ---------------------------------------------------------------------------

QUESTIONS = {
    "address": [],
    "sign-in": [("URL:", "ok")],
    "key": [("URL:", "ok"), ("Number [1]:", "2")],
    "model": [("URL:", "ok"), ("Number [1]:", "1")],
    "profile": [("URL:", "ok"), ("Number [1]:", "1"), ("Model", "m")],
    "what next": [("URL:", "httperr"), ("Number [1]:", "1"), ("Model", "m")],
}
LAST = {
    "address": "URL:",
    "sign-in": "Number [1]:",
    "key": "not shown",
    "model": "Model",
    "profile": "Name of the profile",
    "what next": "What now?",
}


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("where", LAST)
def test_leaving_at_any_question_writes_nothing(
    fs: FaultServer, home: Path, talk: Talk, where: str, key: bytes
) -> None:
    session = talk("chat")
    for question, text in QUESTIONS[where]:
        answer(session, (question, fs.url(text) if question == "URL:" else text))
    session.wait_for(LAST[where])
    session.send(key)
    result = session.finish()
    check(result, allow=PROMPT_TOOLKIT, code=130 if key == b"\x03" else 0, servers=[fs])
    assert "nothing was kept" in result.terminal.decode()
    assert [path for path in home.rglob("*") if path != home / "tmp"] == []


# -- nobody to ask ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "stdin"),
    [(["chat"], "hi"), (["ask", "hi"], None), (["hi"], None), ([], "hi"), ([], None)],
    ids=["chat", "ask", "question", "pipe", "bare"],
)
def test_scripts_are_told_the_three_ways_out(
    home: Path, args: list[str], stdin: str | None
) -> None:
    result = azchat(*args, home=home, stdin=stdin)
    check(result, code=3)
    for way in ("AZURE_INFERENCE_ENDPOINT", "azchat config set endpoint", "--demo"):
        assert way in result.err


def test_one_question_on_a_terminal_begins_with_the_set_up(
    fs: FaultServer, home: Path, talk: Talk
) -> None:
    session = talk("ask", "hi")
    set_up_with_key(session, fs.url("ok"))
    check(session.finish(), code=0, servers=[fs], made=[home / KEY_FILE], allow=(r".*",))
    assert fs.requests[-1].json()["messages"][-1]["content"] == "hi"


@pytest.mark.parametrize("args", [["--dry-run"], ["--demo"], ["--replay", "/nonexistent"]])
def test_a_question_that_goes_nowhere_needs_no_endpoint(home: Path, args: list[str]) -> None:
    result = azchat("ask", "hi", *args, home=home, tty=True)
    assert "URL: " not in result.terminal.decode()


@pytest.mark.parametrize("tty", [["stdin", "stdout"], ["stdin", "stderr"]], ids=str)
def test_a_stream_that_leads_elsewhere_means_no_set_up(home: Path, tty: list[str]) -> None:
    result = azchat("chat", home=home, tty=tty)
    assert result.code in (2, 3)
    assert b"URL:" not in result.terminal


def test_the_demo_needs_no_set_up(home: Path) -> None:
    with Session("chat", "--demo", home=home) as session:
        session.wait_for("session new")
        session.send(b"\x04")
        assert session.finish().code == 0


def test_a_known_endpoint_leaves_the_bare_command_its_help(home: Path) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": "http://127.0.0.1:9/v1"}
    result = azchat(home=home, env=env, tty=True)
    assert result.code == 0
    assert "Usage" in result.terminal.decode()


def test_help_that_is_piped_on_is_help(home: Path) -> None:
    result = azchat(home=home, tty=["stdin", "stderr"])
    check(result, code=0)
    assert "Usage" in result.out


def test_the_own_deployments_of_a_resource_are_listed(home: Path, talk: Talk) -> None:
    with DemoServer(key=CANARY) as server:
        session = talk()
        answer(session, ("URL:", f"{server.url}/openai/v1"), ("Number [1]:", "2"))
        answer(session, ("it is not shown", CANARY), ("  gpt-5-mini", "8"))
        answer(session, ("Name of the profile", "mini"))
        check(
            leave(session),
            allow=PROMPT_TOOLKIT,
            code=0,
            made=[home / ".config/azchat/keys/profile-mini"],
        )
    assert 'model = "gpt-5-mini"' in config(home)
