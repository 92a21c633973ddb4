"""The help: of a command one screen, a chapter, what a word finds, or all; and the topics.

A topic is a file of ``topics/``; the examples of the commands are ``examples.txt``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from azchat.cli.options import CHAPTERS
from azchat.parameters import Spec

if TYPE_CHECKING:
    from azchat.environment import Environment

_LEFT, _WIDTH = 26, 80  # columns
_ROWS = 14  # that fit a screen of 24, with examples and how to see the rest
_FOLDER = Path(__file__).parent
# A heading; an example, an option or a command in its column.
_INKED = re.compile(
    r"^(?:(  )(?=\S))?((?(1)(?:azchat .*|(?:-|[a-z])\S*(?: \S+)*)|[A-Z][a-z]+:))", re.MULTILINE
)


class ChapteredCommand(TyperCommand):
    """A command whose ``--help`` may be followed by a chapter, a word, or ``all``."""

    def get_help(self, ctx: Any) -> str:
        """Return what was asked for."""
        arguments = ctx.find_root().obj.arguments
        at = max(at for at, each in enumerate(arguments) if each in ("-h", "--help"))
        wish = next(iter(arguments[at + 1 :]), "").lower()
        options: Mapping[str, Spec] = self.callback.options  # type: ignore[union-attr]
        rows = _chosen(options.values(), wish)
        command = f"{ctx.command_path} --help"
        if wish and not rows:
            return f"{command} all has nothing with {wish!r} in it."
        width = min(_WIDTH, ctx.find_root().obj.env.stdout.size()[0])
        lines = [line for spec in rows for line in _described(spec, width)]
        lines = lines if wish else lines[:_ROWS]
        lines = [self.get_usage(ctx), *wrap(str(self.help), width), "", *lines]
        if not wish:
            examples = _examples(ctx.command_path)
            lines += ["", *(f"  {example}" for example in examples)] if examples else []
            if len(rows) < len(options):
                chapters = ", ".join(name for name in CHAPTERS if _of(options.values(), name))
                more = f"More: {command} all, or WORD, or a chapter: {chapters}"
                lines += ["", *wrap(more, width - 1)]
        return "\n".join(lines)


def topic_of(arguments: Sequence[str]) -> str:
    """Return the text of ``azchat help TOPIC``; "" where it is none."""
    if len(arguments) != 2 or arguments[0] != "help" or arguments[1] not in topics():
        return ""
    return (_FOLDER / "topics" / f"{arguments[1]}.txt").read_text("utf-8")


def topics() -> list[str]:
    """Return what there are texts about."""
    return sorted(path.stem for path in (_FOLDER / "topics").glob("*.txt"))


def show(env: "Environment", text: str) -> None:
    """Write a text, through ``$PAGER`` where the terminal is too small for it."""
    import shlex
    import subprocess

    pager = env.variables.get("PAGER", "")
    if pager and env.stdout.is_terminal and text.count("\n") >= env.stdout.size()[1]:
        try:
            subprocess.run(shlex.split(pager), input=text.encode(), check=True)  # noqa: S603
        except (OSError, ValueError, subprocess.CalledProcessError):
            pass  # it is written all the same
        else:
            return
    env.stdout.write(text)


def inked(env: "Environment", text: str) -> str:
    """Return a help text in the colours of an answer, where stdout shows them."""
    from azchat.render.choose import is_rich
    from azchat.terminal.safe import Codes, visible

    if not is_rich(env):
        return text

    def ink(found: re.Match[str]) -> str:
        indent, words = found.groups()
        return f"{indent or ''}\x1b[{'36' if indent else '1'}m{words}\x1b[0m"

    return Codes(_INKED.sub(ink, visible(text)))


def _chosen(options: Iterable[Spec], wish: str) -> list[Spec]:
    options = list(options)
    if wish == "all" or (not wish and len(options) <= _ROWS):
        return options
    if not wish:
        return [each for each in options if not each.chapter or "everyday" in each.marks]
    if wish in CHAPTERS:
        return _of(options, wish)
    return [each for each in options if wish in f"{each.flags} {each.help} {_value(each)}".lower()]


def _of(options: Iterable[Spec], chapter: str) -> list[Spec]:
    return [each for each in options if each.chapter == chapter]


def _value(spec: Spec) -> str:
    return spec.metavar or spec.kind.metavar or ("WORD" if spec.kind.choices else "")


def _described(spec: Spec, width: int) -> Iterator[str]:
    """Yield an option and what it does, the latter in a column of its own."""
    left = f"{', '.join(spec.flags.split())} {_value(spec)}".strip()
    right = spec.help.rstrip(".")
    between = "|" if width == _WIDTH else ", "  # where a line may end
    right += f": {between.join(spec.kind.choices)}" if spec.kind.choices else "."
    column = _LEFT if width > 2 * _LEFT else 4
    head = f"  {left:<{column}}"
    first, *further = wrap(right, width - column - 3, break_on_hyphens=False)
    if len(left) > column:
        yield head
        head = " " * (column + 2)
    yield f"{head} {first}"
    yield from (f"{'':{column + 3}}{line}" for line in further)


def _examples(path: str) -> list[str]:
    lines = (_FOLDER / "examples.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line.partition(f"{path} ")[2] and "#" not in line[:1]][:3]
