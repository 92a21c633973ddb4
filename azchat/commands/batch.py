"""``azchat batch``: thousands of questions from a file, at the rate that the quota allows."""

import re
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from azchat.asking.route import Means
from azchat.batch.asking import Asker, Form, Ways
from azchat.batch.governor import Governor
from azchat.batch.questions import Question, read_questions
from azchat.batch.results import Parted, Printed, ResultFile, Results, is_kept
from azchat.batch.work import Tally, Work
from azchat.environment import Environment
from azchat.errors import (
    AzchatError,
    ExitCode,
    InputError,
    Interrupted,
    ServiceError,
    UsageError,
)
from azchat.files import PrivateFile
from azchat.net.opening import Background
from azchat.prices import money
from azchat.redaction import Redactor
from azchat.render.batch import BatchBar
from azchat.render.choose import Appearance, wants_colour
from azchat.render.progress import SECONDS
from azchat.terminal.safe import visible

if TYPE_CHECKING:
    from azchat.asking.toolset import OpenTools, ToolWish
    from azchat.templates.template import Template

JOBS = 64
_TOLD = 20  # bad lines
_TICK = 0.2  # seconds
_CTRL_C = 2
_HALT = re.compile(r"(\d+(?:\.\d+)?)%|(\d+)")


class Files(NamedTuple):
    """Where questions come from and answers go; ``-`` is stdin and stdout."""

    source: str
    output: str
    errors: str | None = None
    is_ordered: bool = False
    retries_failed: bool = False


class Pace(NamedTuple):
    """What the user lets go at once, and in a minute, and how many failures end it."""

    jobs: int = JOBS
    rpm: float | None = None
    tpm: float | None = None
    halt: str | None = None


class Batch(NamedTuple):
    """All that a batch takes; ``template`` makes a question of any line."""

    means: Means
    form: Form
    files: Files
    pace: Pace
    template: "Template | None" = None
    tools: "ToolWish | None" = None
    quiet: bool = False
    plain: bool = False


def prepared(
    env: Environment, batch: Batch, template: str | None, variables: Mapping[str, str]
) -> Batch:
    """Return the batch with its template, of which some variables are the same for all lines."""
    if template is None:
        if variables:
            raise UsageError("-p fills in a template's variable", "name the template: -t NAME")
        return batch
    from azchat.commands.templates import template_folder

    found = template_folder(env).load(template)
    if unknown := [name for name in variables if not found.knows(name)]:
        raise UsageError(f"template {found.name} has no variable {unknown[0]!r}", "see it")
    given = {name: value for name, value in batch.means.settings.items() if value is not None}
    means = batch.means._replace(settings={**found.settings, **given})
    form = batch.form._replace(
        json_mode=batch.form.json_mode or found.json_mode,
        schema=batch.form.schema or found.schema,
    )
    found = found._replace(variables={**found.variables, **variables})
    return batch._replace(means=means, form=form, template=found)


def run(env: Environment, redactor: Redactor, batch: Batch, arm: Callable[[], None]) -> ExitCode:
    """Check all, then ask what is not done; ``arm`` lets Ctrl-C be heard again."""
    most_failed = _most_failed(batch.pace.halt)
    with _source_of(env, batch.files) as (path, ending):
        ways = Ways(env, redactor, batch.means, batch.form)
        if not batch.quiet:
            for notice in ways.first.notices:
                env.stderr.write(f"azchat: {notice}\n")
        digests = _checked(path, ending, batch.template, ways)
        results = _results(env, batch.files)
        done = results.begin(digests)
        tally = Tally(sum(map(bool, digests)), sum(done), results.failed)
        if any(done) and not batch.quiet:
            failed = f", {results.failed} of them failed: --retry-failed" * bool(results.failed)
            env.stderr.write(f"azchat: {sum(done)} of {tally.total} were asked before{failed}\n")
        tools = _opened(env, redactor, batch.tools) if batch.tools else None
        work = Work(
            _left(path, ending, batch.template, done),
            ways,
            results,
            digests,
            Governor(batch.pace.jobs, batch.pace.rpm, batch.pace.tpm, time.monotonic()),
            tally,
            new_asker=lambda: Asker(ways, tools),
            most_failed=most_failed(tally.total),
        )
        try:
            _watch(env, batch, work, arm)
        finally:
            if tools:
                tools.close()
    return _end(work)


# Before anything is sent


@contextmanager
def _source_of(env: Environment, files: Files) -> Iterator[tuple[Path, str]]:
    """Give the file of the questions and what its name ends in; stdin is put into one first."""
    if files.source != "-":
        path = Path(files.source)
        try:
            if is_kept(Path(files.output)) and path.samefile(files.output):
                raise UsageError("the output is the input", "name another file with -o")
        except OSError:
            pass  # one of them is not there: told when it is opened
        yield path, path.suffix.lower()
        return
    if not env.stdin.has_data:
        raise UsageError("there is nothing on stdin", "azchat batch FILE -o OUT, or pipe it in")
    with tempfile.NamedTemporaryFile(prefix="azchat-") as file:
        while data := env.stdin.read(1 << 20, lambda: None):
            file.write(data)
        file.flush()
        yield Path(file.name), ""


def _checked(path: Path, ending: str, template: "Template | None", ways: Ways) -> "array[int]":
    """Return the digests of all questions by line; raises ``InputError`` that names bad ones."""
    digests: array[int] = array("Q")
    bad, told, ids = 0, [], set()
    for number, question in read_questions(path, template, ending):
        try:
            if isinstance(question, AzchatError):
                raise question
            ways.check(question)
            if (known := hash(question.id)) in ids:
                raise InputError(f"its id {question.id!r} was there before")
            ids.add(known)
            digests.extend([0] * (number + 1 - len(digests)))
            digests[number] = ways.digest(question)
        except AzchatError as error:
            bad += 1
            if bad <= _TOLD:
                told.append(f"line {number}: {visible(error.what)[:300]}")
    if not bad and not ids:
        raise InputError(f"{path} has no questions in it", "a line of JSON for each")
    if bad:
        what = f"{bad} of {bad + len(ids)} lines cannot be sent, so nothing was"
        more = [f"and {bad - _TOLD} more"] if bad > _TOLD else []
        hint = "mend them; the forms of a line: azchat help batch"
        raise InputError(what, hint, details=(*told, *more))
    return digests


def _left(
    path: Path, ending: str, template: "Template | None", done: Sequence[int]
) -> Iterator[Question]:
    """Yield the questions that are not done."""
    for number, question in read_questions(path, template, ending):
        if isinstance(question, Question) and number < len(done) and not done[number]:
            yield question


def _results(env: Environment, files: Files) -> Results:
    path = Path(files.output)
    if files.output == "-":
        results: Results = Printed(env.stdout.write, is_ordered=files.is_ordered)
    elif not is_kept(path):
        results = Printed(PrivateFile(path).write, is_ordered=files.is_ordered)
    else:
        results = ResultFile(path, retry=files.retries_failed, is_ordered=files.is_ordered)
    if files.errors is None:
        return results
    how = {"retry": files.retries_failed, "is_ordered": files.is_ordered}
    return Parted(results, ResultFile(Path(files.errors), **how))


def _opened(env: Environment, redactor: Redactor, wish: "ToolWish") -> "OpenTools":
    """Return the tools, all of which run unasked: there is nobody to ask a thousand times."""
    from azchat.asking.toolset import approvals_file
    from azchat.learned import Approvals
    from azchat.tools.approval import key

    tools, known = wish.open(env, redactor), Approvals(approvals_file(env))
    try:
        for tool in tools.toolbox.tools:
            is_allowed = {"all", tool.name} & {*wish.approve} or known.has(key(tool), tool.digest)
            if not (tool.is_safe or is_allowed):
                hint = f"allow it with --approve {tool.name}, or leave it out"
                raise UsageError(f"nobody can be asked whether {tool.name} may run", hint)
    except BaseException:
        tools.close()
        raise
    return tools


def _most_failed(text: str | None) -> Callable[[int], float]:
    """Return how many may fail of how many; ``--halt`` says a number or a share."""
    match = _HALT.fullmatch(text or "")
    if text and not match:
        raise UsageError(f"--halt {text} is neither a number nor a share", "such as: 20, or 10%")
    if match is None:
        return lambda _: inf
    share, number = match[1], match[2]
    return lambda total: total * float(share) / 100 if share else int(number) - 1


# While it goes on


def _watch(env: Environment, batch: Batch, work: Work, arm: Callable[[], None]) -> None:
    """Show how it goes until it ends; Ctrl-C ends it with what is under way, a second one now."""
    shown, thread = _Shown(env, batch, work.tally), None
    try:
        while True:
            try:
                thread = thread or Background(work.run)
                while not thread.wait(_TICK):
                    shown.show()
                break
            except Interrupted as interrupted:
                if interrupted.signal != _CTRL_C or work.stopped_by:
                    raise
                work.stopped_by = interrupted.signal
                arm()
                running = work.tally.running
                shown.say(f"{running} under way are waited for; Ctrl-C again leaves now")
    finally:
        shown.close()
        if not batch.quiet:
            env.stderr.write(f"azchat: {', '.join(_words(work.tally))}\n")
    thread.result(_TICK)


class _Shown:
    """The line of progress, or lines of it where nothing may move."""

    def __init__(self, env: Environment, batch: Batch, tally: Tally) -> None:
        self._env, self._tally, self._quiet = env, tally, batch.quiet
        look = Appearance(plain=batch.plain)
        is_live = env.stderr.is_terminal and env.stderr.speaks_vt and not look.plain
        is_live = is_live and env.variables.get("TERM") != "dumb" and not batch.quiet
        self._bar: BatchBar | None = None
        if is_live:
            self._bar = BatchBar(env.stderr, has_colour=wants_colour(env, env.stderr, "auto"))
        self._due = time.monotonic() + SECONDS

    def show(self) -> None:
        """Show it, if it is time."""
        tally = self._tally
        if self._bar:
            share = (tally.total - tally.left) / tally.total
            self._bar.show(_words(tally), share)
        elif time.monotonic() >= self._due and not self._quiet:
            self._due += SECONDS
            self.say(", ".join(_words(tally)))

    def say(self, line: str) -> None:
        """Say a line above it."""
        if self._bar:
            self._bar.say(f"azchat: {line}")
        else:
            self._env.stderr.write(f"azchat: {line}\n")

    def close(self) -> None:
        """Take it off the screen."""
        if self._bar:
            self._bar.close()
            self._bar = None


def _words(tally: Tally) -> list[str]:
    """Return how it goes, what matters most first."""
    whole, failed = tally.done_before + tally.whole, tally.failed_before + tally.failed
    words = [f"{whole} of {tally.total} done", f"{failed} failed"]
    if (pause := tally.until - time.monotonic()) > 1 and tally.left:
        words.append(f"all wait {pause:.0f} s for the service")
    if tally.left:
        words.append(f"{tally.left} left")
        if (seconds := tally.to_come) is not None:
            words.append(f"{_span(seconds)} to go")
    words.append(f"{tally.rate:.1f}/s")
    usage, cost = tally.usage, tally.cost
    if usage.completion:
        thought = usage.reasoning or 0
        told = f"{thought} thinking + " if thought else ""
        words.append(f"{told}{usage.completion - thought} answer tokens")
    return [*words, *([money(cost.total, cost.currency)] if cost else [])]


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


# At the end


def _end(work: Work) -> ExitCode:
    """Return how it ended; raises what stopped it."""
    tally = work.tally
    if work.stopped_by:
        raise Interrupted(work.stopped_by)
    if error := work.ended:
        raise _pause(error, tally.left)
    if work.is_halted:
        what = f"stopped after {tally.failed} failures (--halt); {tally.left} were not sent"
        failure = InputError(what, "see why they failed; the same command goes on")
        failure.exit_code = ExitCode.PARTIAL
        raise failure
    return ExitCode.PARTIAL if tally.failed + tally.failed_before else ExitCode.OK


def _pause(error: AzchatError, left: int) -> AzchatError:
    """Return what is told where no more is sent: those that are left stay as they are."""
    what = f"{error.what}; {left} questions stay unsent"
    when = ""
    if error.retry_after:
        moment = time.localtime(time.time() + error.retry_after)
        when = f"from {time.strftime('%Y-%m-%d %H:%M', moment)} on "
    goes_on = f"{when}the same command goes on where it was"
    if error.http_status in (402, 429) or error.code == "cost":
        hint = f"{error.hint}; {goes_on}" if error.hint and not when else goes_on
        pause = ServiceError(what, hint, http_status=error.http_status, retryable=True)
        pause.retry_after, pause.service_code = error.retry_after, error.service_code
        return pause
    error.what, error.hint = what, error.hint or goes_on
    return error
