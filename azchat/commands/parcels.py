"""What the flags say, in parcels: each goes to the one who reads it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from azchat.asking.route import Means

if TYPE_CHECKING:
    from azchat.asking.toolset import ToolWish
    from azchat.commands.attaching import Wanted
    from azchat.commands.code import CodeOptions


class Prompt(NamedTuple):
    """What is asked: words, or a template and its variables; ``encoding`` is the pipe's."""

    prompt: str | None = None
    template: str | None = None
    variables: Mapping[str, str] = MappingProxyType({})
    encoding: str = "utf-8"
    allow_empty: bool = False


class Shape(NamedTuple):
    """What the answer has to be, and which of its blocks is meant: ``first`` or ``last``."""

    json_mode: bool = False
    schema: str | None = None
    schema_multi: bool = False
    schema_retries: int = 1
    extract: str | None = None


class Printing(NamedTuple):
    """How the answer is printed, and to which files."""

    output_format: str = "text"
    output: str | None = None
    thinking_file: str | None = None
    sanitize: bool = False
    quiet: bool = False


class Saving(NamedTuple):
    """Whether a turn is saved, and with which session it goes on."""

    save: bool = True
    resume: bool = False
    session: str | None = None


class Instead(NamedTuple):
    """What is done instead of asking: a template kept, the request shown, a program written."""

    save_as: str | None = None
    dry_run: bool = False
    code: "CodeOptions | None" = None


class Parcels(NamedTuple):
    """All that one question takes."""

    means: Means
    prompt: Prompt
    shape: Shape
    printing: Printing
    saving: Saving
    instead: Instead
    wanted: "Wanted | None" = None
    tools: "ToolWish | None" = None

    @property
    def needs_endpoint(self) -> bool:
        """Whether a service is asked, and no recording, demo or file of this machine."""
        return not (self.means.demo or self.means.replay is not None or any(self.instead))
