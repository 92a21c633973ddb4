"""Markdown as HTML that can do nothing: no HTML of the text's own, no scripts, nothing is loaded.

The parser's rules are those of the terminal, but link references are resolved: all of the
text is there. Links lead to the web and to mail only, and pictures become links.
"""

from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from azchat.render.code import find_lexer
from azchat.render.parser import add_rules

_SCHEMES = ("http://", "https://", "mailto:")
_LONGEST_CODE = 256 * 1024  # characters; more is not coloured
_STYLES = {"light": "default", "dark": "github-dark"}
_Env = MutableMapping[str, Any]


def markdown_to_html(text: str) -> str:
    """Return ``text`` as HTML; everything in it is escaped."""
    return str(_markdown().render(text))


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
        markdown.add_render_rule(name, rule)
    return markdown


def _link(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    tokens[at].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, at, options, env)


def _item(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    """Keep the numbers as they were written."""
    if tokens[at].info:
        tokens[at].attrSet("value", tokens[at].info)
    return renderer.renderToken(tokens, at, options, env)


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    """Show where a picture is: to load it would tell its server who reads this."""
    del renderer, options, env
    url, label = (
        escape(str(tokens[at].attrs["src"])),
        escape(tokens[at].content or "no description"),
    )
    return f'<a href="{url}" rel="noopener noreferrer">image: {label}</a>'


def _fence(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    del renderer, options, env
    language = (tokens[at].info.split() or [""])[0]
    label = f'<span class="language">{escape(language)}</span>' if language else ""
    return f'<div class="code">{label}<pre><code>{_coloured(tokens[at])}</code></pre></div>\n'


def _coloured(token: Token) -> str:
    lexer = find_lexer(token.info)
    if lexer is None or len(token.content) > _LONGEST_CODE:
        return escape(token.content)
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter

    return str(highlight(token.content, lexer, HtmlFormatter(nowrap=True)))


def _formula(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    del renderer, options, env
    from azchat.render.latex import to_unicode

    text = escape(to_unicode(tokens[at].content, tokens[at].info))
    is_block = tokens[at].type == "math_block"
    return f'<p class="formula">{text}</p>\n' if is_block else f"<i>{text}</i>"


def _cell(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    """Align by a class: styles of their own are not allowed in the document."""
    align = str(tokens[at].attrs.pop("style", "")).removeprefix("text-align:")
    if align:
        tokens[at].attrSet("class", align)
    return renderer.renderToken(tokens, at, options, env)


def _table(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env
) -> str:
    """Let a wide table scroll by itself."""
    del renderer, options, env
    return '<div class="table"><table>\n' if tokens[at].nesting > 0 else "</table></div>\n"


_RULES = {
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
