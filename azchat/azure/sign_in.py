"""Signing in with tokens: a kept one if it will do, else a new one; and what a refusal teaches."""

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from azchat.azure.endpoint import other_scope
from azchat.azure.signed_in import az_folder, azd_folder, subscriptions
from azchat.azure.token_cache import Token, TokenCache
from azchat.errors import AuthError
from azchat.redaction import Secret

if TYPE_CHECKING:
    from azure.core.credentials import AccessTokenInfo, TokenRequestOptions

# The tenant (Entra) or the broker (Cloud Shell: azure-cli#29057) knows no such audience.
_NO_AUDIENCE = ("AADSTS500011", "AudienceNotSupported")
ALL_SECONDS = 8.0  # that all credentials together have
_PEOPLES = ("azure cli", "azure developer cli", "browser", "device code")


class Keeping(NamedTuple):
    """What outlives a sign-in: ``folder`` is where notes are, ``scope`` what earlier ones learned.

    ``remember`` is told what the endpoint takes (``scope=…``), ``mask`` each token; ``seconds`` is
    how long the user lets one wait; ``tokens`` is where tokens may be kept; ``say`` tells the
    user what to do; ``tenant`` is whose tokens the endpoint took before.
    """

    folder: Path
    scope: str | None = None
    remember: Callable[..., None] = lambda **_: None
    mask: Callable[[Secret], None] = lambda _: None
    seconds: float | None = None
    tokens: str = "auto"
    say: Callable[[str], None] = lambda _: None
    tenant: str | None = None


class SignIn:
    """The credential of one endpoint: gives tokens for ``scope`` to the SDK's policy."""

    def __init__(
        self,
        auth: str,
        scope: str,
        *,
        tenant: str | None,
        variables: Mapping[str, str],
        keeping: Keeping,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.scope = keeping.scope or scope
        self._auth, self._tenant, self._variables = auth, tenant or keeping.tenant, variables
        self._keeping = keeping
        self._tell = tell or (lambda _: None)
        runtime = variables.get("XDG_RUNTIME_DIR", "")
        folder = Path(runtime) / "azchat" if runtime.startswith("/") else keeping.folder
        self._cache = TokenCache(
            keeping.folder / "tokens.json",
            self._tell,
            wish=keeping.tokens,
            file=folder / "tokens-of-az.json",
        )
        self._is_kept = self._wants_new = self._has_switched = False
        self._tried: set[str] = set()  # tenants whose tokens were refused
        self._ready: Token | None = None  # fetched, to see whether it can be
        self.claims: Mapping[str, Any] = {}  # of the last token: who it is

    def get_token_info(
        self, *scopes: str, options: "TokenRequestOptions | None" = None
    ) -> "AccessTokenInfo":
        """Return a token for ``scope``, as the SDK's policy wants it; raises as ``token`` does."""
        from azure.core.credentials import AccessTokenInfo

        del scopes
        token = self.token((options or {}).get("claims"))
        return AccessTokenInfo(token.text, token.expires_on)

    def token(self, claims: str | None = None) -> Token:
        """Return a token for ``scope``; raises ``AuthError``, ``ConfigError`` where none can be."""
        if self._ready and not claims:
            ready, self._ready = self._ready, None
            return ready
        wants_new = self._wants_new or bool(claims)
        token = None if wants_new else self._cache.load(self._name, self._state)
        self._is_kept = token is not None
        if token is None:
            token = self._request(claims)
            self._wants_new = False
        else:
            self._tell("signed in with the kept token of an earlier run")
            self._keeping.mask(Secret(token.text))
        self.claims = token.claims
        return token

    def mend(self, said: str) -> str | None:
        """Change what a refusal (401) shows to be wrong; return it in words, None for nothing."""
        if "audience" in said.lower() and not self._has_switched:
            other = other_scope(self.scope, said)
            if other:
                self.scope, self._has_switched = other, True
                return f"the endpoint takes tokens for another audience; asked again with {other}"
        if self._is_kept:
            self._cache.forget(self._name)
            self._is_kept, self._wants_new = False, True
            return "the kept token was refused; asked again with a new one"
        return None

    def turn(self, said: str) -> str | None:
        """Go to the next tenant of az's whose token can be had, ``said`` may name it."""
        before, own = self._tenant, str(self.claims.get("tid", ""))
        self._tried |= {before or own, own}
        noted = {one.tenant: None for one in subscriptions(self._variables) if one.tenant}
        for tenant in sorted(noted, key=lambda one: one not in said):
            if tenant not in self._tried:
                self._tried.add(tenant)
                self._tenant = tenant
                with suppress(AuthError):
                    self._ready = self.token()
                    return f"the endpoint is of another tenant; asked again with one of {tenant}"
        self._tenant = before
        return None

    def tenant_in(self, said: str) -> str | None:
        """Return the tenant that a refusal names, and that none of the tried tokens was of."""
        named = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", said.lower())
        return next((one for one in named if one not in self._tried), None)

    def succeeded(self) -> None:
        """Hear that the endpoint took the token: what was found is remembered."""
        found = {"scope": self.scope if self._has_switched else None}
        found |= {"tenant": self._tenant if self._tried else None}
        if facts := {name: value for name, value in found.items() if value}:
            self._keeping.remember(**facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait, not long, until the token is kept."""
        self._cache.close()

    def _request(self, claims: str | None) -> Token:
        try:
            token, by = self._given(claims)
        except AuthError as error:
            other = other_scope(self.scope, "") if not self._has_switched else None
            said = " ".join((error.what, *error.details))
            if other is None or not any(word in said for word in _NO_AUDIENCE):
                raise
            self.scope, self._has_switched = other, True
            token, by = self._given(claims)
        self._keeping.mask(Secret(token.text))
        self._tell(f"signed in by {by}, for {self.scope}")
        self._cache.keep(self._name, self._state, token, in_file=self._is_in_file(by, token))
        return token

    def _given(self, claims: str | None) -> tuple[Token, str]:
        """Return a new token, and who gave it; azure-identity is not imported for az alone."""
        keeping, failure = self._keeping, None
        seconds = max(ALL_SECONDS, keeping.seconds or 0)
        if self._auth == "az" and not claims:
            from azchat.azure.az import AzError, ask_az

            try:
                given = ask_az(self.scope, self._tenant, seconds - 1, self._variables)
                return given, "azure cli"
            except AzError as error:
                failure = error
        from azchat.azure.identity import Way, request_token

        own = (keeping.folder, seconds, keeping.say)
        way = Way(self._auth, self._tenant, self._variables, *own)
        return request_token(way, self.scope, claims, failure)

    def _is_in_file(self, by: str, token: Token) -> bool:
        """Return whether who gave a token keeps what lasts longer in a plain file beside it."""
        stores = {
            "azure cli": az_folder(self._variables) / "msal_token_cache.json",
            "azure developer cli": azd_folder(self._variables) / "auth" / "msal",
        }
        with suppress(OSError, RuntimeError):
            is_plain = by in stores and stores[by].expanduser().exists()
            is_wished = by in _PEOPLES and self._keeping.tokens == "file"
            is_person = token.claims.get("idtyp") != "app"
            return sys.platform != "win32" and is_person and (is_plain or is_wished)
        return False

    @property
    def _name(self) -> str:
        """Under what the token is kept: all that decides whose it is, and what for."""
        names = ("AZURE_CLIENT_ID", "AZURE_TOKEN_CREDENTIALS", "AZURE_AUTHORITY_HOST")
        asked = [self._variables.get(name, "").strip() for name in names]
        kept = (self._auth, self.scope, self._tenant, *asked)
        return " ".join(one or "-" for one in kept)

    @property
    def _state(self) -> str:
        """What changes when somebody signs in or out with az or azd: a kept token is void then."""
        files = (
            az_folder(self._variables) / "azureProfile.json",
            azd_folder(self._variables) / "auth.json",
        )
        return " ".join(map(_changed, files))


def _changed(file: Path) -> str:
    try:
        return str(file.expanduser().stat().st_mtime_ns)
    except (OSError, RuntimeError):  # nobody signed in, or a user without a home
        return "-"
