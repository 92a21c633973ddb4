"""What is found beside the deployments of resources: projects, hubs, and what may not be read."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from azchat.azure.discovery import Search
from azchat.azure.signed_in import Cloud
from tests.faults.azure import AzureCloud
from tests.faults.entra import AI, COGNITIVE, People, claims
from tests.faults.fake_keyring import kept
from tests.first_minute.conftest import Run, listed, names

SUB = "/subscriptions/sub-1/resourceGroups/group/providers"
SPACE = f"{SUB}/Microsoft.MachineLearningServices/workspaces/hub-project"
DENIED = (403, "AuthorizationFailed", "no right")


def add_project(cloud: AzureCloud, resource: str, name: str, **more: Any) -> str:
    """Add a project with one deployment; return its address."""
    url = f"{cloud.root}/{resource}/api/projects/{name}"
    cloud.further.append(
        {
            "id": f"{SUB}/Microsoft.CognitiveServices/accounts/{resource}/projects/{name}",
            "name": f"{resource}/{name}",
            "type": "microsoft.cognitiveservices/accounts/projects",
            "location": "swedencentral",
            "subscriptionId": "sub-1",
            "properties": {"endpoints": {"AI Foundry API": url}},
        }
        | more
    )
    row = {"name": f"of-{name}", "modelName": "gpt-5-mini", "modelPublisher": "OpenAI"}
    embedding = {"name": "e", "modelName": "text-embedding-3-large"}
    cloud.lists[f"/{resource}/api/projects/{name}/deployments"] = {"value": [row, embedding]}
    return url


def add_serverless(cloud: AzureCloud, uri: str | None = None, state: str = "Online") -> None:
    cloud.further.append(
        {
            "id": SPACE,
            "name": "hub-project",
            "type": "microsoft.machinelearningservices/workspaces",
            "kind": "Project",
            "location": "eastus",
            "subscriptionId": "sub-1",
        }
    )
    model = "azureml://registries/azureml-deepseek/models/DeepSeek-R1/versions/1"
    inner = {"authMode": "Key", "endpointState": state, "modelSettings": {"modelId": model}}
    inner["inferenceEndpoint"] = {"uri": uri or f"{cloud.root}/serverless/v1"}
    own = {"id": f"{SPACE}/serverlessEndpoints/r1", "name": "r1", "properties": inner}
    cloud.lists[f"{SPACE}/serverlessEndpoints"] = {"value": [own]}
    cloud.lists[f"{SPACE}/serverlessEndpoints/r1/listKeys"] = {"primaryKey": "key-of-r1-12345678"}


def test_a_project_whose_resource_is_not_shown_lists_its_own(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    url = add_project(cloud, "res", "mine")
    cloud.sign_in(people, home)
    (row,) = listed(run)["models"]
    assert (row["name"], row["model"]) == ("of-mine", "gpt-5-mini")
    assert row["endpoint"] == f"{url}/openai/v1"
    asked = next(one for one in cloud.requests if one.path.startswith("/res/api"))
    assert claims(asked.header("authorization"))["aud"] == AI
    run("config", "connect", "of-mine")
    assert run("ask", "hi").out == "fine\n"


def test_a_project_of_a_resource_that_is_shown_is_not_asked(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "one")
    add_project(cloud, "RES", "mine")
    cloud.sign_in(people, home)
    assert names(run) == ["one"]
    assert cloud.paths("api/projects") == []


def test_who_may_not_read_the_deployments_gets_the_resources_own_list(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "hidden")
    cloud.refusals["accounts/res/deployments"] = DENIED
    rows = [{"id": "seen", "model": "gpt-5-mini", "status": "succeeded"}]
    cloud.lists["/res/openai/deployments"] = {"data": rows}
    cloud.sign_in(people, home)
    told = listed(run)
    assert [row["name"] for row in told["models"]] == ["seen"]
    assert told["notices"] == []
    asked = next(one for one in cloud.requests if one.path.startswith("/res/openai"))
    assert claims(asked.header("authorization"))["aud"] == COGNITIVE


def test_a_serverless_endpoint_takes_its_key_alone(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    add_serverless(cloud)
    cloud.sign_in(people, home)
    (row,) = listed(run)["models"]
    assert (row["model"], row["resource"]) == ("DeepSeek-R1", "hub-project")
    assert row["notes"] == ["takes keys alone"]
    said = run("config", "connect", "r1", code=4).err
    assert "fetch its key: azchat config connect hub-project/r1 --with-key" in said
    assert not (home / ".config/azchat/config.toml").exists()
    run("config", "connect", "r1", "--with-key")
    assert "key-of-r1-12345678" in kept(home).values()
    profile = tomllib.loads((home / ".config/azchat/config.toml").read_text())["profiles"]
    assert profile["hub-project"]["endpoint"].endswith("/serverless/v1")


@pytest.mark.parametrize(
    "uri", ["https://evil.example/v1", "http://10.0.0.1/v1", "", "https://[bad", "x"]
)
def test_no_key_goes_to_a_host_that_is_not_azures(
    cloud: AzureCloud, people: People, run: Run, home: Path, uri: str
) -> None:
    add_serverless(cloud, uri or "/")
    add_project(cloud, "other", "p", properties={"endpoints": {"AI Foundry API": uri}})
    cloud.sign_in(people, home)
    assert "no Azure AI resource was found" in run("models", "--all", code=3).err


def test_a_hub_that_may_not_be_read_is_one_line(
    cloud: AzureCloud, people: People, run: Run, home: Path
) -> None:
    cloud.add("res", "one")
    add_serverless(cloud)
    cloud.refusals["/serverlessEndpoints"] = DENIED
    cloud.sign_in(people, home)
    told = listed(run)
    assert [row["name"] for row in told["models"]] == ["one"]
    assert told["notices"] == ["hub-project: AuthorizationFailed: no right"]


def test_what_hangs_is_not_waited_for(cloud: AzureCloud) -> None:
    cloud.add("good", "one")
    cloud.add("slow", "two")
    cloud.hangs = "accounts/slow/"
    found: list[str] = []
    search = Search(Cloud(cloud.root), "token", {}, seconds=1.0)
    resources, failures = search.run(lambda one: found.append(one.name))
    assert found == ["one"]
    assert len(resources) == 2
    (line,) = failures
    assert re.fullmatch(r"slow: (no answer|127.0.0.1 did not answer) within (1|0\.\d) s", line)
