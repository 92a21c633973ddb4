"""The demo seen through Microsoft's own client."""

import json
from collections.abc import Iterator

import pytest
from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import (
    ChatCompletionsToolDefinition,
    ChatRequestMessage,
    FunctionDefinition,
    SystemMessage,
    UserMessage,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from azchat.demo.server import DemoServer

MESSAGES: list[ChatRequestMessage] = [
    SystemMessage(content="You are a helpful assistant."),
    UserMessage(content="How many languages are in the world?"),
]


def user(text: str) -> list[ChatRequestMessage]:
    return [UserMessage(content=text)]


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(key="secret") as running:
        yield running


@pytest.fixture
def client(server: DemoServer) -> Iterator[ChatCompletionsClient]:
    key = AzureKeyCredential("secret")
    with ChatCompletionsClient(f"{server.url}/models", key) as opened:
        yield opened


def test_the_client_learns_the_model(client: ChatCompletionsClient) -> None:
    info = client.get_model_info()
    assert (info.model_name, info.model_provider_name) == ("DeepSeek-V4-Pro", "DeepSeek")


def test_the_client_gets_a_whole_answer(client: ChatCompletionsClient) -> None:
    response = client.complete(messages=MESSAGES)
    assert "7,000 languages" in response.choices[0].message.content
    assert response.usage.total_tokens == 897


def test_the_client_gets_a_stream(client: ChatCompletionsClient) -> None:
    updates = list(client.complete(messages=MESSAGES, stream=True))
    text = "".join(update.choices[0].delta.content or "" for update in updates)
    assert text.startswith("<think>\nOkay,")
    assert text.endswith("globally.")


def test_the_client_gets_a_tool_call(client: ChatCompletionsClient) -> None:
    tool = ChatCompletionsToolDefinition(function=FunctionDefinition(name="get_flight_info"))
    asked = user("When is the next flight from Miami to Seattle?")
    response = client.complete(messages=asked, tools=[tool])
    calls = response.choices[0].message.tool_calls
    assert calls
    assert json.loads(calls[0].function.arguments)["origin_city"] == "Miami"


def test_extra_parameters_go_through_the_client(client: ChatCompletionsClient) -> None:
    asked = user("hi")
    response = client.complete(messages=asked, model_extras={"logprobs": True})
    assert "`logprobs`" in response.choices[0].message.content


def test_the_client_understands_the_filter(client: ChatCompletionsClient) -> None:
    asked = user(
        "Chopping tomatoes and cutting them into cubes or wedges are great ways to "
        "practice your knife skills."
    )
    with pytest.raises(HttpResponseError) as caught:
        client.complete(messages=asked)
    assert caught.value.status_code == 400
    assert "content_filter" in str(caught.value)


def test_the_client_understands_a_wrong_key(server: DemoServer) -> None:
    key = AzureKeyCredential("wrong")
    with (
        ChatCompletionsClient(f"{server.url}/models", key) as client,
        pytest.raises(ClientAuthenticationError),
    ):
        client.complete(messages=MESSAGES)
