"""A session as Markdown: the words as they were said, the thinking folded in ``<details>``."""

import re
from collections.abc import Iterator

from azchat.messages import File, Image, Part, Reasoning, Text, ToolCall, ToolResult
from azchat.render.unclosed import closing_of
from azchat.render.words import answered, date, facts, mark, picture
from azchat.sessions import SavedSession, SavedTurn
from azchat.terminal.safe import visible

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")  # within a line
_IN_TARGET = str.maketrans({"\\": "%5C", "<": "%3C", ">": "%3E", "\n": None})
_TICKS = re.compile("`+")


def to_markdown(session: SavedSession) -> str:
    """Return the session as a document; questions and answers are not changed."""
    info = session.info
    blocks = [f"# {_plain(info.title)}", f"Session {_plain(facts(info, date(info.updated)))}"]
    system = None
    for turn in session.turns:
        if turn.settings.get("system") not in (None, system):
            system = str(turn.settings["system"])
            blocks.append(_folded("System message", system))
        blocks += filter(None, _turn(turn))
    return "\n\n".join(blocks) + "\n"


def _turn(turn: SavedTurn) -> Iterator[str]:
    yield "## You"
    yield from (_block(part, "") for part in turn.question.parts)
    yield f"## {_plain(turn.model or 'Answer')}"
    yield from (_block(part, label) for part, label in answered(turn))
    if what := mark(turn):
        yield f"> **{_plain(what)}**"


def _block(part: Part, label: str) -> str:
    match part:
        case Text(text=text):
            return text.strip("\n") + closing_of(text)
        case Reasoning(text=text):
            return _folded(label, text) if text else ""
        case Image(url=url, name=name):
            if url.startswith("data:"):
                return f"*{_plain(picture(part))}*" if name else "*An image*"
            return f"[{_plain(name or 'An image')}](<{visible(url).translate(_IN_TARGET)}>)"
        case File(name=name, text=text):
            return _folded(name, text)
        case ToolCall(name=name, arguments=arguments):
            return _folded(f"Called {name}", arguments, "json")
        case ToolResult(text=text):
            return _folded("Result", text)


def _folded(label: str, text: str, info: str = "text") -> str:
    """Return a block that opens; its fence is longer than any in ``text``, so nothing gets out."""
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in _TICKS.findall(text)), 3)
    body = text if text.endswith("\n") or not text else f"{text}\n"
    summary = f"<details><summary>{_html(label)}</summary>"
    return f"{summary}\n\n{fence}{info}\n{body}{fence}\n\n</details>"


def _plain(text: str) -> str:
    """Return text that means nothing in a line of Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))


def _html(text: str) -> str:
    from html import escape

    return escape(" ".join(visible(text).split()))
