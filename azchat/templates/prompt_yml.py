"""GitHub's ``.prompt.yml`` files, read as they are; tests and evaluators in them are left aside.

The format: https://docs.github.com/en/github-models/use-github-models/storing-prompts-in-github-repositories
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from azchat.errors import InputError
from azchat.messages import Message, Role, Text
from azchat.templates.template import Template, no_file, read_parameters

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_OTHER_NAMES = {"max_completion_tokens": "max_tokens", "reasoning_effort": "effort"}


def read_prompt_yml(name: str, fields: Mapping[str, Any]) -> Template:
    """Return the template of a ``.prompt.yml``: its last message of the user is the prompt."""
    listed = fields.get("messages")
    if not isinstance(listed, list) or not listed:
        raise _wrong(name, "it has no list of messages")
    messages = [_read_message(name, message) for message in listed]
    settings = read_parameters(name, _parameters(fields.get("modelParameters")))
    if isinstance(model := fields.get("model"), str) and model:
        settings["model"] = model.rpartition("/")[2]  # deployments have no publisher in their name
    systems = [message.text for message in messages if message.role == "system"]
    if systems:
        settings["system"] = "\n\n".join(systems)
    said = [message for message in messages if message.role != "system"]
    prompt = said.pop().text if said and said[-1].role == "user" else None
    wanted = fields.get("responseFormat")
    return Template(
        name,
        str(fields.get("description") or fields.get("name") or ""),
        prompt,
        no_file(settings),
        tuple(said),
        schema=_schema(name, fields.get("jsonSchema")) if wanted == "json_schema" else None,
        json_mode=wanted == "json_object",
    )


def _read_message(name: str, message: Any) -> Message:
    role = message.get("role") if isinstance(message, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if role not in _ROLES or not isinstance(content, str):
        raise _wrong(name, f"a message needs a content, and a role of {', '.join(_ROLES)}")
    return Message(_ROLES[role], (Text(content),))


def _parameters(parameters: Any) -> Any:
    if not isinstance(parameters, dict):
        return parameters or {}
    named = {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", str(key)).lower(): value
             for key, value in parameters.items()}  # fmt: skip
    return {_OTHER_NAMES.get(key, key): value for key, value in named.items()}


def _schema(name: str, schema: Any) -> str:
    if isinstance(schema, dict):
        return json.dumps(schema, ensure_ascii=False)
    if isinstance(schema, str) and schema.strip().startswith("{"):
        return schema
    raise _wrong(name, "jsonSchema is no JSON object")


def _wrong(name: str, what: str) -> InputError:
    return InputError(f"{name} cannot be used: {what}", "see GitHub's description of .prompt.yml")
