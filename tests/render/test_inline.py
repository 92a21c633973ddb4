"""Text within a block: what is styled, where links lead, and what stays as it was written."""

import pytest

from tests.render.documents import at_once, shown


def styled(text: str) -> str:
    return at_once(text, 80)[0].text


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("**a**", "\x1b[1ma\x1b[0m"),
        ("*a*", "\x1b[3ma\x1b[0m"),
        ("~~a~~", "\x1b[9ma\x1b[0m"),
        ("`a`", "\x1b[36ma\x1b[0m"),
        ("**a *b***", "\x1b[1ma \x1b[0m\x1b[1;3mb\x1b[0m"),
        ("**a", "**a"),
        ("snake_case_name 2 * 3", "snake_case_name 2 * 3"),
    ],
)
def test_marks_become_styles(text: str, row: str) -> None:
    assert styled(text) == row


@pytest.mark.parametrize(
    "text", ["**注意:**请看", "中文**「引用」**的", "**(강조)**는", "一**二**三"]
)
def test_emphasis_needs_no_space_where_none_is_written(text: str) -> None:
    assert shown(text) == [text.replace("*", "")]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("[label](https://a.b/c)", "label (https://a.b/c)"),
        ("[https://good.com](https://evil.com)", "https://good.com (https://evil.com)"),
        ("[https://a.b](https://a.b)", "https://a.b"),
        ("<https://a.b>", "https://a.b"),
        ("[me@a.b](mailto:me@a.b)", "me@a.b"),
        ('[a](https://a.b "title")', "a (https://a.b title)"),
        ("[文档](https://a.b/文档)", "文档 (https://a.b/文档)"),
        ("[a](<https://a.b/c d>)", "a (https://a.b/c d)"),
        ("![alt](a.png)", "image: alt (a.png)"),
        ("![](a.png)", "image: no description (a.png)"),
        ("[a][b], [^1] and [c]", "[a][b], [^1] and [c]"),
        ("[b]: https://a.b", "[b]: https://a.b"),
        ("[a](javascript:x)", "[a](javascript:x)"),
    ],
)
def test_a_link_tells_where_it_leads(text: str, row: str) -> None:
    assert shown(text) == [row]


def test_a_host_that_looks_like_another_is_told_apart() -> None:
    assert shown("[x](https://\u0430pple.com/\u0430)") == ["x (https://xn--pple-43d.com/%D0%B0)"]


@pytest.mark.parametrize(
    "text", ["List<String> and Map<K, V>", "<div>", "a<br>b", "<think>x</think>", "<!-- x -->"]
)
def test_html_is_text(text: str) -> None:
    assert shown(text) == [text]


def test_entities_and_escapes_are_what_they_stand_for() -> None:
    assert shown("AT&amp;T &lt;b&gt; &copy; \\*a\\* \\# `&amp;`") == ["AT&T <b> © *a* # &amp;"]


def test_every_line_break_is_one() -> None:
    assert shown("a\nb  \nc\\\nd") == ["a", "b", "c", "d"]


def test_items_of_a_task_list_have_a_box() -> None:
    assert shown("- [ ] a\n- [x] b\n- [] c\n") == ["• ☐ a", "• ☑ b", "• [] c"]
    assert shown("[ ] no item") == ["[ ] no item"]
    assert shown("- \\[x\\] a") == ["• [x] a"]


def test_rich_markup_is_text() -> None:
    text = "[red]x[/red] [/nonexistent] [link=file:///etc/passwd]y[/link]"
    assert shown(text) == [text]
