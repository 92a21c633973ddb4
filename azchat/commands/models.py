"""``azchat models``: the own deployments, those of all resources, or all that could be deployed."""

import json
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.asking.connect import open_azure, tracer
from azchat.asking.route import Means, Route, choose_route
from azchat.azure.discovery.found import Found
from azchat.azure.listing import Row, addresses, next_page, read_rows
from azchat.azure.retirement import Retirement, retirement_of_model
from azchat.commands.radar import today, warnings
from azchat.dialects.choice import listed_dialect
from azchat.dialects.models import family_of
from azchat.engine.replies import fetch_json
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, ServiceError
from azchat.learned import Deployment, Names
from azchat.parameters import DialectName
from azchat.redaction import Redactor
from azchat.render.choose import Appearance
from azchat.render.rows import cell_width
from azchat.settings.layers import resolve
from azchat.terminal.safe import visible

if TYPE_CHECKING:
    from azchat.azure.client import AzureTransport

_MOST_PAGES = 100
_MOST_KEPT = 50  # dialects of deployments: what is asked is learned anyway
_COLUMNS = (
    *("name", "model", "version", "publisher", "dialect", "resource", "subscription", "region"),
    *("capacity", "keyless", "retires", "status", "notes"),
)
_KEYLESS = {True: "yes", False: "no role", None: "not told"}
_Shown = Row | Found


class _Listing(NamedTuple):
    """The rows and where they are from; ``is_azure``: Azure's dates of retirement count."""

    rows: Sequence[_Shown]
    source: str
    endpoint: str | None
    is_azure: bool = True
    notices: tuple[str, ...] = ()
    look: Appearance = Appearance()
    signed_in_by: str = ""


def run(
    env: Environment,
    means: Means,
    redactor: Redactor,
    *,
    as_json: bool,
    catalog: bool,
    everywhere: bool = False,
) -> ExitCode:
    """List, and keep the names for the completion of ``-m``; ``everywhere``: on all resources."""
    try:
        if everywhere:
            listing = _from_azure(env, means, redactor, must_find=not as_json)
        elif means.demo:
            listing = _from_demo()
        else:
            listing = _from_server(env, means, redactor, catalog=catalog)
    except AzchatError as error:
        error.rewrite(redactor.redact)
        if as_json:
            env.stdout.write(failed_as_json(error))
        raise
    if not (catalog or means.demo or everywhere):
        Names(env.data_folder).remember(row.name for row in listing.rows)
        _keep_dialects(env, listing)
    day = today()
    told = [(row, _retirement(row, listing)) for row in listing.rows]
    said = list(listing.notices)
    for row, one in () if catalog else told:
        if one and one.is_worth_saying(day):
            said.append(one._replace(what=row.name).warning(day))
    if as_json:
        env.stdout.write(_as_json(listing, told, said))
        return ExitCode.OK
    if told and env.stdout.is_terminal:
        _show(env, redactor, listing, told)
    elif told:
        env.stdout.write(piped_table(*_columns(told)))
    else:
        said.append("nothing is deployed here; see what could be with: azchat models --catalog")
    for line in dict.fromkeys(said):
        env.stderr.write(f"azchat: {visible(line)}\n")
    return ExitCode.OK


def _from_azure(env: Environment, means: Means, redactor: Redactor, *, must_find: bool) -> _Listing:
    from azchat.commands.discovering import Discovery, nothing_found

    settings = resolve(env, means.settings, needs_key=False)
    discovery = Discovery(env, redactor, settings)
    discovery.run(dates=True)
    if must_find and not discovery.rows:
        raise nothing_found(discovery)
    notices = tuple(map(redactor.redact, discovery.notices))
    look = Appearance.of(env, settings)
    return _Listing(discovery.rows, "azure", None, True, notices, look, discovery.auth)


def _from_demo() -> _Listing:
    from azchat.demo.responder import respond

    reply = respond("GET", "/openai/deployments?api-version=2023-03-15-preview", {}, b"")
    body = json.loads(b"".join(piece for _, piece in reply.pieces))
    return _Listing(read_rows(body), "deployments", "demo")


def _from_server(env: Environment, means: Means, redactor: Redactor, *, catalog: bool) -> _Listing:
    settings = resolve(env, means.settings)
    redactor.add(*settings.secrets())
    route = choose_route(settings)
    trace = tracer(env, redactor) if means.debug else None
    transport = open_azure(env, settings, route, trace=trace)
    try:
        url, rows = read_list(transport, route, catalog=catalog)
    finally:
        transport.close()
    own = route._replace(model=None)  # the models stand in the list, each with its own
    source = "catalog" if catalog else url.partition("?")[0].rpartition("/")[2]
    notices = (*settings.notices, *route.endpoint.notes, *warnings(own, today()))
    is_azure = route.endpoint.kind != "compatible"
    return _Listing(
        rows, source, route.endpoint.base, is_azure, notices, Appearance.of(env, settings)
    )


def read_list(
    transport: "AzureTransport", route: Route, *, catalog: bool = False
) -> tuple[str, list[Row]]:
    """Return where the list was, and its rows; raises ``AzchatError`` where there is none."""
    *others, last = addresses(route.endpoint, catalog=catalog)
    for url in others:
        try:
            return url, _read_pages(transport, url, route.model)
        except ServiceError as error:
            if error.http_status != 404:
                raise
    try:
        return last, _read_pages(transport, last, route.model)
    except ServiceError as error:
        if error.http_status != 404:
            raise
        raise _no_list(error, catalog=catalog) from None


def _read_pages(transport: Any, url: str, model: str | None) -> list[Row]:
    rows: list[Row] = []
    page: str | None = url
    for _ in range(_MOST_PAGES):
        body = fetch_json(transport.get_url, page or url, transport.destination)
        rows += read_rows(body, model)
        page = next_page(body, url)
        if page is None:
            return sorted(rows, key=lambda row: row.name.lower())
    raise ServiceError("the list of models does not end", "see the deployments in the portal")


def _no_list(error: ServiceError, *, catalog: bool) -> ServiceError:
    error.what = f"this endpoint has no list of {'models' if catalog else 'deployments'} (HTTP 404)"
    error.hint = "see the catalog with --catalog, or the deployments in the portal"
    if catalog:
        error.hint = "the portal shows the deployments; name one with -m"
    return error


def _retirement(row: _Shown, listing: _Listing) -> Retirement | None:
    """Return what the server says; where it says nothing, what the table knows of Azure's."""
    known = retirement_of_model(row.model or row.name) if listing.is_azure else None
    if row.retires is None:
        return known
    what = row.model or row.name
    return Retirement(what, row.retires, known.instead if known else "a newer model")


def _keep_dialects(env: Environment, listing: "_Listing") -> None:
    """Keep the dialect of the deployments whose names do not tell it, as their makers do."""
    unsure = (row for row in listing.rows if family_of(row.name) is None)
    known = ((row.name, _dialect(row)) for row in unsure)
    for name, dialect in islice(((name, one) for name, one in known if one), _MOST_KEPT):
        file = env.data_folder / "deployments.json"
        Deployment(file, listing.endpoint or "", name).remember("azchat models", dialect=dialect)


def _dialect(row: _Shown) -> DialectName | None:
    """Return what a deployment is asked in first; of a row without a publisher nothing is sure."""
    return listed_dialect(row.model or row.name, row.publisher) if row.publisher else None


_Told = Sequence[tuple[_Shown, Retirement | None]]


def _as_json(listing: _Listing, told: _Told, said: Sequence[str]) -> str:
    rows = []
    for row, end in told:
        ends = {"retires": end.date if end else None, "instead": end.instead if end else None}
        rows.append(row._asdict() | ends | {"dialect": _dialect(row)})
    where = {"endpoint": listing.endpoint, "source": listing.source}
    where |= {"signed_in_by": listing.signed_in_by} if listing.signed_in_by else {}
    whole = {"models": rows, **where, "notices": list(said), "error": None}
    return json.dumps(whole, ensure_ascii=False) + "\n"


def failed_as_json(error: AzchatError) -> str:
    """Return the JSON of no list at all."""
    told: dict[str, Any] = {"models": [], "endpoint": None, "source": None, "notices": []}
    return json.dumps(told | {"error": error.to_dict()}, ensure_ascii=False) + "\n"


def _columns(told: _Told) -> tuple[list[str], list[list[str]]]:
    """Return the columns that any row has something for; the name is always the first."""
    lines = []
    for row, end in told:
        cells = row._asdict() | {"retires": end.date if end else None, "dialect": _dialect(row)}
        if isinstance(row, Found):
            cells |= {"publisher": None, "dialect": ", ".join(row.dialects)}
            cells["notes"] = "; ".join(row.notes)
            cells["keyless"] = _KEYLESS[row.may_chat] if row.takes_tokens else "key alone"
        texts = [str(cells.get(name) or "") for name in _COLUMNS]
        lines.append([" ".join(visible(text).split()) for text in texts])
    shown = [place for place in range(len(_COLUMNS)) if any(line[place] for line in lines)]
    head = [_COLUMNS[place].upper() for place in shown]
    return head, [[line[place] for place in shown] for line in lines]


def _show(env: Environment, redactor: Redactor, listing: _Listing, told: _Told) -> None:
    from azchat.render.choose import show_rows
    from azchat.render.drawn import Cell, Column, table

    head, lines = _columns(told)
    day = today()
    drawn: list[list[Cell]] = []
    for line in lines:
        cells = zip(head, map(redactor.redact_shown, line), strict=True)
        drawn.append([(c, "red") if n == "RETIRES" and c <= day else c for n, c in cells])
    show_rows(env, table(list(map(Column, head)), drawn, env.stdout.size()[0]), listing.look)


def piped_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return columns for a pipe."""
    widths = [max(map(cell_width, column)) for column in zip(head, *lines, strict=True)]
    padded = (
        "  ".join(
            cell + " " * (width - cell_width(cell))
            for cell, width in zip(line, widths, strict=True)
        )
        for line in (head, *lines)
    )
    return "".join(f"{line.rstrip()}\n" for line in padded)
