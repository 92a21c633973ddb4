import json
from typing import Any

import pytest

from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.wire.faults import read_fault
from azchat.wire.safety import read_findings, stopped
from azchat.wire.status import Destination, http_error, retry_after

HOST = Destination("r.openai.azure.com", "AZURE_INFERENCE_CREDENTIAL")
PACKED = (
    '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],'
    '"msg":"Extra inputs are not permitted","input":true}]}'
)


def error_of(status: int, body: object = b"", **headers: str) -> AzchatError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http_error(status, named, data, destination=HOST, model="gpt-5")


# Every form of an error's body


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"error": {"code": "BadRequest", "message": "No."}}, "No.", "BadRequest"),
        ({"error": {"code": 503, "message": "No.", "type": "busy"}}, "No.", "503"),
        ({"error": {"code": None, "message": "No.", "type": "busy"}}, "No.", "busy"),
        ({"error": {"code": "", "message": "No."}}, "No.", None),
        ({"error": {"code": "x", "message": "No.", "innererror": {"code": "Y"}}}, "No.", "x"),
        ({"statusCode": 401, "message": "No."}, "No.", None),
        ({"detail": "No."}, "No.", None),
        ({"detail": [{"type": "t", "loc": ["body", "n"], "msg": "No."}]}, "body.n: No.", None),
        (
            {"detail": [{"loc": ["body", "messages", 0], "msg": "No."}]},
            "body.messages.0: No.",
            None,
        ),
        ({"detail": [{"type": "missing"}]}, "missing", None),
        ({"detail": ["No.", "Nor."]}, "No.; Nor.", None),
        (
            {"error": "Unprocessable Entity", "detail": [{"loc": ["body"], "msg": "No."}]},
            "body: No.",
            None,
        ),
        (
            {
                "status": 422,
                "code": "parameter_not_supported",
                "detail": {"loc": []},
                "message": "No.",
            },
            "No.",
            "parameter_not_supported",
        ),
        ({"error": {"code": "Invalid input", "message": PACKED}}, PACKED, "Invalid input"),
        ({"object": "error", "message": "No.", "type": "NotFoundError", "code": 404}, "No.", "404"),
        ({"error": "No."}, "No.", None),
        ({"error": {"message": "No.", "type": "e", "param": None, "code": None}}, "No.", "e"),
        ([{"error": {"message": "No.", "code": 400}}], "No.", "400"),
        (["No."], "No.", None),
        ("No.", "No.", None),
        ({"error": {"message": {"detail": "No."}}}, "No.", None),
        ({"error": {"message": "One\n  line\tonly"}}, "One line only", None),
        ({"error": {"message": ""}}, "", None),
        ({}, "", None),
        ([], "", None),
        (None, "", None),
        (42, "", None),
        ({"error": None}, "", None),
    ],
)
def test_a_body_tells_its_message_and_code(body: object, message: str, code: str | None) -> None:
    fault = read_fault(body)
    if message == PACKED:
        message = "body.stream_options.include_usage: Extra inputs are not permitted"
    assert (fault.message, fault.code) == (message, code)


def test_a_string_that_only_looks_like_json_is_told_as_it_is() -> None:
    assert read_fault({"error": {"message": "{not json"}}).message == "{not json"


def test_the_refused_parameter_is_named() -> None:
    error = {"message": "Unsupported parameter", "param": "max_tokens", "code": "unsupported"}
    assert read_fault({"error": error}).parameter == "max_tokens"


def test_at_most_three_details_are_told() -> None:
    details = [{"loc": ["body", i], "msg": "No."} for i in range(9)]
    assert read_fault({"detail": details}).message.count("No.") == 3


@pytest.mark.parametrize(
    "error",
    [
        {"code": "content_filter", "message": "filtered"},
        {"code": "ResponsibleAIPolicyViolation", "message": "filtered"},
        {"code": "x", "innererror": {"content_filter_result": {"hate": {"filtered": True}}}},
    ],
)
def test_the_content_filter_is_recognised(error: dict[str, Any]) -> None:
    assert read_fault({"error": error}).is_content_filter


def test_only_the_categories_that_stopped_the_text_are_named() -> None:
    results = {
        "hate": {"filtered": False, "severity": "low"},
        "self_harm": {"filtered": True, "severity": "high"},
        "jailbreak": {"filtered": True, "detected": True},
        "custom_blocklists": [],
        "error": None,
    }
    assert stopped(read_findings(results, "answer")) == "self harm (high), jailbreak"


@pytest.mark.parametrize("results", [None, [], "x", {}])
def test_results_that_make_no_sense_name_no_category(results: object) -> None:
    assert read_findings(results, "answer") == ()


# Who must act


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_sign_in_names_where_the_key_came_from(status: int) -> None:
    error = error_of(status, {"error": {"message": "Access denied"}})
    assert isinstance(error, AuthError)
    assert "AZURE_INFERENCE_CREDENTIAL" in error.hint
    assert "Access denied" in error.what


def test_without_a_key_the_hint_is_to_give_one() -> None:
    error = http_error(401, {}, b"", destination=Destination("host"))
    assert "give a key" in error.hint


def test_a_missing_deployment_is_told_with_host_and_model() -> None:
    what = error_of(404, {"error": {"code": "404", "message": "Resource not found"}}).what
    assert "deployment or path not found at r.openai.azure.com, model gpt-5" in what


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_by_its_host_and_not_followed(status: int) -> None:
    error = error_of(status, location="https://evil.test/v1?sig=secret")
    assert "redirects to evil.test" in error.what
    assert "secret" not in error.what + error.hint


@pytest.mark.parametrize("location", ["file:///etc/passwd", "", "/login", "//[", "http://[::1"])
def test_a_redirect_to_nowhere_is_told_too(location: str) -> None:
    assert "redirects to another address" in error_of(302, location=location).what


@pytest.mark.parametrize("status", [400, 422])
def test_a_filtered_prompt_is_told_with_its_categories(status: int) -> None:
    inner = {"code": "ResponsibleAIPolicyViolation"}
    result = {"violence": {"filtered": True, "severity": "medium"}}
    fault = {"code": "content_filter", "innererror": inner | {"content_filter_result": result}}
    assert "violence (medium)" in error_of(status, {"error": fault | {"message": "No."}}).what


@pytest.mark.parametrize("status", [400, 405, 408, 410, 413, 415, 418, 422, 424, 429, 500, 502])
def test_each_status_is_told_with_its_number_and_what_was_said(status: int) -> None:
    error = error_of(status, {"error": {"message": "The reason."}})
    assert isinstance(error, ServiceError)
    assert error.what.endswith(f"(HTTP {status}): The reason.") or status == 418
    assert error.hint
    assert error.http_status == status


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_retryable(status: int) -> None:
    assert error_of(status).retryable


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 413, 422, 424, 501])
def test_what_will_not_pass_is_not(status: int) -> None:
    assert not error_of(status).retryable


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><h1>502</h1></html>", b"\n <!DOCTYPE html>", b"[]", b"{}", b"null", b"\xff\xfe"],
)
def test_a_body_that_says_nothing_readable_is_not_quoted(body: bytes) -> None:
    what = error_of(502, body).what
    assert "bad gateway (HTTP 502)" in what
    assert "<" not in what


def test_html_by_its_type_is_not_quoted() -> None:
    assert "sorry" not in error_of(502, b"sorry", content_type="text/html").what


def test_plain_text_is_quoted_in_short() -> None:
    what = error_of(503, b"upstream connect error " + b"x" * 5000).what
    assert "upstream connect error" in what
    assert len(what) < 700


def test_json_nested_too_deeply_is_no_crash() -> None:
    assert error_of(500, b"[" * 100_000).http_status == 500


@pytest.mark.parametrize(
    "name", ["x-request-id", "x-ms-request-id", "apim-request-id", "request-id"]
)
def test_the_request_id_is_kept_from_every_header(name: str) -> None:
    error = http_error(500, {name: "7e55"}, b"", destination=HOST)
    assert error.request_id == "7e55"


@pytest.mark.parametrize("status", [400, 500])
def test_every_error_is_one_line(status: int) -> None:
    error = error_of(status, {"error": {"message": "a\r\nb\u2028c\x85d\ne"}})
    assert len(error.what.splitlines()) == 1


# How long to wait


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({}, "", None),
        ({"retry-after": "3"}, "", 3.0),
        ({"retry-after": " 3 "}, "", 3.0),
        ({"retry-after": "0"}, "", 0.0),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after-ms": "1500"}, "", 1.5),
        ({"x-ms-retry-after-ms": "250"}, "", 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, "", 9.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:17:00 GMT"}, "", 20.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, "", 0.0),
        ({"retry-after": "-1"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": ""}, "Please retry after 37 seconds.", 37.0),
        ({"retry-after": "-1"}, "Please retry after 37 seconds.", 37.0),
        ({}, "Please retry after 1 second.", 1.0),
        ({}, "Please try again in 20s.", 20.0),
        ({}, "Please try again in 1.5s.", 1.5),
        ({}, "Please try again in 250ms.", 0.25),
        ({}, "Try again in 6m0s.", 360.0),
        ({}, "retry after a while", None),
    ],
)
def test_the_wait_is_read_from_every_form(
    headers: dict[str, str], message: str, seconds: float | None
) -> None:
    assert retry_after(headers, message, 1000.0) == seconds


def test_the_wait_of_a_refusal_is_kept_in_the_error() -> None:
    body = {"error": {"code": "429", "message": "Please retry after 37 seconds."}}
    assert error_of(429, body).retry_after == 37.0
