"""What one run of the program is: its streams, its keys to mask, and how it tells an error."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azchat.engine.masking import MaskedOutput
from azchat.errors import AzchatError, IncompleteError, Interrupted
from azchat.redaction import Redactor

if TYPE_CHECKING:
    from azchat.asking.python_tools import EarlyTools
    from azchat.environment import Environment
    from azchat.net.connection import Connection

_RED, _YELLOW, _DIM = "31", "33", "2"
_OUTPUT = re.compile(r"--output=(.+)", re.DOTALL)
_JSON = re.compile(r"--(?:output-format=)?(json|stream-json)")


class Invocation:
    """What the commands are handed beside their flags; Typer carries it as ``context.obj``."""

    def __init__(
        self,
        env: "Environment",
        early: "Connection | None" = None,
        *,
        debug: bool = False,
        arm: Callable[[], None] = lambda: None,
        tools: "EarlyTools | None" = None,
    ) -> None:
        self.debug = debug or env.variables.get("AZCHAT_DEBUG", "0") not in ("", "0")
        self.redactor = Redactor(env.variables)
        stdout, stderr = (MaskedOutput(out, self.redactor) for out in (env.stdout, env.stderr))
        self.env, self._stdout = env._replace(stdout=stdout, stderr=stderr), stdout
        self.early, self.tools = early, tools
        self.color = "auto"
        self.arguments: list[str] = []
        self.arm = arm

    def choose_color(self, flags: Mapping[str, Any]) -> None:
        """Let errors have the colour that the answer has."""
        self.color = "never" if flags["plain"] else flags["color"] or "auto"

    def print_json(self, error: AzchatError, arguments: Sequence[str]) -> None:
        """Write the one object of ``--json`` where a failure came before anything was written."""
        form = _form(arguments)
        if not form or error.told_in or self._stdout.has_written:
            return
        from azchat.files import STDOUT, AtomicFile
        from azchat.render.json import JsonRenderer, StreamJsonRenderer

        error.rewrite(self.redactor.redact)
        place = next((found[1] for found in _found(_OUTPUT, arguments)), "-")
        file = None
        with suppress(AzchatError):  # where it cannot be, stdout has it
            file = None if place in ("-", STDOUT) else AtomicFile(Path(place))
        output = file or self._stdout
        with suppress(AzchatError, Interrupted):  # told already, and there is nobody
            renderer = (StreamJsonRenderer if form == "stream-json" else JsonRenderer)(output)
            renderer.fail(error)
            renderer.close()
            if file:
                file.commit()

    def print_error(self, error: AzchatError) -> None:
        """Tell on stderr what happened and what to do."""
        from azchat.render.choose import wants_colour
        from azchat.terminal.safe import Codes, broken, shortened, styled, visible

        is_drawn = bool(error.content_filter) and self.env.stderr.is_terminal
        lines = [
            f"azchat: {error.kind}: {error.what}",
            *(f"  {detail}" for detail in error.details if not is_drawn),
        ]
        if error.request_id:
            lines.append(f"  request id: {error.request_id}")
        lines.append(f"hint: {error.hint or 'see what happens with --debug'}")
        lines = [self.redactor.redact(shortened(visible(line))) for line in lines]
        if self.env.stderr.is_terminal:
            lines = [broken(line, self.env.stderr.size()[0]) for line in lines]
        if wants_colour(self.env, self.env.stderr, self.color):
            colour = _YELLOW if isinstance(error, IncompleteError) else _RED
            lines[0], lines[-1] = styled(lines[0], colour), styled(lines[-1], _DIM)
        if is_drawn:
            self.env.stderr.write(Codes(lines.pop(0) + "\n"))
            self._draw_findings(error)
        self.env.stderr.write(Codes("\n".join(lines) + "\n"))
        if self.debug and error.__traceback__ is not None:
            import traceback

            trace = "".join(traceback.format_tb(error.__traceback__))
            self.env.stderr.write(self.redactor.redact(trace))

    def _draw_findings(self, error: AzchatError) -> None:
        from azchat.render.choose import Appearance, show_rows
        from azchat.render.drawn import Column, table
        from azchat.wire.safety import Finding

        columns = [Column("WHERE"), Column("CATEGORY"), Column("SEVERITY"), Column("DONE", "red")]
        cells = [Finding(**one).cells for one in error.content_filter]
        told = [list(map(self.redactor.redact_shown, row)) for row in cells]
        env = self.env._replace(stdout=self.env.stderr)
        show_rows(env, table(columns, told, env.stderr.size()[0]), Appearance(color=self.color))


def _form(arguments: Sequence[str]) -> str:
    """Return the JSON form that a command line asks for, also where it cannot be understood."""
    return next((found[1] for found in _found(_JSON, arguments)), "")


def _found(option: re.Pattern[str], arguments: Sequence[str]) -> Iterator[re.Match[str]]:
    options = list(takewhile(lambda each: each != "--", arguments))
    pairs = [f"{first}={second}" for first, second in pairwise([*options, ""])]
    return filter(None, map(option.fullmatch, (*options, *pairs)))
