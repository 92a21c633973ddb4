"""Which dialect a deployment is asked in. Pure.

Nobody has to choose: what the user says counts, then what the URL names, what was learned, what
the model's name tells. A refusal that means another dialect turns to it, once, and is remembered:
that costs one round trip and no tokens. A deployment's name proves nothing, an error's words do.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from azchat.blanks import table
from azchat.dialects.models import family_of
from azchat.errors import AzchatError
from azchat.parameters import DialectName

# What the first payload of an answer has in it.
_MARKS: tuple[tuple[DialectName, bytes], ...] = (
    ("responses", rb'"(type": ?"response\.|object": ?"response")'),
    ("messages", rb'"type": ?"(message|message_start|content_block_start)"'),
)
_FIRST = 4096  # bytes
_TELL = (400, 404, 405, 422, 501)  # never 401, 403, 429 or a failure of the service
_NO_ROUTE = (404, 405, 501)


class Signs(NamedTuple):
    """What tells the dialect of a deployment.

    ``speaks``: what its route may; the first is what a server of any kind speaks. ``pasted``: what
    its URL names. ``known``: what was learned. ``is_open``: the model's family counts;
    ``is_likely``: where its name does not tell, it is OpenAI's, and its thinking may be seen.
    """

    wish: str = "auto"
    speaks: Sequence[DialectName] = ("chat",)
    pasted: DialectName | None = None
    known: object = None
    model: str | None = None
    is_open: bool = False
    is_likely: bool = False


def choose(signs: Signs) -> DialectName:
    """Return the dialect to ask in first."""
    speaks = signs.speaks
    for name in (signs.wish, signs.pasted, signs.known):
        if name in speaks:
            return next(one for one in speaks if one == name)
    family = family_of(signs.model) if signs.is_open else None
    if family is None:
        family = "responses" if signs.is_likely else "chat"
    return family if family in speaks else speaks[0]


def others(
    error: AzchatError, sent: DialectName, model: str | None = None
) -> Sequence[DialectName]:
    """Return the dialects that a refusal means, in the order of trial; none for any other error.

    A model that is known to be no Claude is not asked over Messages.
    """
    said = f"{error.said} {error.service_code} {error.service_type}".lower()
    if error.http_status not in _TELL or error.content_filter:
        return ()
    for other in table(__file__, "refusals")["other"]:
        if other["sent"] == sent and re.search("|".join(other["said"].splitlines()), said):
            is_other = family_of(model) not in (None, "messages")
            return [name for name in other["means"] if not (is_other and name == "messages")]
    # A server without the route: a deployment or an item that is not there is named.
    has_route = error.http_status not in _NO_ROUTE or re.search(r"deployment|model|item ", said)
    return () if has_route or sent == "chat" else ("chat",)


def recorded(answer: bytes) -> DialectName:
    """Return the dialect of an answer that was kept: its first payload tells."""
    found = (name for name, mark in _MARKS if re.search(mark, answer[:_FIRST]))
    return next(found, "chat")


def listed_dialect(model: str | None, publisher: str | None) -> DialectName | None:
    """Return the dialect that a list of deployments tells, by the model and who made it."""
    maker = (publisher or "").lower()
    if "anthropic" in maker:
        return "messages"
    known = family_of(model)
    return known or (("responses" if "openai" in maker else "chat") if maker else None)
