"""The GET routes: what the model is, and which models and deployments there are."""

from typing import Any

from azchat.demo.models import DEFAULT_MODEL, find_model, publishers

Json = dict[str, Any]

_CREATED = 1718726686
_CAPABILITIES = {"chat": "chat_completion", "responses": "responses"}
_RETIRES = {"gpt-5-mini": 1_830_297_600, "gpt-oss-120b": 1_861_833_600}  # epoch seconds


def look_up(action: str) -> Json:
    """Return the JSON body of a GET route."""
    if action == "info":
        about = {"model_name": DEFAULT_MODEL, "model_type": "chat-completions"}
        return about | {"model_provider_name": publishers()[DEFAULT_MODEL]}
    if action == "project deployments":
        return {"value": [_project_deployment(name) for name in publishers()], "nextLink": None}
    row = _model if action == "models" else _deployment
    return {"object": "list", "data": list(map(row, publishers()))}


def _model(name: str) -> Json:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": publishers()[name]}


def _deployment(name: str) -> Json:
    return {
        "id": name,
        "model": name,
        "object": "deployment",
        "owner": "organization-owner",
        "status": "succeeded",
        "created_at": _CREATED,
        "updated_at": _CREATED,
        "scale_settings": {"scale_type": "standard", "capacity": 50},
        "deprecation": {"inference": _RETIRES.get(name)},
    }


def _project_deployment(name: str) -> Json:
    return {
        "name": name,
        "type": "ModelDeployment",
        "modelName": name,
        "modelVersion": "1",
        "modelPublisher": publishers()[name],
        "capabilities": {_CAPABILITIES[one]: "true" for one in find_model(name).speaks},
        "sku": {"name": "GlobalStandard", "capacity": 50},
    }
