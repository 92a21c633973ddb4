"""What azd's environment of this folder says of an endpoint: offered, never taken silently."""

import json
from typing import NamedTuple

from azchat.environment import Environment
from azchat.errors import ConfigError
from azchat.files import read_whole
from azchat.settings.dotenv import read_dotenv
from azchat.settings.families import NAMES, endpoint_in


class Offer(NamedTuple):
    """An endpoint, its deployment if one is named, and where they are from, in words."""

    url: str
    model: str | None
    origin: str


def azd_offer(env: Environment) -> Offer | None:
    """Return what ``.azure/<environment>/.env`` of the nearest folder with an azure.yaml says.

    The folder may have come with somebody's code: no sign-in may go there unasked.
    """
    folders = (env.cwd, *env.cwd.parents)
    root = next((one for one in folders if (one / "azure.yaml").is_file()), None)
    if root is None:
        return None
    try:
        told = json.loads(read_whole(root / ".azure" / "config.json"))["defaultEnvironment"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        told = ""
    name = env.variables.get("AZURE_ENV_NAME") or str(told)
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        return None
    try:
        found = read_dotenv(root / ".azure" / name, NAMES, env.data_folder / "trusted.json")
    except ConfigError:
        return None
    values = found.values if found else {}
    if not (there := endpoint_in(values)):
        return None
    family, _, url = there
    model = next((values[one] for one in family.models if one in values), None)
    return Offer(url, model, f"azd's environment {name} of {root}")
