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


BEHIND = {"raw": "upstream is full", "provider_name": "Base"}
PYTHON = "[{'loc': ('body', 'effort'), 'msg': \"must be 'low' or 'high'\"}]"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "It failed", "metadata": BEHIND}}, "It failed: upstream is full"),
        ({"error": {"message": "No", "metadata": {"raw": '{"error":"why"}'}}}, "No: why"),
        ({"choices": None, "base_resp": {"status_code": 7, "status_msg": "broke"}}, "broke"),
        ({"choices": [], "base_resp": {"status_code": 0, "status_msg": "success"}}, ""),
        ({"success": False, "errors": [{"code": 7003, "message": "No route"}]}, "No route"),
        ({"errors": ["One", "Two"], "result": None}, "One; Two"),
        ({"title": "Wrong", "errors": {"top_p": ["is too high"]}}, "top_p: is too high"),
        ({"choices": [{"index": 0, "delta": {}, "error": {"message": "idle"}}]}, "idle"),
        ({"message": "limit", "type": "rate_limit", "code": 429}, "limit"),
        ({"detail": {"error": {"message": "inside"}}}, "inside"),
        ({"error": "invalid_token", "error_description": "It ended"}, "It ended"),
        ({"error": "Not Found", "message": "No handler", "status": 404}, "No handler"),
        (
            {"error": {"message": "bad input", "details": [{"msg": "n is odd"}]}},
            "bad input: n is odd",
        ),
        ({"fault": {"faultstring": "Quota violation"}}, "Quota violation"),
        ({"error": {"message": PYTHON}}, "body.effort: must be 'low' or 'high'"),
        ({"error": {"message": "Proxy: {'error': {'message': 'no'}}"}}, "Proxy: no"),
        ({"error": {"message": "one of ['a', 'b', 'c', 'd']"}}, "one of ['a', 'b', 'c', 'd']"),
        ({"error": {"message": "<html><p>sorry</p></html>"}}, ""),
        ({"error": {"type": "overloaded_error"}}, "overloaded_error"),
        ('{"error": {"message": "as a string"}}', "as a string"),
        ({"message": {"role": "assistant", "content": "hi"}}, ""),
    ],
)
def test_the_service_s_own_words_are_found_wherever_they_stand(body: object, message: str) -> None:
    assert read_fault(body).message.removesuffix(" (Base)") == message


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"error": {"param": "body.stop"}}, "stop"),
        ({"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "x"}]}, "messages[0].role"),
        ({"status": 422, "detail": {"loc": ["body", "response_format"]}}, "response_format"),
        ({"error": {"param": None, "details": [{"loc": ["body", "top_k"]}]}}, "top_k"),
        ({"error": {"message": PACKED}}, "stream_options.include_usage"),
        ({"error": {"message": PYTHON}}, "effort"),
        ({"error": {"details": [{"fieldViolations": [{"field": "a.top_k"}]}]}}, "a.top_k"),
        ({"detail": "Extra parameters ['n', 'seed'] are not allowed"}, "n"),
        (
            {"error": {"message": "Unknown parameter: 'messages[1].reasoning'."}},
            "messages[1].reasoning",
        ),
        ({"detail": [{"loc": ["body"], "msg": "x", "input": {"param": "mine"}}]}, None),
        ({"error": {"param": "", "message": "the parameter is odd"}}, None),
    ],
)
def test_the_parameter_is_found_in_every_form(body: object, parameter: str | None) -> None:
    assert read_fault(body).parameter == parameter


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"details": [{"@type": "RetryInfo", "retryDelay": "34s"}]}, 34.0),
        ({"details": [{"retryDelay": {"seconds": 5}}]}, 5.0),
        ({"retry_after": 12}, 12.0),
        ({"retryAfter": "1h20m"}, 4800.0),
        ({"retry_after_ms": 1500}, 1.5),
        ({"metadata": {"headers": {"Retry-After": "30"}}}, 30.0),
        ({"retry_after": None}, None),
        ({"retry_after": "soon"}, None),
    ],
)
def test_a_wait_may_stand_in_a_field(told: dict[str, Any], seconds: float | None) -> None:
    assert error_of(429, {"error": {"message": "Busy", **told}}).retry_after == seconds


def test_the_type_is_kept_beside_the_code() -> None:
    error = error_of(400, {"error": {"message": "No.", "type": "t", "code": "c", "param": "p"}})
    told = error.to_dict()
    assert (told["type"], told["code"], told["param"]) == ("t", "c", "p")


def test_an_error_within_errors_without_end_is_no_hang() -> None:
    body: object = "deep"
    for _ in range(100):
        body = (
            {"error": body, "errors": [body], "detail": "x"} if body == "deep" else {"error": body}
        )
    assert read_fault(body).message


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
