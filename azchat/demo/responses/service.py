"""A response, from its request to its reply."""

import hashlib

from azchat.demo import reply
from azchat.demo.answers import find_answer, find_cut
from azchat.demo.draft import compose
from azchat.demo.models import find_model
from azchat.demo.refusals import refused
from azchat.demo.request import check_abilities
from azchat.demo.responses.events import timed_events
from azchat.demo.responses.request import read_request
from azchat.demo.responses.shapes import Shape
from azchat.demo.responses.store import Kept, Store, unfinished
from azchat.demo.tables import table


def create(body: bytes, identity: str, store: Store) -> reply.Reply:
    """Return the reply to a request for a response, or raise Refused."""
    request = read_request(body, store)
    check_abilities(request)
    model = find_model(request.model)
    is_shown = model.form == "reasoning" or request.body["reasoning"].get("summary") is not None
    thinks = model.form != "plain" and request.effort != "none"
    answer = find_answer(request, thinks=thinks and is_shown, comments=model.phases)
    in_background = request.body["background"]
    if answer.failure and not (request.stream or in_background):
        raise refused(answer.failure)
    draft = compose(answer, request, model.form)
    name = hashlib.sha256(f"{identity}{next(store.numbers)}".encode()).hexdigest()[:32]
    error = table("replies")["failures"].get(answer.failure)
    response = Shape(draft, request, name, model, thinks=thinks, error=error).response()
    events = timed_events(response, request, draft.hidden_tokens, error)
    kept = Kept(response, events, request, store.clock())
    if in_background or (response["store"] and not request.stream):
        store.keep(kept)
    if request.stream:
        replied = reply.stream(store.play(kept), find_cut(request.asked.text))
    else:
        wait = 0 if in_background else draft.completion_tokens
        first = unfinished(response, "queued") if in_background else response
        replied = reply.whole(200, first, wait)
    # It is a 200 by now; only its headers can still say when to ask again.
    replied.headers.update({"retry-after": "2"} if answer.failure == "rate_limited" else {})
    return replied
