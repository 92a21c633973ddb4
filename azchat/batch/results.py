"""The output of a batch: a line for each question, on the disk when ``add`` returns.

What is in the file already says which questions are done; a line that was torn when somebody was
killed is taken out again. One run at a time has the file.
"""

import json
import os
import stat
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from azchat.errors import InputError, LocalError, reason_of
from azchat.files import AtomicFile

_sync = getattr(os, "fdatasync", os.fsync)  # macOS and Windows have no other
_BLOCK = 1 << 20
Record = dict[str, Any]


class Results(Protocol):
    """Where records go; ``failed`` counts those of earlier runs that are kept."""

    failed: int

    def begin(self, digests: Sequence[int]) -> bytearray:
        """Take the digests of the questions by line, 0: none there; return which are done.

        Raises ``InputError`` where one was another question.
        """

    def add(self, records: Sequence[Record]) -> None:
        """Write them, whole, in one go."""

    def close(self, *, is_whole: bool) -> None:
        """Close it; ``is_whole``: nothing is left to do."""


class Printed:
    """Lines that are written and gone, on a pipe; ``is_ordered``: as the questions are."""

    failed = 0

    def __init__(self, write: Callable[[str], None], *, is_ordered: bool) -> None:
        self._write, self._is_ordered = write, is_ordered
        self._order: deque[int] = deque()
        self._held: dict[int, str] = {}

    def begin(self, digests: Sequence[int]) -> bytearray:
        """Nothing is known of what was written before."""
        self._order.extend(number for number, digest in enumerate(digests) if digest)
        return bytearray(len(digests))

    def add(self, records: Sequence[Record]) -> None:
        """Write them, those whose turn it is."""
        self._held |= {record["line"]: _encoded(record) for record in records}
        if not self._is_ordered:
            self._flush(list(self._held))
            return
        while self._order and self._order[0] in self._held:
            self._flush([self._order.popleft()])

    def close(self, *, is_whole: bool) -> None:
        """Write what waits for those that never came."""
        del is_whole
        self._flush(sorted(self._held))

    def _flush(self, numbers: Sequence[int]) -> None:
        if numbers:
            self._write("".join(self._held.pop(number) for number in numbers))


class ResultFile:
    """A file of results, which has them for good; ``retry``: those that failed are dropped.

    ``failed`` counts those that are kept. Raises ``LocalError`` where it cannot be had, and
    ``InputError`` where it is something else.
    """

    def __init__(self, path: Path, *, retry: bool, is_ordered: bool) -> None:
        self._path, self._is_ordered = path, is_ordered
        self._descriptor = _open(path)
        self._done: array[int] = array("Q")  # digests by line, 0: not there
        self.failed = 0
        self._size = _without_torn(self._descriptor, path)
        kept, dropped = self._read(retry=retry)
        if dropped:
            self._rewrite(kept)

    def begin(self, digests: Sequence[int]) -> bytearray:
        """Return which questions are done; raises ``InputError`` where one was another."""
        done = bytearray(len(digests))
        for number, known in enumerate(self._done):
            if known and (number >= len(digests) or digests[number] != known):
                what = f"{self._path} has the answer to another question for line {number}"
                hint = "the input or the settings changed: name another output with -o"
                raise InputError(what, hint)
            if known:
                done[number] = 1
        return done

    def add(self, records: Sequence[Record]) -> None:
        """Write them; on the disk when it returns, and if it raises none is there."""
        data = memoryview("".join(map(_encoded, records)).encode())
        size = len(data)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            _sync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise _cannot(self._path, error, "free some space; the same command goes on") from None
        self._size += size

    def close(self, *, is_whole: bool) -> None:
        """Put the lines in order, if that is wanted and all are there; let others have it."""
        if is_whole and self._is_ordered:
            rows = sorted((record["line"], place) for record, place in self._records())
            self._rewrite([place for _, place in rows])
        os.close(self._descriptor)

    def _read(self, *, retry: bool) -> tuple[list[tuple[int, int]], int]:
        kept, dropped = [], 0
        for record, place in self._records():
            number, digest = record.get("line"), record.get("hash")
            if type(number) is not int or not isinstance(digest, str) or not 0 < number < 1 << 32:
                raise _foreign(self._path, place[0])
            is_failed = not record.get("complete")
            if is_failed and retry:
                dropped += 1
                continue
            self.failed += is_failed
            if retry:
                kept.append(place)
            if number >= len(self._done):
                self._done.extend([0] * (number + 1 - len(self._done)))
            try:
                self._done[number] = int(digest, 16)
            except (ValueError, OverflowError):
                raise _foreign(self._path, place[0]) from None
        return kept, dropped

    def _records(self) -> Iterator[tuple[Record, tuple[int, int]]]:
        """Yield each record, and where it is: its first byte and its length."""
        at = 0
        with self._path.open("rb") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    record = None
                if not isinstance(record, dict):
                    raise _foreign(self._path, at)
                yield record, (at, len(line))
                at += len(line)

    def _rewrite(self, places: Sequence[tuple[int, int]]) -> None:
        """Let the file have these lines alone, in this order: the old one or the new one."""
        file = AtomicFile(self._path)
        for at, length in places:
            file.write(os.pread(self._descriptor, length, at).decode())
        file.commit()
        os.close(self._descriptor)
        self._descriptor = _open(self._path)
        self._size = os.fstat(self._descriptor).st_size


class Parted:
    """Answers in one file, failures in another."""

    def __init__(self, answers: Results, failures: Results) -> None:
        self._answers, self._failures = answers, failures
        self.failed = answers.failed + failures.failed

    def begin(self, digests: Sequence[int]) -> bytearray:
        """Return which questions are in one of them."""
        pairs = zip(self._answers.begin(digests), self._failures.begin(digests), strict=True)
        return bytearray(one | other for one, other in pairs)

    def add(self, records: Sequence[Record]) -> None:
        """Write each to its own."""
        for file, is_whole in ((self._answers, True), (self._failures, False)):
            if own := [record for record in records if record["complete"] is is_whole]:
                file.add(own)

    def close(self, *, is_whole: bool) -> None:
        """Close both."""
        self._answers.close(is_whole=is_whole)
        self._failures.close(is_whole=is_whole)


def is_kept(path: Path) -> bool:
    """Return whether it is a file, or may become one: a pipe and a device keep nothing."""
    with suppress(OSError):
        return stat.S_ISREG(path.stat().st_mode)
    return True


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except (OSError, ValueError) as error:
        raise _cannot(path, error, "check the folder and the disk") from None
    try:
        _lock(descriptor)
    except OSError:
        os.close(descriptor)
        hint = "wait for it, or name another output with -o"
        raise LocalError(f"another run is writing {path}", hint) from None
    return descriptor


def _lock(descriptor: int) -> None:
    if os.name == "posix":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _without_torn(descriptor: int, path: Path) -> int:
    """Take out a last line without its end; return the size."""
    size = end = os.fstat(descriptor).st_size
    while end:
        begin = max(0, end - _BLOCK)
        block = os.pread(descriptor, end - begin, begin)
        end = begin + block.rfind(b"\n") + 1
        if end > begin:
            break
    if end < size:
        if end == 0 and not os.pread(descriptor, 1, 0) == b"{":
            raise _foreign(path, 0)
        os.ftruncate(descriptor, end)
    return end


def _foreign(path: Path, at: int) -> InputError:
    what = f"{path} is no output of azchat batch (from byte {at} on); it stays as it is"
    return InputError(what, "name another file with -o")


def _cannot(path: Path, error: Exception, hint: str) -> LocalError:
    return LocalError(f"cannot write {path}: {reason_of(error)}", hint)


def _encoded(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
