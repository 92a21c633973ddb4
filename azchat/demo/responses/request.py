"""The body of a request for a response, checked and taken apart; raises Refused."""

from dataclasses import dataclass
from typing import Any

from azchat.demo.models import EFFORT_TOKENS, Model, check_deployment, find_model
from azchat.demo.refusals import Refused, listed, quoted, refused
from azchat.demo.request import Request, Said, read_body
from azchat.demo.responses.facts import Json, check_type, facts
from azchat.demo.responses.items import check_items, read_items, read_said
from azchat.demo.responses.store import Store

_SAMPLING = ("temperature", "top_p", "top_logprobs")
# What the script's answer says was sent, beside the messages and the tools.
_PARAMETERS = {
    *("max_output_tokens", "reasoning", "text", "truncation", "service_tier", "metadata"),
    *("parallel_tool_calls", *_SAMPLING),
}
_SUMMARIES = ("auto", "concise", "detailed")
_LEAST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Creation:
    """A request for a response, with what of it the script does not need."""

    request: Request
    model: Model
    items: list[Json]

    @property
    def thinks(self) -> bool:
        """Whether there is a reasoning item."""
        return self.model.form != "plain" and self.request.effort != "none"

    @property
    def summary(self) -> str | None:
        """The kind of summary asked for."""
        reasoning = self.request.body.get("reasoning") or {}
        value: str | None = reasoning.get("summary") or reasoning.get("generate_summary")
        return value

    @property
    def stored(self) -> bool:
        """Whether the service keeps the response."""
        return self.request.body.get("store") is not False

    @property
    def background(self) -> bool:
        """Whether the response goes on without its client."""
        return self.request.body.get("background") is True

    @property
    def sealed(self) -> bool:
        """Whether the thinking comes encrypted, for the client to keep."""
        asked = "reasoning.encrypted_content" in (self.request.body.get("include") or ())
        return self.model.form == "hidden" and (asked or not self.stored)

    @property
    def obfuscated(self) -> bool:
        """Whether deltas are padded, so that their lengths tell nothing."""
        options = self.request.body.get("stream_options") or {}
        return options.get("include_obfuscation") is not False


def read_creation(raw: bytes, store: Store) -> Creation:
    """Return the checked request."""
    body = read_body(raw)
    _check_keys(body)
    for param, kind in facts()["types"].items():
        check_type(body.get(param), kind, param)
    if not body.get("model"):
        raise refused("missing", param="model")
    check_deployment(body["model"], "responses")
    model = find_model(body["model"])
    _check_reasoning(body, model)
    _check_values(body, model)
    new = read_items(body.get("input", []), store.find_item)
    items = [*_previous(body, store), *new]
    check_items(items, body["model"], store.find_item, stored=body.get("store") is not False)
    return Creation(_request(body, model, items), model, items)


def _request(body: Json, model: Model, items: list[Json]) -> Request:
    tools = _read_tools(body.get("tools") or [])
    kind, schema = _read_format((body.get("text") or {}).get("format") or {"type": "text"})
    instructions = body.get("instructions")
    return Request(
        dialect="responses",
        model=body["model"],
        said=(*([Said("system", instructions)] if instructions else []), *read_said(items)),
        tools=tools,
        choice=_read_choice(body.get("tool_choice") or "auto", tools),
        json=kind == "json_object",
        schema=schema,
        effort=(body.get("reasoning") or {}).get("effort") or model.default_effort,
        max_tokens=body.get("max_output_tokens"),
        body=body,
        parameters={key: body[key] for key in body if key in _PARAMETERS},
        extras={},
        comments=model.phases,
    )


def _previous(body: Json, store: Store) -> list[Json]:
    name = body.get("previous_response_id")
    if body.get("conversation") is not None:
        raise refused("no_conversation", id=body["conversation"])
    return store.conversation(name) if name is not None else []


def _check_keys(body: Json) -> None:
    for key in body:
        if key in facts()["moved"]:
            raise refused("moved", param=key, to=facts()["moved"][key])
        if key not in facts()["keys"]:
            raise refused("unknown", param=key)
    for name, known in facts()["objects"].items():
        inner = body.get(name)
        for key in inner if isinstance(inner, dict) else ():
            if key not in known:
                raise refused("unknown", param=f"{name}.{key}")


def _check_reasoning(body: Json, model: Model) -> None:
    reasoning = body.get("reasoning") or {}
    for key, known in (("effort", list(EFFORT_TOKENS)), ("summary", _SUMMARIES)):
        value = reasoning.get(key)
        if value is None:
            continue
        param = f"reasoning.{key}"
        if value not in known:
            raise _wrong(value, param, known)
        if model.form == "plain":
            raise refused("unsupported", param=param)
        accepted = model.accepted if key == "effort" else model.summaries.split()
        if not accepted:
            raise refused("unverified")
        if value not in accepted:
            raise _unsupported(value, param, body, accepted)


def _check_values(body: Json, model: Model) -> None:
    for param, (low, high) in {"temperature": (0, 2), "top_p": (0, 1)}.items():
        if not low <= (body.get(param) or 0) <= high:
            raise refused("invalid", param=param, why=f"expected a decimal from {low} to {high}")
    for param in _SAMPLING if model.form == "hidden" else ():
        if body.get(param) is not None:
            raise refused("unsupported", param=param)
    limit = body.get("max_output_tokens")
    if limit is not None and limit < _LEAST_TOKENS:
        words = {"value": limit, "least": _LEAST_TOKENS}
        raise refused("too_small", param="max_output_tokens", **words)
    for index, value in enumerate(body.get("include") or ()):
        if value not in facts()["includes"]:
            raise _wrong(value, f"include[{index}]", facts()["includes"])
        if value == "reasoning.encrypted_content" and model.form != "hidden":
            raise refused("no_encryption")
    if body.get("truncation") not in (None, "auto", "disabled"):
        raise _wrong(body["truncation"], "truncation", ("auto", "disabled"))
    verbosity = (body.get("text") or {}).get("verbosity")
    levels = ("low", "medium", "high") if model.form == "hidden" else ("medium",)
    if verbosity is not None and verbosity not in levels:
        raise _unsupported(verbosity, "text.verbosity", body, levels)
    if body.get("stream") and not model.streams:
        raise _unsupported(True, "stream", body, [False])
    if body.get("background") and body.get("store") is False:
        raise refused("unstored_background")


def _wrong(value: object, param: str, supported: Any) -> Refused:
    return refused("wrong_value", param=param, value=quoted(value), supported=listed(supported))


def _unsupported(value: object, param: str, body: Json, supported: Any) -> Refused:
    words = {"value": quoted(value), "model": body["model"], "supported": listed(supported)}
    return refused("value_unsupported", param=param, **words)


def _read_tools(tools: list[Any]) -> Json:
    """Return the parameters of each tool, by its name."""
    for index, tool in enumerate(tools):
        where = f"tools[{index}]"
        check_type(tool, "object", where)
        if tool.get("type") != "function":
            raise _wrong(tool.get("type"), f"{where}.type", ["function"])
        if not tool.get("name"):
            raise refused("missing", param=f"{where}.name")
        if tool.get("strict") is True:
            what = f"function '{tool['name']}'"
            words = {"what": what, "param": f"{where}.parameters"}
            _check_strict(tool.get("parameters"), "invalid_function_parameters", **words)
    return {tool["name"]: tool.get("parameters") for tool in tools}


def _read_choice(choice: Any, tools: Json) -> str:
    """Return auto, none, required, or the name of the tool that must be called."""
    if choice in ("auto", "none", "required"):
        if choice == "required" and not tools:
            raise refused("tool_choice", name=choice)
        return str(choice)
    if not isinstance(choice, dict):
        raise _wrong(choice, "tool_choice", ("none", "auto", "required"))
    if choice.get("type") == "allowed_tools":
        return _read_choice(choice.get("mode", "auto"), tools)
    if choice.get("name") not in tools:
        raise refused("tool_choice", name=choice.get("name") or choice.get("type"))
    return str(choice["name"])


def _read_format(wanted: Json) -> tuple[str, Any]:
    """Return the type of ``text.format`` and, for ``json_schema``, its schema."""
    check_type(wanted, "object", "text.format")
    kind = wanted.get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise _wrong(kind, "text.format.type", ("text", "json_object", "json_schema"))
    if kind != "json_schema":
        return kind, None
    for key in ("name", "schema"):
        if not wanted.get(key):
            raise refused("missing", param=f"text.format.{key}")
    check_type(wanted["schema"], "object", "text.format.schema")
    if wanted.get("strict") is True:
        words = {"what": f"response_format '{wanted['name']}'", "param": "text.format.schema"}
        _check_strict(wanted["schema"], "invalid_json_schema", **words)
    return kind, wanted["schema"]


def _check_strict(schema: Any, code: str, *path: str, **words: str) -> None:
    """A strict schema's objects are closed, and name every property as required."""
    if not isinstance(schema, dict):
        return
    names = list(schema.get("properties") or {})
    why = ""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        why = "'additionalProperties' is required to be supplied and to be false"
    elif missing := [name for name in names if name not in schema.get("required", ())]:
        why = (
            "'required' is required to be supplied and to be an array including every key in "
            f"properties. Missing '{missing[0]}'"
        )
    if why:
        raise refused("open_schema", code=code, context=path, why=why, **words)
    for name in names:
        _check_strict(schema["properties"][name], code, *path, "properties", name, **words)
    _check_strict(schema.get("items"), code, *path, "items", **words)
