import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from azure.core.pipeline.policies import AzureKeyCredentialPolicy, BearerTokenCredentialPolicy

from azchat.azure.credential import auth_policy, choose_auth
from azchat.azure.endpoint import parse_endpoint
from azchat.azure.sign_in import Keeping, SignIn
from azchat.errors import AuthError, ConfigError
from azchat.parameters import Auth
from azchat.redaction import Secret

ROUTES = {
    "v1": "https://r.openai.azure.com/openai/v1",
    "project": "https://r.services.ai.azure.com/api/projects/p",
    "deployment": "https://r.openai.azure.com/openai/deployments/d",
    "inference": "https://r.services.ai.azure.com/models",
    "mai": "https://r.services.ai.azure.com/mai/v1",
    "managed": "https://e.eastus.inference.ml.azure.com/v1",
    "serverless": "https://m.eastus2.models.ai.azure.com",
    "compatible": "https://api.openai.com/v1",
    "local": "http://localhost:11434/v1",
    "local v1": "http://localhost:8931/openai/v1",
}
TAKES_TOKENS = ["v1", "project", "deployment", "inference", "mai", "managed", "local v1"]
TAKES_KEYS_ONLY = ["serverless", "compatible", "local"]
SIGN_INS: list[Auth] = [wish for wish in get_args(Auth) if wish not in ("auto", "key")]


def chosen(route: str, wish: Auth = "auto", *, has_key: bool = False) -> str:
    return choose_auth(wish, parse_endpoint(ROUTES[route]), has_key=has_key)


def policy_for(route: str, auth: Auth) -> object:
    endpoint = parse_endpoint(ROUTES[route])
    keeping = Keeping(Path("/nonexistent"))
    sign_in = SignIn(auth, endpoint.scope or "", tenant=None, variables={}, keeping=keeping)
    return auth_policy(auth, endpoint, Secret("k"), sign_in)


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_is_used_where_there_is_one(route: str) -> None:
    assert chosen(route, has_key=True) == "key"


@pytest.mark.parametrize(
    ("route", "auth"),
    [
        ("v1", "entra"),
        ("project", "entra"),
        ("deployment", "entra"),
        ("inference", "entra"),
        ("mai", "entra"),
        ("managed", "entra"),
        ("compatible", "none"),
        ("local", "none"),
        ("local v1", "none"),
    ],
)
def test_without_a_key_the_endpoint_decides(route: str, auth: str) -> None:
    assert chosen(route) == auth


def test_a_serverless_endpoint_needs_a_key() -> None:
    with pytest.raises(AuthError, match=r"m\.eastus2\.models\.ai\.azure\.com needs a key"):
        chosen("serverless")


@pytest.mark.parametrize("wish", SIGN_INS)
@pytest.mark.parametrize("route", TAKES_TOKENS)
def test_a_wish_goes_before_a_key(route: str, wish: Auth) -> None:
    assert chosen(route, wish, has_key=True) == wish


@pytest.mark.parametrize("wish", SIGN_INS)
@pytest.mark.parametrize("route", TAKES_KEYS_ONLY)
def test_a_token_never_goes_where_only_keys_are_taken(route: str, wish: Auth) -> None:
    with pytest.raises(ConfigError, match=f"--auth {wish} cannot work"):
        chosen(route, wish, has_key=True)


@pytest.mark.parametrize("route", ROUTES)
def test_the_wish_for_a_key_needs_one(route: str) -> None:
    with pytest.raises(ConfigError, match="there is no key"):
        chosen(route, "key")


@pytest.mark.parametrize("route", ["v1", "compatible"])
def test_a_key_is_signed_by_the_policy_for_keys(route: str) -> None:
    assert isinstance(policy_for(route, "key"), AzureKeyCredentialPolicy)


@pytest.mark.parametrize("wish", ["az", "azd", "managed", "browser", "entra"])
def test_every_sign_in_is_a_policy_for_tokens(wish: Auth) -> None:
    assert isinstance(policy_for("v1", wish), BearerTokenCredentialPolicy)


def test_a_key_needs_no_azure_identity() -> None:
    code = (
        "import sys\n"
        "from azchat.azure.credential import auth_policy\n"
        "from azchat.azure.endpoint import parse_endpoint\n"
        "from azchat.redaction import Secret\n"
        f"endpoint = parse_endpoint({ROUTES['v1']!r})\n"
        "auth_policy('key', endpoint, Secret('k'), None)\n"
        "sys.exit('azure.identity' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
