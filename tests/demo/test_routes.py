from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]

V1 = "/openai/v1/chat/completions"
PROJECT = "/api/projects/p1/openai/v1/chat/completions"
DEPLOYMENT = "/openai/deployments/gpt-4o/chat/completions"
CHAT = [
    "/models/chat/completions",
    "/models/chat/completions?api-version=2024-05-01-preview",
    "/chat/completions",
    "/v1/chat/completions",
    "/score",
    V1,
    PROJECT,
    f"{DEPLOYMENT}?api-version=2024-10-21",
    "/mai/v1/chat/completions",
]


@pytest.mark.parametrize("path", CHAT)
def test_every_chat_route_answers(ask: Ask, path: str) -> None:
    reply = ask(path=path)
    assert reply.status == 200
    assert "languages" in reply.text


@pytest.mark.parametrize("path", CHAT)
def test_every_chat_route_streams_up_to_done(ask: Ask, path: str) -> None:
    reply = ask(path=path, stream=True)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.payloads[-1] == "[DONE]"
    assert [c["choices"][0]["finish_reason"] for c in reply.chunks if c["choices"]][-1] == "stop"


@pytest.mark.parametrize("path", [V1, PROJECT])
@pytest.mark.parametrize("query", ["?api-version=2024-10-21", "?api-version="])
def test_v1_refuses_an_api_version(ask: Ask, path: str, query: str) -> None:
    reply = ask(path=path + query)
    assert reply.status == 400
    assert reply.json == {
        "error": {
            "code": "BadRequest",
            "message": "api-version query parameter is not allowed when using /v1 path",
        }
    }


def test_a_deployment_is_not_found_without_an_api_version(ask: Ask) -> None:
    reply = ask(path=DEPLOYMENT)
    assert reply.status == 404
    assert reply.error == {"code": "404", "message": "Resource not found"}


def test_the_inference_route_knows_no_later_api_version(ask: Ask) -> None:
    assert ask(path="/models/chat/completions?api-version=2025-01-01").status == 404


def test_the_deployment_in_the_path_names_the_model(ask: Ask) -> None:
    path = "/openai/deployments/my%20r1/chat/completions?api-version=2024-10-21"
    assert ask(path=path, model="other").json["model"] == "my r1"


def test_the_default_model_is_one_that_is_not_retired(ask: Ask) -> None:
    assert ask().json["model"] == "DeepSeek-V4-Pro"


@pytest.mark.parametrize("path", ["/models/info", "/info"])
def test_info_tells_the_model(send: Ask, path: str) -> None:
    assert send("GET", path).json == {
        "model_name": "DeepSeek-V4-Pro",
        "model_type": "chat-completions",
        "model_provider_name": "DeepSeek",
    }


@pytest.mark.parametrize(
    "path", ["/openai/v1/info", "/openai/deployments/d/info?api-version=2024-10-21", "/nope", "/"]
)
def test_other_paths_are_not_found(send: Ask, path: str) -> None:
    reply = send("GET", path)
    assert reply.status == 404
    assert reply.error["message"] == "Resource not found"


@pytest.mark.parametrize(
    "path",
    [
        "/models",
        "/v1/models",
        "/openai/v1/models",
        "/openai/models?api-version=2024-10-21",
        "/openai/deployments?api-version=2023-03-15-preview",
    ],
)
def test_lists_hold_the_default_model(send: Ask, path: str) -> None:
    reply = send("GET", path).json
    assert reply["object"] == "list"
    assert "DeepSeek-R1" in [row["id"] for row in reply["data"]]


def test_a_project_lists_its_deployments_as_value(send: Ask) -> None:
    rows = send("GET", "/api/projects/p1/deployments?api-version=v1").json["value"]
    row = next(row for row in rows if row["modelPublisher"] == "DeepSeek")
    assert (row["name"], row["modelPublisher"]) == ("DeepSeek-R1", "DeepSeek")


def test_deployments_are_not_listed_without_an_api_version(send: Ask) -> None:
    assert send("GET", "/openai/deployments").status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("POST", "/info", "GET"), ("GET", "/chat/completions", "POST")]
)
def test_a_wrong_method_is_405(send: Ask, method: str, path: str, allowed: str) -> None:
    reply = send(method, path)
    assert (reply.status, reply.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "headers", [{"api-key": "K"}, {"authorization": "Bearer K"}, {"authorization": "bearer  K"}]
)
def test_the_right_key_is_let_in(send: Ask, headers: dict[str, str]) -> None:
    assert send("GET", "/info", headers=headers, key="K").status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"api-key": "k"}, {"authorization": "Basic K"}, {"api-key": "\xe9"}]
)
def test_a_wrong_key_is_401(send: Ask, headers: dict[str, str]) -> None:
    reply = send("GET", "/info", headers=headers, key="K")
    assert (reply.status, reply.error["code"]) == (401, "401")


def test_the_request_id_depends_on_the_request_alone(ask: Ask) -> None:
    first, again, other = ask("one"), ask("one"), ask("two")
    assert first.headers["x-ms-request-id"] == again.headers["x-ms-request-id"]
    assert first.headers["x-ms-request-id"] != other.headers["x-ms-request-id"]
    assert first.data == again.data
