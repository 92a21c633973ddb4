"""The answers that say no, each in the body form its real service uses."""

import json
from functools import cache
from pathlib import Path
from typing import Any


class Refused(Exception):  # noqa: N818 - an outcome of the protocol, not an error of the demo
    """A request that gets an HTTP error; ``body`` is the JSON of the reply."""

    def __init__(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


def refused(name: str) -> Refused:
    """Return one that is always the same; ``refusals.json`` has them by their names."""
    return Refused(**_known()[name])


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(Path(__file__).with_name("refusals.json").read_bytes())
    return known


def azure(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Refused:
    """Return a refusal with Azure's ``{"error": {"code", "message"}}``."""
    return Refused(status, {"error": {"code": code, "message": message}}, headers)


def openai(message: str, param: str | None, code: str | None) -> Refused:
    """Return a 400 with OpenAI's four fields."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Refused(400, {"error": error})


def unsupported_parameter(name: str) -> Refused:
    """Return the refusal of a parameter that reasoning models do not take."""
    advice = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
    message = f"Unsupported parameter: '{name}' is not supported with this model.{advice}"
    return openai(message, name, "unsupported_parameter")


def unsupported_value(name: str, value: object, supported: list[str]) -> Refused:
    """Return the refusal of a value, with the list of the values that would do."""
    listed = ", ".join(f"'{one}'" for one in supported)
    message = (
        f"Unsupported value: '{name}' does not support '{value}' with this model. "
        f"Supported values are: {listed}."
    )
    return openai(message, name, "unsupported_value")


def unprocessable(field: str, problem: str) -> Refused:
    """Return the 422 of the inference routes: a JSON text inside a JSON string."""
    kind = "missing" if problem == "Field required" else "value_error"
    detail = {"detail": [{"type": kind, "loc": ["body", field], "msg": problem}]}
    error = {"code": "Invalid input", "message": json.dumps(detail), "status": 422}
    return Refused(422, {"error": error})


def extra_parameters(names: list[str]) -> Refused:
    """Return what the inference routes say to body keys they do not know."""
    detail = (
        f"Extra parameters {names} are not allowed when extra-parameters is not set or set to be "
        "'error'. Set extra-parameters to 'pass-through' to pass to the model."
    )
    return Refused(400, {"detail": detail})


def wrong_method(allowed: list[str]) -> Refused:
    """Return the 405 of a path that exists for other methods."""
    return azure(405, "405", "Method not allowed", {"allow": ", ".join(allowed)})
