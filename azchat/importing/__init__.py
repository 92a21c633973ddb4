"""Moving in: what other programs keep, as values of azchat's own. Values; no I/O here.

A source is a module with ``PLACES``, where its files usually are; ``knows``, whether a path is of
it; and ``read``, which yields what is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

from azchat.messages import Message, Usage
from azchat.redaction import Secret


class UnreadableError(Exception):
    """A file, or a part of one, is not what it should be; the words are for the user."""


class Said(NamedTuple):
    """A message as another program kept it; ``id`` tells it from all others of its conversation.

    ``at`` is in seconds since 1970; ``settings`` are what it was asked with, by azchat's names;
    ``seconds`` is how long the answer took, ``thought`` how much of that.
    """

    id: str
    message: Message
    at: float | None = None
    model: str | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    usage: Usage | None = None
    seconds: float | None = None
    thought: float | None = None


Way = list[Said]
"""From the first message to one that nothing follows."""
Lacks = Mapping[str, int]
"""What of a thing cannot be brought, and how often."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Foreign(NamedTuple):
    """A conversation: ``ways`` are the one that is shown, then those to what was edited.

    ``parent`` is the id of the one that it was forked from.
    """

    id: str
    title: str
    ways: list[Way]
    updated: float | None = None
    lacks: Lacks = NOTHING
    parent: str | None = None


class Prompt(NamedTuple):
    """A kept prompt: the fields of a template, or the text of a ``.prompt.yml``."""

    name: str
    fields: Mapping[str, Any] | str
    lacks: Lacks = NOTHING


class Profile(NamedTuple):
    """An endpoint, as settings of a profile; ``key`` is only taken where the user says so."""

    name: str
    settings: Mapping[str, Any]
    key: Secret | None = None
    lacks: Lacks = NOTHING


class Left(NamedTuple):
    """What is left out whole: sessions, templates or profiles."""

    kind: str
    why: str


Item = Foreign | Prompt | Profile | Left


class Node(NamedTuple):
    """A message in a tree of them; those without words have no ``said``."""

    parent: str | None
    said: Said | None


MOST_WAYS = 100
"""Of one conversation; each becomes a session."""


def ways_in(nodes: Mapping[str, Node], current: str | None) -> tuple[list[Way], Lacks]:
    """Return the ways of a tree: that to ``current``, then the others; and what is too much."""
    parents = {node.parent for node in nodes.values()}
    leaves = [name for name in nodes if name not in parents and name != current]
    ends = [*([current] if current in nodes else []), *leaves[::-1]]  # the newest first
    ways: list[Way] = []
    covered: set[str] = set()
    for end in ends[:MOST_WAYS]:
        way = _way_to(end, nodes)
        if way and way[-1].id not in covered:
            ways.append(way)
            covered.update(said.id for said in way)
    beyond = len(ends) - MOST_WAYS
    return ways, {f"branches beyond {MOST_WAYS} of a conversation": beyond} if beyond > 0 else {}


def _way_to(end: str | None, nodes: Mapping[str, Node]) -> Way:
    way, passed = [], set()
    while end is not None and end in nodes and end not in passed:  # a circle ends where it began
        passed.add(end)
        node = nodes[end]
        if node.said:
            way.append(node.said)
        end = node.parent
    return way[::-1]


def numbered(messages: Iterable[Message], **facts: Any) -> Iterator[Said]:
    """Yield messages that have no id: each gets one of its words and those before it.

    So it keeps its id where the program forgets the oldest messages.
    """
    before, told = "", dict[str, int]()
    for message in messages:
        words = repr((message.role, message.parts))
        same = f"{before}{words}"
        told[same] = told.get(same, 0) + 1
        digest = sha256(f"{told[same]}{same}".encode("utf-8", "surrogatepass"))
        yield Said(digest.hexdigest()[:32], message, **facts)
        before = words
