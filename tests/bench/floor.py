"""The least that Python needs for one streamed answer: a bare socket and ``json``.

``python floor.py URL``. It knows the benchmark's own server and forgives nothing.
"""

import json
import os
import socket
import sys


def main(url: str) -> None:
    """Ask once; write the answer as it comes."""
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    host, _, port = authority.partition(":")
    connection = socket.create_connection((host, int(port)))
    if scheme == "https":
        import ssl

        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "stream": True}).encode()
    head = f"POST /{path}/chat/completions HTTP/1.1\r\nHost: {authority}\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    tail = b""
    while True:
        data = connection.recv(65536)
        if not data:
            sys.exit("the answer was cut")
        *lines, tail = (tail + data).split(b"\n")
        text = ""
        done = False
        for line in lines:  # the lengths of HTTP chunks are lines that do not begin with data:
            if line.startswith(b"data: {"):
                text += json.loads(line[6:])["choices"][0]["delta"]["content"]
            elif line == b"data: [DONE]":
                done = True
        if text:
            os.write(1, text.encode())
        if done:
            return


main(sys.argv[1])
