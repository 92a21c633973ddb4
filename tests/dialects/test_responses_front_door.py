"""Conversations over the Responses API, as a user has them: what goes back, what is mended."""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.attachments.test_documents import pdf as pdf_with
from tests.faults import response_payloads as responses
from tests.faults.payloads import error_body
from tests.faults.response_payloads import JSON, message, named, reasoning
from tests.faults.scripted import reply
from tests.faults.service import Service, refused, stream
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

Ask = Callable[..., Result]


@pytest.fixture
def ask(home: Path) -> Ask:
    def run(url: str, *args: str, dialect: str = "responses", **more: Any) -> Result:
        env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
        args = ("ask", *(args or ("hi",)), "-m", "gpt-5.6", "--dialect", dialect)
        return azchat(*args, home=home, env=env, **more)

    return run


def items(body: JSON, kind: str) -> list[JSON]:
    return [item for item in body["input"] if item.get("type") == kind]


def has_ids(body: JSON) -> bool:
    return any("id" in item for item in body["input"])


def has_thinking(body: JSON) -> bool:
    return bool(items(body, "reasoning"))


# -- what goes back --------------------------------------------------------------------------------


def test_the_next_turn_sends_the_items_as_they_came_and_in_order(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        check(ask(service.url, "one"), code=0)
        check(ask(service.url, "two", "-c"), code=0)
    first, second = service.bodies
    assert first["input"] == [{"role": "user", "content": "one"}]
    assert first["include"] == ["reasoning.encrypted_content"]
    assert first["store"] is False
    assert first["reasoning"] == {"summary": "auto"}
    sealed = reasoning(0, "Hm.", encrypted_content="gAAAA1", id="rs_1")
    said = message(1, "Answer 1.", id="msg_1", phase="final_answer")
    assert second["input"] == [*first["input"], sealed, said, {"role": "user", "content": "two"}]


def test_another_endpoint_gets_the_words_alone(ask: Ask) -> None:
    with Service(lambda body: None) as one, Service(lambda body: None) as other:
        ask(one.url, "one")
        check(ask(other.url, "two", "-c"), code=0)
    [body] = other.bodies
    assert not has_thinking(body)
    assert not has_ids(body)
    assert body["input"][1]["content"][0]["text"] == "Answer 1."


def test_another_dialect_gets_the_words_and_the_way_back_has_the_items_again(ask: Ask) -> None:
    from tests.faults.speech import CHAT

    chat = reply(CHAT.begin + CHAT.text("From chat.") + CHAT.finish("stop") + CHAT.done)
    with Service(lambda body: chat if "messages" in body else None) as service:
        ask(service.url, "one")
        check(ask(service.url, "two", "-c", dialect="chat"), code=0)
        check(ask(service.url, "three", "-c"), code=0)
    _, over_chat, back = service.bodies
    assert [one["content"] for one in over_chat["messages"]] == ["one", "Answer 1.", "two"]
    assert [item["id"] for item in back["input"] if "id" in item] == ["rs_1", "msg_1"]
    assert "From chat." in json.dumps(back["input"])


def test_a_turn_that_was_cut_goes_back_as_words(ask: Ask) -> None:
    cut = reply(
        named(responses.created())
        + named(responses.done(0, reasoning(0, encrypted_content="gA")))
        + named(responses.text(1, "so far"))
    )
    with Service(lambda body: cut if len(body["input"]) == 1 else None) as service:
        check(ask(service.url, "one"), code=8)
        check(ask(service.url, "two", "-c"), code=0)
    body = service.bodies[-1]
    assert not has_thinking(body)
    assert [item["role"] for item in body["input"]] == ["user", "assistant", "user"]


# -- each 400 of the API has its cure, once, remembered --------------------------------------------

ENCRYPTED = "The encrypted content gAAA... could not be verified."
NOT_FOUND = (
    "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try "
    "again with `store` set to true, or remove this item from your input."
)
REFUSALS: dict[str, tuple[Callable[[JSON], bool], bytes, str]] = {
    "a pair is torn": (
        has_ids,
        refused("Item 'msg_1' of type 'message' was provided without its required 'reasoning' "
                "item: 'rs_1'."),
        "ids of earlier answers are not sent",
    ),
    "thinking without what follows": (
        has_thinking,
        refused("Item 'rs_1' of type 'reasoning' was provided without its required following "
                "item."),
        "reasoning of earlier answers is not sent",
    ),
    "an item that is gone": (
        has_ids, refused(NOT_FOUND), "ids of earlier answers are not sent"
    ),
    "an item that is gone, 404": (
        has_ids, refused(NOT_FOUND, status=404), "ids of earlier answers are not sent"
    ),
    "an item that is gone with and without its id": (
        has_thinking, refused(NOT_FOUND, status=404), "reasoning of earlier answers is not sent"
    ),
    "another key": (
        has_thinking,
        refused(ENCRYPTED + " Reason: Encrypted content could not be decrypted or parsed."),
        "reasoning of earlier answers is not sent",
    ),
    "another key, by code": (
        has_thinking,
        refused("Bad item.", code="invalid_encrypted_content"),
        "reasoning of earlier answers is not sent",
    ),
    "a long id": (
        has_ids,
        refused("Invalid 'input[1].id': string too long. Expected a string with maximum length "
                "64, but got a string with length 429 instead.",
                code="string_above_max_length", param="input[1].id"),
        "ids of earlier answers are not sent",
    ),
    "an item without content": (
        has_thinking,
        refused("item['content'] is not an array"),
        "reasoning of earlier answers is not sent",
    ),
    "no encrypted content": (
        lambda body: "include" in body,
        refused("Encrypted content is not supported with this model.", param="include"),
        "include is not sent",
    ),
    "no summary": (
        lambda body: "summary" in body.get("reasoning", {}),
        refused("Your organization must be verified to generate reasoning summaries. Please go "
                "to the settings.", code="unsupported_value", param="reasoning.summary"),
        "summary is not sent",
    ),
    "no effort": (
        lambda body: "effort" in body.get("reasoning", {}),
        refused("Unsupported parameter: 'reasoning.effort' is not supported with this model.",
                code="unsupported_parameter", param="reasoning.effort"),
        "effort is not sent",
    ),
    "no such effort": (
        lambda body: body.get("reasoning", {}).get("effort") == "xhigh",
        refused("Unsupported value: 'xhigh' is not supported with the 'gpt-5.6' model. Supported "
                "values are: 'low', 'medium', and 'high'.",
                code="unsupported_value", param="reasoning.effort"),
        "effort xhigh is sent as high",
    ),
    "no reasoning at all": (
        lambda body: "reasoning" in body or "include" in body,
        refused("Unsupported parameter: 'reasoning' is not supported with this model.",
                code="unsupported_parameter", param="reasoning"),
        "reasoning is not sent",
    ),
    "no verbosity": (
        lambda body: "verbosity" in body.get("text", {}),
        refused("Unsupported value: 'low' is not supported with the 'gpt-5.6' model. Supported "
                "values are: 'medium'.", code="unsupported_value", param="text.verbosity"),
        "verbosity is not sent",
    ),
    "no temperature": (
        lambda body: "temperature" in body,
        refused("Unsupported parameter: 'temperature' is not supported with this model.",
                param="temperature"),
        "temperature is not sent",
    ),
    "no obfuscation": (
        lambda body: "stream_options" in body,
        refused("Unknown parameter: 'stream_options.include_obfuscation'.",
                param="stream_options.include_obfuscation"),
        "stream_options is not sent",
    ),
    "no streaming": (
        lambda body: "stream" in body,
        refused("Unsupported parameter: streaming is not supported with this model.",
                param="stream"),
        "stream is not sent",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_is_mended_once_and_remembered(ask: Ask, name: str) -> None:
    is_wrong, refusal, words = REFUSALS[name]
    given = ("--effort", "xhigh", "--temperature", "0.3", "--verbosity", "low")
    with Service(lambda body: refusal if is_wrong(body) else None) as service:
        url = f"{service.url}/responses"
        said = ""
        for words_of_user in (["one"], ["two", "-c"], ["three", "-c"]):
            result = ask(url, *words_of_user, *given, dialect="auto")
            check(result, code=0)
            said += result.err
    answers = [body for body in service.bodies if not is_wrong(body)]
    wrong = [body for body in service.bodies if is_wrong(body)]
    assert len(answers) == 3
    assert len(wrong) == (2 if name == "an item that is gone with and without its id" else 1)
    assert is_wrong(service.bodies[-2]) is False
    assert set(service.paths) == {"/responses"}
    assert said.count(f"asked again: {words}") == 1


def test_a_summary_that_is_only_another_one_becomes_auto(ask: Ask) -> None:
    refusal = refused(
        "Unsupported value: 'concise' is not supported with the 'gpt-5' model. Supported values "
        "are: 'detailed'.", code="unsupported_value", param="reasoning.summary",
    )  # fmt: skip
    with Service(
        lambda body: refusal if body["reasoning"].get("summary") == "concise" else None
    ) as service:
        result = ask(service.url, "one", "--summary", "concise")
        check(result, code=0)
    assert "asked again: summary concise is sent as auto" in result.err
    assert service.bodies[-1]["reasoning"]["summary"] == "auto"


def test_a_limit_that_is_too_low_is_the_user_s_to_change(ask: Ask) -> None:
    refusal = refused(
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but "
        "got 5 instead.", code="integer_below_min_value", param="max_output_tokens",
    )  # fmt: skip
    with Service(lambda body: refusal) as service:
        result = ask(service.url, "one", "--max-tokens", "5")
        check(result, code=7)
    assert "hint: give --max-tokens another value (the limit: 16)" in result.err
    assert len(service.requests) == 1


def test_strict_tells_what_would_be_done(ask: Ask) -> None:
    _, refusal, _ = REFUSALS["no summary"]
    with Service(lambda body: refusal) as service:
        result = ask(service.url, "one", "--strict")
        check(result, code=7)
    assert "hint: summary is not sent without --strict" in result.err


# -- parameters that this API does not have --------------------------------------------------------

LACKING = ("--stop", "x", "--seed", "1", "--presence-penalty", "1", "--frequency-penalty", "1")


def test_what_this_api_lacks_is_told_and_left_out(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        result = ask(service.url, "one", *LACKING, "--top-p", "0.5")
        check(result, code=0)
    [body] = service.bodies
    assert not body.keys() & {"stop", "seed", "presence_penalty", "frequency_penalty"}
    assert body["top_p"] == 0.5
    for name in ("stop", "seed", "presence_penalty", "frequency_penalty"):
        assert f"{name} is not sent" in result.err


def test_strict_sends_even_what_this_api_lacks(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        check(ask(service.url, "one", "--seed", "1", "--strict"), code=0)
    assert service.bodies[0]["seed"] == 1


# -- failures inside a 200 -------------------------------------------------------------------------

TOO_MANY = {
    "type": "too_many_requests", "code": "rate_limit_exceeded", "param": None,
    "headers": {"x-ms-fe-error": "true"},
    "message": "Your requests to the deployment have exceeded rate limit.",
}  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_a_rate_limit_inside_a_200_waits_as_the_reply_says(ask: Ask, order: int) -> None:
    pair = [responses.ended("failed", usage=None), {"type": "error", "error": TOO_MANY}][::order]
    failure = reply(b"".join(map(named, pair)), retry_after="1")
    replies: Iterator[bytes | None] = iter([failure, None])
    with Service(lambda body: next(replies)) as service:
        result = ask(service.url)
        check(result, code=0)
    assert result.out == "Answer 2.\n"
    assert "exceeded rate limit" in result.err
    assert "trying again in 1.0 s" in result.err


def test_a_long_wait_is_told_and_not_waited_for(ask: Ask) -> None:
    pair = [responses.ended("failed", usage=None), {"type": "error", "error": TOO_MANY}]
    failure = reply(b"".join(map(named, pair)), retry_after="3600")
    with Service(lambda body: failure) as service:
        result = ask(service.url)
        check(result, code=7)
    assert "retry after 3600 s" in result.err
    assert len(service.requests) == 1


def test_kinds_that_nobody_knows_are_told_to_debug_and_json_alone(ask: Ask) -> None:
    odd = named({"type": "response.hologram.delta"})
    body = odd + stream(message(0, "Fine.")).partition(b"\r\n\r\n")[2]
    with Service(lambda _: reply(body)) as service:
        quiet = ask(service.url)
        check(quiet, code=0)
        debug = ask(service.url, "hi", "--debug")
        listed = ask(service.url, "hi", "--json")
    assert "hologram" not in quiet.err
    assert "response.hologram.delta (1)" in debug.err
    assert any("hologram" in notice for notice in json.loads(listed.out)["notices"])


def test_sources_stand_below_the_answer(ask: Ask) -> None:
    page = {"type": "url_citation", "url": "https://a.test/b\x1b[2J", "title": "B"}
    item = message(0) | {"content": [{"type": "output_text", "text": "a", "annotations": [page]}]}
    with Service(lambda _: stream(item)) as service:
        result = ask(service.url)
        check(result, code=0, allow="")
        listed = ask(service.url, "hi", "--json")
    assert "B: https://a.test/b" in result.err
    assert "\x1b" not in result.err
    assert json.loads(listed.out)["notices"]


# -- which dialect ---------------------------------------------------------------------------------


def chat_reply(text: str) -> bytes:
    from tests.faults.speech import CHAT

    return reply(CHAT.begin + CHAT.text(text) + CHAT.finish("stop") + CHAT.done)


TO_RESPONSES = [
    (400, "OperationNotSupported", ("The chatCompletion operation does not work with the specified "
     "model, gpt-5.6. Please choose different model and try again")),
    (400, "x", "The requested operation is unsupported."),
    (400, "x", ("Function tools with reasoning_effort are not supported for gpt-5.6 in "
     "/v1/chat/completions. Please use /v1/responses instead.")),
    (404, "x", "This model is only supported in v1/responses and not in v1/chat/completions."),
    (404, "x", ("This is not a chat model and thus not supported in the v1/chat/completions "
     "endpoint. Did you mean to use v1/completions?")),
]  # fmt: skip
TO_CHAT = [
    (400, "x", "This model is not supported by the Responses API"),
    (400, "x", "Model not supported"),
    (400, "x", "The model does not support Responses API"),
    (404, "404", "Resource not found"),
    (404, "api_not_supported", "Requested API is currently not supported"),
    (405, "x", "Method Not Allowed"),
]


@pytest.mark.parametrize(("status", "code", "said"), TO_RESPONSES)
def test_chat_that_is_refused_turns_to_responses_and_remembers(
    ask: Ask, status: int, code: str, said: str
) -> None:
    refusal = refused(said, status=status, code=code)
    with Service(lambda body: refusal if "messages" in body else None) as service:
        result = ask(service.url, "one", dialect="auto")
        check(result, code=0)
        again = ask(service.url, "two", dialect="auto")
        check(again, code=0)
    assert service.paths == ["/chat/completions", "/responses", "/responses"]
    assert result.err.count("asked again over the Responses API") == 1
    assert "asked again" not in again.err


@pytest.mark.parametrize(("status", "code", "said"), TO_CHAT)
def test_responses_that_is_refused_names_chat(ask: Ask, status: int, code: str, said: str) -> None:
    refusal = refused(said, status=status, code=code)
    with Service(lambda body: chat_reply("a") if "messages" in body else refusal) as service:
        told = ask(service.url, "one", dialect="responses")
        check(told, code=7)
        result = ask(f"{service.url}/responses", "one", dialect="auto")
        check(result, code=0)
        again = ask(f"{service.url}/responses", "two", dialect="auto")
    assert "hint: ask with --dialect chat" in told.err
    assert result.out == "a\n"
    assert "asked again over Chat Completions" in result.err
    assert service.paths[:3] == ["/responses", "/responses", "/chat/completions"]
    check(again, code=0)


@pytest.mark.parametrize("body", [b"<html>Not Found</html>", b"404 page not found", b""])
def test_a_server_without_the_route_is_one_line_and_exit_7(ask: Ask, body: bytes) -> None:
    with Service(lambda _: reply(body, "404 Not Found", content_type="text/html")) as service:
        result = ask(service.url, "one")
        check(result, code=7)
    assert "hint: ask with --dialect chat" in result.err
    assert len(service.requests) == 1


def test_both_refused_ends_with_the_last_word(ask: Ask) -> None:
    """At most once in each direction: two services must not send azchat to and fro."""
    to_responses = refused(TO_RESPONSES[3][2], status=404)
    to_chat = refused("Not Found", status=404)
    with Service(lambda body: to_responses if "messages" in body else to_chat) as service:
        result = ask(service.url, "one", dialect="auto")
        check(result, code=7)
    assert service.paths == ["/chat/completions", "/responses"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
@pytest.mark.parametrize(("_status", "code", "said"), TO_RESPONSES[:4])
def test_no_other_status_turns(ask: Ask, status: int, _status: int, code: str, said: str) -> None:
    refusal = refused(said, status=status, code=code)
    with Service(lambda body: refusal) as service:
        result = ask(service.url, "one", "--retries", "0", dialect="auto")
    assert result.code in (4, 7)
    assert service.paths == ["/chat/completions"]


def test_a_filtered_prompt_does_not_turn(ask: Ask) -> None:
    from tests.faults.payloads import prompt_filtered

    body = json.dumps(prompt_filtered()).encode()
    with Service(lambda _: reply(body, "400 No", content_type="application/json")) as service:
        result = ask(service.url, "one", dialect="auto")
        check(result, code=7)
        result = ask(service.url, "one")
        check(result, code=7)
    assert "content filter refused the prompt (violence" in result.err
    assert service.paths == ["/chat/completions", "/responses"]


def test_a_missing_deployment_does_not_turn(ask: Ask) -> None:
    body = error_body(
        "azure", 404, "The API deployment for this resource does not exist.", "DeploymentNotFound"
    )
    with Service(lambda _: reply(body, "404 No", content_type="application/json")) as service:
        result = ask(f"{service.url}/responses", "one", dialect="auto")
        check(result, code=7)
    assert service.paths == ["/responses"]


def test_what_is_remembered_ends_when_the_model_is_gone(ask: Ask, home: Path) -> None:
    refusal = refused(TO_RESPONSES[3][2], status=404)
    gone = refused("The API deployment does not exist.", status=404, code="DeploymentNotFound")
    replies: Iterator[bytes | None] = iter([refusal, None, gone, refusal, None])
    with Service(lambda body: next(replies)) as service:
        check(ask(service.url, "one", dialect="auto"), code=0)
        check(ask(service.url, "one", dialect="auto"), code=7)
        check(ask(service.url, "one", dialect="auto"), code=0)
    chat, other = "/chat/completions", "/responses"
    assert service.paths == [chat, other, other, chat, other]


def test_what_is_remembered_ends_after_a_month(ask: Ask, home: Path) -> None:
    refusal = refused(TO_RESPONSES[3][2], status=404)
    with Service(lambda body: refusal if "messages" in body else None) as service:
        check(ask(service.url, "one", dialect="auto"), code=0)
        [file] = home.rglob("deployments.json")
        old = json.loads(file.read_text())
        for facts in old.values():
            facts["origins"] = {n: ["2024-01-01", it[1]] for n, it in facts["origins"].items()}
        file.write_text(json.dumps(old))
        check(ask(service.url, "one", dialect="auto"), code=0)
    assert service.paths == ["/chat/completions", "/responses"] * 2


def test_a_pasted_url_of_responses_means_it(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        check(ask(f"{service.url}/responses", "one", dialect="auto"), code=0)
    assert service.paths == ["/responses"]


# -- PDFs ------------------------------------------------------------------------------------------


def files(body: JSON) -> list[JSON]:
    parts = [part for item in body["input"] if isinstance(item.get("content"), list)
             for part in item["content"]]  # fmt: skip
    return [part for part in parts if part["type"] == "input_file"]


@pytest.fixture
def pdf(home: Path) -> bytes:
    data = pdf_with("Alpha beta")
    (home / "notes.pdf").write_bytes(data)
    return data


def test_a_pdf_goes_as_a_file_again_and_again_and_as_text_over_chat(ask: Ask, pdf: bytes) -> None:
    with Service(lambda body: chat_reply("a") if "messages" in body else None) as service:
        check(ask(service.url, "one", "-a", "notes.pdf"), code=0)
        check(ask(service.url, "two", "-c"), code=0)
        check(ask(service.url, "three", "-c", dialect="chat"), code=0)
    first, second, chat = service.bodies
    data = f"data:application/pdf;base64,{b64encode(pdf).decode()}"
    sent = [{"type": "input_file", "filename": "notes.pdf", "file_data": data}]
    assert files(first) == files(second) == sent
    assert "Alpha beta" in chat["messages"][0]["content"]
    assert "base64" not in json.dumps(chat)


@pytest.mark.parametrize(
    "said",
    [
        "'input_file' is not supported by llamacpp at this moment",
        "Invalid value: 'input_file'. Supported values are: 'input_text' and 'input_image'.",
    ],
)
def test_where_files_are_refused_their_text_is_sent(ask: Ask, pdf: bytes, said: str) -> None:
    with Service(lambda body: refused(said) if files(body) else None) as service:
        result = ask(service.url, "one", "-a", "notes.pdf")
        check(result, code=0)
        check(ask(service.url, "two", "-c"), code=0)
    assert "asked again: PDFs are sent as their text" in result.err
    assert len(service.bodies) == 3
    assert "Alpha beta" in json.dumps(service.bodies[-1])


def test_the_bytes_of_a_pdf_are_kept_once_and_go_with_their_turn(
    ask: Ask, home: Path, pdf: bytes
) -> None:
    with Service(lambda body: None) as service:
        for _ in range(2):
            check(ask(service.url, "one", "-a", "notes.pdf"), code=0)
    [file] = home.rglob("sessions.db")

    def kept() -> list[bytes]:
        with closing(sqlite3.connect(file)) as database:
            return [data for (data,) in database.execute("SELECT data FROM contents")]

    assert kept() == [pdf]
    listed = json.loads(azchat("sessions", "list", "--json", home=home).out)
    one, other = (session["ref"] for session in listed["sessions"])
    check(azchat("sessions", "delete", one, "--yes", home=home), code=0)
    assert kept() == [pdf]
    check(azchat("sessions", "delete", other, "--yes", home=home), code=0)
    assert kept() == []


# -- tools, schemas, pictures ----------------------------------------------------------------------


def test_rounds_of_tools_send_the_thinking_back_in_its_order(ask: Ask) -> None:
    def answer(body: JSON) -> bytes | None:
        results = items(body, "function_call_output")
        if results:
            return None
        calls = [
            responses.call(n, "calculate", json.dumps({"expression": f"{n} + 1"})) for n in (1, 2)
        ]
        remark = message(3, "I calculate.", phase="commentary")
        return stream(reasoning(0, "Hm.", encrypted_content="gAAAA"), *calls, remark)

    with Service(answer) as service:
        result = ask(service.url, "one", "--tool", "calculate", "--effort", "high")
        check(result, code=0, chatter=True)
    first, second = service.bodies
    [tool] = first["tools"]
    assert (tool["type"], tool["name"]) == ("function", "calculate")
    assert isinstance(tool["strict"], bool)
    assert [item.get("type") for item in second["input"][1:]] == [
        *("reasoning", "function_call", "function_call", "message"),
        *("function_call_output", "function_call_output"),
    ]
    calls = items(second, "function_call")
    results = items(second, "function_call_output")
    assert [one["call_id"] for one in calls] == [one["call_id"] for one in results]
    assert [one["output"] for one in results] == ["2", "3"]
    assert second["reasoning"]["effort"] == "high"
    assert result.out == "Answer 2.\n"


def test_calls_that_begin_out_of_order_keep_their_ids(ask: Ask) -> None:
    one, two = (responses.call(n, "calculate", f'{{"expression": "{n}"}}') for n in (1, 2))
    sealed = reasoning(0, encrypted_content="gA")
    last = responses.ended("completed", sealed, one, two)
    events = [responses.added(2, two), responses.added(1, one), last]
    calling = reply(b"".join(map(named, events)))
    with Service(lambda b: None if items(b, "function_call_output") else calling) as service:
        check(ask(service.url, "one", "--tool", "calculate"), code=0, chatter=True)
    body = service.bodies[-1]
    told = {
        c["call_id"]: json.loads(c["arguments"])["expression"] for c in items(body, "function_call")
    }
    assert told == {c["call_id"]: c["output"] for c in items(body, "function_call_output")}


def test_ids_of_gateways_are_shortened_on_both_sides(ask: Ask) -> None:
    long = "call_" + "x" * 424
    calling = stream(
        responses.call(0, "calculate", '{"expression": "1"}', call_id=long, id="y" * 429)
    )
    with Service(lambda b: None if items(b, "function_call_output") else calling) as service:
        check(ask(service.url, "one", "--tool", "calculate"), code=0, chatter=True)
    [call], [result] = (
        items(service.bodies[-1], kind) for kind in ("function_call", "function_call_output")
    )
    assert call["call_id"] == result["call_id"]
    assert len(call["call_id"]) <= 64
    assert "id" not in call


def test_a_picture_is_an_address(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        check(ask(service.url, "one", "-a", "https://a.test/b.png"), code=0)
    content = service.bodies[0]["input"][0]["content"]
    assert {"type": "input_image", "image_url": "https://a.test/b.png", "detail": "auto"} in content


SCHEMA = {
    "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
    "additionalProperties": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        None,
        "Invalid parameter: 'text.format' of type 'json_schema' is not supported by this model.",
        "Unsupported parameter: 'text.format.schema'.",
    ],
)
def test_a_schema_is_asked_for_or_its_other_ways(ask: Ask, home: Path, said: str | None) -> None:
    (home / "schema.json").write_text(json.dumps(SCHEMA))

    def answer(body: JSON) -> bytes:
        wanted = body.get("text", {}).get("format", {})
        if said and wanted.get("type") == "json_schema":
            return refused(said, param="text.format")
        return stream(message(0, '{"n": 7}'))

    with Service(answer) as service:
        result = ask(service.url, "one", "--schema", "schema.json")
        check(result, code=0)
    assert json.loads(result.out) == {"n": 7}
    wanted = service.bodies[0]["text"]["format"]
    assert wanted["type"] == "json_schema"
    assert wanted["schema"]["properties"] == SCHEMA["properties"]
    assert len(service.bodies) == (1 if said is None else 2)


def test_a_recording_is_played_in_its_own_dialect(ask: Ask, home: Path) -> None:
    with Service(lambda body: None) as service:
        first = ask(service.url, "one", "--record", "r.http")
        check(first, code=0)
    played = azchat("ask", "one", "--replay", "r.http", "--thinking", "stderr", home=home)
    check(played, code=0, chatter=True)
    assert (played.out, "Hm." in played.err) == (first.out, True)
    (home / "chat.http").write_bytes(chat_reply("chat"))
    other = azchat("ask", "one", "--replay", "chat.http", home=home)
    check(other, code=0)
    assert other.out == "chat\n"


def test_events_and_json_are_those_of_every_dialect(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        lines = ask(service.url, "one", "--output-format", "stream-json").out.splitlines()
        whole = json.loads(ask(service.url, "one", "--json", "--no-stream").out)
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds[-1] == "turn_finished"
    assert {"reasoning_delta", "text_delta", "usage_reported"} <= {*kinds}
    assert (whole["answer"], whole["reasoning"], whole["finish_reason"]) == (
        *("Answer 2.", "Hm."),
        "stop",
    )
    assert whole["usage"]["prompt_tokens"] == 11


def test_a_dry_run_shows_the_route_and_the_body(ask: Ask) -> None:
    with Service(lambda body: None) as service:
        result = ask(service.url, "one", "--effort", "low", "--dry-run")
        check(result, code=0)
    assert "POST /v1/responses" in result.out
    assert '"effort": "low"' in result.out
    assert service.bodies == []


def test_the_summary_is_found_and_exported(ask: Ask, home: Path) -> None:
    with Service(lambda body: None) as service:
        ask(service.url, "one")
    found = azchat("sessions", "search", "Hm", home=home)
    assert "Hm" in found.out
    exported = azchat("sessions", "export", "--format", "json", home=home)
    assert '"Hm."' in exported.out


def test_limits_of_the_rate_are_shown(ask: Ask) -> None:
    body = stream(message(0, "a")).partition(b"\r\n\r\n")[2]
    answer = reply(body, x_ratelimit_remaining_requests="7", x_ratelimit_remaining_tokens="-1")
    with Service(lambda _: answer) as service:
        result = ask(service.url, "one", "--usage")
        check(result, code=0)
    assert "7" in result.err
    assert "-1" not in result.err
