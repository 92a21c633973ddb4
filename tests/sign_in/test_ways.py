"""Each way to sign in, over HTTP, with look-alikes of who gives the tokens."""

from pathlib import Path

import pytest

from tests.faults.entra import AI, COGNITIVE, ML, People, claims, identity_endpoint
from tests.faults.server import FaultServer
from tests.sign_in.conftest import Keyless

V1, DEPLOYMENT = "openai/v1", "openai/deployments/d"


def url_of(fs: FaultServer, base: str) -> str:
    return fs.url("ok").removesuffix("/v1") + f"/{base}"


def giver(fs: FaultServer) -> object:
    return claims(fs.requests[-1].header("authorization"))["iss"]


@pytest.mark.parametrize(
    ("base", "audience"),
    [
        (V1, AI),
        ("api/projects/p/openai/v1", AI),
        (DEPLOYMENT, COGNITIVE),
        ("models", COGNITIVE),
        ("mai/v1", COGNITIVE),
    ],
)
def test_a_token_is_for_the_scope_of_the_route(
    fs: FaultServer, keyless: Keyless, people: People, base: str, audience: str
) -> None:
    people.write_az()
    keyless(url_of(fs, base), "--auth", "az")
    assert claims(fs.requests[-1].header("authorization"))["aud"] == audience
    assert people.calls("az") == [
        f"account get-access-token --output json --scope {audience}/.default"
    ]


def test_azd_is_asked_for_the_tenant(fs: FaultServer, keyless: Keyless, people: People) -> None:
    people.write_azd()
    keyless(url_of(fs, V1), "--auth", "azd", env={"AZURE_TENANT_ID": "contoso.com"})
    assert giver(fs) == "azd"
    assert people.calls("azd") == [
        f"auth token --output json --no-prompt --scope {AI}/.default --tenant-id contoso.com"
    ]


def test_the_flag_goes_before_the_variable(
    fs: FaultServer, keyless: Keyless, people: People
) -> None:
    people.write_az()
    tenant = {"AZURE_TENANT_ID": "contoso.com"}
    keyless(url_of(fs, V1), "--auth", "az", "--tenant", "fabrikam.com", env=tenant)
    assert people.calls("az")[0].endswith("--tenant fabrikam.com")


@pytest.mark.parametrize("place", ["app_service", "imds"])
def test_a_managed_identity_is_the_one_of_the_client_id(
    fs: FaultServer, keyless: Keyless, place: str
) -> None:
    with identity_endpoint() as machine:
        env = {**getattr(machine, place), "AZURE_CLIENT_ID": "1234-abcd"}
        keyless(url_of(fs, V1), "--auth", "managed", env=env)
        assert [(one["resource"], one["client_id"]) for one in machine.asked] == [(AI, "1234-abcd")]
    assert giver(fs) == "machine"


@pytest.mark.parametrize(
    ("choice", "by"),
    [
        (None, "machine"),
        ("prod", "machine"),
        ("dev", "az"),
        ("AzureDeveloperCliCredential", "azd"),
        ("AzureCliCredential", "az"),
        ("ManagedIdentityCredential", "machine"),
    ],
)
def test_the_variable_chooses_among_the_credentials(
    fs: FaultServer, keyless: Keyless, people: People, choice: str | None, by: str
) -> None:
    people.write_az()
    people.write_azd()
    with identity_endpoint() as machine:
        env = {**machine.app_service, "AZURE_TOKEN_CREDENTIALS": choice}
        keyless(url_of(fs, V1), "--auth", "entra", env=env)
    assert giver(fs) == by


def test_without_az_the_developer_is_signed_in_by_azd(
    fs: FaultServer, keyless: Keyless, people: People
) -> None:
    people.write_azd()
    keyless(url_of(fs, V1), "--auth", "entra", env={"AZURE_TENANT_ID": "contoso.com"})
    assert giver(fs) == "azd"
    assert people.calls("azd")[0].endswith("--tenant-id contoso.com")


def test_az_goes_before_azd_even_when_it_is_slow(
    fs: FaultServer, keyless: Keyless, people: People, home: Path
) -> None:
    people.write_azd()
    people.write_az()
    script = home / "bin" / "az"
    script.write_text(script.read_text().replace("case", "sleep 2\ncase", 1))
    keyless(url_of(fs, V1), "--auth", "entra")
    assert giver(fs) == "az"


def test_a_credential_that_hangs_does_not_stand_before_the_next(
    fs: FaultServer, keyless: Keyless, people: People
) -> None:
    people.write_hanging("az")
    people.write_azd()
    keyless(url_of(fs, V1), "--auth", "entra")
    assert giver(fs) == "azd"


def test_a_wrong_choice_is_refused_with_the_right_ones(fs: FaultServer, keyless: Keyless) -> None:
    env = {"AZURE_TOKEN_CREDENTIALS": "azure"}
    result = keyless(url_of(fs, V1), "--auth", "entra", code=3, env=env)
    assert "Invalid value for AZURE_TOKEN_CREDENTIALS: azure" in result.err
    assert fs.requests == []


@pytest.mark.parametrize("tenant", ["a b", "contoso/evil", "--all", "ä"])
def test_a_malformed_tenant_reaches_no_tool(
    fs: FaultServer, keyless: Keyless, people: People, tenant: str
) -> None:
    people.write_az()
    result = keyless(url_of(fs, V1), "--auth", "az", f"--tenant={tenant}", code=3)
    assert "the tenant is malformed" in result.err
    assert people.calls("az") == []


def test_the_audience_of_managed_compute_is_its_own() -> None:
    from azchat.azure.endpoint import parse_endpoint

    assert parse_endpoint("https://e.eastus.inference.ml.azure.com/v1").scope == f"{ML}/.default"
