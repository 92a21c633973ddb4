"""The answers that say no, each in the body form its real service uses."""

import json
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


def wrong_key() -> Refused:
    """Return the 401 of a missing or wrong key."""
    message = (
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
        "provide a valid key for an active subscription and use a correct regional API endpoint."
    )
    return azure(401, "401", message)


def not_found() -> Refused:
    """Return the 404 of a path nobody serves."""
    return azure(404, "404", "Resource not found")


def no_deployment() -> Refused:
    """Return the 404 of a model name nobody deployed."""
    message = (
        "The API deployment for this resource does not exist. If you created the deployment "
        "within the last 5 minutes, please wait a moment and try again."
    )
    return azure(404, "DeploymentNotFound", message)


def wrong_method(allowed: list[str]) -> Refused:
    """Return the 405 of a path that exists for other methods."""
    return azure(405, "405", "Method not allowed", {"allow": ", ".join(allowed)})


def rate_limited() -> Refused:
    """Return the 429 that asks for two seconds of patience."""
    headers = {
        "retry-after": "2",
        "x-ratelimit-limit-requests": "1",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "2",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "2",
    }
    message = "The token rate limit of this deployment is used up. Please retry after 2 seconds."
    return azure(429, "RateLimitReached", message, headers)


def content_filtered() -> Refused:
    """Return the 400 of a prompt that content safety stopped."""
    safe = {"filtered": False, "severity": "safe"}
    result = {
        "hate": safe,
        "jailbreak": {"filtered": False, "detected": False},
        "self_harm": safe,
        "sexual": safe,
        "violence": {"filtered": True, "severity": "medium"},
    }
    error = {
        "message": "The response was filtered due to the prompt triggering Microsoft's content "
        "management policy. Please modify your prompt and retry.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": result},
    }
    return Refused(400, {"error": error})
