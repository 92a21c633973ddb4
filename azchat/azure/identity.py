"""Signing in through azure.identity, which is imported only when no kept token will do.

The credentials are tried in its own order, with one difference: all of them together have a
few seconds. One that is slow does not keep the next from starting, yet goes before it.
"""

import json
import logging
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError

from azchat.azure.az import NOISE, AzError, ask_az, check_tenant
from azchat.azure.failures import entra_hint, first_sentence, plain_name
from azchat.azure.signed_in import AUTHORITIES, default_tenant
from azchat.azure.token_cache import Token
from azchat.errors import AuthError, ConfigError
from azchat.files import read_whole
from azchat.learned import write_facts
from azchat.net.opening import Background, UnfinishedError

if TYPE_CHECKING:
    from azure.core.credentials import SupportsTokenInfo, TokenRequestOptions

# When the next credential is started beside one that has not answered.
_PATIENCE_SECONDS = 1.5
# How much less az and azd have than all, so that none of them is left behind when azchat ends.
_LESS_SECONDS, _LESS_SECONDS_ALONE = 3, 1
_LATE = "no answer in time"
_BROWSER_SECONDS, _DEVICE_SECONDS = 180, 900  # as long as Entra keeps a code
# One more try is enough: the machine's own endpoints answer at once or not at all.
_HTTP: Mapping[str, Any] = {
    "connection_timeout": 2,
    "read_timeout": 3,
    "retry_total": 1,
    "retry_status": 1,
    "retry_backoff_factor": 0.2,
}
# What azure.identity's cache raises, inside its own errors, where the system does not encrypt it.
_NO_ENCRYPTION = (ValueError, NotImplementedError, ImportError)
_UNAVAILABLE = r"^\w+Credential authentication unavailable[.,]\s+(?=\w)"  # the reason follows
_TOOLS = {"azure cli": "az login", "azure developer cli": "azd auth login"}
_VARIABLE = "AZURE_TOKEN_CREDENTIALS"
_people: dict[tuple[str, str | None], Any] = {}  # who signed in by hand, in this run
_asking = threading.Lock()


class Way(NamedTuple):
    """How to sign in: ``auth`` is the wish, ``folder`` where the browser's account is noted.

    ``seconds`` is how long all credentials together have; ``say`` tells what to do elsewhere.
    """

    auth: str
    tenant: str | None
    variables: Mapping[str, str]
    folder: Path
    seconds: float
    say: Callable[[str], None] = lambda _: None

    @property
    def is_person(self) -> bool:
        """Whether a person has to do something, for which there are no few seconds."""
        wished = self.variables.get(_VARIABLE, "").strip().lower()
        is_wished = self.auth == "entra" and wished == "interactivebrowsercredential"
        return self.auth in ("browser", "device") or is_wished


class SignedIn(NamedTuple):
    """A token, and the plain name of the credential that gave it."""

    token: Token
    by: str


def request_token(
    way: Way, scope: str, claims: str | None = None, failure: AzError | None = None
) -> SignedIn:
    """Return a token for ``scope`` from the first credential that has one.

    ``failure`` is az's, where it was asked before. Raises ``AuthError`` with a line for each that
    was tried, ``ConfigError`` for a wrong tenant or a wrong ``AZURE_TOKEN_CREDENTIALS``.
    """
    for name in ("azure", "msal"):  # without a handler Python prints what they log on stderr
        logging.getLogger(name).addHandler(logging.NullHandler())
    check_tenant(way.tenant)
    options: TokenRequestOptions = {}
    if claims:
        options["claims"] = claims
    if way.tenant:
        options["tenant_id"] = way.tenant
    if way.is_person:
        return _ask_person(way, scope, options)
    tries = [_Try(credential) for credential in _credentials(way, failure, claims)]
    return _first(tries, scope, options, way.seconds) or _fail(tries, way, scope, claims)


class _Try:
    """One credential at work."""

    def __init__(self, credential: "SupportsTokenInfo") -> None:
        self._credential = credential
        # One that could not even be set up is stood in for, and keeps its name.
        self.name = plain_name(getattr(credential, "_credential_name", type(credential).__name__))
        self._work: Background[Any] | None = None

    def start(self, scope: str, options: "TokenRequestOptions") -> None:
        self._work = Background(lambda: self._credential.get_token_info(scope, options=options))

    def wait(self, seconds: float) -> SignedIn | None:
        """Return the token if it comes in time; raises what is neither that nor a refusal."""
        assert self._work is not None
        try:
            info = self._work.result(max(0.0, seconds))
        except (UnfinishedError, AzureError, ValueError, OSError):
            return None
        return SignedIn(Token.of(info.token, info.expires_on), self.name)

    @property
    def is_open(self) -> bool:
        """Whether its answer is still awaited."""
        return self._work is None or not self._work.is_done

    @property
    def said(self) -> str:
        """All that it said of its failure, "" without one."""
        failure = self._work and self._work.error
        message = str(getattr(failure, "message", None) or failure or "")
        return message[max(0, message.find("ERROR: ")) :]  # az warns before it fails

    @property
    def why(self) -> str:
        """Why there is no token, in one sentence."""
        if self._work is None or self.is_open:
            return _LATE
        failure = self._work.error
        if isinstance(failure and failure.__cause__, TimeoutExpired):
            return _LATE
        return first_sentence(re.sub(_UNAVAILABLE, "", self.said)) or "no reason said"

    @property
    def is_missing(self) -> bool:
        """Whether it is not there at all, or not set up."""
        words = ("not found", "could not be found", "not installed", "unavailable", "not fully")
        return any(word in self.why for word in words)


class _Az:
    """The Azure CLI, which was asked already and gave no token, or is asked now."""

    _credential_name = "AzureCliCredential"

    def __init__(self, way: Way, failure: AzError | None, seconds: float) -> None:
        self._way, self._failure, self._seconds = way, failure, seconds

    def get_token_info(self, *scopes: str, options: "TokenRequestOptions | None" = None) -> Any:
        """Return its token; raises ``AzureError``."""
        del options
        if self._failure is None:
            try:
                way = self._way
                return _info(ask_az(scopes[0], way.tenant, self._seconds, way.variables))
            except AzError as error:
                self._failure = error
        said = str(self._failure) or _LATE
        is_nobody = re.search("az login|az account set", said) and "AADSTS" not in said
        words = "Please run 'az login' to set up an account"
        raise ClientAuthenticationError(message=words if is_nobody else said)


def _info(token: Token) -> Any:
    from azure.core.credentials import AccessTokenInfo

    return AccessTokenInfo(token.text, token.expires_on)


def _first(
    tries: list[_Try], scope: str, options: "TokenRequestOptions", seconds: float
) -> SignedIn | None:
    """Return the first token in the order of the credentials."""
    deadline = time.monotonic() + seconds
    for number, one in enumerate(tries, 1):
        one.start(scope, options)
        one.wait(_PATIENCE_SECONDS)
        for earlier in tries[:number]:
            if signed_in := earlier.wait(0):
                return signed_in
            if earlier.is_open:
                break  # it goes before what comes later
    for one in tries:
        if signed_in := one.wait(deadline - time.monotonic()):
            return signed_in
    return None


def _credentials(
    way: Way, failure: AzError | None, claims: str | None
) -> "Iterator[SupportsTokenInfo]":
    import azure.identity as identity

    tenant, client = way.tenant or "", _client(way)
    alone = int(way.seconds) - _LESS_SECONDS_ALONE
    match way.auth:
        case "az" if not claims:
            yield cast("SupportsTokenInfo", _Az(way, failure, alone))
        case "az":  # which refuses them, in its own words
            yield identity.AzureCliCredential(tenant_id=tenant, process_timeout=alone)
        case "azd":
            yield identity.AzureDeveloperCliCredential(tenant_id=tenant, process_timeout=alone)
        case "managed":
            yield identity.ManagedIdentityCredential(client_id=client, **_HTTP)
        case _:
            yield from _default_chain(way, claims)


def _client(way: Way) -> str | None:
    """Return which of the machine's identities is meant; Cloud Shell's is the user's own."""
    told = way.variables
    in_shell = "MSI_ENDPOINT" in told and not told.keys() & {"MSI_SECRET", "IDENTITY_ENDPOINT"}
    return None if in_shell else told.get("AZURE_CLIENT_ID")


def _default_chain(way: Way, claims: str | None) -> "Iterator[SupportsTokenInfo]":
    """Yield azure.identity's own choice; ``AZURE_TOKEN_CREDENTIALS`` narrows it, as documented."""
    from azure.identity import AzureCliCredential, DefaultAzureCredential

    # Rare, and slow or noisy where they are missing: only for those who ask for them. The shared
    # cache is an old one of Windows, and makes a folder for itself wherever it looks.
    rare = {"powershell", "visual_studio_code", "broker"}
    is_narrowed = bool(way.variables.get(_VARIABLE, "").strip())
    left_out = {"shared_token_cache", *(() if is_narrowed else rare)}
    excluded = {f"exclude_{name}_credential": True for name in left_out}
    try:
        seconds = int(way.seconds) - _LESS_SECONDS
        own = {"managed_identity_client_id": _client(way), **excluded, **_HTTP}
        chain = DefaultAzureCredential(process_timeout=seconds, **own)
    except ValueError as error:
        raise ConfigError(first_sentence(str(error)), f"set {_VARIABLE} to dev or prod") from None
    for one in chain.credentials:
        is_az = isinstance(one, AzureCliCredential) and not claims  # which it refuses in words
        yield cast("SupportsTokenInfo", _Az(way, None, seconds) if is_az else one)


def _ask_person(way: Way, scope: str, options: "TokenRequestOptions") -> SignedIn:
    """Return a token of who signs in, or signed in before where the system encrypts that."""
    name = "device code" if way.auth == "device" else "browser"
    try:
        with _asking:  # nobody can enter two codes at once, and the first is enough
            own = _people.get((way.auth, way.tenant)) or _somebody(way, scope, name.split()[0])
            info = own.get_token_info(scope, options=options)
            _people[way.auth, way.tenant] = own
    except AzureError as error:
        hint = entra_hint(error.message, _login(way, scope)) or _hint(way)
        raise AuthError(f"{name}: {first_sentence(error.message)}", hint) from None
    return SignedIn(Token.of(info.token, info.expires_on), name)


def _somebody(way: Way, scope: str, name: str) -> Any:
    """Return the credential of who signs in; its cache is kept where that is encrypted."""
    from azure.identity import TokenCachePersistenceOptions

    note = way.folder / f"{name}-{way.tenant or 'any'}.json"
    account, cache = _account_in(note), TokenCachePersistenceOptions(name="azchat")
    make = _person(way)
    person = make(cache_persistence_options=cache, authentication_record=account)
    try:
        if account is None:
            write_facts(note, json.loads(person.authenticate(scopes=[scope]).serialize()))
        else:
            person.get_token_info(scope)
    except AzureError as error:
        if not isinstance(error.__cause__, _NO_ENCRYPTION):
            raise
        return make()  # then nothing is kept
    return person


def _person(way: Way) -> Callable[..., Any]:
    """Return what makes the credential: a browser of this machine, or a code for any other's."""
    from azure.identity import DeviceCodeCredential, InteractiveBrowserCredential

    if way.auth != "device":
        return partial(InteractiveBrowserCredential, tenant_id=way.tenant, timeout=_BROWSER_SECONDS)

    def tell(address: str, code: str, until: object) -> None:
        del until
        way.say(f"to sign in, open {address} and enter the code {code} (Ctrl-C ends it)")

    # An authority of the user's own is none that Microsoft's list knows.
    host = urlsplit(way.variables.get("AZURE_AUTHORITY_HOST", "")).hostname or ""
    is_own = bool(host) and host not in AUTHORITIES
    how: Any = {"prompt_callback": tell, "timeout": _DEVICE_SECONDS, "tenant_id": way.tenant}
    return partial(DeviceCodeCredential, disable_instance_discovery=is_own, **how)


def _account_in(note: Path) -> Any:
    """Return the account that signed in before: its name and tenant, no secret."""
    from azure.identity import AuthenticationRecord

    try:
        return AuthenticationRecord.deserialize(read_whole(note).decode())
    except (OSError, ValueError, KeyError, RecursionError):
        return None


def _fail(tries: list[_Try], way: Way, scope: str, claims: str | None) -> SignedIn:
    said = " ".join(one.said for one in tries)
    hint = entra_hint(said, _login(way, scope)) or _hint(way, tries)
    if claims and "azure cli" in {one.name for one in tries if not one.is_missing}:
        # az takes them at a sign-in alone (azure-identity 1.27; az 2.76).
        asked = b64encode(claims.encode()).decode()
        hint = f"sign in with: {_login(way, scope)} --claims-challenge {asked}"
        raise AuthError("the service wants you to sign in anew", hint)
    if len(tries) == 1:
        raise AuthError(f"{tries[0].name} could not sign in: {tries[0].why}", hint)
    details = tuple(f"{one.name}: {one.why}" for one in tries)
    raise AuthError(f"none of {len(tries)} credentials could sign in", hint, details=details)


def _login(way: Way, scope: str) -> str:
    is_azd = way.auth == "azd"
    known = way.tenant or (None if is_azd else default_tenant(way.variables))
    tenant = f" {'--tenant-id' if is_azd else '--tenant'} {known}" if known else ""
    return f"{'azd auth login' if is_azd else 'az login'}{tenant} --scope {scope}"


def _hint(way: Way, tries: list[_Try] | None = None) -> str:
    """Return the command that signs in: of the tool that is there, and for the tenant."""
    present = {one.name for one in tries or () if not one.is_missing}
    tenant = f" --tenant {way.tenant}" if way.tenant else ""
    azd_tenant = f" --tenant-id {way.tenant}" if way.tenant else ""
    if way.auth == "managed" or way.variables.get(_VARIABLE, "").strip().lower() == "prod":
        return "give this machine a managed identity; AZURE_CLIENT_ID names one of several"
    if way.auth in ("browser", "device"):
        return f"sign in with: az login{tenant}  (and --auth az)"
    why = {one.name: one.why for one in tries or ()}
    if late := next((name for name in _TOOLS if why.get(name) == _LATE), None):
        patience = f"{late} took longer than it may: wait longer with --timeout 60"
        return f"{patience}, or sign in anew with: {_TOOLS[late]}"
    if way.auth == "az" and any(NOISE in text for text in why.values()):
        return "az printed something else than a token; see it with: az account get-access-token"
    has_azd_only = "azure developer cli" in present and "azure cli" not in present
    if way.auth == "azd" or (way.auth == "entra" and has_azd_only):
        return f"sign in with: azd auth login{azd_tenant}"
    return f"sign in with: az login{tenant}  (or set AZURE_INFERENCE_CREDENTIAL)"
