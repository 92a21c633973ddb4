"""Whether this is a first run: no endpoint is set, and somebody can be asked for one.

Few imports: every chat asks this before its prompt.
"""

from collections.abc import Mapping
from typing import Any

from azchat.asking.route import choose_route
from azchat.environment import Environment
from azchat.errors import AzchatError
from azchat.net.hosts import host_of
from azchat.redaction import Redactor
from azchat.settings.layers import resolve


def is_first(env: Environment) -> bool:
    """Return whether no endpoint is set; raises ``ConfigError`` where nobody can be asked."""
    settings = resolve(env, {}, needs_key=False)
    if settings.endpoint is None and not is_offered(env, {}):
        choose_route(settings)  # which raises, with the ways out
    return settings.endpoint is None


def with_endpoint(
    env: Environment, redactor: Redactor, flags: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the flags, with a new profile where there was no endpoint; None: the user left."""
    if not is_offered(env, flags):
        return flags
    profile = start(env, redactor, flags)
    return {**flags, "profile": profile} if profile is not None else None


def start(env: Environment, redactor: Redactor, flags: Mapping[str, Any]) -> str | None:
    """Return the profile that the user made of a deployment, or of what was typed; None: left."""
    from azchat.commands.discovering import way_in
    from azchat.settings.azd import azd_offer

    offer = azd_offer(env)
    kept = _picked(env, redactor, flags, host_of(offer.url) if offer else "") if way_in(env) else ""
    while not kept:
        from azchat.commands.set_up import NoAddress, set_up
        from azchat.commands.sign_in_ways import by_hand

        try:
            return set_up(env, redactor, {**flags, "offer": offer})
        except NoAddress:
            kept = _picked(env, redactor, {**flags, "auth": by_hand(env.variables)})
    return kept


def _picked(
    env: Environment, redactor: Redactor, flags: Mapping[str, Any], host: str = ""
) -> str | None:
    """Return the profile that was made of a deployment on Azure; None where there is none."""
    from azchat.commands.connecting import Wish, pick_and_keep

    settings = resolve(env, flags, needs_key=False)
    wish = Wish(flags.get("model"), flags.get("profile"), False, host, "asks for another address")
    try:
        return pick_and_keep(env, redactor, settings, wish)
    except AzchatError as error:
        if error.cause == "role":
            raise
        error.rewrite(redactor.redact)
        for line in (error.what, *error.details, f"hint: {error.hint}", ""):
            env.stderr.write(f"{line}\n")
        return None


def is_offered(env: Environment, flags: Mapping[str, Any]) -> bool:
    """Return whether somebody can be asked, and no endpoint is set; raises ``ConfigError``."""
    can_ask = all(stream.is_terminal for stream in (env.stdin, env.stdout, env.stderr))
    return can_ask and resolve(env, flags, needs_key=False).endpoint is None
