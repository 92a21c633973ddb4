"""Text that is kept while it streams: it may have to be shown in another way."""

LIMIT = 8 * 1024 * 1024  # characters: text without end must not fill the memory
RELABELLED = (
    "the text above was the model's thinking, which came without an opening tag; "
    "--reasoning implicit tells it beforehand"
)


class KeptText:
    """Pieces of text, up to a limit; what comes behind it is not kept."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.size = 0  # characters

    def add(self, text: str) -> bool:
        """Keep more; return whether it was kept."""
        if self.size >= LIMIT:
            return False
        self._pieces.append(text)
        self.size += len(text)
        return True

    @property
    def text(self) -> str:
        """All that is kept."""
        return "".join(self._pieces)

    def clear(self) -> None:
        """Forget it."""
        self._pieces, self.size = [], 0

    def take(self) -> str:
        """Return it and forget it."""
        text = self.text
        self.clear()
        return text
