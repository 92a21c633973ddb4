"""The way to a model: settings that are resolved, the route, and how a turn runs over it.

What every way to ask shares, so it must not know renderers, flags or terminals. The engine gets
what is known of a deployment as values; what it learned is written here, after the turn, for a
file that cannot be written must not cost an answer.
"""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from azchat.asking.connect import open_azure, open_demo, open_replay, recorded_dialect, tracer
from azchat.asking.dialect import first_dialect
from azchat.asking.route import Means, Route, choose_route
from azchat.asking.turn import Listener, run_turn
from azchat.azure.hosts import gets_tokens_unasked
from azchat.conversation import AnswerFormat, Conversation, ModelSettings, Offer
from azchat.dialects import Dialect, named
from azchat.dialects.asked import Asked, Manner, Repair
from azchat.dialects.choice import Signs, choose, others
from azchat.dialects.models import family_of, marking_of
from azchat.engine.chat import Chat, Outside, Tools
from azchat.engine.limits import Purse, TurnLimits
from azchat.engine.masking import MaskedSender, Sender
from azchat.engine.retry import RetryPolicy
from azchat.engine.transport import Transport
from azchat.environment import Environment
from azchat.errors import AzchatError, ConfigError, UsageError
from azchat.events import Event, NoticeRaised, ReasoningDelta, Relabelled, Stored, TurnFinished
from azchat.files import PrivateFile
from azchat.learned import Deployment, day, is_due
from azchat.messages import Message
from azchat.net.connection import Connection
from azchat.net.hosts import is_loopback
from azchat.parameters import PARAMETERS, DialectName, Reasoning
from azchat.prices import Price
from azchat.redaction import SHORT, Redactor
from azchat.sessions.journal import TurnJournal
from azchat.settings.layers import Settings, resolve
from azchat.settings.prices import Prices, load_prices
from azchat.wire.marking import Marking

DEMO_MODEL = "DeepSeek-V4-Pro"
_DEMO_SPEAKS: tuple[DialectName, ...] = ("chat", "responses", "messages")
_SURE = 2  # answers in a row: one may have been about tags
_GONE = (404, 410)


class Link(NamedTuple):
    """The way to a model; ``route`` None is the demo or a recording.

    All that is asked over links with the same ``purse`` is paid from it.
    """

    env: Environment
    redactor: Redactor
    means: Means
    settings: Settings
    route: Route | None
    prices: Prices | None = None
    purse: Purse | None = None

    @classmethod
    def choose(
        cls, env: Environment, redactor: Redactor, means: Means, purse: Purse | None = None
    ) -> "Link":
        """Return the way that flags and settings name; raises ``ConfigError`` without one."""
        is_local = means.demo or means.replay is not None
        settings = resolve(env, means.settings, needs_key=not is_local)
        redactor.add(*settings.secrets())
        redactor.ask_later(settings.keeper)
        (purse := purse or Purse()).most = settings.max_cost
        route = None if is_local else choose_route(settings)
        link = cls(env, redactor, means, settings, route, load_prices(env), purse)
        if purse.most is not None and not (link.price() or Price()).is_known:
            raise _no_price(link)
        return link

    @property
    def model(self) -> str | None:
        """The model or deployment that is asked; the user's own are none of the demo's."""
        if self.route:
            return self.route.model
        is_meant = not self.means.demo or self.settings.origin("model") == "flag"
        return (is_meant and self.settings.model) or DEMO_MODEL

    @property
    def base(self) -> str:
        """Where requests go to."""
        return self.route.endpoint.base if self.route else "demo"

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of the settings and the endpoint."""
        if self.route is None:
            return ()
        key, endpoint = self.settings.key, self.route.endpoint
        is_short = key is not None and len(key.reveal()) < SHORT and not endpoint.is_loopback
        warning = f"a key of less than {SHORT} characters is not masked: a service's words have it"
        return (*self.settings.notices, *endpoint.notes, *[warning][: int(is_short)])

    def price(self, reported: str | None = None) -> Price | None:
        """Return what the model costs, which the service may call by another name.

        None where nobody knows any price. Azure's list is for what Azure serves.
        """
        if self.prices is None:
            return None
        host = self.route.endpoint.host if self.route else ""
        is_azure = gets_tokens_unasked(host) or is_loopback(host)
        return self.prices.find((self.model, reported), is_azure=is_azure)

    def model_settings(self, *, json_mode: bool = False) -> ModelSettings:
        """Return the parameters of a request."""
        values = self.settings.values
        return ModelSettings(
            self.model,
            {name: values[name] for name in PARAMETERS if values.get(name) is not None},
            AnswerFormat() if json_mode else None,
            self.settings.reasoning_history,
            self.settings.option or {},
        )

    @property
    def dialect(self) -> DialectName:
        """The dialect that is asked in, as far as it is known before."""
        if self.means.replay and self.settings.dialect == "auto":
            return recorded_dialect(self.means.replay)
        if self.route is None:
            wish, family = self.settings.dialect, family_of(self.model)
            return choose(Signs(wish, _DEMO_SPEAKS, family))
        is_seen = self.env.stdout.is_terminal
        return first_dialect(self.settings, self.route, self._facts, is_seen=is_seen)

    @property
    def _facts(self) -> Path:
        return self.env.data_folder / "deployments.json"

    def open(self, prepare: Callable[[], None], early: Connection | None = None) -> Transport:
        """Return the transport; ``prepare`` is called while the service works on an answer."""
        env, means = self.env, self.means
        transport: Transport
        if means.replay:
            transport = open_replay(means.replay)
        elif self.route is None:
            transport = open_demo(env, typing=env.stdout.is_terminal)
        else:
            if self.route.endpoint.needs_model and not self.model:
                raise ConfigError(
                    f"no model is named, and {self.route.endpoint.host} serves several",
                    "name a deployment with -m NAME, or set AZURE_INFERENCE_MODEL; the names "
                    "that exist: azchat models",
                )
            transport = open_azure(
                env,
                self.settings,
                self.route,
                stream=means.stream,
                while_waiting=prepare,
                trace=tracer(env, self.redactor) if means.debug else None,
                trace_content=means.debug_content,
                early=early,
                mask=self.redactor.add,
                read=named(self.dialect).prepare,
            )
        if means.record is None:
            return transport
        from azchat.engine.recording import RecordingTransport

        return RecordingTransport(transport, PrivateFile(Path(means.record)), self.redactor)

    def asked(
        self,
        conversation: Conversation,
        offer: Offer | None = None,
        deployment: Deployment | None = None,
    ) -> Asked:
        """Return what a request is about, as it would be sent now; ``offer`` are the tools."""
        manner = self._manner(conversation.settings, deployment or self.deployment())
        return Asked(conversation, offer, self.means.stream, manner)

    def _manner(self, settings: ModelSettings, deployment: Deployment) -> Manner:
        return Manner(
            self.base,
            self._asks_usage(deployment),
            self._repairs(deployment, settings),
            self.settings.strict,
            _marking(self.settings.reasoning, deployment, self.model),
            self.settings.background,
        )

    def deployment(self, dialect: DialectName | None = None) -> Deployment:
        """Return what is known of the model behind the endpoint, as it is asked now."""
        return Deployment(self._facts, self.base, self.model, dialect or self.dialect)

    def _asks_usage(self, deployment: Deployment) -> bool:
        by_kind = self.route is not None and self.route.endpoint.reports_usage_on_request
        return bool(deployment.facts.get("asks_usage", by_kind))

    def _repairs(self, deployment: Deployment, settings: ModelSettings) -> tuple[Repair, ...]:
        """Return the repairs that were remembered or are known of the model by its name."""
        remembered = deployment.facts.get("repairs", [])
        effort = settings.parameters.get("effort")
        if self.settings.strict or not (remembered or effort):
            return ()
        from azchat.dialects.repair import effort_repair

        repairs = [Repair(*fields) for fields in remembered]
        listed = deployment.facts.get("efforts")
        shown = listed if isinstance(listed, list) else []
        refused = [repair.was for repair in repairs if repair.kind == "value"]
        if effort in refused:
            return tuple(repairs)
        named = effort_repair(settings.model, effort, shown, refused)
        return (named, *repairs) if named else tuple(repairs)

    def _check_background(self, dialect: Dialect) -> None:
        """Raise, before anything is sent, where no response can run at the service."""
        if self.settings.background and dialect.name != "responses":
            what = f"{self.model or 'the model'} is asked over {dialect.words}, which keeps nothing"
            raise UsageError(f"--background: {what}", "leave --background out")

    def _remove(self, chat: Chat, transport: Transport, journal: TurnJournal | None) -> None:
        """Take what is whole from the service, unless it is to be kept there."""
        if not chat.stored:
            return
        from azchat.engine.background import remove

        stays = [one for one in chat.stored if self.settings.keep or not remove(transport, one)]
        if stays and not self.settings.keep:
            self.env.stderr.write("azchat: the response stays at the service for up to 30 days\n")
        if journal:
            journal.receive(Stored(""))

    def _others(
        self, settings: ModelSettings, error: AzchatError, sent: Dialect
    ) -> list[tuple[Dialect, Manner]]:
        """Return what a refusal means instead; it is only told of where the user wants one."""
        speaks = self.route.endpoint.speaks if self.route else _DEMO_SPEAKS
        means = [name for name in others(error, sent.name, self.model) if name in speaks]
        if means and self.settings.dialect != "auto":
            error.hint = f"ask with --dialect {means[0]}, or without --dialect"
            return []
        return [(named(name), self._manner(settings, self.deployment(name))) for name in means]

    def _outside(self, settings: ModelSettings, name: str) -> Outside:
        told = self.env.data_folder / "reminders.json"
        return Outside(
            self.redactor.redact,
            lambda said: is_due(told, f"{name}: {said}", day()),
            partial(self._others, settings),
            self.env.clock,
            self.env.sleep,
        )

    def answer(
        self,
        conversation: Conversation,
        message: Message,
        transport: Transport,
        hear: Listener,
        journal: TurnJournal | None = None,
        tools: Tools | None = None,
        around: Callable[[Chat], Sender] | None = None,
        taken_up: str = "",
    ) -> None:
        """Run a turn: each event is saved and heard, what it teaches is remembered.

        ``around`` puts something around the engine; ``taken_up`` is a response at the service, of
        which the rest is heard instead of asking. The transport is closed at the turn's end.
        Raises what ended the turn.
        """
        dialect = named(self.dialect)
        settings, deployment = self.settings, self.deployment(dialect.name)
        self._check_background(dialect)
        asked = self.asked(conversation, deployment=deployment)
        retry, purse = RetryPolicy(settings.retries + 1), self.purse
        limits = TurnLimits(
            settings.idle_timeout, settings.max_time, retry, cache(self.price), purse
        )
        outside = self._outside(conversation.settings, deployment.name)
        chat = Chat(transport, asked, dialect, limits=limits, tools=tools, outside=outside)
        chat.taken_up = taken_up
        labels: set[str] = set()

        def learn(event: Event) -> None:
            if isinstance(event, Relabelled):
                labels.add(f"to {event.to}")
            elif isinstance(event, ReasoningDelta):
                labels.add("reasoning")
            elif isinstance(event, TurnFinished):
                _learn_start(deployment, asked.manner.marking, labels)
            elif isinstance(event, NoticeRaised) and event.kind == "skipped" and self.means.debug:
                tracer(self.env, self.redactor)(event.text)

        is_gone = False
        try:
            sender = MaskedSender(around(chat) if around else chat, self.redactor)
            run_turn(sender, message, hear, journal, learn)
        except AzchatError as error:
            is_gone = error.http_status in _GONE
            raise
        finally:
            self._remove(chat, transport, journal)
            transport.close()
            if chat.turned:
                self.deployment("chat").remember(chat.turned, dialect=chat.dialect.name)
                deployment = self.deployment(chat.dialect.name)
            deployment.repair(chat.learned, chat.unlearned)
            if is_gone:  # what comes back under its name may be another
                deployment.forget()
                self.deployment("chat").forget()


def _no_price(link: Link) -> ConfigError:
    name = link.model or "NAME"
    hint = f'azchat config prices update, or write [prices."{name}"] with input and output'
    return ConfigError(f"--max-cost: what {link.model or 'the model'} costs is not known", hint)


def _marking(wish: Reasoning, deployment: Deployment, model: str | None) -> Marking:
    """Return how the model marks its thinking; ``auto`` knows some names and remembers others."""
    marking = marking_of(model) if wish == "auto" else wish
    is_likely = marking == "auto" and _starts(deployment) >= _SURE
    return "likely" if is_likely else marking


def _starts(deployment: Deployment) -> int:
    """Return how many answers in a row began with thinking that no tag opened."""
    count = deployment.facts.get("starts_thinking", 0)
    return count if isinstance(count, int) else 0


def _learn_start(deployment: Deployment, marking: Marking, labels: set[str]) -> None:
    """Count such an answer; one without thinking begins anew: what holds back must be sure."""
    count = _starts(deployment)
    if marking == "auto" and "to reasoning" in labels:
        count += 1
    elif marking in ("auto", "likely") and ("to text" in labels or not labels):
        count = 0
    if count != _starts(deployment):
        deployment.remember("answers in a row", starts_thinking=count)
