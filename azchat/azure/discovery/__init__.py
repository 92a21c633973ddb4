"""Finds the deployments of whoever is signed in: one graph query, then a GET or two a resource.

Resource Graph answers for all subscriptions of a tenant at once, and leaves out silently what may
not be read; where it does not answer, each subscription is asked by itself. Whatever fails is one
line, and stops nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azchat.azure.discovery.found import (
    Found,
    endpoint_of,
    from_list,
    may_be_asked,
    permits,
    read_found,
    read_serverless,
    table,
    text,
)
from azchat.azure.discovery.manager import Manager, objects
from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.azure.listing import addresses, read_rows
from azchat.azure.signed_in import Cloud, Subscription
from azchat.errors import AzchatError, ServiceError

SECONDS = 8.0  # for all, once there is a token
_AT_ONCE = 16  # ARM lets one read 250 times, and 25 times a second from then on
_GRAPH = "/providers/Microsoft.ResourceGraph/resources"
_ACCOUNT = "microsoft.cognitiveservices/accounts"
_PROJECT = "microsoft.cognitiveservices/accounts/projects"
_SPACE = "microsoft.machinelearningservices/workspaces"  # hubs and their projects
_KINDS = {_ACCOUNT: ("AIServices", "OpenAI", "CognitiveServices"), _SPACE: ("Hub", "Project")}
_FIELDS = "| project id, name, type, kind, location, subscriptionId, tenantId, properties "
_QUERY = (
    f"resources | where type =~ '{_PROJECT}' "
    + "".join(f"or (type =~ '{one}' and kind in~ {kinds}) " for one, kinds in _KINDS.items())
    # Which subscriptions were looked into, for the others are left out without a word.
    + f"{_FIELDS}| union (resourcecontainers | where type =~ 'microsoft.resources/subscriptions' "
    "| project id, name, type, subscriptionId, tenantId)"
)
_VERSION = "2024-10-01"  # of both providers

OnFound = Callable[[Found], None]


class Search(NamedTuple):
    """What to look through: a tenant ("" for the own one), as the one whose ``token`` it is.

    ``known`` are the subscriptions of that tenant that az noted. ``dates`` asks also when models
    retire, which takes another GET a resource. ``token_for`` gives tokens for the models' scopes.
    All of it takes ``seconds`` at most.
    """

    cloud: Cloud
    token: str
    variables: Mapping[str, str]
    known: Sequence[Subscription] = ()
    dates: bool = False
    token_for: Callable[[str], str] = str
    seconds: float = SECONDS

    def run(self, on_found: OnFound) -> tuple[list[str], list[str]]:
        """Tell each deployment as it comes; return the resources, and what failed, a line each."""
        deadline = time.monotonic() + self.seconds
        manager = Manager(self.cloud.manager, self.token, self.variables, deadline)
        # Not as in a with statement: what hangs is not waited for.
        pool, failures = ThreadPoolExecutor(_AT_ONCE), list[str]()
        try:
            rows = self._resources(manager, pool, failures)
            jobs = {pool.submit(self._look_into, manager, one): text(one, "name") for one in rows}
            with suppress(TimeoutError):
                for job in as_completed(jobs, max(0.0, deadline - time.monotonic())):
                    _tell(job, jobs[job], on_found, failures)
            late = [name for job, name in jobs.items() if not job.done()]
            failures += [f"{name}: no answer within {self.seconds:g} s" for name in late]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            manager.close()
        return [text(one, "id") for one in rows if _type(one) == _ACCOUNT], failures

    def _resources(
        self, manager: Manager, pool: ThreadPoolExecutor, failures: list[str]
    ) -> list[dict[str, Any]]:
        try:
            rows = list(_graph_rows(manager.aside()))
        except AzchatError:  # throttled, silent, not allowed, or not there in this cloud
            return self._one_by_one(manager, pool, failures)
        accounts = {text(row, "id").lower() for row in rows if _type(row) == _ACCOUNT}
        resources = [row for row in rows if _type(row) in (_ACCOUNT, _SPACE)]
        # Whoever may look into a project alone does not see its resource.
        projects = (row for row in rows if _type(row) == _PROJECT)
        lone = (one for one in projects if _account_of(one).lower() not in accounts)
        resources += lone
        names = {_subscription(row): text(row, "name") for row in rows if _is_subscription(row)}
        resources = [one | {"subscriptionName": names.get(_subscription(one))} for one in resources]
        seen = set(map(_subscription, rows))
        missing = [one.name or one.id for one in self.known if one.id.lower() not in seen]
        if missing and names:
            failures.append(_left_out(missing, len(self.known)))
        # What was just made is not in the graph yet.
        return resources or self._one_by_one(manager, pool, [])

    def _one_by_one(
        self, manager: Manager, pool: ThreadPoolExecutor, failures: list[str]
    ) -> list[dict[str, Any]]:
        names = {one.id: one.name or one.id for one in self.known}
        if not names:
            listed = manager.rows("/subscriptions", "2022-12-01")
            names = {text(one, "subscriptionId"): text(one, "displayName") for one in listed}

        def ask(subscription: str, kind: str) -> list[dict[str, Any]]:
            found = manager.rows(f"/subscriptions/{subscription}/providers/{kind}", _VERSION)
            return [one | {"type": kind} for one in found if one.get("kind") in _KINDS[kind]]

        resources, missing = list[dict[str, Any]](), list[str]()
        asked = [(own, kind) for kind in _KINDS for own in names]
        for (own, kind), job in [(one, pool.submit(ask, *one)) for one in asked]:
            try:
                resources += job.result()
            except AzchatError as error:
                if kind == _ACCOUNT:  # few have hubs, and may not list them
                    missing.append(names[own])
                    failures.append(f"{names[own]}: {error.what}")
        if missing:
            failures.append(_left_out(missing, len(names)))
        return resources

    def _look_into(self, manager: Manager, row: dict[str, Any]) -> list[Found]:
        row.setdefault("tenantId", next((one.tenant for one in self.known), ""))
        look = {_PROJECT: self._project, _SPACE: self._space}.get(_type(row), self._account)
        names = {one.id.lower(): one for one in self.known}
        told = []
        for one in look(manager, row):
            own = names.get(one.subscription.lower())
            name = own.name if own else text(row, "subscriptionName")
            name = name or one.subscription
            told.append(one._replace(subscription=name, is_default=bool(own and own.is_default)))
        return told

    def _account(self, manager: Manager, account: dict[str, Any]) -> list[Found]:
        path = text(account, "id")
        try:
            rows = list(manager.rows(f"{path}/deployments", _VERSION))
        except ServiceError as error:
            endpoint = endpoint_of(account, "", "", self.cloud)
            if error.http_status != 403 or endpoint is None:
                raise
            try:  # who may chat need not be one who may read
                return self._listed(manager, account, endpoint)
            except AzchatError:
                raise error from None
        found = [one for row in rows if (one := read_found(account, row, self.cloud))]
        if not found:
            return []
        may_chat = _may_chat(manager, path)
        ends = _ends(manager, path) if self.dates else {}
        told = []
        for one in found:
            what = (one.publisher, one.model, one.version)
            end = ends.get((*what, one.capacity.rpartition(" ")[2])) or ends.get(what)
            told.append(one._replace(may_chat=may_chat, retires=end))
        return told

    def _project(self, manager: Manager, project: dict[str, Any]) -> list[Found]:
        """Return what a project tells of."""
        url = text(table(table(project, "properties"), "endpoints"), "AI Foundry API")
        if not may_be_asked(url, self.cloud):
            return []
        return self._listed(manager, project, parse_endpoint(url))

    def _space(self, manager: Manager, space: dict[str, Any]) -> list[Found]:
        rows = manager.rows(f"{text(space, 'id')}/serverlessEndpoints", _VERSION)
        return [one for row in rows if (one := read_serverless(space, row, self.cloud))]

    def _listed(self, manager: Manager, row: dict[str, Any], endpoint: Endpoint) -> list[Found]:
        """Return the deployments that an endpoint itself lists."""
        parts = urlsplit(addresses(endpoint)[0])
        is_project = endpoint.kind == "project"
        cognitive = f"https://cognitiveservices.{self.cloud.suffix}/.default"
        token = self.token_for(endpoint.scope or "" if is_project else cognitive)
        at = manager.elsewhere(f"{parts.scheme}://{parts.netloc}", token)
        answer = at.ask("GET", f"{parts.path}?{parts.query}")
        return [one for own in read_rows(answer) if (one := from_list(row, own, endpoint))]


def _type(row: Mapping[str, Any]) -> str:
    return text(row, "type").lower()


def _is_subscription(row: Mapping[str, Any]) -> bool:
    return _type(row).endswith("/subscriptions")


def _subscription(row: Mapping[str, Any]) -> str:
    return text(row, "subscriptionId").lower()


def _account_of(project: Mapping[str, Any]) -> str:
    return text(project, "id").partition("/projects/")[0]


def _graph_rows(manager: Manager) -> Iterator[dict[str, Any]]:
    options: dict[str, Any] = {"$top": 1000, "resultFormat": "objectArray"}
    while True:
        asked = {"query": _QUERY, "options": options}
        answer = manager.post(_GRAPH, "2022-10-01", asked)
        yield from objects(answer, "data")
        token = answer.get("$skipToken") if isinstance(answer, dict) else None
        if not token or token == options.get("$skipToken"):
            return
        options = {**options, "$skipToken": token}


def _may_chat(manager: Manager, account: str) -> bool | None:
    """Return whether the caller may chat without a key; None where nobody says."""
    path = f"{account}/providers/Microsoft.Authorization/permissions"
    try:
        return permits(list(manager.aside().rows(path, "2022-04-01")))
    except AzchatError:
        return None


def _ends(manager: Manager, account: str) -> dict[tuple[str, ...], str]:
    """Return when models retire, those of one kind of deployment with its name."""
    ends: dict[tuple[str, ...], str] = {}
    with suppress(AzchatError):
        for row in manager.aside().rows(f"{account}/models", _VERSION):
            what = (text(row, "format"), text(row, "name"), text(row, "version"))
            own: dict[tuple[str, ...], str] = {what: text(table(row, "deprecation"), "inference")}
            own |= {
                (*what, text(sku, "name")): text(sku, "deprecationDate")
                for sku in objects(row, "skus")
            }
            ends |= {one: date[:10] for one, date in own.items() if date}
    return ends


def _tell(job: Future[list[Found]], name: str, on_found: OnFound, failures: list[str]) -> None:
    try:
        for one in job.result():
            on_found(one)
    except AzchatError as error:
        failures.append(f"{name}: {error.what}")


def _left_out(missing: Sequence[str], count: int) -> str:
    names = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
    return f"{len(missing)} of {count} subscriptions could not be looked into: {names}"
