"""``azchat compare --blind``: who answered is told after the vote; and the votes so far."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from azchat.environment import Environment
from azchat.errors import ExitCode, InputError
from azchat.files import RefusedError, alone_with, read_own, write_private
from azchat.learned import day
from azchat.render.choose import show_rows
from azchat.terminal.confirmation import ask_line

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_BYTES = 16 << 20


def vote(env: Environment, labels: Sequence[str]) -> None:
    """Ask which answer is the best, keep that, and tell who is behind the letters."""
    letters = LETTERS[: len(labels)]
    said = "none"
    with suppress(EOFError):
        said = ask_line(f"Which is the best ({', '.join(letters)}; Enter: none)? ") or "none"
    chosen = letters.find(said.strip().upper()) if len(said.strip()) == 1 else -1
    best = labels[chosen] if chosen >= 0 else None
    file = _file(env)
    line = json.dumps({"date": day(), "best": best, "of": list(labels)}, ensure_ascii=False)
    with alone_with(file):
        write_private(file, f"{_kept(file)}{line}\n")
    told = ", ".join(f"{letter} is {label}" for letter, label in zip(letters, labels, strict=True))
    env.stdout.write(f"{told}.\n\n")


def votes(env: Environment, *, as_json: bool) -> ExitCode:
    """Print how often each was the best, and of how many."""
    asked, won = Counter[str](), Counter[str]()
    for line in _kept(_file(env)).splitlines():
        kept: dict[str, Any] = json.loads(line)
        asked.update(kept["of"])
        won.update([kept["best"]] if kept["best"] else [])
    rows = sorted(((won[label], asked[label], label) for label in asked), reverse=True)
    if as_json:
        told = [{"contender": label, "won": wins, "of": of} for wins, of, label in rows]
        env.stdout.write(json.dumps({"votes": told}, ensure_ascii=False) + "\n")
    elif not rows:
        env.stderr.write("azchat: there are no votes yet: azchat compare --blind\n")
    elif env.stdout.is_terminal:
        from azchat.render.drawn import Column, table

        heads = [Column("CONTENDER"), *(Column(name, is_number=True) for name in ("WON", "OF"))]
        lines = [[label, str(wins), str(of)] for wins, of, label in rows]
        show_rows(env, table(heads, lines, env.stdout.size()[0]))
    else:
        env.stdout.write("".join(f"{label}\t{wins}\t{of}\n" for wins, of, label in rows))
    return ExitCode.OK if rows else ExitCode.NOTHING


def _file(env: Environment) -> Path:
    return env.data_folder / "votes.jsonl"


def _kept(file: Path) -> str:
    try:
        return read_own(file, _MOST_BYTES).decode()
    except FileNotFoundError:
        return ""
    except (RefusedError, ValueError) as error:
        raise InputError(f"{file} cannot be used: {error}", "see whose it is") from None
