"""What azchat learned of a deployment: shown, and forgotten."""

from collections.abc import Iterator
from typing import Any

from azchat.dialects.asked import Repair
from azchat.environment import Environment
from azchat.errors import ExitCode, InputError
from azchat.learned import Deployment, forget_deployments
from azchat.terminal.safe import visible

LEARNED = "learned (each ends after 30 days; all of it by: azchat config forget)"
# A fact in words: where it is true, where it is false; {} is its value.
_WORDS = {
    "starts_thinking": (
        "its thinking has no opening tag",
        "its thinking has an opening tag, or none came",
    ),
    "asks_usage": ("it is asked for token counts", "it is not asked for token counts"),
    "scope": ("a token for it is for {}", ""),
    "key_header": ("its key goes out as {}", ""),
    "efforts": ("the efforts it takes: {}", "it takes no effort"),
    "dialect": ("it is asked in {}", ""),
    "dialects": ("it speaks {}", "it speaks no dialect"),
    "streams": ("it streams", "it does not stream"),
    "tools": ("it takes tools", "it takes no tools"),
    "images": ("it takes images", "it takes no images"),
    "schema": ("it takes JSON schemas", "it takes no JSON schemas"),
}


def learned_of(deployment: Deployment) -> list[dict[str, str]]:
    """Return what is known: ``what``, ``since`` (an ISO date) and ``from`` ("": not kept)."""
    told = []
    for what, fact in _facts(deployment):
        since, source = deployment.origin(fact)
        told.append({"what": what, "since": since, "from": source})
    return told


def learned_words(one: dict[str, str]) -> str:
    """Return one of them for people."""
    return "; ".join(filter(None, (one["what"], one["from"])))


def forget(env: Environment, wanted: str | None) -> ExitCode:
    """Forget what was learned of a deployment, by its model or its endpoint; None: of all."""
    gone, left = forget_deployments(env.data_folder / "deployments.json", wanted)
    if wanted is not None and not gone:
        known = ", ".join(map(visible, left)) or "none"
        raise InputError(f"nothing was learned of {wanted}", f"deployments: {known}")
    lines = [f"forgotten: {visible(name)}\n" for name in gone]
    env.stderr.write("".join(lines) or "nothing was learned yet\n")
    return ExitCode.OK


def _facts(deployment: Deployment) -> Iterator[tuple[str, Any]]:
    for name, value in deployment.facts.items():
        if name == "repairs":
            yield from ((Repair(*fields).said, fields) for fields in value)
        elif name != "origins":
            yes, no = _WORDS.get(name, (f"{name}: {{}}", f"{name}: {{}}"))
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield (yes if value else no).format(shown), name
