"""Microsoft Entra on this machine, over TLS that azchat is made to trust.

    with authority(folder, answer) as (listener, env):
        ...     # env: AZURE_AUTHORITY_HOST and the certificate

``answer(path, form, issuer)`` returns the status and the JSON of all but the metadata.
"""

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.faults.connection import Connection, Request
from tests.faults.entra import token
from tests.faults.server import Listener
from tests.faults.tls import Authority

Form = dict[str, list[str]]
Answer = Callable[[str, Form, str], tuple[int, dict[str, object]]]


def who(asked: Form, issuer: str) -> dict[str, object]:
    """Return what tells whose token it is."""
    now = int(time.time())
    person: Any = {"oid": "o", "tid": "t", "sub": "s", "preferred_username": "a@b.c", "iat": now}
    identity = token(asked["client_id"][0], issuer, exp=now + 3600, **person)
    info = base64.urlsafe_b64encode(b'{"uid": "o", "utid": "t"}').decode()
    return {"id_token": identity, "client_info": info.rstrip("=")}


@contextlib.contextmanager
def authority(folder: Path, answer: Answer) -> Iterator[tuple[Listener, dict[str, str]]]:
    """Serve it; the tenant is the one that is asked for."""
    trusted = Authority(folder)

    def serve(connection: Connection, request: Request) -> bool:
        path = urlsplit(request.path).path
        root = f"https://localhost:{listener.port}/{path.split('/')[1]}"
        status, told = 200, dict[str, object]()
        if path.endswith("openid-configuration"):
            names = {"authorization": "authorize", "token": "token", "device_authorization": "code"}
            told = {f"{name}_endpoint": f"{root}/{end}" for name, end in names.items()}
            told |= {"issuer": root}
        else:
            status, told = answer(path, parse_qs(request.body.decode()), root)
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        connection.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return True

    listener = Listener(serve, context=trusted.context("good"))
    host = f"https://localhost:{listener.port}"
    try:
        yield listener, {"AZURE_AUTHORITY_HOST": host, "REQUESTS_CA_BUNDLE": str(trusted.file)}
    finally:
        listener.close()
