"""``azchat info --check``: what to do next, and a report without names."""

import json
from pathlib import Path

import pytest

from azchat.asking.route import Route
from azchat.azure.endpoint import parse_endpoint
from azchat.commands.check.report import without_names
from azchat.demo.server import DemoServer
from tests.front_door import azchat
from tests.oracles import CANARY, check

PLACE = {"AZURE_INFERENCE_CREDENTIAL": CANARY, "AZURE_INFERENCE_MODEL": "gpt-5-mini"}


def test_it_says_what_to_do_next(home: Path) -> None:
    with DemoServer(key=CANARY) as demo:
        env = {**PLACE, "AZURE_INFERENCE_ENDPOINT": f"{demo.url}/openai/v1"}
        result = azchat("info", "--check", home=home, env=env)
        told = json.loads(azchat("info", "--check", "--json", home=home, env=env).out)
    check(result, code=0)
    assert result.err == 'azchat: next: all is well; ask: azchat "your question"\n'
    assert told["next"] == 'all is well; ask: azchat "your question"'


def test_after_a_failure_it_is_what_mends_that(home: Path) -> None:
    with DemoServer(key="another-key") as demo:
        env = {**PLACE, "AZURE_INFERENCE_ENDPOINT": f"{demo.url}/openai/v1"}
        result = azchat("info", "--check", "--json", home=home, env=env)
    told = json.loads(result.out)
    assert result.code == 4
    assert told["next"] == told["error"]["hint"]


def test_a_report_has_no_names_in_it(home: Path) -> None:
    with DemoServer(key=CANARY) as demo:
        env = {**PLACE, "AZURE_INFERENCE_ENDPOINT": f"{demo.url}/openai/v1"}
        for form in ([], ["--json"]):
            result = azchat("info", "--check", "--anonymous", *form, home=home, env=env)
            check(result, code=0)
            assert "127.0.0.1" not in result.out + result.err
            assert "gpt-5-mini" not in result.out + result.err
    assert json.loads(result.out)["model"] == "DEPLOYMENT"


def test_names_without_a_check_are_no_question(home: Path) -> None:
    assert azchat("info", "--anonymous", home=home).code == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://contoso.services.ai.azure.com/x", "https://RESOURCE.services.ai.azure.com/x"),
        ("contoso is not contoso-2 or mycontoso", "RESOURCE is not contoso-2 or mycontoso"),
        ("deployment my.gpt+1 of secret-project", "deployment DEPLOYMENT of PROJECT"),
        ("signed in as ann.lee+x@corp.example.com", "signed in as PERSON"),
        ("principal a97b65f3-24c7-4388-baec-2e87135dc908", "principal ID"),
        ("from 10.1.2.3 and fe80::1:2", "from ADDRESS and ADDRESS"),
        ("TLSv1.3, HTTP/1.1, 2024-10-21", "TLSv1.3, HTTP/1.1, 2024-10-21"),
    ],
)
def test_what_is_a_name(text: str, shown: str) -> None:
    url = "https://contoso.services.ai.azure.com/api/projects/secret-project"
    assert without_names(Route(parse_endpoint(url), "my.gpt+1"), text) == shown


def test_a_host_of_nobodys_is_hidden_whole() -> None:
    route = Route(parse_endpoint("https://llm.corp.example.com/v1"), None)
    assert without_names(route, "at llm.corp.example.com:443") == "at HOST:443"
