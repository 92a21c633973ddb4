"""The demo's Responses API as its clients meet it: over real HTTP on loopback."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from azchat.demo.server import DemoServer

Json = dict[str, Any]
RESPONSES = "/openai/v1/responses"
FLIGHT = "When is the next flight from Miami to Seattle?"
FLIGHTS = "When are the next flights from Miami to Seattle and from Oslo to Rome?"
LANGUAGES = "How many languages are in the world?"
CITY = {"type": "string"}
TOOL = {
    "type": "function",
    "name": "get_flight_info",
    "parameters": {
        "type": "object",
        "properties": {"origin_city": CITY, "destination_city": CITY},
        "required": ["origin_city", "destination_city"],
    },
}


class Came:
    """A reply, read to its end, or to where its line was lost (``lost``)."""

    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.lost = reply.status, reply.headers, False
        try:
            self.data = reply.read()
        except http.client.IncompleteRead as error:
            self.data, self.lost = error.partial, True

    @property
    def json(self) -> Json:
        whole: Json = json.loads(self.data)
        return whole

    @property
    def error(self) -> Json:
        error: Json = self.json["error"]
        return error

    @property
    def events(self) -> list[Json]:
        """The events; each has its name on a line of its own."""
        frames = [frame.split("\n") for frame in self.data.decode().split("\n\n")[:-1]]
        events = [json.loads(data.removeprefix("data: ")) for _, data in frames]
        assert [name for name, _ in frames] == [f"event: {event['type']}" for event in events]
        return events

    @property
    def response(self) -> Json:
        """The response that the stream ended with."""
        response: Json = self.events[-1]["response"]
        return response


def call(server: DemoServer, method: str, path: str, body: Json | None = None) -> Came:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        line.request(method, path, json.dumps(body) if body is not None else None)
        return Came(line.getresponse())
    finally:
        line.close()


def create(server: DemoServer, asked: Any = LANGUAGES, **body: Any) -> Came:
    """Ask for a response; a field that is ``...`` is not sent."""
    sent = {"model": "gpt-5.6", "input": asked, **body}
    return call(server, "POST", RESPONSES, {k: v for k, v in sent.items() if v is not ...})


@contextmanager
def opened(server: DemoServer, **body: Any) -> Iterator[http.client.HTTPResponse]:
    """The reply to a request for a response, still coming."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    line.request("POST", RESPONSES, json.dumps({"model": "gpt-5.6", "stream": True, **body}))
    try:
        yield line.getresponse()
    finally:
        line.close()


def text_of(response: Json) -> str:
    parts = [part for item in response["output"] for part in item.get("content", ())]
    return "".join(part["text"] for part in parts if part["type"] == "output_text")
