"""The set-up of the first run: an endpoint, a sign-in and a deployment become a profile.

It asks on the terminal, tries what it was told, and writes nothing before its end.
"""

from collections.abc import Mapping
from typing import Any

from azchat.asking.route import Route
from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.commands.check.reach import connect
from azchat.commands.config import endpoint_settings
from azchat.commands.info import KINDS
from azchat.commands.keeping import keep_key, only
from azchat.commands.sign_in_ways import SignIn, Way, ways_to_sign_in
from azchat.commands.trial import Draft, list_models, maybe_fail, trial_link
from azchat.environment import Environment
from azchat.errors import AzchatError, ConfigError, Interrupted
from azchat.redaction import Redactor
from azchat.repl.questions import Cell, Choice, Questions
from azchat.settings.azd import Offer
from azchat.settings.file import change_config
from azchat.settings.layers import profile_in_use, profile_names

_WELCOME = """\
Where is your model? This asks for its address, how to sign in and its name, tries them, and \
keeps them as a profile. Ctrl-C leaves, and nothing is kept. \
To look around without an account: azchat chat --demo

The address is any URL the portal shows: the Target URI of a deployment, the endpoint of a \
resource or a project; or that of another server, such as http://localhost:11434/v1. \
Enter alone signs you in to Azure by hand, and shows what is yours there"""
_LISTED = 20  # models
_SECONDS = 10.0  # to reach the host
_ON_THE_WAY = (
    Choice("u", "another address"),
    Choice("t", "try again"),
    Choice("g", "go on all the same"),
)
_NEXT = (
    Choice("u", "another address"),
    Choice("s", "another sign-in"),
    Choice("d", "another name"),
    Choice("t", "try again"),
    Choice("k", "keep it all the same"),
)
# What a failure of the trial means here, and what is likely to mend it.
_MEANS = {
    "auth": ("s", "the sign-in was not accepted: the key of another resource, or an old one?"),
    "network": ("u", "the server was not reached: is the address right?"),
    "404": ("d", "the server knows nothing of that name there: is it spelt as the server has it?"),
}


class _LeftError(Exception):
    """The user left the set-up."""


class NoAddress(Exception):  # noqa: N818 - a wish
    """The user gave no address: the deployments on Azure are to be shown."""


def set_up(env: Environment, redactor: Redactor, flags: Mapping[str, Any]) -> str | None:
    """Ask, try, keep; return the profile's name, None if the user left.

    Raises ``LocalError``, ``NoAddress``.
    """
    setting = _SetUp(env, redactor)
    try:
        for paragraph in _WELCOME.split("\n"):
            setting.say(paragraph)
        draft = setting.settle(flags.get("model"), flags.get("offer"))
        profile = setting.ask_profile(draft, profile_in_use(env, flags.get("profile")))
    except _LeftError:
        setting.say("nothing was kept")
        return None
    except Interrupted:
        setting.say("nothing was kept")
        raise
    setting.keep(draft, profile)
    return profile


class _SetUp:
    """The questions of one set-up."""

    def __init__(self, env: Environment, redactor: Redactor) -> None:
        self._env, self._redactor, self._ask = env, redactor, Questions(env)

    def settle(self, model: str | None, offer: Offer | None) -> Draft:
        """Return what was told and works, or what the user keeps although it does not."""
        if offer:
            self.say(f"{offer.origin} names an endpoint; Enter takes it if that folder is yours")
            model = model or offer.model
        url, endpoint = self._ask_endpoint(offer.url if offer else "")
        draft = Draft(url, endpoint, self._ask_sign_in(endpoint), model)
        draft = draft._replace(model=self._ask_model(draft))
        while error := self._tried(draft):
            match self._ask_what_next(error):
                case "u":
                    url, endpoint = self._ask_endpoint(draft.url)
                    draft = draft._replace(url=url, endpoint=endpoint)
                case "s":
                    draft = draft._replace(sign_in=self._ask_sign_in(draft.endpoint))
                case "d":
                    draft = draft._replace(model=self._ask_model(draft))
                case "k":
                    break
        return draft

    # The questions

    def _ask_endpoint(self, text: str) -> tuple[str, Endpoint]:
        while True:
            self.say()
            text = self._line("URL", text)
            if not text:
                raise NoAddress
            try:
                endpoint = parse_endpoint(text)
            except ConfigError as error:
                self._fail(error.what, error.hint)
                continue
            self.say(("  ", ""), KINDS[endpoint.kind])
            for note in endpoint.notes:
                self.say(note, indent=2)
            if self._is_reached(endpoint):
                return text, endpoint

    def _is_reached(self, endpoint: Endpoint) -> bool:
        """Look whether the host is there, before a key is asked for."""
        target = Route(endpoint, None, _SECONDS).target(self._env)
        while True:
            (found,) = connect(target).findings
            if found.ok:
                self.say(("  ✓ ", "green"), found.says)
                return True
            self._fail(found.says, "is the address right, and the network there?")
            if (key := self._choose("What now?", _ON_THE_WAY, "u")) != "t":
                return key == "g"

    def _ask_sign_in(self, endpoint: Endpoint) -> SignIn:
        ways = ways_to_sign_in(self._env, endpoint)
        choices = [Choice(str(number), way.words) for number, way in enumerate(ways, 1)]
        while True:
            self.say()
            self.say(f"How do you sign in to {endpoint.host}?")
            chosen = ways[int(self._choose("Number [1]:", choices, "1", apart=True)) - 1]
            try:
                sign_in = self._sign_in_by(chosen, endpoint)
            except ConfigError as error:
                self._fail(error.what, error.hint)
                continue
            if sign_in is not None:
                if sign_in.key:
                    self._redactor.add(sign_in.key)
                return sign_in

    def _sign_in_by(self, way: Way, endpoint: Endpoint) -> SignIn | None:
        """Return the sign-in by a way, None without a key. Raises ``ConfigError``."""
        if way.place == "typed":
            asked = f"Key for {endpoint.host}"
            text = self._ask.secret(asked)
            if text == "":  # Enter, out of habit, behind the number
                text = self._ask.secret(asked)
            if text is None:
                raise _LeftError
            return SignIn.with_typed_key(text)
        if way.place == "key_command":
            self._command = self._line("Command, such as pass show azure", self._command)
            return SignIn.with_command(self._command)
        if way.place == "key_env":
            return SignIn.with_variable(self._env, way.variable)
        return SignIn(way.auth, way.words)

    _command = ""  # that was typed last

    def _ask_model(self, draft: Draft) -> str | None:
        """Return the deployment's name; None where the endpoint has one alone."""
        known = list_models(self._env, trial_link(self._env, self._redactor, draft))[:_LISTED]
        default = draft.model or draft.endpoint.model or (known[0] if len(known) == 1 else "")
        is_needed = draft.endpoint.kind not in ("serverless", "managed", "deployment")
        is_azure = draft.endpoint.kind != "compatible"
        what = "Deployment" if is_azure else "Model"
        self.say()
        for number, name in enumerate(known, 1):
            self.say((f"{number:>4}", "bold cyan"), f"  {name}")
        if not known and not default and is_azure and not draft.endpoint.is_loopback:
            self.say("The name you gave it in the portal, which may differ from the model's")
        elif not known and not default:
            self.say("The name that the server knows it by")
        while True:
            hint = "" if is_needed or default else " (Enter: the only one)"
            name = self._line(f"{what}{' or number' if known else ''}{hint}", default)
            if name.isdecimal() and 1 <= int(name) <= len(known):
                return known[int(name) - 1]
            if name or not is_needed:
                return name or None
            self._fail(f"{draft.endpoint.host} needs its name")

    def _tried(self, draft: Draft) -> AzchatError | None:
        """Send one small question; return why there was no answer."""
        self.say()
        self.say(f"Asking {draft.model or draft.endpoint.host} for one word …")
        start = self._env.clock()
        error = maybe_fail(trial_link(self._env, self._redactor, draft))
        if error is None:
            self.say(("  ✓ ", "green"), f"it answers, after {self._env.clock() - start:.1f} s")
            return None
        self._fail(f"{error.kind}: {error.what}", *error.details)
        return error

    def _ask_what_next(self, error: AzchatError) -> str:
        why = "404" if error.http_status == 404 else error.kind
        default, means = _MEANS.get(why, ("t", ""))
        self.say(means, indent=4)
        return self._choose("What now?", _NEXT, default)

    def ask_profile(self, draft: Draft, wished: str | None) -> str:
        """Return what the profile is to be called."""
        first = draft.endpoint.host.partition(".")[0].partition(":")[0].strip("[]")
        name = wished or ("local" if draft.endpoint.is_loopback else first)
        names = profile_names(self._env)
        while True:
            self.say()
            name = self._line("Name of the profile", name)
            if not name.isprintable() or not name:
                self._fail("a name is one line of text")
                continue
            question = f"There is a profile {name}; replace its endpoint?"
            if name not in names or name == wished or self._ask.confirm(question):
                return name

    # The end

    def keep(self, draft: Draft, profile: str) -> None:
        """Write the profile."""
        endpoint, sign_in, env = draft.endpoint, draft.sign_in, self._env
        place: Mapping[str, str | None] = only(**sign_in.place)
        told = ""
        if sign_in.is_typed and sign_in.key:
            kept = keep_key(env, profile, endpoint.host, sign_in.key)
            place, told = kept.settings, f"its key is kept in {kept.words}"
        auth = None if sign_in.auth == "auto" else sign_in.auth
        own = {"model": draft.model, "auth": auth}
        changes = {**endpoint_settings(draft.url, endpoint), **own, **place}
        change_config(env.config_file, profile, changes, default_profile=profile)
        self.say(f"kept as profile {profile} in {env.config_file}")
        if told:
            self.say(told)

    # What is said

    def _line(self, label: str, draft: str) -> str:
        if (text := self._ask.line(label, draft)) is None:
            raise _LeftError
        return text.strip()

    def _choose(self, *question: Any, apart: bool = False) -> str:
        if (answer := self._ask.choose(*question, apart=apart)) is None:
            raise _LeftError
        return answer.key

    def say(self, *pieces: Cell, indent: int = 0) -> None:
        """Show a paragraph; without words a blank line. No key is in it."""
        told = [(p, "") if isinstance(p, str) else p for p in pieces]
        self._ask.say(*((self._redactor.redact(p), style) for p, style in told), indent=indent)

    def _fail(self, what: str, *further: str) -> None:
        self.say(("  ✗ ", "red"), what)
        for line in filter(None, further):
            self.say(line, indent=4)
