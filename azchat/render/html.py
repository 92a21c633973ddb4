"""Markdown as HTML that can do nothing: no HTML of the text's own, no scripts, nothing is loaded.

The parser's rules are those of the terminal, but link references are resolved: all of the
text is there. Links lead to the web and to mail only, and pictures become links.
"""

from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from azchat.render.code import find_lexer
from azchat.render.parser import add_rules

_SCHEMES = ("http://", "https://", "mailto:")
_LONGEST_CODE = 256 * 1024  # characters; more is not coloured
_STYLES = {"light": "default", "dark": "github-dark"}


def markdown_to_html(text: str) -> str:
    """Return ``text`` as HTML; everything in it is escaped."""
    return str(_markdown().render(text))


def blocks_of(text: str) -> list[tuple[int, str]]:
    """Return the blocks of the top level: the line where each begins, and its HTML."""
    markdown, found, env = _markdown(), [], {}  # type: ignore[var-annotated]
    tokens = markdown.parse(text, env)
    starts = [at for at, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    for begin, end in pairwise([*starts, len(tokens)]):
        html = markdown.renderer.render(tokens[begin:end], markdown.options, env)
        found.append(((tokens[begin].map or [0])[0], str(html)))
    return found


def code_css(kind: str) -> str:
    """Return the rules that colour code, on a ``light`` or ``dark`` background."""
    from pygments.formatters.html import HtmlFormatter

    formatter: Any = HtmlFormatter(style=_STYLES[kind])
    return "\n".join(formatter.get_token_style_defs(".code"))


def is_safe_link(url: str) -> bool:
    """Return whether a link may lead there."""
    return url.strip().lower().startswith(_SCHEMES)


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    markdown.enable("strikethrough")
    add_rules(markdown)
    markdown.validateLink = is_safe_link  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        markdown.add_render_rule(name, _rule(rule))
    return markdown


def _rule(shown: Callable[[Token], str | None]) -> Callable[..., str]:
    def render(renderer: RendererHTML, tokens: Sequence[Token], at: int, *more: Any) -> str:
        text = shown(tokens[at])
        return renderer.renderToken(tokens, at, *more) if text is None else text

    return render


def _link(token: Token) -> None:
    token.attrSet("rel", "noopener noreferrer")


def _item(token: Token) -> None:
    """Keep the numbers as they were written."""
    if token.info:
        token.attrSet("value", token.info)


def _image(token: Token) -> str:
    """Show where a picture is: to load it would tell its server who reads this."""
    url, label = escape(str(token.attrs["src"])), escape(token.content or "no description")
    return f'<a href="{url}" rel="noopener noreferrer">image: {label}</a>'


def _fence(token: Token) -> str:
    language = (token.info.split() or [""])[0]
    label = f'<span class="language">{escape(language)}</span>' if language else ""
    return f'<div class="code">{label}<pre><code>{_coloured(token)}</code></pre></div>\n'


def _coloured(token: Token) -> str:
    lexer = find_lexer(token.info)
    if lexer is None or len(token.content) > _LONGEST_CODE:
        return escape(token.content)
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter

    return str(highlight(token.content, lexer, HtmlFormatter(nowrap=True)))


def _formula(token: Token) -> str:
    from azchat.render.latex import to_unicode

    text = escape(to_unicode(token.content, token.info))
    return f'<p class="formula">{text}</p>\n' if token.type == "math_block" else f"<i>{text}</i>"


def _cell(token: Token) -> None:
    """Align by a class: styles of their own are not allowed in the document."""
    if align := str(token.attrs.pop("style", "")).removeprefix("text-align:"):
        token.attrSet("class", align)


def _table(token: Token) -> str:
    """Let a wide table scroll by itself."""
    return '<div class="table"><table>\n' if token.nesting > 0 else "</table></div>\n"


# What a token is shown as; None: as the renderer does, with what was set.
_RULES: dict[str, Callable[[Token], str | None]] = {
    "link_open": _link,
    "list_item_open": _item,
    "image": _image,
    "fence": _fence,
    "code_block": _fence,
    "math_inline": _formula,
    "math_block": _formula,
    "th_open": _cell,
    "td_open": _cell,
    "table_open": _table,
    "table_close": _table,
}
