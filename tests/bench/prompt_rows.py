"""How long the prompt of a chat takes to be on the screen, beside prompt-toolkit's own."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from statistics import median

_ALONE = "from prompt_toolkit import PromptSession; PromptSession().prompt('> ')"
_SIZE = struct.pack("HHHH", 24, 80, 0, 0)


def prompt_times(azchat: str, env: Mapping[str, str], rounds: int) -> tuple[float, float, float]:
    """Return medians, in turns: prompt-toolkit's, azchat's (both ms), and azchat's / its."""
    variables = {**env, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
    programs = ([sys.executable, "-P", "-c", _ALONE], [azchat, "chat", "--demo", "--no-log"])
    runs = [tuple(_prompt_time(words, variables) for words in programs) for _ in range(rounds + 1)]
    alone, own = (median(column) for column in zip(*runs[1:], strict=True))
    return alone, own, median(two / one for one, two in runs[1:])


def _prompt_time(words: Sequence[str], env: Mapping[str, str]) -> float:
    begin = time.perf_counter()
    process, terminal = pty.fork()
    if not process:
        os.execve(words[0], tuple(words), dict(env))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, _SIZE)
    shown = b""
    while b">" not in shown:
        shown += os.read(terminal, 65_536)
    took = 1e3 * (time.perf_counter() - begin)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(terminal)
    return took
