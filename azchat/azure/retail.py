"""Azure's public list of prices: what its meters say of models, a million tokens each.

A meter names its model, the kind of tokens and the deployment in words that differ from family to
family: ``gpt 4.1 Inp glbl Tokens``, ``5.6 sol ShortCo Cd Inp Std Gl 1M Tokens``, ``V4 Pro cached
glbl Tokens``. Only those of global deployments are taken: which one is meant is not told by a name.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from azchat.azure.discovery.manager import objects
from azchat.errors import NetworkError, ServiceError
from azchat.net.connection import Connection
from azchat.net.opening import Target

HOST = "https://prices.azure.com"
LONG_CONTEXT = 272_000
"""Tokens of a prompt from which on the meters of a long context (LongCo) count."""
_FILTER = "serviceName eq 'Foundry Models' and priceType eq 'Consumption'"
_PATH = f"/api/retail/prices?api-version=2023-01-01-preview&meterRegion='primary'&$filter={_FILTER}"
_MOST_PAGES, _MOST_BYTES = 500, 16 << 20
_LONGEST_WAIT = 60.0  # seconds that a throttled request waits
_WORDS = {
    **dict.fromkeys(("inp", "inpt", "input"), "input"),
    **dict.fromkeys(("out", "outp", "outpt", "output", "opt"), "output"),
    **dict.fromkeys(("cd", "cchd", "cache", "cached"), "cached"),
    **dict.fromkeys(("write", "wr", "cw"), "cache_write"),
    **dict.fromkeys(("gl", "glbl", "global"), "global"),
    **dict.fromkeys(("tokens", "token", "1m", "1k", "std", "shortco", "az", "azure"), ""),
    "longco": "long",
}
# Other ways to be asked, or what is no text; a data zone's are dearer.
_OTHERS = frozenset((
    *("batch", "bat", "pp", "prty", "priority", "flex", "ft", "rft", "fine", "tuned", "trng"),
    *("training", "hosting", "grdr", "grader", "fw", "dz", "dzn", "dzone", "data", "zone", "regnl"),
    *("rgnl", "regional", "rt", "realtime", "aud", "audio", "img", "image", "video"),
))  # fmt: skip
_UNITS = {"1K": 1000.0, "1M": 1.0}
_FAMILY = re.compile(r"\b(azure|openai|models?|reasoning|media)\b|[^a-z]")


def read_meters(items: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the prices of the models that meters tell of, by plain name."""
    found: dict[str, dict[str, Any]] = {}
    long: dict[str, dict[str, Any]] = {}
    for item in items:
        words = re.split(r"[\s_-]+", str(item.get("meterName", "")).lower())
        kinds = {_WORDS[word] for word in words if word in _WORDS} - {""}
        amount, unit = item.get("retailPrice"), _UNITS.get(str(item.get("unitOfMeasure")))
        is_primary = item.get("isPrimaryMeterRegion", True) and item.get("type") != "Reservation"
        if _OTHERS.intersection(words) or "global" not in kinds or not is_primary or not unit:
            continue
        kind = next((k for k in ("cache_write", "cached", "output", "input") if k in kinds), None)
        name = _model(words, str(item.get("productName", "")).lower())
        if kind and name and isinstance(amount, int | float):
            place = long if "long" in kinds else found
            place.setdefault(name, {})[kind] = round(amount * unit, 8)
    for name in long.keys() & found.keys():
        found[name]["tiers"] = [{"above": LONG_CONTEXT, **long[name]}]
    return {name: row for name, row in found.items() if "input" in row and "output" in row}


def _model(words: Iterable[str], product: str) -> str:
    """Return the model of a meter; its product has what is missing of the name."""
    name = "".join(word for word in words if word not in _WORDS)
    if "openai" in product:
        return f"gpt{name}" if name[:1].isdigit() else name
    family = _FAMILY.sub("", product)
    return name if family in name else f"{family}{name}"


def fetch_meters(root: str, variables: Mapping[str, str], seconds: float) -> Iterator[Any]:
    """Yield all of them, page by page; raises ``AzchatError``."""
    deadline = time.monotonic() + seconds
    connection = Connection(Target.of(root, variables, seconds))
    target = quote(_PATH, safe="/?&=$'-")
    try:
        for _ in range(_MOST_PAGES):
            page = _page(connection, target, deadline)
            yield from objects(page, "Items")
            link = page.get("NextPageLink")
            if not link:
                return
            parts = urlsplit(str(link))
            target = f"{parts.path}?{parts.query}"
    finally:
        connection.close()


def _page(connection: Connection, target: str, deadline: float) -> dict[str, Any]:
    while True:
        left = max(0.1, deadline - time.monotonic())
        head = connection.request("GET", target, {"accept": "application/json"}, b"", left)
        data = bytearray()
        try:
            while len(data) < _MOST_BYTES and (piece := head.body.read(left)):
                data += piece
        except TimeoutError:
            raise NetworkError("the list of prices did not come in time", "ask again") from None
        if head.status != 429:
            break
        wait = head.headers.get("retry-after", "")
        seconds = float(wait) if wait.isdecimal() else 5.0
        if seconds > min(_LONGEST_WAIT, left):
            break
        time.sleep(seconds)
    try:
        page = json.loads(data) if head.status == 200 else None
    except (ValueError, RecursionError):
        page = None
    if not isinstance(page, dict):
        what = f"the list of prices is not to be had (HTTP {head.status})"
        raise ServiceError(what, "ask again later", http_status=head.status)
    return page
