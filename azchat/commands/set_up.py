"""The set-up of the first run: an endpoint, a sign-in and a deployment become a profile.

It asks on the terminal, tries what it was told, and writes nothing before its end.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.commands.config import endpoint_settings
from azchat.commands.info import KINDS
from azchat.commands.keeping import keep_key, only
from azchat.commands.sign_in_ways import SignIn, Way, ways_to_sign_in
from azchat.commands.trial import Draft, list_models, maybe_fail, trial_link
from azchat.environment import Environment
from azchat.errors import AuthError, AzchatError, ConfigError, Interrupted
from azchat.redaction import Redactor
from azchat.settings.file import change_config
from azchat.settings.layers import profile_in_use, profile_names
from azchat.terminal.confirmation import ask_line, ask_secret
from azchat.terminal.safe import visible

_WELCOME = """\
Where is your model? This asks for its address, how to sign in and its name, tries them, and
keeps them as a profile. Ctrl-C leaves, and nothing is kept.
To look around without an account: azchat chat --demo

The address is any URL the portal shows: the Target URI of a deployment, the endpoint of a
resource or a project; or that of another server, such as http://localhost:11434/v1"""
_LISTED = 20  # models


class _LeftError(Exception):
    """The user left the set-up."""


def set_up(env: Environment, redactor: Redactor, flags: Mapping[str, Any]) -> str | None:
    """Ask, try, keep; return the profile's name, None if the user left. Raises ``LocalError``."""
    _say(env, _WELCOME)
    try:
        draft = _settle(env, redactor, flags)
        profile = _ask_profile(env, draft, profile_in_use(env, flags.get("profile")))
    except _LeftError:
        _say(env, "nothing was kept")
        return None
    except Interrupted:
        _say(env, "\nnothing was kept")
        raise
    _keep(env, draft, profile)
    return profile


def _settle(env: Environment, redactor: Redactor, flags: Mapping[str, Any]) -> Draft:
    """Return what was told and works, or what the user keeps although it does not."""
    url, endpoint = _ask_endpoint(env)
    sign_in = _ask_sign_in(env, redactor, endpoint)
    draft = Draft(url, endpoint, sign_in, flags.get("model"))
    draft = draft._replace(model=_ask_model(env, redactor, draft))
    while error := _tried(env, redactor, draft):
        match _ask_what_next(env, error):
            case "u":
                url, endpoint = _ask_endpoint(env)
                draft = draft._replace(url=url, endpoint=endpoint)
            case "s":
                draft = draft._replace(sign_in=_ask_sign_in(env, redactor, draft.endpoint))
            case "d":
                draft = draft._replace(model=_ask_model(env, redactor, draft))
            case "k":
                return draft
    return draft


# The questions


def _ask_endpoint(env: Environment) -> tuple[str, Endpoint]:
    while True:
        text = _ask("\nURL: ")
        try:
            endpoint = parse_endpoint(text)
        except ConfigError as error:
            _say(env, f"  ✗ {error.what}", f"    {error.hint}")
            continue
        _say(env, f"  ✓ {endpoint.base}", f"    {KINDS[endpoint.kind]}")
        _say(env, *(f"    {note}" for note in endpoint.notes))
        return text, endpoint


def _ask_sign_in(env: Environment, redactor: Redactor, endpoint: Endpoint) -> SignIn:
    ways = ways_to_sign_in(env, endpoint)
    lines = [f"  {number}  {way.words}" for number, way in enumerate(ways, 1)]
    _say(env, f"\nHow do you sign in to {endpoint.host}?", *lines)
    while True:
        wish = _ask("Number [1]: ").lower() or "1"
        chosen = [way for n, way in enumerate(ways, 1) if wish in (str(n), way.auth)]
        if not chosen:
            _say(env, f"  ✗ type a number from 1 to {len(ways)}")
            continue
        try:
            sign_in = _sign_in_by(env, chosen[0], endpoint)
        except ConfigError as error:
            _say(env, f"  ✗ {redactor.redact(error.what)}", f"    {error.hint}")
            continue
        if sign_in is not None:
            if sign_in.key:
                redactor.add(sign_in.key)
            return sign_in


def _sign_in_by(env: Environment, way: Way, endpoint: Endpoint) -> SignIn | None:
    """Return the sign-in by a way, with its key; None if there is none. Raises ``ConfigError``."""
    if way.place == "typed":
        text = ask_secret(f"Key for {endpoint.host} (it is not shown): ")
        if text is None:
            raise _LeftError
        return SignIn.with_typed_key(text)
    if way.place == "key_command":
        return SignIn.with_command(_ask("Command, such as pass show azure: "))
    if way.place == "key_env":
        return SignIn.with_variable(env, way.variable)
    return SignIn(way.auth, way.words)


def _ask_model(env: Environment, redactor: Redactor, draft: Draft) -> str | None:
    """Return the deployment's name; None where the endpoint has one alone."""
    known = list_models(env, trial_link(env, redactor, draft))[:_LISTED]
    default = draft.model or draft.endpoint.model or (known[0] if len(known) == 1 else None)
    is_needed = draft.endpoint.kind not in ("serverless", "managed", "deployment")
    what = "model" if draft.endpoint.kind == "compatible" else "deployment"
    _say(env, f"\nWhich {what}?")
    if known:
        width = len(str(len(known)))
        _say(env, *(f"  {number:>{width}}  {name}" for number, name in enumerate(known, 1)))
    elif default is None:
        _say(env, "  The name you gave it in the portal, which may differ from the model's")
    while True:
        suffix = f" [{visible(default)}]" if default else "" if is_needed else " [the only one]"
        name = _ask(f"{what.capitalize()}{suffix}: ")
        if name.isdecimal() and 1 <= int(name) <= len(known):
            return known[int(name) - 1]
        if name or default or not is_needed:
            return name or default
        _say(env, f"  ✗ {draft.endpoint.host} needs its name")


def _tried(env: Environment, redactor: Redactor, draft: Draft) -> AzchatError | None:
    """Send one small question; return why there was no answer."""
    _say(env, f"\nAsking {visible(draft.model or draft.endpoint.host)} for one word …")
    start = env.clock()
    error = maybe_fail(trial_link(env, redactor, draft))
    if error is None:
        _say(env, f"  ✓ it answers, after {env.clock() - start:.1f} s")
        return None
    error.rewrite(redactor.redact)
    _say(env, f"  ✗ {error.kind}: {error.what}", *(f"    {line}" for line in error.details))
    _say(env, f"    {error.hint}")
    return error


def _ask_what_next(env: Environment, error: AzchatError) -> str:
    default = "s" if isinstance(error, AuthError) else "d" if error.http_status == 404 else "t"
    while True:
        answer = _ask(
            "Change the (u)rl, the (s)ign-in, the (d)eployment, (t)ry again, (k)eep it all "
            f"the same? [{default}]: "
        ).lower()
        if (answer or default)[0] in "usdtk":
            return (answer or default)[0]
        _say(env, "  ✗ type one of the letters, or Ctrl-C to leave")


def _ask_profile(env: Environment, draft: Draft, wished: str | None) -> str:
    first = draft.endpoint.host.partition(".")[0].partition(":")[0].strip("[]")
    default = wished or ("local" if draft.endpoint.is_loopback else first)
    names = profile_names(env)
    while True:
        name = _ask(f"\nName of the profile [{visible(default)}]: ") or default
        if not name.isprintable():
            _say(env, "  ✗ a name is one line of text")
            continue
        question = f"There is a profile {name}; replace its endpoint? [y/N] "
        if name not in names or name == wished or _ask(question).lower() in ("y", "yes"):
            return name


# The end


def _keep(env: Environment, draft: Draft, profile: str) -> None:
    endpoint, sign_in = draft.endpoint, draft.sign_in
    place: Mapping[str, str | None] = only(**sign_in.place)
    told = []
    if sign_in.is_typed and sign_in.key:
        kept = keep_key(env, profile, endpoint.host, sign_in.key)
        place, told = kept.settings, [f"its key is kept in {kept.words}"]
    auth = None if sign_in.auth == "auto" else sign_in.auth
    own = {"model": draft.model, "auth": auth}
    changes = {**endpoint_settings(draft.url, endpoint), **own, **place}
    change_config(env.config_file, profile, changes, default_profile=profile)
    _say(env, f"kept as profile {profile} in {env.config_file}", *told)


def _ask(question: str) -> str:
    with suppress(EOFError):
        answer = ask_line(question)
        if answer is not None:
            return answer.strip()
    raise _LeftError


def _say(env: Environment, *lines: str) -> None:
    for line in lines:
        env.stderr.write("\n".join(map(visible, line.split("\n"))) + "\n")
