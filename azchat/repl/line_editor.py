"""The chat's line editor: several lines, arrows, $EDITOR; for the prompt and for questions."""

import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, Filter, emacs_mode, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.styles import Style

from azchat.errors import Interrupted, LocalError
from azchat.files import read_whole
from azchat.repl.toolkit import Endings, terminal_input
from azchat.terminal.confirmation import ControllingTerminal
from azchat.wire.surrogates import mend

TERMINAL = Path("/dev/tty")
_EDITORS = ("sensible-editor", "editor", "nano", "vi")
_AFTER_ESCAPE = 0.3  # seconds; behind it comes what Escape may begin


def editing_keys(is_typing: Filter, edit: Callable[[str], str]) -> KeyBindings:
    """Return the keys that begin a line, or hand the text to ``edit``, which returns it."""
    keys = KeyBindings()

    @keys.add("c-j", filter=is_typing)
    @keys.add("escape", "enter", filter=is_typing & emacs_mode)  # Escape is a key in vi
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-g", filter=is_typing)
    @keys.add("c-x", "c-e", filter=is_typing)
    def _edit(event: KeyPressEvent) -> None:
        buffer = event.current_buffer

        async def leave_terminal() -> None:
            text = await run_in_terminal(lambda: edit(buffer.text), in_executor=True)
            buffer.document = Document(text, len(text))

        event.app.create_background_task(leave_terminal())

    return keys


def edit_line(
    label: str,
    draft: str,
    variables: Mapping[str, str],
    is_whole: Callable[[str], bool] | None = None,
) -> str | None:
    """Return ``draft`` as the user left it; None where they gave up, or without a terminal.

    Enter ends it; of several lines, once it ``is_whole``, or behind an empty line.
    """
    keys = editing_keys(has_focus(DEFAULT_BUFFER), partial(_edited, variables))

    @keys.add("enter")
    @keys.add("enter" if is_whole else "c-j")  # what Enter was before the editor was there
    def _end(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        is_left = buffer.text.endswith("\n") and is_at_end()  # the question tells what is wrong
        if is_whole is None or is_whole(buffer.text) or is_left:
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    is_at_end = Condition(lambda: get_app().current_buffer.document.is_cursor_at_the_end)

    @keys.add("escape")
    @keys.add("c-d", filter=is_at_end)
    def _give_up(event: KeyPressEvent) -> None:
        event.app.exit(result=None)

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(event.data.replace("\r\n", "\n").replace("\r", "\n"))

    try:
        reading = TERMINAL.open(encoding="utf-8", errors="surrogateescape")
        writing = TERMINAL.open("w", encoding="utf-8")
    except OSError:
        return None
    with closing(reading), closing(writing), Endings() as endings:
        session: PromptSession[str | None] = PromptSession(
            [("class:prompt", label)],
            multiline=True,
            key_bindings=keys,
            style=Style.from_dict({"prompt": "bold"}),
            input=terminal_input(reading),
            output=create_output(stdout=writing),
        )
        session.app.timeoutlen = session.app.ttimeoutlen = _AFTER_ESCAPE
        try:
            typed = session.prompt(default=draft, pre_run=endings.listen, handle_sigint=False)
        except KeyboardInterrupt:
            raise Interrupted(signal.SIGINT) from None
        return None if typed is None else mend(typed)


def _edited(variables: Mapping[str, str], text: str) -> str:
    try:
        return in_editor(text, variables, ".json")
    except LocalError as error:
        ControllingTerminal().write(f"{error.what}\n")
        return text


def in_editor(text: str, variables: Mapping[str, str], suffix: str) -> str:
    """Return the text as the user's editor left it; raises ``LocalError``."""
    found = filter(shutil.which, _EDITORS)
    editor = variables.get("VISUAL") or variables.get("EDITOR") or next(found, "vi")
    with TemporaryDirectory(prefix="azchat-") as folder:  # of mode 0700
        path = Path(folder, f"edit{suffix}")
        path.write_text(text, encoding="utf-8")
        try:
            with TERMINAL.open("r+b", buffering=0) as terminal:
                command = [*shlex.split(editor), str(path)]
                done = subprocess.run(  # noqa: S603 - the user's own words, without a shell
                    command, check=False, stdin=terminal, stdout=terminal
                )
            changed = read_whole(path).decode().removesuffix("\n")
        except (OSError, ValueError) as error:
            why = str(getattr(error, "strerror", None) or error).lower()
            raise LocalError(f"cannot use {editor}: {why}", "set VISUAL or EDITOR") from None
    if done.returncode:
        raise LocalError(f"{editor} ended with {done.returncode}", "set VISUAL or EDITOR")
    return changed
