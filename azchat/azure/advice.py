"""What a hint can say only here: which deployments exist, and whose role is missing."""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from azchat.azure.endpoint import Endpoint
from azchat.azure.hosts import is_azure
from azchat.azure.listing import Row, addresses, read_rows
from azchat.azure.retirement import retirement_of_model
from azchat.engine.transport import Reply
from azchat.errors import AzchatError

_SECONDS = 3.0  # for the list, in all: an error is not to be waited for
_MOST_BYTES = 1 << 20
_MOST_NAMES = 8
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ROLE = "a97b65f3-24c7-4388-baec-2e87135dc908"  # Cognitive Services User; names change, ids do not


def name_models(
    error: AzchatError, endpoint: Endpoint, model: str | None, get: Callable[[str, float], Reply]
) -> None:
    """Let the hint name what can be asked; one request at most.

    The nearest spelling stands first, and what Azure has retired last.
    """
    rows = _listed(endpoint, get)
    names = sorted({row.name for row in rows})
    near = get_close_matches(model or "", names, _MOST_NAMES, 0.5)
    if model in names:
        error.hint = f"{model} is listed: if it was made just now, ask again in some minutes"
    elif names:
        retired = _retired(rows) if endpoint.kind != "compatible" else set()
        shown = sorted(dict.fromkeys([*near, *names]), key=retired.__contains__)[:_MOST_NAMES]
        more = ", …" if len(names) > len(shown) else ""
        error.hint = f"name one with -m {shown[0]}; there are: {', '.join(shown)}{more}"


def _retired(rows: Iterable[Row]) -> set[str]:
    """Return the names of those whose day has come, as the list says it, else the table."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    tabled = ((row, retirement_of_model(row.model or row.name)) for row in rows)
    ends = ((row.name, row.retires or (known.date if known else None)) for row, known in tabled)
    return {name for name, end in ends if end and end <= day}


def _listed(endpoint: Endpoint, get: Callable[[str, float], Reply]) -> list[Row]:
    """Return the rows of the endpoint's list, none where it does not come at once."""
    deadline, body = time.monotonic() + _SECONDS, b""
    try:
        reply = get(addresses(endpoint)[0], _SECONDS)
        while len(body) < _MOST_BYTES and (data := reply.read(deadline - time.monotonic())):
            body += data
        rows = read_rows(json.loads(body)) if reply.status == 200 else []
    except (AzchatError, TimeoutError, ValueError, RecursionError):
        return []
    return [row for row in rows if re.fullmatch(r"\w[\w.:/@+-]{0,99}", row.name)]


def name_role(error: AzchatError, endpoint: Endpoint, claims: Mapping[str, Any]) -> None:
    """Let the hint be the command that gives the role to who was signed in."""
    said = re.search(rf"principal `?({_GUID})", error.what)
    who = str(claims.get("oid") or (said and said[1]) or "")
    if not re.fullmatch(_GUID, who):
        return
    name = endpoint.host.partition(".")[0]
    scope = "RESOURCE_ID"
    if is_azure(endpoint.host) and re.fullmatch(r"[a-z0-9-]+", name):
        query = f"[?properties.customSubDomainName=='{name}'].id"
        scope = f'"$(az cognitiveservices account list --query "{query}" -o tsv)"'
    error.hint = role_hint({**claims, "oid": who}, scope)


def role_hint(claims: Mapping[str, Any], scope: str) -> str:
    """Return the command that lets whoever ``claims`` tell of chat on ``scope`` without a key."""
    kind = "ServicePrincipal" if claims.get("idtyp") == "app" else "User"
    who = str(claims.get("oid") or "")
    if not re.fullmatch(_GUID, who):
        who = '"$(az ad signed-in-user show --query id -o tsv)"'
    return (
        f"whoever manages the resource can give the role, which takes some minutes: "
        f"az role assignment create --role {_ROLE} --assignee-object-id {who} "
        f"--assignee-principal-type {kind} --scope {scope}"
    )
