"""A session as one HTML file: no script, nothing that is loaded, thinking folded.

The file says so itself: its policy allows this style sheet, by its hash, and embedded
pictures; whatever a model could smuggle in would not run.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path

from azchat import __version__
from azchat.blanks import filled
from azchat.messages import File, Image, Part, Reasoning, Text, ToolCall, ToolResult
from azchat.render.html import code_css, is_safe_link, markdown_to_html
from azchat.render.words import answered, cost, date, facts, mark, timestamp
from azchat.sessions import SavedSession, SavedTurn
from azchat.terminal.safe import visible

# Control characters, which HTML does not allow, and those that turn the reading direction.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


def to_html(session: SavedSession) -> str:
    """Return the session as a document of its own."""
    info, style = session.info, _style()
    values = {
        "digest": b64encode(sha256(style.encode()).digest()).decode(),
        "title": _text(info.title),
        "style": style,
        "facts": _text(facts(info, date(info.updated))),
        "turns": "\n".join(_turns(session)),
        "version": __version__,
    }
    return filled(Path(__file__).with_name("page.html"), values)


def _turns(session: SavedSession) -> Iterator[str]:
    system = None
    for turn in session.turns:
        if turn.settings.get("system") not in (None, system):
            system = str(turn.settings["system"])
            yield _folded("System message", system)
        yield from _turn(turn)


def _style() -> str:
    page = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    dark = f"@media (prefers-color-scheme: dark) {{\n{code_css('dark')}\n}}"
    # An error is a lexer's opinion; it gets no frame.
    return f"\n{page}{code_css('light')}\n{dark}\n.code .err {{ border: 0; color: inherit }}\n"


def _turn(turn: SavedTurn) -> Iterator[str]:
    yield f'<article id="turn-{turn.number}">'
    yield '<section class="question">'
    at = f'<time datetime="{timestamp(turn.began)}">{date(turn.began)}</time>'
    yield f'<p class="role"><b>You</b> · {at}</p>'
    for part in turn.question.parts:
        yield _part(part, "", is_markdown=False)
    yield "</section>"
    yield '<section class="answer">'
    about = f" · {cost(turn)}" if cost(turn) else ""
    yield f'<p class="role"><b>{_text(turn.model or "Answer")}</b>{about}</p>'
    parts = (_part(part, label, is_markdown=True) for part, label in answered(turn))
    yield from filter(None, parts)
    if what := mark(turn):
        yield f'<p class="mark">{_text(what)}</p>'
    yield "</section>"
    yield "</article>"


def _part(part: Part, label: str, *, is_markdown: bool) -> str:
    match part:
        case Text(text=text) if is_markdown:
            return markdown_to_html(shown(text))
        case Text(text=text):
            return f'<div class="said">{_text(text.strip())}</div>'
        case Reasoning(text=text):
            return _folded(label, text.strip()) if text else ""
        case Image(url=url, name=name):
            return _image(url, name or "an image")
        case File(name=name, text=text):
            return _folded(name, text, "said call")
        case ToolCall(name=name, arguments=arguments):
            return _folded(f"Called {name}", arguments, "said call")
        case ToolResult(text=text):
            return _folded("Result", text, "said call")


def _image(url: str, name: str) -> str:
    """Show a picture that is in the document itself; another is a link."""
    if PICTURE.fullmatch(url):
        return f'<p><img src="{url}" alt="{_text(name)}"></p>'
    if is_safe_link(url):
        return f'<p><a href="{_text(url)}" rel="noopener noreferrer">{_text(name)}</a></p>'
    return f"<p>{_text(name)}</p>"


def _folded(label: str, text: str, kind: str = "said") -> str:
    body = f'<div class="{kind}">{_text(text)}</div>'
    return f"<details><summary>{_text(label)}</summary>{body}</details>"


def _text(text: str) -> str:
    return escape(shown(text))


def shown(text: str) -> str:
    """Return text in which what HTML does not allow, or what turns it, is seen."""
    return _UNSAFE.sub(lambda match: visible(match[0]), text)
