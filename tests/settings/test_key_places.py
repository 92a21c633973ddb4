"""Keys from a password manager, the keyring or a private file: read, explained, never shown."""

import json
import shlex
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.front_door import Result, Session, azchat
from tests.keyring_backend import ring_file, use_keyring
from tests.oracles import CANARY, check

Profile = Callable[..., dict[str, str | None]]
PLACES = ("key_command", "key_keyring", "key_file")
MARK = "ran"  # what a command leaves behind where it was run


@pytest.fixture
def profile(fs: FaultServer, home: Path) -> Profile:
    """``profile(key_command="...")`` writes a config file; its result names that."""

    def write(url: str = "", **settings: object) -> dict[str, str | None]:
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        text = "\n".join([f'endpoint = "{url or fs.url("ok")}"', *lines, ""])
        (home / "c.toml").write_text(text)
        return {"AZCHAT_CONFIG": str(home / "c.toml"), "HOLDER": CANARY}

    return write


def prints(text: str = "$HOLDER", *, then: str = "") -> str:
    """Return a command that prints ``text``; what the shell in it expands is not in the file."""
    return shlex.join(["sh", "-c", f'printf "%s\\n" "{text}"{then and f"; {then}"}'])


def place(home: Path, name: str) -> tuple[dict[str, object], dict[str, str | None]]:
    """Put the canary into a place; return the profile's settings and the environment for it."""
    if name == "key_command":
        return {name: prints(then=f"touch {home}/{MARK}")}, {}
    if name == "key_keyring":
        env = use_keyring(home)
        ring_file(home).write_text(json.dumps({"azchat/work": CANARY}))
        ring_file(home).chmod(0o600)
        return {name: "work"}, env
    (home / "key").write_text(CANARY)
    (home / "key").chmod(0o600)
    return {name: str(home / "key")}, {}


# -- each place ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLACES)
def test_the_key_is_fetched_for_the_profiles_endpoint(
    fs: FaultServer, home: Path, profile: Profile, name: str
) -> None:
    settings, env = place(home, name)
    env |= profile(**settings) | {"OPENAI_API_KEY": "sk-other"}
    result = azchat("ask", "hi", "--debug", home=home, env=env)
    check(result, code=0, servers=[fs], chatter=True, made=[home / MARK])
    assert [request.key for request in fs.requests] == [CANARY]


@pytest.mark.parametrize("name", PLACES)
def test_info_tells_the_place_and_not_the_key(home: Path, profile: Profile, name: str) -> None:
    settings, env = place(home, name)
    result = azchat("info", "--json", home=home, env=env | profile(**settings))
    check(result, code=0, made=[home / MARK])
    told = {s["name"]: (s["value"], s["origin"]) for s in json.loads(result.out)["settings"]}
    assert told["key"][0] == "***"
    words = {"key_command": "key_command", "key_keyring": "keyring", "key_file": "/key"}
    assert words[name] in told["key"][1]


@pytest.mark.parametrize("name", PLACES)
def test_a_refused_key_is_named_by_its_place(
    fs: FaultServer, home: Path, profile: Profile, name: str
) -> None:
    settings, env = place(home, name)
    env |= profile(fs.url("httperr", status=401, msg="bad key {key}"), **settings)
    result = azchat("ask", "hi", home=home, env=env)
    check(result, code=4, servers=[fs], made=[home / MARK])
    words = {"key_command": "key_command", "key_keyring": "keyring", "key_file": "/key"}
    assert words[name] in result.err


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("flag", ["--endpoint", ".env", "environment"])
def test_an_endpoint_from_elsewhere_does_not_even_ask_for_the_key(
    fs: FaultServer, home: Path, profile: Profile, name: str, flag: str
) -> None:
    settings, env = place(home, name)
    env |= profile("http://127.0.0.1:9/v1", **settings)
    args = ["--endpoint", fs.url("ok")] if flag == "--endpoint" else []
    if flag == ".env":
        (home / ".env").write_text(f"OPENAI_BASE_URL={fs.url('ok')}\n")
        (home / ".env").chmod(0o600)
    if flag == "environment":
        env["OPENAI_BASE_URL"] = fs.url("ok")
    result = azchat("ask", "hi", *args, home=home, env=env)
    check(result, code=0, servers=[fs])
    assert [request.key for request in fs.requests] == [""]
    assert not (home / MARK).exists()


def test_a_key_of_a_dotenv_stays_out_of_a_profile_with_its_own(
    fs: FaultServer, home: Path, profile: Profile
) -> None:
    (home / ".env").write_text("OPENAI_API_KEY=sk-theirs\n")
    (home / ".env").chmod(0o600)
    env = profile(key_command=prints())
    result = azchat("ask", "hi", home=home, env=env)
    check(result, code=0, servers=[fs])
    assert "ignored" in result.err
    assert fs.requests[0].key == CANARY


def test_a_dotenv_that_others_may_write_changes_nothing_for_such_a_key(
    fs: FaultServer, home: Path, profile: Profile
) -> None:
    (home / ".env").write_text(f"OPENAI_BASE_URL={fs.url('ok')}\nOPENAI_API_KEY=sk-theirs\n")
    (home / ".env").chmod(0o666)
    result = azchat("ask", "hi", home=home, env=profile(key_command=prints()))
    check(result, code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


def test_a_general_key_does_not_go_to_the_endpoint_of_a_profile(
    fs: FaultServer, home: Path
) -> None:
    (home / "key").write_text(CANARY)
    (home / "key").chmod(0o600)
    (home / "c.toml").write_text(
        f'endpoint = "http://127.0.0.1:9/v1"\nkey_file = "{home}/key"\n'
        f'[profiles.other]\nendpoint = "{fs.url("ok")}"\n'
    )
    env = {"AZCHAT_CONFIG": str(home / "c.toml")}
    result = azchat("ask", "hi", "--profile", "other", home=home, env=env)
    check(result, code=0, servers=[fs])
    assert fs.requests[0].key == ""


@pytest.mark.parametrize("value", [f"{CANARY}\r", f"  {CANARY}  ", f"'{CANARY}'"], ids=repr)
def test_what_stands_around_a_key_is_taken_off(
    fs: FaultServer, home: Path, profile: Profile, value: str
) -> None:
    env = profile(key_command=prints()) | {"HOLDER": value}
    check(azchat("ask", "hi", home=home, env=env), code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


@pytest.mark.parametrize("value", [f"{CANARY} x", f"{CANARY}é", f"{CANARY}\x1b[31m"], ids=repr)
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(
    fs: FaultServer, home: Path, profile: Profile, value: str
) -> None:
    env = profile(key_command=prints()) | {"HOLDER": value}
    result = azchat("ask", "hi", home=home, env=env)
    check(result, code=3, servers=[fs])
    assert "position 15" in result.err
    assert not fs.requests


# -- a password manager's command ------------------------------------------------------


def fetch(home: Path, env: dict[str, str | None], *args: str, **more: object) -> Result:
    return azchat("ask", "hi", *args, home=home, env=env, **more)  # type: ignore[arg-type]


def test_the_first_line_is_the_key(fs: FaultServer, home: Path, profile: Profile) -> None:
    env = profile(key_command=prints(then="echo user: me; echo url: x"))
    check(fetch(home, env), code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


def test_a_list_of_words_is_a_command_too(fs: FaultServer, home: Path, profile: Profile) -> None:
    env = profile(key_command=["sh", "-c", 'echo "$HOLDER"'])
    check(fetch(home, env), code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


def test_there_is_no_shell(fs: FaultServer, home: Path, profile: Profile) -> None:
    env = profile(key_command=f"echo $HOLDER;touch {home}/{MARK}")
    fetch(home, env)
    assert not (home / MARK).exists()
    assert CANARY not in [request.key for request in fs.requests]


def test_the_prompt_on_stdin_is_not_eaten(fs: FaultServer, home: Path, profile: Profile) -> None:
    env = profile(key_command=prints(then="cat > /dev/null"))
    result = azchat("ask", home=home, env=env, stdin="my question")
    check(result, code=0, servers=[fs])
    assert b"my question" in fs.requests[0].body


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("no-such-password-manager show x", "no program 'no-such-password-manager'"),
        (prints(then="exit 3"), "failed with exit code 3"),
        (prints(then="kill -9 $$"), "ended by signal 9"),
        ("true", "printed no key"),
        (prints(""), "printed no key"),
        (shlex.join(["printf", r"\377\376"]), "printed no text"),
        ("/", "no program '/'"),
        (["a\0b"], "no program"),
        ("pass show 'azure", "key_command"),
        ("", "key_command"),
        ([], "key_command"),
        (5, "key_command"),
    ],
    ids=str,
)
def test_a_command_without_a_key_is_explained(
    fs: FaultServer, home: Path, profile: Profile, command: object, what: str
) -> None:
    env = profile(key_command=command) | {"OPENAI_API_KEY": "sk-other"}
    result = fetch(home, env)
    check(result, code=3, servers=[fs])
    assert what in result.err
    assert not fs.requests


def test_what_a_failing_command_says_is_not_shown(home: Path, profile: Profile) -> None:
    env = profile(key_command=prints(then='echo "$HOLDER" >&2; exit 1'))
    check(fetch(home, env), code=3)


def test_a_command_that_does_not_end_is_given_up(home: Path, profile: Profile) -> None:
    envs: list[dict[str, str | None]] = []
    for ending in ("sleep 60", "sleep 60 & exit 0"):  # itself, its child
        env = profile(key_command=shlex.join(["timeout", "20", "sh", "-c", ending]))
        config = (home / "c.toml").rename(home / f"{len(envs)}.toml")
        envs.append(env | {"AZCHAT_CONFIG": str(config)})
    with ExitStack() as running:  # both at the same time: each takes 10 s
        runs = [Session("ask", "hi", home=home, env=env, tty=False) for env in envs]
        for run in map(running.enter_context, runs):
            result = run.finish(14)
            check(result, code=3, limit_seconds=12)
            assert "did not end within 10 s" in result.err
            assert 9.5 < result.seconds < 12


def test_a_command_that_never_stops_talking_costs_no_memory(home: Path, profile: Profile) -> None:
    result = fetch(home, profile(key_command="yes sk-much"))
    check(result, code=0, limit_seconds=5)


def test_a_chat_asks_for_the_key_once(fs: FaultServer, home: Path, profile: Profile) -> None:
    env = profile(key_command=prints(then=f"echo x >> {home}/{MARK}"))
    result = azchat("chat", home=home, env=env, stdin="one\n/set seed 5\ntwo\n")
    check(result, code=0, servers=[fs], chatter=True, made=[home / MARK])
    assert [request.key for request in fs.requests] == [CANARY] * 2
    assert (home / MARK).read_text() == "x\n"


@pytest.mark.parametrize("args", [["--auth", "az", "--dry-run"], ["--demo"]], ids=str)
def test_a_run_that_needs_no_key_asks_for_none(
    home: Path, profile: Profile, args: list[str]
) -> None:
    env = profile("https://r.openai.azure.com", key_command=prints(then=f"touch {home}/{MARK}"))
    check(fetch(home, env, "-m", "m", *args), code=0)
    assert not (home / MARK).exists()


# -- the keyring -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("backend", "what"),
    [
        ("Keyring", "has no key 'other'"),
        ("Locked", "it is locked"),
        ("Missing", "cannot be loaded"),
        ("no.such.module", "cannot be loaded"),
        ("keyring.backends.null.Keyring", "has none that is running"),
        ("keyring.backends.fail.Keyring", "has none that is running"),
    ],
)
def test_a_keyring_without_the_key_is_explained(
    fs: FaultServer, home: Path, profile: Profile, backend: str, what: str
) -> None:
    env = use_keyring(home, backend) | profile(key_keyring="other")
    result = fetch(home, env | {"OPENAI_API_KEY": "sk-other"})
    check(result, code=3, servers=[fs])
    assert what in result.err
    assert not fs.requests


def test_the_keyring_is_imported_for_a_key_of_it_alone(home: Path, profile: Profile) -> None:
    program = (sys.executable, "-X", "importtime", "-P", "-m", "azchat")
    result = azchat("ask", "hi", home=home, env=profile(key_command=prints()), program=program)
    assert result.code == 0, result
    assert " keyring" not in result.err


# -- a private file --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["~nobody-of-that-name/key", "~/missing", "/", "a\0b"], ids=repr)
def test_a_key_file_that_cannot_be_read_is_explained(
    fs: FaultServer, home: Path, profile: Profile, path: str
) -> None:
    result = fetch(home, profile(key_file=path))
    check(result, code=3, servers=[fs])
    assert "key file" in result.err
    assert not fs.requests


def test_a_key_file_saved_by_notepad_is_read(fs: FaultServer, home: Path, profile: Profile) -> None:
    (home / "key").write_bytes(f"\ufeff{CANARY}\r\n".encode())
    (home / "key").chmod(0o600)
    check(fetch(home, profile(key_file=str(home / "key"))), code=0, made=[home / "key"])
    assert fs.requests[0].key == CANARY


# -- a bug -----------------------------------------------------------------------------

# A collaborator with a bug, which names the key that only a command knew.
BROKEN = """
import os, sys
from azchat.cli import main
from azchat.environment import Environment

class Broken:
    is_terminal = speaks_vt = False
    def write(self, text):
        raise RuntimeError("cannot write with " + os.environ["HOLDER"])
    def size(self):
        return 80, 24

real = Environment.real()
broken = Environment(real.variables, real.stdin, Broken(), real.stderr, real.cwd)
code, _ = main(sys.argv[1:], broken)
os._exit(code)
"""


def test_a_crash_log_masks_a_key_that_a_command_printed(home: Path, profile: Profile) -> None:
    env = profile(key_command=prints())
    result = azchat("ask", "hi", home=home, env=env, program=(sys.executable, "-P", "-c", BROKEN))
    check(result, code=1)
    log = Path(result.err.partition("crash log is ")[2].splitlines()[0])
    assert "cannot write with ***" in log.read_text()
