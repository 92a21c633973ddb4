"""An MCP server that the SDK would not let one write: ``python plain_mcp_server.py [PIDS]``.

It offers names that become the same ones, and schemas without properties. With a file for its
process id it never answers anything, and does not end by itself.
"""

import json
import os
import sys
import time
from pathlib import Path

LONG = "x" * 70
NAMES = ("a.b", "a_b", "a b", f"{LONG}1", f"{LONG}2", f"{LONG}3")


def result(request: dict[str, object]) -> dict[str, object]:
    if request["method"] == "initialize":
        params = request["params"]
        assert isinstance(params, dict)
        about = {"name": "plain", "version": "1"}
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
    if request["method"] == "tools/list":
        return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in NAMES]}
    params = request["params"]
    assert isinstance(params, dict)
    return {"content": [{"type": "text", "text": f"called {params['name']}"}]}


def answer(request: dict[str, object]) -> dict[str, object]:
    if request["method"] in ("initialize", "tools/list", "tools/call"):
        return {"result": result(request)}
    return {"error": {"code": -32601, "message": "no such method"}}


if __name__ == "__main__":
    print("noise on stdout", flush=True)
    if len(sys.argv) > 1:
        os.umask(0o077)
        Path(sys.argv[1]).write_text(f"{os.getpid()} .")
        time.sleep(1000)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            reply = {"jsonrpc": "2.0", "id": request["id"], **answer(request)}
            print(json.dumps(reply), flush=True)
