"""A token ends when it says so itself, wherever on earth its user is."""

import json
import time
from pathlib import Path

import pytest

from tests.faults.entra import People
from tests.faults.server import FaultServer
from tests.sign_in.conftest import Keyless

ZONES = ["UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati"]


@pytest.fixture
def url(fs: FaultServer) -> str:
    return fs.url("ok").removesuffix("/v1") + "/openai/v1"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("tool", ["az", "azd"])
def test_it_is_kept_for_its_hour_in_every_zone(
    home: Path, keyless: Keyless, people: People, url: str, zone: str, tool: str
) -> None:
    end = int(time.time() + 3600)
    people.write_az(exp=end)
    people.write_azd(exp=end)
    for _ in range(2):
        keyless(url, "--auth", tool, env={"TZ": zone})
    assert len(people.calls(tool)) == 1
    notes = json.loads((home / ".local/share/azchat/tokens.json").read_text())
    assert [note["until"] for note in notes.values()] == [end]


@pytest.mark.parametrize("zone", ZONES)
def test_it_is_not_used_past_its_end_whatever_its_giver_said(
    keyless: Keyless, people: People, url: str, zone: str
) -> None:
    people.write_azd(exp=int(time.time() + 200))  # azd itself says an hour
    for _ in range(2):
        keyless(url, "--auth", "azd", env={"TZ": zone})
    assert len(people.calls("azd")) == 2


@pytest.mark.parametrize("end", ["soon", None, True, {}, 1e400])
def test_an_end_that_is_none_is_not_believed(
    keyless: Keyless, people: People, url: str, end: object
) -> None:
    people.write_az(exp=end)
    keyless(url, "--auth", "az")
