"""A chat completion, from its request to its reply."""

from collections.abc import Iterator, Mapping

from azchat.demo import reply
from azchat.demo.answers import find_answer, find_cut
from azchat.demo.chat.request import check_model, read_request
from azchat.demo.chat.shapes import Shape
from azchat.demo.draft import compose
from azchat.demo.models import find_form
from azchat.demo.refusals import refused
from azchat.demo.request import check_abilities
from azchat.demo.routes import Route


def complete(route: Route, headers: Mapping[str, str], body: bytes, identity: str) -> reply.Reply:
    """Return the reply to a chat request, or raise Refused."""
    shape = shape_of(route, headers, body, identity)
    if not shape.request.stream:
        return reply.whole(200, shape.whole(), wait=shape.draft.completion_tokens)
    return reply.stream(_events(shape), find_cut(shape.request.asked.text))


def shape_of(route: Route, headers: Mapping[str, str], body: bytes, identity: str) -> Shape:
    """Return the answer to a chat request, to be sent whole or in chunks, or raise Refused."""
    request = read_request(route, headers, body)
    form = find_form(request.model, route)
    check_abilities(request)
    check_model(request, form)
    thinks = form not in ("plain", "hidden", "mai") and request.effort != "none"
    answer = find_answer(request, thinks=thinks)
    if answer.failure:
        raise refused(answer.failure)
    return Shape(compose(answer, request, form), form, route, request, identity)


def _events(shape: Shape) -> Iterator[tuple[float, bytes]]:
    for wait, chunk in shape.chunks():
        yield wait, b"data: " + reply.encode(chunk) + b"\n\n"
    yield 0, b"data: [DONE]\n\n"
