"""Where Claude is asked: pasted addresses, and the path beside a resource's other routes."""

import pytest

from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.azure.listing import addresses
from azchat.errors import ConfigError

R = "https://r.services.ai.azure.com"
AI = "https://ai.azure.com/.default"


@pytest.mark.parametrize(
    "host", [R, "https://r.openai.azure.com", "https://r.services.ai.azure.us"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/anthropic",
        "/anthropic/",
        "/anthropic/v1",
        "/anthropic/v1/messages",
        "/anthropic/v1/messages?api-version=2024-10-21",
        "/anthropic/v1/messages/v1/messages",
        "/anthropic/v1/messages/anthropic/v1/messages",
        "/anthropic/v1/v1/messages",
        "/anthropic/anthropic/v1/messages",
        "/anthropic/v1/messages/messages",
        "//anthropic//v1",
        "/api/projects/p/anthropic",
        "/api/projects/p/anthropic/v1/messages",
    ],
)
def test_a_resources_own_path(host: str, path: str) -> None:
    endpoint = parse_endpoint(host + path)
    base = f"{host}/anthropic/v1"
    assert (endpoint.kind, endpoint.base, endpoint.speaks) == ("anthropic", base, ("messages",))
    assert endpoint.url("/messages") == f"{base}/messages"
    assert (endpoint.key_header, endpoint.key_headers) == ("api-key", ("x-api-key",))
    assert endpoint.scope == AI.replace("azure.com", "azure." + host.rpartition(".")[2])
    assert endpoint.needs_model


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/openai",
        "/openai/v1",
        "/openai/v1/chat/completions",
        "/openai/v1/responses",
        "/openai/v1/messages",
        "/api/projects/p",
        "/api/projects/p/openai/v1",
        "/models",
        "/models/chat/completions?api-version=2024-05-01-preview",
    ],
)
def test_the_other_routes_of_a_resource_know_where_it_is(path: str) -> None:
    endpoint = parse_endpoint(R + path)
    assert "messages" in endpoint.speaks
    assert endpoint.speaks[0] == "chat"
    assert {"x-api-key", "api-key"} <= {endpoint.key_header, *endpoint.key_headers}
    assert endpoint.url("/messages") == f"{R}/anthropic/v1/messages"
    assert endpoint.url("/chat/completions").startswith(f"{endpoint.base}/chat/completions")


@pytest.mark.parametrize(
    ("text", "base", "header", "others"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1", "x-api-key", ()),
        ("api.anthropic.com/v1/", "https://api.anthropic.com/v1", "x-api-key", ()),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1", "x-api-key", ()),
        (
            "https://api.deepseek.com/anthropic",
            "https://api.deepseek.com/anthropic/v1",
            "x-api-key",
            (),
        ),
        (
            "https://gw.azure-api.net/team/anthropic",
            "https://gw.azure-api.net/team/anthropic/v1",
            "api-key",
            ("x-api-key",),
        ),
        (
            "http://localhost:8080/anthropic/v1/messages",
            "http://localhost:8080/anthropic/v1",
            "api-key",
            ("x-api-key",),
        ),
    ],
)
def test_elsewhere(text: str, base: str, header: str, others: tuple[str, ...]) -> None:
    if "://" not in text:
        with pytest.raises(ConfigError, match="scheme"):
            parse_endpoint(text)
        text = f"https://{text}"
    endpoint = parse_endpoint(text)
    assert (endpoint.kind, endpoint.base, endpoint.speaks) == ("anthropic", base, ("messages",))
    assert (endpoint.key_header, endpoint.key_headers) == (header, others)
    assert (endpoint.scope is None) is (header == "x-api-key")


def test_a_chat_address_of_anthropics_stays_one() -> None:
    endpoint = parse_endpoint("https://api.anthropic.com/v1/chat/completions")
    assert (endpoint.kind, endpoint.dialect) == ("compatible", "chat")


@pytest.mark.parametrize("base", ["http://localhost:8000/v1", "https://llm.example.com/v1"])
def test_a_server_of_another_make_may_speak_it_where_it_speaks_the_others(base: str) -> None:
    plain, pasted = parse_endpoint(base), parse_endpoint(f"{base}/messages")
    assert (plain.dialect, pasted.dialect) == (None, "messages")
    assert plain.url("/messages") == pasted.url("/messages") == f"{base}/messages"
    assert (plain.key_header, plain.key_headers) == ("Authorization", ("x-api-key",))


@pytest.mark.parametrize(
    "text", [f"{R}/anthropic", "https://api.anthropic.com", "http://localhost:80/v1/messages", R]
)
def test_what_is_written_down_means_the_same(text: str) -> None:
    endpoint = parse_endpoint(text)

    def facts(one: Endpoint) -> tuple[object, ...]:
        return (*one[:5], one.dialect)

    assert facts(parse_endpoint(endpoint.written)) == facts(endpoint)


def test_what_can_be_asked_is_listed_where_each_lists_it() -> None:
    assert addresses(parse_endpoint("https://api.anthropic.com")) == (
        "https://api.anthropic.com/v1/models",
    )
    (listed,) = addresses(parse_endpoint(f"{R}/anthropic"))
    assert listed.startswith(f"{R}/openai/deployments?")


@pytest.mark.parametrize("path", ["/anthropic/v2", "/anthropic/v1/files", "/anthropics"])
def test_other_paths_are_none_of_a_resources(path: str) -> None:
    with pytest.raises(ConfigError, match="none of the resource's routes"):
        parse_endpoint(R + path)
