"""``azchat import``: conversations, templates and endpoints of other programs."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from azchat.asking.saving import open_store
from azchat.azure.endpoint import parse_endpoint
from azchat.commands.keeping import keep_key, only
from azchat.commands.sessions import nothing_to_save
from azchat.commands.sessions.times import span
from azchat.commands.templates import template_folder
from azchat.environment import Environment
from azchat.errors import ExitCode, InputError
from azchat.importing import Lacks, Profile, UnreadableError
from azchat.importing.sources import SOURCES, found, maybe_source
from azchat.importing.writer import HAD, KEPT, LEFT, Writer
from azchat.redaction import Redactor
from azchat.sessions.store import FILE_NAME
from azchat.settings.file import change_config, load_config, profiles_of
from azchat.settings.keys import KEY_PLACES
from azchat.settings.layers import check_setting

_OF_USERS = tuple(name for name, source in SOURCES.items() if source.places)
_MOST_WHYS = 8


def run(
    env: Environment,
    redactor: Redactor,
    *,
    path: str | None = None,
    source: str | None = None,
    dry_run: bool = False,
    since: str | None = None,
    limit: int | None = None,
    keys: bool = False,
) -> ExitCode:
    """Bring in what is at ``path`` or where a source keeps it; without both, say what is there."""
    looks = path is None and source is None
    places = list(_places(env, path, source))
    if not places:
        names = source or ", ".join(_OF_USERS)
        raise InputError(f"nothing of {names} is where it is usually kept", "azchat import PATH")
    dry_run = dry_run or looks
    is_there = (env.data_folder / FILE_NAME).is_file()
    with (
        nothing_to_save(),
        closing(open_store(env, redactor.redact, keep=is_there or not dry_run)) as store,
    ):
        keep = _Profiles(env, redactor, dry_run=dry_run, keys=keys)
        begin = span(since, None)[0]
        folder = template_folder(env)
        writer = Writer(store, folder, keep, dry_run=dry_run, since=begin, limit=limit)
        try:
            for name, place in places:
                _read(writer, name, place)
        finally:
            _tell(env, redactor, writer, dry_run=dry_run)
    if looks:
        for name, place in places:
            env.stderr.write(f"{name} is in {place}\n")
        env.stderr.write(f"to bring it in: azchat import --from {places[0][0]}\n")
    return ExitCode.OK


def _places(env: Environment, path: str | None, source: str | None) -> Iterator[tuple[str, Path]]:
    if path is None:
        yield from found(env.variables, (source,) if source else _OF_USERS)
        return
    place = Path(path).expanduser()
    if not place.exists():
        raise InputError(f"there is no {path}", "name a file or a folder")
    name = source or maybe_source(place)
    if name is None:
        raise InputError(
            f"it cannot be told whose {path} is", f"say it: --from {'|'.join(_OF_USERS)}"
        )
    yield name, place


def _read(writer: Writer, name: str, place: Path) -> None:
    try:
        for item in SOURCES[name].read(place):
            writer.take(name, item)
    except UnreadableError as error:
        writer.leave(name, "sessions", {f"{place.name}: {error}": 1}, 1)


class _Profiles:
    """Keeps the endpoints of others as profiles; a key only where the user said so."""

    def __init__(self, env: Environment, redactor: Redactor, *, dry_run: bool, keys: bool) -> None:
        self._env, self._redactor, self._is_dry, self._takes_keys = env, redactor, dry_run, keys
        self._there = profiles_of(load_config(env.config_file), env.config_file)

    def __call__(self, profile: Profile, name: str) -> tuple[bool, Lacks]:
        settings = {key: value for key, value in profile.settings.items() if value}
        command, there = settings.pop("key_command", None), self._there.get(name)
        has_key = bool(profile.key or command)
        if there is not None:
            has_place = {key.replace("-", "_") for key in there} & {*KEY_PLACES}
            is_same = there.get("endpoint") == settings.get("endpoint")
            if has_place or not (is_same and has_key and self._takes_keys):
                return True, {}
            settings = {}  # its key alone is new
        elif not name:
            raise InputError("it has no name", "")
        host = parse_endpoint(str(profile.settings["endpoint"]), api_version="1", model="m").host
        kept = {key: check_setting(key, value) for key, value in settings.items()}
        if profile.key:
            self._redactor.add(profile.key)
        if not self._is_dry:
            if profile.key and self._takes_keys:
                kept |= keep_key(self._env, name, host, profile.key).settings
            elif command and self._takes_keys:  # it runs a program
                kept |= only(key_command=check_setting("key_command", command))
            change_config(self._env.config_file, name, kept)
        self._there[name] = {**(there or {}), **kept}
        return False, {"keys, which --keys brings": int(has_key and not self._takes_keys)}


def _tell(env: Environment, redactor: Redactor, writer: Writer, *, dry_run: bool) -> None:
    """Print what was kept, what was there, and what was left out and why."""
    lines = []
    for name, kind in dict.fromkeys((name, kind) for name, kind, _ in writer.counts):
        whys = [(why, many) for (*of, why), many in writer.whys.items() if of == [name, kind]]
        shown = [why if many == 1 else f"{many} {why}" for why, many in whys[:_MOST_WHYS]]
        told = "; ".join(
            [*shown, *[f"and {len(whys) - len(shown)} more"][: len(whys) - len(shown)]]
        )
        counts = [str(writer.counts[name, kind, what]) for what in (KEPT, HAD, LEFT)]
        lines.append([name, kind, *counts, redactor.redact_shown(told)])
    if not env.stdout.is_terminal:
        env.stdout.write("".join("\t".join(line) + "\n" for line in lines))
        return
    from azchat.render.choose import show_rows
    from azchat.render.drawn import Column, table

    heads = ("FROM", "WHAT", "NEW" if dry_run else "KEPT", "THERE", "LEFT OUT", "WHY")
    show_rows(env, table([Column(head) for head in heads], lines, env.stdout.size()[0]))
