"""Puts what was found into azchat's own files, and counts it; what is there already stays."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from azchat.errors import AzchatError
from azchat.files import write_private
from azchat.importing import Foreign, Item, Lacks, Left, Profile, Prompt
from azchat.importing.turns import ORIGIN, sessions_of
from azchat.sessions import SavedSession
from azchat.sessions.store import Store
from azchat.templates.folder import TemplateFolder, parse_yaml
from azchat.templates.prompt_yml import read_prompt_yml
from azchat.templates.template import read_template

_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_Key = tuple[str, ...]
KEPT, HAD, LEFT = "kept", "had", "left"


class Writer:
    """Takes the things of one source.

    ``keep`` takes a profile; it returns whether it was there, and what of it is not brought.
    """

    def __init__(
        self,
        store: Store,
        templates: TemplateFolder,
        keep: Callable[[Profile, str], tuple[bool, Lacks]],
        *,
        dry_run: bool,
        since: float,
        limit: int | None,
    ) -> None:
        self._store, self._templates, self._keep = store, templates, keep
        self._is_dry, self._since, self._room = dry_run, since, limit
        self.counts = Counter[tuple[str, str, str]]()
        """By source, kind, and what became of it."""
        self.whys = Counter[tuple[str, str, str]]()
        """By source, kind, and why something is left out."""
        self._known = {
            tuple(map(str, json.loads(origin))): (session, is_last)
            for origin, session, is_last in store.origins(ORIGIN)
        }
        self._whole = {key[:2]: session for key, (session, _) in self._known.items()}

    def take(self, source: str, item: Item) -> None:
        """Bring one thing."""
        match item:
            case Foreign():
                self._take_sessions(source, item)
            case Prompt():
                self._take(source, "templates", item, self._take_template)
            case Profile():
                self._take(source, "profiles", item, self._keep)
            case Left(kind=kind, why=why):
                self.leave(source, kind, {why: 1}, 1)

    def _take(
        self, source: str, kind: str, item: Any, keep: Callable[..., tuple[bool, Lacks]]
    ) -> None:
        name = _NO_NAME.sub("-", item.name).strip("-.")[:100]
        try:
            had, lacks = keep(item, name)
        except (AzchatError, ValueError) as error:  # TOML has no word for all that YAML can hold
            why = error.what if isinstance(error, AzchatError) else f"it cannot be written: {error}"
            self.leave(source, kind, {why: 1}, 1)
            return
        self.counts[source, kind, HAD if had else KEPT] += 1
        self.leave(source, kind, {} if had else {**item.lacks, **lacks})

    def leave(self, source: str, kind: str, lacks: Lacks, whole: int = 0) -> None:
        """Count what is left out, ``whole`` things or something of others."""
        self.counts[source, kind, LEFT] += whole
        self.whys.update({(source, kind, why): many for why, many in lacks.items() if many > 0})

    def _take_template(self, prompt: Prompt, name: str) -> tuple[bool, Lacks]:
        if self._templates.maybe_find(name):
            return True, {}
        if isinstance(prompt.fields, str):
            path = self._templates.folder / f"{name}.prompt.yml"
            fields = parse_yaml(path, prompt.fields)
            read_prompt_yml(name, fields if isinstance(fields, dict) else {})  # which raises
            if not self._is_dry:
                write_private(path, prompt.fields)
        else:
            read_template(name, prompt.fields)  # which raises
            if not self._is_dry:
                self._templates.save(name, prompt.fields)
        return False, {}

    def _take_sessions(self, source: str, foreign: Foreign) -> None:
        sessions = list(sessions_of(source, foreign))
        if not sessions:
            self.leave(source, "sessions", {"nothing was asked in it": 1}, 1)
        lacks = foreign.lacks
        for session in sessions:
            keys: list[_Key] = [tuple(turn.settings[ORIGIN]) for turn in session.turns]
            if session.info.updated < self._since:
                self.leave(source, "sessions", {"older than --since": 1}, 1)
            elif keys[-1] in self._known:
                self.counts[source, "sessions", HAD] += 1
            elif self._room == 0:
                self.leave(source, "sessions", {"beyond --limit": 1}, 1)
            else:
                self._room = None if self._room is None else self._room - 1
                self._bring(session, keys, (source, foreign.parent or ""))
                self.counts[source, "sessions", KEPT] += 1
                self.leave(source, "sessions", lacks)
                lacks = {}

    def _bring(self, session: SavedSession, keys: list[_Key], forked_from: _Key) -> None:
        """Save what is new: behind what is there, if nothing else was said there; else anew."""
        last = max((at for at, key in enumerate(keys) if key in self._known), default=-1)
        earlier, is_end = self._known[keys[last]] if last >= 0 else (None, False)
        number = 0
        if not self._is_dry and is_end:
            rest = session._replace(turns=session.turns[last + 1 :])
            number = self._store.bring(rest, into=earlier)
        elif not self._is_dry:
            parent = earlier or self._whole.get(forked_from)
            number = self._store.bring(session, parent=parent)
        self._known |= {key: (number, key == keys[-1]) for key in keys}
        self._whole.setdefault(keys[-1][:2], number)
