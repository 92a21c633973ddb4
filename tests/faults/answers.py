"""Scenarios that are whole HTTP answers, or no answer at all."""

import gzip
import json
from itertools import count

from tests.faults.connection import Connection, Request
from tests.faults.payloads import (
    INFO,
    MODELS,
    error_body,
    prompt_filtered,
    text_of,
)
from tests.faults.scenario import SCENARIOS, Parameters, answer, respond
from tests.faults.speech import speech_of

REQUEST_ID = "req-fault-0001"


@answer("info")
def info(connection: Connection, request: Request, p: Parameters) -> bool:
    """The model's information."""
    return respond(connection, 200, json.dumps(INFO).encode())


@answer("models")
def models(connection: Connection, request: Request, p: Parameters) -> bool:
    """The list of models."""
    return respond(connection, 200, json.dumps(MODELS).encode())


@answer("empty200", kind="text/event-stream")
def empty200(connection: Connection, request: Request, p: Parameters) -> bool:
    """200 with an empty body."""
    return respond(connection, 200, b"", kind=p.text("kind"))


@answer("json200", n=10)
def json200(connection: Connection, request: Request, p: Parameters) -> bool:
    """200 application/json with a whole answer although a stream was asked."""
    return respond(
        connection, 200, json.dumps(speech_of(request).whole(text_of(p.number("n")))).encode()
    )


@answer("captive", status=200)
def captive(connection: Connection, request: Request, p: Parameters) -> bool:
    """A captive portal: 200 text/html."""
    page = b"<!DOCTYPE html><html><title>Hotel WiFi</title><body>Please log in</body></html>"
    return respond(connection, p.number("status"), page, kind="text/html; charset=utf-8")


def _fail(connection: Connection, request: Request, p: Parameters) -> bool:
    shape, status = p.text("body"), p.number("status")
    message = (p.text("msg") or f"Fault {status}").replace("{key}", request.key)
    body = error_body(shape, status, message, p.text("code") or str(status))
    fields = [("x-request-id", REQUEST_ID), ("apim-request-id", REQUEST_ID)]
    fields.append(("x-ms-request-id", REQUEST_ID))
    if p.text("ra"):
        fields.append(("Retry-After", p.text("ra")))
    if p.text("rams"):
        fields.append(("retry-after-ms", p.text("rams")))
    if p.number("gzip"):
        body = gzip.compress(body)
        fields.append(("Content-Encoding", "gzip"))
    kind = "text/html" if shape == "html" else "application/json"
    return respond(connection, status, body, fields, kind)


@answer("httperr", status=500, ra="", rams="", gzip=0, msg="", code="", body="azure")
def httperr(connection: Connection, request: Request, p: Parameters) -> bool:
    """An HTTP error with any body: 400, 401, 403, 404, 429, 5xx.

    ``{key}`` in ``msg`` becomes the caller's key. ``body``: azure, openai, gateway, detail,
    detail_list, string, list, vllm, ollama, mistral, html, empty.
    """
    return _fail(connection, request, p)


@answer("promptfilter")
def promptfilter(connection: Connection, request: Request, p: Parameters) -> bool:
    """400 ResponsibleAIPolicyViolation: the prompt was refused."""
    return respond(connection, 400, json.dumps(prompt_filtered()).encode())


@answer(
    "flaky",
    fails=1,
    status=429,
    ra="",
    rams="",
    gzip=0,
    msg="",
    code="",
    body="azure",
    kind="http",
    n=10,
)
def flaky(connection: Connection, request: Request, p: Parameters) -> bool:
    """The first ``fails`` requests of this URL fail, then it answers.

    ``kind``: http (an error), close (no answer), rst.
    """
    if request.nth > p.number("fails"):
        return _good(connection, request, p.number("n"))
    match p.text("kind"):
        case "close":
            return False
        case "rst":
            connection.reset()
    return _fail(connection, request, p)


@answer("streamoptions", status=400, n=10)
def streamoptions(connection: Connection, request: Request, p: Parameters) -> bool:
    """An error that names stream_options while the request has it; ok without."""
    if "stream_options" not in request.json():
        return _good(connection, request, p.number("n"))
    message = "Extra inputs are not permitted: stream_options.include_usage"
    body = error_body("mistral", p.number("status"), message, "invalid_input")
    return respond(connection, p.number("status"), body)


@answer("unsupported", param="max_tokens", n=10)
def unsupported(connection: Connection, request: Request, p: Parameters) -> bool:
    """400 unsupported_parameter while the request has ``param``; ok without."""
    name = p.text("param")
    if name not in request.json():
        return _good(connection, request, p.number("n"))
    error = {
        "message": f"Unsupported parameter: '{name}' is not supported with this model.",
        "type": "invalid_request_error",
        "param": name,
        "code": "unsupported_parameter",
    }
    return respond(connection, 400, json.dumps({"error": error}).encode())


def _good(connection: Connection, request: Request, n: int) -> bool:
    good = SCENARIOS["ok"]
    return good.run(connection, request, good.parse(f"ok:n={n}"))


@answer("redirect", status=307, port=0, host="127.0.0.1", scheme="http", to="", loop=0)
def redirect(connection: Connection, request: Request, p: Parameters) -> bool:
    """A redirect: to another host or port, to ``to``, or (``loop=1``) to itself.

    ``port=0`` is the server's own port.
    """
    own = connection.record.port
    target = f"{p.text('scheme')}://{p.text('host')}:{p.number('port') or own}/ok/v1/redirected"
    if p.number("loop"):
        target = request.path
    return respond(connection, p.number("status"), b"", [("Location", p.text("to") or target)])


@answer("noheader")
def noheader(connection: Connection, request: Request, p: Parameters) -> bool:
    """Takes the request, never answers."""
    connection.hold()
    return False


@answer("dripheader", ms=200)
def dripheader(connection: Connection, request: Request, p: Parameters) -> bool:
    """One byte of a header at a time, for ever."""
    connection.send(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    for i in count():
        connection.send(b"drip-"[i % 5 : i % 5 + 1])
        connection.pause(p.number("ms") / 1000)
    return False


@answer("closed")
def closed(connection: Connection, request: Request, p: Parameters) -> bool:
    """Takes the request, closes without a byte."""
    return False


@answer("nothttp")
def nothttp(connection: Connection, request: Request, p: Parameters) -> bool:
    """The answer is not HTTP."""
    connection.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    return False
