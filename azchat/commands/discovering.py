"""Looks for the deployments of whoever is signed in: the tokens, the tenants, the search."""

import shlex
import shutil
import threading
import time
from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from azchat.azure.discovery import SECONDS, Search
from azchat.azure.discovery.found import Found, can_chat, is_true, table, text
from azchat.azure.discovery.manager import Manager
from azchat.azure.sign_in import Keeping, SignIn
from azchat.azure.signed_in import azd_folder, cloud_in_use, is_signed_in, subscriptions
from azchat.environment import Environment
from azchat.errors import AuthError, AzchatError, ConfigError, ServiceError
from azchat.net.opening import Background
from azchat.redaction import Redactor, Secret
from azchat.settings.keys import usable_key
from azchat.settings.layers import Settings

_MOST_TENANTS = 5
_PATIENCE = 300.0  # seconds: each step within has fewer, but a browser's
_MACHINE = ("AZURE_CLIENT_ID", "IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE")
_NOBODY = "nobody is signed in to Azure on this machine"
_HINT = "sign in with: az login; or without az: azchat config connect --auth device (or browser)"


class Discovery:
    """What was found so far, best first; ``on_found`` is told of each. ``auth`` is who asks."""

    def __init__(
        self,
        env: Environment,
        redactor: Redactor,
        settings: Settings,
        on_found: Callable[[], object] = bool,
    ) -> None:
        self.rows: list[Found] = []
        self.notices: list[str] = []
        self.resources: list[str] = []
        self.claims: dict[str, Mapping[str, Any]] = {}  # of who asked in each tenant
        self._env, self._redactor, self._tenant = env, redactor, settings.tenant
        self._on_found, self._keep = on_found, settings.keep_tokens
        self._lock = threading.Lock()  # each tenant is looked through in a thread
        known = subscriptions(env.variables)
        name, self.cloud = cloud_in_use(env.variables, known)
        self.known = [one for one in known if one.cloud == name]
        self.auth = settings.auth if settings.auth not in ("auto", "key") else way_in(env)

    def run(self, *, dates: bool = False) -> None:
        """Ask each tenant; raises ``AzchatError`` where none answers."""
        if not self.auth:
            raise AuthError(_NOBODY, _HINT)
        tenants, further = self._tenants()[:_MOST_TENANTS], self._tenants()[_MOST_TENANTS:]
        if further:
            names = ", ".join(map(str, further))
            self.notices.append(f"not looked into, name one with --tenant: {names}")
        # The token for the model is fetched at the same time: az takes its time for each.
        warm = Background(lambda: self._token(f"https://ai.{self.cloud.suffix}", tenants[0]))
        jobs = [Background(lambda one=one: self._look(one, dates=dates)) for one in tenants]  # type: ignore[misc]
        failures: list[AzchatError] = []
        for tenant, job in zip(tenants, jobs, strict=True):
            try:
                job.result(_PATIENCE)
            except AzchatError as error:
                failures.append(error)
                self.notices.append(f"{tenant or 'the tenant'}: {error.what}")
        if len(failures) == len(tenants):
            raise failures[0]
        with suppress(AzchatError):  # it is told when the model is asked
            warm.result(_PATIENCE)

    def key(self, found: Found) -> Secret:
        """Return a key of a deployment's resource; raises ``AzchatError``."""
        try:
            keys = self._manager(found.tenant or None).post(
                f"{found.account}/listKeys", "2024-10-01", {}
            )
        except ServiceError as error:
            what = f"the key of {found.resource} cannot be had: {error.what}"
            raise AuthError(what, "go without a key: azchat config connect") from None
        told = text(keys, "key1") or text(keys, "primaryKey")
        key = usable_key(told, "Azure Resource Manager")
        if key is None:
            raise AuthError(f"{found.resource} told no key", "go without: azchat config connect")
        return key

    def to_deploy(self, account: str) -> Mapping[str, str]:
        """Return the model that a resource would best begin with, as az names its parts."""
        wanted = {"model-name": "MODEL", "model-version": "VERSION", "model-format": "OpenAI"}
        try:
            rows = list(self._manager().rows(f"{account}/models", "2024-10-01"))
        except AzchatError:
            return wanted
        able = [one for one in rows if is_true(table(one, "capabilities").get("chatCompletion"))]
        able = [one for one in able if can_chat(text(one, "name"), "", {})]
        best = max(able, key=_worth, default=None)
        return wanted if best is None else {n: text(best, n.rpartition("-")[2]) for n in wanted}

    def _manager(self, tenant: str | None = None) -> Manager:
        token, root = self._token(self.cloud.manager, tenant or self._tenants()[0]), self.cloud
        return Manager(root.manager, token, self._env.variables, time.monotonic() + SECONDS)

    def _tenants(self) -> Sequence[str | None]:
        noted = [one.tenant for one in self.known if one.tenant]
        if self._tenant or not noted:
            return [self._tenant]
        return [*dict.fromkeys(noted)]

    def _look(self, tenant: str | None, *, dates: bool) -> None:
        token = self._token(self.cloud.manager, tenant)
        known = [one for one in self.known if tenant in (one.tenant, None)]
        own = self._env.variables
        search = Search(self.cloud, token, own, known, dates, lambda one: self._token(one, tenant))
        resources, failures = search.run(self._add)
        self.resources += resources
        self.notices += failures

    def _add(self, found: Found) -> None:
        with self._lock:
            told = ((one.account, one.name) for one in self.rows)
            if (found.account, found.name) in told:  # one tenant may see what is another's
                return
            insort(self.rows, found, key=lambda one: one.rank)
        self._on_found()

    def _token(self, audience: str, tenant: str | None) -> str:
        env = self._env
        keeping = Keeping(
            env.data_folder,
            mask=self._redactor.add,
            tokens=self._keep,
            say=lambda line: env.stderr.write(f"azchat: {line}\n"),
        )
        variables = env.variables
        scope = f"{audience.removesuffix('/.default')}/.default"
        with SignIn(self.auth, scope, tenant=tenant, variables=variables, keeping=keeping) as one:
            token = one.token()
            self.claims[tenant or ""] = token.claims
            return token.text


def _worth(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a model is better by: it stays, it is small, it is new."""
    stays = text(row, "lifecycleStatus") in ("GenerallyAvailable", "Stable", "")
    name = text(row, "name")
    return stays, text(row, "format") == "OpenAI", "mini" in name, name, text(row, "version")


def way_in(env: Environment) -> str:
    """Return who is signed in on this machine: ``az``, ``azd``, a machine; "" for nobody."""
    path = env.variables.get("PATH")
    if is_signed_in(env.variables) and shutil.which("az", path=path):
        return "az"
    if (azd_folder(env.variables) / "auth.json").exists() and shutil.which("azd", path=path):
        return "azd"
    return "entra" if any(env.variables.get(name) for name in _MACHINE) else ""


def nothing_found(discovery: Discovery) -> AzchatError:
    """Return what to do where there is nothing to chat with, or where nobody knows."""
    what, hint = _to_make(discovery)
    if discovery.notices:
        what = "no deployment that can chat was found, but not all could be looked into"
        hint = f"ask again in a minute; or {hint}"
    return ConfigError(what, hint, details=tuple(discovery.notices))


def _to_make(discovery: Discovery) -> tuple[str, str]:
    if discovery.resources:
        account = discovery.resources[0]
        parts = account.split("/")
        model = discovery.to_deploy(account).items()
        told = " ".join(f"--{name} {shlex.quote(text)}" for name, text in model)
        group = shlex.quote(parts[4]) if len(parts) > 4 else "GROUP"
        hint = (
            f"make one: az cognitiveservices account deployment create -g {group} -n {parts[-1]} "
            f"--deployment-name chat {told} --sku-name GlobalStandard --sku-capacity 10"
        )
        return "none of your resources has a deployment that can chat", hint
    looked = ", ".join(one.name or one.id for one in discovery.known[:5])
    looked = f"looked into: {looked}" if looked else "your account has no subscription"
    hint = (
        "make one at https://ai.azure.com; or sign in elsewhere: az login --tenant TENANT; "
        "or ask for the role Reader on the resource; a URL and a key work too: azchat config set"
    )
    return f"no Azure AI resource was found ({looked})", hint
