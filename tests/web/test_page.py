"""The page itself, in a headless Chromium."""

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from azchat.sessions.store import Store
from tests.faults.connection import Connection
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.front_door import azchat
from tests.web.served import Served
from tests.web.test_asking import PIXEL, half, variables

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed, so the page is not looked at")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


Look = Callable[..., "Page"]


@pytest.fixture
def look(browser: "Browser") -> Iterator[Look]:
    """Open a page at a link; what the browser complains about fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def look(served: Served, **about: Any) -> "Page":
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 800}, **about})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text))
        page.goto(served.link)
        page.wait_for_selector("#place:not(:empty)", state="attached")
        return page

    yield look
    for context in contexts:
        context.close()
    gone = ("net::ERR_INCOMPLETE_CHUNKED_ENCODING", "net::ERR_CONNECTION_REFUSED")
    assert [one for one in complaints if not one.endswith(gone)] == []  # it was ended first


def ask(page: "Page", text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def test_an_answer_streams_and_its_thinking_folds_by_a_key(home: Path, look: Look) -> None:
    going: list[Connection] = []

    def say(connection: Connection) -> None:
        connection.send(reply(event(chunk({"reasoning_content": "Let me see."}))))
        going.append(connection)
        connection.hold()

    with Scripted(say) as service, Served(home=home, env=variables(service.url)) as served:
        page = look(served)
        assert "#" not in page.url  # the secret is in nobody's history
        ask(page, "hi")
        thinking = page.locator(".thinking.live")
        thinking.locator(".said").filter(has_text="Let me see.").wait_for()
        assert re.match(r"Thinking · \d", thinking.locator("summary").inner_text())
        going[0].send(event(content("The **answer** is\n\n```py\nx = 1")))
        page.locator(".text strong").filter(has_text="answer").wait_for()
        assert page.locator(".thinking .said").is_hidden()
        page.keyboard.press("Escape")  # leaves nothing: it stops
        page.locator(".mark").filter(has_text="interrupted").wait_for()
        page.locator("#talk").focus()
        page.keyboard.press("t")
        assert page.locator(".thinking .said").is_visible()
        page.keyboard.press("t")
        assert page.locator(".thinking .said").is_hidden()
        assert page.locator(".tools button").filter(has_text="Continue").is_visible()


def test_thinking_that_the_reader_folds_stays_as_it_was_left(home: Path, look: Look) -> None:
    going: list[Connection] = []

    def say(connection: Connection) -> None:
        connection.send(reply(event(chunk({"reasoning_content": "Let me see."}))))
        going.append(connection)
        connection.hold()

    with Scripted(say) as service, Served(home=home, env=variables(service.url)) as served:
        page = look(served)
        ask(page, "hi")
        summary = page.locator(".thinking summary")
        summary.click()
        summary.click()  # opened again by hand
        going[0].send(event(content("Yes")) + event(chunk({}, "stop")) + DONE)
        page.locator(".text").filter(has_text="Yes").wait_for()
        page.locator(".latest .tools").wait_for()
        assert page.locator(".thinking .said").is_visible()


HOSTILE = """<script>document.title = "owned"</script><img src=x onerror="document.title='owned'">

<style>body { display: none }</style> <svg onload="document.title='owned'">
<a xlink:href="javascript:1">x</a></svg>

[click](javascript:document.title='owned')
[data](data:text/html,<script>alert(1)</script>)

![picture](http://evil.test/pixel.png) <iframe src="http://evil.test">
</iframe> <a href="javascript:x">y</a>

```html
</code></pre><script>document.title = "owned"</script>
```

| <img src=x onerror=x> | `</td><script>x</script>` |
|---|---|
| style="background:url(http://evil.test/css)" | <b onclick=x>b</b> |

$$\\text{<script>x</script>} \\href{javascript:x}{y}$$

<form action="http://evil.test"><input name=a autofocus onfocus=x></form>
&lt;script&gt; \u202egnp.exe
"""


def test_nothing_that_a_model_says_is_ever_html(home: Path, look: Look) -> None:
    thinking = event(chunk({"reasoning_content": HOSTILE}))
    cut = [HOSTILE[at : at + 7] for at in range(0, len(HOSTILE), 7)]
    answer = b"".join(event(content(piece)) for piece in cut)
    asked: list[str] = []
    with (
        Scripted(reply(thinking + answer + event(chunk({}, "stop")) + DONE)) as service,
        Served(home=home, env=variables(service.url)) as served,
    ):
        page = look(served)
        page.on("request", lambda request: asked.append(request.url))
        ask(page, HOSTILE)
        page.locator(".latest .tools").wait_for()
        page.locator(".thinking summary").click()
        for place in (".settled", ".thinking", ".question"):
            inside = page.locator(place)
            assert "<script>document.title" in inside.inner_text()
            kinds = "script, style, img, svg, iframe, form, input, object, link, [style], [onclick]"
            assert inside.locator(kinds).count() == 0
        for link in page.locator(".settled a").all():
            assert str(link.get_attribute("href")).startswith(("http://", "https://"))
        assert page.title() != "owned"
        assert "\u202e" not in page.locator(".settled").inner_text()
        assert [url for url in asked if not url.startswith(served.origin)] == []


def test_ten_megabytes_in_a_line_do_not_stop_the_page(home: Path, look: Look) -> None:
    answer = b"".join(event(content("*a & b " * 15_000)) for _ in range(100))
    with (
        Scripted(reply(answer + event(chunk({}, "stop")) + DONE)) as service,
        Served(home=home, env=variables(service.url)) as served,
    ):
        page = look(served)
        page.set_default_timeout(90_000)
        ask(page, "hi")
        page.locator(".latest .tools").wait_for()
        assert page.evaluate("document.querySelector('.text').textContent.length") > 9_000_000


def test_two_pages_see_each_others_turns_and_both_survive_a_reload(
    demo: Served, home: Path, look: Look
) -> None:
    first, second = look(demo), look(demo)
    ask(first, "from the first")
    second.locator("#list").filter(has_text="Nothing").wait_for()
    first.locator(".latest .tools").wait_for()
    second.keyboard.press("Escape")
    second.evaluate("window.dispatchEvent(new Event('focus'))")
    second.locator(".session").filter(has_text="from the first").click()
    second.locator(".answer .text").filter(has_text="demo").wait_for()
    ask(second, "from the second")
    first.locator(".question").filter(has_text="from the second").wait_for()
    first.locator("article").nth(1).locator(".tools").wait_for(state="attached")
    azchat("ask", "-c", "from the terminal", home=home)
    for page in (first, second):
        page.locator(".question").filter(has_text="from the terminal").wait_for()
        page.reload()
        page.locator("article").nth(2).wait_for()


def test_a_page_that_comes_late_sees_the_turn_that_goes_on(home: Path, look: Look) -> None:
    with (
        Scripted(half("The begin")) as service,
        Served(home=home, env=variables(service.url)) as served,
    ):
        page = look(served)
        ask(page, "hi")
        page.locator(".text").filter(has_text="The begin").wait_for()
        page.close()
        other = look(served)
        other.locator(".session").click()
        other.locator(".text").filter(has_text="The begin").wait_for()
        other.locator("#stop").click()
        other.locator(".mark").wait_for()


def test_keys_edit_retry_fork_search_and_begin_anew(demo: Served, look: Look) -> None:
    page = look(demo)
    ask(page, "one")
    page.locator(".latest .tools").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert page.input_value("#text") == "one"
    assert page.locator("#replacing").is_visible()
    ask(page, "two")
    page.locator(".question").filter(has_text="two").wait_for()
    page.locator(".latest .tools").wait_for()
    assert page.locator("article").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.locator(".session").nth(1).wait_for()
    page.keyboard.press("n")
    assert page.locator("#hello").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("nowhere")
    page.locator(".nothing").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


def test_a_call_is_consented_to_by_keys_with_edited_arguments(home: Path, look: Look) -> None:
    (home / "a.txt").write_text("inside")
    flags = ("--demo", "-T", "read_file", "--tool-choice", "read_file")
    with Served(*flags, home=home) as served:
        page = look(served)
        ask(page, "read it")
        page.locator(".consent:focus").wait_for()
        page.keyboard.press("y")  # too soon: it was meant for another place
        page.wait_for_timeout(800)
        page.keyboard.press("e")
        page.fill(".consent textarea", '{"path": "a.txt"}')
        page.locator(".consent .main").click()
        page.locator(".latest .tools").wait_for()
        assert "inside" in page.locator(".result").inner_text()


def test_files_are_pasted_and_dropped_and_a_picture_is_shown(demo: Served, look: Look) -> None:
    page = look(demo)
    picture = base64.b64decode(PIXEL)
    with page.expect_file_chooser() as chosen:
        page.locator("#attach").click()
    chosen.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture})
    page.locator("#files li").wait_for()
    give = """name => {
      const data = new DataTransfer();
      data.items.add(new File(['words'], name, {type: 'text/plain'}));
      const about = {clipboardData: data, dataTransfer: data, bubbles: true, cancelable: true};
      const kind = name.startsWith('p') ? ClipboardEvent : DragEvent;
      document.querySelector('#text').dispatchEvent(
        new kind(name.startsWith('p') ? 'paste' : 'drop', about));
    }"""
    page.evaluate(give, "pasted.txt")
    page.evaluate(give, "dropped.txt")
    page.locator("#files li").nth(2).wait_for()
    ask(page, "What is it?")
    page.locator(".latest .tools").wait_for()
    assert page.locator(".question img").evaluate("img => img.naturalWidth") == 1
    assert page.locator(".question details").count() == 2


def test_a_long_session_opens_at_its_end_and_shows_earlier_turns(home: Path, look: Look) -> None:
    azchat("ask", "--demo", "first", home=home)
    store = Store(home / ".local/share/azchat", print)
    from azchat.events import TextDelta
    from azchat.messages import Message, Text

    for number in range(500):
        journal = store.begin(Message.user(Text(f"question {number}")), session=1)
        journal.receive(TextDelta(f"answer {number}\n\n```py\nx = {number}\n```", 1, 0.0))
        journal.finish()
    store.close()
    with Served("--demo", home=home) as served:
        page = look(served)
        page.locator(".session").click()
        page.locator(".question").filter(has_text="question 499").wait_for()
        assert page.locator("article").count() == 20
        assert page.locator("article").last.bounding_box()["y"] < 800  # type: ignore[index]
        page.locator("#earlier").click()
        page.locator("article").nth(39).wait_for(state="attached")


def test_a_wrong_or_missing_secret_locks_the_page(demo: Served, browser: "Browser") -> None:
    for link in (f"{demo.origin}/", f"{demo.origin}/#wrong"):
        context = browser.new_context()
        page = context.new_page()
        page.goto(link)
        page.locator("h2").filter(has_text="locked").wait_for()
        assert page.locator("#compose").is_hidden()
        context.close()


@pytest.mark.parametrize("width", [320, 390, 700, 1100])
def test_nothing_stands_out_of_any_width(demo: Served, look: Look, width: int) -> None:
    demo.answered("Compare the sorting algorithms")
    page = look(demo, viewport={"width": width, "height": 700})
    if width < 800:
        page.locator("#menu").click()
    page.locator(".session").click()
    page.locator(".latest .tools").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#send").bounding_box()["x"] < width - 40  # type: ignore[index]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_systems_light(demo: Served, look: Look, scheme: str) -> None:
    page = look(demo, color_scheme=scheme, reduced_motion="reduce")
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    is_dark = sum(map(int, re.findall(r"\d+", colour)[:3])) < 200
    assert is_dark == (scheme == "dark")
