"""What must hold after every run, whatever went wrong in it.

``check(result, code=8, servers=[fs])`` judges exit code, message, leaks, terminal,
resources, loss and modes. It knows nothing of how azchat works, only what it promises, and the
tables of the sessions.
"""

import base64
import re
import signal
import sqlite3
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

from tests.faults.connection import Request
from tests.front_door import Result, walk

CANARY = "sk-CANARY-7f3a"
CLASSES = {
    1: "internal",
    2: "usage",
    3: "config",
    4: "auth",
    5: "input",
    6: "network",
    7: "service",
    8: "incomplete",
    9: "local",
}

# What is said may stand on the next line, where the screen is narrow.
_ERROR = re.compile(rf"azchat: ({'|'.join(CLASSES.values())}):(?: \S|\Z)")
_NO_TEXT = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")  # CSI, OSC
_HINT = re.compile(r"hint: \S")
# What only the programmer wants to see.
_INSIDES = {
    "a traceback": re.compile(r"Traceback \(most recent|^\s+File \".*\", line \d+", re.MULTILINE),
    "an object's repr": re.compile(r"<[^<>\n]* at 0x[0-9a-f]+"),
    "a Python class name": re.compile(
        r"\b[A-Z]\w+(?:Error|Exception|Warning|Interrupt)\b"
        r"|\b(?:HTTPS?ConnectionPool|IncompleteRead|RemoteDisconnected|BadStatusLine"
        r"|ReadTimeout|ConnectTimeout|InvalidURL)\b"
    ),
    "a module's path": re.compile(
        r"(?<![\w.-])(?:urllib3|requests|azure|http\.client|ssl|_ssl)\.\w+[.(:]\w"
    ),
    "an errno": re.compile(r"\[Errno -?\d+\]|\[SSL: "),
    "a bytes repr": re.compile(r"(?<!\w)b(?:'[^'\n]*'|\"[^\"\n]*\")"),
    "None as a word": re.compile(r"(?<![\w-])(?:None|NoneType)(?![\w-])"),
}
_BLOCK = 1 << 20


class Server(Protocol):
    """What is asked of a server about leaks: ``FaultServer`` and ``Proxy`` can tell."""

    @property
    def requests(self) -> list[Request]:
        """What the configured endpoint was asked."""

    @property
    def foreign_requests(self) -> list[Request]:
        """What another host was asked."""


def check(
    result: Result,
    *,
    code: int | signal.Signals,
    servers: Iterable[Server] = (),
    canary: str = CANARY,
    limit_seconds: float = 10.0,
    limit_rss: int = 300 << 20,
    chatter: bool = False,
    made: Collection[Path] = (),
    allow: Collection[str] = (),
    alone: bool = True,
) -> None:
    """Assert everything that must hold after any run.

    ``code`` is an exit code, or the signal that ended the run (130 and the like too).
    ``chatter``: much on stderr was asked for (thinking, trace), so its length is free.
    ``made``: files the test itself made or changed during the run, whose modes and
    contents are not azchat's. ``allow``: regular expressions of escape sequences allowed
    on a terminal beyond the usual, and of words that look like insides but are not.
    ``alone``: no other process saved a turn at the same time, so the newest is this run's.
    """
    judges: list[Callable[[], Iterator[str]]] = [
        lambda: _code(result, code),
        lambda: _message(result, code, chatter=chatter, allow=allow),
        lambda: _leak(result, servers, canary, made),
        lambda: _loss(result, alone=alone),
        lambda: _terminal(result, allow),
        lambda: _resources(result, limit_seconds, limit_rss),
        lambda: _modes(result, made),
    ]
    broken = [what for judge in judges for what in judge()]
    assert not broken, "\n".join(["", *(f"* {what}" for what in broken), str(result)])


# -- O1: the exit code -------------------------------------------------------------


def _code(result: Result, code: int | signal.Signals) -> Iterator[str]:
    if result.timed_out:
        yield f"did not end by itself within {result.seconds:.1f} s"
    elif isinstance(code, signal.Signals):
        if result.signal is not code:
            yield f"ended with {result.code}, not by {code.name}"
    elif code > 128:
        # A shell must see a real signal death, not an exit code that looks like one.
        if result.status != code or result.signal is None:
            yield f"ended with {result.code}, not by signal {code - 128}"
    elif result.code != code:
        yield f"ended with {result.code}, not {code}"


# -- O2: the message ---------------------------------------------------------------


def _message(
    result: Result, code: int | signal.Signals, *, chatter: bool, allow: Collection[str]
) -> Iterator[str]:
    said = _told(result)
    yield from _insides(said, allow)
    if "stderr" not in result.tty:
        yield from _brief(result, chatter=chatter, allow=allow)
        yield from _answer_only(result)
    if isinstance(code, signal.Signals):
        return
    if code in CLASSES:
        yield from _error(said.splitlines(), CLASSES[code])
    elif code == 0:
        yield from (f"an error on stderr: {x}" for x in said.splitlines() if _ERROR.match(x))


def _told(result: Result) -> str:
    """Return stderr as text; from a terminal without all that is no text, questions to it too."""
    if "stderr" not in result.tty:
        return result.err
    text = result.terminal.decode("utf-8", "backslashreplace")
    return _NO_TEXT.sub("", text).replace("\r", "\n")


def _insides(said: str, allow: Collection[str]) -> Iterator[str]:
    said = _without(said, allow)
    for what, pattern in _INSIDES.items():
        if found := pattern.search(said):
            yield f"stderr shows {what}: {found[0]!r}"


def _brief(result: Result, *, chatter: bool, allow: Collection[str]) -> Iterator[str]:
    lines = len(result.err.splitlines())
    if not chatter and (lines > 10 or len(result.err_bytes) > 2048):
        yield f"stderr is too long: {lines} lines, {len(result.err_bytes)} bytes"
    if "\x1b" in _without(result.err, allow):
        yield "stderr is no terminal but has escape codes"


def _without(text: str, allow: Collection[str]) -> str:
    for pattern in allow:
        text = re.sub(pattern, "", text)
    return text


def _answer_only(result: Result) -> Iterator[str]:
    for line in result.out.splitlines():
        if _ERROR.match(line) or line.startswith("Traceback (most recent"):
            yield f"stdout is for the answer, but says {line!r}"


def _error(lines: list[str], kind: str) -> Iterator[str]:
    errors = [i for i, line in enumerate(lines) if _ERROR.match(line)]
    hints = [i for i, line in enumerate(lines) if _HINT.match(line)]
    if len(errors) != 1:
        yield f"{len(errors)} lines 'azchat: <class>: <what>' on stderr, not 1"
    elif not lines[errors[0]].startswith(f"azchat: {kind}:"):
        yield f"the error is not of class {kind}: {lines[errors[0]]!r}"
    if len(hints) != 1:
        yield f"{len(hints)} lines 'hint: …' on stderr, not 1"
    elif errors and hints[0] < errors[0]:
        yield "the hint comes before the error"


# -- O3: leaks ---------------------------------------------------------------------


def _leak(
    result: Result, servers: Iterable[Server], canary: str, made: Collection[Path]
) -> Iterator[str]:
    # A leak is a leak in another coding too; the Basic scheme's is base64.
    needles = [canary.encode(), canary.encode("utf-16-le"), base64.b64encode(canary.encode())]
    shown = {"stdout": result.out_bytes, "stderr": result.err_bytes, "terminal": result.terminal}
    for name, data in shown.items():
        if any(needle in data for needle in needles):
            yield f"the key is on {name}"
    for path in _changed(result, made):
        if _contains(path, needles):
            yield f"the key is in the file {path.relative_to(result.home)}"
    for server in servers:
        yield from _sent(server, needles)


def _sent(server: Server, needles: list[bytes]) -> Iterator[str]:
    for request in server.foreign_requests:
        if any(needle in request.raw for needle in needles):
            yield f"the key was sent to another host: {request.method} {request.path}"
    for request in server.requests:
        # The scenario's own parameters are the test's words, not azchat's.
        target = request.path.replace(request.route, "", 1).encode()
        if any(needle in target + request.body for needle in needles):
            yield f"the key is in the URL or body: {request.method} {request.path}"


def _changed(result: Result, made: Collection[Path]) -> Iterator[Path]:
    """Yield the regular files under home that the run made or changed."""
    for path, status in walk(result.home):
        stamp = (status.st_mode, status.st_size, status.st_mtime_ns)
        mine = path in made or result.before.get(path) == stamp
        if stat.S_ISREG(status.st_mode) and not mine:
            yield path


def _contains(path: Path, needles: list[bytes]) -> bool:
    overlap = max(map(len, needles))
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            block = tail + block
            if any(needle in block for needle in needles):
                return True
            tail = block[-overlap:]
    return False


# -- O4: loss ----------------------------------------------------------------------

_PARTS = """
    SELECT type, text FROM parts JOIN (SELECT max(id) AS turn FROM turns) USING (turn)
    WHERE role = 'assistant' ORDER BY message, id"""
_DELTAS = """
    SELECT CASE kind WHEN 'reasoning' THEN kind ELSE 'text' END, text
    FROM deltas JOIN (SELECT max(id) AS turn FROM turns) USING (turn)
    WHERE kind IN ('text', 'reasoning') ORDER BY number"""
# What is not the answer as it came, or is not of the newest turn.
_OTHER_OUTPUT = {"--json", "--output-format", "--output", "--sanitize", "-n", "--no-log", "-h"}
_OTHER_COMMANDS = {"chat", "sessions", "info", "config", "demo"}
_NUMBERED = re.compile(r"\b(tok|think)(\d+)")  # the words of the fault server


def _loss(result: Result, *, alone: bool) -> Iterator[str]:
    """Judge the stores that the run wrote to; a failure to save is the exit code's business."""
    for file in result.home.rglob("sessions.db"):
        log = file.with_name("sessions.db-wal")
        is_changed = any(result.before.get(path) != _stamp(path) for path in (file, log))
        if is_changed and not file.is_symlink():
            with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as store:
                (verdict,) = store.execute("PRAGMA integrity_check").fetchone()
                if verdict != "ok":
                    yield f"the sessions' file is damaged: {verdict}"
                elif alone:
                    yield from _lost(result, store)


def _lost(result: Result, store: sqlite3.Connection) -> Iterator[str]:
    saved = {"text": "", "reasoning": ""}
    for query in (_PARTS, _DELTAS):
        for kind, text in store.execute(query):
            saved[kind] = saved.get(kind, "") + text
    options = {argument.partition("=")[0] for argument in result.args}
    if result.code == 9 or options & _OTHER_OUTPUT or {*result.args[:1]} & _OTHER_COMMANDS:
        return
    everything = saved["reasoning"] + saved["text"]
    shown = result.out.rstrip()
    if "-c" not in result.program and shown.lstrip() not in everything:
        yield f"stdout has what is not in the session: {len(shown)} > {len(everything)} characters"
    terminal = result.terminal.decode("utf-8", "replace")
    for word, number in _furthest(f"{result.err} {terminal}").items():
        if number > _furthest(everything).get(word, -1):
            yield f"{word}{number} was shown, but is not in the session"


def _furthest(text: str) -> dict[str, int]:
    """Return the highest number of each word; a word that was cut has a lower one."""
    found: dict[str, int] = {}
    for word, number in _NUMBERED.findall(text):
        found[word] = max(found.get(word, -1), int(number))
    return found


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mode, status.st_size, status.st_mtime_ns


# -- O5: the terminal --------------------------------------------------------------

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|.)?", re.DOTALL)
_OWN = re.compile(
    r"\x1b\[(?:[0-9;:]*m"  # SGR
    r"|[0-9;]*[JKX]"  # erase
    r"|[0-9;]*[ABCDEFGHdf]"  # cursor
    r"|\?(?:25|2004)[hl])"
)
_BACKGROUND = r"\x1b\]11;\?\x1b\\\x1b\[c"  # is it light?
# C0 but what moves within the screen, DEL, C1, bidi overrides, isolates that nothing balances.
_CONTROL = re.compile(
    "[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]"
)
_ISOLATED = re.compile("[\u2066-\u2068]([^\u2066-\u2069]*)\u2069")
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]")


def _terminal(result: Result, allow: Collection[str]) -> Iterator[str]:
    if not result.tty:
        return
    if result.signal is not signal.SIGKILL and not result.timed_out:
        if result.termios_before != result.termios_after:
            yield "the terminal's modes (termios) are not as before"
        yield from _unbalanced(result.terminal)
    try:
        text = result.terminal.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"the terminal got bytes that are not UTF-8: {error.object[error.start :][:8]!r}"
        text = result.terminal.decode("utf-8", "replace")
    text = _without(text, [_BACKGROUND, *allow])
    foreign = [s for s in _SEQUENCE.findall(text) if not _OWN.fullmatch(s)]
    if foreign:
        yield f"escape sequences on the terminal: {sorted(set(foreign))!r}"
    while (inside := _ISOLATED.sub(r"\1", text)) != text:
        text = inside
    if controls := {*_CONTROL.findall(text), *_TAGS.findall(text)}:
        yield f"control characters on the terminal: {sorted(controls)!r}"


def _unbalanced(terminal: bytes) -> Iterator[str]:
    last = dict(re.findall(rb"\x1b\[\?(25|2004)([hl])", terminal))
    if last.get(b"25") == b"l":
        yield "the cursor stays hidden"
    if last.get(b"2004") == b"h":
        yield "bracketed paste stays on"
    if left := _attributes(terminal):
        yield f"colours or attributes stay on: {sorted(left)}"


# What each SGR code switches off; 0 switches off everything.
_OFF = {
    22: "weight",
    23: "italic",
    24: "underline",
    25: "blink",
    27: "reverse",
    28: "conceal",
    29: "strike",
    39: "foreground",
    49: "background",
    54: "frame",
    55: "overline",
    59: "underline colour",
}
_ON = {
    1: "weight",
    2: "weight",
    3: "italic",
    4: "underline",
    5: "blink",
    6: "blink",
    7: "reverse",
    8: "conceal",
    9: "strike",
    21: "underline",
    51: "frame",
    53: "overline",
    **dict.fromkeys((*range(30, 39), *range(90, 98)), "foreground"),
    **dict.fromkeys((*range(40, 49), *range(100, 108)), "background"),
    58: "underline colour",
}


def _attributes(terminal: bytes) -> set[str]:
    """Return the attributes that are on after all SGR sequences."""
    on: set[str] = set()
    for body in re.findall(rb"\x1b\[([0-9;:]*)m", terminal):
        codes = iter(body.decode().split(";"))
        for code in codes:
            number = int(code.partition(":")[0] or 0)
            if number == 0:
                on.clear()
            on.discard(_OFF.get(number, ""))
            on |= {_ON[number]} if number in _ON else set()
            if number in (38, 48, 58) and ":" not in code:
                _skip_colour(codes)
    return on


def _skip_colour(codes: Iterator[str]) -> None:
    """Take the arguments of an extended colour: 5;n or 2;r;g;b."""
    for _ in range({"5": 1, "2": 3}.get(next(codes, ""), 0)):
        next(codes, "")


# -- O6: resources -----------------------------------------------------------------


def _resources(result: Result, limit_seconds: float, limit_rss: int) -> Iterator[str]:
    if result.seconds > limit_seconds:
        yield f"took {result.seconds:.2f} s, more than {limit_seconds} s"
    if result.max_rss_bytes > limit_rss:
        yield f"used {result.max_rss_bytes >> 20} MiB, more than {limit_rss >> 20} MiB"


# -- O7: modes ---------------------------------------------------------------------


def _modes(result: Result, made: Collection[Path]) -> Iterator[str]:
    for path, status in walk(result.home):
        old = result.before.get(path)
        if path in made or path == result.home / "tmp" or (old and old[0] == status.st_mode):
            continue
        mode = stat.S_IMODE(status.st_mode)
        wanted = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
        if mode != wanted and not stat.S_ISLNK(status.st_mode):
            yield f"{path.relative_to(result.home)} has mode {mode:04o}, not {wanted:04o}"
