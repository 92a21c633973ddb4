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

from azchat.azure.discovery.found import Found, permits, read_found, table, text
from azchat.azure.discovery.manager import Manager, objects
from azchat.azure.signed_in import Cloud, Subscription
from azchat.errors import AzchatError

SECONDS = 8.0  # for all, once there is a token
_AT_ONCE = 8
_GRAPH = "/providers/Microsoft.ResourceGraph/resources"
_KINDS = ("AIServices", "OpenAI", "CognitiveServices")
_QUERY = (
    "resources | where type =~ 'microsoft.cognitiveservices/accounts' and kind in~ "
    f"{_KINDS} | project id, name, type, kind, location, subscriptionId, tenantId, properties "
    # Which subscriptions were looked into, for the others are left out without a word.
    "| union (resourcecontainers | where type =~ 'microsoft.resources/subscriptions' "
    "| project id, name, type, subscriptionId, tenantId)"
)
_VERSION = "2024-10-01"
_ACCOUNTS = "Microsoft.CognitiveServices/accounts"

OnFound = Callable[[Found], None]


class Search(NamedTuple):
    """What to look through: a tenant ("" for the own one), as the one whose ``token`` it is.

    ``known`` are the subscriptions of that tenant that az noted. ``dates`` asks also when models
    retire, which takes another GET a resource.
    """

    cloud: Cloud
    token: str
    variables: Mapping[str, str]
    known: Sequence[Subscription] = ()
    dates: bool = False

    def run(self, on_found: OnFound) -> tuple[list[str], list[str]]:
        """Tell each deployment as it comes; return the resources, and what failed, a line each."""
        deadline = time.monotonic() + SECONDS
        manager = Manager(self.cloud.manager, self.token, self.variables, deadline)
        # Not as in a with statement: what hangs is not waited for.
        pool, failures = ThreadPoolExecutor(_AT_ONCE), list[str]()
        try:
            accounts = self._accounts(manager, pool, failures)
            jobs = {pool.submit(self._look_into, manager, one): one for one in accounts}
            with suppress(TimeoutError):
                for job in as_completed(jobs, max(0.0, deadline - time.monotonic())):
                    _tell(job, text(jobs[job], "name"), on_found, failures)
            late = [text(one, "name") for job, one in jobs.items() if not job.done()]
            failures += [f"{name}: no answer within {SECONDS:g} s" for name in late]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return [text(one, "id") for one in accounts], failures

    def _accounts(
        self, manager: Manager, pool: ThreadPoolExecutor, failures: list[str]
    ) -> list[dict[str, Any]]:
        try:
            rows = list(_graph_rows(manager))
        except AzchatError:  # throttled, not allowed, or not there in this cloud
            return self._accounts_one_by_one(manager, pool, failures)
        accounts = [row for row in rows if text(row, "type").lower() == _ACCOUNTS.lower()]
        seen = {text(row, "subscriptionId").lower() for row in rows}
        missing = [one.name or one.id for one in self.known if one.id.lower() not in seen]
        if missing and len(rows) > len(accounts):
            failures.append(_left_out(missing, len(self.known)))
        # What was just made is not in the graph yet.
        return accounts or self._accounts_one_by_one(manager, pool, [])

    def _accounts_one_by_one(
        self, manager: Manager, pool: ThreadPoolExecutor, failures: list[str]
    ) -> list[dict[str, Any]]:
        names = {one.id: one.name or one.id for one in self.known}
        if not names:
            listed = manager.rows("/subscriptions", "2022-12-01")
            names = {text(one, "subscriptionId"): text(one, "displayName") for one in listed}

        def ask(subscription: str) -> list[dict[str, Any]]:
            path = f"/subscriptions/{subscription}/providers/{_ACCOUNTS}"
            return [one for one in manager.rows(path, _VERSION) if one.get("kind") in _KINDS]

        accounts, missing = list[dict[str, Any]](), list[str]()
        for name, job in [(name, pool.submit(ask, own)) for own, name in names.items()]:
            try:
                accounts += job.result()
            except AzchatError as error:
                missing.append(name)
                failures.append(f"{name}: {error.what}")
        if missing:
            failures.append(_left_out(missing, len(names)))
        return accounts

    def _look_into(self, manager: Manager, account: dict[str, Any]) -> list[Found]:
        path = text(account, "id")
        account.setdefault("tenantId", next((one.tenant for one in self.known), ""))
        rows = manager.rows(f"{path}/deployments", _VERSION)
        found = [one for row in rows if (one := read_found(account, row, self.cloud))]
        if not found:
            return []
        may_chat = _may_chat(manager, path)
        ends = _ends(manager, path) if self.dates else {}
        names = {one.id.lower(): one for one in self.known}
        told = []
        for one in found:
            own = names.get(one.subscription.lower())
            what = (one.publisher, one.model, one.version)
            told.append(
                one._replace(
                    may_chat=may_chat,
                    retires=ends.get((*what, one.capacity.rpartition(" ")[2])) or ends.get(what),
                    subscription=own.name if own and own.name else one.subscription,
                    is_default=bool(own and own.is_default),
                )
            )
        return told


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
        return permits(list(manager.rows(path, "2022-04-01")))
    except AzchatError:
        return None


def _ends(manager: Manager, account: str) -> dict[tuple[str, ...], str]:
    """Return when models retire, those of one kind of deployment with its name."""
    ends: dict[tuple[str, ...], str] = {}
    with suppress(AzchatError):
        for row in manager.rows(f"{account}/models", _VERSION):
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
