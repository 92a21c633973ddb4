"""Which dialect a model is asked in: by settings, its URL, what was learned and its name."""

from pathlib import Path

from azchat.asking.route import Route
from azchat.dialects.choice import Signs, choose
from azchat.learned import Deployment
from azchat.parameters import DialectName
from azchat.settings.layers import Settings


def first_dialect(
    settings: Settings, route: Route, file: Path, *, is_seen: bool = True
) -> DialectName:
    """Return the dialect to ask in; ``file`` is where what was learned is kept.

    ``is_seen``: somebody looks, so that the thinking of a model that nobody knows counts.
    """
    endpoint = route.endpoint
    is_likely = endpoint.serves_openai and not endpoint.is_loopback
    return choose(
        Signs(
            settings.dialect,
            endpoint.speaks,
            endpoint.dialect,
            Deployment(file, endpoint.base, route.model).facts.get("dialect"),
            route.model,
            endpoint.serves_openai or endpoint.kind == "inference",
            is_likely and (is_seen if settings.thinking == "auto" else settings.thinking != "hide"),
        )
    )
