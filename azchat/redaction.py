"""Keeps keys out of everything that is printed or written."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from azchat.errors import AzchatError

MASK = "***"
SHORT = 8
"""Characters; a shorter secret is not masked, and warned of."""
_ESCAPES = ("\\", "%", "&")
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_LONGEST_CHARACTER = 6  # that of \u002d
_SHORTEST = 12  # characters; a shorter one may be a word, and its base64 is in any picture
_BEGIN = 8  # characters of base64 by which it is found
_TWINS = {"+": r"\-", "/": "_"}  # of the alphabet for URLs
_URL_SAFE = str.maketrans("+/", "-_")
# What may be a key: no address, no path, no word of an answer.
_LIKE_KEY = re.compile(r"(?=[\w+=~-]{0,64}\d)(?=[\w+=~-]{0,64}[A-Za-z])[\w+=~-]{12,}|[\w+=~-]{64}")
_LAST_WORD = re.compile(r"[\w+=~-]*\Z")
_CUT_ESCAPE = re.compile(
    r"\\{1,8}(?:u[\da-f]{0,3})?|%[%\da-f]{0,8}|&(?:#x?[\da-f]{0,6}|[a-z]{0,4})", re.I
)
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


def header_secrets(text: str) -> list[Secret]:
    """Return a header's value, and the credentials in it without their scheme (RFC 9110, 11.4)."""
    words = text.split()
    return [Secret(text), *(Secret(words[1]) for _ in words[1:2] if len(words) == 2)]


def handed_secrets(values: Mapping[str, str]) -> Iterator[Secret]:
    """Yield those of the variables that somebody is handed: not paths, addresses and words."""
    for name, text in values.items():
        yield Secret(password_in(text))
        is_place = "://" in text or text.startswith(("/", "~", "."))
        if name.upper().endswith(_SECRET_NAMES) or (len(text) >= _SHORTEST and not is_place):
            yield Secret(text)


def password_in(url: str) -> str:
    """Return what stands for a password in an address, "" without one."""
    return url.rpartition("@")[0].rpartition("/")[2].partition(":")[2]


class Redactor:
    """Replaces known secrets in text and bytes by ``***``.

    It knows those of ``variables`` from the start: a key that was typed in the wrong place, or
    that a bug brings up, is masked before any setting has been read. A secret is known in the
    encodings in which a server repeats one by accident, too: see ``_Encoded``.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._values: list[str] = []
        self._encoded: list[_Encoded] = []
        self._keeper: Callable[[], Secret | None] | None = None
        named = (variables or {}).items()
        self.add(*(Secret(v.strip()) for n, v in named if n.upper().endswith(_SECRET_NAMES)))

    def add(self, *secrets: Secret) -> None:
        """Know more secrets; shorter ones than ``SHORT`` may be words, and would mask prose."""
        for value in (secret.reveal() for secret in secrets):
            if len(value) >= SHORT and value not in self._values:
                self._values.append(value)
                self._values.sort(key=len, reverse=True)  # a secret may contain another
                if len(value) >= _SHORTEST:
                    self._encoded.append(_Encoded(value))
                    self._encoded.sort(key=lambda encoded: -len(encoded.value))

    def ask_later(self, keeper: Callable[[], Secret | None] | None) -> None:
        """Ask ``keeper`` for another key, but only once there is what may be one."""
        self._keeper = keeper

    def _ask(self, text: str) -> None:
        if (keeper := self._keeper) and _LIKE_KEY.search(text):
            self._keeper = None
            with suppress(AzchatError):  # which is told where it is needed
                self.add(*filter(None, [keeper()]))

    @property
    def longest(self) -> int:
        """The most bytes that a known secret takes in any encoding, 0 without any."""
        sizes = (len(value.encode("utf-8", "surrogateescape")) for value in self._values)
        return _LONGEST_CHARACTER * max(sizes, default=64 if self._keeper else 0)

    def redact(self, text: str) -> str:
        """Return ``text`` with every known secret masked."""
        self._ask(text)
        for value in self._values:
            text = text.replace(value, MASK)
        return self.redact_shown(text)

    def redact_shown(self, text: str) -> str:
        """Mask what is long enough to be a secret, and no word of an answer: not ``ollama``."""
        self._ask(text)
        return self.redact_known(text)

    def redact_known(self, text: str) -> str:
        """Do so without asking anybody, for what looks like a key by its nature: ids."""
        for encoded in self._encoded:
            text = text.replace(encoded.value, MASK)
        if any(mark in text for mark in _ESCAPES):
            for encoded in self._encoded:
                text = encoded.unescaped(text)
        if len(text) >= _SHORTEST:
            for encoded in self._encoded:
                text = encoded.out_of_base64(text)
        return text

    def redact_bytes(self, data: bytes) -> bytes:
        """Return ``data`` with every known secret masked."""
        if not self._values and not self._keeper:
            return data
        return self.redact(data.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )

    def begun(self, text: str) -> int:
        """Return how many characters at the end of ``text`` may be the beginning of a secret."""
        word = sum(map(len, _LAST_WORD.findall(text[-64:]))) if self._keeper else 0
        return max((encoded.begun(text) for encoded in self._encoded), default=0) or word


class _Encoded:
    """A secret in JSON, URLs, HTML and base64; what it takes is made when it is first needed."""

    def __init__(self, value: str) -> None:
        self.value = value
        # Base64 of it depends on what comes before: 0 to 2 bytes, and on what follows.
        self._cores = [_core(value.encode("utf-8", "surrogateescape"), shift) for shift in range(3)]
        forms = [value, *self._cores, *(core.translate(_URL_SAFE) for core in self._cores)]
        self._forms = list(dict.fromkeys(forms))
        self._ends = {form[at : at + 3] for form in self._forms for at in range(len(form) - 2)}
        self._ends |= {form[:size] for form in self._forms for size in (1, 2)}
        self._escaped: re.Pattern[str] | None = None
        self._characters: list[re.Pattern[str]] = []

    def unescaped(self, text: str) -> str:
        """Return ``text`` without the secret in JSON, URLs and HTML."""
        if self._escaped is None:
            self._escaped = re.compile("".join(map(_escaped, self.value)))
        return self._escaped.sub(MASK, text)

    def out_of_base64(self, text: str) -> str:
        """Return ``text`` without the secret in base64."""
        for core in self._cores:
            if core[:_BEGIN] in text or core[:_BEGIN].translate(_URL_SAFE) in text:
                text = re.sub(_in_base64(core), MASK, text)
        return text

    def begun(self, text: str) -> int:
        """Return how many characters at the end of ``text`` may be its beginning, in any form."""
        tail = text[-2 * _LONGEST_CHARACTER * len(self.value) :]  # of escapes in escapes
        escaped = self._begun_escaped(tail) if any(mark in tail for mark in _ESCAPES) else 0
        if not self._ends.isdisjoint((text[-3:], text[-2:], text[-1:])):
            return max(escaped, *(_overlap(text, form) for form in self._forms))
        return escaped

    def _begun_escaped(self, tail: str) -> int:
        self._characters = self._characters or [re.compile(_escaped(c)) for c in self.value]
        for found in re.finditer(rf"[{re.escape(self.value[0])}\\%&]", tail):
            end = found.start()
            for character in self._characters:
                if end == len(tail) or _CUT_ESCAPE.fullmatch(tail, end):
                    return len(tail) - found.start()
                if not (match := character.match(tail, end)):
                    break
                end = match.end()
        return 0


def _core(value: bytes, shift: int) -> str:
    """Return the characters of base64 that are the value's alone when it begins at ``shift``."""
    from binascii import b2a_base64

    text = b2a_base64(bytes(shift) + value, newline=False).decode()
    begin = (0, 2, 3)[shift]
    return text[begin : (shift + len(value)) * 8 // 6]


def _in_base64(core: str) -> str:
    """Return a pattern of the whole word with ``core``; encoders may break it into lines."""
    breaks = r"(?:\\[rn]|\s)*"
    inner = breaks.join(f"[{re.escape(c)}{_TWINS[c]}]" if c in _TWINS else c for c in core)
    return rf"[\w+/-]{{0,3}}{inner}[\w+/-]{{0,3}}={{0,2}}"


def _escaped(character: str) -> str:
    """Return a pattern of a character as it is, or as JSON, URLs and HTML may write it."""
    code = ord(character)
    octets = "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "replace"))
    forms = [octets, rf"&#0*{code};", rf"&#x0*{code:x};", rf"\\+u{code:04x}"]
    if name := _ENTITIES.get(character):
        forms.append(f"&{name};")
    # Of hexadecimal digits alone the case does not matter.
    return rf"(?:(?i:{'|'.join(forms)})|\\*{re.escape(character)})"


def _overlap(text: str, value: str) -> int:
    """Return how many characters at the end of ``text`` are the beginning of ``value``."""
    tail = text[1 - len(value) :]
    at = tail.find(value[0])
    while at >= 0:
        if value.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(value[0], at + 1)
    return 0
