"""The prompt: editing, history, keys, completion, the bottom toolbar. prompt-toolkit's home."""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.styles import Style

from azchat.errors import AzchatError, Interrupted
from azchat.render.safe import visible
from azchat.repl import Leave
from azchat.repl.blocks import is_open, unquoted
from azchat.repl.completing import Choice, completions
from azchat.repl.endings import Endings
from azchat.wire.surrogates import mend

_INVITATION = "a question, or /help"
_LONGEST_KEPT = 65_536  # characters of an entry of the history's file
_GREY = "fg:ansibrightblack"
_STYLE = Style.from_dict(
    {"prompt": "bold", "bottom-toolbar": f"noreverse {_GREY}", "invitation": _GREY}
)
# Terminals that tell Shift+Enter from Enter, in their two ways of saying it.
_SHIFT_ENTER = ("\x1b[27;2;13~", "\x1b[13;2u")


class Prompt:
    """Asks for the next line or block; ``toolbar`` and ``complete`` are asked while typing.

    ``on_cleared``: what was typed was thrown away. ``redact`` takes keys out of the history.
    """

    def __init__(
        self,
        *,
        history: Path | None,
        toolbar: Callable[[], str],
        complete: Callable[[str], Iterable[Choice]],
        on_thinking: Callable[[], None],
        on_cleared: Callable[[], None],
        say: Callable[[str], None],
        redact: Callable[[str], str],
        is_colourful: bool,
    ) -> None:
        for sequence in _SHIFT_ENTER:
            ANSI_SEQUENCES[sequence] = (Keys.Escape, Keys.ControlM)
        self._say = say
        self._is_new = True  # nothing was asked yet
        self._has_interrupted = False  # Ctrl-C at an empty prompt: the next one leaves
        self._session: PromptSession[str] = PromptSession(
            multiline=True,
            history=_history(history, redact),
            key_bindings=self._bindings(on_thinking, on_cleared),
            completer=_Completer(complete),
            complete_while_typing=False,
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=lambda: [("class:bottom-toolbar", visible(toolbar()))],
            prompt_continuation=_continuation,
            placeholder=self._invitation,
            enable_suspend=True,
            tempfile_suffix=".md",
            style=_STYLE,
            color_depth=None if is_colourful else ColorDepth.DEPTH_1_BIT,
            include_default_pygments_style=False,
            # The terminal itself: what Python calls stdout is redirected while commands run.
            output=create_output(open(1, "w", encoding="utf-8", closefd=False)),  # noqa: SIM115
        )

    def ask(self, draft: str = "") -> str:
        """Return what was typed; raises ``Leave`` at the end, ``Interrupted`` by a signal."""
        while True:
            text = ""
            try:
                with Endings() as endings:
                    text = self._session.prompt(
                        [("class:prompt", "> ")], default=draft, pre_run=endings.listen
                    )
            except EOFError:
                raise Leave from None
            except (KeyboardInterrupt, Interrupted) as error:
                if isinstance(error, Interrupted) and error.signal != signal.SIGINT:
                    raise
                if self._has_interrupted and not text:
                    raise Leave from None
                self._has_interrupted = True
                draft = text  # was it sent just before Ctrl-C, it is still there
                continue
            self._has_interrupted = self._is_new = False
            return mend(unquoted(text))

    def _invitation(self) -> StyleAndTextTuples:
        is_shown = self._is_new and not get_app().is_done
        return [("class:invitation", _INVITATION)] if is_shown else []

    def _bindings(
        self, on_thinking: Callable[[], None], on_cleared: Callable[[], None]
    ) -> KeyBindings:
        keys = KeyBindings()
        is_typing = has_focus(DEFAULT_BUFFER)  # not searching the history

        @keys.add("enter", filter=is_typing)
        def _send(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if is_open(buffer.text):
                buffer.insert_text("\n")
            elif buffer.complete_state and buffer.complete_state.current_completion:
                buffer.complete_state = None
            else:
                buffer.validate_and_handle()

        @keys.add("c-j", filter=is_typing)
        @keys.add("escape", "enter", filter=is_typing)
        def _new_line(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add("c-g", filter=is_typing)
        @keys.add("c-x", "c-e", filter=is_typing)
        def _edit(event: KeyPressEvent) -> None:
            event.current_buffer.open_in_editor(validate_and_handle=False)

        @keys.add("c-t")
        def _think(event: KeyPressEvent) -> None:
            del event
            run_in_terminal(on_thinking)

        @keys.add("c-c", filter=is_typing)
        def _interrupt(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if buffer.text:
                self._has_interrupted = False
                buffer.reset()
                on_cleared()
            elif self._has_interrupted:
                event.app.exit(exception=Leave())
            else:
                self._has_interrupted = True
                run_in_terminal(lambda: self._say("Ctrl-C again, or Ctrl-D, leaves"))

        @keys.add(Keys.Any, filter=is_typing)
        def _type(event: KeyPressEvent) -> None:
            self._has_interrupted = False
            event.current_buffer.insert_text(event.data * event.arg)

        return keys


class _Completer(Completer):
    def __init__(self, complete: Callable[[str], Iterable[Choice]]) -> None:
        self._complete = complete

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        del event
        with suppress(AzchatError):  # the store's: the next command tells
            for choice in completions(document.text_before_cursor, self._complete):
                yield Completion(choice.text, -choice.replaces, display_meta=visible(choice.about))


class _PrivateHistory(FileHistory):
    """The lines of all runs, in a file that only its owner reads; without keys."""

    def __init__(self, file: Path, redact: Callable[[str], str]) -> None:
        super().__init__(file)
        self._redact = redact

    def store_string(self, string: str) -> None:
        """Keep what was sent; that it cannot be kept ends no chat."""
        if len(string) > _LONGEST_KEPT:
            return
        with suppress(OSError):
            _make_private(Path(os.fsdecode(self.filename)))
            super().store_string(self._redact(mend(string)))


def _history(file: Path | None, redact: Callable[[str], str]) -> History:
    if file is None:
        return InMemoryHistory()
    try:
        _make_private(file)
    except OSError:
        return InMemoryHistory()
    return _PrivateHistory(file, redact)


def _make_private(file: Path) -> None:
    flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
    os.close(os.open(file, flags, 0o600))
    file.chmod(0o600)


def _continuation(width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
    del line_number, wrap_count
    return [("class:prompt", "· ".rjust(width))]
