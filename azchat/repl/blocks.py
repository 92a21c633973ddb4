"""A block between triple quotes: lines that are sent as they are, whatever they begin with."""

_QUOTES = '"""'


def is_open(text: str) -> bool:
    """Return whether ``text`` begins a block and does not end it."""
    return text.lstrip().startswith(_QUOTES) and not _is_whole(text.strip())


def unquoted(text: str) -> str:
    """Return what stands in a block, such that it is no command; other text as it is."""
    bare = text.strip()
    if not bare.startswith(_QUOTES):
        return text
    end = -len(_QUOTES) if _is_whole(bare) else None  # a pipe may end before the block does
    lines = bare[len(_QUOTES) : end].strip("\n")
    return f"/{lines}" if lines.startswith("/") else lines


def _is_whole(bare: str) -> bool:
    return bare.endswith(_QUOTES) and len(bare) >= 2 * len(_QUOTES)
