"""JSON values as a formatter of the language would lay them out: flat where the line has room."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from textwrap import wrap
from typing import Any, NamedTuple
from unicodedata import east_asian_width

_UNSEEN = re.compile("[\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]")


class Group(NamedTuple):
    """Items between brackets, each after what stands before it: ``key: ``, or nothing."""

    opening: str
    items: "Sequence[tuple[str, Node]]"
    closing: str
    blank: str = ""  # within the brackets of what is flat
    is_broken: bool = False  # also where there is room


Node = str | Group


class Style(NamedTuple):
    """How a language writes: the columns of a line and of a step, its words, the key of an item."""

    width: int
    step: int
    words: dict[str, str]
    key: Callable[[str], str]
    blank: str = ""
    fills_numbers: bool = False
    breaks_tables: bool = False
    drops_texts: bool = False  # a text that is too long for its line stands below its key


def node(value: Any, style: Style) -> Node:
    """Return a JSON value as something to lay out."""
    match value:
        case str():
            return quoted(value)
        case dict():
            items = [(f"{style.key(name)}: ", node(one, style)) for name, one in value.items()]
            return Group("{", items, "}", style.blank) if items else "{}"
        case list() | tuple():
            rows = [("", node(one, style)) for one in value]
            is_table = len(value) > 1 and all(isinstance(v, dict) and len(v) > 1 for v in value)
            return Group("[", rows, "]", "", style.breaks_tables and is_table) if rows else "[]"
        case _:
            word = json.dumps(value)
            return style.words.get(word, word)


def laid_out(shown: Node, style: Style, indent: int = 0, taken: int = 0) -> str:
    """Return the text; ``taken`` are the columns of its first line before and after it."""
    if isinstance(shown, str):
        return shown
    if (flat := _flat(shown)) and indent + taken + _width(flat) <= style.width:
        return flat
    inner = indent + style.step
    pad = " " * inner
    texts = [laid_out(one, style, inner, _width(name) + 1) for name, one in shown.items]
    if style.fills_numbers and all(re.fullmatch(r"-?\d[\d.e+-]*", text) for text in texts):
        lines = wrap(", ".join(texts), style.width - inner - 1)
        rows = [f"{pad}{line}" for line in lines]
        rows[-1] += ","
    else:
        rows = [
            f"{pad}{_item(name, text, style, inner)},"
            for (name, _), text in zip(shown.items, texts, strict=True)
        ]
    return "\n".join([shown.opening, *rows, " " * indent + shown.closing])


def _item(name: str, text: str, style: Style, inner: int) -> str:
    """Return an item; below its key stands a text that has no room behind it."""
    taken = inner + _width(name) + _width(text) + 1
    is_short = len(name) < style.step + len("key: ")  # then there is nothing to gain
    if not style.drops_texts or text[0] not in "\"'" or is_short or taken <= style.width:
        return name + text
    return f"{name.rstrip()}\n{' ' * (inner + style.step)}{text}"


def _flat(shown: Node) -> str:
    """Return it on one line; nothing where it may not stand on one."""
    if isinstance(shown, str):
        return shown
    texts = [(name, _flat(one)) for name, one in shown.items]
    if shown.is_broken or not all(text for _, text in texts):
        return ""
    inner = ", ".join(name + text for name, text in texts)
    return f"{shown.opening}{shown.blank}{inner}{shown.blank}{shown.closing}"


def _width(text: str) -> int:
    return len(text) + sum(east_asian_width(char) in "WF" for char in text)


def quoted(text: str) -> str:
    """Return a string in the quotes that need fewer escapes; Python and JavaScript share these."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    body = body.replace(quote, f"\\{quote}")
    body = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", body)
    return f"{quote}{body}{quote}"


def listed(names: Iterable[str]) -> Sequence[tuple[str, Node]]:
    """Return words as items."""
    return [("", name) for name in names]
