"""The set of tools that is offered."""

from collections.abc import Iterable

from azchat.errors import InputError
from azchat.tools import Source, Tool


class Toolbox:
    """Tools by name. Those that are switched off are neither offered nor called."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        self._off: set[str] = set()
        for tool in tools:
            self._add(tool)

    @property
    def tools(self) -> list[Tool]:
        """What is offered."""
        return [tool for tool in self._tools.values() if tool.name not in self._off]

    @property
    def all(self) -> list[Tool]:
        """All there are, also those that are off."""
        return list(self._tools.values())

    @property
    def names(self) -> list[str]:
        """The names of all there are, also of those that are off."""
        return list(self._tools)

    def maybe_get(self, name: str) -> Tool | None:
        """Return the tool of that name if it is offered."""
        return None if name in self._off else self._tools.get(name)

    def switch(self, name: str, *, on: bool) -> None:
        """Offer a tool, or do not; raises ``InputError`` if there is none of that name."""
        if name not in self._tools:
            known = ", ".join(self._tools) or "there are none"
            raise InputError(f"there is no tool {name}", f"tools: {known}")
        if on:
            self._off.discard(name)
        else:
            self._off.add(name)

    def close(self) -> None:
        """End what the tools still run."""
        sources: dict[int, Source] = {id(tool.source): tool.source for tool in self._tools.values()}
        for source in sources.values():
            source.close()

    def _add(self, tool: Tool) -> None:
        if other := self._tools.get(tool.name):
            what = f"two tools are called {tool.name}: of {other.origin} and of {tool.origin}"
            raise InputError(what, "rename one, or leave one out")
        self._tools[tool.name] = tool
