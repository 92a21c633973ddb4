"""How one's deployments are shown to be picked from."""

from collections.abc import Iterator

from azchat.azure.discovery.found import Found
from azchat.render.rows import cell_width
from azchat.repl.picker import clipped, line_of

_WIDTHS = (24, 22, 18)  # cells, so that 80 have room for what stands in the way


class DeploymentMenu:
    """The deployments, each with its model and resource, and below all that is known.

    ``escape`` says what Escape does.
    """

    verb = "use"

    def __init__(self, escape: str) -> None:
        self.hint = f"↑↓ choose · type to filter · Enter takes it · Esc {escape}"

    def texts(self, found: Found) -> str:
        """Return what is looked through."""
        return " ".join(map(str, found[:9]))

    def line(self, found: Found) -> str:
        """Return its name, model, resource, and what stands in the way."""
        model = f"{found.model} {found.version}" if found.version else found.model
        cells = zip((found.name, model, found.resource), _WIDTHS, strict=True)
        padded = [_cell(text, width) for text, width in cells]
        mark = "no role" if found.may_chat is False else "".join(found.notes[:1])
        return f"{'  '.join(padded)}  {mark}".rstrip()

    def preview(self, found: Found) -> Iterator[tuple[str, str]]:
        """Yield what is known of it."""
        facts = (found.model, found.version, found.publisher, found.region, found.capacity)
        yield "class:quiet", " · ".join(filter(None, facts))
        yield "class:quiet", f"in {found.subscription} · speaks {', '.join(found.dialects)}"
        yield "class:quiet", found.endpoint
        yield "", f"  {role_words(found)}"
        yield from (("", f"  {note}") for note in found.notes)


def role_words(found: Found) -> str:
    """Return whether whoever is signed in may chat without a key."""
    if not found.takes_tokens:
        return "it takes a key alone"
    if found.may_chat is None:
        return "whether your role lets you chat is not told"
    return "your role lets you chat" if found.may_chat else "your role does not let you chat"


def _cell(text: str, width: int) -> str:
    shown = clipped(line_of(text), width)
    return shown + " " * (width - cell_width(shown))
