"""What a resource that takes Microsoft Entra tokens alone says to whoever comes. Pure.

Only the audience of a token is looked at: there is nobody here who could have signed it.
"""

from collections.abc import Mapping

from azchat.demo.refusals import refused

OF_EACH_ROUTE = "auto"


def check_token(headers: Mapping[str, str], target: str, audience: str) -> None:
    """Raise Refused unless the token is for ``audience``; ``auto`` is that of the route."""
    if headers.get("api-key"):
        raise refused("no_keys")
    wanted = _audience_of(target) if audience == OF_EACH_ROUTE else audience.rstrip("/")
    from azchat.azure.token_cache import Token  # late: few ask for it

    token = Token(headers.get("authorization", "").rpartition(" ")[2], 0)
    if str(token.claims.get("aud", "")).rstrip("/") != wanted:
        raise refused("wrong_token", audience=wanted)


def _audience_of(target: str) -> str:
    service = "ai" if "/openai/v1" in target else "cognitiveservices"
    return f"https://{service}.azure.com"
