"""Which process saves a turn, and whether it still does."""

import os

_ENDED = (b"Z", b"X")  # states of a process that nobody has waited for yet


def process_name() -> str:
    """Return what tells this process from all others, also from one with its number later."""
    return _name_of(os.getpid())


def is_running(process: str) -> bool:
    """Return whether the process of that name still runs."""
    number = process.partition(":")[0]
    return number.isascii() and number.isdigit() and _name_of(int(number)) == process


def _name_of(number: int) -> str:
    """Return the number with when it began; empty where there is no such process."""
    try:
        with open(f"/proc/{number}/stat", "rb") as opened:  # noqa: PTH123
            fields = opened.read().rpartition(b")")[2].split()  # proc(5): from the third on
        return "" if fields[0] in _ENDED else f"{number}:{fields[19].decode()}"
    except (OSError, IndexError):
        return f"{number}:" if _exists(number) else ""


def _exists(number: int) -> bool:
    if os.name != "posix":  # there ``kill`` would end it
        return number == os.getpid()
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it belongs to another user
        return True
    return True
