"""Files that are replaced stay who they were for; no home is made."""

import stat
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.oracles import check


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("there", [0o644, 0o664, 0o600, 0o755])
@pytest.mark.parametrize("option", ["--output", "--thinking-file", "--record"])
def test_a_file_that_is_replaced_keeps_its_mode(home: Path, option: str, there: int) -> None:
    (home / "a").write_text("before")
    (home / "a").chmod(there)
    check(azchat("ask", "--demo", "hi", option, "a", home=home), code=0, made=[home / "a"])
    assert mode(home / "a") == there
    assert (home / "a").read_text() not in ("", "before")


def test_an_export_keeps_it_too_and_a_new_file_is_private(home: Path) -> None:
    azchat("ask", "--demo", "hi", home=home)
    (home / "a.md").touch()
    (home / "a.md").chmod(0o644)
    for name in ("a.md", "b.md"):
        check(
            azchat("sessions", "export", "--output", name, home=home), code=0, made=[home / "a.md"]
        )
    assert (mode(home / "a.md"), mode(home / "b.md")) == (0o644, 0o600)


IN_PLACES = {"XDG_CONFIG_HOME": "{}/.config", "XDG_DATA_HOME": "{}/.local/share"}


@pytest.mark.parametrize("variables", [{"HOME": "{}"}, {"HOME": "/", **IN_PLACES}])
@pytest.mark.parametrize(
    "args",
    [
        ["ask", "--demo", "hi"],
        ["ask", "--demo", "-n", "hi"],
        ["chat", "--demo"],
        ["config", "set", "model", "x"],
        ["sessions", "list"],
        ["ask", "--save", "x", "hi"],
    ],
    ids=" ".join,
)
def test_no_home_is_made_that_is_not_there(
    tmp_path: Path, args: list[str], variables: dict[str, str]
) -> None:
    (tmp_path / "here").mkdir()
    gone = tmp_path / "gone" / "user"
    env = {name: value.format(gone) for name, value in variables.items()}
    result = azchat(*args, home=tmp_path / "here", env=env)
    assert result.code in (0, 9), result
    assert not gone.parent.exists()
