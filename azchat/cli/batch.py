"""``azchat batch``."""

from typing import Any

import typer

from azchat.cli.flags import means_of, pairs, parcel, tool_wish
from azchat.cli.invocation import Invocation
from azchat.cli.options import ASK, PLACE, argument, flag, of_ask, takes
from azchat.parameters import AMOUNT, PARAMETERS, TEXT, Spec, whole

_JOBS = 64
_OF_ASK = (
    *("model", *PLACE, "system", *PARAMETERS, "extra_parameters", "strict", "reasoning"),
    *("max_cost", "template", "param", "json_mode", "schema", "schema_retries", "idle_timeout"),
    *("max_time", "retries", "tool", "mcp", "approve", "max_tool_rounds", "tool_timeout"),
    *("tool_choice", "tool_result", "plain", "quiet", "no_stream", "debug"),
)


@takes(
    {"source": argument("IN", "JSON a line, .csv, .tsv or .txt; - is stdin.", needed=True)}
    | {"output": Spec(TEXT, "-o --output", "A line for each; the same one goes on.", "OUT", "-")}
    | {"errors": Spec(TEXT, "--errors", "Failures to a file of their own.", "FILE")}
    | {"ordered": flag("--ordered", "In the order of the input, at the end.")}
    | {"retry_failed": flag("--retry-failed", "Ask those again that failed.")}
    | {"jobs": Spec(whole(1, 1000), "--jobs", "At once at most.", "N", _JOBS)}
    | {"rpm": Spec(AMOUNT, "--rpm", "Requests a minute at most.", "N")}
    | {"tpm": Spec(AMOUNT, "--tpm", "Tokens a minute at most.", "N")}
    | {"halt": Spec(TEXT, "--halt", "Stop after so many failures.", "N|P%")}
    | of_ask(*_OF_ASK)
    | {"option": ASK["option"]._replace(flags="--option")}
)
def batch(context: typer.Context, **flags: Any) -> int:
    """Ask thousands of questions; killed at any moment, it goes on where it was."""
    from azchat.batch.asking import Form
    from azchat.commands.batch import Batch, Files, Pace, prepared, run

    invocation: Invocation = context.obj
    names = {"is_ordered": flags["ordered"], "retries_failed": flags["retry_failed"]}
    told = Batch(
        means_of(invocation, flags),
        parcel(Form, flags),
        parcel(Files, flags, **names),
        parcel(Pace, flags),
        tools=tool_wish(invocation, flags),
        quiet=flags["quiet"],
        plain=flags["plain"],
    )
    variables = pairs("--param", flags["param"])
    told = prepared(invocation.env, told, flags["template"], variables)
    return run(invocation.env, invocation.redactor, told, invocation.arm)
