"""What Azure Resource Manager and Microsoft Entra answer for the demo's resources.

No I/O; its one state is whether somebody opened the page where a device code is entered. Roots of
addresses are those that were asked at, so that it plays over TLS and without.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from azchat.demo.models import find_model, publishers
from azchat.demo.reply import Reply, whole
from azchat.demo.tables import table

Json = dict[str, Any]

SUBSCRIPTION, TENANT, PERSON = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))
_CODE = "DEMO-CODE"
_GROUP = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/demo/providers/"
    "Microsoft.CognitiveServices/accounts"
)
_ENTRA = f"/(?:{TENANT}|organizations|common)"
_DONE = b"<!doctype html><title>azchat demo</title><p>You are signed in: back to the terminal."


class Cloud:
    """The cloud; ``clock`` tells the seconds since 1970, ``page`` is where a code is entered."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._has_entered = clock, False
        self.page = "/devicelogin"

    def answer(
        self, scheme: str, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Reply | None:
        """Return the reply; None for what is the resource's own."""
        root = f"{scheme}://{headers.get('host', '')}"
        path = unquote(target.partition("?")[0])
        if found := re.fullmatch(rf"{_ENTRA}(/.+)", path):
            return self._as_authority(root, found[1], parse_qs(body.decode("utf-8", "replace")))
        if path == "/devicelogin":
            self._has_entered = True
            return Reply(200, {"content-type": "text/html; charset=utf-8"}, [(0, _DONE)])
        if not path.startswith(("/providers/Microsoft.ResourceGraph/", "/subscriptions")):
            return None
        if claims_of(headers.get("authorization", "")).get("aud") != root:
            return _failed(401, "InvalidAuthenticationToken", f"The audience must be {root}.")
        answer = _as_manager(root, method, path)
        return whole(200, answer) if answer else _failed(404, "NotFound", f"no {path} in the demo")

    def _as_authority(self, root: str, path: str, form: Mapping[str, list[str]]) -> Reply:
        at = f"{root}/{TENANT}"
        if path.endswith("openid-configuration"):
            ends = {"authorization": "authorize", "token": "token", "device_authorization": "code"}
            told = {f"{name}_endpoint": f"{at}/oauth2/v2.0/{end}" for name, end in ends.items()}
            return whole(200, told | {"issuer": f"{at}/v2.0"})
        if path.endswith("/code"):
            self._has_entered = False
            told = {"user_code": _CODE, "device_code": form.get("scope", [""])[0]}
            told |= {"verification_uri": self.page, "message": self.page}
            return whole(200, told | {"expires_in": 900, "interval": 1})
        if not path.endswith("/token"):
            return whole(404, {"error": "invalid_request", "error_description": "no such page"})
        is_device = "device_code" in form
        if is_device and not self._has_entered:
            return whole(400, {"error": "authorization_pending", "error_description": "wait"})
        if not is_device and form.get("refresh_token") != ["demo"]:
            error = "AADSTS50173: The demo knows no such grant; sign in anew."
            return whole(400, {"error": "invalid_grant", "error_description": error})
        return whole(200, self._tokens(f"{at}/v2.0", form))

    def _tokens(self, issuer: str, form: Mapping[str, list[str]]) -> Json:
        now = int(self._clock())
        who: Json = {"tid": TENANT, "oid": PERSON, "preferred_username": "you@demo.example"}
        who |= {"sub": PERSON, "iss": issuer, "iat": now, "exp": now + 3600}
        scopes = " ".join(form.get("scope", form.get("device_code", []))).split()
        scope = next((one for one in scopes if one.endswith("/.default")), "")
        account = {"uid": PERSON, "utid": TENANT}
        return {
            "access_token": _token({**who, "aud": scope.removesuffix("/.default")}),
            "refresh_token": "demo",
            "id_token": _token({**who, "aud": form.get("client_id", [""])[0]}),
            "client_info": _coded(account),
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": scope,
        }


def _as_manager(root: str, method: str, path: str) -> Json | None:
    resources = table("azure")["resources"]
    if path.startswith("/providers/"):
        own = {"type": "microsoft.resources/subscriptions", "name": "Demo"}
        own |= {"subscriptionId": SUBSCRIPTION}
        return {"data": [own, *(_account(root, name) for name in resources)]}
    for name, about in resources.items():
        match method, path.removeprefix(f"{_GROUP}/{name}"):
            case "GET", "/deployments":
                return {"value": [*map(_deployment, about["deployments"], range(28, 0, -1))]}
            case "GET", "/providers/Microsoft.Authorization/permissions":
                return {"value": [{"actions": ["*"], "dataActions": about["may"]}]}
            case "GET", "/models":
                return {"value": []}
            case "POST", "/listKeys":
                return {"key1": "demo-key", "key2": "demo-key"}
    return None


def _account(root: str, name: str) -> Json:
    return {
        "id": f"{_GROUP}/{name}",
        "name": name,
        "subscriptionId": SUBSCRIPTION,
        "type": "microsoft.cognitiveservices/accounts",
        "kind": "AIServices",
        "location": "localhost",
        "tenantId": TENANT,
        "properties": {"customSubDomainName": name, "endpoint": f"{root}/"},
    }


def _deployment(name: str, day: int) -> Json:
    speaks = {"chat": "chatCompletion", "responses": "responses"}
    able = {speaks[one]: "true" for one in find_model(name).speaks if one in speaks}
    model = {"name": name, "version": "1", "format": publishers().get(name, "")}
    inner = {"model": model, "capabilities": able, "provisioningState": "Succeeded"}
    sku = {"name": "GlobalStandard", "capacity": 50}
    changed = {"lastModifiedAt": f"2026-10-{day:02}T00:00:00Z"}
    return {"name": name, "sku": sku, "properties": inner, "systemData": changed}


def claims_of(authorization: str) -> Json:
    """Return what a token says; nothing for what is none."""
    from azchat.azure.token_cache import Token  # late: few ask for it

    return Token(authorization.rpartition(" ")[2], 0).claims


def _token(claims: Json) -> str:
    return f"{_coded({'typ': 'JWT', 'alg': 'none'})}.{_coded(claims)}.demo"


def _coded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _failed(status: int, code: str, message: str) -> Reply:
    return whole(status, {"error": {"code": code, "message": message}})
