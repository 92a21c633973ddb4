"""Headers for gateways: sent as told, seen nowhere, and to the endpoint they are for alone."""

import json
from pathlib import Path

import pytest

from tests.faults.scripted import Scripted, reply
from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

FINE = (Path(__file__).parent / "sign_in" / "fine.sse").read_bytes()
MISSED = (
    b'{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure '
    b'to include subscription key when making requests to an API." }'
)


def ask(home: Path, url: str, *args: str, env: dict[str, str] | None = None) -> Result:
    known = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "m", "GATE": CANARY}
    return azchat("ask", "hi", *args, home=home, env=known | (env or {}))


@pytest.mark.parametrize(
    ("told", "name", "value"),
    [
        ("x-team=blue", "x-team", "blue"),
        ("X-Query=a=b&c=d", "x-query", "a=b&c=d"),
        ("Authorization=Bearer ${GATE}", "authorization", f"Bearer {CANARY}"),
        ("Ocp-Apim-Subscription-Key=$GATE", "ocp-apim-subscription-key", CANARY),
        ("x-price=5$$", "x-price", "5$"),
        ("User-Agent=mine", "user-agent", "mine"),
    ],
)
def test_a_header_is_sent_and_its_value_not_shown(
    fs: FaultServer, home: Path, told: str, name: str, value: str
) -> None:
    record = str(home / "record")
    result = ask(home, fs.url("ok"), "--header", told, "--debug", "--record", record)
    check(result, code=0, chatter=True, servers=[])
    assert [v for n, v in fs.requests[0].headers if n.lower() == name] == [value]
    assert f"> {name}: ***" in result.err
    shown = ask(home, fs.url("ok"), "--header", told, "--dry-run")
    check(shown, code=0)
    assert f"{name}: ***" in shown.out
    assert CANARY not in shown.out


def test_the_headers_own_sign_in_takes_the_place_of_the_keys(fs: FaultServer, home: Path) -> None:
    env = {"AZURE_INFERENCE_CREDENTIAL": "sk-other-key"}
    ask(home, fs.url("ok"), "--header", "authorization=Bearer ${GATE}", env=env)
    assert [v for n, v in fs.requests[0].headers if n.lower() == "authorization"] == [
        f"Bearer {CANARY}"
    ]


@pytest.mark.parametrize(
    "told",
    [
        *("no-value", "=x", "a b=x", "x:=y", "ü=x", "x=a\r\nY: b", "x=ü", "Host=evil"),
        *("content-length=0", "Transfer-Encoding=chunked", "connection=close", "x=a\tb"),
    ],
)
def test_what_is_no_header_is_refused_and_not_repeated(
    fs: FaultServer, home: Path, told: str
) -> None:
    result = ask(home, fs.url("ok"), "--header", f"{told}{CANARY}" if "=" in told else told)
    check(result, code=2)
    assert fs.requests == []


@pytest.mark.parametrize("value", ["${NOWHERE}", "${EMPTY}", "a${", "5$"])
def test_a_variable_that_is_empty_is_named_before_anything_is_sent(
    fs: FaultServer, home: Path, value: str
) -> None:
    result = ask(home, fs.url("ok"), "--header", f"x-key={value}", env={"EMPTY": " "})
    check(result, code=3)
    assert "header x-key" in result.err
    assert fs.requests == []


def test_a_variable_cannot_bring_a_second_header(fs: FaultServer, home: Path) -> None:
    result = ask(home, fs.url("ok"), "--header", "x=${TWO}", env={"TWO": "a\r\nX-Evil: b"})
    check(result, code=3)
    assert fs.requests == []


def test_a_header_is_not_taken_along_by_a_redirect(fs: FaultServer, home: Path) -> None:
    result = ask(home, fs.url("redirect", host="localhost"), "--header", "x-key=${GATE}")
    check(result, code=7)
    assert [request.header("x-key") for request in fs.requests] == [CANARY]


def test_what_a_service_repeats_of_a_header_is_masked(fs: FaultServer, home: Path) -> None:
    words = json.dumps({"error": {"message": f"no such key: {CANARY}"}}).encode()
    with Scripted(reply(words, "400 No", content_type="application/json")) as server:
        result = ask(home, server.url, "--header", "x-key=${GATE}", "--json")
    check(result, code=7)
    assert CANARY not in result.out + result.err


def test_a_profiles_headers_go_to_its_own_endpoint_only(fs: FaultServer, home: Path) -> None:
    (home / "c.toml").write_text(
        f'endpoint = "{fs.url("ok")}"\nheaders = {{ x-key = "${{GATE}}", x-team = "red" }}\n'
    )
    env = {"AZCHAT_CONFIG": str(home / "c.toml"), "AZURE_INFERENCE_ENDPOINT": ""}
    check(ask(home, "", "--header", "X-Team=blue", env=env), code=0)
    first = fs.requests[-1]
    assert (first.header("x-key"), first.header("x-team")) == (CANARY, "blue")
    told = ask(home, "", "--endpoint", fs.url("ok", n=3), env=env)
    check(told, code=0)
    assert "headers" in told.err
    assert fs.requests[-1].header("x-key") is None


@pytest.mark.parametrize("command", [("info", "--json"), ("config", "show")])
def test_settings_show_where_a_header_is_from_and_not_what_it_is(
    home: Path, command: tuple[str, ...]
) -> None:
    (home / "c.toml").write_text(
        'endpoint = "https://gw.example.com/llm/chat/completions?code=' + CANARY + '"\n'
        'headers = { x-key = "${GATE}", x-other = "' + CANARY + '" }\n'
    )
    env = {"AZCHAT_CONFIG": str(home / "c.toml"), "GATE": "gate-secret"}
    result = azchat(*command, home=home, env=env)
    assert (result.code, CANARY in result.out, "gate-secret" in result.out) == (0, False, False)
    assert "${GATE}" in result.out


def test_an_endpoint_in_somebodys_dotenv_gets_no_header(fs: FaultServer, home: Path) -> None:
    (home / ".env").write_text(f"AZURE_INFERENCE_ENDPOINT={fs.url('ok')}\n")
    (home / ".env").chmod(0o600)
    env = {"GATE": CANARY}
    result = azchat("ask", "hi", "--header", "x-key=${GATE}", home=home, env=env)
    check(result, code=3, made=[home / ".env"])
    assert fs.requests == []


def test_a_key_that_api_management_misses_is_sent_by_its_other_name_and_so_ever_after(
    home: Path,
) -> None:
    missed = reply(MISSED, "401 Access Denied", content_type="application/json")
    env = {"AZURE_INFERENCE_CREDENTIAL": CANARY}
    with Scripted(missed, reply(FINE), reply(FINE)) as server:
        url = server.url.removesuffix("/v1") + "/a/openai/v1"
        first = ask(home, url, env=env)
        check(first, code=0)
        check(ask(home, url, env=env), code=0)
        asked = [
            (r.header("api-key"), r.header("ocp-apim-subscription-key")) for r in server.requests
        ]
    assert asked == [(CANARY, None), (None, CANARY), (None, CANARY)]
    assert "Ocp-Apim-Subscription-Key" in first.err


def test_a_name_that_did_not_help_is_not_remembered(home: Path) -> None:
    missed = reply(MISSED, "401 Access Denied", content_type="application/json")
    env = {"AZURE_INFERENCE_CREDENTIAL": CANARY}
    with Scripted(missed, missed, reply(FINE)) as server:
        url = server.url.removesuffix("/v1") + "/openai/v1"
        check(ask(home, url, env=env), code=4)
        check(ask(home, url, env=env), code=0)
        assert server.requests[2].header("api-key") == CANARY


@pytest.mark.parametrize(
    ("args", "sent"),
    [
        (["--extra-parameters", "drop", "-o", "x=1"], "drop"),
        (["-o", "extra-parameters=error", "-o", "x=1"], "error"),
        (["-o", "x=1"], "pass-through"),
        ([], None),
    ],
)
def test_what_becomes_of_further_parameters_is_the_users_to_say(
    fs: FaultServer, home: Path, args: list[str], sent: str | None
) -> None:
    check(ask(home, fs.url("ok", base="models"), *args), code=0)
    assert fs.requests[0].header("extra-parameters") == sent
    assert "extra-parameters" not in json.loads(fs.requests[0].body)


@pytest.mark.parametrize("args", [["--extra-parameters=ignore"], ["-o", "extra-parameters=allow"]])
def test_a_word_that_the_route_does_not_know_is_refused(home: Path, args: list[str]) -> None:
    result = ask(home, "http://127.0.0.1:9/models", *args)
    check(result, code=2)
    assert "pass-through" in result.err


def test_a_route_that_needs_a_model_and_has_none_is_not_asked(fs: FaultServer, home: Path) -> None:
    url = fs.url("ok").removesuffix("/v1") + "/openai/v1"
    result = ask(home, url, env={"AZURE_INFERENCE_MODEL": ""})
    check(result, code=3)
    assert "azchat models" in result.err
    assert fs.requests == []


@pytest.mark.parametrize("host", ["ai.contoso.example", "g.azurefd.net"])
def test_a_token_goes_to_no_gateway_unasked(home: Path, host: str) -> None:
    url = f"https://{host}/openai/deployments/d"
    assert "authorization" not in ask(home, url, "--dry-run").out
    assert "authorization: Bearer ***" in ask(home, url, "--dry-run", "--auth", "entra").out
