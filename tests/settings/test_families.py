"""The variables of Azure's samples: endpoint and model of one family, the first that has one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies

from azchat.settings.families import FAMILIES, NAMES, endpoint_in, model_variables
from tests.front_door import azchat
from tests.oracles import CANARY, check

PROJECT = "https://r.services.ai.azure.com/api/projects/{}"
ENDPOINTS = [name for family in FAMILIES for name in family.endpoints]


def value(name: str) -> str:
    if name == "ANTHROPIC_BASE_URL":
        return "https://api.anthropic.com"
    return "res" if name.endswith(("_SERVICE", "_RESOURCE")) else PROJECT.format(name)


def info(home: Path, env: dict[str, str]) -> dict[str, tuple[Any, str]]:
    result = azchat("info", "--json", home=home, env=env)
    check(result, code=0)
    return {s["name"]: (s["value"], s["origin"]) for s in json.loads(result.out)["settings"]}


@given(strategies.sets(strategies.sampled_from(sorted(NAMES))))
def test_endpoint_and_model_are_of_one_family_and_the_first_one_counts(names: set[str]) -> None:
    variables = {name: value(name) for name in names}
    found = endpoint_in(variables)
    assert (found is None) is names.isdisjoint(ENDPOINTS)
    family = found[0] if found else None
    named = [name for name in model_variables(family, variables) if name in names]
    if found and family:
        first = next(one for one in FAMILIES if not names.isdisjoint(one.endpoints))
        assert (family, found[1]) == (first, next(n for n in first.endpoints if n in names))
        assert {*named} <= {*family.models, "AZURE_INFERENCE_MODEL"}
        own = [name for name in family.models if name in names]
        assert named == own or (not own and named == ["AZURE_INFERENCE_MODEL"])


def test_the_families_stand_in_the_order_of_the_samples() -> None:
    assert [family.endpoints[0] for family in FAMILIES] == [
        "AZURE_INFERENCE_ENDPOINT",
        "FOUNDRY_PROJECT_ENDPOINT",
        "AZURE_AI_PROJECT_ENDPOINT",
        "AZURE_AI_FOUNDRY_PROJECT_ENDPOINT",
        "AZURE_EXISTING_AIPROJECT_ENDPOINT",
        "PROJECT_ENDPOINT",
        "AZURE_OPENAI_ENDPOINT",
        "OPENAI_BASE_URL",
        "ANTHROPIC_FOUNDRY_BASE_URL",
        "ANTHROPIC_BASE_URL",
    ]


@pytest.mark.parametrize(
    ("endpoint", "model", "foreign"),
    [
        ("FOUNDRY_PROJECT_ENDPOINT", "FOUNDRY_MODEL", "AZURE_OPENAI_DEPLOYMENT"),
        ("FOUNDRY_PROJECT_ENDPOINT", "FOUNDRY_MODEL_NAME", "AZURE_INFERENCE_MODEL"),
        ("AZURE_AI_PROJECT_ENDPOINT", "AZURE_AI_MODEL_DEPLOYMENT_NAME", "FOUNDRY_MODEL"),
        ("PROJECT_ENDPOINT", "MODEL_DEPLOYMENT_NAME", "OPENAI_MODEL"),
        ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_CHAT_DEPLOYMENT", "AZURE_OPENAI_MODEL"),
        ("OPENAI_BASE_URL", "OPENAI_MODEL", "MODEL_DEPLOYMENT_NAME"),
        ("AZURE_AI_PROJECT_ENDPOINT", "AZURE_INFERENCE_MODEL", "AZURE_DEEPSEEK_DEPLOYMENT"),
    ],
)
def test_each_is_shown_with_its_origin(home: Path, endpoint: str, model: str, foreign: str) -> None:
    env = {endpoint: value(endpoint), model: "mine", foreign: "not-mine"}
    told = info(home, env)
    assert told["endpoint"] == (value(endpoint), endpoint)
    assert told["model"] == ("mine", model)


def test_a_resources_name_is_enough(home: Path) -> None:
    env = {"AZURE_OPENAI_SERVICE": "res", "AZURE_OPENAI_REASONING_EFFORT": "low"}
    told = info(home, env | {"OPENAI_API_VERSION": "2024-10-21"})
    assert told["endpoint"] == ("https://res.openai.azure.com", "AZURE_OPENAI_SERVICE")
    assert told["effort"] == ("low", "AZURE_OPENAI_REASONING_EFFORT")
    assert told["api_version"] == ("2024-10-21", "OPENAI_API_VERSION")


def test_what_belongs_to_another_family_does_not_count(home: Path) -> None:
    env = {"FOUNDRY_PROJECT_ENDPOINT": PROJECT.format("p"), "AZURE_OPENAI_REASONING_EFFORT": "low"}
    assert "effort" not in info(home, env | {"OPENAI_API_VERSION": "2024-10-21"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PROJECT_ENDPOINT", "https://example.com/api/projects/p"),
        ("PROJECT_ENDPOINT", "https://r.openai.azure.com/openai/v1"),
        ("PROJECT_ENDPOINT", "https://[x/api/projects/p"),
        ("PROJECT_ENDPOINT", "https://r.services.ai.azure.com.evil.test/api/projects/p"),
        ("AZURE_OPENAI_SERVICE", "evil.test/x"),
        ("AZURE_OPENAI_SERVICE", "a b"),
        ("AZURE_AI_ENDPOINT", PROJECT.format("p")),
        ("ANTHROPIC_BASE_URL", "https://api.example.com"),
        ("ANTHROPIC_FOUNDRY_RESOURCE", "evil.test/x"),
    ],
)
def test_a_variable_that_may_mean_anything_is_not_read(name: str, text: str) -> None:
    assert endpoint_in({name: text}) is None


def test_a_hubs_connection_string_is_said_to_be_none(home: Path) -> None:
    name = "AZURE_AIPROJECT_CONNECTION_STRING"
    result = azchat("ask", "hi", home=home, env={name: "eastus.api.azureml.ms;0;g;p"})
    check(result, code=3)
    assert f"{name} is a hub's connection string" in result.err


def test_an_endpoint_and_a_model_of_a_dotenv_stay_together(home: Path) -> None:
    (home / ".env").write_text(
        f"AZURE_OPENAI_ENDPOINT=https://r.openai.azure.com\nAZURE_OPENAI_DEPLOYMENT=theirs\n"
        f"AZURE_OPENAI_API_KEY={CANARY}\nRUNNING_IN_PRODUCTION=1\n"
    )
    (home / ".env").chmod(0o600)
    env = {"AZURE_INFERENCE_MODEL": "mine"}
    result = azchat("info", "--json", home=home, env=env)
    check(result, code=0, made=[home / ".env"])
    told = {s["name"]: (s["value"], s["origin"]) for s in json.loads(result.out)["settings"]}
    assert told["model"] == ("theirs", "AZURE_OPENAI_DEPLOYMENT in ./.env")
    assert told["auth"] == ("auto", "default")


@pytest.mark.parametrize(
    ("env", "auth"),
    [
        ({}, "managed"),
        ({"AZURE_OPENAI_API_KEY": CANARY}, "auto"),
        ({"AZURE_TOKEN_CREDENTIALS": "dev"}, "auto"),
        ({"AZURE_OPENAI_ENDPOINT": "https://ai.example.com/openai/deployments/d"}, "auto"),
        ({"AZURE_OPENAI_ENDPOINT": "http://localhost:9/openai/v1"}, "auto"),
    ],
)
def test_in_production_the_machine_signs_in_unless_there_is_a_key(
    home: Path, env: dict[str, str], auth: str
) -> None:
    known = {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com", "RUNNING_IN_PRODUCTION": "no"}
    told = info(home, known | env)
    assert told["auth"] == (auth, "RUNNING_IN_PRODUCTION" if auth == "managed" else "default")


def test_who_says_how_to_sign_in_is_heard_in_production_too(home: Path) -> None:
    env = {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com", "RUNNING_IN_PRODUCTION": "1"}
    result = azchat("ask", "hi", "-m", "m", "--dry-run", "--auth", "az", home=home, env=env)
    assert "(--auth az," in result.out
