"""An MCP server that misbehaves on request: ``python mcp_server.py [PORT]``, stdio without."""

import os
import sys
import time

from mcp.server import MCPServer

server = MCPServer("test")


@server.tool()
def say(text: str) -> str:
    """Says it."""
    print("noise on stderr", file=sys.stderr)
    return f"said {text}"


@server.tool(name="dotted.name")
def dotted(text: str) -> str:
    """Has a name that services do not take."""
    return f"dotted {text}"


@server.tool()
def fail(text: str) -> str:
    """Fails."""
    raise ValueError(text)


@server.tool()
def hang(text: str) -> str:
    """Hangs."""
    time.sleep(1000)
    return text


@server.tool()
def endless(text: str) -> str:
    """Says a line without an end."""
    while text:
        os.write(1, b"x" * 65536)
    return text


@server.tool()
def die(text: str) -> str:
    """Takes the server along."""
    os._exit(3)


@server.tool()
def environment(text: str) -> str:
    """Tells what the server may know."""
    return " ".join(sorted(os.environ))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
