"""Keys that are pressed while an answer comes, and the terminal's modes, restored whatever happens.

POSIX only: elsewhere nothing is read and nothing is changed.
"""

import codecs
import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from azchat.terminal.held_signals import HeldSignals

if sys.platform != "win32":
    import termios

PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"
ESCAPE = "\x1b"
"""The key alone: what ``Keyboard`` reads is never the beginning of another one."""

_BLOCK = 1024  # bytes
_AT_ONCE = 0.01  # seconds
_ALONE = 0.6  # seconds after which what began like a sequence is none, also over a slow line
_SAYS, _LATE = 0.05, 0.5  # seconds in which a terminal answers, over a slow line
_PLACE = re.compile(r"\x1b\[(\d+);\d+R")
_MARKS_ON, _MARKS_OFF = b"\x1b[?2004h", b"\x1b[?2004l"  # of pastes
# One key, or one thing that a terminal reports (ECMA-48, xterm, kitty): CSI, that of the Linux
# console and the old mouse; SS3; OSC, DCS, APC … up to BEL or ST; Alt and a key. What a control
# character breaks off ends there.
_KEY = re.compile(
    r"[^\x1b]|\x1b(?:(?=\x1b)"
    r"|\[(?:\[.|M...|(?!M|\[)[0-?]*[ -/]*(?:[@-~]|(?=[^ -~])))"
    r"|O[0-?]*(?:[@-~]|(?=[^ -~]))"
    r"|[]P^_X][^\x00-\x1f\x9c]*(?:[\x07\x9c]|\x1b\\|(?=[\x00-\x06\x08-\x1a\x1c-\x1f]|\x1b[^\\]))"
    r"|[^][OP^_X\x1b])",
    re.DOTALL,
)

_Modes = list[Any]  # what termios gives and takes


class KeyParser:
    """Parts what a terminal sends into keys, reports and pastes, each whole."""

    def __init__(self) -> None:
        self._rest = ""  # what is not whole yet

    def feed(self, data: str) -> list[str]:
        """Return what is whole now; a paste has its marks around it."""
        text, at, keys = self._rest + data, 0, []
        while at < len(text):
            if text.startswith(PASTE_BEGINS, at):
                end = text.find(PASTE_ENDS, at) + len(PASTE_ENDS)
                if end < len(PASTE_ENDS):
                    break
            elif key := _KEY.match(text, at):
                end = key.end()
            else:
                break
            keys.append(text[at:end])
            at = end
        self._rest = text[at:]
        return keys

    @property
    def has_begun(self) -> bool:
        """Whether an Escape came, or Alt and a key, behind which more may follow."""
        return 0 < len(self._rest) <= 2

    def flush(self) -> list[str]:
        """Return the Escape, or Alt and a key, that was waited behind: nothing followed.

        A report that has begun is not given up: its rest would be text.
        """
        if not self.has_begun:
            return []
        keys, self._rest = [self._rest], ""
        return keys


class Keyboard:
    """The controlling terminal, read key by key, without echo.

    A stop (Ctrl-Z) calls ``on_stop`` first, a continuation ``on_continue``; the modes of the
    terminal are the shell's in between. In the background nothing is touched. ``is_stdin``:
    the terminal is stdin; otherwise it is looked for, since stdin may be a pipe. ``takes_text``:
    Enter is told from Ctrl+J, and a paste from what is typed.
    """

    def __init__(self, *, is_stdin: bool, takes_text: bool = False) -> None:
        self.on_stop: Callable[[], object] = bool  # whose screen it is may change
        self.on_continue: Callable[[], object] = bool
        self._takes_text = takes_text
        self._is_own = not is_stdin
        self._descriptor = 0 if is_stdin else _open_terminal()
        self._modes: _Modes | None = None  # as they were; None while they are not changed
        self._wants_keys = False
        self._continued = 0.0  # when it was last; the clock's reading
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parser, self._read_at = KeyParser(), 0.0  # the clock's reading
        self._early: list[str] = []  # keys that came before it listened
        self._owed: tuple[re.Pattern[str], float] | None = None  # an answer, and until when
        # A read never waits only while the modes are ours. Held again by a signal's handler.
        self._changing = threading.RLock()
        self._handlers: dict[int, object] = {}
        if sys.platform != "win32":
            for number, handler in ((signal.SIGTSTP, self._stop), (signal.SIGCONT, self._continue)):
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._handlers[number] = signal.signal(number, handler)

    @property
    def is_listening(self) -> bool:
        """Whether keys are read."""
        return self._modes is not None

    def in_foreground(self) -> bool:
        """Return whether the terminal is this job's; true where nobody can tell."""
        if self._descriptor < 0:
            return True
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True

    def listen(self) -> None:
        """Read key by key from now on."""
        self._wants_keys = True
        if sys.platform == "win32" or not self.in_foreground():
            return
        with self._changing, suppress(termios.error):
            if self._modes or self._descriptor < 0:  # perhaps closed just now, by another thread
                return
            modes = termios.tcgetattr(self._descriptor)
            self._modes = modes
            self._change(modes)
            if self._takes_text:  # what was typed before, while Enter meant a new line
                self._early = [key.replace("\n", "\r") for key in self._read()]

    def ignore(self) -> None:
        """Leave what is typed to the shell again."""
        self._wants_keys = False
        self._restore()

    def read(self) -> list[str]:
        """Return the keys that were pressed since the last call, without waiting for more."""
        with self._changing, suppress(OSError):
            early, self._early = self._early, []
            if self._modes and self.in_foreground():
                return early or self._read()
        return []

    def _read(self) -> list[str]:
        if _is_ready(self._descriptor):
            self._read_at = time.monotonic()
            return self._parsed(os.read(self._descriptor, _BLOCK))
        is_over = time.monotonic() > self._read_at + _ALONE
        return self._parser.flush() if is_over else []

    def wait(self) -> str | None:
        """Wait for one key; what is typed behind it is left to whoever reads next.

        None without a terminal, or when it is gone.
        """
        self.listen()
        keys: list[str] = []
        while not keys and self._descriptor >= 0:
            has_begun = self._parser.has_begun
            if has_begun and not _is_ready(self._descriptor, _ALONE):
                keys = self._parser.flush()
                continue
            _is_ready(self._descriptor, None)
            try:
                data = os.read(self._descriptor, 1)
            except OSError:
                data = b""
            if not data:
                return None
            keys = self._parsed(data)
        return keys[0] if keys else None

    def find_line(self) -> int | None:
        """Return the line of the cursor, from 1; None where the terminal does not tell."""
        told = self.ask(b"\x1b[6n", _PLACE) if self._modes else None
        return int(told[1]) if told else None

    @property
    def has_input(self) -> bool:
        """Whether something was typed that nobody has read yet."""
        return self._descriptor >= 0 and _is_ready(self._descriptor)

    def ask(
        self, question: bytes, reply: re.Pattern[str], seconds: float = _SAYS
    ) -> re.Match[str] | None:
        """Ask the terminal, which has a moment to answer; what is typed meanwhile is kept.

        An answer that comes later is no key to anybody, and is waited for when this is closed.
        """
        with self._changing, suppress(OSError):
            was_listening = self.is_listening
            self.listen()
            if not self._modes or not self.in_foreground():
                return None
            os.write(1, question)
            self._owed = reply, time.monotonic() + _LATE
            told = self._hear(time.monotonic() + seconds)
            if not was_listening:
                self.ignore()
            return told
        return None

    def _hear(self, until: float) -> re.Match[str] | None:
        """Return what is owed, if it comes in time."""
        while self._owed and (left := until - time.monotonic()) > 0:
            if not _is_ready(self._descriptor, left):
                break
            keys = self._read()
            matches = [self._owed[0].fullmatch(key) for key in keys]
            self._early += [key for key, told in zip(keys, matches, strict=True) if not told]
            if told := next(filter(None, matches), None):
                self._owed = None
                return told
        return None

    def interrupt(self) -> None:
        """Do what Ctrl-C does, from whatever thread."""
        if hasattr(signal, "pthread_kill"):  # where keys are read at all
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def _parsed(self, data: bytes) -> list[str]:
        keys = self._parser.feed(self._decoder.decode(data))
        return [key for key in keys if key != ESCAPE]  # it is Alt, of what follows

    def close(self) -> None:
        """Restore everything; a second time does nothing. Signals wait for it."""
        with HeldSignals() as held, self._changing:
            try:
                if (owed := self._owed) and self._modes:
                    with suppress(OSError):
                        held.wait(lambda: self._hear(owed[1]))
            finally:
                self.ignore()
                descriptor, self._descriptor = self._descriptor, -1
                for number, handler in self._handlers.items():
                    signal.signal(number, handler)  # type: ignore[arg-type]  # it came from there
                self._handlers.clear()
                if self._is_own and descriptor >= 0:
                    os.close(descriptor)

    def _restore(self) -> None:
        with self._changing:
            if sys.platform != "win32" and self._modes and self.in_foreground():
                with suppress(termios.error):
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._modes)
                self._mark_pastes(_MARKS_OFF)
            self._modes = None

    def _change(self, modes: _Modes) -> None:
        changed = _without_echo(modes, takes_text=self._takes_text)
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, changed)
        self._mark_pastes(_MARKS_ON)

    def _mark_pastes(self, how: bytes) -> None:
        if self._takes_text:
            with suppress(OSError):  # a terminal that is gone has nobody who pastes
                os.write(1, how)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        wants_keys, begin = self._wants_keys, time.monotonic()
        self.on_stop()
        self._restore()
        handler = signal.signal(number, signal.SIG_DFL)
        # Of two signals at once Python does not tell the order; stopping may be over already.
        if self._continued < begin - _AT_ONCE:
            os.kill(os.getpid(), number)  # here it stops, until it is continued
        signal.signal(number, handler)
        self._wants_keys = wants_keys
        self._continue(number, None)

    def _continue(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._continued = time.monotonic()
        with self._changing:
            # After a stop that nobody told, the modes are the shell's, and those kept are right.
            if sys.platform != "win32" and self._modes and self.in_foreground():
                with suppress(termios.error):
                    self._change(self._modes)
        if self._wants_keys:
            self.listen()
        self.on_continue()


def _is_ready(descriptor: int, seconds: float | None = 0.0) -> bool:
    """Return whether a read comes back at once, even where somebody else changed the modes.

    None: wait until it does.
    """
    return bool(select.select((descriptor,), (), (), seconds)[0])


def _open_terminal() -> int:
    """Return a descriptor of the controlling terminal, -1 if there is none."""
    if sys.platform == "win32":
        return -1
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return -1


def _without_echo(modes: _Modes, *, takes_text: bool) -> _Modes:
    changed = [*modes]
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    if takes_text:
        changed[0] &= ~termios.ICRNL
        changed[3] |= termios.NOFLSH  # Ctrl-C throws nothing away that was typed before it
    characters = [*changed[6]]
    characters[termios.VMIN] = characters[termios.VTIME] = 0  # a read never waits
    if hasattr(termios, "VSTATUS"):  # BSD and macOS keep Ctrl-T for themselves
        characters[termios.VSTATUS] = b"\x00"
    changed[6] = characters
    return changed
