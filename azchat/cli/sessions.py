"""``azchat sessions …``."""

from typing import Any

import typer

from azchat.cli.invocation import Invocation
from azchat.cli.options import AS_JSON, argument, flag, of_ask, plain, takes
from azchat.errors import ExitCode
from azchat.parameters import TEXT, TEXTS, Spec, among, whole

app = typer.Typer(no_args_is_help=True, help="Saved conversations.")
_ANY = argument("SESSION", "Name or id; the last one used if none is given.")
_ONE = argument("SESSION", "Name or id.", needed=True)
WHEN = {
    "since": Spec(
        TEXT, "--since", "From then on: 2026-05-01, a time, yesterday, 12h, 30d.", "WHEN"
    ),
    "until": Spec(TEXT, "--until", "Until then; a day is meant whole.", "WHEN"),
}
_FORM = Spec(among(("md", "html", "json")), "--format", "By the file's ending if none; else md.")

# fmt: off
plain(app, "list", "sessions.finding:list_sessions", "List the sessions, the last used first.",
    limit=Spec(whole(1), "--limit", "At most N."), **WHEN, as_json=AS_JSON,
    failed=flag("--failed", "Those alone in which nothing was answered."))
plain(app, "show", "sessions.reading:show", "Show a whole conversation.",
    session=_ANY, as_json=AS_JSON, thinking=flag("--thinking", "With all the thinking."),
    dropped=flag("--all", "With the turns that were taken back or edited."))
plain(app, "search", "sessions.finding:search_sessions",
    "Find words in questions, answers and thinking.",
    words=argument("WORD...", "Words that stand in one message.", TEXTS, needed=True),
    where=Spec(among(("all", "questions", "answers", "thinking")), "--in", "Where to search.",
        default="all"),
    limit=Spec(whole(1), "--limit", "At most N hits.", default=50), **WHEN, as_json=AS_JSON)
plain(app, "think", "sessions.reading:think", "Show what the model thought in a turn, whole.",
    session=_ANY, number=argument("N", "Turn; the last with thinking if none.", whole()))
plain(app, "export", "sessions.exporting:export",
    "Write a session as Markdown, as one HTML file, or as JSON.",
    session=_ANY, form=_FORM,
    output=Spec(TEXT, "--output", "Write to a file, atomically.", "FILE"))
plain(app, "wait", "sessions.waiting:wait",
    "Show what became of a --background answer.",
    session=_ANY, **of_ask("demo"))
plain(app, "cancel", "sessions.waiting:cancel", "End a --background answer at the service.",
    session=_ANY, **of_ask("demo"))
plain(app, "rename", "sessions.changing:rename", "Give a session a name.",
    session=_ONE, name=argument("NAME", "The new name.", needed=True))
plain(app, "delete", "sessions.changing:delete", "Delete sessions for good; asks before.",
    sessions=argument("SESSION...", "Names or ids.", TEXTS),
    older_than=Spec(TEXT, "--older-than", "All not used for: 90m, 12h, 30d, 2w.", "AGE"),
    yes=flag("-y --yes", "Do not ask."))
plain(app, "fork", "sessions.changing:fork", "Copy a session, and print the copy's id.",
    session=_ONE, name=argument("NAME", "Name of the copy."),
    turns=Spec(whole(1), "--turns", "Only the first N turns."))
# fmt: on


@app.command("resume")
@takes(
    {"session": argument("SESSION", "Name or id; a list to pick from if none.")} | of_ask("demo")
)
def sessions_resume(context: typer.Context, **flags: Any) -> int:
    """Go on with a session, in the chat."""
    from azchat.asking.route import Means
    from azchat.commands.chat import run
    from azchat.commands.parcels import Saving
    from azchat.commands.sessions.reading import choose_session

    invocation: Invocation = context.obj
    chosen = choose_session(invocation.env, invocation.redactor, flags["session"])
    if chosen is None:
        return ExitCode.OK
    return run(
        invocation.env,
        invocation.redactor,
        Means(demo=flags["demo"], debug=invocation.debug),
        Saving(session=chosen),
        show_error=invocation.print_error,
        arm=invocation.arm,
    )


plain(
    app,
    "repair",
    "sessions.repairing:repair_sessions",
    "Bring back what can be read of broken files; they are kept.",
)
