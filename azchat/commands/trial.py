"""Tries an endpoint that no profile has yet: which models it lists, whether one answers."""

from typing import NamedTuple

from azchat.asking.connect import open_azure
from azchat.asking.link import Link
from azchat.asking.route import Means, choose_route
from azchat.azure.endpoint import Endpoint
from azchat.commands.sign_in_ways import SignIn
from azchat.conversation import Conversation
from azchat.environment import Environment
from azchat.errors import AzchatError
from azchat.messages import Message, Text
from azchat.redaction import Redactor
from azchat.settings.layers import Settings, resolve

_QUESTION = "Answer with one word: ready"
_SECONDS = 60.0  # a model that thinks takes its time


class Draft(NamedTuple):
    """What the set-up was told so far; ``url`` is what was pasted."""

    url: str
    endpoint: Endpoint
    sign_in: SignIn
    model: str | None


def trial_link(env: Environment, redactor: Redactor, draft: Draft) -> Link:
    """Return the way to the model of ``draft``."""
    endpoint, sign_in = draft.endpoint, draft.sign_in
    flags = {
        "endpoint": endpoint.written,
        "api_version": endpoint.api_version,
        "model": draft.model,
        "auth": sign_in.auth,
        "max_time": _SECONDS,
        "retries": 0,
    }
    found = resolve(env, flags, needs_key=False)
    values = {**found.values, "system": None, "option": None, "api_version": endpoint.api_version}
    settings = Settings(values, found.origins, sign_in.key, sign_in.origin)
    return Link(env, redactor, Means(), settings, choose_route(settings))


def maybe_fail(link: Link) -> AzchatError | None:
    """Ask the model one small question; return why there was no answer."""
    try:
        transport = link.open(lambda: None)
        conversation = Conversation(link.model_settings())
        link.answer(conversation, Message.user(Text(_QUESTION)), transport, bool)
    except AzchatError as error:
        return error
    return None


def list_models(env: Environment, link: Link) -> list[str]:
    """Return the names of the deployments or models; none where the endpoint does not tell."""
    if link.route is None:
        return []
    from azchat.commands.models import read_list

    try:
        transport = open_azure(env, link.settings, link.route, mask=link.redactor.add)
        try:
            return [row.name for row in read_list(transport, link.route)[1]]
        finally:
            transport.close()
    except AzchatError:
        return []
