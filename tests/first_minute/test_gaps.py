"""A cloud that is silent, throttled or only half seen: what is known is shown, the rest is said."""

import shlex
from pathlib import Path

import pytest

from azchat.azure.discovery import Search
from azchat.azure.signed_in import Cloud
from tests.faults.azure import OWNER, PERSON, AzureCloud
from tests.faults.entra import People
from tests.first_minute.conftest import Run, listed, names

ODD_GROUP = "my (first) group's"
NOT_ALL = "no deployment that can chat was found, but not all could be looked into"


def in_odd_group(cloud: AzureCloud) -> str:
    """Put the resource into a group whose name a shell would not take as it is; return its id."""
    account = cloud.accounts["res"]
    account["id"] = account["id"].replace("/group/", f"/{ODD_GROUP}/")
    return str(account["id"])


@pytest.mark.parametrize("silent", ["Authorization/permissions", "accounts/res/models"])
def test_what_can_be_done_without_takes_no_row_along(cloud: AzureCloud, silent: str) -> None:
    cloud.add("res", "one")
    cloud.hangs = silent
    found: list[tuple[str, bool | None]] = []
    search = Search(Cloud(cloud.root), "token", {}, dates=True, seconds=1.0)
    _, failures = search.run(lambda one: found.append((one.name, one.may_chat)))
    assert found == [("one", None if "Auth" in silent else True)]
    assert failures == []


def test_a_graph_that_is_silent_leaves_time_for_the_manager(cloud: AzureCloud) -> None:
    cloud.add("res", "one")
    cloud.hangs = "ResourceGraph"
    found: list[str] = []
    Search(Cloud(cloud.root), "token", {}, seconds=1.5).run(lambda one: found.append(one.name))
    assert found == ["one"]


@pytest.mark.parametrize("command", [("models", "--all"), ("config", "connect")])
def test_what_was_not_told_is_not_said_to_be_missing(
    cloud: AzureCloud, people: People, run: Run, home: Path, command: tuple[str, ...]
) -> None:
    cloud.add("res", "one")
    cloud.refusals["/"] = (429, "TooManyRequests", "slow down")
    cloud.retry_after = "60"
    cloud.sign_in(people, home)
    said = run(*command, code=3).err
    assert NOT_ALL in said
    assert "First: TooManyRequests: slow down" in said
    assert "hint: ask again in a minute" in said


def test_a_deployment_that_two_tenants_see_is_one(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.subscriptions["sub-2"], cloud.tenants["sub-2"] = "Second", "other.example"
    cloud.add("res", "one")  # told to both
    cloud.sign_in(people, home)
    assert names(run) == ["one"]


def test_tenants_that_are_too_many_are_named(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    for number in range(2, 8):
        own = f"sub-{number}"
        cloud.subscriptions[own], cloud.tenants[own] = own, f"tenant-{number}.example"
    cloud.add("res", "one")
    cloud.sign_in(people, home)
    (line,) = listed(run)["notices"]
    assert line == "not looked into, name one with --tenant: tenant-6.example, tenant-7.example"


def test_a_command_to_paste_is_quoted(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res")
    path = in_odd_group(cloud)
    cloud.sign_in(people, home)
    words = shlex.split(run("models", "--all", code=3).err.partition("make one: ")[2])
    assert words[words.index("-g") + 1] == ODD_GROUP
    cloud.add("res", "it's; mine")
    in_odd_group(cloud)
    cloud.permissions = OWNER
    said = run("config", "connect", code=4).err
    words = shlex.split(said.partition("minutes: ")[2].partition("; or with its key: ")[0])
    assert words[words.index("--scope") + 1] == path
    assert PERSON in words
    words = shlex.split(said.partition("; or with its key: ")[2])
    assert words[3:] == ["res/it's; mine", "--with-key"]


def test_names_to_choose_from_are_quoted(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "first one", "second")
    cloud.sign_in(people, home)
    said = run("config", "connect", code=2).err
    assert shlex.split(said.partition("connect NAME: ")[2]) == ["res/first one", "res/second"]


def test_a_private_network_is_said_in_the_list_and_when_it_is_taken(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "one", publicNetworkAccess="Disabled")
    cloud.sign_in(people, home)
    note = "reached from its private network alone"
    assert note in run("models", "--all").out
    assert f"res: {note}" in run("config", "connect").err
