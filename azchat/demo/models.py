"""What each model name stands for: how it shows its reasoning, who made it, what it refuses."""

import re
from typing import Any, Literal

from azchat.demo import refusals
from azchat.demo.routes import Route

DEFAULT_MODEL = "DeepSeek-R1"

Form = Literal[
    "tags",  # <think>…</think> in the content
    "implicit",  # only </think> in the content
    "reasoning_content",
    "reasoning",
    "list",  # content is a list of typed parts
    "mai",  # an encrypted object on the last chunk
    "hidden",  # nothing but a token count
    "plain",  # no reasoning at all
]

PUBLISHERS = {
    "DeepSeek-R1": "DeepSeek",
    "deepseek-r1-implicit": "DeepSeek",
    "gpt-4o": "OpenAI",
    "gpt-5-mini": "OpenAI",
    "gpt-oss-120b": "OpenAI",
    "magistral-medium": "Mistral AI",
    "MAI-Thinking-1": "Microsoft",
    "mistral-large-2407": "Mistral AI",
    "Phi-4-reasoning": "Microsoft",
    "QwQ-32B": "Qwen",
}

# The tokens a hidden-reasoning model spends on thinking; real ones count in steps of 64.
EFFORT_TOKENS = {"none": 0, "minimal": 64, "low": 128, "medium": 448, "high": 896, "xhigh": 1792}

_FORMS: list[tuple[str, Form]] = [
    (r"-implicit|qwq|qwen3.*thinking", "implicit"),
    (r"magistral", "list"),
    (r"gpt-oss|vllm", "reasoning"),
    (r"gpt-[56]|(?<![a-z0-9])o[134](?![a-z0-9])", "hidden"),
    (r"phi-4.*reasoning", "tags"),
    (r"deepseek-(r1|v4)|mai-ds-r1", "reasoning_content"),
]

_REFUSED_BY_HIDDEN = (
    *("max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty"),
    *("logprobs", "logit_bias"),
)


def find_form(model: str, route: Route) -> Form:
    """Return how this model shows reasoning on this route.

    DeepSeek writes tags into the content except on the OpenAI routes.
    """
    if route.family == "mai":
        return "mai"
    name = model.lower()
    form: Form = next((form for pattern, form in _FORMS if re.search(pattern, name)), "plain")
    return "tags" if form == "reasoning_content" and not route.openai else form


def check_model(model: str, form: Form, body: dict[str, Any]) -> None:
    """Raise Refused where this model would not take this request."""
    if model.lower().startswith("missing"):
        raise refusals.refused("no_deployment")
    if model.lower() == "limited":
        raise refusals.refused("rate_limited")
    refused = _REFUSED_BY_HIDDEN if form == "hidden" else ("max_tokens",) if form == "mai" else ()
    for name in refused:
        if body.get(name) is not None:
            raise refusals.unsupported_parameter(name)
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in list(EFFORT_TOKENS):
        raise refusals.unsupported_value("reasoning_effort", effort, list(EFFORT_TOKENS))
