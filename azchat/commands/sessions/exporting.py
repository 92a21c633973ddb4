"""``azchat sessions export``: a session as a document."""

from pathlib import Path

from azchat.commands.sessions import find_session, read_sessions
from azchat.environment import Environment
from azchat.errors import ExitCode, UsageError
from azchat.export import FORMATS, Format, export_session
from azchat.files import AtomicFile
from azchat.redaction import Redactor


def export(
    env: Environment,
    redactor: Redactor,
    *,
    session: str | None = None,
    form: str | None = None,
    output: str | None = None,
) -> ExitCode:
    """Write a session to stdout, or to a file that is replaced only when it is whole."""
    chosen = FORMATS[form] if form else _format_for(output)
    saved = read_sessions(env, redactor, lambda store: store.load(find_session(store, session).id))
    text = export_session(saved, chosen)
    if output in (None, "-"):
        env.stdout.write(text)
        return ExitCode.OK
    file = AtomicFile(Path(output))
    try:
        file.write(text)
    except BaseException:
        file.abandon()
        raise
    file.commit()
    return ExitCode.OK


def _format_for(output: str | None) -> Format:
    if output in (None, "-"):
        return "markdown"
    ending = Path(output).suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        hint = "name it: --format md, html or json"
        raise UsageError(f"cannot tell the format of {output!r}", hint)
    return FORMATS[ending]
