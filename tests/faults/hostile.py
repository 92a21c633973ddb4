"""Scenarios whose answer's text attacks the terminal, the reader's eye or the renderer."""

from collections.abc import Iterator

from tests.faults.connection import Request
from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scenario import Parameters, Pause, Step, stream

# One of each kind; the words between them must stay readable.
ESCAPES = (
    "colour \x1b[31mred\x1b[0m "
    "clear \x1b[2J\x1b[H "
    "clipboard \x1b]52;c;c2stQ0FOQVJZ\x07 "
    "title \x1b]0;owned\x07 \x1b]2;owned\x1b\\ "
    "link \x1b]8;;https://evil.test\x1b\\good.test\x1b]8;;\x1b\\ "
    "device \x1bP+q544e\x1b\\ \x1bP1$r0m\x1b\\ "
    "reset \x1bc "
    "alternate \x1b[?1049h\x1b[?1049l "
    "report \x1b[6n\x1b[c\x1b[5n "
    "mouse \x1b[?1003h "
    "scroll \x1b[5;10r "
    "apc \x1b_Gq=2;AAAA\x1b\\ pm \x1b^x\x1b\\ "
    "c1 \x9b31m \x9d0;owned\x9c \x90q\x9c "
    "bell \x07 delete \x7f back abc\x08\x08\x08xyz form \x0c tab \x0b "
    "shift \x0e\x0f nul \x00 "
    "over safe\rEVIL "
    "end"
)

INVISIBLE = (
    "bidi \u202eevil\u202c "
    "isolate \u2066x\u2069 \u2067y\u2069 \u2068z\u2069 "
    "marks \u200e\u200f\u061c "
    "tags \U000e0001\U000e0068\U000e0069\U000e007f "
    "zero \u200b\u2060\ufeff\u00ad "
    "selectors a\U000e0100b\U000e01efc "
    "lines \u2028\u2029\x85 "
)
HARMLESS = "emoji 👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽 cjk 漢字かな 한국어 é e\u0301 मराठी עברית end"
UNICODE = INVISIBLE + HARMLESS

MARKUP = (
    "A link [https://good.test](https://evil.test/x?q=1) and <https://auto.test/>.\n\n"
    "![image](https://evil.test/pixel.png) <img src='https://evil.test/p.png'>\n\n"
    "[red]literal[/red] [/nonexistent] [link=https://evil.test]label[/link] [bold [\n\n"
    "\\[escaped] :smile: {{braces}} %s {0}\n\n"
    "| a | b |\n|---|---|\n| [red] | `[/x]` |\n\n"
    "```python\nprint('[green]')\n```\n\n"
    "<script>alert(1)</script> <b>bold</b> &amp; &lt;\n"
)


def _say(request: Request, p: Parameters, text: str) -> Iterator[Step]:
    """Send the text in one event, or (``split=1``) one character per event."""
    yield event(chunk({"role": "assistant", "content": ""}))
    for piece in text if p.number("split") else [text]:
        yield event(content(piece))
        if p.number("ms"):
            yield Pause(p.number("ms") / 1000)
    yield event(chunk({}, "stop"))
    yield DONE


@stream("esc", split=0)
def esc(request: Request, p: Parameters) -> Iterator[Step]:
    """Terminal escapes of every kind in the answer; the text is ``ESCAPES``."""
    yield from _say(request, p, ESCAPES)


@stream("uni", split=0)
def uni(request: Request, p: Parameters) -> Iterator[Step]:
    """Bidi, tags, zero width; ZWJ emoji and CJK must survive; the text is ``UNICODE``."""
    yield from _say(request, p, UNICODE)


@stream("markup", split=0)
def markup(request: Request, p: Parameters) -> Iterator[Step]:
    """Markdown links that lie and Rich markup; the text is ``MARKUP``."""
    yield from _say(request, p, MARKUP)


@stream("wide", split=0, kind="word", n=1_000_000)
def wide(request: Request, p: Parameters) -> Iterator[Step]:
    """Text that is hard to lay out: ``kind`` word (no space), marks (combining), lines."""
    n = p.number("n")
    texts = {"word": "x" * n, "marks": "a" + "\u0301" * n, "lines": "x\n" * n}
    yield from _say(request, p, texts[p.text("kind")])


@stream("text", split=0, text="hello")
def text(request: Request, p: Parameters) -> Iterator[Step]:
    """Any text at all."""
    yield from _say(request, p, p.text("text"))
