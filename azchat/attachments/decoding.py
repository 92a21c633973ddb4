"""Decodes pictures and PDFs in a process of its own, with an end: a small file may promise much.

What is decoded elsewhere than in it is decoded without a bound: tests/test_readers.py says where.
"""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from importlib import import_module
from typing import Any, NamedTuple

from azchat.attachments.formats import BrokenPictureError
from azchat.errors import InputError

MEMORY = 768 * 1024 * 1024
"""Bytes that decoding may take; a JPEG of 120 million pixels that comes in layers takes 360 MB."""
_DECODER = "from azchat.attachments.decoding import main; main()"


_FAILURES: dict[str, type[Exception]] = {
    "input": InputError,
    "broken": BrokenPictureError,
    "import": ImportError,
}


class Job(NamedTuple):
    """A function that takes bytes and JSON, and returns JSON, bytes among it; and its seconds."""

    module: str
    function: str
    seconds: float


SCALE = Job("azchat.attachments.scaling", "scaled", 20.0)
READ_PDF = Job("azchat.attachments.pdf", "pages_of", 60.0)
DRAW = Job("azchat.render.preview", "draw", 5.0)
DRAW_ROWS = Job("azchat.render.preview", "half_blocks", 5.0)


def decode(job: Job, data: bytes, *arguments: Any, name: str, seconds: float | None = None) -> Any:
    """Return what the job's function makes of ``data``, in at most ``seconds`` too, if given.

    Raises ``InputError``, ``BrokenPictureError`` and ``ImportError`` as the function does, and
    ``InputError`` where it takes too much. A signal ends it at once.
    """
    limit = min(job.seconds, seconds or job.seconds)
    request = json.dumps([job.module, job.function, limit, arguments]).encode()
    with subprocess.Popen(  # noqa: S603 - no shell reads it
        [sys.executable, "-P", "-c", _DECODER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            said, _ = process.communicate(request + b"\n" + data, limit)
            reply = json.loads(said, object_hook=_from_json)
        except subprocess.TimeoutExpired:
            raise _too_much(name, f"{limit:g} s") from None
        except ValueError:  # it was ended, or ended itself
            raise _too_much(name, f"{limit:g} s or {MEMORY >> 20} MiB") from None
        finally:
            process.kill()
            process.wait()  # at Ctrl-C the module's own way out waits for a moment alone
    if failed := reply.get("failed"):
        raise _FAILURES[failed](*reply["words"])
    return reply["result"]


def main() -> None:
    """Be the process: a request on stdin, a reply on stdout."""
    with open(0, "rb", closefd=False) as stdin:
        module, function, seconds, arguments = json.loads(stdin.readline())
        _limit(seconds)
        data = stdin.read()
    try:
        reply = {"result": getattr(import_module(module), function)(data, *arguments)}
    except tuple(_FAILURES.values()) as error:
        name = next(name for name, kind in _FAILURES.items() if isinstance(error, kind))
        words = (error.what, error.hint) if isinstance(error, InputError) else (str(error),)
        reply = {"failed": name, "words": words}
    with open(1, "w", encoding="utf-8", closefd=False) as stdout:
        stdout.write(json.dumps(reply, default=_to_json))


def _limit(seconds: float) -> None:
    """Let the system end this process where nobody else does; Windows has no such limits."""
    if sys.platform != "win32":
        import resource
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for what, most in ((resource.RLIMIT_CPU, int(seconds) + 1), (resource.RLIMIT_DATA, MEMORY)):
            _, hard = resource.getrlimit(what)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (most, most))


def _to_json(value: object) -> dict[str, str]:
    assert isinstance(value, bytes)
    return {"bytes": b64encode(value).decode()}


def _from_json(value: dict[str, Any]) -> Any:
    return b64decode(value["bytes"]) if value.keys() == {"bytes"} else value


def _too_much(name: str, what: str) -> InputError:
    return InputError(f"{name} takes more than {what} to decode", "save it anew, or smaller")
