"""Who kept something, and where: the one list of the sources."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from azchat.importing import Item, Prompt, aichat, chatgpt, claude, llm, mods, sgpt
from azchat.importing.reading import files_in, read_text


class Source(NamedTuple):
    """``places`` are patterns of paths; see the folder's own words for the others."""

    places: tuple[str, ...]
    knows: Callable[[Path], bool]
    read: Callable[[Path], Iterator[Item]]


_PROMPTS = "*.prompt.y*ml"


def _has_prompts(path: Path) -> bool:
    return path.match(_PROMPTS) or bool(files_in(path, _PROMPTS))


def _prompts(path: Path) -> Iterator[Item]:
    """Yield GitHub's prompts as they are: azchat reads them, tests and evaluators stay in them."""
    for file in files_in(path, _PROMPTS) if path.is_dir() else [path]:
        yield Prompt(file.name.partition(".prompt.")[0], read_text(file))


SOURCES: Mapping[str, Source] = {
    **{
        name: Source(module.PLACES, module.knows, module.read)
        for name, module in {
            "llm": llm,
            "mods": mods,
            "aichat": aichat,
            "sgpt": sgpt,
            "chatgpt": chatgpt,
            "claude": claude,
        }.items()
    },
    "github": Source((), _has_prompts, _prompts),
}


def maybe_source(path: Path) -> str | None:
    """Return the name of the source that a path is of."""
    return next((name for name, source in SOURCES.items() if source.knows(path)), None)


def found(variables: Mapping[str, str], names: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield the sources of those names that keep something here, and where."""
    home = variables.get("HOME") or variables.get("USERPROFILE") or "/nonexistent"
    known = {
        "home": home,
        "config": variables.get("XDG_CONFIG_HOME") or f"{home}/.config",
        "data": variables.get("XDG_DATA_HOME") or f"{home}/.local/share",
        **{name: value for name, value in variables.items() if value},
    }
    for name in names:
        paths: dict[Path, None] = {}
        for place in SOURCES[name].places:
            if place[1:].partition("}")[0] in known:
                folder, _, rest = place.format_map(known).partition("/*")
                paths |= dict.fromkeys(
                    files_in(Path(folder), f"*{rest}") if rest else [Path(folder)]
                )
        yield from ((name, path) for path in paths if SOURCES[name].knows(path))
