"""What content safety found in a prompt or an answer: Azure's ``content_filter_results``.

Source: learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from azchat.errors import AzchatError

_BLOCKLISTS = "custom_blocklists"
_ROW = "{:<8}{:<26}{:<10}{}"


class Finding(NamedTuple):
    """A category that was found or stopped; ``severity`` is safe, low, medium or high.

    ``detected`` is for what has no severity: a jailbreak, protected material.
    """

    source: Literal["prompt", "answer"]
    category: str
    filtered: bool
    detected: bool | None = None
    severity: str | None = None

    @property
    def name(self) -> str:
        """The category, with its severity where it has one."""
        return f"{self.category} ({self.severity})" if self.severity else self.category

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The row of a table: where, what, how bad, what was done."""
        how = self.severity or ("detected" if self.detected else "")
        return self.source, self.category, how, "stopped" if self.filtered else ""


def read_findings(results: object, source: Literal["prompt", "answer"]) -> tuple[Finding, ...]:
    """Return what was found; categories that are safe are none."""
    if not isinstance(results, dict):
        return ()
    found = []
    for name, result in results.items():
        if not isinstance(result, dict):
            continue
        filtered, detected = result.get("filtered") is True, result.get("detected")
        severity = result.get("severity")
        severity = severity if isinstance(severity, str) else None
        if not (filtered or detected is True or severity not in (None, "safe")):
            continue
        category = _blocklists(result) if name == _BLOCKLISTS else str(name).replace("_", " ")
        is_said = isinstance(detected, bool)
        found.append(Finding(source, category, filtered, detected if is_said else None, severity))
    return tuple(found)


def stopped(findings: Iterable[Finding]) -> str:
    """Return the names of the categories that stopped the text, "" for none."""
    return ", ".join(finding.name for finding in findings if finding.filtered)


def tell(error: AzchatError, findings: Iterable[Finding]) -> AzchatError:
    """Return the error with what was found: as a table for people, as objects for programs."""
    findings = tuple(findings)
    error.content_filter = tuple(finding._asdict() for finding in findings)
    error.details += tuple(_ROW.format(*finding.cells).rstrip() for finding in findings)
    return error


def _blocklists(result: dict[str, object]) -> str:
    details = result.get("details")
    lists = [d for d in details if isinstance(d, dict)] if isinstance(details, list) else []
    named = [str(d["id"]) for d in lists if d.get("id") and d.get("filtered") is not False]
    return f"blocklist {', '.join(named)}" if named else "blocklist"
