"""``azchat info``: which model answers, where, and where each setting comes from."""

import json
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

from azchat.asking.dialect import first_dialect
from azchat.asking.route import Means, Route, choose_route
from azchat.azure.hosts import is_azure
from azchat.azure.pasted import without_secrets
from azchat.azure.retirement import updated
from azchat.commands.knowledge import LEARNED, learned_of, learned_words
from azchat.commands.radar import today, warnings
from azchat.dialects import named
from azchat.dialects.history import history_rule
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, ServiceError
from azchat.learned import Deployment
from azchat.redaction import MASK, Redactor
from azchat.settings.layers import Settings, resolve
from azchat.settings.specs import in_words, shown
from azchat.terminal.safe import visible

if TYPE_CHECKING:
    from azchat.render.rows import Row

KINDS = {
    "inference": "Azure AI Model Inference (retired on 2026-08-26)",
    "v1": "Azure OpenAI v1",
    "project": "Azure AI Foundry project, v1",
    "deployment": "Azure OpenAI deployment",
    "mai": "Microsoft AI",
    "serverless": "serverless API",
    "managed": "managed compute",
    "compatible": "OpenAI-compatible server",
    "anthropic": "Anthropic Messages API",
    "demo": "the built-in scripted demo",
}
"""What each kind of endpoint is called."""
_SENT_BACK = {
    "strip": "no earlier thinking",
    "tools": "the thinking of turns with tools",
    "all": "all earlier thinking",
}


def run(env: Environment, means: Means, redactor: Redactor, *, as_json: bool) -> ExitCode:
    """Print what is known; why the model could not be reached is told after it."""
    about: dict[str, Any] = {"model": None, "endpoint": None, "learned": []}
    settings = Settings({}, {})
    error: AzchatError | None = None
    try:
        settings = resolve(env, means.settings, needs_key=not means.demo)
        redactor.add(*settings.secrets())
        if means.demo:
            _ask_demo(about)
        else:
            _ask_endpoint(about, env, settings, means, redactor)
    except AzchatError as caught:
        error = caught
        error.rewrite(redactor.redact)
    about["settings"] = _settings(settings)
    about["notices"] = list(settings.notices)
    about["error"] = error.to_dict() if error else None
    if as_json:
        env.stdout.write(json.dumps(about, ensure_ascii=False) + "\n")
    elif env.stdout.is_terminal:
        from azchat.render.choose import Appearance, show_rows

        rows = _drawn(about, redactor, env.stdout.size()[0])
        show_rows(env, rows, Appearance.of(env, settings))
    else:
        env.stdout.write(visible(_format(about)))
    if error:
        raise error
    return ExitCode.OK


def rows_in_chat(
    env: Environment, settings: Settings, redactor: Redactor, changed: Container[str], *, demo: bool
) -> "list[Row]":
    """Return what is known without asking; ``changed`` are settings of the chat alone."""
    about: dict[str, Any] = {"learned": [], "notices": []}
    if demo:
        _ask_demo(about)
    else:
        route = _tell_route(about, env, settings)
        about["model"] |= {"name": route.model or "the only one of the endpoint"}
    about["settings"] = [
        one | {"origin": "this chat" if one["name"] in changed else one["origin"]}
        for one in _settings(settings)
    ]
    return _drawn(about, redactor, env.stdout.size()[0])


def _ask_demo(about: dict[str, Any]) -> None:
    from azchat.demo.responder import respond

    reply = respond("GET", "/models/info?api-version=2024-05-01-preview", {}, b"")
    about["endpoint"] = {"url": "in this process", "kind": "demo", "sign_in": "none"}
    about["model"] = _model(b"".join(piece for _, piece in reply.pieces))


def _tell_route(about: dict[str, Any], env: Environment, settings: Settings) -> Route:
    route = choose_route(settings)
    endpoint = route.endpoint
    about["endpoint"] = {
        "url": endpoint.base,
        "kind": endpoint.kind,
        "api_version": endpoint.api_version,
        "sign_in": f"key {MASK} from {settings.key_origin}" if settings.key else settings.auth,
        "notes": list(endpoint.notes),
        "retirements": warnings(route, today()),
        "retirements_as_of": updated() if is_azure(endpoint.host.partition(":")[0]) else None,
    }
    rule = history_rule(route.model, settings.reasoning_history)
    about["model"] = {"deployment": route.model, "reasoning_history": rule}
    file = env.data_folder / "deployments.json"
    dialect = first_dialect(settings, route, file)
    about["endpoint"] |= {"dialect": dialect, "speaks": list(endpoint.speaks)}
    known = [Deployment(file, endpoint.base, route.model, one) for one in {"chat": 1, dialect: 1}]
    about["learned"] = [fact for one in known for fact in learned_of(one)]
    return route


def _ask_endpoint(
    about: dict[str, Any], env: Environment, settings: Settings, means: Means, redactor: Redactor
) -> None:
    route = _tell_route(about, env, settings)
    if not route.endpoint.has_info:
        return
    from azchat.asking.connect import open_azure, tracer
    from azchat.engine.replies import read_body, refusal

    trace = tracer(env, redactor) if means.debug else None
    transport = open_azure(env, settings, route, trace=trace, mask=redactor.add)
    try:
        while True:
            reply = transport.get("/info")
            if reply.status == 404:
                return  # not every deployment behind such a route has it
            if reply.status == 200:
                break
            error = refusal(reply, transport.destination)
            if not transport.mend(error):
                raise error
        about["model"] |= _model(read_body(reply, "/info"))
    finally:
        transport.close()


def _model(body: bytes) -> dict[str, Any]:
    try:
        info = json.loads(body)
        return {
            "name": info.get("model_name"),
            "type": info.get("model_type"),
            "provider": info.get("model_provider_name"),
        }
    except (ValueError, AttributeError):
        raise ServiceError("/info is no model information", "check the endpoint's URL") from None


def _settings(settings: Settings) -> list[dict[str, Any]]:
    known = [
        {"name": name, "value": _shown(name, value), "origin": settings.origin(name)}
        for name, value in settings.values.items()
        if value is not None
    ]
    if settings.key:
        known.append({"name": "key", "value": MASK, "origin": settings.key_origin})
    return sorted(known, key=lambda setting: (setting["origin"] == "default", setting["name"]))


def _shown(name: str, value: Any) -> Any:
    return without_secrets(value) if name == "endpoint" else shown(name, value)


def _drawn(about: Mapping[str, Any], redactor: Redactor, width: int) -> "list[Row]":
    from azchat.render.drawn import Column, pairs, table, text
    from azchat.render.rows import Row

    # Before it is broken into rows: no half of a key would be known as one.
    about = json.loads(redactor.redact_shown(json.dumps(about, ensure_ascii=False)))
    facts = [(n, (v, "red") if n == "retired" else v) for n, v in _facts(about)]
    settings = [(s["name"], in_words(s["value"]), s["origin"]) for s in about["settings"]]
    columns = (Column("SETTING"), Column("VALUE"), Column("ORIGIN", "dim", follows=True))
    rows = [*pairs(facts, width), Row("", 0), *table(columns, settings, width)]
    if learned := about["learned"]:
        told = [(one["since"], learned_words(one)) for one in learned]
        rows += [Row("", 0), *text([LEARNED], width), *pairs(told, width)]
    return rows + [row for one in about["notices"] for row in text([f"note: {one}"], width)]


def _facts(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = _endpoint_rows(about["endpoint"])
    return [*_model_rows(about["model"] or {}), *rows] if about["endpoint"] else rows


def _format(about: Mapping[str, Any]) -> str:
    lines = [f"{name:<11}{value}" for name, value in _facts(about)]
    lines += ["", "settings"]
    width = max((len(in_words(setting["value"])) for setting in about["settings"]), default=0)
    for setting in about["settings"]:
        value = f"{in_words(setting['value']):<{min(width, 40)}}"
        lines.append(f"  {setting['name']:<18}{value}  {setting['origin']}")
    if learned := about["learned"]:
        lines += ["", LEARNED]
        lines += [f"  {one['since']}  {learned_words(one)}" for one in learned]
    lines += [f"note: {notice}" for notice in about["notices"]]
    return "\n".join(lines) + "\n"


def _model_rows(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if model.get("name"):
        rows.append(("model", str(model["name"])))
        told = [name for name in ("type", "provider") if name in model]
        rows += [(name, str(model[name] or "not said")) for name in told]
    else:
        rows.append(("model", "this endpoint does not tell (it has no /info)"))
    if model.get("deployment"):
        rows.append(("deployment", str(model["deployment"])))
    if rule := model.get("reasoning_history"):
        rows.append(("sent back", _SENT_BACK[rule]))
    return rows


def _endpoint_rows(endpoint: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    if endpoint is None:
        return [("endpoint", "not set, or refused")]
    version = endpoint.get("api_version")
    route = KINDS[endpoint["kind"]] + (f", api-version {version}" if version else "")
    rows = [("endpoint", endpoint["url"]), ("route", route), ("sign-in", endpoint["sign_in"])]
    if spoken := endpoint.get("dialect"):
        others = ", ".join(named(one).words for one in endpoint["speaks"] if one != spoken)
        more = f"; the route may speak {others} too" if others else ""
        rows.append(("dialect", named(spoken).words + more))
    rows += [("retired", warning) for warning in endpoint.get("retirements", ())]
    if told := endpoint.get("retirements_as_of"):
        rows.append(("retiring", f"by the schedules of {told}"))
    return rows + [("note", note) for note in endpoint.get("notes", ())]
