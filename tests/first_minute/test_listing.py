"""``azchat models --all``: what is found, what is hidden, and what stops nothing."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.faults.azure import CHATS, NAME, OWNER, TENANT, AzureCloud, deployment
from tests.faults.entra import People
from tests.first_minute.conftest import Run, listed, names


def test_the_table_says_what_is_known(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "gpt-5-mini")
    cloud.sign_in(people, home)
    head, line = run("models", "--all").out.splitlines()
    assert head.split()[:5] == ["NAME", "MODEL", "VERSION", "DIALECT", "RESOURCE"]
    assert line.split() == [
        *("gpt-5-mini", "gpt-5-mini", "1", "chat", "res", "First", "swedencentral"),
        *("250", "GlobalStandard", "yes", "Succeeded"),
    ]


def test_one_graph_query_and_two_requests_a_resource(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("a", "gpt-5-mini")
    cloud.add("b", "gpt-5-mini")
    cloud.sign_in(people, home)
    run("config", "connect", "a/gpt-5-mini")
    assert len(cloud.paths("ResourceGraph")) == 1
    assert len(cloud.paths("/deployments")) == len(cloud.paths("/permissions")) == 2
    assert len(cloud.requests) == 5


@pytest.mark.parametrize(
    "row",
    [
        deployment("e", model="text-embedding-3-large", capabilities={"embeddings": "true"}),
        deployment("r", model="gpt-realtime"),
        deployment("i", model="gpt-image-1", capabilities={}),
        deployment("b", model="gpt-5-mini", sku="GlobalBatch"),
        deployment("d", model="gpt-5-mini", sku="DataZoneBatch"),
        deployment("n", model="odd", capabilities={"chatCompletion": "false"}),
        deployment("t", model="gpt-4o-transcribe"),
    ],
    ids=lambda row: row["name"],
)
def test_what_cannot_chat_is_hidden(
    cloud: AzureCloud, people: People, run: Run, home: Path, row: dict[str, Any]
) -> None:
    cloud.add("res", row, "gpt-5-mini")
    cloud.sign_in(people, home)
    assert names(run) == ["gpt-5-mini"]


@pytest.mark.parametrize(
    "row",
    [
        deployment("x", capabilities={}),
        deployment("x", capabilities={"chatCompletion": "True"}),
        deployment("x", capabilities={"responses": "true"}, about={"format": "xAI"}),
        deployment("ä b/..%2F?x=1", capabilities=CHATS),
        {"name": "bare", "properties": {"model": {"name": "m"}}},
    ],
    ids=repr,
)
def test_what_can_chat_is_shown_whatever_is_left_out(
    cloud: AzureCloud, people: People, run: Run, home: Path, row: dict[str, Any]
) -> None:
    cloud.add("res", row)
    cloud.sign_in(people, home)
    assert names(run) == [row["name"]]


def test_the_first_is_what_works_in_the_default_subscription(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.subscriptions["sub-2"], cloud.tenants["sub-2"] = "Second", cloud.tenants["sub-1"]
    failed = deployment("failed", properties={"provisioningState": "Failed"})
    newer = deployment("newer", systemData={"lastModifiedAt": "2026-11-01T00:00:00Z"})
    cloud.add("other", "elsewhere", sub="sub-2")
    cloud.add("res", failed, "older", newer)
    cloud.sign_in(people, home)
    assert names(run) == ["newer", "older", "elsewhere", "failed"]


def test_pages_are_followed_in_the_graph_and_in_a_list(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    for number in range(5):
        cloud.add(f"res{number}", *(f"d{number}-{one}" for one in range(5)))
    cloud.page = 2
    cloud.sign_in(people, home)
    assert len(names(run)) == 25


def test_without_the_graph_each_subscription_is_asked(people: People, run: Run, home: Path) -> None:
    with AzureCloud(graph=False) as cloud:
        cloud.subscriptions["sub-2"], cloud.tenants["sub-2"] = "Second", cloud.tenants["sub-1"]
        cloud.add("a", "one")
        cloud.add("b", "two", sub="sub-2")
        cloud.refusals["/subscriptions/sub-2/providers"] = (403, "AuthorizationFailed", "no right")
        cloud.sign_in(people, home)
        told = listed(run)
    assert [row["name"] for row in told["models"]] == ["one"]
    assert told["notices"] == [
        "Second: AuthorizationFailed: no right",
        "1 of 2 subscriptions could not be looked into: Second",
    ]


def test_what_the_graph_leaves_out_is_said(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    for own in ("sub-2", "sub-3"):
        cloud.subscriptions[own], cloud.tenants[own] = f"Sub {own}", cloud.tenants["sub-1"]
    cloud.hidden = {"sub-2"}
    cloud.add("a", "one")
    cloud.sign_in(people, home)
    assert listed(run)["notices"] == ["1 of 3 subscriptions could not be looked into: Sub sub-2"]


def test_a_resource_that_refuses_is_one_line(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("good", "one")
    cloud.add("bad", "two")
    cloud.refusals["accounts/bad/deployments"] = (403, "AuthorizationFailed", "no\nright")
    cloud.sign_in(people, home)
    told = listed(run)
    assert [row["name"] for row in told["models"]] == ["one"]
    assert told["notices"] == ["bad: AuthorizationFailed: no right"]


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        ([{"dataActions": ["Microsoft.CognitiveServices/*"]}], True),
        ([{"dataActions": ["microsoft.cognitiveservices/accounts/openai/*"]}], True),
        ([{"dataActions": ["*"], "notDataActions": ["*/chat/completions/action"]}], False),
        (OWNER, False),
        ([], False),
        (None, False),
        ([{"dataActions": ["*"], "notDataActions": ["*/action"]}, {"dataActions": ["*"]}], True),
    ],
)
def test_who_may_chat_is_known_beforehand(
    cloud: AzureCloud, people: People, run: Run, home: Path, permissions: Any, may: bool
) -> None:
    cloud.permissions = permissions
    cloud.add("res", "one")
    cloud.sign_in(people, home)
    assert [row["may_chat"] for row in listed(run)["models"]] == [may]


def test_where_nobody_tells_it_is_not_known(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "one")
    cloud.refusals["/permissions"] = (403, "AuthorizationFailed", "")
    cloud.sign_in(people, home)
    assert [row["may_chat"] for row in listed(run)["models"]] == [None]


def test_the_date_of_the_deployments_own_kind_wins(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.models = [
        {
            "format": "OpenAI",
            "name": "m",
            "version": "1",
            "deprecation": {"inference": "2027-05-01T00:00:00Z"},
            "skus": [
                {"name": "Standard", "deprecationDate": "2027-01-01T00:00:00Z"},
                {"name": "GlobalStandard", "deprecationDate": "2027-03-01T00:00:00Z"},
            ],
        },
        {
            "format": "OpenAI",
            "name": "k",
            "version": "1",
            "deprecation": {"inference": "2027-06-01"},
        },
    ]
    cloud.add("res", "m", "k")
    cloud.sign_in(people, home)
    assert {row["name"]: row["retires"] for row in listed(run)["models"]} == {
        "m": "2027-03-01",
        "k": "2027-06-01",
    }


MODELS = [
    {"name": "gpt-5-mini", "version": "2", "lifecycleStatus": "GenerallyAvailable"},
    {"name": "gpt-5-mini", "version": "1", "lifecycleStatus": "GenerallyAvailable"},
    {"name": "gpt-6-mini", "version": "3", "lifecycleStatus": "Preview"},
    {"name": "gpt-4o-realtime-mini", "version": "4", "lifecycleStatus": "GenerallyAvailable"},
]


@pytest.mark.parametrize(
    ("models", "model"),
    [
        (MODELS, "--model-name gpt-5-mini --model-version 2 --model-format OpenAI"),
        ([], "--model-name MODEL --model-version VERSION --model-format OpenAI"),
    ],
)
def test_nothing_deployed_says_how_to(
    cloud: AzureCloud, people: People, run: Run, home: Path, models: Any, model: str
) -> None:
    about = {"format": "OpenAI", "capabilities": {"chatCompletion": "true"}}
    cloud.models = [about | one for one in models]
    cloud.add("res")
    cloud.sign_in(people, home)
    said = run("models", "--all", code=3).err
    command = (
        "az cognitiveservices account deployment create -g group -n res --deployment-name chat"
    )
    assert f"{command} {model} --sku-name GlobalStandard --sku-capacity 10" in said


def test_no_resource_says_where_was_looked(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.sign_in(people, home)
    said = run("models", "--all", code=3).err
    assert "looked into: First" in said
    assert "https://ai.azure.com" in said
    assert "Reader" in said


def test_without_a_subscription_it_is_said(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.subscriptions = {}
    cloud.sign_in(people, home)
    profile = home / ".azure" / "azureProfile.json"
    name = "N/A(tenant level account)"  # as az login --allow-no-subscriptions writes it
    row = {"id": TENANT, "tenantId": TENANT, "name": name, "environmentName": NAME}
    profile.write_text(json.dumps({"subscriptions": [row]}))
    said = run("models", "--all", code=3, env={"AZURE_CLOUD": NAME}).err
    assert "your account has no subscription" in said
    assert "az login --tenant TENANT" in said
    assert "Reader" in said


def test_without_the_right_to_list_the_role_is_named(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.refusals["ResourceGraph"] = (403, "AuthorizationFailed", "no graph")
    cloud.refusals["/providers/"] = (403, "AuthorizationFailed", "no right")
    cloud.sign_in(people, home)
    said = run("config", "connect", code=3).err
    assert "First: AuthorizationFailed: no right" in said
    assert "ask for the role Reader" in said
    assert len(said.splitlines()) <= 5


@pytest.mark.parametrize(("seconds", "count"), [("1", 2), ("300", 1), (None, 1), ("soon", 1)])
def test_a_manager_that_is_throttled_is_waited_for_if_it_is_not_long(
    cloud: AzureCloud, people: People, run: Run, home: Path, seconds: str | None, count: int
) -> None:
    cloud.add("busy", "one")
    cloud.add("res", "two")
    cloud.refusals["accounts/busy/deployments"] = (429, "TooManyRequests", "slow down")
    cloud.retry_after = seconds
    cloud.sign_in(people, home)
    told = listed(run)
    assert [row["name"] for row in told["models"]] == ["two"]
    assert told["notices"] == ["busy: TooManyRequests: slow down"]
    assert len(cloud.paths("busy/deployments")) == count


@pytest.mark.parametrize(
    ("about", "note"),
    [
        ({"publicNetworkAccess": "Disabled"}, "reached from its private network alone"),
        (
            {"networkAcls": {"defaultAction": "Deny"}},
            "its firewall lets chosen networks in alone",
        ),
    ],
)
def test_a_resource_that_is_shut_is_marked_and_stands_last(
    cloud: AzureCloud, people: People, run: Run, home: Path, about: Any, note: str
) -> None:
    cloud.add("a-shut", "one", **about)
    cloud.add("b-open", "two")
    cloud.sign_in(people, home)
    assert [(row["name"], row["notes"]) for row in listed(run)["models"]] == [
        ("two", []),
        ("one", [note]),
    ]


def test_keys_that_are_off_are_known(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.permissions = OWNER
    cloud.add("res", "one", disableLocalAuth=True)
    cloud.sign_in(people, home)
    assert [row["takes_keys"] for row in listed(run)["models"]] == [False]
    said = run("config", "connect", code=4).err
    assert "az role assignment create" in said
    assert "--with-key" not in said


@pytest.mark.parametrize(
    "name",
    ["ä b", "a'c \"d", "x\x1b[31mred", "\u202egnp", "a/b", "$(id)", "-rf", "\U0001d54f"],
)
def test_odd_names_are_shown_and_kept_as_they_are(
    cloud: AzureCloud, people: People, run: Run, home: Path, name: str
) -> None:
    cloud.add("res", name, "other")
    cloud.sign_in(people, home)
    assert name in names(run)
    shown = run("models", "--all").out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    cloud.permissions = OWNER
    said = run("config", "connect", f"res/{name}", code=4).err
    if name.isprintable():
        quoted = shlex.quote(f"res/{name}")
        assert f"azchat config connect {quoted} --with-key" in " ".join(said.split())
    run("config", "connect", f"res/{name}", "--with-key")
    run("ask", "hi")
    assert cloud.requests[-1].json()["model"] == name


def test_nobody_signed_in_is_told_to(people: People, run: Run) -> None:
    said = run("models", "--all", code=4).err
    assert "az login" in said
    told = json.loads(run("models", "--all", "--json", code=4).out)
    assert told["error"]["class"] == "auth"


def test_an_expired_login_names_the_tenant(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "one")
    cloud.sign_in(people, home)
    people.write_failing("az", "ERROR: AADSTS700082: The refresh token has expired.")
    said = run("models", "--all", code=4).err
    assert f"az login --tenant {cloud.tenants['sub-1']}" in said


def test_two_tenants_are_asked_with_a_token_each(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.subscriptions["sub-2"], cloud.tenants["sub-2"] = "Second", "other-tenant"
    cloud.add("res", "one")
    cloud.sign_in(people, home)
    listed(run)
    asked = {call.partition("--tenant ")[2] for call in people.calls("az")}
    assert asked == set(cloud.tenants.values())


def test_many_are_listed(cloud: AzureCloud, people: People, run: Run, home: Path) -> None:
    cloud.add("res", *(f"d{number:03}" for number in range(500)))
    cloud.sign_in(people, home)
    assert len(names(run)) == 500
