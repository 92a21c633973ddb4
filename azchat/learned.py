"""What earlier answers taught about a deployment: one small JSON file, never a reason to fail."""

import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from azchat.errors import LocalError
from azchat.files import RefusedError, alone_in, make_private_folder, read_own, read_whole
from azchat.parameters import DialectName

_MAX_DEPLOYMENTS = 500
_MAX_NAMES = 1000
_MAX_BYTES = 64 * 1024 * 1024
_MAX_CHARACTERS = 200  # of the refusal that taught a fact
_DAYS, _DAY_SECONDS = 30, 86400
_REPAIRS, _ORIGINS = "repairs", "origins"  # an origin: since when, and from what
_NAME_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-"
)


class Deployment:
    """What is known of the model behind an endpoint; ``facts`` is kept in ``file``.

    ``starts_thinking``: its thinking has no opening tag. ``repairs``: how a request must be
    changed, each a list of texts. ``scope``: what a token for it must be for, ``tenant``: of whom.
    The base has the route in it; what another ``dialect`` than chat taught has a name of its own.
    Facts end after 30 days: what a service does on one bad day is not what it does for ever.
    """

    def __init__(
        self, file: Path, base: str, model: str | None, dialect: DialectName = "chat"
    ) -> None:
        self._file = file
        self.name = " ".join(filter(None, (base, model, dialect if dialect != "chat" else "")))
        self.facts = _still_true(load_facts(file).get(self.name))

    def remember(self, source: str, **facts: Any) -> None:
        """Add what ``source`` taught; where nothing can be written it has to be learned again."""
        if not facts.items() <= self.facts.items():
            self._change(lambda known: known | facts, dict.fromkeys(facts, source))

    def repair(self, learned: Mapping[Any, str], unlearned: Iterable[Sequence[str]] = ()) -> None:
        """Keep repairs (texts), each with the refusal that taught it, and take others back."""
        new, gone = [list(repair) for repair in learned], [list(repair) for repair in unlearned]
        if new or gone:
            self._change(
                lambda known: known | {_REPAIRS: [*_without(known, new + gone), *new]},
                {_key(repair): refusal for repair, refusal in learned.items()},
            )

    def forget(self) -> None:
        """Forget all of it."""
        if self.facts:
            self._change(lambda _: {}, {})

    def origin(self, fact: str | Sequence[str]) -> tuple[str, str]:
        """Return since when a fact or a repair is known, and what taught it ("": not kept)."""
        since, source = self.facts[_ORIGINS][fact if isinstance(fact, str) else _key(fact)]
        return since, source

    def _change(
        self, change: Callable[[dict[str, Any]], dict[str, Any]], sources: Mapping[str, str]
    ) -> None:
        with _alone_with(self._file):
            kept = load_facts(self._file).items()
            known = {name: still for name, old in kept if (still := _still_true(old))}
            # The newest stands last, the oldest is dropped first.
            facts = change(known.pop(self.name, {}))
            new = {fact: [day(), _short(source)] for fact, source in sources.items()}
            self.facts = _still_true(facts | {_ORIGINS: facts.get(_ORIGINS, {}) | new})
            if self.facts:
                known[self.name] = self.facts
            while len(known) > _MAX_DEPLOYMENTS:
                del known[next(iter(known))]
            write_facts(self._file, known)


def forget_deployments(file: Path, wanted: str | None) -> tuple[list[str], list[str]]:
    """Forget what is known of a model or an endpoint (None: of all); return which, and the rest.

    Raises ``LocalError``: a fact that stays is no small thing.
    """
    with _alone_with(file):
        known = load_facts(file)
        gone = [name for name in known if wanted is None or wanted in (name, *name.split(" "))]
        kept = {name: facts for name, facts in known.items() if name not in gone}
        if gone:
            _write_surely(file, kept)
    return gone, list(kept)


def _still_true(facts: object) -> dict[str, Any]:
    """Return the facts that count today, each of which has a date."""
    known = dict(facts) if isinstance(facts, dict) else {}
    dated = known.pop(_ORIGINS, None)
    oldest, today = day(_DAYS), day()  # a date to come is of a clock that was wrong
    origins = {
        fact: it
        for fact, it in (dated.items() if isinstance(dated, dict) else ())
        if _is_origin(it) and oldest <= it[0] <= today
    }
    still = {fact: value for fact, value in known.items() if fact in origins}
    repairs = (repair for repair in _without(known, ()) if _is_repair(repair))
    if kept := [repair for repair in repairs if _key(repair) in origins]:
        still[_REPAIRS] = kept
    named = {*still, *map(_key, still.get(_REPAIRS, ()))}
    origins = {fact: it for fact, it in origins.items() if fact in named}
    return still | {_ORIGINS: origins} if still else {}


def _is_repair(fields: object) -> bool:
    """Return whether it is none that somebody wrote into the file."""
    texts = [text for text in fields if isinstance(text, str)] if isinstance(fields, list) else []
    return texts == fields and 2 <= len(texts) <= 5


def _is_origin(dated: object) -> bool:
    return isinstance(dated, list) and len(dated) == 2 and all(isinstance(it, str) for it in dated)


def _without(facts: Mapping[str, Any], gone: Collection[Sequence[str]]) -> list[Any]:
    repairs = facts.get(_REPAIRS)
    known = repairs if isinstance(repairs, list) else []
    return [repair for repair in known if repair not in gone]


def _key(repair: Sequence[str]) -> str:
    return " ".join(repair).strip()


def _short(text: str) -> str:
    """Return a service's words as they may be kept and shown: one short line."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:_MAX_CHARACTERS]


def day(ago: int = 0) -> str:
    """Return the day (UTC) as an ISO date, or one that was ``ago`` days before."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * _DAY_SECONDS))


@contextmanager
def _alone_with(file: Path) -> Iterator[None]:
    """Let one process at a time read and write the file, where that can be."""
    with ExitStack() as stack:
        with suppress(OSError):
            make_private_folder(file.parent)
            stack.enter_context(alone_in(file.parent))
        yield


class Approvals:
    """Tools that run unasked, each as it was then; one that is not kept only means to be asked."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def has(self, name: str, digest: str) -> bool:
        """Return whether a tool may run, unless it has changed."""
        return load_facts(self._file).get(name) == digest

    def add(self, name: str, digest: str) -> None:
        """Let a tool run from now on."""
        write_facts(self._file, load_facts(self._file) | {name: digest})

    def remove(self, names: Iterable[str] | None = None) -> int:
        """Let the tools of these names run no more, all if None; return how many they were.

        Raises ``LocalError``: a consent that stays is no small thing.
        """
        known = load_facts(self._file)
        wanted = None if names is None else set(names)
        kept = {
            key: digest
            for key, digest in known.items()
            if wanted is not None and key.rpartition("#")[2] not in wanted
        }
        if len(kept) < len(known):
            _write_surely(self._file, kept)
        return len(known) - len(kept)


class Names:
    """Names a line each, for the shells' completion: ``models`` of the last list, ``sessions``.

    Shells expand the words of a completion, so a name with anything but the characters of
    names is left out: a server must not get to run commands at a Tab.
    """

    def __init__(self, folder: Path, kind: str = "models") -> None:
        self._file = folder / f"{kind}.txt"

    def remember(self, names: Iterable[str]) -> None:
        """Keep ``names`` instead of those of the time before."""
        plain = (name for name in names if name.isascii() and _NAME_CHARACTERS.issuperset(name))
        kept = [name for name in plain if name[:1] != "-"][:_MAX_NAMES]
        _write(self._file, "".join(f"{name}\n" for name in kept))

    def load(self) -> list[str]:
        """Return the names; none where no list was ever asked for."""
        try:
            return read_whole(self._file).decode().split()
        except (OSError, ValueError):
            return []


def is_due(file: Path, what: str, today: str) -> bool:
    """Return whether ``what`` was not said yet today; then it counts as said: in ``file``."""
    with _alone_with(file):
        said = load_facts(file)
        if said.get(what) == today:
            return False
        kept = {name: last for name, last in said.items() if last == today}
        write_facts(file, kept | {what: today})
    return True


def load_facts(file: Path) -> dict[str, Any]:
    """Return the object in ``file``; an empty one where there is none, or it is not to be read."""
    try:
        known = json.loads(read_own(file, _MAX_BYTES))
    except (OSError, RefusedError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def write_facts(file: Path, facts: dict[str, Any]) -> None:
    """Put ``facts`` into ``file``, of mode 0600 and never half; a failure is no news."""
    _write(file, json.dumps(facts, indent=1))


def _write_surely(file: Path, facts: dict[str, Any]) -> None:
    write_facts(file, facts)
    if load_facts(file) != facts:
        raise LocalError(f"cannot write {file}", "remove the file")


def _write(file: Path, text: str) -> None:
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        make_private_folder(file.parent)
        temporary.unlink(missing_ok=True)  # of a process with this number that was killed
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        temporary.replace(file)
