"""The prompt: what the argument says, and what a pipe brings."""

import codecs
from pathlib import Path

from azchat.environment import Environment
from azchat.errors import InputError, UsageError, reason_of
from azchat.files import as_named, read_whole
from azchat.messages import fenced

CONTINUE = "Continue exactly where your last answer was cut off, without repeating anything."
"""What goes on with an answer that was cut."""
MAX_STDIN_BYTES = 8 * 1024 * 1024
_IN_A_LOOP = "in a loop add --no-stdin or < /dev/null"
_ALL_THE_SAME = "look at what fills it; to ask all the same: --allow-empty, or --no-stdin"


def read_prompt(
    env: Environment,
    argument: str | None,
    *,
    encoding: str,
    quiet: bool,
    reads_pipe: bool = True,
    takes_empty: bool = False,
) -> str:
    """Return the prompt: the argument, then the pipe as a fenced block.

    ``-`` as argument, or none at all: the pipe is the prompt. Raises ``UsageError`` when there
    is nothing to ask, beside an instruction too unless the user ``takes_empty``, ``InputError``
    when the pipe is no text. Nothing is read from a terminal.
    """
    words = _decode_argument(argument or "").strip()
    reads_pipe = reads_pipe and env.stdin.has_data
    is_shared = reads_pipe and words != "-" and env.stdin.is_shared()
    piped = _read_pipe(env, encoding, quiet) if reads_pipe else ""
    words = "" if words == "-" else words
    if not words and not piped.strip():
        raise UsageError("there is no question", 'ask one: azchat ask "..."  or pipe it in')
    if not piped.strip():
        if reads_pipe and not (is_shared or takes_empty):
            raise UsageError(
                "stdin is empty: there is nothing beside the instruction", _ALL_THE_SAME
            )
        return words
    if is_shared and not quiet:
        taken = "1 line" if (lines := len(piped.splitlines())) == 1 else f"{lines} lines"
        told = f"the rest of stdin, {taken}, went along as text; {_IN_A_LOOP}"
        env.stderr.write(f"azchat: {told}\n")
    return f"{words}\n\n{fenced(piped)}" if words else piped


def read_text(text: str) -> str:
    """Return ``text``, or the content of the file that ``@FILE`` names; ``@@`` is an at sign."""
    if text[:1] != "@" or text[:2] == "@@":
        return text[1:] if text[:2] == "@@" else text
    try:
        content = read_whole(as_named(Path(text[1:])), MAX_STDIN_BYTES)
    except (OSError, ValueError) as error:
        why = reason_of(error)
        hint = "check the path after the @; a text that begins with an @ is written @@…"
        raise InputError(f"cannot read {text[1:]}: {why}", hint) from None
    return _decode(content, "utf-8", text[1:])


def _read_pipe(env: Environment, encoding: str, quiet: bool) -> str:
    def tell() -> None:
        if not quiet:
            env.stderr.write("azchat: waiting for stdin; to leave it alone: --no-stdin\n")

    return _decode(env.stdin.read(MAX_STDIN_BYTES + 1, tell), encoding, "stdin")


def _decode(content: bytes, encoding: str, name: str) -> str:
    if len(content) > MAX_STDIN_BYTES:
        most = MAX_STDIN_BYTES // (1024 * 1024)
        raise InputError(f"{name} is larger than {most} MiB", "send less of it")
    try:
        codec = codecs.lookup(encoding)
    except LookupError:
        raise UsageError(f"there is no encoding {encoding!r}", "try utf-8 or latin-1") from None
    if codec.name == "utf-8" and content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name} is UTF-16, not UTF-8", "name it: --encoding utf-16")
    try:
        text = content.decode(codec.name)
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise InputError(
            f"{name} is not {encoding.upper()} (byte 0x{byte:02x} at {error.start})",
            "name its encoding with --encoding, such as latin-1; a picture is attached: --image -",
        ) from None
    except LookupError:  # a codec such as hex, which makes no text
        raise UsageError(f"{encoding} is no encoding of text", "try utf-8 or latin-1") from None
    except UnicodeError:
        raise InputError(f"{name} is not {encoding.upper()}", "name it with --encoding") from None
    if "\0" in text:
        raise InputError(f"{name} has NUL bytes in it", "attach a picture or a PDF: --attach -")
    return text.removeprefix("\ufeff")


def _decode_argument(text: str) -> str:
    """Return an argument that was not UTF-8 in a C locale as the text that it is."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        raise InputError("the prompt is not UTF-8", "pipe it in, with --encoding") from None
