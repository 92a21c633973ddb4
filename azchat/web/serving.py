"""Serves the page on loopback until a signal comes."""

import asyncio
import socket
import threading
from collections.abc import Callable

import uvicorn

from azchat.errors import LocalError, reason_of
from azchat.web.app import make_app
from azchat.web.guard import Secret
from azchat.web.hub import Hub

HOST = "127.0.0.1"
_PATIENCE = 1  # seconds that open streams have to end


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine alone; raises ``LocalError``."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        what = f"cannot listen on {HOST}:{port}: {reason_of(error)}"
        raise LocalError(what, "choose another with --port, or leave it out") from None
    listening.listen(64)
    return listening


def serve(hub: Hub, listening: socket.socket, on_ready: Callable[[str, Secret], object]) -> None:
    """Serve until ``Interrupted``; ``on_ready`` is told the address and the secret.

    The server has a thread of its own: signals are for this one.
    """
    port = listening.getsockname()[1]
    host = HOST if port == 80 else f"{HOST}:{port}"  # browsers leave 80 out
    secret = Secret()
    config = uvicorn.Config(
        make_app(hub, secret, host),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    server = uvicorn.Server(config)

    def run() -> None:
        asyncio.run(server.serve([listening]))

    thread = threading.Thread(target=run, name="azchat-web")
    thread.start()
    try:
        on_ready(f"http://{host}/", secret)
        thread.join()
    finally:
        hub.close()
        server.should_exit = True
        thread.join(_PATIENCE + 1)
