"""``azchat models --all``: the deployments of whoever is signed in, in all subscriptions."""

import json
from typing import Any

from azchat.asking.route import Means
from azchat.azure.discovery.found import Found
from azchat.azure.retirement import Retirement, retirement_of_model
from azchat.commands.discovering import Discovery, nothing_found
from azchat.commands.models import failed_as_json, piped_table
from azchat.commands.radar import today
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode
from azchat.redaction import Redactor
from azchat.render.choose import Appearance
from azchat.settings.layers import resolve
from azchat.terminal.safe import visible

_COLUMNS = (
    *("name", "model", "version", "resource", "subscription", "region", "capacity", "keyless"),
    *("retires", "status"),
)
_KEYLESS = {True: "yes", False: "no role", None: "not told"}


def list_all(env: Environment, means: Means, redactor: Redactor, *, as_json: bool) -> ExitCode:
    """Print them, best first; what could not be looked into is told on stderr."""
    try:
        settings = resolve(env, means.settings, needs_key=False)
        discovery = Discovery(env, redactor, settings)
        discovery.run(dates=True)
        if not discovery.rows and not as_json:
            raise nothing_found(discovery)
    except AzchatError as error:
        error.rewrite(redactor.redact)
        if as_json:
            env.stdout.write(failed_as_json(error))
        raise
    said = [redactor.redact(notice) for notice in discovery.notices]
    ends = [_retirement(one) for one in discovery.rows]
    for found, end in zip(discovery.rows, ends, strict=True):
        if end and end.is_worth_saying(today()):
            said.append(end._replace(what=found.name).warning(today()))
    if as_json:
        env.stdout.write(redactor.redact(_as_json(discovery, ends, said)))
        return ExitCode.OK
    lines = [_cells(one, end) for one, end in zip(discovery.rows, ends, strict=True)]
    head = [name.upper() for name in _COLUMNS]
    if env.stdout.is_terminal:
        from azchat.render.choose import show_rows
        from azchat.render.drawn import Column, table

        told = [[redactor.redact_shown(cell) for cell in line] for line in lines]
        rows = table(list(map(Column, head)), told, env.stdout.size()[0])
        show_rows(env, rows, Appearance.of(env, settings))
    else:
        env.stdout.write(piped_table(head, lines))
    for line in dict.fromkeys(said):
        env.stderr.write(f"azchat: {visible(line)}\n")
    return ExitCode.OK


def _retirement(found: Found) -> Retirement | None:
    """Return what the manager says; where it says nothing, what the table knows."""
    known = retirement_of_model(found.model)
    if not found.retires:
        return known
    return Retirement(found.model, found.retires, known.instead if known else "a newer model")


def _cells(found: Found, end: Retirement | None) -> list[str]:
    told = {"keyless": _KEYLESS[found.may_chat], "retires": end.date if end else ""}
    cells = found._asdict() | told
    return [" ".join(visible(str(cells[name] or "")).split()) for name in _COLUMNS]


def _as_json(discovery: Discovery, ends: list[Retirement | None], said: list[str]) -> str:
    rows: list[dict[str, Any]] = []
    for found, end in zip(discovery.rows, ends, strict=True):
        date = {"retires": end.date if end else None, "instead": end.instead if end else None}
        rows.append(found._asdict() | date)
    where = {"endpoint": None, "source": "azure", "signed_in_by": discovery.auth}
    told = {"models": rows, **where, "notices": said, "error": None}
    return json.dumps(told, ensure_ascii=False) + "\n"
