"""Text within a block: emphasis, code, links, formulas; as styled pieces of lines."""

import re
from collections.abc import Iterable, Sequence

from markdown_it.token import Token

from azchat.render.rows import SGR, Span
from azchat.render.theme import Theme
from azchat.terminal.safe import readable, readable_part, visible

Line = list[Span]
"""One line of text, however long: it ends where the source has a line break."""

_STYLE_OF = {"strong_open": "strong", "em_open": "em", "s_open": "strike", "link_open": "link"}
_TASK = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def inline_lines(tokens: Sequence[Token], theme: Theme, base: SGR = "") -> list[Line]:
    """Return the lines that ``tokens`` make; what stands in ``base`` style stays in it."""
    lines: list[Line] = [[]]
    styles = [base]
    links: list[tuple[Token, Line, int]] = []  # that are open; where their labels begin
    for token in tokens:
        style = styles[-1]
        match token.type:
            case "softbreak" | "hardbreak":
                lines.append([])
            case "strong_open" | "em_open" | "s_open":
                styles.append(_both(style, theme.styles[_STYLE_OF[token.type]]))
            case "link_open":
                links.append((token, lines[-1], len(lines[-1])))
                styles.append(_both(style, theme.styles["link"]))
            case "link_close":
                styles.pop()
                link, line, begin = links.pop()
                shown = "".join(text for text, _ in line[begin:])
                lines[-1] += _target(shown, link, theme, styles[-1])
            case "strong_close" | "em_close" | "s_close":
                styles.pop()
            case "code_inline":
                lines[-1].append((_clean(token.content), _both(style, theme.styles["code"])))
            case "math_inline":
                from azchat.render.latex import to_unicode

                formula = _clean(to_unicode(token.content, token.info))
                lines[-1].append((formula, _both(style, theme.styles["math"])))
            case "image":
                label = f"image: {_clean(token.content) or 'no description'}"
                lines[-1].append((label, _both(style, theme.styles["em"])))
                lines[-1] += _target(label, token, theme, style)
            case _:  # text, and what is shown as it was written
                lines[-1].append((_clean(token.content), style))
    return list(map(_balanced, lines))


def _balanced(line: Line) -> Line:
    """Return ``line``; isolates that do not end in it are made visible."""
    text = "".join([piece for piece, _ in line])
    if text.isascii() or readable(text) == text:
        return line
    return [(visible(piece), style) for piece, style in line]


def with_task_box(lines: list[Line]) -> list[Line]:
    """Return the lines of a list item with a box for ``[ ]`` or ``[x]`` at its beginning."""
    if lines and lines[0]:
        (text, style), *rest = lines[0]
        for mark, box in _TASK.items():
            if text.startswith(mark):
                return [[(box + text.removeprefix(mark), style), *rest], *lines[1:]]
    return lines


def _target(label: str, link: Token, theme: Theme, style: SGR) -> Iterable[Span]:
    """Yield where a link leads, unless its label says just that."""
    target = _clean(visible(str(link.attrs.get("href", link.attrs.get("src")))))
    title = _clean(str(link.attrs.get("title", "")))
    if title or target not in (label, f"mailto:{label}"):
        yield from ((" (", style), (target, _both(style, theme.styles["url"])))
        yield (f" {title})" if title else ")", style)


def _clean(text: str) -> str:
    return re.sub(r"[\n\t]", " ", readable_part(text))


def _both(outer: SGR, inner: SGR) -> SGR:
    return f"{outer};{inner}" if outer and inner else outer or inner
