"""The HTML export: one file that shows everything and can do nothing."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from azchat.export.html import to_html
from azchat.messages import File, Image, Message, Text, ToolCall, ToolResult
from azchat.render.html import markdown_to_html
from azchat.sessions import SavedSession, SavedTurn, SessionInfo
from tests.front_door import azchat
from tests.oracles import check
from tests.sessions_command.conftest import Say, Sessions

VOID = {"meta", "br", "hr", "img"}
LOADING = {"src", "srcset", "data", "action", "background", "poster", "formaction", "ping"}
HOSTILE = [
    "</details></div><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](java\tscript:alert(1))",
    "[d](data:text/html;base64,PHNjcmlwdD4=) [v](vbscript:x) [f](file:///etc/passwd) [r](x.html)",
    '![i](https://evil.test/x.png "t") ![j](javascript:alert(1)) ![k](data:image/svg+xml,<svg>)',
    "<https://evil.test/\"onclick='x'> <javascript:alert(1)>",
    '[a](https://evil.test/" "onmouseover=alert(1)") [b]: https://x.test',
    '```html"><script>\n</code></pre><script>alert(1)</script>\n```',
    '```"onclick=x\n</pre><script>\n```',
    "$<script>x</script>$ \\[<img src=x onerror=y>\\]",
    "| <script> |\n|:-:|\n| <img src=x onerror=y> |",
    "&lt;script&gt; &#60;script&#62; &#x3c;script>",
    "\x00<scr\x00ipt>\x0c<script\x0b>\x1b[31m\x9b \u202e\u2066",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.test><base href=//evil.test>",
    "<meta http-equiv=refresh content='0;url=//evil.test'><iframe src=//evil.test>",
]


class Page(HTMLParser):
    """A document that was parsed: its elements and what it says, and that it is well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def check_inert(page: Page) -> None:
    """Assert that a document runs nothing and loads nothing."""
    allowed = {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "article"),
        *("section", "div", "span", "p", "b", "i", "time", "details", "summary", "br", "hr", "a"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
        *("em", "strong", "s", "table", "thead", "tbody", "tr", "th", "td", "img"),
    }
    for tag, attributes in page.elements:
        assert tag in allowed
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag == "img" or not LOADING & attributes.keys()
    for link in page.all("a"):
        assert re.match(r"(https?://|mailto:)", link["href"] or "")
        assert link["rel"] == "noopener noreferrer"
    assert all(
        (image["src"] or "").startswith("data:image/png;base64,") for image in page.all("img")
    )


def exported(sessions: Sessions) -> str:
    result = sessions("export", "--format", "html")
    check(result, code=0)
    return result.out


def test_the_page_has_what_was_said(say: Say, sessions: Sessions) -> None:
    say("Why?\nReally?", "Be**cause**\n\n- of it", thinking="hm\nwell")
    page = Page(exported(sessions))
    check_inert(page)
    for words in (
        "Why?\nReally?",
        "Because",
        "of it",
        "hm\nwell",
        "Thought for 0.0 s",
        "fault-model",
    ):
        assert words in page.words
    assert len(page.all("details")) == 1
    assert "open" not in page.all("details")[0]


def test_the_demo_is_shown_whole(sessions: Sessions, home: Path) -> None:
    check(azchat("ask", "--demo", "Compare sorting algorithms", home=home), code=0)
    page = Page(exported(sessions))
    check_inert(page)
    assert page.all("table")
    assert "log₂(n!) ≥ n/2 log₂ (n/2)" in page.words
    assert {"class": "k"} in page.all("span")
    assert [link["href"] for link in page.all("a")] == [
        "https://github.com/python/cpython/blob/main/Objects/listsort.txt"
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_inert_wherever_it_stands(
    say: Say, sessions: Sessions, hostile: str
) -> None:
    typed = hostile.replace("\0", "")  # no argument can hold it
    say(typed, f"{hostile}\n\nend", "-s", typed, thinking=hostile)
    page = Page(exported(sessions))
    check_inert(page)
    assert not re.search(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page.words
    )
    assert page.words.rstrip().endswith("Exported by azchat 0.1.0")


def test_the_policy_allows_this_style_and_nothing_else(say: Say, sessions: Sessions) -> None:
    say("Why?", "one")
    text = exported(sessions)
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = Page(text).all("meta")[1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


def test_incomplete_turns_are_marked(say: Say, sessions: Sessions) -> None:
    say("Why?", "Beca", finish="length", code=8)
    page = Page(exported(sessions))
    assert {"class": "mark"} in page.all("p")
    assert "incomplete: " in page.words


def test_what_is_cut_in_its_code_stays_in_its_turn(say: Say, sessions: Sessions) -> None:
    say("Why?", "```py\nx = (1", finish="length", code=8)
    say("How?", "# two", "-c")
    page = Page(exported(sessions))
    assert len(page.all("article")) == 2
    assert "two" in page.words


def test_a_link_by_reference_and_one_in_angles_lead_there() -> None:
    html = markdown_to_html("[a][r] <https://b.test> <c@d.test>\n\n[r]: https://a.test")
    assert [link["href"] for link in Page(html).all("a")] == [
        "https://a.test",
        "https://b.test",
        "mailto:c@d.test",
    ]


def test_code_of_any_size_and_language_is_shown() -> None:
    code = "x = 1\n" * 60_000
    page = Page(markdown_to_html(f"```python\n{code}```\n\n```nonsense\ny\n```"))
    assert page.words.count("x = 1\n") == 60_000
    assert "nonsense" in page.words


def test_attachments_and_tools_are_shown_and_only_pictures_in_the_page_are_seen() -> None:
    picture = "data:image/png;base64,iVBORw0KGgo="
    images = [Image(picture), Image("https://a.test/x.png"), Image('data:image/png,"><script>')]
    called = Message("assistant", (ToolCall("1", "look", '{"at": "<b>"}'),))
    returned = Message("tool", (ToolResult("1", "</details>seen"),))
    messages = (Message.user(Text("Look"), File("<i>.txt", "<u>"), *images), called, returned)
    turn = SavedTurn(1, 1, "complete", None, messages, None, {}, None, 1.0, None, None)
    info = SessionInfo(1, None, "<title>", None, 1.0, 1.0, 1, 0)
    page = Page(to_html(SavedSession(info, (turn,))))
    check_inert(page)
    assert page.all("img") == [{"src": picture, "alt": "an image"}]
    for words in ("<i>.txt", "<u>", "Called look", '{"at": "<b>"}', "</details>seen", "<title>"):
        assert words in page.words


def test_what_is_shown_is_read_as_on_a_terminal() -> None:
    page = Page(
        markdown_to_html(
            "3. a\n5. b\n\nIn __init__.py 5*4*3 \\[1\\] `_x_`\n\n"
            "| a | b |\n|---|---|\n| `x|y` | z |\n\n"
            "```md\n```py\n1\n```\n2\n```\nend"
        )
    )
    assert [item["value"] for item in page.all("li")] == ["3", "5"]
    assert "In __init__.py 5*4*3 [1] _x_" in page.words
    assert len(page.all("td")) == 2
    assert "```py\n1\n```\n2\nend" in page.words.replace("\n\n", "\n")
