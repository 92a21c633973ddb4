"""What others can write is not obeyed; what they planted in the way is not written through."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.oracles import CANARY

NOBODY = 65534
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
Spoil = Callable[[Path], object]

SPOILED: dict[str, Spoil] = {
    "group-writable": lambda path: path.chmod(0o620),
    "world-writable": lambda path: path.chmod(0o606),
    "its folder is writable": lambda path: path.parent.chmod(0o777),
    "its folder is the group's too": lambda path: path.parent.chmod(0o770),
    "a folder above is writable": lambda path: path.parent.parent.chmod(0o777),
    "it is a link to a writable folder": lambda path: link_away(path),
}
GIVEN_AWAY: dict[str, Spoil] = {
    "of another user": lambda path: os.chown(path, NOBODY, -1),
    "its folder is another user's": lambda path: os.chown(path.parent, NOBODY, -1),
}
EVERY = [
    *(pytest.param(spoil, id=name) for name, spoil in SPOILED.items()),
    *(pytest.param(spoil, id=name, marks=as_root) for name, spoil in GIVEN_AWAY.items()),
]


def link_away(path: Path) -> None:
    """Leave a link in the place of ``path``, to a folder in which others can replace it."""
    folder = path.parent / "open"
    folder.mkdir()
    folder.chmod(0o777)
    path.symlink_to(path.rename(folder / path.name))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("spoil", EVERY)
def test_a_config_file_that_others_can_write_is_refused_and_its_command_not_run(
    home: Path, spoil: Spoil
) -> None:
    marked = home / "ran"
    path = write(
        home / ".config/azchat/config.toml",
        f'endpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\nkey_command = "touch {marked}"\n',
    )
    spoil(path)
    result = azchat("ask", "hi", home=home)
    assert (result.code, marked.exists()) == (3, False)
    assert "config.toml is not read: " in result.err
    assert "hint: " in result.err


@pytest.mark.parametrize("spoil", EVERY)
def test_trust_that_others_can_write_is_refused(home: Path, spoil: Spoil) -> None:
    write(home / ".env", "OPENAI_BASE_URL=http://127.0.0.1:9/v1\n")
    assert azchat("config", "trust", home=home).code == 0
    spoil(home / ".local/share/azchat/trusted.json")
    result = azchat("ask", "hi", "-m", "m", "-n", home=home, env={"OPENAI_API_KEY": CANARY})
    assert result.code == 3
    assert "trusted.json is not read: " in result.err


@pytest.mark.parametrize("spoil", EVERY)
def test_a_template_that_others_can_write_is_refused(home: Path, spoil: Spoil) -> None:
    spoil(write(home / ".config/azchat/templates/t.toml", 'prompt = "hi"\n'))
    result = azchat("ask", "--demo", "--no-log", "-t", "t", home=home)
    assert result.code == 5
    assert "t.toml is not read: " in result.err


@pytest.mark.parametrize("spoil", EVERY)
def test_a_tool_file_that_others_can_write_is_not_run(home: Path, spoil: Spoil) -> None:
    marked = home / "ran"
    code = f"open({str(marked)!r}, 'w')\ndef f() -> str:\n    'It.'\n    return ''\n"
    spoil(write(home / "tools/x.py", code))
    result = azchat("ask", "--demo", "--no-log", "-T", "tools/x.py", "hi", home=home)
    assert (result.code, marked.exists()) == (5, False)
    assert "tool file tools/x.py is not run: " in result.err


def test_a_program_that_others_can_write_gives_no_key(home: Path) -> None:
    program = write(home / "keys", f"#!/bin/sh\ntouch {home}/ran\necho {CANARY}\n")
    program.chmod(0o777)
    env = {"AZCHAT_CONFIG": str(home / "c.toml")}
    write(
        home / "c.toml",
        f'endpoint = "http://127.0.0.1:9/v1"\nmodel = "m"\nkey_command = "{program}"\n',
    )
    result = azchat("ask", "hi", home=home, env=env)
    assert (result.code, (home / "ran").exists()) == (3, False)
    assert "is not run: others may write to it" in result.err


# -- what is written -------------------------------------------------------------------

OPTIONS = ("--output", "--record", "--thinking-file")


def saying(home: Path, option: str) -> tuple[int, str]:
    result = azchat("ask", "--demo", "--no-log", "hi", option, "shared/out", home=home)
    return result.code, result.err


@pytest.fixture
def shared(home: Path) -> Path:
    """A folder as /tmp is, and a file of the user's elsewhere."""
    folder = home / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    write(home / "mine", "precious")
    return folder


@pytest.mark.parametrize("planted", [Path.hardlink_to, Path.symlink_to], ids=["hard", "soft"])
def test_a_partial_file_that_was_planted_is_not_written_through(
    home: Path, shared: Path, planted: Callable[[Path, Path], None]
) -> None:
    planted(shared / "out.partial", home / "mine")
    assert saying(home, "--output") == (0, "")
    assert (home / "mine").read_text() == "precious"
    assert (shared / "out").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in shared.iterdir()] == ["out"]


@as_root
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("behind", [False, True], ids=["at once", "behind a link of one's own"])
def test_a_link_of_another_user_is_not_followed(
    home: Path, shared: Path, option: str, behind: bool
) -> None:
    place = shared / ("planted" if behind else "out")
    place.symlink_to(home / "mine")
    os.chown(place, NOBODY, -1, follow_symlinks=False)
    if behind:
        (shared / "out").symlink_to("planted")
    code, err = saying(home, option)
    assert (code, (home / "mine").read_text()) == (9, "precious")
    assert "belongs to another user" in err


@as_root
@pytest.mark.parametrize("option", OPTIONS[1:])
@pytest.mark.parametrize("make", [Path.touch, os.mkfifo], ids=["file", "FIFO"])
def test_a_file_or_a_pipe_of_another_user_gets_nothing(
    home: Path, shared: Path, option: str, make: Callable[[Path], None]
) -> None:
    make(shared / "out")
    os.chown(shared / "out", NOBODY, -1)
    code, err = saying(home, option)
    assert (code, (shared / "out").stat().st_size) == (9, 0)
    assert "belongs to another user" in err


@pytest.mark.parametrize("option", OPTIONS[1:])
def test_a_hard_link_is_not_written_through(home: Path, shared: Path, option: str) -> None:
    (shared / "out").hardlink_to(home / "mine")
    code, err = saying(home, option)
    assert (code, (home / "mine").read_text()) == (9, "precious")
    assert "another name" in err


@pytest.mark.parametrize("option", OPTIONS)
def test_what_was_there_is_not_everybodys_to_write(home: Path, shared: Path, option: str) -> None:
    (shared / "out").touch()
    (shared / "out").chmod(0o666)
    assert saying(home, option)[0] == 0
    assert (shared / "out").stat().st_mode & 0o777 == 0o664
