"""What a web page streams from its own server: the demo plays that server as well."""

from collections.abc import Mapping

from azchat.demo import reply
from azchat.demo.chat.service import shape_of
from azchat.demo.models import DEFAULT_MODEL
from azchat.demo.refusals import Refused, refused
from azchat.demo.request import read_body
from azchat.demo.routes import Route
from azchat.dialects.chat.lines import failure_line, lines_of

_SYSTEM = {"role": "system", "content": "You are a helpful assistant."}


def answer_page(headers: Mapping[str, str], body: bytes, identity: str) -> reply.Reply:
    """Return the reply to a page, or raise Refused where it sent no messages."""
    asked = read_body(body)
    if not isinstance(messages := asked.get("messages"), list):
        raise refused("missing", param="messages")
    sent = {"model": DEFAULT_MODEL, "messages": [_SYSTEM, *messages], "stream": True}
    try:
        shape = shape_of(Route("v1", "chat"), headers, reply.encode(sent), identity)
    except Refused as refusal:
        return reply.lines([(0, failure_line(refusal.body["error"]["message"]).encode())])
    return reply.lines(
        (wait, line.encode()) for wait, chunk in shape.chunks() for line in lines_of(chunk)
    )
