"""JSON Lines for a web page: the first choice of each chunk as the service has it, or an error.

The form is that of Azure's sample with a page, ``POST /chat/stream`` of deepseek-python.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def lines_of(chunk: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the line of a chunk; one without choices, which tells the usage, has none."""
    for choice in chunk.get("choices", ())[:1]:
        yield _line(choice)


def failure_line(what: str) -> bytes:
    """Return the line that tells why there is no more."""
    return _line({"error": what})


def _line(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace") + b"\n"
