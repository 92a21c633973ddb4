"""A cloud on this machine: Azure Resource Manager, and resources whose deployments answer.

    with AzureCloud() as cloud:
        cloud.add("res", "gpt-5-mini", "DeepSeek-V4-Pro")
        cloud.sign_in(people)        # az's own files, and an az that gives tokens for it
        cloud.requests               # everything that was asked

az knows it as ``az cloud register`` would write it. What is refused is in ``cloud.refusals``:
a piece of the path, and the status with its error.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from tests.faults.connection import Connection, Request
from tests.faults.entra import People
from tests.faults.server import LOOPBACK, Listener

NAME = "Here"
TENANT = "11111111-2222-3333-4444-555555555555"
PERSON = "99999999-8888-7777-6666-555555555555"
ALL = [{"dataActions": ["Microsoft.CognitiveServices/*"], "notDataActions": []}]
OWNER: list[dict[str, Any]] = [{"actions": ["*"], "dataActions": [], "notDataActions": []}]
KEY = "key-of-the-resource-1234567890"
_FINE = (Path(__file__).parent.parent / "sign_in" / "fine.sse").read_bytes()
_RESOURCES = "Microsoft.CognitiveServices/accounts"
CHATS = {"chatCompletion": "true", "responses": "false"}


def deployment(
    name: str,
    *,
    capabilities: Mapping[str, str] = CHATS,
    model: str | None = None,
    sku: str = "GlobalStandard",
    **more: Any,
) -> dict[str, Any]:
    """Return a deployment as the manager tells of it."""
    about = {"format": "OpenAI", "name": model or name, "version": "1", **more.pop("about", {})}
    inner = {"model": about, "capabilities": dict(capabilities), "provisioningState": "Succeeded"}
    return {
        "name": name,
        "sku": {"name": sku, "capacity": 250},
        "properties": {**inner, **more.pop("properties", {})},
        "systemData": {"lastModifiedAt": "2026-10-01T00:00:00Z"},
        **more,
    }


class AzureCloud:
    """The cloud; ``delay`` is how many seconds each request takes."""

    def __init__(self, *, graph: bool = True, delay: float = 0.0) -> None:
        self.subscriptions = {"sub-1": "First"}
        self.tenants = {"sub-1": TENANT}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.deployments: dict[str, list[dict[str, Any]]] = {}
        self.models: list[dict[str, Any]] = []
        self.permissions: Any = ALL
        self.refusals: dict[str, tuple[int, str, str]] = {}
        self.hidden: set[str] = set()  # subscriptions that the graph leaves out
        self.further: list[dict[str, Any]] = []  # rows of the graph: projects, hubs
        self.lists: dict[str, Any] = {}  # what is at other paths
        self.hangs = ""  # a piece of the path of what is never answered
        self.retry_after: str | None = None  # of what is refused
        self.page = 1000
        self._graph, self._delay = graph, delay
        self._listener = Listener(self._serve)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, where: TracebackType | None
    ) -> None:
        self._listener.close()

    @property
    def root(self) -> str:
        return f"http://{LOOPBACK}:{self._listener.port}"

    @property
    def requests(self) -> list[Request]:
        return self._listener.requests

    def paths(self, piece: str) -> list[str]:
        """Return the paths that were asked for and have ``piece`` in them."""
        return [one.path for one in self.requests if piece in one.path]

    def add(self, name: str, *rows: str | dict[str, Any], sub: str = "sub-1", **more: Any) -> None:
        """Add a resource with deployments."""
        path = f"/subscriptions/{sub}/resourceGroups/group/providers/{_RESOURCES}/{name}"
        inner = {"customSubDomainName": name, "endpoint": f"{self.root}/{name}/", **more}
        self.accounts[name] = {
            "id": path,
            "name": name,
            "kind": "AIServices",
            "location": "swedencentral",
            "type": _RESOURCES.lower(),
            "subscriptionId": sub,
            "tenantId": self.tenants[sub],
            "properties": inner,
        }
        self.deployments[name] = [deployment(o) if isinstance(o, str) else o for o in rows]

    def sign_in(self, people: People, home: Path, **claims: Any) -> None:
        """Be signed in with az."""
        folder = home / ".azure"
        folder.mkdir(mode=0o700, exist_ok=True)
        rows = [
            {
                "id": own,
                "name": name,
                "state": "Enabled",
                "isDefault": own == "sub-1",
                "tenantId": self.tenants[own],
                "environmentName": NAME,
                "user": {"name": "a@b.c", "type": "user"},
            }
            for own, name in self.subscriptions.items()
        ]
        profile = folder / "azureProfile.json"
        profile.write_text(json.dumps({"subscriptions": rows}), encoding="utf-8-sig")
        clouds = folder / "clouds.config"
        clouds.write_text(f"[{NAME}]\nendpoint_resource_manager = {self.root}/\n")
        for one in (profile, clouds):
            one.chmod(0o600)
        people.write_az(self.root, oid=PERSON, tid=TENANT, **claims)

    # -- what is answered -----------------------------------------------------------------

    def _serve(self, connection: Connection, request: Request) -> bool:
        if self._delay:
            connection.pause(self._delay)
        path = unquote(urlsplit(request.path).path)
        if self.hangs and self.hangs in path:
            connection.hold()
            return False
        if path.endswith("/chat/completions"):
            connection.send(_reply(200, _FINE, "text/event-stream"))
            return True
        status, answer = self._answer(request, path)
        wait = f"\r\nRetry-After: {self.retry_after}" if self.retry_after and status == 429 else ""
        connection.send(_reply(status, json.dumps(answer).encode(), f"application/json{wait}"))
        return True

    def _answer(self, request: Request, path: str) -> tuple[int, Any]:
        for piece, (status, code, message) in self.refusals.items():
            if piece in path:
                return status, {"error": {"code": code, "message": message}}
        parts = path.strip("/").split("/")
        if path in self.lists:
            return 200, self.lists[path]
        if path.endswith("Microsoft.ResourceGraph/resources"):
            return self._answer_graph(request)
        if path == "/subscriptions":
            return 200, {"value": [{"subscriptionId": s} for s in self.subscriptions]}
        if path.lower().endswith(f"providers/{_RESOURCES}".lower()):
            own = [one for one in self.accounts.values() if one["subscriptionId"] == parts[1]]
            return 200, {"value": own}
        name = parts[7] if len(parts) > 7 else ""
        match parts[8:]:
            case ["deployments"]:
                return 200, self._paged(request, self.deployments[name])
            case ["providers", "Microsoft.Authorization", "permissions"]:
                return 200, {"value": self.permissions}
            case ["models"]:
                return 200, {"value": self.models}
            case ["listKeys"]:
                return 200, {"key1": KEY, "key2": "other"}
        return 404, {"error": {"code": "NotFound", "message": path}}

    def _answer_graph(self, request: Request) -> tuple[int, Any]:
        if not self._graph:
            return 429, {"error": {"code": "RateLimiting", "message": "slow down"}}
        rows = [
            {"type": "microsoft.resources/subscriptions", "subscriptionId": own, "name": name}
            for own, name in self.subscriptions.items()
            if own not in self.hidden
        ]
        own = [*self.accounts.values(), *self.further]
        rows += [one for one in own if one["subscriptionId"] not in self.hidden]
        start = int(request.json()["options"].get("$skipToken") or 0)
        more = {"$skipToken": str(start + self.page)} if start + self.page < len(rows) else {}
        return 200, {"data": rows[start : start + self.page], **more}

    def _paged(self, request: Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
        start = int(request.path.partition("skip=")[2].partition("&")[0] or 0)
        link = f"{self.root}{urlsplit(request.path).path}?api-version=1&skip={start + self.page}"
        more = {"nextLink": link} if start + self.page < len(rows) else {}
        return {"value": rows[start : start + self.page], **more}


def _reply(status: int, body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
