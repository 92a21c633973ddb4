"""What is wrong with an answer that a finish reason, or its emptiness, says is not whole."""

from azchat.errors import AzchatError, IncompleteError
from azchat.messages import Usage
from azchat.wire.safety import stopped, tell
from azchat.wire.said import Answer

REFUSED = "the model refused to answer"
TRY_AGAIN = "ask again; if it stays so, see: azchat info"
_REPHRASE = "what came of it does not count, and does not go back: rephrase, or ask another model"
_PARSER = "switch on the server's parser for the calls of this model, or ask without tools"
_IN_THINKING = (
    "the answer may be in the thinking: see it with --thinking live or azchat sessions think; "
    "often the server's reasoning parser is not the model's"
)
_ALL_THINKING = "length limit: all {}tokens went to thinking, none to the answer"
_LONGEST = 200  # characters of a service's words


def broken_off(answer: Answer, usage: Usage) -> AzchatError | None:
    """Return why the answer is not whole, where its finish reason says that it is not."""
    reason = shortened(answer.ending.reason or "")
    match answer.ending.meaning:
        case "length":
            return _length_limit(answer, usage)
        case "context":
            hint = "ask for less, or anew without what was said before"
            return IncompleteError(
                "length limit reached: the model's context is full", hint, code="length"
            )
        case "filter" if answer.refused is not None:
            return IncompleteError(f"{REFUSED}{answer.refused}", _REPHRASE, code="filter_answer")
        case "filter":
            names = stopped(answer.findings) or ("" if reason == "content_filter" else reason)
            what = f"content filter stopped the answer{': ' if names else ''}{names}"
            hint = "rephrase the prompt and ask again"
            return tell(IncompleteError(what, hint, code="filter_answer"), answer.findings)
        case "failure" if reason.startswith("cancel"):
            return IncompleteError("the response was cancelled", "ask again", code="failure")
        case "failure":
            return IncompleteError(
                f"service error: finish reason {reason}", TRY_AGAIN, code="failure"
            )
        case "unknown":
            what = f"the answer ended with a finish reason that azchat does not know: {reason}"
            return IncompleteError(what, "look whether it is whole", code="finish_reason")
        case _:
            return None


def empty(answer: Answer) -> IncompleteError | None:
    """Return that there is no answer, where neither a word nor a call came, or a call as text."""
    if name := answer.labels.called:
        return IncompleteError(
            f"a tool call came as text, so nothing was run: {name}", _PARSER, code="tool_text"
        )
    if answer.labels.has_text or answer.calls.close():
        return None
    what = "empty answer: only thinking came" if answer.labels.has_reasoning else "empty answer"
    if answer.labels.unclosed:
        what = "the thinking never ended, so there is no answer"
    hint = f"ask again; {_IN_THINKING}" if answer.labels.has_reasoning else TRY_AGAIN
    return IncompleteError(what, hint, code="empty")


def shortened(words: str, most: int = _LONGEST) -> str:
    """Return a service's words as one short line."""
    words = " ".join(words.split())
    return words if len(words) <= most else words[: most - 1] + "…"


def _length_limit(answer: Answer, usage: Usage) -> IncompleteError:
    if answer.labels.has_text or not (answer.labels.has_reasoning or usage.reasoning):
        hint = "raise it with --max-tokens, or ask for less"
        return IncompleteError("length limit reached", hint, code="length")
    tokens = usage.completion
    if not tokens:
        hint = "raise it with --max-tokens, or lower --effort"
        return IncompleteError(_ALL_THINKING.format(""), hint, code="length")
    hint = f"ask again with --max-tokens {2 * tokens}, or for less thinking with --effort low"
    error = IncompleteError(_ALL_THINKING.format(f"{tokens} "), hint, code="length")
    error.again = ("--max-tokens", str(2 * tokens))
    return error
