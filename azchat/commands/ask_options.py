"""The flags of the commands, taken to pieces."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from azchat.asking.link import Means
    from azchat.asking.toolset import ToolWish
    from azchat.commands.attaching import Wanted
    from azchat.commands.code import CodeOptions


class LookOptions(NamedTuple):
    """The flags of ``info`` and ``models``; ``settings`` are what profiles can set too."""

    settings: Mapping[str, Any] = MappingProxyType({})
    demo: bool = False
    as_json: bool = False
    debug: bool = False
    catalog: bool = False


class AskOptions(NamedTuple):
    """The flags; ``chat`` has not all of them. ``settings`` are what profiles can set too."""

    prompt: str | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    demo: bool = False
    stream: bool = True
    json_mode: bool = False
    schema: str | None = None
    schema_multi: bool = False
    schema_retries: int = 1
    extract: str | None = None
    template: str | None = None
    variables: Mapping[str, str] = MappingProxyType({})
    save_as: str | None = None
    code: "CodeOptions | None" = None
    output_format: str = "text"
    output: str | None = None
    thinking_file: str | None = None
    encoding: str = "utf-8"
    attachments: "Wanted | None" = None
    last_image_only: bool = False
    sanitize: bool = False
    save: bool = True
    resume: bool = False
    session: str | None = None
    dry_run: bool = False
    record: str | None = None
    replay: str | None = None
    tools: "ToolWish | None" = None
    debug: bool = False
    debug_content: bool = False
    quiet: bool = False

    @property
    def means(self) -> "Means":
        """What they say of the way to the model."""
        from azchat.asking.link import Means

        traces = self.debug, self.debug_content
        return Means(self.demo, self.stream, self.record, self.replay, *traces)
