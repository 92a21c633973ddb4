"""Is the server there: its name, the proxy on the way, TCP and TLS."""

from typing import Any

from azchat.commands.check.report import Finding, Outcome, failed
from azchat.errors import AzchatError
from azchat.net.opening import Opening, Target, addresses_of


def find_name(target: Target) -> Outcome:
    """Resolve the host's name, or the proxy's where one is in the way."""
    host = (target.proxy or target).host
    through = f"; through proxy {target.proxy}" if target.proxy else "; no proxy"
    try:
        found = addresses_of(target)
    except AzchatError as error:
        return Outcome((failed("name", error),))
    listed = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
    return Outcome((Finding("name", True, f"{host} is {listed}{through}"),))


def connect(target: Target) -> Outcome:
    """Open a connection and close it again."""
    try:
        opened: Any = Opening(target).wait()
    except AzchatError as error:
        return Outcome((failed("connection", error),))
    try:
        return Outcome((_described(target, opened),))
    finally:
        opened.close()


def _described(target: Target, opened: Any) -> Finding:
    to = f"{target.host}:{target.port}"
    if not target.tls:
        return Finding("connection", True, f"{to} without TLS, on this machine")
    issuer = dict(pair for group in opened.getpeercert().get("issuer", ()) for pair in group)
    by = issuer.get("organizationName") or issuer.get("commonName") or "an unnamed authority"
    return Finding("connection", True, f"{to}, {opened.version()}, certificate by {by}")
