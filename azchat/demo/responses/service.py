"""A response, from its request to its reply."""

import hashlib
from collections.abc import Iterator

from azchat.demo import reply
from azchat.demo.answers import find_answer
from azchat.demo.draft import compose
from azchat.demo.lacks import check_abilities
from azchat.demo.questions import find_cut
from azchat.demo.refusals import refused
from azchat.demo.responses.events import stream
from azchat.demo.responses.facts import facts
from azchat.demo.responses.request import read_creation
from azchat.demo.responses.shapes import Shape
from azchat.demo.responses.store import Kept, Store, unfinished


def create(body: bytes, identity: str, store: Store) -> reply.Reply:
    """Return the reply to a request for a response, or raise Refused."""
    creation = read_creation(body, store)
    check_abilities(creation.request)
    request, form = creation.request, creation.model.form
    is_shown = form == "reasoning" or creation.summary is not None
    answer = find_answer(request, thinks=creation.thinks and is_shown)
    if answer.failure and not (request.stream or creation.background):
        raise refused(answer.failure)
    draft = compose(answer, request, form)
    id = hashlib.sha256(f"{identity}{store.number()}".encode()).hexdigest()[:32]  # noqa: A001
    response = Shape(draft, creation, id, failed=bool(answer.failure)).response()
    error = facts()["failures"].get(answer.failure)
    events = stream(
        dict(response), draft.hidden_tokens, obfuscated=creation.obfuscated, error=error
    )
    if error:
        response["error"] = {key: error[key] for key in ("code", "message")}
    kept = Kept(response, events, creation.items, store.clock(), streamed=request.stream)
    if creation.background:
        store.keep(kept)
    if request.stream:
        waits_for_end = creation.stored and not creation.background
        pieces = _play(kept, store, is_stored=waits_for_end)
        replied = reply.stream(pieces, find_cut(request.asked.text))
    elif creation.background:
        return reply.whole(200, unfinished(response, "queued"))
    else:
        if creation.stored:
            store.keep(kept)
        replied = reply.whole(200, response, wait=draft.completion_tokens)
    # It is a 200 by now; only its headers can still say when to ask again.
    retry = {"retry-after": "2"} if answer.failure == "rate_limited" else {}
    replied.headers.update(retry)
    return replied


def _play(kept: Kept, store: Store, *, is_stored: bool) -> Iterator[tuple[float, bytes]]:
    """Yield the events; what nobody follows to its end is not stored."""
    for number, piece in enumerate(kept.play(0), 1):
        if is_stored and number == len(kept.events):
            store.keep(kept)
        yield piece
