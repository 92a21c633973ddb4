"""Scenarios that are event streams. Each is the list of what the socket says, in order.

The text of an answer of n tokens is ``payloads.text_of(n)``; tokens are ``ms`` apart.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import count

from tests.faults.connection import Request
from tests.faults.payloads import (
    DONE,
    FILTERED,
    JSON,
    SERVER_ERROR,
    USAGE,
    chunk,
    content,
    event,
    tokens,
)
from tests.faults.scenario import End, Parameters, Pause, Step, stream
from tests.faults.speech import CHAT, speech_of

_MIB = 1 << 20


def _paced(parameters: Parameters, events: Iterable[bytes]) -> Iterator[Step]:
    """Put the pause of ``ms`` between events."""
    seconds = parameters.number("ms") / 1000
    for i, one in enumerate(events):
        if i and seconds:
            yield Pause(seconds)
        yield one


def _answer(request: Request, parameters: Parameters) -> Iterator[Step]:
    say = speech_of(request)
    yield say.begin
    yield from _paced(parameters, map(say.text, tokens(parameters.number("n"))))


def _end(request: Request, finish: str = "stop") -> Iterator[Step]:
    """End well: a finish reason, the usage if it was asked for, the end mark."""
    say = speech_of(request)
    yield say.finish(finish)
    if request.json().get("stream_options", {}).get("include_usage"):
        yield say.usage()
    yield say.done


@stream("ok", n=10)
def ok(request: Request, p: Parameters) -> Iterator[Step]:
    """A good answer."""
    yield from _answer(request, p)
    yield from _end(request)


@stream("slow", n=20, ms=1000)
def slow(request: Request, p: Parameters) -> Iterator[Step]:
    """Slow but alive: every token arrives before the idle timeout."""
    yield from ok(request, p)


@stream("infinite", endless=True)
def infinite(request: Request, p: Parameters) -> Iterator[Step]:
    """An endless stream."""
    yield speech_of(request).begin
    yield from _paced(p, (speech_of(request).text(f"{' ' if i else ''}tok{i}") for i in count()))


@stream("think", n=10, r=5, closed=1, implicit=0, field="content")
def think(request: Request, p: Parameters) -> Iterator[Step]:
    """Reasoning of ``r`` tokens in tags, without one of the tags, or in a field of its own.

    ``field``: content (tags), reasoning_content, reasoning, details (OpenRouter's list
    beside the string), list (Mistral's content parts), mai (an encrypted object at the end).
    """
    field, words = p.text("field"), tokens(p.number("r"), "think")
    yield speech_of(request).begin
    if field == "content":
        opening = [] if p.number("implicit") else ["<think>", "\n"]
        closing = ["\n</thi", "nk>\n\n"] if p.number("closed") else ["\n"]
        deltas: list[JSON] = [{"content": t} for t in [*opening, *words, *closing]]
    else:
        deltas = [_reasoning(field, t) for t in words]
    answer = tokens(p.number("n"))
    say = speech_of(request)
    if say is not CHAT:
        told = [str(delta.get("content")) for delta in deltas]
        texts = map(say.text, (*told, *answer)) if field == "content" else map(say.text, answer)
        thoughts = [] if field == "content" else map(say.thought, words)
        yield from _paced(p, (*thoughts, *texts))
        yield from _end(request)
        return
    deltas += [{"content": t} for t in answer]
    if field == "mai":
        blob = {"encrypted_content": "ZmF1bHQ=", "content": None, "summary": None}
        deltas.append({"content": None, "reasoning": blob})
    yield from _paced(p, (event(chunk(delta)) for delta in deltas))
    yield from _end(request)


def _reasoning(field: str, text: str) -> JSON:
    match field:
        case "details":
            detail = {"type": "reasoning.text", "text": text, "signature": None, "index": 0}
            return {"content": "", "reasoning": text, "reasoning_details": [detail]}
        case "list":
            part = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
            return {"content": [part]}
        case "mai":
            return {"content": ""}
    return {"content": "", field: text}


@stream("miderror", n=10, form="openai", msg=SERVER_ERROR)
def miderror(request: Request, p: Parameters) -> Iterator[Step]:
    """An error event after n chunks of a 200 answer, in the form of one service.

    ``{key}`` in ``msg`` becomes the caller's key.

    ``form``: openai, vllm, old, openrouter, mai, event, bare (event: error without an
    ``error`` key), field (an ``error:`` line, as llama.cpp).
    """
    yield from _answer(request, p)
    yield speech_of(request).error(p.text("form"), p.text("msg").replace("{key}", request.key))


@stream("cut", n=10)
def cut(request: Request, p: Parameters) -> Iterator[Step]:
    """The connection is cut: FIN inside a chunk."""
    yield from _answer(request, p)
    yield End.CUT


@stream("rst", n=10)
def rst(request: Request, p: Parameters) -> Iterator[Step]:
    """The connection is cut by a TCP RST, 50 ms after the last token."""
    yield from _answer(request, p)
    # A RST discards what the peer has not read yet.
    yield Pause(0.05)
    yield End.RST


@stream("cutclean", n=10)
def cutclean(request: Request, p: Parameters) -> Iterator[Step]:
    """A clean end of HTTP without finish_reason and without [DONE]."""
    yield from _answer(request, p)


@stream("nodone", n=10)
def nodone(request: Request, p: Parameters) -> Iterator[Step]:
    """A finish_reason, but no [DONE]."""
    yield from _answer(request, p)
    yield speech_of(request).finish("stop")


@stream("nofinish", n=10)
def nofinish(request: Request, p: Parameters) -> Iterator[Step]:
    """[DONE], but no finish_reason."""
    yield from _answer(request, p)
    yield DONE


@stream("noclose", n=10)
def noclose(request: Request, p: Parameters) -> Iterator[Step]:
    """The socket is kept open, and the body unfinished, after [DONE]."""
    yield from ok(request, p)
    yield End.HOLD


@stream("stall", n=10)
def stall(request: Request, p: Parameters) -> Iterator[Step]:
    """Silence after n tokens."""
    yield from _answer(request, p)
    yield End.HOLD


@stream("dripcomment", endless=True, tokens=3, ms=200)
def dripcomment(request: Request, p: Parameters) -> Iterator[Step]:
    """Comment lines for ever after a few tokens: the connection lives, the answer does not."""
    yield speech_of(request).begin
    for text in tokens(p.number("tokens")):
        yield speech_of(request).text(text)
    yield from _paced(p, (b": ping\n\n" for _ in count()))


@stream("badjson", n=10)
def badjson(request: Request, p: Parameters) -> Iterator[Step]:
    """An event whose JSON is malformed, after n good ones."""
    yield from _answer(request, p)
    yield speech_of(request).text("tok")[:-10] + b"\n\n"
    yield from _end(request)


@stream("nonobject", n=10, kind="42")
def nonobject(request: Request, p: Parameters) -> Iterator[Step]:
    """An event that is JSON but no object, or whose inside has the wrong types.

    ``kind``: 42, list, null, string, choices (a list of numbers), delta (a string),
    content (a number), nochoices.
    """
    kinds: dict[str, object] = {
        "42": 42,
        "list": [],
        "null": None,
        "string": '"text"',
        "choices": {**chunk({}), "choices": [42]},
        "delta": {**chunk({}), "choices": [{"index": 0, "delta": "text"}]},
        "content": content("") | {"choices": [{"index": 0, "delta": {"content": 42}}]},
        "nochoices": {"id": "x", "choices": None},
    }
    yield from _answer(request, p)
    yield event(kinds[p.text("kind")])
    yield from _end(request)


@stream("surrogate")
def surrogate(request: Request, p: Parameters) -> Iterator[Step]:
    r"""A lone ``\ud800`` in the content: ``a?b`` with the surrogate for the ?."""
    yield speech_of(request).begin
    yield speech_of(request).text("a\ud800b")
    yield from _end(request)


@stream("crlf", n=10)
def crlf(request: Request, p: Parameters) -> Iterator[Step]:
    """Lines end in CRLF, and some writes end between the two."""
    for step in ok(request, p):
        if isinstance(step, bytes):
            line = step.replace(b"\n", b"\r\n")
            yield line[:-1]
            yield line[-1:]
        else:
            yield step


@stream("cr", n=10)
def cr(request: Request, p: Parameters) -> Iterator[Step]:
    """Lines end in a bare CR."""
    for step in ok(request, p):
        yield step.replace(b"\n", b"\r") if isinstance(step, bytes) else step


SPLIT = "a🙂b é 漢字 👩‍👩‍👧 z"


@stream("split")
def split(request: Request, p: Parameters) -> Iterator[Step]:
    """Every byte is a TCP write of its own; the text is ``SPLIT``, with emoji as raw UTF-8."""
    say = speech_of(request)
    text = say.text("\0").replace(b"\\u0000", SPLIT.encode())
    whole = say.begin + text + say.finish("stop") + say.done
    yield from _paced(p, (bytes([byte]) for byte in whole))


@stream("comment", n=10)
def comment(request: Request, p: Parameters) -> Iterator[Step]:
    """A comment before each event, an empty one and one inside an event."""
    yield b":\n\n: OPENROUTER PROCESSING\n\n"
    for step in ok(request, p):
        yield b": ping\n" + step if isinstance(step, bytes) else step


@stream("nospace", n=10)
def nospace(request: Request, p: Parameters) -> Iterator[Step]:
    """``data:`` without a space."""
    for step in ok(request, p):
        yield step.replace(b"data: ", b"data:") if isinstance(step, bytes) else step


@stream("idretry", n=10)
def idretry(request: Request, p: Parameters) -> Iterator[Step]:
    """``id``, ``event``, ``retry`` and unknown fields beside ``data``."""
    for i, step in enumerate(ok(request, p)):
        fields = f"id: {i}\nevent: message\nretry: 10\nfoo\n".encode()
        yield fields + step if isinstance(step, bytes) else step


@stream("bom", n=10)
def bom(request: Request, p: Parameters) -> Iterator[Step]:
    """A byte order mark before the first event, which has the first token."""
    yield "\ufeff".encode()
    yield from list(_answer(request, p))[1:]
    yield from _end(request)


@stream("multidata", n=10)
def multidata(request: Request, p: Parameters) -> Iterator[Step]:
    """Several ``data:`` lines in one event: together they are one JSON text."""
    for step in _answer(request, p):
        if isinstance(step, bytes):
            for one in filter(None, step.split(b"\n\n")):
                name, _, data = one.rpartition(b"data: ")
                pretty = json.dumps(json.loads(data), indent=1)
                lines = "".join(f"data: {line}\n" for line in pretty.split("\n"))
                yield name + lines.encode() + b"\n"
        else:
            yield step
    yield from _end(request)


@stream("bigevent", mb=10)
def bigevent(request: Request, p: Parameters) -> Iterator[Step]:
    """One event of ``mb`` MiB: the text is that many letters x."""
    before, _, after = speech_of(request).text("\0").partition(b"\\u0000")
    yield speech_of(request).begin
    yield before
    for _ in range(p.number("mb")):
        yield b"x" * _MIB
    yield after
    yield from _end(request)


@stream("biglines", mb=200)
def biglines(request: Request, p: Parameters) -> Iterator[Step]:
    """``mb`` MiB without a newline, after one token."""
    yield speech_of(request).text("tok0")
    yield speech_of(request).text("\0").partition(b"\\u0000")[0]
    block = b"x" * _MIB
    for _ in range(p.number("mb")):
        yield block


@stream("usageonly", n=10)
def usageonly(request: Request, p: Parameters) -> Iterator[Step]:
    """The first chunk has no choices, only the filter's results for the prompt."""
    results = [{"prompt_index": 0, "content_filter_results": {"jailbreak": {"filtered": False}}}]
    first = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "usage": None}
    yield event({**first, "prompt_filter_results": results})
    yield from ok(request, p)


@stream("asyncfilter", n=10, blocked=0)
def asyncfilter(request: Request, p: Parameters) -> Iterator[Step]:
    """Chunks without ``delta`` from the asynchronous filter, also after the finish.

    ``blocked=1``: the late one takes the finished answer back.
    """
    note = chunk(None)
    offsets = {"check_offset": 44, "start_offset": 44, "end_offset": 198}
    note["choices"][0] |= {"content_filter_results": {}, "content_filter_offsets": offsets}
    yield from _answer(request, p)
    yield event(note)
    yield event(chunk({}, "stop"))
    late = chunk(None, "content_filter" if p.number("blocked") else None)
    late["choices"][0]["content_filter_results"] = {
        "protected_material_text": {"detected": bool(p.number("blocked")), "filtered": False}
    }
    yield event(late)
    yield DONE


@stream("length", n=10, empty=0)
def length(request: Request, p: Parameters) -> Iterator[Step]:
    """finish_reason length; ``empty=1``: all tokens went to reasoning, no answer came."""
    if p.number("empty"):
        yield speech_of(request).begin
        yield from _paced(p, map(speech_of(request).thought, tokens(p.number("n"), "think")))
    else:
        yield from _answer(request, p)
    yield from _end(request, "length")


@stream("finish", n=10, reason="eos_token")
def finish(request: Request, p: Parameters) -> Iterator[Step]:
    """Any other finish_reason."""
    yield from _answer(request, p)
    yield from _end(request, p.text("reason"))


@stream("empty")
def empty(request: Request, p: Parameters) -> Iterator[Step]:
    """finish_reason stop, but not one character of an answer."""
    yield speech_of(request).begin
    yield from _end(request)


def _filtered(request: Request, p: Parameters) -> Iterator[Step]:
    yield from _answer(request, p)
    yield speech_of(request).finish("content_filter", FILTERED)


@stream("filter", n=10)
def filter_(request: Request, p: Parameters) -> Iterator[Step]:
    """finish_reason content_filter; the category is violence."""
    yield from _filtered(request, p)
    yield speech_of(request).done


@stream("filternodone", n=10)
def filternodone(request: Request, p: Parameters) -> Iterator[Step]:
    """finish_reason content_filter, closed without [DONE]."""
    yield from _filtered(request, p)


@stream("usage", n=10)
def usage(request: Request, p: Parameters) -> Iterator[Step]:
    """Usage on every chunk, growing: the last one counts, the sum does not."""
    yield speech_of(request).begin
    for i, text in enumerate(tokens(p.number("n")), 1):
        so_far = {"prompt_tokens": 11, "completion_tokens": i, "total_tokens": 11 + i}
        yield event({**content(text), "usage": so_far})
    yield event({**chunk({}, "stop"), "usage": USAGE})
    yield DONE
