"""``azchat import``."""

from typing import Any

import typer

from azchat.cli.options import argument, flag, takes
from azchat.cli.sessions import WHEN
from azchat.parameters import Spec, among, whole

_SOURCES = among(("llm", "mods", "aichat", "sgpt", "chatgpt", "claude"))


@takes(
    {
        "path": argument("PATH", "A folder or an export; else where they keep their files."),
        "source": Spec(_SOURCES, "--from", "Whose it is; without PATH: bring in what is there."),
        "dry_run": flag("--dry-run", "Only count."),
        "since": WHEN["since"],
        "limit": Spec(whole(1), "--limit", "At most N sessions, the newest."),
        "keys": flag("--keys", "Their keys too, into the keyring."),
    }
)
def import_(context: typer.Context, **flags: Any) -> int:
    """Bring in sessions, templates and endpoints of other programs."""
    from azchat.commands.import_ import run

    return run(context.obj.env, context.obj.redactor, **flags)
