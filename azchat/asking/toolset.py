"""From the flags to the tools that a model may call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.asking.python_tools import EarlyTools, guarded, is_defined, start_python
from azchat.engine.recording import TracedTransport
from azchat.engine.transport import Transport
from azchat.environment import Environment
from azchat.errors import UsageError
from azchat.learned import Approvals
from azchat.messages import Message, ToolCall, ToolResult
from azchat.redaction import Redactor
from azchat.settings.file import mcp_servers
from azchat.tools import Source, Tool, cut
from azchat.tools.approval import Approval, Asking, Reply
from azchat.tools.calling import Caller, CallLimits
from azchat.tools.defined import Results, defined_tools, tools_of
from azchat.tools.leash import end_children
from azchat.tools.python import PythonTools
from azchat.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from azchat.tools.mcp import McpServer

_CHOICES = ("auto", "none", "required")


class ToolWish(NamedTuple):
    """What the flags say of tools.

    ``tools`` are built-in ones and files, ``tool_result`` what those of JSON files return, ``mcp``
    are servers; ``approve`` are the names of tools, or all, ask, never. ``tool_timeout`` is that of
    a call. ``told``: offers and calls are told on any stderr; ``traced``: as the JSON that is sent.
    ``early`` are tools that may have been started already; ``headers`` are those of the command
    line, no tool's business.
    """

    tools: Sequence[str] = ()
    mcp: Sequence[str] = ()
    tool_result: Sequence[str] = ()
    approve: Sequence[str] = ()
    max_tool_rounds: int = 10
    tool_timeout: float = 60.0
    tool_choice: str | None = None
    told: bool = False
    traced: bool = False
    quiet: bool = False
    early: EarlyTools | None = None
    headers: Sequence[str] = ()

    def open(self, env: Environment, redactor: Redactor) -> "OpenTools":
        """Start the processes of the tools."""
        return OpenTools(env, redactor, self)


class OpenTools:
    """Tools whose processes are being started; ``toolbox`` waits for them."""

    def __init__(self, env: Environment, redactor: Redactor, wish: ToolWish) -> None:
        self.wish = wish
        self.env, self.redactor = env, redactor
        self._toolbox: Toolbox | None = None
        self._approval: Approval | None = None
        self._ask: Asking = _nobody
        self._recalled: list[Tool] = []  # those of the turn that is gone on with
        self._awaited: frozenset[str] = frozenset()
        self.told: set[str] = set()  # which tools nobody could be asked about
        self.results = Results(wish.tool_result, env.cwd, lambda: guarded(env, wish.headers))
        self._python = self._start_python()
        self._servers = self._start_servers()

    @property
    def toolbox(self) -> Toolbox:
        """What is offered; raises ``InputError`` where a file or a server cannot be used."""
        if self._toolbox is None:
            tools: list[Tool] = [tool for one in self._python for tool in one.load()]
            tools += self._recalled
            for word in filter(is_defined, dict.fromkeys(self.wish.tools)):
                tools += defined_tools(self.env.cwd / word, self.results)
            waiting = self._say if self.env.stderr.is_terminal else bool
            for server in self._servers:
                tools += server.load({tool.name for tool in tools}, self._say, waiting)
            self._toolbox = Toolbox(tools)
            defined = {tool.name for tool in tools if tool.given}
            if unknown := self.results.names - defined - self._awaited:
                what = (
                    f"--tool-result: {min(unknown)} is no tool of a JSON file, and was not called"
                )
                raise UsageError(what, "name its definition: -T FILE.json")
            self._check_choice(self._toolbox)
        return self._toolbox

    def answered(self, calls: Sequence[ToolCall], definitions: Sequence[Any]) -> Message | None:
        """Return the results, where they were given, of calls that a turn left open.

        Its tools are offered again: thinking may be bound to them.
        """
        if not (calls and self.results.names):
            return None
        self._awaited = frozenset(call.name for call in calls)
        if not any(map(is_defined, self.wish.tools)):
            self._recalled = tools_of(list(definitions), "the session", self.results)
        if missing := self._awaited - self.results.names:
            name = min(missing)
            raise UsageError(f"{name} was called too", f"--tool-result {name}=JSON|@FILE|COMMAND")
        parts = [
            ToolResult(call.id, self.redactor.redact(cut(future.result())))
            for call in calls
            if (future := self.results.of_call(call, self.wish.tool_timeout))
        ]
        return Message("tool", tuple(parts))

    def caller(self, ask: Asking | None = None) -> Caller:
        """Return who answers the calls of a turn; without ``ask`` there is nobody to consent."""
        wish, redact = self.wish, self.redactor.redact
        if self._approval is None:
            remembered = Approvals(approvals_file(self.env))
            self._approval = Approval(wish.approve, lambda *call: self._ask(*call), remembered)
        self._ask = ask or _nobody
        self.results.ask = getattr(ask, "result", self.results.ask)
        limits = CallLimits(wish.max_tool_rounds, wish.tool_timeout)
        return Caller(self.toolbox, self._approval, limits, choice=wish.tool_choice, redact=redact)

    def around(self, transport: Transport) -> Transport:
        """Tell on stderr what is offered; return a transport that tells each request if wished."""
        if self.wish.told:
            for tool in self.toolbox.tools:
                self.tell(f"offered: {_signature(tool)}\n")
        return TracedTransport(transport, self.tell) if self.wish.traced else transport

    def _say(self, text: str) -> None:
        if not self.wish.quiet:
            self.tell(f"azchat: {text}\n")

    def tell(self, text: str) -> None:
        """Say ``text`` on stderr, keys masked."""
        self.env.stderr.write(self.redactor.redact(text))

    def close(self) -> None:
        """End the processes."""
        sources: list[Source] = [*self._python, *self._servers]
        for source in sources:
            source.close()
        if self._python or self._servers:
            end_children(strays=True)  # of those whose own guardian was killed

    def _start_python(self) -> list[PythonTools]:
        if not self.wish.tools:
            return []
        early = self.wish.early.take(self.wish.tools) if self.wish.early else []
        return early or start_python(self.env, self.wish.tools, self.wish.headers)

    def _start_servers(self) -> "list[McpServer]":
        if not self.wish.mcp:
            return []
        from azchat.asking.mcp import start_server

        known = mcp_servers(self.env.config_file)
        words, mask = dict.fromkeys(self.wish.mcp), self.redactor.add
        return [start_server(self.env, word, known, mask, self.wish.headers) for word in words]

    def _check_choice(self, toolbox: Toolbox) -> None:
        choice = self.wish.tool_choice
        if choice not in (None, *_CHOICES, *toolbox.names):
            hint = f"auto, none, required, or one of: {', '.join(toolbox.names)}"
            raise UsageError(f"--tool-choice: there is no tool {choice}", hint)


def _nobody(tool: Tool, arguments: Mapping[str, Any], thinking: str) -> Reply:  # noqa: ARG001
    return Reply("nobody")


def approvals_file(env: Environment) -> Path:
    """Return where consent for good is remembered."""
    return env.data_folder / "approvals.json"


def _signature(tool: Tool) -> str:
    """Return a tool's name, its parameters, and what it does in a line."""
    parameters, does = ", ".join(tool.parameters.get("properties", {})), tool.description
    does = does.partition("\n")[0]
    return f"{tool.name}({parameters}) - {does if len(does) <= 100 else f'{does[:97]}...'}"
