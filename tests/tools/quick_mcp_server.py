"""The tools of ``mcp_server.py`` without the SDK, whose import takes most of a test's time."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def die(_: str) -> str:
    os._exit(3)


def fail(text: str) -> str:
    raise ValueError(text)


def hang(text: str) -> str:
    time.sleep(1000)
    return text


def endless(text: str) -> str:
    while text:
        os.write(1, b"x" * 65536)
    return text


TOOLS: dict[str, Callable[[str], str]] = {
    "say": lambda text: f"said {text}",
    "dotted.name": lambda text: f"dotted {text}",
    "fail": fail,
    "hang": hang,
    "endless": endless,
    "die": die,
    "environment": lambda _: " ".join(sorted(os.environ)),
}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


def called(name: str, arguments: dict[str, str]) -> dict[str, Any]:
    try:
        text, failed = TOOLS[name](arguments["text"]), False
    except ValueError as error:
        text, failed = str(error), True
    return {"content": [{"type": "text", "text": text}], "isError": failed}


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "initialize":
        about = {"name": "quick", "version": "1"}
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
    if method == "tools/list":
        return {"tools": [{"name": name, "inputSchema": SCHEMA} for name in TOOLS]}
    return called(params["name"], params["arguments"])


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method in ("initialize", "tools/list", "tools/call"):
        return {"result": result(method, params)}
    return {"error": {"code": -32601, "message": "no such method"}}


if __name__ == "__main__":
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            told = answer(request["method"], request.get("params") or {})
            print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **told}), flush=True)
