"""What a probe found: one line each, with the command that mends it."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.azure.hosts import is_azure
from azchat.errors import AzchatError
from azchat.terminal.safe import shortened, visible

if TYPE_CHECKING:
    from azchat.asking.route import Route
    from azchat.render.rows import Row

_LABEL_WIDTH = 12
_PRIVATE = (
    (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "ID"),
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "PERSON"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "ADDRESS"),
    (r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:+){2,}[0-9a-fA-F]{0,4}", "ADDRESS"),
)


class Finding(NamedTuple):
    """One line of the report.

    ``error`` is a failure, which decides the exit code; without it, ``ok`` False only says that
    the model lacks an ability. ``seconds`` is when it was known, from the check's start.
    """

    name: str
    ok: bool
    says: str
    mend: str = ""
    error: AzchatError | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the object of ``--json``."""
        return {
            "name": self.name,
            "ok": self.ok,
            "says": self.says,
            "mend": self.mend or None,
            "seconds": round(self.seconds, 3),
            "error": self.error.to_dict() if self.error else None,
        }


class Outcome(NamedTuple):
    """What one probe found, and the facts to remember about the deployment."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, Any] = {}


def failed(name: str, error: AzchatError) -> Finding:
    """Return the line of a failure."""
    return Finding(name, False, error.what, error.hint, error)


def unknown(name: str) -> Finding:
    """Return the line of what could not be tried because something before it failed."""
    return Finding(name, False, "not known", "mend the lines above, then check again")


def next_step(findings: Sequence[Finding], retired: Sequence[str]) -> str:
    """Return what to do now, in one line."""
    failed = next((one for one in findings if one.error and one.mend), None)
    if failed:
        return failed.mend
    if retired:
        return f"{retired[0]}; see what is yours: azchat models --all"
    return 'all is well; ask: azchat "your question"'


def without_names(route: "Route", text: str) -> str:
    """Return a text that can be shown to anybody: no names, people, addresses or ids."""
    host = route.endpoint.host.partition(":")[0]
    own = {host.partition(".")[0]: "RESOURCE"} if is_azure(host) else {host: "HOST"}
    names = {**own, route.model or "": "DEPLOYMENT"}
    if "/projects/" in route.endpoint.base:
        names[route.endpoint.base.partition("/projects/")[2].partition("/")[0]] = "PROJECT"
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", names[name], text)
    for pattern, word in _PRIVATE:
        text = re.sub(pattern, word, text)
    return text


def drawn_findings(findings: Sequence[Finding], retired: Sequence[str], width: int) -> "list[Row]":
    """Return the lines for a terminal."""
    from azchat.render.drawn import Cell, Column, table

    lines: list[tuple[Cell, Cell, Cell]] = []
    for one in findings:
        lines.append((("✓", "green") if one.ok else ("✗", "red"), one.name, one.says))
        if not one.ok and one.mend:
            lines.append(("", "", f"→ {one.mend}"))
    lines += [(("!", "red"), "retired", (warning, "red")) for warning in retired]
    return table((Column(), Column(), Column()), lines, width)


def format_findings(findings: Sequence[Finding]) -> str:
    """Return the lines, safe for a terminal."""
    lines = []
    for one in findings:
        mark = "✓" if one.ok else "✗"
        lines.append(shortened(f"{mark} {one.name:<{_LABEL_WIDTH}}{one.says}"))
        if not one.ok and one.mend:
            lines.append(shortened(f"  {'':<{_LABEL_WIDTH}}→ {one.mend}"))
    return visible("".join(f"{line}\n" for line in lines))
