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
from prompt_toolkit.enums import DEFAULT_BUFFER, EditingMode
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, vi_insert_mode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.styles import Style

from azchat.errors import AzchatError, Interrupted
from azchat.repl import Leave
from azchat.repl.folded import FoldedPastes
from azchat.repl.line_editor import editing_keys
from azchat.repl.loop import completions, last_thinking, show_thinking, toolbar
from azchat.repl.opened import OpenedThinking
from azchat.repl.reflowing import blank_rows, erase_what_was_broken, rows_that_fit
from azchat.repl.session import ReplSession
from azchat.repl.toolkit import Endings, as_typed, terminal_input, terminal_output
from azchat.terminal.safe import visible
from azchat.terminal.typed_ahead import ENDS_WITH, QUOTES, TypedAhead, is_open, unquoted
from azchat.wire.surrogates import mend

_INVITATION = "a question, or /help"
_BESIDE = 3  # lines of the screen that are not for the thinking
_LONGEST_KEPT = 65_536  # characters of an entry of the history's file
_GREY = "fg:ansibrightblack"
_STYLE = Style.from_dict(
    {"prompt": "bold", "bottom-toolbar": f"noreverse {_GREY}", "invitation": _GREY}
)
_UNFOLDS = "Tab behind it unfolds what was pasted · Ctrl+G edits it · it is sent whole"
_VI_ESCAPE = 0.05  # seconds; behind it comes what Escape may begin


class Prompt:
    """Asks for the next line or block.

    ``typed`` takes what came behind what is sent. ``edit`` is the user's editor; ``redact`` takes
    keys out of the history.
    """

    def __init__(
        self,
        chat: ReplSession,
        typed: TypedAhead,
        edit: Callable[[str], str],
        redact: Callable[[str], str],
        *,
        history: Path | None,
        is_colourful: bool,
        reflows: bool,
    ) -> None:
        self._chat, self._typed, self._edit = chat, typed, edit
        self._is_new = True  # nothing was asked yet
        self._has_interrupted = False  # Ctrl-C at an empty prompt: the next one leaves
        self._is_block = False  # the text begins with quotes that were typed
        self._opened, self._folded = OpenedThinking(), FoldedPastes()
        self._session: PromptSession[str] = PromptSession(
            multiline=True,
            history=_history(history, lambda text: redact(self._folded.unfold(text))),
            key_bindings=self._bindings(),
            completer=_Completer(chat),
            complete_while_typing=False,
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=self._toolbar,
            prompt_continuation=_continuation,
            placeholder=self._invitation,
            enable_suspend=True,
            input_processors=[self._folded],
            style=_STYLE,
            color_depth=None if is_colourful else ColorDepth.DEPTH_1_BIT,
            include_default_pygments_style=False,
            input=terminal_input(),
            output=terminal_output(),
        )
        self._reflows = reflows
        if reflows:
            erase_what_was_broken(self._session.app)

    def ask(self, draft: str = "", *, shows_thinking: bool = False) -> str:
        """Return what was typed; raises ``Leave`` at the end, ``Interrupted`` by a signal.

        A ``draft`` is text, also where it looks like a block.
        """
        self._opened.show(self._thinking() if shows_thinking else None)
        while True:
            text, self._is_block = "", False
            try:
                text = self._prompt(draft)
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
            self._typed.feed(as_typed(get_typeahead(self._session.input)))
            return mend(self._folded.unfold(text))

    def _prompt(self, draft: str) -> str:
        is_vi = self._chat.host.setting("keybindings") == "vi"
        self._session.editing_mode = EditingMode.VI if is_vi else EditingMode.EMACS
        self._session.app.ttimeoutlen = _VI_ESCAPE if is_vi else 2 * _VI_ESCAPE
        with Endings() as endings:
            return self._session.prompt(self._message, default=draft, pre_run=endings.listen)

    def remember(self, text: str) -> None:
        """Let a text that was not typed here be found among those that were."""
        self._session.history.append_string(text)

    def _thinking(self) -> tuple[str, str] | None:
        return last_thinking(self._chat, self._typed.printed)

    def _message(self) -> StyleAndTextTuples:
        """Return what stands before the text: the thinking too, as long as it is open.

        Asked for every row of a long text.
        """
        if not self._opened.is_open or get_app().is_done:
            return [("class:prompt", "> ")]
        size, lines = (
            self._session.output.get_size(),
            self._session.default_buffer.document.line_count,
        )
        limit = size.rows - lines - _BESIDE
        if not self._reflows:
            rows = self._opened.rows(size.columns, limit)
        else:
            limit = min(limit, rows_that_fit(size.columns, size.rows))
            rows = self._opened.rows(size.columns, limit)
            rows = [*blank_rows(self._session.app, len(rows) + lines + 1), *rows]
        return [("class:invitation", "".join(f"{row}\n" for row in rows)), ("class:prompt", "> ")]

    def _toolbar(self) -> StyleAndTextTuples:
        typed = self._session.default_buffer.text
        text = ENDS_WITH if self._is_block and is_open(typed) else toolbar(self._chat)
        text = _UNFOLDS if self._folded.is_in(typed) else text
        return [("class:bottom-toolbar", visible(text))]

    def _invitation(self) -> StyleAndTextTuples:
        is_shown = self._is_new and not get_app().is_done
        return [("class:invitation", _INVITATION)] if is_shown else []

    def _bindings(self) -> KeyBindings:
        is_typing = has_focus(DEFAULT_BUFFER)  # not searching the history
        keys = editing_keys(is_typing, lambda text: self._edit(self._folded.unfold(text)))
        self._bind_thinking(keys)

        @keys.add("enter", filter=is_typing)
        def _send(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if self._is_block and is_open(buffer.text):
                buffer.insert_text("\n")
            elif buffer.complete_state and buffer.complete_state.current_completion:
                buffer.complete_state = None
            else:
                if self._is_block:
                    buffer.text = unquoted(buffer.text)
                buffer.validate_and_handle()

        @keys.add("c-c", filter=is_typing)
        def _interrupt(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if buffer.text:
                self._has_interrupted = False
                buffer.reset()
                self._is_block = False
                self._chat.keep_all()
            elif self._has_interrupted:
                event.app.exit(exception=Leave())
            else:
                self._has_interrupted = True
                say = self._chat.host.say
                run_in_terminal(lambda: say("Ctrl-C again, or Ctrl-D, leaves"))

        @keys.add(Keys.Any, filter=is_typing & (emacs_insert_mode | vi_insert_mode))
        def _type(event: KeyPressEvent) -> None:
            self._has_interrupted = False
            event.current_buffer.insert_text(event.data * event.arg)
            before = event.current_buffer.document.text_before_cursor
            self._is_block = self._is_block or before.lstrip() == QUOTES

        @keys.add(Keys.BracketedPaste, filter=is_typing)
        def _paste(event: KeyPressEvent) -> None:
            self._has_interrupted = False
            before = event.current_buffer.document.text_before_cursor
            self._is_block = self._is_block and bool(before.strip())
            pasted = event.data.replace("\r\n", "\n").replace("\r", "\n")
            self._chat.pasted.append(pasted)
            event.current_buffer.insert_text(self._folded.fold(pasted))

        def is_behind_paste() -> bool:
            return self._folded.is_in(get_app().current_buffer.document.char_before_cursor)

        @keys.add("tab", filter=is_typing & Condition(is_behind_paste))
        def _unfold(event: KeyPressEvent) -> None:
            mark = event.current_buffer.delete_before_cursor()
            event.current_buffer.insert_text(self._folded.unfold(mark))

        return keys

    def _bind_thinking(self, keys: KeyBindings) -> None:
        @keys.add("c-t")
        def _think(_: KeyPressEvent) -> None:
            if self._opened.is_open:
                self._opened.show(None)
            elif thinking := self._thinking():
                self._opened.show(thinking)
            else:
                run_in_terminal(lambda: show_thinking(self._chat))

        is_open_now = Condition(lambda: self._opened.is_open)

        @keys.add("pageup", filter=is_open_now)
        @keys.add("pagedown", filter=is_open_now)
        def _scroll(event: KeyPressEvent) -> None:
            self._opened.scroll(down=event.key_sequence[-1].key == Keys.PageDown)


class _Completer(Completer):
    def __init__(self, chat: ReplSession) -> None:
        self._chat = chat

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        del event
        with suppress(AzchatError):  # the store's: the next command tells
            for choice in completions(self._chat, document.text_before_cursor):
                yield Completion(choice.text, -choice.replaces, display_meta=visible(choice.about))


class _PrivateHistory(FileHistory):
    """The lines of all runs, in a file that only its owner reads; without keys."""

    def __init__(self, file: Path, redact: Callable[[str], str]) -> None:
        super().__init__(file)
        self._redact = redact

    def store_string(self, string: str) -> None:
        """Keep what was sent; that it cannot be kept ends no chat."""
        string = self._redact(mend(string))
        if len(string) > _LONGEST_KEPT:
            return
        with suppress(OSError):
            _make_private(Path(os.fsdecode(self.filename)))
            super().store_string(string)


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
