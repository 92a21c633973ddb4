"""Does the sign-in work, is the path right, is the deployment there: one plain question tells."""

import time

from azchat.asking.route import Route
from azchat.azure.endpoint import Endpoint
from azchat.azure.token_cache import Token
from azchat.commands.check.asking import Asking
from azchat.commands.check.lines import Lines
from azchat.commands.check.report import Finding, Outcome, failed, unknown
from azchat.errors import AuthError, AzchatError, IncompleteError, NetworkError

_OF_DEPLOYMENT = ("deployment", "model")


def ask_plainly(asking: Asking, lines: Lines, route: Route, signed_in_by: str) -> Outcome:
    """Ask with nothing but a message; a failure belongs to the first of the three it shows."""
    endpoint = route.endpoint
    failure: AzchatError | None = None
    try:
        asking.ask("Reply with the one word: ready")
    except AuthError as error:
        return Outcome((failed("sign-in", error), unknown("path"), unknown("deployment")))
    except NetworkError as error:
        return Outcome((unknown("sign-in"), failed("path", error), unknown("deployment")))
    except AzchatError as error:
        failure = error
    who = Finding("sign-in", True, f"{signed_in_by}{_of_token(lines.authorization, endpoint)}")
    if failure and _is_of_deployment(failure):
        return Outcome((who, _path(endpoint), failed("deployment", _with_list(failure, route))))
    if failure:
        return Outcome((who, failed("path", _with_way(failure, route)), unknown("deployment")))
    there = Finding("deployment", True, f"{route.model or 'the one behind the endpoint'} answers")
    return Outcome((who, _path(endpoint), there))


def _path(endpoint: Endpoint) -> Finding:
    version = f", api-version {endpoint.api_version}" if endpoint.api_version else ""
    return Finding("path", True, f"{endpoint.base}{version}")


def _is_of_deployment(error: AzchatError) -> bool:
    """Return whether path and version were taken, so that the deployment itself is at fault."""
    if isinstance(error, IncompleteError):
        return True  # it began to answer
    if error.http_status == 404:
        code = (error.service_code or "").lower()
        return any(word in code for word in _OF_DEPLOYMENT)
    if error.http_status in (405, 410) or (error.http_status or 0) // 100 == 3:
        return False
    return error.http_status is not None and "api-version" not in error.what


def _with_way(error: AzchatError, route: Route) -> AzchatError:
    endpoint = route.endpoint
    if endpoint.api_version and endpoint.kind == "deployment":
        error.hint = "try: azchat info --check --api-version 2024-10-21"
    elif endpoint.kind == "inference":
        resource = endpoint.base.removesuffix("/models")
        error.hint = f"try: azchat info --check --endpoint {resource}/openai/v1"
    return error


def _with_list(error: AzchatError, route: Route) -> AzchatError:
    if error.http_status == 404:
        error.hint = "see the deployments with: azchat models"
        if not route.model:
            error.hint = "name a deployment with -m; see: azchat models"
    return error


def _of_token(authorization: str, endpoint: Endpoint) -> str:
    """Return tenant, expiry and scope of an Entra token, never itself; nothing for a key."""
    token = authorization.removeprefix("Bearer ")
    if token == authorization or token.count(".") != 2:
        return ""
    claims = Token(token, 0).claims
    said = [f"tenant {claims['tid']}" if claims.get("tid") else "", _expiry(claims.get("exp"))]
    scope = claims.get("aud") or endpoint.scope
    said.append(f"scope {scope}" if scope else "")
    return "".join(f", {one}" for one in said if one)


def _expiry(value: object) -> str:
    if not isinstance(value, int | float):
        return ""
    minutes = int((value - time.time()) // 60)
    return f"expires in {minutes} min" if minutes >= 0 else "expired"
