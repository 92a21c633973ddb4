"""The demo's tokens: about one word each, with the space before it."""

import re

_TOKEN = re.compile(r"\s*[^\s]{1,16}|\s+")


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return len(split_tokens(text))
