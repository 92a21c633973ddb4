"""The audience of a token: asked once more with the other, said, and remembered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from azchat.azure.endpoint import other_scope
from azchat.demo.server import DemoServer
from tests.faults.entra import AI, COGNITIVE, ML, People, claims
from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.sign_in.conftest import Keyless

CHANGED = "the endpoint takes tokens for another audience; asked again with"
DEFAULT = "/.default"


@pytest.fixture
def resource() -> Iterator[DemoServer]:
    """A resource of which every route still takes the audience of before."""
    with DemoServer(audience=COGNITIVE) as server:
        yield server


def test_the_other_scope_is_tried_and_said(
    keyless: Keyless, people: People, resource: DemoServer
) -> None:
    people.write_az()
    result = keyless(f"{resource.url}/openai/v1", "--auth", "az")
    assert f"{CHANGED} {COGNITIVE}{DEFAULT}" in result.err
    asked = [call.rpartition(" ")[2] for call in people.calls("az")]
    assert asked == [AI + DEFAULT, COGNITIVE + DEFAULT]


def test_what_was_found_is_remembered(
    home: Path, keyless: Keyless, people: People, resource: DemoServer
) -> None:
    people.write_az()
    keyless(f"{resource.url}/openai/v1", "--auth", "az")
    result = keyless(f"{resource.url}/openai/v1", "--auth", "az")
    assert result.err == ""
    assert len(people.calls("az")) == 2
    facts = json.loads((home / ".local/share/azchat/deployments.json").read_text())
    assert facts[f"{resource.url}/openai/v1 gpt-4o"]["scope"] == COGNITIVE + DEFAULT


def test_another_deployment_knows_nothing_of_it(
    keyless: Keyless, people: People, resource: DemoServer
) -> None:
    people.write_az()
    keyless(f"{resource.url}/openai/v1", "--auth", "az")
    result = keyless(f"{resource.url}/openai/v1", "--auth", "az", "-m", "o4-mini")
    assert CHANGED in result.err


def test_a_remembered_scope_that_no_longer_fits_is_changed_back(
    home: Path, keyless: Keyless, people: People
) -> None:
    people.write_az()
    with DemoServer(audience=COGNITIVE) as server:
        port = server.port
        keyless(f"{server.url}/openai/v1", "--auth", "az")
    with DemoServer(port=port, audience=AI) as server:
        result = keyless(f"{server.url}/openai/v1", "--auth", "az")
        assert f"{CHANGED} {AI}{DEFAULT}" in result.err
        assert keyless(f"{server.url}/openai/v1", "--auth", "az").err == ""


@pytest.mark.parametrize("path", ["openai/v1", "models", "openai/deployments/gpt-4o", "mai/v1"])
def test_every_route_of_a_strict_resource_is_right_at_once(
    keyless: Keyless, people: People, path: str
) -> None:
    people.write_az()
    with DemoServer(audience="auto") as server:
        model = "MAI-DS-R1" if path == "mai/v1" else "gpt-4o"
        result = keyless(f"{server.url}/{path}", "--auth", "az", "-m", model)
    assert result.err == ""
    assert len(people.calls("az")) == 1


def test_a_resource_without_keys_says_so(home: Path) -> None:
    with DemoServer(audience="auto") as server:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"{server.url}/openai/v1",
            "AZURE_INFERENCE_CREDENTIAL": "sk-1234567",
        }
        result = azchat("ask", "hi", "-m", "gpt-4o", home=home, env=env)
    assert result.code == 4
    assert "Key based authentication is disabled" in result.err


def refusal(message: str, **headers: str) -> bytes:
    body = json.dumps({"error": {"code": "401", "message": message}}).encode()
    return reply(body, "401 Unauthorized", content_type="application/json", **headers)


def test_the_audience_may_be_named_in_the_header_alone(keyless: Keyless, people: People) -> None:
    people.write_az()
    challenge = f'Bearer error="invalid_token", error_description="audience must be {COGNITIVE}"'
    fine = reply((Path(__file__).parent / "fine.sse").read_bytes())
    with Scripted(refusal("no", www_authenticate=challenge), fine) as server:
        result = keyless(server.url.removesuffix("/v1") + "/openai/v1", "--auth", "az")
    assert CHANGED in result.err


def test_it_is_tried_once(keyless: Keyless, people: People) -> None:
    people.write_az()
    with Scripted(refusal("the audience is wrong")) as server:
        result = keyless(server.url.removesuffix("/v1") + "/openai/v1", "--auth", "az", code=4)
        assert len(server.requests) == 2
    assert "the audience is wrong" in result.err
    assert "check the key" not in result.err


@pytest.mark.parametrize("message", ["expired", f"audience is incorrect ({AI})"])
def test_a_refusal_for_another_reason_changes_nothing(
    keyless: Keyless, people: People, message: str
) -> None:
    people.write_az()
    with Scripted(refusal(message)) as server:
        keyless(server.url.removesuffix("/v1") + "/openai/v1", "--auth", "az", code=4)
        assert len(server.requests) == 1


def test_info_asks_with_the_other_scope_too(
    home: Path, people: People, resource: DemoServer
) -> None:
    people.write_az()
    with DemoServer(audience=AI) as server:
        url = f"{server.url}/models"
        env = {**people.env, "AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "gpt-4o"}
        result = azchat("info", "--auth", "az", home=home, env=env)
    assert result.code == 0, result.err
    assert len(people.calls("az")) == 2


def test_a_missing_role_is_told_with_what_to_do(
    fs: FaultServer, keyless: Keyless, people: People
) -> None:
    people.write_az()
    said = "The principal lacks the required data action chat/completions/action"
    url = fs.url("httperr", status=403, msg=said).removesuffix("/v1") + "/openai/v1"
    result = keyless(url, "--auth", "az", code=4)
    assert "lacks the required data action" in result.err
    assert "role" in result.err.splitlines()[-1]
    assert claims(fs.requests[0].header("authorization"))["aud"] == AI


@pytest.mark.parametrize(
    ("scope", "said", "other"),
    [
        (AI, "audience is incorrect", COGNITIVE),
        (COGNITIVE, "audience is incorrect", AI),
        (COGNITIVE, f"audience {COGNITIVE} is wrong, use {ML}", ML),
        (AI, f"audience is incorrect ({AI})", None),
        (ML, "audience is incorrect", None),
        (ML, f"audience is incorrect ({COGNITIVE})", COGNITIVE),
        (AI, "audience is incorrect (https://evil.test)", COGNITIVE),
        ("https://ai.azure.us", "audience", "https://cognitiveservices.azure.us"),
        ("https://cognitiveservices.azure.cn", "audience", "https://ai.azure.cn"),
    ],
)
def test_the_other_scope_is_one_of_the_same_cloud(scope: str, said: str, other: str | None) -> None:
    assert other_scope(scope + DEFAULT, said) == (other and other + DEFAULT)
