"""Lets the user change a text: in their editor, or on a line that holds it already."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from azchat.errors import LocalError
from azchat.files import read_whole


def edit(text: str, editor: str, is_whole: Callable[[str], bool]) -> str:
    """Return the text as the user left it.

    On the line, Enter ends it once it ``is_whole``. Raises ``LocalError``, and ``EOFError`` where
    the user gave up.
    """
    return _in_editor(text, editor) if editor else _on_line(text, is_whole)


def _in_editor(text: str, editor: str) -> str:
    with TemporaryDirectory(prefix="azchat-") as folder:  # of mode 0700
        path = Path(folder, "edit.json")
        path.write_text(f"{text}\n", encoding="utf-8")
        try:
            with Path("/dev/tty").open("r+b", buffering=0) as terminal:
                command = [*shlex.split(editor), str(path)]
                done = subprocess.run(  # noqa: S603 - the user's own words, without a shell
                    command, check=False, stdin=terminal, stdout=terminal
                )
            changed = read_whole(path).decode()
        except (OSError, ValueError) as error:
            why = str(getattr(error, "strerror", None) or error).lower()
            raise LocalError(f"cannot use {editor}: {why}", "set VISUAL or EDITOR") from None
    if done.returncode:
        raise LocalError(f"{editor} ended with {done.returncode}", "set VISUAL or EDITOR")
    return changed


def _on_line(text: str, is_whole: Callable[[str], bool]) -> str:
    from prompt_toolkit.input.defaults import create_input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output.defaults import create_output
    from prompt_toolkit.shortcuts import PromptSession

    keys = KeyBindings()

    @keys.add("enter")
    def _end(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_whole(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    with Path("/dev/tty").open("w", encoding="utf-8") as terminal:
        session: PromptSession[str] = PromptSession(
            "Arguments: ",
            multiline=True,
            key_bindings=keys,
            input=create_input(always_prefer_tty=True),
            output=create_output(stdout=terminal),
        )
        return session.prompt(default=text)
