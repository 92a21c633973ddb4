"""How much a model can take in, where that is known: ``windows.json``, as of November 2026.

By the beginnings of names; tokens of prompt and answer together.
"""

import json
from pathlib import Path

_WARN_AT = 0.8


def window_of(model: str | None) -> int | None:
    """Return the size of the model's window in tokens; None where it is not known."""
    name = (model or "").lower().rpartition("/")[2]
    windows: dict[str, int] = json.loads(Path(__file__).with_name("windows.json").read_bytes())
    return next((size for prefix, size in windows.items() if name.startswith(prefix)), None)


def context_warning(model: str | None, tokens: int) -> str | None:
    """Return a line for a conversation that is about to be too long."""
    window = window_of(model)
    if window is None or tokens < _WARN_AT * window:
        return None
    share = f"{tokens} of {window} tokens ({100 * tokens // window} %)"
    return f"the conversation takes {share}; /compact goes on with a summary of it"
