"""Sessions as documents: Markdown, HTML, JSON. Text is returned, nothing is written."""

from typing import Literal

from azchat.sessions import SavedSession

Format = Literal["markdown", "html", "json"]

FORMATS: dict[str, Format] = {
    "md": "markdown",
    "markdown": "markdown",
    "html": "html",
    "json": "json",
}
"""By the ending of a file, without its dot."""


def export_session(session: SavedSession, form: Format) -> str:
    """Return a session as a document."""
    if form == "json":
        from azchat.export.json import to_json

        return to_json(session)
    if form == "html":
        from azchat.export.html import to_html

        return to_html(session)
    from azchat.export.markdown import to_markdown

    return to_markdown(session)
