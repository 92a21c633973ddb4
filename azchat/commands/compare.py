"""``azchat compare``: one question, several models and efforts, side by side, one verdict."""

import csv
import io
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.asking.contest import Contender, Entry, Run, contest, name_of_contest
from azchat.asking.link import Link
from azchat.commands import shaping
from azchat.commands.ask import Plan
from azchat.commands.parcels import Parcels
from azchat.commands.voting import LETTERS, vote
from azchat.conversation import Conversation
from azchat.engine.figures import ORDER, Sum, summed
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, UsageError
from azchat.events import Event
from azchat.redaction import Redactor
from azchat.render.choose import Appearance, is_rich, show_rows
from azchat.render.json import VERSION, JsonRenderer, event_to_dict

if TYPE_CHECKING:
    from azchat.render.contest import Lane
    from azchat.render.screen import Screen

_NOISE = 0.3  # of a figure of one run: differences below it say little


class Wish(NamedTuple):
    """Who is compared how: ``form`` is text, json, csv or stream-json.

    ``is_blind``: names are told after a vote.
    """

    contenders: tuple[Contender, ...]
    runs: int = 1
    jobs: int | None = None
    form: str = "text"
    is_blind: bool = False


def run(env: Environment, parcels: Parcels, redactor: Redactor, wish: Wish) -> ExitCode:
    """Ask all at once, show what each answered and took."""
    if wish.is_blind and not (wish.form == "text" and env.stdout.is_terminal):
        raise UsageError("--blind asks for a vote on a terminal", "leave it out in a pipe")
    parcels, template = shaping.with_template(env, parcels)
    first = parcels._replace(means=_means(parcels, wish.contenders[0]))
    plan = Plan.of(env, first, redactor, template)
    entries = [*_entries(env, parcels, plan, wish.contenders)]
    if wish.is_blind:
        random.shuffle(entries)
    labels = [entry.label for entry in entries]
    names = LETTERS[: len(labels)] if wish.is_blind else labels
    output = {"json": _Data, "csv": _Data, "stream-json": _Stream}.get(wish.form, _Text)
    shown = output(env, parcels, names, wish)
    name = name_of_contest() if parcels.saving.save else None
    jobs = wish.jobs or len(entries)
    runs: list[Run] = []
    try:
        for number, turn, event in contest(entries, wish.runs, jobs, name):
            if isinstance(event, Run):
                if event.number >= 0:
                    runs.append(event)
                shown.end(event)
            else:
                shown.show(number, turn, event)
        runs.sort(key=lambda one: (one.time, one.number))
        if wish.is_blind:
            shown.leave()
            vote(env, labels)
            shown.names = labels
        every = [[one for one in runs if one.number == n] for n in range(len(entries))]
        shown.close(every, verdict(labels, [_sums(each) for each in every], wish.runs))
    finally:
        shown.leave()
    return ExitCode.INCOMPLETE if any(one.error for one in runs) else ExitCode.OK


def _means(parcels: Parcels, contender: Contender) -> Any:
    means = parcels.means
    return means._replace(settings={**means.settings, **contender.settings})


def _entries(
    env: Environment, parcels: Parcels, plan: Plan, contenders: Sequence[Contender]
) -> Iterator[Entry]:
    """Yield who is asked; all are asked the same."""
    around = shaping.around(plan.schema, parcels.shape.schema_retries)
    for at, contender in enumerate(contenders):
        means, purse = _means(parcels, contender), plan.link.purse
        link = Link.choose(env, plan.link.redactor, means, purse) if at else plan.link
        settings = link.model_settings(json_mode=parcels.shape.json_mode)
        if plan.schema:
            settings = settings._replace(answer_format=plan.schema.answer_format())
        conversation = Conversation(settings, plan.conversation.messages)
        effort = settings.parameters.get("effort")
        words = (contender.profile, link.model, effort)
        label = " ".join(str(word) for word in words if word) or "the model"
        yield Entry(contender, label, link, conversation, plan.message, around)


def verdict(labels: Sequence[str], sums: Sequence[Mapping[str, Sum]], runs: int) -> str:
    """Return what the figures say, in one sentence."""
    known = sorted((value, at) for at, value in _middles(sums, "total"))
    if not known:
        return "Nobody gave a whole answer."
    quickest, best = known[0]
    said = [f"{labels[best]} was first, after {quickest:.1f} s"]
    for value, at in known[1:]:
        ratio = value / quickest
        is_near = ratio < 1 + _NOISE
        if runs > 1:
            is_near = sums[at]["total"].overlaps(sums[best]["total"])
        long = "about as long, within noise" if is_near else f"{ratio:.1f} times as long"
        said.append(f"{labels[at]} took {long}")
    thoughts = sorted((value, at) for at, value in _middles(sums, "thinking"))
    if len(thoughts) > 1 and thoughts[0][0] < thoughts[-1][0]:
        (least, quick), (most, deep) = thoughts[0], thoughts[-1]
        much = f"{most / least:.1f} times as much as {labels[quick]}"
        said.append(f"{labels[deep]} thought {much}")
    costs = [(value, at) for at, value in _middles(sums, "cost")]
    if len(costs) > 1:
        said.append(f"{labels[min(costs)[1]]} was the cheapest")
    failed = len(sums) - len(known)
    said += [f"{failed} gave no whole answer"] * bool(failed)
    once = f" One run each: differences below {_NOISE:.0%} say little." if runs == 1 else ""
    return f"{'; '.join(said)}.{once}"


def _middles(sums: Sequence[Mapping[str, Sum]], name: str) -> list[tuple[int, float]]:
    """Return the medians of a figure that are known, each with the number of its contender."""
    found = ((at, one[name].middle) for at, one in enumerate(sums))
    return [(at, value) for at, value in found if value]


class _Shown:
    """Shows a comparison; this one collects the replies of all runs."""

    def __init__(
        self, env: Environment, parcels: Parcels, names: Sequence[str], wish: Wish
    ) -> None:
        self._env, self._parcels, self.names, self._wish = env, parcels, names, wish
        self._replies: dict[tuple[int, int], JsonRenderer] = {}

    def show(self, number: int, turn: int, event: Event) -> None:
        """Show an event of a contender's run."""
        self.reply(number, turn).show(event)

    def reply(self, number: int, turn: int) -> JsonRenderer:
        """Return what collects a run."""
        return self._replies.setdefault((number, turn), JsonRenderer(self._env.stdout))

    def end(self, run: Run) -> None:
        """Show that a run came to its end, or, of nobody, that time goes by."""
        if run.error:
            self.reply(run.number, run.time).fail(run.error)

    def close(self, runs: Sequence[Sequence[Run]], said: str) -> None:
        """Show the figures."""

    def leave(self) -> None:
        """Leave the terminal tidy."""


class _Text(_Shown):
    """Answers as they get whole, the table and the sentence; Markdown in a pipe."""

    _next = 0
    _screen: "Screen | None" = None
    _lanes: "list[Lane] | None" = None

    def show(self, number: int, turn: int, event: Event) -> None:
        super().show(number, turn, event)
        if (self._is_live and turn == 0) or self._lanes:
            self._draw(number, event)

    @property
    def _is_live(self) -> bool:
        return is_rich(self._env) and not self._parcels.printing.quiet

    def end(self, run: Run) -> None:
        super().end(run)
        if self._lanes and run.number >= 0 and run.error:
            self._lanes[run.number].state = "failed"
        self._print()
        if self._lanes:
            self._draw()

    def _draw(self, number: int = -1, event: Event | None = None) -> None:
        from azchat.render.contest import Lane
        from azchat.render.screen import Screen

        if self._lanes is None or self._screen is None:
            self._lanes = [Lane(label) for label in self.names]
            self._screen = Screen(self._env.stdout, self._env.variables)
        if event is not None:
            self._lanes[number].show(event)
        now, widest = self._env.clock(), max(map(len, self.names))
        rows = [lane.row(now, self._screen.columns, widest) for lane in self._lanes]
        self._screen.draw((), rows[: self._screen.live_limit])

    def _print(self) -> None:
        """Print the answers that are whole, in their order, as many as stand side by side."""
        from azchat.render.contest import columns_for

        width = self._env.stdout.size()[0]
        beside = columns_for(len(self.names), width) if self._env.stdout.is_terminal else 1
        while self._next < len(self.names):
            group = range(self._next, min(self._next + beside, len(self.names)))
            if not all(self._is_whole(number) for number in group):
                return
            self._next = group.stop
            answers = [(self.names[number], self._said(number)) for number in group]
            self._write(answers, width)

    def _write(self, answers: Sequence[tuple[str, str]], width: int) -> None:
        if not self._env.stdout.is_terminal:
            text = "".join(f"## {label}\n\n{said.strip()}\n\n" for label, said in answers)
            self._env.stdout.write(text)
            return
        from azchat.render.contest import answer_rows
        from azchat.render.theme import load_theme

        look = Appearance()
        rows = [*answer_rows(answers, width, load_theme(self._env.variables, look.code_theme))]
        if self._screen:
            self._screen.draw(rows, ())
        else:
            show_rows(self._env, rows)

    def _is_whole(self, number: int) -> bool:
        collected = self._replies.get((number, 0))
        return collected is not None and collected.has_ended

    def _said(self, number: int) -> str:
        reply = self._replies[number, 0].reply()
        error = reply["error"]
        failed = f"\n\n*{error['class']}: {error['message']}*" if error else ""
        return f"{reply['answer']}{failed}"

    def close(self, runs: Sequence[Sequence[Run]], said: str) -> None:
        from azchat.render.contest import sentence, table_rows

        self._print()
        self.leave()
        sums, ends = [_sums(each) for each in runs], [_ended(each) for each in runs]
        if not self._env.stdout.is_terminal:
            self._env.stdout.write(f"{_markdown(self.names, sums, ends)}\n{said}\n")
            return
        width = self._env.stdout.size()[0]
        show_rows(self._env, [*table_rows(self.names, sums, ends, width), *sentence(said, width)])

    def leave(self) -> None:
        if self._screen:
            self._screen.draw(())
            self._screen = self._lanes = None


class _Data(_Shown):
    """One object, or a row a run."""

    def _row(self, number: int, one: Run) -> dict[str, Any]:
        who = {"contender": self.names[number], **self._wish.contenders[number]._asdict()}
        reply = self.reply(number, one.time).reply()
        return {**who, "run": one.time + 1, "figures": one.figures, "reply": reply}

    def close(self, runs: Sequence[Sequence[Run]], said: str) -> None:
        rows = [
            {
                "contender": self.names[n],
                **self._wish.contenders[n]._asdict(),
                "run": one.time + 1,
            }
            | {"figures": one.figures, "reply": self.reply(n, one.time).reply()}
            for n, each in enumerate(runs)
            for one in each
        ]
        if self._wish.form == "csv":
            self._env.stdout.write(_table(rows))
            return
        summary = [
            {"contender": label, **{name: one._asdict() for name, one in _sums(each).items()}}
            | {"runs": len(each), "failed": sum(1 for run in each if run.error)}
            for label, each in zip(self.names, runs, strict=True)
        ]
        told = {"version": VERSION, "runs": rows, "summary": summary, "verdict": said}
        self._env.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


class _Stream(_Shown):
    """Each event as it comes, with who it is of."""

    def __init__(
        self, env: Environment, parcels: Parcels, names: Sequence[str], wish: Wish
    ) -> None:
        super().__init__(env, parcels, names, wish)
        self._began: dict[tuple[int, int], float] = {}

    def show(self, number: int, turn: int, event: Event) -> None:
        start = self._began.setdefault((number, turn), getattr(event, "at", time.monotonic()))
        if fields := event_to_dict(event, start):
            self._tell(number, turn, fields)

    def end(self, run: Run) -> None:
        if run.error:
            self._tell(run.number, run.time, {"type": "error", "error": run.error.to_dict()})

    def _tell(self, number: int, turn: int, fields: Mapping[str, Any]) -> None:
        named = {**fields, "contender": self.names[number], "run": turn + 1}
        self._env.stdout.write(json.dumps(named, ensure_ascii=False) + "\n")


def _sums(runs: Sequence[Run]) -> dict[str, Sum]:
    """Return the sums of those that gave a whole answer."""
    return summed([run.figures for run in runs if run.error is None])


def _ended(runs: Sequence[Run]) -> str:
    """Return how the runs ended: the reasons, or what went wrong."""
    told = [_word(run.error) if run.error else _reason(run) for run in runs]
    return ", ".join(dict.fromkeys(told))


def _word(error: AzchatError) -> str:
    return error.code or error.service_code or error.kind


def _reason(run: Run) -> str:
    return getattr(run.end, "finish_reason", None) or "-"


def _markdown(labels: Sequence[str], sums: Sequence[Mapping[str, Sum]], ends: Sequence[str]) -> str:
    from azchat.render.contest import figure

    names = [name.replace("_", " ") for name in ORDER]
    rows = [
        [label, *(figure(name, one[name]) for name in ORDER), end]
        for label, one, end in zip(labels, sums, ends, strict=True)
    ]
    lines = [["contender", *names, "end"], ["---"] * (len(names) + 2), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    file = io.StringIO()
    head = ("contender", "model", "effort", "profile", "run", *ORDER, "end", "answer_text")
    writer = csv.DictWriter(file, head, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        reply, error = row["reply"], row["reply"]["error"]
        end = (error["code"] or error["class"]) if error else reply["finish_reason"]
        writer.writerow({**row, **row["figures"], "end": end, "answer_text": reply["answer"]})
    return file.getvalue()
