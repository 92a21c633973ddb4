"""A service of the Responses API that judges what it is sent, as a test says it.

with Service(lambda body: refused("No.") if "include" in body else None) as service:
    service.url, service.paths, service.bodies
"""

import json
from collections.abc import Callable

from tests.faults import response_payloads as responses
from tests.faults.connection import Connection, Request
from tests.faults.response_payloads import JSON, message, named, reasoning
from tests.faults.scripted import Scripted, reply

Answer = Callable[[JSON], "bytes | None"]


def refused(
    said: str, *, status: int = 400, code: str | None = None, param: str | None = None
) -> bytes:
    """Return a refusal."""
    error = {"message": said, "type": "invalid_request_error", "param": param, "code": code}
    return reply(
        json.dumps({"error": error}).encode(), f"{status} No", content_type="application/json"
    )


def whole(*output: JSON, status: str = "completed") -> bytes:
    """Return a reply that is no stream."""
    body = json.dumps(responses.response(status, *output)).encode()
    return reply(body, content_type="application/json")


def stream(*output: JSON, status: str = "completed", **more: object) -> bytes:
    """Return a stream of items, each told in one piece and once more as a whole."""
    told = [responses.created()]
    for n, item in enumerate(output):
        told.append(responses.added(n, item | {"content": [], "summary": []}))
        told += [responses.summary(n, one["text"]) for one in item.get("summary", ())]
        told += [
            responses.text(n, one["text"]) for one in item.get("content", ()) if one.get("text")
        ]
        told.append(responses.done(n, item))
    last = responses.ended(status, *output, **more)
    return reply(b"".join(map(named, [*told, last])))


class Service(Scripted):
    """Answers each request by its body; ``answer`` says what is refused, None is an answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        super().__init__()

    @property
    def paths(self) -> list[str]:
        """The operation of each request."""
        asked = (request for request in self.requests if request.method == "POST")
        return [request.path.removeprefix("/v1") for request in asked]

    @property
    def bodies(self) -> list[JSON]:
        """The body of each request."""
        return [request.json() for request in self.requests if request.method == "POST"]

    def _serve(self, connection: Connection, request: Request) -> bool:
        if request.method == "GET":
            connection.send(refused("Not Found", status=404))
            return False
        number = len(self.bodies)
        sealed = reasoning(0, "Hm.", encrypted_content=f"gAAAA{number}", id=f"rs_{number}")
        said = message(1, f"Answer {number}.", id=f"msg_{number}", phase="final_answer")
        asked = request.json()
        answer = stream(sealed, said) if asked.get("stream") else whole(sealed, said)
        connection.send(self._answer(asked) or answer)
        return False
