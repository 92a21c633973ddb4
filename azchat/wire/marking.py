"""What a model's name says of how it marks its thinking in the text."""

import re
from typing import Literal

Marking = Literal["auto", "assumed", "likely", "implicit", "tags", "none"]
"""How a model marks its thinking in the text.

``tags``: an opening and a closing tag. ``implicit``: thinking from the start, a closing tag
ends it. ``assumed``: as implicit, but without a closing tag all of it was the answer.
``likely``: as assumed, where a closing tag counts only if it stands as one.
``auto``: tags, or a closing tag alone that stands as one. ``none``: not at all.
"""

_STARTS_THINKING = re.compile(r"qwq|qwen.*thinking")  # their templates write the opening tag
# OpenAI's think apart or not at all: a tag in their answers is one that was asked for.
_NEVER_TAGS = re.compile(r"(?<![a-z0-9])(?:gpt-?(?:3\.?5|[4-9])|chatgpt|o[1345](?![a-z0-9]))")
_OTHERS = re.compile(r"oss|distill|think|reason|deepseek|qwen|llama|phi")


def marking_of(model: str | None) -> Marking:
    """Return how a model of this name marks its thinking; ``auto`` where nothing is known."""
    name = (model or "").lower()
    if _STARTS_THINKING.search(name):
        return "assumed"
    return "none" if _NEVER_TAGS.search(name) and not _OTHERS.search(name) else "auto"
