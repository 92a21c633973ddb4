"""The request that would be sent, as HTTP, with the key masked."""

import json
import re
from urllib.parse import urlsplit

from azchat.asking.route import Route
from azchat.azure.pasted import OPERATIONS
from azchat.dialects.asked import Request
from azchat.redaction import MASK
from azchat.settings.layers import Settings

_DATA = re.compile(r"(data:image/[a-z]+;base64,[A-Za-z0-9+/]{16})[A-Za-z0-9+/=]*")


def format_request(
    settings: Settings, route: Route | None, request: Request, *, whole: bool = True
) -> str:
    """Return the request line, the headers and the indented body; ``route`` None is the demo.

    Not ``whole``: of a picture's data only the beginning.
    """
    if route is None:
        from azchat.demo.transport import target_of

        target = target_of(request.operation).partition("?")[0]
        head = [f"POST {target} HTTP/1.1", "host: the built-in demo"]
    else:
        from azchat.azure.client import headers_for
        from azchat.azure.credential import choose_auth

        endpoint = route.endpoint
        url = urlsplit(endpoint.url(request.operation))
        target = f"{url.path}?{url.query}" if url.query else url.path
        head = [f"POST {target} HTTP/1.1", f"host: {url.scheme}://{url.netloc}"]
        head += [f"{name}: {value}" for name, value in headers_for(endpoint, request).items()]
        auth = choose_auth(settings.auth, endpoint, has_key=settings.key is not None)
        if auth == "key":
            bearer = "Bearer " if endpoint.key_header == "Authorization" else ""
            name = endpoint.key_header.lower()
            head.append(f"{name}: {bearer}{MASK} (from {settings.key_origin})")
            if request.operation == OPERATIONS["messages"]:
                head += [f"{name}: {MASK}" for name in endpoint.key_headers]
        elif auth != "none":
            head.append(f"authorization: Bearer {MASK} (--auth {auth}, scope {endpoint.scope})")
        own = {name.lower() for name in endpoint.headers}  # they go before those of azchat
        head = [line for line in head if line.partition(":")[0] not in own]
        head += [f"{name.lower()}: {MASK}" for name in endpoint.headers]
    text = json.dumps(request.body, indent=2, ensure_ascii=False)
    return "\n".join([*head, "", text if whole else _DATA.sub(_shortened, text), ""])


def _shortened(match: re.Match[str]) -> str:
    return f"{match[1]}… ({len(match[0])} characters)"
