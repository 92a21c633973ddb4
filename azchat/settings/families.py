"""The variables that name an endpoint, its model and its key: what Azure's samples and tools set.

An endpoint and its model are always of one family; the first family with an endpoint counts.
"""

from collections.abc import Mapping
from typing import NamedTuple

from azchat.azure.hosts import ANTHROPIC, is_azure
from azchat.net.hosts import host_of

AZURE_KEYS = ("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY")
# A hub's, from before projects had endpoints: it is said that it is none.
CONNECTION_STRINGS = ("AZURE_AIPROJECT_CONNECTION_STRING", "PROJECT_CONNECTION_STRING")


class Family(NamedTuple):
    """Variables that belong together, each kind in the order they are tried in.

    ``others`` are those of further settings, which count with these endpoints alone.
    """

    endpoints: tuple[str, ...]
    models: tuple[str, ...]
    keys: tuple[str, ...] = AZURE_KEYS
    others: tuple[str, ...] = ()


# A row a family: endpoints, models, keys (Azure's if none is named), others. The last but one is of
# Anthropic's client for Foundry, the last of its own.
FAMILIES = tuple(
    Family(*(tuple(cell.split()) for cell in row.split("|")))
    for row in """\
AZURE_INFERENCE_ENDPOINT | AZURE_INFERENCE_MODEL AZURE_DEEPSEEK_DEPLOYMENT \
| AZURE_INFERENCE_CREDENTIAL
FOUNDRY_PROJECT_ENDPOINT | FOUNDRY_MODEL FOUNDRY_MODEL_NAME AZURE_AI_MODEL_DEPLOYMENT_NAME
AZURE_AI_PROJECT_ENDPOINT | AZURE_AI_MODEL_DEPLOYMENT_NAME
AZURE_AI_FOUNDRY_PROJECT_ENDPOINT | AZURE_AI_FOUNDRY_MODEL_DEPLOYMENT_NAME
AZURE_EXISTING_AIPROJECT_ENDPOINT | AZURE_AI_CHAT_DEPLOYMENT_NAME AZURE_AI_AGENT_DEPLOYMENT_NAME
PROJECT_ENDPOINT | MODEL_DEPLOYMENT_NAME
AZURE_OPENAI_ENDPOINT AZURE_OPENAI_BASE_URL AZURE_OPENAI_SERVICE \
| AZURE_OPENAI_CHAT_DEPLOYMENT AZURE_OPENAI_CHAT_DEPLOYMENT_NAME AZURE_OPENAI_CHATGPT_DEPLOYMENT \
AZURE_OPENAI_DEPLOYMENT_NAME AZURE_OPENAI_DEPLOYMENT AZURE_OPENAI_CHAT_COMPLETION_MODEL \
AZURE_OPENAI_CHAT_MODEL AZURE_OPENAI_MODEL | AZURE_OPENAI_API_KEY AZURE_INFERENCE_CREDENTIAL \
| AZURE_OPENAI_API_VERSION OPENAI_API_VERSION AZURE_OPENAI_REASONING_EFFORT
OPENAI_BASE_URL | OPENAI_MODEL | OPENAI_API_KEY
ANTHROPIC_FOUNDRY_BASE_URL ANTHROPIC_FOUNDRY_RESOURCE | ANTHROPIC_MODEL | ANTHROPIC_FOUNDRY_API_KEY
ANTHROPIC_BASE_URL | ANTHROPIC_MODEL | ANTHROPIC_API_KEY""".splitlines()
)
_OF_RESOURCE = {  # these hold its name
    "AZURE_OPENAI_SERVICE": "https://{}.openai.azure.com",
    "ANTHROPIC_FOUNDRY_RESOURCE": "https://{}.services.ai.azure.com/anthropic",
}
KEYS_OF_ENDPOINT = {name: family.keys for family in FAMILIES for name in family.endpoints}
NAMES = frozenset(
    name for family in FAMILIES for name in (*family.endpoints, *family.models, *family.others)
)
# The names that azchat documents as its own count with any endpoint that brings no model.
_GENERAL = FAMILIES[0].models


def endpoint_in(variables: Mapping[str, str]) -> tuple[Family, str, str] | None:
    """Return the first family with an endpoint, the variable that has it, and the URL."""
    for family in FAMILIES:
        for name in family.endpoints:
            if url := _url(name, variables.get(name, "").strip()):
                return family, name, url
    return None


def family_of(origin: str) -> Family | None:
    """Return the family of an endpoint that came from ``origin``."""
    name = origin.partition(" ")[0]
    return next((family for family in FAMILIES if name in family.endpoints), None)


def model_variables(family: Family | None, *places: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that may name the model; ``family`` None: no variable is the endpoint.

    The general name is none of them where one of the family's own is set.
    """
    if family is None:
        return _GENERAL
    is_set = any(place.get(name, "").strip() for place in places for name in family.models)
    return family.models if is_set else _GENERAL[:1]


def _url(name: str, text: str) -> str:
    """Return what a variable says as a URL; nothing where it is too general to be meant."""
    if name in _OF_RESOURCE:
        is_name = text.isascii() and text.replace("-", "").isalnum()
        return _OF_RESOURCE[name].format(text) if is_name else ""
    if name == "ANTHROPIC_BASE_URL":  # of every tool for Claude, some of which put a proxy there
        return text if host_of(text) == ANTHROPIC or "/anthropic" in text else ""
    if name == "PROJECT_ENDPOINT":  # anybody's project may have one
        return text if is_azure(host_of(text)) and "/api/projects/" in text else ""
    return text
