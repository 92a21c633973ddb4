"""How requests sign in: with a key, with a Microsoft Entra token, or not at all."""

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from azchat.azure.endpoint import Endpoint
from azchat.azure.hosts import gets_tokens_unasked
from azchat.azure.sign_in import SignIn
from azchat.errors import AuthError, ConfigError
from azchat.parameters import Auth
from azchat.redaction import Secret

if TYPE_CHECKING:
    from azure.core.pipeline.policies import BearerTokenCredentialPolicy, SansIOHTTPPolicy


def choose_auth(wish: Auth, endpoint: Endpoint, *, has_key: bool) -> Auth | Literal["none"]:
    """Return how to sign in; ``auto`` takes the key, else Entra where the endpoint takes it.

    Raises ``ConfigError`` when the wish and the endpoint do not go together.
    """
    if wish == "key" and not has_key:
        raise ConfigError(f"there is no key for {endpoint.host}", _KEY_HINT)
    if wish not in ("auto", "key") and endpoint.scope is None:
        what = f"{endpoint.host} takes keys only, so --auth {wish} cannot work"
        raise ConfigError(what, _KEY_HINT)
    if wish != "auto":
        return wish
    signing = _SIGNING & {name.lower() for name in endpoint.headers}
    if signing and not (has_key and endpoint.key_header.lower() not in signing):
        return "none"  # the user's own header signs in
    if has_key:
        return "key"
    if endpoint.kind == "serverless":
        raise AuthError(f"{endpoint.host} needs a key; it takes no other sign-in", _KEY_HINT)
    # A server on this machine or of another make: many take anybody. A token goes unasked to
    # Azure alone, and not to whoever has a path like its own.
    is_azures = gets_tokens_unasked(urlsplit(endpoint.base).hostname or "")
    return "entra" if endpoint.scope and is_azures else "none"


def auth_policy(
    auth: Auth | Literal["none"], endpoint: Endpoint, key: Secret | None, sign_in: SignIn | None
) -> "SansIOHTTPPolicy[Any, Any] | BearerTokenCredentialPolicy[Any, Any]":
    """Return the policy that signs each request, with the key or by ``sign_in``."""
    # Not on top: how to sign in is asked by programs that sign nothing.
    from azure.core.pipeline import policies

    if auth == "none":
        return policies.SansIOHTTPPolicy()
    if auth == "key":
        assert key is not None
        from azure.core.credentials import AzureKeyCredential

        credential = AzureKeyCredential(key.reveal())
        prefix = "Bearer" if endpoint.key_header == "Authorization" else None
        return policies.AzureKeyCredentialPolicy(credential, endpoint.key_header, prefix=prefix)
    assert sign_in is not None
    return policies.BearerTokenCredentialPolicy(sign_in, sign_in.scope)


_SIGNING = frozenset({"authorization", "api-key", "x-api-key", "ocp-apim-subscription-key"})
_KEY_HINT = "set AZURE_INFERENCE_CREDENTIAL to the key shown beside the endpoint in the portal"
