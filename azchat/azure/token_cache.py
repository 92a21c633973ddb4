"""Tokens of earlier runs, kept where the operating system encrypts them, or where az keeps more.

A token is in the system's keyring (Keychain, Credential Locker, Secret Service, KWallet); a file
beside it notes which keyring has it, until when, and under which sign-in, and never the token.
Without that note no keyring is imported or asked. Without a safe keyring a token of az or azd is
kept in a private file, if they keep theirs in one: theirs lasts for months, this one for an hour.
"""

import base64
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.learned import load_facts, write_facts
from azchat.net.opening import Background

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "azchat"
# azure-core asks for a new token when an old one has less than this to live.
_MARGIN_SECONDS = 300
# A locked keyring may ask its user for a password: nobody has to wait for that.
_KEYRING_SECONDS = 3.0
# The Credential Locker takes 2,560 bytes of UTF-16; tokens are longer.
_PIECE = {"keyring.backends.Windows": 1200}
# They keep texts as they are, nothing at all, or ask for a password on the terminal.
_UNSAFE = ("keyrings.", "keyring.backends.fail", "keyring.backends.null")


# Two tokens are fetched at once. A keyring may hang: nothing else waits for its lock.
_noting, _writing = threading.Lock(), threading.Lock()


class Token(NamedTuple):
    """An access token; ``expires_on`` is in epoch seconds."""

    text: str
    expires_on: int

    @classmethod
    def of(cls, text: str, said: float) -> "Token":
        """Return a token that ends when it says so itself, else when its giver ``said``.

        azure-identity 1.27 takes azd's UTC for local time: off by the hours to Greenwich.
        """
        end = cls(text, 0).claims.get("exp")
        if isinstance(end, int | float) and 1e9 < end < 1e11:
            said = end
        return cls(text, int(said))

    @property
    def is_fresh(self) -> bool:
        """Whether it is valid long enough to be used."""
        return self.expires_on > time.time() + _MARGIN_SECONDS

    @property
    def claims(self) -> dict[str, Any]:
        """What it says of who is signed in; never verified. Its middle is JSON (RFC 7519)."""
        middle = self.text.partition(".")[2].partition(".")[0]
        try:
            claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        except ValueError:
            return {}
        return claims if isinstance(claims, dict) else {}


class TokenCache:
    """The kept tokens; ``notes`` is where they are, ``tell`` hears of failures (``--debug``).

    ``wish`` is ``auto``, ``keyring``, ``file`` or ``never``; ``file`` is for where no keyring is.
    """

    def __init__(
        self,
        notes: Path,
        tell: Callable[[str], None] = lambda _: None,
        *,
        wish: str = "auto",
        file: Path | None = None,
    ) -> None:
        self._notes, self._wish, self._file = notes, wish, file
        self._tell = tell
        self._keeping: Background[None] | None = None
        self._is_stuck = False

    def load(self, name: str, state: str) -> Token | None:
        """Return the token kept as ``name``, unless it ends soon or ``state`` has changed."""
        note = load_facts(self._notes).get(name) if self._wish != "never" else None
        if not isinstance(note, dict) or note.get("state") != state:
            return None
        until, backend = note.get("until"), note.get("keyring")
        if not isinstance(until, int) or not Token("", until).is_fresh:
            return None
        if backend is None:
            file = self._file if self._wish != "keyring" else None
            text = load_facts(file).get(name) if file else None
            return Token(text, until) if isinstance(text, str) and text else None
        text = self._finish(Background(lambda: _read(str(backend), name)))
        return Token(text, until) if text else None

    def keep(self, name: str, state: str, token: Token, *, in_file: bool = False) -> None:
        """Begin to keep ``token``, beside whatever else is done; ``close`` waits for it.

        ``in_file``: whose it is keeps more in a file than this.
        """
        if not self._is_stuck and self._wish != "never":
            self._keeping = Background(lambda: self._keep(name, state, token, in_file=in_file))

    def forget(self, name: str) -> None:
        """Forget that there is a token: it was refused."""
        self._note(name, None)

    def close(self) -> None:
        """Wait, not long, until the last token is kept."""
        if self._keeping is not None:
            self._finish(self._keeping)
            self._keeping = None

    def _keep(self, name: str, state: str, token: Token, *, in_file: bool) -> None:
        keyring = safe_keyring() if self._wish != "file" else None
        if keyring is None and in_file and self._file and self._wish != "keyring":
            with _noting:
                fresh = {n for n, note in load_facts(self._notes).items() if _is_running(note)}
                texts = {n: text for n, text in load_facts(self._file).items() if n in fresh}
                write_facts(self._file, {**texts, name: token.text})
            self._note(name, {"until": token.expires_on, "state": state})
            return
        if keyring is None:
            self._tell("the token is not kept: this system has no safe keyring")
            return
        with _writing:
            _write(keyring, name, token.text)
        backend = f"{type(keyring).__module__}.{type(keyring).__name__}"
        self._note(name, {"until": token.expires_on, "state": state, "keyring": backend})

    def _note(self, name: str, note: dict[str, Any] | None) -> None:
        with _noting:
            known = load_facts(self._notes).items()
            notes = {other: kept for other, kept in known if other != name and _is_running(kept)}
            write_facts(self._notes, notes if note is None else {**notes, name: note})

    def _finish(self, work: Background[Any]) -> Any:
        """Return what ``work`` returns; None, and a word to ``tell``, when it fails or hangs."""
        if not work.wait(_KEYRING_SECONDS):
            self._is_stuck = True
            self._tell(f"the keyring did not answer within {_KEYRING_SECONDS:g} s")
        elif work.error:
            self._tell(f"the keyring failed: {type(work.error).__name__}")
        else:
            return work.result(0)
        return None


def _is_running(note: Any) -> bool:
    until = note.get("until") if isinstance(note, dict) else None
    return isinstance(until, int) and until > time.time()


def _read(backend: str, name: str) -> str | None:
    """Return the text in the noted keyring, provided that it is still the one in use."""
    from keyring import core

    # To look through all the keyrings there are costs more than all the rest.
    keyring = core.load_env() or core.load_keyring(backend)
    if not _is_safe(keyring) or f"{type(keyring).__module__}.{type(keyring).__name__}" != backend:
        return None
    text = keyring.get_password(_SERVICE, _account(name))
    pieces = 1
    if text and text.startswith("{"):
        pieces, text = json.loads(text)["pieces"], ""
        for number in range(pieces):
            text += keyring.get_password(_SERVICE, _account(name, number)) or ""
    return text


def _write(keyring: "KeyringBackend", name: str, text: str) -> None:
    size = _PIECE.get(type(keyring).__module__, len(text))
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    if len(pieces) == 1:
        keyring.set_password(_SERVICE, _account(name), text)
        return
    for number, piece in enumerate(pieces):
        keyring.set_password(_SERVICE, _account(name, number), piece)
    keyring.set_password(_SERVICE, _account(name), json.dumps({"pieces": len(pieces)}))


def _account(name: str, piece: int | None = None) -> str:
    return f"token {name}" if piece is None else f"token {name} #{piece}"


def safe_keyring() -> "KeyringBackend | None":
    """Return the first keyring of the system that encrypts what it keeps."""
    import keyring

    chosen = keyring.get_keyring()
    backends = getattr(chosen, "backends", None) or [chosen]  # a chain of several has these
    return next(filter(_is_safe, backends), None)


def _is_safe(keyring: "KeyringBackend") -> bool:
    return not type(keyring).__module__.startswith(_UNSAFE)
