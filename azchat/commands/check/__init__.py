"""``azchat info --check``: tries the way to the model step by step, all steps at once."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.asking.connect import open_azure, tracer
from azchat.asking.dialect import first_dialect
from azchat.asking.route import Means, Route, choose_route
from azchat.commands.check import report
from azchat.commands.radar import today, warnings
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode
from azchat.learned import Deployment
from azchat.net.opening import Background, Target
from azchat.redaction import Redactor
from azchat.render.choose import Appearance, show_rows
from azchat.settings.layers import Settings, resolve
from azchat.terminal.safe import visible

if TYPE_CHECKING:
    from azchat.azure.client import AzureTransport

_GIVE_UP_SECONDS = 600.0  # every probe has limits of its own, below this one
_REACH = ("name", "connection")
_PLAIN = ("sign-in", "path", "deployment")


class _Probe(NamedTuple):
    """The lines it finds out about, and how."""

    names: tuple[str, ...]
    run: Callable[[], report.Outcome]


def run(
    env: Environment, means: Means, redactor: Redactor, *, as_json: bool, anonymous: bool = False
) -> ExitCode:
    """Print a line for each step; raise the first failure, after all of them were told."""
    if means.demo:
        from azchat.demo.models import DEFAULT_MODEL
        from azchat.demo.server import DemoServer

        with DemoServer() as server:
            given = {**means.settings, "endpoint": f"{server.url}/openai/v1", "profile": None}
            given["model"] = given.get("model") or DEFAULT_MODEL
            means = means._replace(settings=given)
            return _check(env, means, redactor, as_json=as_json, anonymous=anonymous)
    return _check(env, means, redactor, as_json=as_json, anonymous=anonymous)


def _check(
    env: Environment, means: Means, redactor: Redactor, *, as_json: bool, anonymous: bool
) -> ExitCode:
    try:
        settings = resolve(env, means.settings, needs_key=not means.demo)
        redactor.add(*settings.secrets())
        route = choose_route(settings)
    except AzchatError as error:
        error.rewrite(redactor.redact)
        if as_json:
            env.stdout.write(_as_json(None, [], [], 0.0, error))
        raise
    start = time.monotonic()
    outcomes = _run_all(env, settings, route, means, redactor, start)
    hide = partial(report.without_names, route) if anonymous else str
    findings = []
    for one in _settled([one for outcome in outcomes for one in outcome.findings]):
        if one.error:
            one.error.rewrite(lambda text: hide(redactor.redact(text)))
        says, mend = hide(redactor.redact(one.says)), hide(redactor.redact(one.mend))
        findings.append(one._replace(says=says, mend=mend))
    seconds = time.monotonic() - start
    retired = [hide(warning) for warning in warnings(route, today())]
    if not means.demo:
        _remember(env, redactor, route, outcomes)
    failure = next((one.error for one in findings if one.error), None)
    if as_json:
        env.stdout.write(_as_json(route, findings, retired, seconds, failure, hide))
    elif env.stdout.is_terminal:
        rows = report.drawn_findings(findings, retired, env.stdout.size()[0])
        show_rows(env, rows, Appearance.of(env, settings))
    else:
        env.stdout.write(report.format_findings(findings))
        env.stdout.write("".join(f"! {visible(warning)}\n" for warning in retired))
    if failure:
        raise failure
    if not as_json:
        env.stderr.write(f"azchat: next: {report.next_step(findings, retired)}\n")
    return ExitCode.OK


def _run_all(
    env: Environment,
    settings: Settings,
    route: Route,
    means: Means,
    redactor: Redactor,
    start: float,
) -> list[report.Outcome]:
    from azchat.commands.check.lines import Lines

    target = route.target(env)
    lines = Lines(target)
    trace = tracer(env, redactor) if means.debug else None
    reach = _begin(_reach_probes(target), start)  # while the SDK is imported
    try:
        transport = open_azure(env, settings, route, early=lines, trace=trace)
    except AzchatError as error:
        from azchat.commands.check.abilities import PROBES

        after = (*_PLAIN[1:], *(name for names, _ in PROBES for name in names))
        stuck = map(report.unknown, after)
        return [*_ended(reach), report.Outcome((report.failed("sign-in", error), *stuck))]
    try:
        probes = list(_asking_probes(transport, lines, route, settings, _file(env)))
        plain, *abilities = _begin(probes[:1], start)
        abilities += _begin([_after(lines, plain[1], probe) for probe in probes[1:]], start)
        return _ended([*reach, plain, *abilities])
    finally:
        transport.close()


_Running = tuple[_Probe, Background[report.Outcome]]


def _reach_probes(target: Target) -> list[_Probe]:
    from azchat.commands.check.reach import connect, find_name

    name = _Probe(("name",), lambda: find_name(target))
    return [name, _Probe(("connection",), lambda: connect(target))]


def _asking_probes(
    transport: "AzureTransport", lines: Any, route: Route, settings: Settings, file: Path
) -> Iterator[_Probe]:
    from azchat.commands.check.abilities import PROBES
    from azchat.commands.check.asking import Asking
    from azchat.commands.check.sign_in import ask_plainly

    dialect = first_dialect(settings, route, file)
    asking = Asking(transport, route, dialect, is_fixed=settings.dialect != "auto")
    by = transport.destination.signed_in_by
    yield _Probe(_PLAIN, lambda: ask_plainly(asking, lines, route, by))
    for names, probe in PROBES:
        yield _Probe(names, lambda probe=probe: probe(asking))  # type: ignore[misc]


def _after(lines: Any, first: Background[report.Outcome], probe: _Probe) -> _Probe:
    """Return the probe that waits until the first one has signed in: one token is enough."""

    def run_after() -> report.Outcome:
        while not lines.signed.wait(0.02):
            if first.is_done:
                return report.Outcome(tuple(map(report.unknown, probe.names)))
        return probe.run()

    return probe._replace(run=run_after)


def _begin(probes: Sequence[_Probe], start: float) -> list[_Running]:
    return [(probe, Background(lambda probe=probe: _timed(probe, start))) for probe in probes]  # type: ignore[misc]


def _timed(probe: _Probe, start: float) -> report.Outcome:
    outcome = probe.run()
    at = time.monotonic() - start
    return outcome._replace(findings=tuple(one._replace(seconds=at) for one in outcome.findings))


def _ended(running: Sequence[_Running]) -> list[report.Outcome]:
    return [background.result(_GIVE_UP_SECONDS) for _, background in running]


def _settled(findings: list[report.Finding]) -> list[report.Finding]:
    """Return the lines without those that only repeat the failure of one above."""
    if all(one.ok for one in findings if one.name in (*_REACH, *_PLAIN)):
        return findings
    no_way = any(not one.ok for one in findings if one.name in _REACH)
    own = _REACH if no_way else (*_REACH, *_PLAIN)
    return [
        one if one.ok or one.name in own else report.unknown(one.name)._replace(seconds=one.seconds)
        for one in findings
    ]


def _remember(
    env: Environment, redactor: Redactor, route: Route, outcomes: Sequence[report.Outcome]
) -> None:
    facts = {name: value for outcome in outcomes for name, value in outcome.facts.items()}
    if facts:
        repairs, known = facts.pop("repairs", {}), (_file(env), route.endpoint.base, route.model)
        dialect = facts.pop("asked in", "chat")
        own = {name: facts.pop(name) for name in ("dialects",) if name in facts}
        own |= {"dialect": dialect} if facts.pop("turned", False) else {}
        Deployment(*known).remember("azchat info --check", **own)
        deployment = Deployment(*known, dialect)
        deployment.repair({one: redactor.redact(said) for one, said in repairs.items()})
        deployment.remember("azchat info --check", **facts)


def _file(env: Environment) -> Path:
    return env.data_folder / "deployments.json"


def _as_json(
    route: Route | None,
    findings: Sequence[report.Finding],
    retired: Sequence[str],
    seconds: float,
    error: AzchatError | None,
    hide: Callable[[str], str] = str,
) -> str:
    told = {
        "endpoint": hide(route.endpoint.base) if route else None,
        "kind": route.endpoint.kind if route else None,
        "model": hide(route.model) if route and route.model else None,
        "ok": error is None and all(one.ok for one in findings),
        "seconds": round(seconds, 3),
        "probes": [one.to_dict() for one in findings],
        "retirements": list(retired),
        "next": report.next_step(findings, retired),
        "error": error.to_dict() if error else None,
    }
    return json.dumps(told, ensure_ascii=False) + "\n"
