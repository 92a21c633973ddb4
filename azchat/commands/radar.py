"""What is retired of the route and the model in use, said as one line each; works offline."""

import time
from collections.abc import Iterator

from azchat.asking.route import Route
from azchat.azure.hosts import is_azure
from azchat.azure.retirement import retirements
from azchat.environment import Environment


def today() -> str:
    """Return the day (UTC) as an ISO date."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def warnings(route: Route, day: str) -> list[str]:
    """Return what is retired of a route, its api-version and model; the dates are Azure's alone."""
    endpoint = route.endpoint
    if not is_azure(endpoint.host.partition(":")[0]):
        return []
    found = retirements(endpoint.kind, endpoint.api_version, route.model, day)
    return [one.warning(day) for one in found]


def due_warnings(env: Environment, route: Route) -> Iterator[str]:
    """Yield the warnings that were not given yet today."""
    day = today()
    for warning in warnings(route, day):
        from azchat.learned import is_due

        if is_due(env.data_folder / "reminders.json", warning, day):
            yield warning
