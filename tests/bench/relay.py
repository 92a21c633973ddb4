"""A long line to the server: every byte takes its time, each way.

Its own process (``python -m tests.bench.relay PORT ONE_WAY_MS``); prints its port, ends with its
stdin. On loopback ``connect`` returns at once, where a real one takes a round trip. So the
client's first bytes are held back until the round trip after the connection was accepted, as if
the client had only then been able to send them. That is exact for a client which begins its
handshake as soon as it is connected, and up to one round trip too kind to one that waits.
Bandwidth, loss and slow start are not emulated.
"""

import socket
import sys
import threading
import time
from queue import SimpleQueue


def _pass_on(source: socket.socket, target: socket.socket, delay: float, opened: float) -> None:
    """Copy one direction, ``delay`` seconds late; nothing sent before ``opened`` counts."""
    line: SimpleQueue[tuple[float, bytes]] = SimpleQueue()

    def deliver() -> None:
        try:
            while True:
                due, data = line.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
        except OSError:
            return  # gone, as connections may

    threading.Thread(target=deliver, daemon=True).start()
    data = b"-"
    while data:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        line.put((max(time.monotonic(), opened) + delay, data))


def _connect(client: socket.socket, port: int, one_way: float) -> None:
    opened = time.monotonic() + 2 * one_way
    server = socket.create_connection(("127.0.0.1", port))
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for source, target in ((client, server), (server, client)):
        threading.Thread(
            target=_pass_on, args=(source, target, one_way, opened), daemon=True
        ).start()


def main(port: int, one_way: float) -> None:
    """Relay to ``port`` with ``one_way`` seconds of delay until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        while True:
            _connect(listener.accept()[0], port, one_way)

    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]) / 1000)
