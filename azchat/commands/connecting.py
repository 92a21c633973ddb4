"""``azchat config connect``: one of one's own deployments becomes a profile, without a key."""

import shlex
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.azure.advice import role_hint
from azchat.azure.discovery.found import Found
from azchat.commands.config import endpoint_settings
from azchat.commands.discovering import Discovery, nothing_found
from azchat.environment import Environment
from azchat.errors import AuthError, ConfigError, ExitCode, InputError, UsageError
from azchat.net.opening import Background
from azchat.redaction import Redactor
from azchat.render.choose import is_capable
from azchat.settings.file import change_config
from azchat.settings.layers import Settings, profile_names, profile_settings, resolve
from azchat.terminal.safe import visible

if TYPE_CHECKING:
    from azchat.repl.picker import Picker

_EACH_TIME = (
    "no keyring of this system keeps a sign-in: each run asks for one, unless a file may keep it "
    "for its hour: azchat config set keep_tokens file"
)
_BY = dict.fromkeys(("browser", "device"), "signed in by hand")
_PATIENCE = 300.0  # seconds: the steps within have fewer


class Wish(NamedTuple):
    """What is wanted: a deployment of that ``name``, in ``profile``, ``with_key``.

    ``host`` is one that goes first; ``escape`` says what Escape does.
    """

    name: str | None = None
    profile: str | None = None
    with_key: bool = False
    host: str = ""
    escape: str = "leaves"


def connect(env: Environment, redactor: Redactor, **flags: Any) -> ExitCode:
    """Let the user pick a deployment, or take the one of that ``name``, and keep it."""
    wish = Wish(*map(flags.pop, ("name", "profile", "with_key")))
    settings = resolve(env, {**flags, "profile": None}, needs_key=False)
    if pick_and_keep(env, redactor, settings, wish) is None:
        _say(env, "nothing was kept")
    return ExitCode.OK


def pick_and_keep(
    env: Environment, redactor: Redactor, settings: Settings, wish: Wish
) -> str | None:
    """Return the profile that was kept, None where the user left.

    Raises ``AzchatError``: also ``AuthError`` with what to ask for, after it was kept, where
    whoever is signed in may not chat.
    """
    asking = _Asking(env, redactor, settings, wish)
    found = asking.named(wish.name) if wish.name else asking.picked()
    if found is None:
        return None
    discovery = asking.discovery
    name = shlex.quote(f"{found.resource}/{found.name}")
    with_its_key = f"azchat config connect {name} --with-key"
    if not (found.takes_tokens or wish.with_key):
        error = AuthError(f"{found.resource} takes keys alone", f"fetch its key: {with_its_key}")
        error.cause = "role"
        raise error
    key = discovery.key(found) if wish.with_key else None
    profile = wish.profile or _free_name(env, found)
    endpoint = found.parsed
    own = {"model": found.name, "auth": None if key else discovery.auth}
    # As it was asked for in the search: that token is kept already.
    tenant = found.tenant if found.tenant in discovery.claims else ""
    changes = {**endpoint_settings(found.endpoint, endpoint), **own, "tenant": tenant or None}
    words = f"without a key, {_BY.get(discovery.auth, f'as the account of {discovery.auth}')}"
    if key:
        from azchat.commands.keeping import keep_key

        redactor.add(key)
        kept = keep_key(env, profile, endpoint.host, key)
        changes, words = {**changes, **kept.settings}, f"with its key, kept in {kept.words}"
    change_config(env.config_file, profile, changes, default_profile=profile)
    for notice in discovery.notices:
        _say(env, f"azchat: {redactor.redact(notice)}")
    _say(env, f"{found.name} ({found.model}) of {found.resource}: {words}")
    _say(env, f"kept as profile {profile} in {env.config_file}")
    for note in found.notes:
        _say(env, f"azchat: {found.resource}: {note}")
    if own["auth"] in ("browser", "device") and settings.keep_tokens == "auto":
        from azchat.azure.token_cache import safe_keyring

        if safe_keyring() is None:
            _say(env, _EACH_TIME)
    if found.may_chat is False and not key:
        also = f"; or with its key: {with_its_key}"
        hint = role_hint(discovery.claims.get(tenant, {}), shlex.quote(found.account))
        what = f"your role on {found.resource} does not let you chat without a key"
        error = AuthError(what, hint + also * found.takes_keys)
        error.cause = "role"
        raise error
    return profile


class _Asking:
    """One search, and the picker above it."""

    def __init__(
        self, env: Environment, redactor: Redactor, settings: Settings, wish: Wish
    ) -> None:
        self._env, self._wish, self._plain = env, wish, settings.plain
        self._changed = threading.Event()
        self._picker: Picker[Found] | None = None
        self.discovery = Discovery(env, redactor, settings, self._tell)
        _say(env, "looking for your deployments on Azure …")
        self._work = Background(self._run)

    def named(self, name: str) -> Found:
        """Return the one of that name, or ``resource/name``; raises ``InputError``."""
        rows = self._all()
        named = [one for one in rows if name in (one.name, f"{one.resource}/{one.name}")]
        if len(named) == 1:
            return named[0]
        known = ", ".join(f"{one.resource}/{one.name}" for one in (named or rows)[:8])
        what = f"{name} is the name of several deployments" if named else f"there is no {name}"
        raise InputError(what, f"name one of: {known}")

    def picked(self) -> Found | None:
        """Return the one that the user picks, or the only one there is."""
        env = self._env
        on_terminal = env.stdin.is_terminal and env.stdout.is_terminal
        if on_terminal and not self._plain and is_capable(env.variables):
            # While az is at work.
            from azchat.repl.menus import DeploymentMenu
            from azchat.repl.picker import Picker

            menu = DeploymentMenu(self._wish.escape)
            while not self._work.is_done and len(self._rows()) < 2:
                self._changed.wait(0.1)
                self._changed.clear()
            if len(self._rows()) > 1:
                return self._pick(Picker(self._rows(), menu))
        rows = self._all()
        if len(rows) == 1:
            return rows[0]
        if not on_terminal:
            known = shlex.join(f"{one.resource}/{one.name}" for one in rows[:8])
            raise UsageError("which deployment is meant?", f"azchat config connect NAME: {known}")
        return _pick_by_number(env, rows)

    def _pick(self, picker: "Picker[Found]") -> Found | None:
        self._picker = picker
        picker.show(self._rows())  # also those that came before it was told of them
        picked = picker.pick()
        self._picker = None
        if picked:  # the token for the model is on its way: nobody has to ask for it again
            self._work.result(_PATIENCE)
        return picked

    def _all(self) -> list[Found]:
        self._work.result(_PATIENCE)
        if not self.discovery.rows:
            raise nothing_found(self.discovery)
        return self._rows()

    def _rows(self) -> list[Found]:
        usable = [one for one in self.discovery.rows if one.status in ("Succeeded", "")]
        first = [one for one in usable if self._wish.host == one.parsed.host]
        return [*first, *(one for one in usable if one not in first)] or self.discovery.rows

    def _run(self) -> None:
        try:
            self.discovery.run()
        finally:
            self._changed.set()

    def _tell(self) -> None:
        self._changed.set()
        if self._picker:
            self._picker.show(self._rows())


def _pick_by_number(env: Environment, rows: Sequence[Found]) -> Found | None:
    """Ask for a number: for screen readers, and terminals that take no more."""
    from azchat.repl.menus import role_words
    from azchat.repl.questions import Choice, Questions

    choices = []
    for number, one in enumerate(rows, 1):
        words = (one.name, one.model, one.resource, one.region, role_words(one), *one.notes)
        choices.append(Choice(str(number), ", ".join(filter(None, words))))
    leave = Choice("q", "leave")
    asking = Questions(env, plain=True)
    answer = asking.choose("Number [1]:", (*choices, leave), "1", otherwise="q", apart=True)
    return rows[int(answer.key) - 1] if answer and answer.key != "q" else None


def _free_name(env: Environment, found: Found) -> str:
    """Return the resource's name for the profile, with a number where another endpoint has it."""
    known = profile_names(env)
    names = [found.resource, *(f"{found.resource}-{number}" for number in range(2, 99))]
    for name in names:
        if name not in known or profile_settings(env, name).get("endpoint") == found.endpoint:
            return name
    raise ConfigError(f"too many profiles are called {found.resource}", "name one: --profile NAME")


def _say(env: Environment, *lines: str) -> None:
    env.stderr.write("".join(f"{visible(line)}\n" for line in lines))
