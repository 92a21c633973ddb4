"""What the chat needs of the world: a model, settings, tools, and the screen."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azchat.asking.route import Means
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, InputError, UsageError
from azchat.learned import Names
from azchat.messages import Message
from azchat.redaction import Redactor
from azchat.sessions import SavedSession
from azchat.sessions.journal import TurnJournal
from azchat.sessions.store import Store
from azchat.settings.specs import SPECS
from azchat.terminal.background import ask_background, choose_background
from azchat.terminal.keyboard import Keyboard
from azchat.terminal.safe import Codes, broken, shortened
from azchat.terminal.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from azchat.asking.link import Link
    from azchat.asking.toolset import ToolWish
    from azchat.attachments import Attached, Source
    from azchat.commands.attaching import Wanted
    from azchat.engine.limits import Purse
    from azchat.render.rows import Row


class ChatHost:
    """What ``ReplSession`` acts on."""

    def __init__(
        self,
        env: Environment,
        redactor: Redactor,
        means: Means,
        flags: Mapping[str, Any],
        wanted: "Wanted | None",
        tools: "ToolWish | None",
        *,
        quiet: bool,
        show_error: Callable[[AzchatError], None],
    ) -> None:
        self._env, self._redactor, self._means = env, redactor, means
        self._flags, self._wanted, self._quiet = flags, wanted, quiet
        self._changed: dict[str, Any] = {}
        self._show_error = show_error
        self.code = ExitCode.OK
        self.typed = TypedAhead()  # while an answer came
        self.keyboard: Keyboard | None = None  # where the cursor may not move: the terminal edits
        self._purse: Purse | None = None  # one for the whole chat
        self._link = self._resolve()
        self._tools = tools.open(env, redactor) if tools else None
        if not quiet:
            for notice in self._link.notices:
                env.stderr.write(f"azchat: {notice}\n")

    @property
    def model(self) -> str | None:
        """The model that is asked."""
        return self._link.model

    def listed_models(self) -> list[str]:
        """Return the models of the list that was asked for last."""
        return Names(self._env.data_folder).load()

    def setting(self, name: str) -> Any:
        """Return a setting's value."""
        return getattr(self._link.settings, name)

    def changed(self) -> dict[str, Any]:
        """Return the settings that were changed in this chat."""
        return dict(self._changed)

    def change(self, name: str, value: str | None) -> None:
        """Change a setting for this chat, None: back to what it was."""
        before = dict(self._changed)
        if value is None:
            self._changed.pop(name, None)
        else:
            self._changed[name] = _value(name, value)
        try:
            self._link = self._resolve()
        except AzchatError:
            self._changed = before
            raise

    def adopt(self, session: SavedSession) -> None:
        """Take over what a session was held with, where this chat was told nothing else."""
        from azchat.asking.saving import with_demo, with_saved

        self._means = with_demo(self._env, self._means, session)
        before, self._flags = self._flags, with_saved(self._means.settings, session)
        try:
            self._link = self._resolve()
        except AzchatError:
            self._flags = before
            raise

    def begin(
        self, message: Message, session: int | None, name: str | None, store: Store
    ) -> TurnJournal:
        """Save a question, in a new session of that name if there is none."""
        from azchat.asking.saving import begin_saving

        settings, system = self._link.model_settings(), self._link.settings.system
        demo = self._means.demo
        return begin_saving(store, message, settings, system, session=session, name=name, demo=demo)

    def answer(self, history: Sequence[Message], message: Message, journal: TurnJournal) -> None:
        """Send ``message`` after ``history`` and show the answer."""
        from azchat.asking.prompt import read_text
        from azchat.conversation import Conversation
        from azchat.render.choose import Appearance, choose_renderer

        link = self._link
        if system := link.settings.system:
            history = (Message.system(read_text(system)), *history)
        conversation = Conversation(link.model_settings(), tuple(history))
        if self._wanted and self._wanted.last_image_only:
            conversation, message = conversation.with_last_image_only(message)
        look = Appearance.of(self._env, link.settings)
        look = look._replace(quiet=self._quiet, traced=self._means.debug, saved=True)
        look = look._replace(typing=self.typed, keyboard=self.keyboard)
        renderer = choose_renderer(self._env, self._env.stdout, look)
        try:
            caller, prepare = None, renderer.prepare
            if self._tools:
                from azchat.commands import consent

                caller = consent.asking_caller(self._tools, renderer, link.settings)
                prepare = consent.prepare  # what shows an answer is imported by now
            transport = link.open(prepare)
            link.answer(conversation, message, transport, renderer.show, journal, caller)
        except AzchatError as error:
            error.rewrite(self._redactor.redact)
            renderer.fail(error)
            raise
        finally:
            renderer.close()
            if self._env.stdout.is_terminal:
                self.say("")

    def tools(self) -> dict[str, str]:
        """Return the tools by name, each with whether it is offered and what it does."""
        if self._tools is None:
            return {}
        box = self._tools.toolbox
        return {
            tool.name: f"{'on' if tool in box.tools else 'off'}, {tool.origin}, "
            + shortened(tool.description.partition("\n")[0], 80)
            for tool in box.all
        }

    def switch_tool(self, name: str, *, on: bool) -> None:
        """Offer a tool, or do not."""
        if self._tools is None:
            raise InputError("there are no tools", "begin with: azchat chat -T NAME|FILE.py")
        self._tools.toolbox.switch(name, on=on)

    def close(self) -> None:
        """End the tools, restore the terminal."""
        if self.keyboard:
            self.keyboard.close()
        if self._tools:
            self._tools.close()

    def attach(self, place: str, *, is_picture: bool = False) -> "Attached":
        """Load a file or an address for the next question, and show what it is."""
        from azchat.attachments import Source

        return self._attach(Source(place, is_picture=is_picture))

    def paste(self) -> "Attached":
        """Load the picture in the clipboard for the next question, and show it."""
        import sys

        from azchat.attachments import Source
        from azchat.attachments.clipboard import picture_in_clipboard

        data = picture_in_clipboard(self._env.variables, sys.platform)
        return self._attach(Source("clipboard", is_picture=True, content=data))

    def _attach(self, source: "Source") -> "Attached":
        from azchat.commands.attaching import Wanted, may_preview, picture_on_terminal
        from azchat.messages import Image

        wanted = self._wanted or Wanted()
        (attached,) = wanted._replace(sources=(source,)).load(self._env, quiet=True)
        self.say(f"attached {attached.part.name}: {attached.about}")
        chosen = self._link.settings
        able = may_preview(self._env, plain=chosen.plain, color=chosen.color)
        if able and wanted.preview and isinstance(attached.part, Image):
            self._env.stdout.write(picture_on_terminal(self._env, attached.part, self.typed.feed))
        return attached

    def begin_typing(self) -> None:
        """Echo nothing from now on; what was typed before is taken off the screen."""
        self.keyboard = Keyboard(is_stdin=True, takes_text=True)
        if echoed := self.take_keys():
            rows = echoed.count("\r")
            self._env.stdout.write(Codes("\r\x1b[K" + "\x1b[A\x1b[K" * rows))
        choose_background(self.setting("theme"))
        ask_background(self._env.variables, self.keyboard)

    def take_keys(self) -> list[str]:
        """Take what was typed since somebody looked last."""
        taken: list[str] = []
        if self.keyboard:
            self.keyboard.listen()
            while keys := self.keyboard.read():
                taken += keys
        for key in taken:
            self.typed.take(key)
        return taken

    def leave_keys(self) -> None:
        """Let the terminal edit and echo again: who asks in between may want a line."""
        if self.keyboard:
            self.keyboard.ignore()

    def confirm(self, question: str) -> bool:
        """Ask on the terminal; what was typed before is no answer."""
        from azchat.repl.questions import Questions
        from azchat.terminal.confirmation import discard_typed

        self.take_keys()
        self.leave_keys()
        discard_typed()
        plain, color = self.setting("plain"), self.setting("color")
        return Questions(self._env, plain=plain, color=color).confirm(question) is True

    def edit(self, text: str) -> str:
        """Return a text as the user's editor left it."""
        from azchat.repl.line_editor import in_editor

        try:
            return in_editor(text, self._env.variables, ".md")
        except AzchatError as error:
            self._show_error(error)
            return text

    def echo(self, text: str) -> None:
        """Show a question or a command that waited, as if it had been typed at the prompt."""
        self._env.stdout.write("> " + text.replace("\n", "\n· ") + "\n")

    def say(self, text: str) -> None:
        """Show text of azchat's own; stdout is for the answers where it is no terminal."""
        stdout = self._env.stdout
        output = stdout if stdout.is_terminal else self._env.stderr
        output.write(broken(f"{text}\n", output.size()[0]) if output.is_terminal else f"{text}\n")

    @property
    def width(self) -> int:
        """The columns there are."""
        return self._env.stdout.size()[0]

    @property
    def draws(self) -> bool:
        """Whether what is said is drawn: on a terminal."""
        return self._env.stdout.is_terminal

    def show_rows(self, rows: "Sequence[Row]") -> None:
        """Show rows of at most ``width`` columns."""
        from azchat.render.choose import Appearance, show_rows

        env = self._env if self.draws else self._env._replace(stdout=self._env.stderr)
        show_rows(env, rows, Appearance.of(self._env, self._link.settings))

    def show(self, markdown: str) -> None:
        """Show text of a model or a user."""
        from azchat.render.choose import Appearance, show_text

        show_text(
            self._env, self._env.stdout, markdown, Appearance.of(self._env, self._link.settings)
        )

    def show_raw(self, markdown: str) -> None:
        """Show such a text as it was sent."""
        self._env.stdout.write(f"{markdown}\n")

    def show_thinking(self, text: str) -> None:
        """Show thinking, whole."""
        if not self._env.stdout.is_terminal:
            self._env.stdout.write(text + "\n")
            return
        from azchat.render.transcript import dimmed_rows

        self.show_rows(dimmed_rows(text, self.width))

    def fail(self, error: AzchatError) -> None:
        """Show what went wrong; without a terminal it is the exit code too."""
        if not self._env.stdin.is_terminal:
            self.code = error.exit_code
        self._show_error(error)

    def about(self) -> "Sequence[Row]":
        """Return what is known of model, endpoint and settings."""
        from azchat.commands.info import rows_in_chat

        told = self._env, self._link.settings, self._redactor, self._changed
        return rows_in_chat(*told, demo=self._link.route is None)

    def copy(self, text: str) -> str:
        """Put ``text`` on the clipboard; return how."""
        from azchat.repl.clipboard import copy

        return copy(text, self._env)

    def _resolve(self) -> "Link":
        from azchat.asking.link import Link

        flags = {**self._flags, **self._changed}
        means = self._means._replace(settings=flags)
        link = Link.choose(self._env, self._redactor, means, self._purse)
        self._purse = link.purse
        return link


def _value(name: str, text: str) -> Any:
    """Return what was typed for a setting, ready to be checked like a flag."""
    spec = SPECS.get(name)
    if spec is None:
        raise UsageError(f"there is no parameter {name}", "see: /set")
    is_switch = isinstance(spec.default, bool)
    return text.lower() in ("true", "on", "yes", "1") if is_switch else text
