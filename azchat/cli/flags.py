"""Flags become what the commands take: settings, attachments, tools, the options of a turn."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from azchat.cli.invocation import Invocation
from azchat.errors import UsageError
from azchat.settings.specs import SPECS

if TYPE_CHECKING:
    from azchat.asking.route import Means
    from azchat.asking.toolset import ToolWish
    from azchat.commands.attaching import Wanted
    from azchat.commands.parcels import Parcels, Saving

_Parcel = TypeVar("_Parcel")


def pairs(
    option: str, values: list[str] | None, fault: str = "{!r} is not key=value"
) -> dict[str, str]:
    """Return what is written as ``key=value``."""
    for value in values or ():
        if value.find("=") < 1:
            raise typer.BadParameter(fault.format(value), param_hint=f"'{option}'")
    return dict(value.split("=", 1) for value in values or ())


def _json_or_text(text: str) -> Any:
    import json

    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def settings_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``flags`` that profiles and variables can set too; None: not given."""
    settings = {name: value for name, value in flags.items() if name in SPECS}
    settings |= {name: None for name, value in settings.items() if value is False or value == []}
    if settings.get("option"):
        extras = pairs("--option", settings["option"])
        settings["option"] = {name: _json_or_text(text) for name, text in extras.items()}
    if settings.get("headers"):
        unrepeated = "one is not NAME=VALUE"  # it may be a key
        settings["headers"] = pairs("--header", settings["headers"], unrepeated)
    if flags.get("hide_thinking"):
        settings["thinking"] = "hide"
    return settings


def tool_wish(invocation: Invocation, flags: Mapping[str, Any]) -> "ToolWish | None":
    """Return what was said of tools, None where none is named."""
    if flags["tool"] or flags["mcp"] or flags["tool_result"]:
        return with_tools(invocation, flags)
    for name in ("approve", "max_tool_rounds", "tool_timeout", "tool_choice"):
        if flags[name]:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} without tools", "name some with -T or --mcp")
    return None


def with_tools(invocation: Invocation, flags: Mapping[str, Any]) -> "ToolWish":
    """Return what was said of tools; where none is named, the built-in ones are meant."""
    from azchat.asking.toolset import ToolWish

    given = {name: flag for name, flag in flags.items() if flag is not None}
    return parcel(ToolWish, given, tools=flags["tool"] or (), early=invocation.tools)


def wanted_of(flags: Mapping[str, Any], *, always: bool = False) -> "Wanted | None":
    """Return what is to be attached and how; None where nothing is, unless ``always``."""
    if not (flags["attach"] or flags["image"] or flags["last_image_only"] or always):
        return None
    from azchat.attachments import AttachmentOptions, Source
    from azchat.commands.attaching import Wanted

    pictures = tuple(Source(place, is_picture=True) for place in flags["image"] or ())
    sources = (*pictures, *map(Source, flags["attach"] or ()))
    mime, max_file = flags["mime"], flags["max_file"]
    given = {name: flags[name] for name in AttachmentOptions._fields if flags.get(name) is not None}
    given["mime"] = mime and mime.lower()
    given["max_bytes"] = None if max_file is None else max_file * 1_000_000
    given["max_seconds"] = flags.get("max_time")
    options = AttachmentOptions(**given)
    return Wanted(sources, options, not flags["no_preview"], flags["last_image_only"])


def parcels_of(invocation: Invocation, flags: Mapping[str, Any]) -> "Parcels":
    """Return the flags of ``ask`` as it takes them, but those of tools."""
    from azchat.cli.named_files import with_files
    from azchat.commands.parcels import Instead, Parcels, Printing, Prompt, Shape
    from azchat.environment import NoInput

    flags, is_taken = with_files(invocation.env, flags)
    if flags["no_stdin"] or is_taken:
        invocation.env = invocation.env._replace(stdin=NoInput())
    form = flags["output_format"] or ("json" if flags["json"] else "text")
    which = "last" if flags["extract_last"] else "first" if flags["extract"] else None
    return Parcels(
        means_of(invocation, flags),
        parcel(Prompt, flags, variables=pairs("--param", flags["param"])),
        parcel(Shape, flags, extract=which),
        parcel(Printing, flags, output_format=form),
        saving_of(flags),
        parcel(Instead, flags),
        wanted_of(flags),
    )


def means_of(invocation: Invocation, flags: Mapping[str, Any]) -> "Means":
    """Return what was said of the way to the model."""
    from azchat.asking.route import Means

    debug = flags["debug"] or flags.get("debug_content") or invocation.debug
    stream = not flags.get("no_stream")
    return parcel(Means, flags, settings=settings_of(flags), stream=stream, debug=debug)


def saving_of(flags: Mapping[str, Any]) -> "Saving":
    """Return whether turns are saved, and where."""
    from azchat.commands.parcels import Saving

    return parcel(Saving, flags, save=not flags["no_log"])


def parcel(kind: Callable[..., _Parcel], flags: Mapping[str, Any], **others: Any) -> _Parcel:
    """Return a parcel: the flags that are named as its fields are, and ``others``."""
    names: Iterable[str] = kind._fields  # type: ignore[attr-defined]
    return kind(**{name: flags[name] for name in names if name in flags} | others)
