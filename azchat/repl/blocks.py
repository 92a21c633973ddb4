"""Text that is typed: a block between triple quotes is sent as it is, whatever it begins with."""

QUOTES = '"""'
ENDS_WITH = 'this is a block of lines, it ends with """'


def is_open(text: str) -> bool:
    """Return whether ``text`` begins a block and does not end it."""
    return text.lstrip().startswith(QUOTES) and not _is_whole(text.strip())


def unquoted(text: str) -> str:
    """Return what stands in a block, such that it is no command; other text as it is."""
    bare = text.strip()
    if not bare.startswith(QUOTES):
        return text
    end = -len(QUOTES) if _is_whole(bare) else None  # a pipe may end before the block does
    lines = bare[len(QUOTES) : end].strip("\n")
    return f"/{lines}" if lines.startswith("/") else lines


def _is_whole(bare: str) -> bool:
    return bare.endswith(QUOTES) and len(bare) >= 2 * len(QUOTES)
