"""Where saving fails: before the question is sent if that can be known, else after the answer."""

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azchat.sessions.store import Store
from tests.conftest import Ask, User
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, Result, as_user
from tests.oracles import CANARY, check
from tests.sessions.talk import say

DATA = ".local/share/azchat"


def shell(script: str) -> tuple[str, ...]:
    return ("bash", "-c", f'{script}; exec "$@"', "bash", *PROGRAM)


# -- the disk is full (row 92) ---------------------------------------------------------


def test_an_answer_is_whole_when_the_disk_is_full(fs: FaultServer, ask: Ask, home: Path) -> None:
    check(ask(fs.url("ok"), "earlier"), code=0, servers=[fs])
    result = ask(fs.url("slow", n=300, ms=1), "hi", "-c", program=shell("ulimit -f 400"))
    check(result, code=9, servers=[fs])
    assert result.out == text_of(300) + "\n"
    assert "not saved" in result.err
    assert "no space" in result.err
    store = Store(home / DATA, print)
    assert store.load(1).turns[0].answer == text_of(10)
    assert store.load(1).turns[1].question.text == "hi"
    assert text_of(300).startswith(store.load(1).turns[1].answer)
    store.close()
    check(ask(fs.url("ok"), "later", "-c"), code=0, servers=[fs])


def test_a_question_is_not_sent_when_it_cannot_be_saved(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), program=shell("ulimit -f 1"))
    check(result, code=9, servers=[fs])
    assert "no space" in result.err
    assert fs.requests == []
    check(ask(fs.url("ok"), "hi", "-n", program=shell("ulimit -f 1")), code=0, servers=[fs])


def test_an_answer_that_is_neither_whole_nor_saved_tells_both(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "earlier"), code=0, servers=[fs])
    result = ask(fs.url("cut", n=300, ms=1), program=shell("ulimit -f 400"))
    check(result, code=9, servers=[fs])
    assert "no space" in result.err
    assert "  incomplete: connection closed" in result.err


def can_mount() -> bool:
    mount = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.fixture
def mounted(home: Path, ask: Ask) -> Callable[..., Result]:
    """``ask`` with a file system of its own for the data, which is gone afterwards."""
    if not can_mount():
        pytest.skip("mounting needs user namespaces")
    folder = home / "data"
    folder.mkdir(0o700)

    def run(url: str, options: str, script: str = "true", **more: Any) -> Result:
        place = shlex.quote(str(folder))
        mount = f"mount -t tmpfs -o {options},mode=700 tmpfs {place} && {script}"
        program = ("unshare", "-Urm", "sh", "-c", f'{mount}; "$@"', "sh", *PROGRAM)
        return ask(url, env={"AZCHAT_DATA_DIR": str(folder)}, program=program, **more)

    return run


def test_twenty_thousand_tokens_do_not_fit_on_a_small_disk(
    fs: FaultServer, mounted: Callable[..., Result]
) -> None:
    result = mounted(fs.url("ok", n=20_000), "size=400k")
    check(result, code=9, servers=[fs])
    assert result.out == text_of(20_000) + "\n"
    assert "no space is left" in result.err


def test_a_file_system_that_can_only_be_read_is_told_before_anything_is_sent(
    fs: FaultServer, mounted: Callable[..., Result]
) -> None:
    result = mounted(fs.url("ok"), "size=1M", 'mount -o remount,ro "$AZCHAT_DATA_DIR"')
    check(result, code=9, servers=[fs])
    assert "cannot save in" in result.err
    assert fs.requests == []


# -- there is no place (row 93) --------------------------------------------------------


def env_of(url: str, **more: str | None) -> dict[str, str | None]:
    return {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY, **more}


PLACES: dict[str, dict[str, str | None]] = {
    "no HOME": {"HOME": None},
    "empty HOME": {"HOME": ""},
    "HOME is no folder": {"HOME": "/dev/null"},
    "HOME is not there": {"HOME": "/nonexistent"},
    "data in a file": {"AZCHAT_DATA_DIR": "/etc/passwd"},
    "data in /proc": {"AZCHAT_DATA_DIR": "/proc/azchat"},
    "data of root": {"XDG_DATA_HOME": "/var/lib"},
    "too long": {"AZCHAT_DATA_DIR": "/tmp/" + "x" * 300},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_without_a_place_nothing_is_sent_unless_nothing_shall_be_saved(
    fs: FaultServer, user: User, place: dict[str, str | None]
) -> None:
    result = user("ask", "hi", env=env_of(fs.url("ok"), **place))
    check(result, code=9, servers=[fs])
    assert "--no-log" in result.err
    assert fs.requests == []
    check(user("ask", "hi", "-n", env=env_of(fs.url("ok"), **place)), code=0, servers=[fs])


@pytest.mark.parametrize("name", ["", "sessions.db"], ids=["folder", "file"])
def test_what_may_not_be_written_is_told_before_anything_is_sent(
    fs: FaultServer, user: User, user_home: Path, name: str
) -> None:
    data = user_home / "data"
    store = Store(data, print)
    say(store)
    store.close()
    (data / name).chmod(0o500 if not name else 0o400)
    env = env_of(fs.url("ok"), AZCHAT_DATA_DIR=str(data))
    check(user("ask", "hi", env=env), code=9, servers=[fs])
    assert fs.requests == []
    check(user("ask", "hi", "-n", env=env), code=0, servers=[fs])


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
def test_a_user_whom_the_system_does_not_know_can_ask_without_saving(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    more: dict[str, Any] = {"program": as_user(54321), "env": {"HOME": None, "TMPDIR": None}}
    check(ask(fs.url("ok"), cwd=Path("/"), **more), code=9, servers=[fs])
    check(ask(fs.url("ok"), "hi", "-n", cwd=Path("/"), **more), code=0, servers=[fs])


# -- the place is not the user's alone (row 100) ---------------------------------------


def as_link(data: Path) -> None:
    (data.parent / "elsewhere").mkdir(0o700)
    data.symlink_to(data.parent / "elsewhere")


def with_linked_file(data: Path) -> None:
    data.mkdir(0o700)
    (data.parent / "victim").write_text("keep me")
    (data / "sessions.db").symlink_to(data.parent / "victim")


def for_everybody(data: Path) -> None:
    data.mkdir()
    data.chmod(0o777)


def of_another(data: Path) -> None:
    data.mkdir(0o700)
    if os.getuid() != 0:
        pytest.skip("only root gives folders away")
    os.chown(data, 65534, 65534)


@pytest.mark.parametrize("make", [as_link, with_linked_file, for_everybody, of_another])
def test_a_place_where_others_could_get_at_it_is_refused(
    fs: FaultServer, ask: Ask, home: Path, make: Callable[[Path], None]
) -> None:
    make(home / "data")
    made = [path for path in home.rglob("*") if path.name != "tmp"]
    env = {"AZCHAT_DATA_DIR": str(home / "data")}
    result = ask(fs.url("ok"), env=env)
    check(result, code=9, servers=[fs], made=made)
    assert fs.requests == []
    assert not (home / "elsewhere/sessions.db").exists()
    if make is with_linked_file:
        assert (home / "victim").read_text() == "keep me"


# -- the file is of a newer azchat -----------------------------------------------------


def test_the_file_of_a_newer_azchat_is_not_written(fs: FaultServer, ask: Ask, home: Path) -> None:
    store = Store(home / DATA, print)
    say(store)
    store._database.execute("PRAGMA user_version = 99")
    store.close()
    before = (home / DATA / "sessions.db").read_bytes()
    result = ask(fs.url("ok"))
    check(result, code=9, servers=[fs])
    assert "newer azchat" in result.err
    assert (home / DATA / "sessions.db").read_bytes() == before
    check(ask(fs.url("ok"), "hi", "-n"), code=0, servers=[fs])
