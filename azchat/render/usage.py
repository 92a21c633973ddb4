"""One line about tokens and times."""

from azchat.events import Headroom, TurnFinished, TurnInterrupted, counted
from azchat.prices import money

_SHORTEST_RATED = 0.1  # seconds; a rate over less says nothing


def format_usage(event: TurnFinished | TurnInterrupted) -> str:
    """Return tokens (thinking and answer apart), times in seconds, and the rate."""
    words = [*_tokens(event), *_cost(event), *_times(event)]
    if event.model:
        words.insert(0, event.model)
    if event.headroom:
        words.append(_left(event.headroom))
    return " · ".join(words)


def format_short_usage(event: TurnFinished | TurnInterrupted) -> str:
    """Return the answer's tokens (thinking apart), the time in seconds, and the rate."""
    usage = counted(event)
    words = []
    if usage and usage.completion is not None:
        answer = usage.completion - (usage.reasoning or 0)
        parts = f"{usage.reasoning} thinking + {answer} answer" if usage.reasoning else answer
        words.append(f"{_about(event)}{parts} tokens")
    if event.cost and event.cost.total is not None:
        words.append(money(event.cost.total, event.cost.currency))
    return " · ".join([*words, f"{event.timing.total:.1f} s", *_rate(event)])


def _about(event: TurnFinished | TurnInterrupted) -> str:
    return "about " if isinstance(event, TurnInterrupted) and event.came else ""


def _tokens(event: TurnFinished | TurnInterrupted) -> list[str]:
    usage = counted(event)
    if usage is None:
        return ["tokens not reported"]
    words = [] if usage.prompt is None else [f"{usage.prompt} prompt"]
    if usage.reasoning and usage.completion is not None:
        words += [f"{usage.reasoning} thinking", f"{usage.completion - usage.reasoning} answer"]
    elif usage.completion is not None:
        words.append(f"{usage.completion} completion")
    is_sum = len(words) > 1 and usage.total == (usage.prompt or 0) + (usage.completion or 0)
    told = f"{_about(event)}{' + '.join(words)}{f' = {usage.total}' if is_sum else ''} tokens"
    cached = [f"{usage.cached} cached"] if usage.cached else []
    total = [] if is_sum or usage.total is None else [f"{usage.total} in total"]
    return [", ".join([told, *cached, *total])]


def _cost(event: TurnFinished | TurnInterrupted) -> list[str]:
    """Return what it cost, thinking apart; nothing where nobody knows any price."""
    if (cost := event.cost) is None:
        return []
    told = money(cost.total, cost.currency)
    if cost.thinking and cost.answer is not None:
        parts = {"thinking": cost.thinking, "answer": cost.answer}
        told += f" ({', '.join(f'{money(v, cost.currency)} {k}' for k, v in parts.items())})"
    return [f"cost {told}"]


def _times(event: TurnFinished | TurnInterrupted) -> list[str]:
    timing = event.timing
    words = []
    if timing.first_reasoning is not None:
        words.append(f"first thought {timing.first_reasoning:.1f} s")
    if timing.first_text is not None:
        words.append(f"first word {timing.first_text:.1f} s")
    return [*words, f"total {timing.total:.1f} s", *_rate(event)]


def _left(headroom: Headroom) -> str:
    """Return what is left until the deployment says 429."""
    pairs = (
        (headroom.requests, headroom.requests_limit, "requests"),
        (headroom.tokens, headroom.tokens_limit, "tokens"),
    )
    words = [
        f"{left} of {limit} {noun}" if limit else f"{left} {noun}"
        for left, limit, noun in pairs
        if left is not None
    ]
    return f"{', '.join(words)} left" if words else "rate limit not told"


def _rate(event: TurnFinished | TurnInterrupted) -> list[str]:
    timing = event.timing
    firsts = [at for at in (timing.first_reasoning, timing.first_text) if at is not None]
    usage = counted(event)
    seconds = timing.total - min(firsts) - timing.calls if firsts else 0.0
    if usage and usage.completion and seconds >= _SHORTEST_RATED:
        return [f"{usage.completion / seconds:.0f} tokens/s"]
    return []
