"""``azchat usage``."""

from typing import Any

import typer

from azchat.cli.options import AS_JSON, argument, flag, takes
from azchat.cli.sessions import WHEN
from azchat.parameters import among

_BY = ("day", "week", "month", "model", "session")


@takes(
    {
        "by": argument(
            "[day|week|month|model|session]", "Added up by it; by day if none.", among(_BY)
        )
    }
    | WHEN
    | {"as_json": AS_JSON, "as_csv": flag("--csv", "Comma-separated, with a head.")}
)
def usage(context: typer.Context, **flags: Any) -> int:
    """Add up the tokens of what is saved, and what they cost."""
    from azchat.commands.usage import run

    return run(context.obj.env, context.obj.redactor, **flags)
