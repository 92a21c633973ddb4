"""Changes of a request so that a service takes it. Pure.

A repair changes what is asked in azchat's names, before a dialect makes a request of it; so all
dialects share the parameters, the tools and the roles. What is of one dialect alone (another name,
a field of earlier answers) its own encoder applies. It is a tuple of strings, so that it can be
remembered.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from azchat.conversation import Conversation
from azchat.dialects.asked import JSON_ALONE, Asked, Repair, Request
from azchat.dialects.models import known
from azchat.messages import Message, Part, Text
from azchat.parameters import EFFORTS

# How --option may name a parameter.
_ALIASES = {"reasoning_effort": "effort", "max_completion_tokens": "max_tokens"}


def repaired(asked: Asked, repairs: Iterable[Repair]) -> tuple[Asked, list[Repair]]:
    """Return what is asked with every repair that concerns it, and which those are."""
    applied = []
    for repair in repairs:
        if (changed := _changed(repair, asked)) is not None:
            asked = changed
            applied.append(repair)
    return asked, applied


def encoded(
    asked: Asked, lacks: Iterable[str], module: Any, is_own: Callable[[Repair], bool]
) -> Request:
    """Return a dialect's request with the repairs that concern it; what the API lacks is left out.

    ``module`` makes its bodies; the repairs that are its own change one.
    """
    repairs = [*asked.manner.repairs, *(Repair("drop", name) for name in lacks)]
    asked, applied = repaired(asked, (one for one in repairs if not is_own(one)))
    own: list[Repair] = []
    body = module.body(asked)
    for repair in filter(is_own, repairs):
        if (changed := module.body(asked, [*own, repair])) != body:
            own.append(repair)
            body = changed
    request: Request = module.request(body, [one for one in repairs if one in (*applied, *own)])
    return request


def parameters_of(asked: Asked) -> dict[str, object]:
    """Return what is sent beside the messages, ``--option`` included, by azchat's names."""
    settings, offer = asked.conversation.settings, asked.offer
    extras = {_ALIASES.get(name, name): value for name, value in settings.extras.items()}
    others = {
        "stream": asked.stream,
        "tools": offer,
        "tool_choice": offer and offer.choice,
        "response_format": settings.answer_format,
    }
    return {**settings.parameters, **{n: one for n, one in others.items() if one}, **extras}


def _changed(repair: Repair, asked: Asked) -> Asked | None:
    """Return what is asked with the repair; None where it does not concern it."""
    name, conversation, offer = repair.name, asked.conversation, asked.offer
    match repair.kind:
        case "drop" if name == "stream" and asked.stream:
            return asked._replace(stream=False)
        case "drop" if name in (sent := parameters_of(asked)):
            is_due = not repair.when or repair.when in sent
            return _with_parameter(asked, name, None) if is_due else None
        case "value" if repair.was and parameters_of(asked).get(name) == repair.was:
            return _with_parameter(asked, name, repair.to or None)
        case "tool" if offer and name in offer.names:
            left = tuple(tool for tool in offer.tools if tool.name != name)
            choice = None if offer.choice == name or not left else offer.choice
            return asked._replace(offer=offer._replace(tools=left, choice=choice) if left else None)
        case "role" if any(message.role == name for message in conversation.messages):
            return asked._replace(conversation=_in_front(conversation, name))
        case "json":
            return _asking_for_json(repair, asked)
    return None


def _with_parameter(asked: Asked, name: str, value: object) -> Asked:
    """Return what is asked with another value of a parameter; None: without it."""

    def changed(values: Mapping[str, Any]) -> dict[str, Any]:
        its = {one: value for one in values if _ALIASES.get(one, one) == name}
        return {one: new for one, old in values.items() if (new := its.get(one, old)) is not None}

    settings = asked.conversation.settings
    parameters, extras = changed(settings.parameters), changed(settings.extras)
    settings = settings._replace(parameters=parameters, extras=extras)
    return asked._replace(conversation=asked.conversation._replace(settings=settings))


def _in_front(conversation: Conversation, role: str) -> Conversation:
    """Return a conversation with what ``role`` says in front of the first question."""
    its = [message for message in conversation.messages if message.role == role]
    others = [message for message in conversation.messages if message.role != role]
    at = next((n for n, message in enumerate(others) if message.role == "user"), None)
    if at is None:
        others.insert(at := 0, Message.user())
    parts: list[Part] = [part for message in (*its, others[at]) for part in message.parts]
    others[at] = others[at]._replace(parts=tuple(parts))
    return conversation._replace(messages=tuple(others))


def _asking_for_json(repair: Repair, asked: Asked) -> Asked | None:
    settings, messages = asked.conversation.settings, asked.conversation.messages
    wanted = settings.answer_format
    said = " ".join(message.text for message in messages).lower()
    if wanted is None or wanted.schema is not None or (repair.to and "json" in said):
        return None
    *earlier, last = messages
    if last.role == "user":
        last = last._replace(parts=(*last.parts, Text(JSON_ALONE)))
    settings = settings if repair.to else settings._replace(answer_format=None)
    return asked._replace(conversation=Conversation(settings, (*earlier, last)))


def effort_repair(
    model: str | None, effort: str | None, shown: Sequence[str] = (), refused: Sequence[str] = ()
) -> Repair | None:
    """Return the change of an effort that the model is known not to take.

    ``shown`` are the efforts that the endpoint itself listed; of them it may have ``refused``
    some all the same.
    """
    taken = list(shown) or known("efforts", model).split()
    if effort not in EFFORTS or effort in taken:
        return None
    near = effort_near(effort, [one for one in taken if one not in refused])
    return Repair("value", "effort", near, effort) if near else None


def effort_near(wish: str, taken: Iterable[str]) -> str | None:
    """Return the next effort above ``wish`` among those taken, else the next below; never none.

    A word that nobody knows may be new for much, or a known one misspelt.
    """
    ranked = sorted({*taken} & {*EFFORTS[1:]}, key=EFFORTS.index)
    if wish not in EFFORTS:
        from difflib import get_close_matches

        ranked = get_close_matches(wish.lower(), ranked, 1) or ranked
        return ranked[-1] if ranked else None
    above = [effort for effort in ranked if EFFORTS.index(effort) > EFFORTS.index(wish)]
    return above[0] if above else next(reversed(ranked), None)
