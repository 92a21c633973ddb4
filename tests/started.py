"""Tells as JSON on stderr (or else stdout) how the process that runs it was started."""

import json
import locale
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

STREAMS = ("stdin", "stdout", "stderr")


def _stream(name: str) -> list[Any] | None:
    stream = getattr(sys, name)
    assert stream is getattr(sys, f"__{name}__")
    if stream is None:
        return None
    about = [stream.name, stream.mode, stream.encoding, stream.errors, stream.newlines]
    about += [stream.line_buffering, stream.write_through, stream.buffer.raw.closefd]
    return [*about, type(stream.buffer).__name__, stream.fileno(), stream.isatty()]


def _handler(number: signal.Signals) -> str:
    return str(signal.getsignal(number))


def _descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir() if _is_open(path.name))


def _is_open(descriptor: str) -> bool:
    try:
        os.fstat(int(descriptor))
    except OSError:  # that of the folder that is read
        return False
    return True


def _foreground() -> bool | None:
    for descriptor in range(3):
        try:
            return os.tcgetpgrp(descriptor) == os.getpgrp()
        except OSError:
            continue
    return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def main() -> None:
    signals = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGINT}
    descriptors = _descriptors()
    told = {
        "argv": [sys.argv[0], *sys.argv[1:]],
        "orig_argv": sys.orig_argv,
        "flags": str(sys.flags),
        "path": sys.path,
        "executable": sys.executable,
        "main": __name__,
        "streams": [_stream(name) for name in STREAMS],
        "descriptors": descriptors,
        "signals": {number.name: _handler(number) for number in sorted(signals)},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "session": os.getsid(0) == os.getpid() == os.getpgrp(),
        "foreground": _foreground(),
        "umask": _umask(),
        "cwd": str(Path.cwd()),
        "variables": dict(os.environ),
        "threads": [threading.active_count(), len([*Path("/proc/self/task").iterdir()])],
        "current": threading.current_thread() is threading.main_thread(),
        "locale": [locale.setlocale(locale.LC_CTYPE), locale.setlocale(locale.LC_NUMERIC)],
        "encoding": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()],
        "zone": time.tzname,
        "warnings": len(warnings.filters) > 0,
        "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
        "trace": [sys.gettrace(), sys.getprofile()],
        "recursion": sys.getrecursionlimit(),
    }
    os.write(2 if "2" in descriptors else 1, json.dumps(told).encode() + b"\n")


if __name__ == "__main__":
    main()
