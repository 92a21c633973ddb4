"""Makes text that came through JSON safe to encode: lone surrogates become U+FFFD."""


class SurrogateMender:
    """Mends a text that comes in pieces; a pair that was cut in two is put together."""

    def __init__(self) -> None:
        self._high = ""  # a high surrogate whose other half may come next

    def receive(self, text: str) -> str:
        """Return ``text`` without lone surrogates, perhaps less its last character."""
        if text.isascii() and not self._high:
            return text
        text = self._high + text
        self._high = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return mend(text[: len(text) - len(self._high)])

    def close(self) -> str:
        """Return what was held back."""
        high, self._high = self._high, ""
        return mend(high)


def mend(text: str) -> str:
    """Return ``text`` with surrogate pairs joined and lone surrogates replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
