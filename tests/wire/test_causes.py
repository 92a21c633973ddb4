"""Each text that a service is known to send leads to its own next step."""

import json
import re

import pytest

from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.wire.causes import causes, find_cause
from azchat.wire.faults import read_fault
from azchat.wire.status import Destination, answer_error, http_error

HOST = Destination("r.openai.azure.com", "--auth az")
AUTH, SERVICE = AuthError, ServiceError


def error_of(status: int, code: str, message: str) -> AzchatError:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return http_error(status, {}, body, destination=HOST, model="gpt-9")


# Status, code, words: the class, and words of the hint.
KNOWN = [
    (403, "AuthenticationTypeDisabled", "Key based authentication is disabled.", AUTH, "az login"),
    (400, "BadRequest", "Failed: disableLocalAuth is set to be true", AUTH, "--auth entra"),
    (401, "PermissionDenied", "Principal does not have access to API/Operation.", AUTH, "role"),
    (401, "x", "The principal `a` lacks the required data action `b`.", AUTH, "role"),
    (403, "403", "Public access is disabled. Please configure private endpoint.", AUTH, "nslookup"),
    (403, "403", "Access denied due to Virtual Network/Firewall rules.", AUTH, "firewall"),
    (403, "x", "Your IP address 203.0.113.9 is not allowed to use this.", AUTH, "address"),
    (403, "x", "A Virtual Network is configured for this resource.", AUTH, "own host"),
    (400, "x", "Please provide a custom subdomain for token authentication", AUTH, "own host"),
    (400, "x", "Token tenant 1 does not match resource tenant.", AUTH, "--tenant"),
    (401, "InvalidAuthenticationTokenTenant", "The wrong issuer.", AUTH, "--tenant"),
    (401, "401", "Access denied due to missing subscription key.", AUTH, "header"),
    (401, "401", "Access denied due to invalid subscription key.", AUTH, "sign in again"),
    (400, "x", "API key not valid. Please pass a valid API key.", AUTH, "sign in again"),
    (429, "insufficient_quota", "You exceeded your quota.", SERVICE, "account"),
    (500, "api_error", "insufficient balance (1008)", SERVICE, "account"),
    (402, "402", "You need more credits.", SERVICE, "account"),
    (402, "402", "You asked for 900 tokens, but can only afford 12.", SERVICE, "--max-tokens"),
    (400, "budget_exceeded", "Budget has been exceeded!", SERVICE, "account"),
    (429, "1113", "余额不足或无可用资源包,请充值。", SERVICE, "account"),
    (429, "x", "You exceeded your current quota, check your plan and billing.", SERVICE, "account"),
    (403, "403", "Token quota is exceeded. Try again in 21 minutes.", SERVICE, "renewed"),
    (
        403,
        "403",
        "Out of call volume quota. Quota will be replenished in 03:14:05.",
        SERVICE,
        "gate",
    ),
    (429, "429", "Rate limit exceeded: free-models-per-day", SERVICE, "tomorrow"),
    (429, "429", "exceeded the pricing tier. Retry after 86400 seconds.", SERVICE, "capacity"),
    (429, "429", "Slow down. Try again in 5 hours.", SERVICE, "no wait"),
    (
        429,
        "429",
        "more than the maximum during peak load. Retry after 20 seconds",
        SERVICE,
        "short",
    ),
    (400, "context_length_exceeded", "Too long.", SERVICE, "send less"),
    (400, "400", "prompt is too long: 300000 tokens > 200000 maximum", SERVICE, "send less"),
    (413, "413", "Request too large for the model, reduce it", SERVICE, "send less"),
    (400, "x", "you must provide a model parameter", SERVICE, "-m NAME"),
    (400, "x", "Missing required parameter: 'model'.", SERVICE, "-m NAME"),
    (404, "DeploymentNotFound", "The API deployment does not exist.", SERVICE, "azchat models"),
    (404, "x", "model 'llama9' not found, try pulling it first", SERVICE, "azchat models"),
    (403, "model_not_found", "The project has no access to it.", SERVICE, "azchat models"),
    (400, "400", "x/y is not a valid model ID", SERVICE, "azchat models"),
    (400, "model_decommissioned", "It has been decommissioned.", SERVICE, "another model"),
    (400, "x", "API version not supported", SERVICE, "--api-version"),
    (404, "x", "This model is only supported in v1/responses.", SERVICE, "/openai/v1"),
    (400, "x", "Function tools with reasoning_effort are not supported.", SERVICE, "--effort"),
    (400, "x", "At most 1 image(s) may be provided", SERVICE, "--last-image-only"),
    (400, "x", "This is not a multimodal model", SERVICE, "-m NAME"),
    (403, "403", "Your input was flagged", SERVICE, "rephrase"),
    (422, "x", "`inputs` must have less than 4095 tokens. Given: 5000", SERVICE, "send less"),
    (400, "x", "too many tokens: size limit exceeded by 2000 tokens.", SERVICE, "send less"),
    (401, "x", "AADSTS500011: The resource principal was not found", AUTH, "--tenant"),
    (403, "unsupported_country_region_territory", "Country, region not served", SERVICE, "place"),
]


@pytest.mark.parametrize(("status", "code", "message", "kind", "hint"), KNOWN)
def test_a_known_text_has_its_own_hint(
    status: int, code: str, message: str, kind: type[AzchatError], hint: str
) -> None:
    error = error_of(status, code, message)
    assert type(error) is kind
    assert hint in error.hint
    assert message in error.what
    assert "{" not in error.hint + error.what


def test_every_row_is_the_first_for_some_text() -> None:
    found = set()
    for status, code, message, *_ in KNOWN:
        wait = error_of(status, code, message).retry_after
        fault = read_fault({"error": {"code": code, "message": message}})
        found.add(find_cause(fault, status, wait))
    assert found == set(causes())


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Invalid token '<' at position 9 of the JSON body"),
        (400, "thinking budget must not exceed max_tokens"),
        (400, "The clip's description is not allowed to be empty"),
        (400, "Unsupported value: 'temperature' does not support 0.5 with this model."),
        (400, "max_tokens is too large: 100000"),
        (429, "Rate limit reached. Please try again in 20s."),
        (500, "Internal server error"),
        (503, "The engine is overloaded"),
    ],
)
def test_what_only_sounds_like_a_cause_is_told_by_its_status(status: int, message: str) -> None:
    assert error_of(status, "x", message).cause == ""


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached"])
def test_an_empty_account_is_no_reason_to_ask_again_whatever_the_status(code: str) -> None:
    assert not any(error_of(status, code, "No.").retryable for status in (429, 500, 503))


def test_a_short_wait_for_a_quota_is_a_wait() -> None:
    error = error_of(429, "x", "You exceeded your current quota. Please retry in 41.8s.")
    assert (error.retryable, error.retry_after, error.cause) == (True, 41.8, "")


def test_a_filtered_prompt_is_no_matter_of_the_sign_in() -> None:
    assert type(error_of(403, "content_filter", "Filtered.")) is ServiceError


# Within a 200


@pytest.mark.parametrize(
    ("body", "kind", "retryable"),
    [
        ({"error": {"code": 401, "message": "No auth credentials found"}}, AUTH, False),
        ({"error": {"code": "403", "message": "Forbidden"}}, AUTH, False),
        ({"error": {"code": 400, "message": "No."}}, SERVICE, False),
        ({"error": {"type": "authentication_error", "message": "No."}}, AUTH, False),
        (
            {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
            SERVICE,
            False,
        ),
        ({"error": {"code": 502, "message": "Upstream failed"}}, SERVICE, True),
        ({"error": "busy"}, SERVICE, True),
        ("upstream said no", SERVICE, True),
        ({}, SERVICE, True),
    ],
)
def test_an_error_within_a_200_is_judged_by_what_it_says(
    body: object, kind: type[AzchatError], retryable: bool
) -> None:
    error = answer_error(body)
    assert (type(error), error.retryable, error.http_status) == (kind, retryable, None)
    assert error.what
    assert error.hint


def test_every_hint_is_one_line_that_can_be_filled_in() -> None:
    for cause in causes():
        text = (cause.hint + cause.what).format(host="h", model="m", of_model=", model m")
        assert not re.search(r"[{}\n]", text)
