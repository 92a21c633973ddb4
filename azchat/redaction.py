"""Keeps keys out of everything that is printed or written."""

from collections.abc import Mapping

MASK = "***"
_SECRET_NAMES = ("KEY", "CREDENTIAL", "TOKEN", "SECRET", "PASSWORD")


class Secret:
    """A key or password that does not show itself; ``reveal`` is called where it is sent."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


def query_secrets(url: str) -> list[Secret]:
    """Return the values in a URL's query that are keys, by their names."""
    pairs = [pair.partition("=") for pair in url.partition("?")[2].split("&")]
    words = ("key", "code", "sig", "token", "secret", "pass", "auth", "cred")
    return [Secret(v) for name, _, v in pairs if v and any(w in name.lower() for w in words)]


class Redactor:
    """Replaces known secrets in text and bytes by ``***``.

    It knows those of ``variables`` from the start: a key that was typed in the wrong place, or
    that a bug brings up, is masked before any setting has been read.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._values: list[str] = []
        for name, value in (variables or {}).items():
            if name.upper().endswith(_SECRET_NAMES):
                self.add(Secret(value.strip()))

    def add(self, secret: Secret) -> None:
        """Know one more secret; shorter ones than four characters would mask ordinary text."""
        if len(value := secret.reveal()) >= 4 and value not in self._values:
            self._values.append(value)
            self._values.sort(key=len, reverse=True)  # a secret may contain another

    @property
    def longest(self) -> int:
        """The length of the longest known secret in bytes, 0 without any."""
        return max((len(value.encode()) for value in self._values), default=0)

    def redact(self, text: str) -> str:
        """Return ``text`` with every known secret masked."""
        for value in self._values:
            text = text.replace(value, MASK)
        return text

    def redact_bytes(self, data: bytes) -> bytes:
        """Return ``data`` with every known secret masked."""
        for value in self._values:
            data = data.replace(value.encode(), MASK.encode())
        return data
