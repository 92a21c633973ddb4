"""A user who moves in: ``bring`` imports and returns the table, ``session`` what is there then."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.front_door import azchat

STORES = Path(__file__).parent / "stores"
Bring = Callable[..., dict[tuple[str, str], tuple[int, int, int, str]]]
Told = Callable[[], list[dict[str, Any]]]


def make_tables(file: Path, *names: str, more: str = "") -> Path:
    """Make a database of the SQL in the files of those names, and return it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file)
    for name in names:
        connection.executescript((STORES / f"{name}.sql").read_text())
    connection.executescript(more)
    connection.close()
    return file


@pytest.fixture
def bring(home: Path) -> Bring:
    """``azchat import``; returns what was kept, there, left out and why, by source and kind."""

    def run(*args: str | Path, **more: Any) -> dict[tuple[str, str], tuple[int, int, int, str]]:
        result = azchat("import", *map(str, args), home=home, **more)
        assert result.code == 0, result.err
        rows = [line.split("\t") for line in result.out.splitlines()]
        return {(r[0], r[1]): (int(r[2]), int(r[3]), int(r[4]), r[5]) for r in rows}

    return run


@pytest.fixture
def told(home: Path) -> Told:
    """Return all sessions in the order in which they came, as their form in JSON."""

    def load() -> list[dict[str, Any]]:
        kinds = ((), ("--failed",))
        lists = [azchat("sessions", "list", "--json", *kind, home=home) for kind in kinds]
        ids = sorted(i["id"] for listed in lists for i in json.loads(listed.out)["sessions"])
        shown = (azchat("sessions", "show", str(one), "--json", home=home) for one in ids)
        return [json.loads(each.out) for each in shown]

    return load


def said(session: dict[str, Any]) -> list[str]:
    """Return the parts of a session in short: who, what kind, and the words."""
    return [
        f"{message['role']} {part['type']}: {part.get('text', part.get('name'))}"
        for turn in session["turns"]
        for message in turn["messages"]
        for part in message["parts"]
    ]
