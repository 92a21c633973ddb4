"""Which cloud is meant, where a deployment is asked, and where no sign-in goes."""

from pathlib import Path
from typing import Any

import pytest

from azchat.azure.discovery.found import read_found
from azchat.azure.signed_in import CLOUDS, cloud_in_use, subscriptions

PUBLIC, GOVERNMENT = CLOUDS["AzureCloud"], CLOUDS["AzureUSGovernment"]
ROW = {"name": "d", "properties": {"model": {"name": "gpt-5", "format": "OpenAI"}}}


def endpoint(cloud: Any = PUBLIC, kind: str = "AIServices", row: Any = ROW, **about: Any) -> Any:
    account = {"id": "/subscriptions/s/a", "name": "r", "kind": kind, "properties": about}
    found = read_found(account, row, cloud)
    return found and found.endpoint


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "AzureCloud"),
        ({"AZURE_CLOUD": "AzureUSGovernment"}, "AzureUSGovernment"),
        ({"AZURE_CLOUD": "azurepubliccloud"}, "AzureCloud"),
        ({"AZURE_CLOUD": "China"}, "AzureChinaCloud"),
        ({"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"}, "AzureUSGovernment"),
        ({"AZURE_AUTHORITY_HOST": "login.chinacloudapi.cn"}, "AzureChinaCloud"),
    ],
)
def test_the_cloud_is_the_one_that_is_named(variables: dict[str, str], name: str) -> None:
    assert cloud_in_use({**variables, "AZURE_CONFIG_DIR": "/nonexistent"}, []) == (
        name,
        CLOUDS[name],
    )


def test_the_names_of_a_resource_become_its_address() -> None:
    name = {"customSubDomainName": "Res"}
    assert endpoint(**name) == "https://res.services.ai.azure.com/openai/v1"
    assert endpoint(kind="OpenAI", **name) == "https://res.openai.azure.com/openai/v1"
    assert endpoint(GOVERNMENT, "OpenAI", **name) == "https://res.openai.azure.us/openai/v1"
    at = "https://res.openai.azure.us/"
    assert endpoint(kind="OpenAI", endpoint=at, **name) == "https://res.openai.azure.us/openai/v1"
    regional = "https://eastus.api.cognitive.microsoft.com"
    assert endpoint(endpoint=f"{regional}/") == f"{regional}/openai/v1"


@pytest.mark.parametrize(
    ("model", "publisher", "route"),
    [("claude-opus", "Anthropic", "anthropic/v1"), ("MAI-Thinking-1", "Microsoft", "mai/v1")],
)
def test_a_route_is_that_of_the_publisher(model: str, publisher: str, route: str) -> None:
    row = {"name": "d", "properties": {"model": {"name": model, "format": publisher}}}
    found = endpoint(row=row, customSubDomainName="res")
    assert found == f"https://res.services.ai.azure.com/{route}"


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"customSubDomainName": "res", "endpoint": "https://evil.example/"},
        {"customSubDomainName": "res", "endpoint": "http://127.0.0.1:1/"},
        {"customSubDomainName": "res", "endpoint": "https://[bad"},
        {"customSubDomainName": "res.evil.example/"},
        {"customSubDomainName": "..", "endpoint": "\ud800"},
    ],
)
def test_no_sign_in_goes_to_a_host_that_is_not_azures(about: dict[str, str]) -> None:
    assert endpoint(**about) is None


@pytest.mark.parametrize("row", [{}, {"name": 5}, {"name": "", "properties": None}, {"sku": "x"}])
def test_a_row_without_a_name_is_none(row: dict[str, Any]) -> None:
    assert endpoint(row=row, customSubDomainName="res") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", '{"subscriptions": null}', '{"subscriptions": [null, 1, "x"]}'),
        '{"subscriptions": [{"id": "a", "name": "N/A(tenant level account)", "tenantId": "a"}]}',
        '{"subscriptions": [{"id": "a", "tenantId": "b", "state": "Disabled"}]}',
        "[" * 9999,
    ],
)
def test_a_profile_of_nobody_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "azureProfile.json").write_text(text, encoding="utf-8-sig")
    assert subscriptions({"AZURE_CONFIG_DIR": str(tmp_path)}) == []
