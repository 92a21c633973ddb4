"""A store of many sessions, made up: ``python -m tests.bench.session_store FOLDER [SESSIONS MB]``.

Words are as frequent as in a language (the n-th word 1/n times); one session in twenty is
Chinese, and some words are so rare that they are in one session only.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from azchat.messages import Message, Reasoning, Text
from azchat.sessions import title_of
from azchat.sessions.store import Store
from azchat.sessions.turns import add_message, let_find

SESSIONS, MEGABYTES = 10_000, 200
TURNS = 4  # of a session
_WORDS, _SENTENCES, _BATCH = 30_000, 20_000, 200
_LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
_HAN = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子"
    "那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面"
    "起看定天分还进好小部其些主样理心她本前开但因只从想实"
)


def build(folder: Path, sessions: int = SESSIONS, megabytes: float = MEGABYTES) -> Store:
    """Make the store; of ``megabytes`` of text, thinking and answers half each."""
    rng = random.Random(0)
    texts, chinese = _Texts(rng, _vocabulary(rng)), _Texts(rng, list(_HAN), "")
    size = int(megabytes * 1e6 / sessions / TURNS)
    store = Store(folder, print)
    for first in range(0, sessions, _BATCH):
        with store._database.writing():
            for number in range(first, min(first + _BATCH, sessions)):
                _add_session(store, number, TURNS, size, texts if number % 20 else chinese)
    return store


def long_session(store: Store, turns: int = 500) -> int:
    """Add a session of many turns; return its id."""
    rng = random.Random(1)
    with store._database.writing():
        return _add_session(store, 0, turns, 4_000, _Texts(rng, _vocabulary(rng)))


class _Texts:
    def __init__(self, rng: random.Random, words: list[str], between: str = " ") -> None:
        weights = list(accumulate(1 / (rank + 2) for rank in range(len(words))))
        self._rng = rng
        self._sentences = [
            between.join(rng.choices(words, cum_weights=weights, k=rng.randint(6, 18))) + ". "
            for _ in range(_SENTENCES)
        ]

    def some(self, size: int) -> str:
        """Return about ``size`` bytes of sentences."""
        return "".join(self._until(size))

    def _until(self, size: int) -> Iterator[str]:
        while size > 0:
            sentence = self._rng.choice(self._sentences)
            size -= len(sentence.encode())
            yield sentence


def _vocabulary(rng: random.Random) -> list[str]:
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(_LETTERS))))
    words = {
        "".join(rng.choices(_LETTERS, cum_weights=weights, k=rng.randint(1, 11)))
        for _ in range(_WORDS)
    }
    return [
        "the",
        "session",
        "python",
        "because",
        *sorted(words, key=lambda word: (len(word), word)),
    ]


def _add_session(store: Store, number: int, turns: int, size: int, texts: _Texts) -> int:
    database, at = store._database, time.time() - 1e6 + number
    question = texts.some(120)
    row = database.execute(
        "INSERT INTO sessions (name, title, model, began, updated, used, turns, tokens)"
        " VALUES (?, ?, 'DeepSeek-R1', ?, ?, ?, ?, ?)",
        (None, title_of(question), at, at + 60, number + 1, turns, turns * 1_000),
    )
    session = row.lastrowid or 0
    for turn in range(1, turns + 1):
        usage = json.dumps({"prompt": 600, "completion": 400, "total": 1_000})
        added = database.execute(
            "INSERT INTO turns (session, number, state, model, settings, usage, began, seconds,"
            " thought) VALUES (?, ?, 'complete', 'DeepSeek-R1', '{\"seed\": 1}', ?, ?, 9.0, 4.0)",
            (session, turn, usage, at + turn),
        ).lastrowid
        assert added
        add_message(database, added, 0, Message.user(Text(f"{question} rare{number}x{turn}")))
        said = (Reasoning(texts.some(size // 2)), Text(texts.some(size // 2 - 120)))
        add_message(database, added, 1, Message("assistant", said))
        let_find(database, added)
        question = texts.some(120)
    return session


if __name__ == "__main__":
    begin = time.monotonic()
    build(Path(sys.argv[1]), *map(int, sys.argv[2:])).close()
    files = sum(path.stat().st_size for path in Path(sys.argv[1]).iterdir())
    print(f"{files / 1e6:.0f} MB in {time.monotonic() - begin:.0f} s")
