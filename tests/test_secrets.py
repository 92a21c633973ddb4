"""Keys: never on a command line, in a trace, in a crash log, nor where a mistake shows them."""

import json
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ask, User
from tests.faults.connection import Connection
from tests.faults.payloads import DONE, content, event
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import Result, Session, azchat
from tests.oracles import CANARY, check

KEY = {"AZURE_INFERENCE_CREDENTIAL": CANARY}
TRACE = ("--debug", "--debug-content")


WARNING = "azchat: a key of less than 8 characters is not masked: a service's words have it\n"


@pytest.mark.parametrize(
    ("url", "key", "is_warned"),
    [
        ("https://r.openai.azure.com/openai/v1", "abc-123", True),
        ("https://r.openai.azure.com/openai/v1", "abc-1234", False),
        ("http://127.0.0.1:9/v1", "abc-123", False),  # a local server's may be any word
    ],
)
def test_a_key_that_is_too_short_to_be_masked_is_warned_of(
    ask: Ask, url: str, key: str, is_warned: bool
) -> None:
    env = {"AZURE_INFERENCE_CREDENTIAL": key, "HTTPS_PROXY": "http://127.0.0.1:9"}
    result = ask(url, "hi", "--retries", "0", env=env)
    check(result, code=6)
    assert (WARNING in result.err) == is_warned
    assert key not in result.err
    assert WARNING not in ask(url, "hi", "-q", "--retries", "0", env=env).err


@pytest.mark.parametrize(("key", "shown"), [("Answer", "Answer"), ("Answer-12345", "***")])
def test_a_short_key_does_not_change_the_services_words(ask: Ask, key: str, shown: str) -> None:
    with Scripted(reply(event(content(f"{key} here")) + DONE)) as server:
        result = ask(server.url, "hi", env={"AZURE_INFERENCE_CREDENTIAL": key})
    assert result.out == f"{shown} here\n"


# -- on the command line (row 64) ------------------------------------------------------


@pytest.mark.parametrize("option", ["--key", "--api-key", "--credential", "--token", "--password"])
def test_no_option_takes_a_key_and_the_hint_says_where_keys_come_from(
    home: Path, option: str
) -> None:
    result = azchat("ask", "hi", option, CANARY, home=home)
    check(result, code=2)
    assert "AZURE_INFERENCE_CREDENTIAL" in result.err


@pytest.mark.parametrize("command", [["info"], ["demo", "serve"], ["config", "path"], []], ids=str)
def test_no_other_command_takes_a_key_either(home: Path, command: list[str]) -> None:
    result = azchat(*command, "--api-key", CANARY, home=home)
    check(result, code=2)
    assert "AZURE_INFERENCE_CREDENTIAL" in result.err


@pytest.mark.parametrize("option", ["--key", "--api-key", "--apikey", "-k", "--api_key"])
def test_a_key_behind_an_equals_sign_is_not_echoed_either(home: Path, option: str) -> None:
    check(azchat("ask", "hi", f"{option}={CANARY}", home=home), code=2)


@pytest.mark.parametrize(
    "args",
    [["hi", CANARY], ["hi", "--auth", CANARY], ["hi", "--auth", "key", CANARY]],
    ids=["after the prompt", "as the way to sign in", "after --auth key"],
)
def test_a_known_key_that_was_typed_in_the_wrong_place_is_masked(
    home: Path, args: list[str]
) -> None:
    check(azchat("ask", *args, home=home, env=KEY), code=2)


@pytest.mark.parametrize(
    "url",
    [
        f"https://r.openai.azure.com/openai/v1?api-key={CANARY}",
        f"https://user:{CANARY}@r.openai.azure.com/openai/v1",
        f"https://r.openai.azure.com/openai/v1#{CANARY}",
        f"https://{CANARY}@r.openai.azure.com/openai/v1",
    ],
    ids=["query", "password", "fragment", "user"],
)
@pytest.mark.parametrize("command", ["ask hi", "info --json"])
def test_a_key_inside_the_endpoint_is_refused_and_not_shown(
    home: Path, command: str, url: str
) -> None:
    check(azchat(*command.split(), home=home, env={"AZURE_INFERENCE_ENDPOINT": url}), code=3)


@pytest.mark.parametrize("args", [["ask", CANARY], [CANARY]], ids=["ask", "bare"])
def test_a_key_as_prompt_is_not_remembered_anywhere(
    fs: FaultServer, home: Path, args: list[str]
) -> None:
    result = azchat(*args, "--no-log", home=home, env={"OPENAI_BASE_URL": fs.url("ok")})
    check(result, code=0)


# -- in a trace (row 65) ---------------------------------------------------------------


@pytest.mark.parametrize("base", ["v1", "models"], ids=["Bearer", "api-key"])
@pytest.mark.parametrize("option", TRACE)
def test_a_trace_has_the_headers_but_not_the_key(
    fs: FaultServer, ask: Ask, base: str, option: str
) -> None:
    result = ask(fs.url("ok", base=base), "hi", option)
    check(result, code=0, servers=[fs], chatter=True)
    assert "***" in result.err
    assert "HTTP 200" in result.err


@pytest.mark.parametrize("scenario", ["httperr", "miderror"])
@pytest.mark.parametrize("option", TRACE)
def test_a_trace_masks_the_key_that_the_service_repeats(
    fs: FaultServer, ask: Ask, scenario: str, option: str
) -> None:
    result = ask(fs.url(scenario, msg="wrong key {key}"), "hi", option, "--retries", "0")
    assert result.code in (7, 8)
    assert CANARY not in result.out + result.err
    assert "wrong key ***" in result.err


def test_a_trace_masks_a_key_that_comes_in_two_pieces(home: Path) -> None:
    body = event(content("first")) + event(content(f"the key {CANARY}!")) + DONE
    cut = body.index(CANARY.encode()) + len(CANARY) // 2
    is_read = threading.Event()

    def speak(connection: Connection) -> None:
        connection.send(reply(body[:cut]))
        is_read.wait(10)
        connection.send(body[cut:])

    with Scripted(speak) as server:
        env = KEY | {"AZURE_INFERENCE_ENDPOINT": server.url, "AZURE_INFERENCE_MODEL": "m"}
        with Session("ask", "hi", "--debug-content", home=home, env=env, tty=False) as session:
            session.wait_for("first")
            is_read.set()
            result = session.finish()
    assert CANARY[len(CANARY) // 2 :] not in result.err
    assert "the key ***!" in result.err


def test_a_trace_tells_the_prompt_only_when_the_content_is_asked_for(
    fs: FaultServer, ask: Ask
) -> None:
    trace = ask(fs.url("ok"), "my private question", "--debug")
    check(trace, code=0, servers=[fs], chatter=True)
    assert "private" not in trace.err
    content = ask(fs.url("ok"), "my private question", "--debug-content")
    check(content, code=0, servers=[fs], chatter=True)
    assert "my private question" in content.err
    assert "tok9" in content.err


@pytest.mark.parametrize("name", ["AZCHAT_DEBUG", "AZURE_LOG_LEVEL", "PYTHONDEVMODE"])
def test_variables_that_ask_for_more_output_show_no_key(
    fs: FaultServer, ask: Ask, name: str
) -> None:
    result = ask(fs.url("ok"), env={name: "1"})
    check(result, code=0, servers=[fs], chatter=True)


@pytest.mark.parametrize("base", ["v1", "openai/v1"])
def test_logging_at_debug_level_shows_no_key(fs: FaultServer, ask: Ask, base: str) -> None:
    code = (
        "import logging; logging.basicConfig(level=logging.DEBUG)\n"
        "from azchat.__main__ import main; main()"
    )
    result = ask(fs.url("ok", base=base), program=(sys.executable, "-P", "-c", code))
    check(result, code=0, servers=[fs], chatter=True, allow=[r"azure\.\w+"])
    assert "http_logging_policy" in result.err


# -- in a crash (row 66) ---------------------------------------------------------------

# A collaborator with a bug: stdout breaks in a way that no output does.
BROKEN = (
    "-c",
    """
import os, sys
from azchat.cli import main
from azchat.environment import Environment

class Broken:
    is_terminal = speaks_vt = False
    def write(self, text):
        mine = os.environ["AZURE_INFERENCE_CREDENTIAL"]
        raise RuntimeError("cannot write with " + mine)
    def size(self):
        return 80, 24

real = Environment.real()
broken = Environment(real.variables, real.stdin, Broken(), real.stderr, real.cwd)
code, _ = main(sys.argv[1:], broken)
os._exit(code)
""",
)


def crash(home: Path, *args: str, **more: str) -> Result:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", **KEY, **more}
    return azchat(*args, home=home, env=env, program=BROKEN)


@pytest.mark.parametrize(
    "args",
    [["ask", "--demo", "hi"], ["info"], ["config", "path"], ["ask", "x", "--dry-run"]],
    ids=" ".join,
)
def test_a_bug_is_told_in_three_lines_and_a_private_log_without_the_key(
    home: Path, args: list[str]
) -> None:
    result = crash(home, *args)
    check(result, code=1)
    assert len(result.err.splitlines()) == 3
    log = Path(result.err.partition("crash log is ")[2].splitlines()[0])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "in write\nRuntimeError: cannot write with ***" in log.read_text()


# A collaborator with another: the clock stops after so many looks at it.
LATE = (
    "-c",
    """
import itertools, os, sys, time
from azchat.cli import main
from azchat.environment import Environment

looks = itertools.count()
def clock():
    if next(looks) >= int(os.environ["LOOKS"]):
        raise KeyError("the clock of " + os.environ["AZURE_INFERENCE_CREDENTIAL"])
    return time.monotonic()

code, _ = main(sys.argv[1:], Environment.real()._replace(clock=clock))
os._exit(code)
""",
)


@pytest.mark.parametrize("looks", [0, 3])
@pytest.mark.parametrize("form", ["json", "stream-json"])
@pytest.mark.parametrize("more", [["--no-log", "--no-stream"], ["--thinking-file", "t"]], ids=str)
def test_a_bug_is_told_to_programs_too(home: Path, form: str, looks: int, more: list[str]) -> None:
    env = {**KEY, "LOOKS": str(looks)}
    args = ("ask", "--demo", "hi", "--output-format", form, *more)
    result = azchat(*args, home=home, env=env, program=LATE)
    check(result, code=1)
    last = json.loads(result.out.splitlines()[-1])
    assert form == "json" or last["type"] == "error"
    assert last["error"]["class"] == "internal"
    assert "itself went wrong" in last["error"]["message"]
    assert form == "stream-json" or last["complete"] is False


def test_the_crash_log_can_be_elsewhere(home: Path) -> None:
    result = crash(home, "config", "path", AZCHAT_DATA_DIR=str(home / "data"))
    check(result, code=1)
    assert list((home / "data").glob("crash-*.log"))


def test_a_crash_without_a_place_for_the_log_is_told_all_the_same(home: Path) -> None:
    (home / "file").touch(0o600)
    result = crash(home, "config", "path", AZCHAT_DATA_DIR=str(home / "file"))
    check(result, code=1)
    assert "the crash log could not be written" in result.err


def test_debug_shows_the_stack_of_a_bug_without_the_key(home: Path) -> None:
    result = crash(home, "ask", "--demo", "hi", "--debug")
    check(result, code=1, chatter=True, allow=[r"(?s)^.*  File .*?\n", r"(?m)^ .*$", r"\w+Error"])
    assert "in write" in result.err


# -- sign-in with Entra (row 73) -------------------------------------------------------

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"
EXPIRED = (
    "ERROR: AADSTS700082: The refresh token has expired due to inactivity. Trace ID: 7e4 "
    "Interactive authentication is needed. Please run: az login"
)
TENANTS = "ERROR: AADSTS50020: User account from identity provider does not exist in tenant 'X'"
STACK = 'Traceback (most recent call last):\\n  File "/az.py", line 1\\nOSError: [Errno 2] no\\n'

Az = Callable[..., dict[str, str | None]]


@pytest.fixture
def az(tmp_path: Path) -> Az:
    """``az(line)`` makes a shell script named az; its result puts that on PATH, alone."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(*lines: str) -> dict[str, str | None]:
        (folder / "az").write_text("\n".join(["#!/bin/sh", *lines, ""]))
        (folder / "az").chmod(0o755)
        return {"PATH": str(folder), "AZURE_INFERENCE_CREDENTIAL": None}

    return make


FAILURES = {
    "not signed in": "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
    "expired": f'echo "{EXPIRED}" >&2; exit 1',
    "wrong tenant": f'echo "{TENANTS}" >&2; exit 1',
    "says a token and fails": f"echo 'ERROR: bad token {TOKEN}' >&2; exit 1",
    "prints no JSON": f"echo 'Welcome {TOKEN}'",
    "prints half a JSON": f"printf '%s' '{{\"accessToken\": \"{TOKEN}'",
    "prints a traceback": f"printf '{STACK}' >&2; exit 1",
    "dies": "kill -9 $$",
}


@pytest.mark.parametrize(
    ("way", "line"),
    [
        *[("az", line) for line in FAILURES.values()],
        ("entra", f"echo 'ERROR: {TOKEN}' >&2; exit 1"),
    ],
    ids=[*FAILURES, "the chain, with a token"],
)
def test_a_failed_sign_in_is_one_line_for_each_way_without_a_token(
    fs: FaultServer, ask: Ask, az: Az, way: str, line: str
) -> None:
    result = ask(fs.url("ok", base="openai/v1"), "hi", "--auth", way, env=az(line))
    check(result, code=4, servers=[fs])
    assert result.err.startswith("azchat: auth: ")  # nothing of the SDK's own log above it
    assert "eyJ" not in result.err
    assert not fs.requests


@pytest.mark.parametrize("way", ["az", "entra"])
def test_a_sign_in_that_hangs_is_given_up(fs: FaultServer, ask: Ask, az: Az, way: str) -> None:
    env = az("exec /bin/sleep 100")
    result = ask(fs.url("ok", base="openai/v1"), "hi", "--auth", way, env=env, timeout=15)
    check(result, code=4, servers=[fs])
    assert not fs.requests


@pytest.mark.parametrize(
    ("way", "advice"),
    [
        ("az", "az login"),
        ("azd", "azd auth login"),
        ("entra", "az login"),
        ("managed", "give this machine a managed identity"),
    ],
)
def test_a_machine_without_any_sign_in_says_what_to_do(
    fs: FaultServer, ask: Ask, tmp_path: Path, way: str, advice: str
) -> None:
    env = {"PATH": str(tmp_path), "AZURE_INFERENCE_CREDENTIAL": None}
    result = ask(fs.url("ok", base="openai/v1"), "hi", "--auth", way, env=env)
    check(result, code=4, servers=[fs])
    assert advice in result.err
    assert not fs.requests


def test_a_token_of_az_is_sent_and_shown_nowhere(fs: FaultServer, ask: Ask, az: Az) -> None:
    reply = f'{{"accessToken": "{TOKEN}", "expires_on": 4102444800, "tokenType": "Bearer"}}'
    env = az(f"printf '%s' '{reply}'")
    result = ask(fs.url("ok", base="openai/v1"), "hi", "--auth", "az", "--debug", env=env)
    check(result, code=0, servers=[fs], chatter=True, canary=TOKEN)
    assert fs.requests[0].key == TOKEN


def test_the_tenant_is_passed_on(fs: FaultServer, ask: Ask, az: Az, tmp_path: Path) -> None:
    env = az(f'echo "$@" > {tmp_path}/said; exit 1')
    tenant = "00000000-aaaa-bbbb-cccc-000000000000"
    args = ("hi", "--auth", "az", "--tenant", tenant)
    check(ask(fs.url("ok", base="openai/v1"), *args, env=env), code=4)
    assert tenant in (tmp_path / "said").read_text()


def test_a_sign_in_where_only_keys_are_taken_is_refused_before_it(
    fs: FaultServer, ask: Ask, az: Az, tmp_path: Path
) -> None:
    env = az(f"echo run > {tmp_path}/said; exit 1")
    check(ask(fs.url("ok"), "hi", "--auth", "az", env=env), code=3)
    assert not (tmp_path / "said").exists()


# -- the key itself (row 74) -----------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["{}\n", "{}\r\n", " {} ", '"{}"', "'{}'", '"{}"\n', "\t{}"],
    ids=["newline", "CRLF", "spaces", "quotes", "single quotes", "quotes and newline", "tab"],
)
def test_what_stands_around_a_key_is_trimmed(fs: FaultServer, ask: Ask, typed: str) -> None:
    result = ask(fs.url("ok"), env={"AZURE_INFERENCE_CREDENTIAL": typed.format(CANARY)})
    check(result, code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


BAD_KEYS = {
    "a space inside": (f"{CANARY} tail", "white space at position 15"),
    "a newline inside": (f"{CANARY}\ntail", "white space at position 15"),
    "a header inside": (f"{CANARY}\r\nX-Evil: 1", "white space at position 15"),
    "non-ASCII": (f"{CANARY}é", "a character no key has at position 15"),
    "curly quotes": (f"“{CANARY}”", "a character no key has at position 1"),
    "a byte order mark": (f"\ufeff{CANARY}", "a character no key has at position 1"),
    "a control character": (f"{CANARY}\x1b[0m", "a character no key has at position 15"),
    "bytes that are no text": (f"{CANARY}\udce9", "a character no key has at position 15"),
}


@pytest.mark.parametrize(("key", "defect"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_no_header_can_carry_is_refused_by_its_defect(
    fs: FaultServer, ask: Ask, key: str, defect: str
) -> None:
    result = ask(fs.url("ok"), env={"AZURE_INFERENCE_CREDENTIAL": key})
    check(result, code=3, servers=[fs])
    assert f"the key from AZURE_INFERENCE_CREDENTIAL has {defect}" in result.err
    assert not fs.requests


@pytest.mark.parametrize("key", ["", " ", '""', "\n"], ids=repr)
def test_an_empty_key_is_no_key(fs: FaultServer, ask: Ask, key: str) -> None:
    check(ask(fs.url("ok"), env={"AZURE_INFERENCE_CREDENTIAL": key}), code=0, servers=[fs])
    assert fs.requests[0].key == ""


def test_a_refused_key_is_named_by_its_source_alone(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("httperr", status=401, msg="bad key {key}"))
    check(result, code=4, servers=[fs])
    assert "AZURE_INFERENCE_CREDENTIAL" in result.err


# -- as a normal user: root ignores modes ----------------------------------------------


def test_a_dotenv_that_cannot_be_read_is_passed_over(user: User, user_home: Path) -> None:
    (user_home / ".env").write_text("AZCHAT_MODEL=x\n")
    (user_home / ".env").chmod(0o000)
    result = user("ask", "hi", "--demo", "--dry-run")
    check(result, code=0)
    assert '"model": "DeepSeek-V4-Pro"' in result.out


@pytest.mark.parametrize("mode", [0o000, 0o044])
def test_a_config_file_that_cannot_be_read_is_named(user: User, user_home: Path, mode: int) -> None:
    path = user_home / "c.toml"
    path.write_text('model = "x"\n')
    path.chmod(mode)
    result = user("ask", "hi", "--demo", env={"AZCHAT_CONFIG": str(path)})
    check(result, code=3)
    assert str(path) in result.err


@pytest.mark.parametrize(("mode", "what"), [(0o000, "cannot read"), (0o644, "chmod 600")])
def test_a_key_file_must_be_readable_and_private(
    user: User, user_home: Path, mode: int, what: str
) -> None:
    path = user_home / "key"
    path.write_text(CANARY)
    path.chmod(mode)
    config = f'endpoint = "http://127.0.0.1:9/v1"\nkey_file = "{path}"\n'
    (user_home / "c.toml").write_text(config)
    result = user("ask", "hi", env={"AZCHAT_CONFIG": str(user_home / "c.toml")})
    check(result, code=3, made=[path])
    assert what in result.err


@pytest.mark.parametrize("args", [["--output", "x/a"], ["--thinking-file", "x/a"]], ids=str)
def test_a_file_in_a_folder_of_others_cannot_be_written(
    user: User, user_home: Path, args: list[str]
) -> None:
    (user_home / "x").mkdir(0o500)
    check(user("ask", "hi", "--demo", *args), code=9)


def test_a_home_that_cannot_be_written_is_told_before_anything_is_asked(
    user: User, user_home: Path
) -> None:
    data = user_home / "data"
    data.mkdir(0o500)
    env = {"AZCHAT_DATA_DIR": str(data)}
    check(user("ask", "hi", "--demo", "-m", "deepseek-r1-implicit", env=env), code=9)
    check(user("ask", "hi", "--demo", "-n", "-m", "deepseek-r1-implicit", env=env), code=0)


def test_a_trust_that_cannot_be_kept_is_an_error(user: User, user_home: Path) -> None:
    (user_home / "data").mkdir(0o500)
    (user_home / ".env").write_text("AZCHAT_MODEL=x\n")
    (user_home / ".env").chmod(0o600)
    check(user("config", "trust", env={"AZCHAT_DATA_DIR": str(user_home / "data")}), code=9)
