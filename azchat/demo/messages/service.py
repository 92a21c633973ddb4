"""A message, from its request to its reply."""

from collections.abc import Mapping

from azchat.demo import reply
from azchat.demo.answers import find_answer, find_cut
from azchat.demo.draft import compose
from azchat.demo.messages.request import read_request
from azchat.demo.messages.shapes import Shape
from azchat.demo.models import Form, find_model
from azchat.demo.refusals import refused
from azchat.demo.request import check_abilities
from azchat.demo.responses.store import encode_event

_FORMS: dict[str, Form] = {"adaptive": "hidden", "enabled": "reasoning", "disabled": "plain"}


def answer_message(headers: Mapping[str, str], body: bytes, identity: str) -> reply.Reply:
    """Return the reply to a request for a message, or raise Refused."""
    asked = read_request(headers, body)
    request = asked.request
    check_abilities(request)
    usual = "omitted" if find_model(request.model).hides else "summarized"
    display = request.body.get("thinking", {}).get("display") or usual
    thinks = asked.thinking != "disabled" and display == "summarized"
    answer = find_answer(request, thinks=thinks, comments=True)
    if answer.failure:
        raise refused(answer.failure)
    shape = Shape(compose(answer, request, _FORMS[asked.thinking]), answer, asked, identity)
    if not request.stream:
        return reply.whole(200, shape.message(), wait=shape.draft.completion_tokens)
    events = ((wait, encode_event(event)) for wait, event in shape.events())
    return reply.stream(events, find_cut(request.asked.text))
