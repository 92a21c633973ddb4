"""What a probe found: one line each, with the command that mends it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.errors import AzchatError
from azchat.terminal.safe import shortened, visible

if TYPE_CHECKING:
    from azchat.render.rows import Row

_LABEL_WIDTH = 12


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
