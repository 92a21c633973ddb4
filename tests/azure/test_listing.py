"""Which URLs list a server's models, and how each form of answer is read."""

import pytest

from azchat.azure.endpoint import parse_endpoint
from azchat.azure.listing import Row, addresses, next_page, read_rows
from azchat.errors import ServiceError

RESOURCE = "https://r.openai.azure.com"
FOUNDRY = "https://r.services.ai.azure.com"
OWN = "/openai/deployments?api-version=2023-03-15-preview"


@pytest.mark.parametrize(
    ("endpoint", "own", "catalog"),
    [
        (f"{RESOURCE}/openai/v1", RESOURCE + OWN, f"{RESOURCE}/openai/v1/models"),
        (
            f"{RESOURCE}/openai/deployments/d",
            RESOURCE + OWN,
            f"{RESOURCE}/openai/models?api-version=2024-10-21",
        ),
        (
            f"{FOUNDRY}/api/projects/p",
            f"{FOUNDRY}/api/projects/p/deployments?api-version=v1",
            f"{FOUNDRY}/api/projects/p/openai/v1/models",
        ),
        (
            f"{FOUNDRY}/models",
            FOUNDRY + OWN,
            f"{FOUNDRY}/openai/models?api-version=2024-10-21",
        ),
        (
            f"{FOUNDRY}/mai/v1",
            FOUNDRY + OWN,
            f"{FOUNDRY}/openai/models?api-version=2024-10-21",
        ),
        (
            "https://h.eastus.models.ai.azure.com",
            "https://h.eastus.models.ai.azure.com/info?api-version=2024-05-01-preview",
            "https://h.eastus.models.ai.azure.com/info?api-version=2024-05-01-preview",
        ),
        (
            "http://localhost:11434/v1",
            "http://localhost:11434/v1/models",
            "http://localhost:11434/v1/models",
        ),
        (
            "https://gateway.azure-api.net/x/openai/v1",
            "https://gateway.azure-api.net/x" + OWN,
            "https://gateway.azure-api.net/x/openai/v1/models",
        ),
    ],
)
def test_each_kind_of_endpoint_is_asked_at_its_own_address(
    endpoint: str, own: str, catalog: str
) -> None:
    parsed = parse_endpoint(endpoint)
    assert addresses(parsed)[0] == own
    assert addresses(parsed, catalog=True) == (catalog,)


def test_a_project_row_tells_model_version_publisher_and_capacity() -> None:
    row = {
        "name": "prod",
        "modelName": "gpt-5-mini",
        "modelVersion": "2",
        "modelPublisher": "OpenAI",
        "sku": {"name": "GlobalStandard", "capacity": 50},
    }
    assert read_rows({"value": [row]}) == [
        Row("prod", "gpt-5-mini", "2", "OpenAI", "50 GlobalStandard")
    ]


def test_a_resource_row_tells_model_status_and_retirement() -> None:
    row = {"id": "d", "model": "m", "status": "succeeded", "deprecation": {"inference": 1830297600}}
    assert read_rows({"data": [row]}) == [Row("d", "m", status="succeeded", retires="2028-01-01")]


def test_a_row_of_the_management_form_is_read_too() -> None:
    properties = {"model": {"name": "gpt-5", "version": "1"}, "provisioningState": "Succeeded"}
    assert read_rows({"value": [{"name": "d", "properties": properties}]}) == [
        Row("d", "gpt-5", "1", status="Succeeded")
    ]


def test_info_is_one_row_under_the_deployments_name() -> None:
    info = {"model_name": "DeepSeek-R1", "model_provider_name": "DeepSeek"}
    assert read_rows(info, "mine") == [Row("mine", "DeepSeek-R1", publisher="DeepSeek")]
    assert read_rows(info)[0].name == "DeepSeek-R1"


@pytest.mark.parametrize("rows", [[1, None, "x", [], {}, {"id": 5}, {"id": ""}]])
def test_what_is_no_row_is_left_out(rows: list[object]) -> None:
    assert read_rows({"data": rows}) == []


@pytest.mark.parametrize("body", [None, 1, "x", {}, {"data": 1}, {"error": {}}])
def test_what_is_no_list_is_a_failure(body: object) -> None:
    with pytest.raises(ServiceError, match="no list"):
        read_rows(body)


@pytest.mark.parametrize("value", [1e300, -1, "soon", "20260101ab", True, [], {"inference": "x"}])
def test_a_date_that_is_none_is_no_date(value: object) -> None:
    assert read_rows([{"id": "d", "retirementDate": value}])[0].retires is None


def test_a_next_page_is_followed_on_the_same_host_only() -> None:
    asked = "https://a/x?api-version=v1"
    assert next_page({"nextLink": "https://a/x?page=2"}, asked) == "https://a/x?page=2"
    others = ("https://evil/x", "http://a/x", "https://a:444/x", "https://a@evil/", "https://[b")
    for link in (*others, "", None, 5):
        assert next_page({"nextLink": link}, asked) is None
