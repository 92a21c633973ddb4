"""Whether this is a first run: no endpoint is set, and somebody can be asked for one.

Few imports: every chat asks this before its prompt.
"""

from collections.abc import Mapping
from typing import Any

from azchat.asking.route import choose_route
from azchat.environment import Environment
from azchat.errors import ExitCode
from azchat.redaction import Redactor
from azchat.settings.layers import resolve


def begin(env: Environment, redactor: Redactor) -> ExitCode | None:
    """Set azchat up, None without a need; raises ``ConfigError`` where nobody can be asked."""
    settings = resolve(env, {}, needs_key=False)
    if settings.endpoint is not None:
        return None
    if not is_offered(env, {}):
        choose_route(settings)  # which raises, with the ways out
    from azchat.commands.set_up import set_up

    if set_up(env, redactor, {}) is not None:
        env.stderr.write('\nask:  azchat "your question"\nchat: azchat chat\n')
    return ExitCode.OK


def is_offered(env: Environment, flags: Mapping[str, Any]) -> bool:
    """Return whether somebody can be asked, and no endpoint is set; raises ``ConfigError``."""
    can_ask = all(stream.is_terminal for stream in (env.stdin, env.stdout, env.stderr))
    return can_ask and resolve(env, flags, needs_key=False).endpoint is None
