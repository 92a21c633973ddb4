"""The GET routes: what the model is, and which models and deployments there are."""

from typing import Any

from azchat.demo.models import DEFAULT_MODEL, find_model, publishers
from azchat.demo.tables import table

Json = dict[str, Any]

_CAPABILITIES = {"chat": "chat_completion", "responses": "responses"}


def look_up(action: str) -> Json:
    """Return the JSON body of a GET route."""
    if action == "info":
        about = {"model_name": DEFAULT_MODEL, "model_type": "chat-completions"}
        return about | {"model_provider_name": publishers()[DEFAULT_MODEL]}
    rows = [_row(action, name, publisher) for name, publisher in publishers().items()]
    if action == "project deployments":
        return {"value": rows, "nextLink": None}
    return {"object": "list", "data": rows}


def _row(action: str, name: str, publisher: str) -> Json:
    filled = {
        key: value.format(name=name, publisher=publisher) if isinstance(value, str) else value
        for key, value in table("replies")["lists"][action].items()
    }
    if action == "deployments":
        filled["deprecation"] = {"inference": table("replies")["retires"].get(name)}
    if action == "project deployments":
        speaks = find_model(name).speaks
        filled["capabilities"] = {_CAPABILITIES[dialect]: "true" for dialect in speaks}
    return filled
