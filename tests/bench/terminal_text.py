"""What the server says to a terminal: a lifelike Markdown answer, and words to find again."""

import random
import re

LAST = "Finis"
"""The last word of these answers; on the screen, it tells that the answer is whole."""

# All that costs something when it is first needed, so that 50 tokens take it off as start-up.
_PRELUDE = """\
# Notes

Some **bold** `code`.

- one

| a | b |
|---|---|
| c | d |

```python
x = len("d")
```

```sh
ls
```

"""
_DOCUMENT = """\
## Why a queue of 40 jobs stalls, and what the worker does about it

A **queue** hands each job to one worker. As long as the worker is *quicker* than the client, the
queue stays short; when it is not, every job waits for all the jobs before it, and the mean
delay grows without bound. Call `queue.put()` with a timeout of 250 ms and you will see it: the
buffer fills, the client blocks, and the [documentation](https://example.com/docs/queue.html)
has little to say about what comes next, except that a lock held while waiting is a mistake.

### What to look at first

- The **length of the queue**, once a second, for at least 15 minutes.
- How long the worker holds the lock:
  - while it reads a record from the cache, which should take no more than 12 ms;
  - while it writes a record to the index, where 90 ms are nothing unusual.
- Whether `batch_size` is larger than the buffer. A batch that never fills is never sent, and the
  client waits until its timeout of 250 ms has passed.
- Errors that the server *swallows*, such as `BrokenPipeError`.

Here is the smallest program that shows the effect. It needs nothing but the standard library:

```python
import threading
from collections import deque

class Worker(threading.Thread):
    \"\"\"Takes jobs from the queue until it is told to stop.\"\"\"

    def __init__(self, queue: deque[int], limit: int = 128) -> None:
        super().__init__(daemon=True)
        self.queue = queue
        self.limit = limit  # more than this and the client has to wait

    def run(self) -> None:
        while (job := self.take()) is not None:
            batch = [value * 2 for value in range(job) if value % 7]
            print(f"record {job}: {sum(batch)} of {len(batch)}", flush=True)
```

> The lock is not the problem. The problem is that *nobody* asked how often the worker takes it.
> Measure before you split it.

Measured on one machine with 16 cores, medians of 11 rounds:

| way | jobs/s | p95, ms | remarks |
|:----|-------:|--------:|---------|
| one lock | 1830 | 212 | the worker waits for the client |
| a lock for each record | 9420 | 37 | needs `deque`, see above |
| batches of 64 | 14700 | 58 | **best**, but the first job is late |
| no lock at all | 15100 | 35 | loses a record now and then |

So the order of work is this:

1. Put a bound on the queue, so that the client learns early that the worker is behind.
2. Take the lock once for a batch, not once for a job; that alone made it 8 times as fast.
3. Only then look at the cache. It hits in 97 of 100 cases, and a larger buffer will not help.

After that, run it again with the settings of your server:

```sh
for limit in 16 64 256; do
    ./bench --limit "$limit" --jobs 5000 | tee "record-$limit.txt"
done
```

If the **p95** is still above 100 ms, the index is the next suspect: every record is written to it
twice, and the second time under the lock. That was a reasonable choice for 20 jobs a second; for
2000 it is not, and the server tells you so in the one line that no client ever reads.

#### What not to do

A second queue behind the first one only hides where the jobs wait. Neither does a larger machine
help: with 32 cores the lock is asked for twice as often, and the mean delay *grows* from 14 ms to
21 ms. A timeout of `None` turns a slow server into a client that hangs, which is **worse**, since
nobody is told; see [the chapter on timeouts](https://example.com/docs/timeouts.html#none).

"""
_NOUNS = ("queue", "worker", "client", "lock", "record", "cache", "index", "buffer", "server")
_VARIED = re.compile(rf"\b(?:{'|'.join(_NOUNS)})\b|\b\d{{2,}}\b")
# About 3.7 characters each, cut where models cut: before words, around marks and newlines.
_PIECE = re.compile(r" ?[A-Za-z]{1,8}| ?\d{1,3}|\n+|  +| ?[^\w\s]{1,4}|.")

_ROUND = """\
## @ @ @

@ @ @ @ @ @ @ @ **@ @** @ @ @ @, @ @ `@` @ @ @ @ @ @ @ *@ @* @ @ @.

- @ @ @ @
- @ **@** @ @ @ @
- @ @

@ @ @ @ @ @ @ @: @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @.

1. @ @ @
2. @ @ `@` @

| @ | @ | @ |
|---|---|---|
| @ | @ | @ |
| @ | @ | @ |

```python
def @(@, @):
    @ = @ + @
    return @(@)
```

> @ @ @ @ @

"""
_MOST = 26 * 26


def markdown(tokens: int) -> tuple[str, ...]:
    """Return an answer in Markdown: one document again and again, never with the same words."""
    rng = random.Random(0)
    pieces = _PIECE.findall(_PRELUDE)
    while len(pieces) < tokens:
        pieces += _PIECE.findall(_VARIED.sub(lambda found: _other(found[0], rng), _DOCUMENT))
    return (*pieces[: tokens - 1], f"\n\n{LAST}\n")


def numbered(tokens: int) -> tuple[str, ...]:
    """Return an answer in Markdown of words to find again, one in each token but the last.

    The four digits of a word are its number. No two words begin with the same two letters, so
    that a program which writes only what has changed writes the digits whole.
    """
    assert tokens <= _MOST, f"at most {_MOST} words"
    rounds = -(-tokens // _ROUND.count("@"))
    pieces = re.findall(r"[^@]*@", _ROUND * rounds)[: tokens - 1]
    words = (piece.replace("@", _word(number)) for number, piece in enumerate(pieces))
    return (*words, f"\n\n{LAST}\n")


def _other(word: str, rng: random.Random) -> str:
    if word in _NOUNS:
        return rng.choice(_NOUNS)
    return str(rng.randrange(10 ** (len(word) - 1), 10 ** len(word)))


def _word(number: int) -> str:
    first, second = divmod(number * 407 % _MOST, 26)  # 407 and 676 have no common divisor
    return f"{chr(97 + first)}{chr(97 + second)}{number:04}"
