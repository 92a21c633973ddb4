"""What a resource that takes Microsoft Entra tokens alone says to whoever comes. Pure.

Only the audience of a token is looked at: there is nobody here who could have signed it.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from azchat.demo.refusals import refused

OF_EACH_ROUTE = "auto"


def check_token(headers: Mapping[str, str], target: str, audience: str) -> None:
    """Raise Refused unless the token is for ``audience``; ``auto`` is that of the route."""
    if headers.get("api-key"):
        raise refused("no_keys")
    wanted = _audience_of(target) if audience == OF_EACH_ROUTE else audience.rstrip("/")
    if str(_claims(headers.get("authorization", "")).get("aud", "")).rstrip("/") != wanted:
        raise refused("wrong_token", audience=wanted)


def _audience_of(target: str) -> str:
    service = "ai" if "/openai/v1" in target else "cognitiveservices"
    return f"https://{service}.azure.com"


def _claims(authorization: str) -> dict[str, Any]:
    """Return what a JSON Web Token (RFC 7519) says of itself; nothing where it is none."""
    pieces = authorization.rpartition(" ")[2].split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(pieces[1] + "==="))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
