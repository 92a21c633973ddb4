"""``azchat compare``."""

from typing import Any

import typer

from azchat.cli.flags import parcels_of
from azchat.cli.invocation import Invocation
from azchat.cli.options import ASK, argument, flag, takes
from azchat.parameters import TEXTS, Spec, among, whole

# Those of one answer alone, and of what asks the user in between.
_LEFT_OUT = (
    *("model", "profile", "effort", "json", "output_format", "save_as", "extract", "extract_last"),
    *("output", "thinking_file", "sanitize", "resume", "session", "dry_run", "record", "replay"),
    *("tool", "tool_result", "mcp", "approve", "max_tool_rounds", "tool_timeout", "tool_choice"),
    *(
        "background",
        "keep",
        "thinking",
        "hide_thinking",
        "usage",
        "raw",
        "last_image_only",
        "no_preview",
    ),
)
_MANY = {
    name: ASK[name]._replace(kind=TEXTS, help=words, variables=())
    for name, words in (
        ("model", "Model or deployment; repeatable."),
        ("profile", "Profile of the config file; repeatable."),
        ("effort", "How hard to think: low,high; repeatable."),
    )
}


@takes(
    {"prompt": argument("PROMPT", "The question; - or none: stdin. votes: how you voted.")}
    | _MANY
    | {"runs": Spec(whole(1, 1000), "--runs", "Times that each is asked, in turns.", default=1)}
    | {"jobs": Spec(whole(1, 1000), "--jobs", "At once at most (all).", "N")}
    | {"blind": flag("--blind", "Who is who is told after your vote.")}
    | {"json": flag("--json", "One object; = --output-format json.")}
    | {"csv": flag("--csv", "A row for each run.")}
    | {"output_format": Spec(among(("text", "json", "stream-json")), "--output-format", "Form.")}
    | {name: spec for name, spec in ASK.items() if name not in _LEFT_OUT}
)
def compare(context: typer.Context, **flags: Any) -> int:
    """Ask several models or efforts at once; see what each answered, took and cost."""
    from azchat.asking.contest import contenders
    from azchat.commands.compare import Wish, run

    invocation: Invocation = context.obj
    if flags["prompt"] == "votes" and not flags["model"]:
        from azchat.commands.voting import votes

        return votes(invocation.env, as_json=flags["json"])
    invocation.choose_color(flags)
    named = {name: flags.pop(name) or [] for name in _MANY}
    efforts = [word.strip() for text in named["effort"] for word in text.split(",")]
    who = contenders(named["model"], [*filter(None, efforts)], named["profile"])
    form = "csv" if flags["csv"] else "json" if flags["json"] else flags["output_format"]
    wish = Wish(tuple(who), flags["runs"], flags["jobs"], form or "text", flags["blind"])
    missing = {name: False if ASK[name].default is False else None for name in _LEFT_OUT}
    parcels = parcels_of(invocation, {**missing, **flags, "json": False, "output_format": None})
    return run(invocation.env, parcels, invocation.redactor, wish)
