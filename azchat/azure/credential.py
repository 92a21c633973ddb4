"""How requests sign in: with a key, with a Microsoft Entra token, or not at all."""

from collections.abc import Mapping
from typing import Any, Literal

from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.pipeline.policies import (
    AzureKeyCredentialPolicy,
    BearerTokenCredentialPolicy,
    SansIOHTTPPolicy,
)

from azchat.azure.endpoint import Endpoint
from azchat.choices import Auth
from azchat.errors import AuthError, ConfigError
from azchat.redaction import Secret

# Seconds for az and azd: a few together stay below ten.
_PROCESS_SECONDS = 4


def choose_auth(wish: Auth, endpoint: Endpoint, *, has_key: bool) -> Auth | Literal["none"]:
    """Return how to sign in; ``auto`` takes the key, else Entra where the endpoint takes it.

    Raises ``ConfigError`` when the wish and the endpoint do not go together.
    """
    if wish == "key" and not has_key:
        raise ConfigError(f"there is no key for {endpoint.host}", _KEY_HINT)
    if wish not in ("auto", "key") and endpoint.scope is None:
        raise ConfigError(
            f"{endpoint.host} takes keys only, so --auth {wish} cannot work", _KEY_HINT
        )
    if wish != "auto":
        return wish
    if has_key:
        return "key"
    if endpoint.kind == "serverless":
        raise AuthError(f"{endpoint.host} needs a key; it takes no other sign-in", _KEY_HINT)
    # A server on this machine or of another make: many take anybody.
    return "none" if endpoint.scope is None or endpoint.is_loopback else "entra"


def auth_policy(
    auth: Auth | Literal["none"],
    endpoint: Endpoint,
    key: Secret | None,
    *,
    tenant: str | None,
    variables: Mapping[str, str],
) -> "SansIOHTTPPolicy[Any, Any] | BearerTokenCredentialPolicy[Any, Any]":
    """Return the policy that signs each request; azure.identity is imported only for a token."""
    if auth == "none":
        return SansIOHTTPPolicy()
    if auth == "key":
        assert key is not None
        credential = AzureKeyCredential(key.reveal())
        prefix = "Bearer" if endpoint.key_header == "Authorization" else None
        return AzureKeyCredentialPolicy(credential, endpoint.key_header, prefix=prefix)
    assert endpoint.scope is not None
    return BearerTokenCredentialPolicy(_token_credential(auth, tenant, variables), endpoint.scope)


def _token_credential(
    auth: str, tenant: str | None, variables: Mapping[str, str]
) -> TokenCredential:
    import azure.identity as identity

    match auth:
        case "az":
            return identity.AzureCliCredential(
                tenant_id=tenant or "", process_timeout=2 * _PROCESS_SECONDS
            )
        case "azd":
            return identity.AzureDeveloperCliCredential(
                tenant_id=tenant or "", process_timeout=2 * _PROCESS_SECONDS
            )
        case "managed":
            return identity.ManagedIdentityCredential(client_id=variables.get("AZURE_CLIENT_ID"))
        case "browser":
            return identity.InteractiveBrowserCredential(tenant_id=tenant)
        case _:
            return identity.DefaultAzureCredential(
                process_timeout=_PROCESS_SECONDS,
                exclude_shared_token_cache_credential=True,
                exclude_powershell_credential=True,
                exclude_visual_studio_code_credential=True,
            )


_KEY_HINT = "set AZURE_INFERENCE_CREDENTIAL to the key shown beside the endpoint in the portal"
