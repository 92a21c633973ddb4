"""Attachments on their way into a question: loaded, told, and shown small on a terminal."""

from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.attachments import Attached, AttachmentOptions, Source
from azchat.attachments.decoding import DRAW, DRAW_ROWS, Job, decode
from azchat.attachments.loading import load
from azchat.environment import Environment
from azchat.errors import InputError
from azchat.messages import Image
from azchat.terminal.safe import Codes, shortened, visible

if TYPE_CHECKING:
    from azchat.render.rows import Row


class Wanted(NamedTuple):
    """What is to be attached, and how; ``preview``: pictures are shown where they can be.

    ``last_image_only``: of all pictures, earlier ones too, the last one alone is sent.
    """

    sources: tuple[Source, ...] = ()
    options: AttachmentOptions = AttachmentOptions()
    preview: bool = True
    last_image_only: bool = False

    @property
    def takes_stdin(self) -> bool:
        """Whether stdin is one of them, and so cannot be the question."""
        return any(source.place == "-" for source in self.sources)

    def load(self, env: Environment, *, quiet: bool) -> tuple[Attached, ...]:
        """Return all of them; raises ``AzchatError`` for the first that is of no use."""
        return tuple(load(env, source, self.options, quiet=quiet) for source in self.sources)


def tell(env: Environment, attached: Iterable[Attached], *, preview: bool) -> None:
    """Say on stderr what is attached, pictures with a preview; to be called before it is sent."""
    for each in attached:
        line = f"{each.part.name or 'an image'}: {each.about}"
        env.stderr.write(f"azchat: {shortened(visible(line))}\n")
        if preview and isinstance(each.part, Image):
            env.stderr.write(picture_on_terminal(env, each.part))


def may_preview(env: Environment, *, plain: bool, color: str) -> bool:
    """Return whether pictures can be shown: never in a pipe, nor without colours."""
    from azchat.render.choose import is_capable, wants_colour

    is_terminal = env.stdout.is_terminal and env.stderr.speaks_vt
    able = is_terminal and not plain and is_capable(env.variables)
    return able and wants_colour(env, env.stdout, color)


def picture_on_terminal(
    env: Environment, image: Image, on_typed: Callable[[str], object] = str
) -> Codes:
    """Return what draws a picture there; "" for one elsewhere, or without Pillow.

    ``on_typed`` takes what is typed while the terminal is asked what it can do.
    """
    data = maybe_bytes(image)
    if data is None:
        return Codes()
    try:
        from azchat.render.preview import COLUMNS, LINES, Cells, choose_way, is_deep
    except ImportError:
        return Codes()
    from azchat.terminal.graphics import cell_of_terminal, says_sixel

    columns, lines = env.stdout.size()
    cells = Cells(min(COLUMNS, columns - 1), min(LINES, max(1, lines - 4)), *cell_of_terminal())
    way = choose_way(env.variables, lambda: says_sixel(on_typed))
    return Codes(_decoded(DRAW, data, way, cells, is_deep(env.variables)) or "")


def picture_rows(env: Environment, image: Image) -> "list[Row]":
    """Return the picture as rows; none for one elsewhere, or without Pillow."""
    data = maybe_bytes(image)
    try:
        from azchat.render.preview import COLUMNS, LINES, is_deep
        from azchat.render.rows import Row
    except ImportError:
        return []
    columns = min(COLUMNS, env.stdout.size()[0] - 1)
    rows = _decoded(DRAW_ROWS, data, columns, LINES, is_deep(env.variables)) if data else []
    return [Row(*row) for row in rows or ()]


def _decoded(job: Job, data: bytes, *arguments: object) -> Any:
    """Return what the job makes of a picture; None where it is not worth seeing."""
    try:
        return decode(job, data, *arguments, name="the preview")
    except (InputError, ImportError):
        return None


def maybe_bytes(image: Image) -> bytes | None:
    """Return the file of a picture, None for one that is elsewhere."""
    head, comma, data = image.url.partition(";base64,")
    return b64decode(data) if comma and head.startswith("data:") else None
