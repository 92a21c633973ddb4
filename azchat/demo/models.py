"""What each model name stands for: how it shows its reasoning, who made it, what it refuses."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple

from azchat.demo.refusals import refused
from azchat.demo.routes import Route
from azchat.demo.tables import table

DEFAULT_MODEL = "DeepSeek-V4-Pro"

Form = Literal[
    "tags",  # <think>…</think> in the content
    "implicit",  # only </think> in the content
    "reasoning_content",
    "reasoning",
    "list",  # content is a list of typed parts
    "mai",  # an encrypted object on the last chunk
    "hidden",  # nothing but a token count, and over Responses a summary
    "plain",  # no reasoning at all
]
Dialect = Literal["chat", "responses", "messages"]

# The tokens a hidden-reasoning model spends on thinking; real ones count in steps of 64.
EFFORT_TOKENS = {
    "none": 0, "minimal": 64, "low": 128, "medium": 448, "high": 896, "xhigh": 1792, "max": 3584,
}  # fmt: skip


class Model(NamedTuple):
    """A row of ``models.json``: what deployments whose name has ``names`` in it are like.

    Of the ``efforts`` the one with a star is the default. ``tools_over_chat``: only "without
    effort", or only "with none" said. ``phases``: its messages are comments or final answers.
    Of Claude: the ways of ``thinking`` that it takes, and ``most`` tokens that it says. One that
    ``hides`` its thinking shows it when asked, and takes no sampling; one that ``binds`` it takes
    it back only behind what it came behind.
    """

    names: str
    form: Form = "plain"
    speaks: Sequence[Dialect] = ("chat", "responses")
    efforts: str = "none minimal low medium* high xhigh"
    summaries: str = "auto concise detailed"
    tools_over_chat: str = ""
    streams: bool = True
    phases: bool = False
    thinking: str = ""
    most: int = 0
    hides: bool = False
    binds: bool = False

    @property
    def accepted(self) -> list[str]:
        """The efforts that it takes."""
        return self.efforts.replace("*", "").split()

    @property
    def default_effort(self) -> str:
        """The effort of a request that says nothing of it."""
        return starred(self.efforts) or "high"


def starred(words: str) -> str:
    """Return the word that has a star."""
    return next((word[:-1] for word in words.split() if word[-1] == "*"), "")


def publishers() -> dict[str, str]:
    """Return the models that are listed, with who made them."""
    return dict(table("models")["listed"])


def speakers(dialect: Dialect) -> list[str]:
    """Return the listed models that speak a dialect."""
    return [name for name in publishers() if dialect in find_model(name).speaks]


@cache
def find_model(name: str) -> Model:
    """Return what a deployment of this name is like."""
    rows = (Model(**row) for row in table("models")["known"])
    return next((row for row in rows if re.search(row.names, name.lower())), Model(""))


def find_form(name: str, route: Route) -> Form:
    """Return how this model shows reasoning on this route.

    DeepSeek writes tags into the content except on the OpenAI routes.
    """
    if route.family == "mai":
        return "mai"
    form = find_model(name).form
    return "tags" if form == "reasoning_content" and not route.openai else form


def check_deployment(name: str, dialect: Dialect) -> None:
    """Raise Refused where there is no such deployment, or none that speaks this dialect."""
    low = name.lower()
    if low.startswith("missing"):
        raise refused("no_deployment", model=name)
    if low == "limited":
        raise refused("rate_limited")
    speaks = find_model(name).speaks
    if (dialect == "messages") is not ("messages" in speaks):
        raise refused("not_supported")
    if dialect not in speaks or f"no-{dialect}" in low:
        raise refused(f"not_over_{dialect}", model=name)
