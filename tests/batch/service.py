"""A service that answers each question as a test says."""

import json
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self

Rule = Callable[[str, int], tuple[int, dict[str, str]]]
"""From a question and how often it came to a status and headers."""
MODEL = "m"
KEY = "k" * 20


def answers(question: str, time: int) -> tuple[int, dict[str, str]]:
    return 200, {}


class Service:
    """Answers "re: QUESTION"; ``asked`` counts the questions, ``most`` were open at once.

    ``hold`` keeps those back that have it in them until ``let_go``.
    """

    def __init__(self, rule: Rule = answers, hold: str = "\0") -> None:
        self.asked: Counter[str] = Counter()
        self.most = self._open = 0
        self.let_go, self.holds = Event(), Event()
        lock, outer = Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                question = body["messages"][-1]["content"]
                with lock:
                    outer.asked[question] += 1
                    outer._open += 1
                    outer.most = max(outer.most, outer._open)
                if hold in question:
                    outer.holds.set()
                    outer.let_go.wait(20)
                status, headers = rule(question, outer.asked[question])
                data = json.dumps(_reply(question) if status == 200 else _refusal(status)).encode()
                with lock:
                    outer._open -= 1
                self.send_response(status)
                for name, value in {"content-length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Print nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                """A client that was killed is no failure of the test."""

        self._server = Server(("127.0.0.1", 0), Handler)

    @property
    def env(self) -> dict[str, str]:
        """What lets azchat ask it."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return {
            "AZURE_INFERENCE_ENDPOINT": url,
            "AZURE_INFERENCE_CREDENTIAL": KEY,
            "AZURE_INFERENCE_MODEL": MODEL,
        }

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()


def _reply(question: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    message = {"role": "assistant", "content": f"re: {question}"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"object": "chat.completion", "model": MODEL, "choices": [choice], "usage": usage}


def _refusal(status: int) -> dict[str, Any]:
    return {"error": {"code": str(status), "message": f"this is refused with {status}"}}
