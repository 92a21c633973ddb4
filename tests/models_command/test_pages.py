"""A list that comes in pages is read to its end, and never from another host."""

import json
from pathlib import Path

from tests.faults.connection import Connection
from tests.faults.scripted import Scripted, reply
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check


def page(name: str, following: str | None) -> bytes:
    body = {"value": [{"name": name}], "nextLink": following}
    return reply(json.dumps(body).encode(), content_type="application/json")


def models(home: Path, server: Scripted) -> Result:
    url = server.url.removesuffix("/v1") + "/api/projects/p"
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": CANARY}
    return azchat("models", home=home, env=env)


def test_the_pages_are_read_to_the_end(home: Path) -> None:
    def say(connection: Connection) -> None:
        is_first = len(server.requests) == 1
        connection.send(page("one", f"{server.url}?page=2") if is_first else page("two", None))

    with Scripted(say) as server:
        result = models(home, server)
        check(result, code=0, servers=[server])
    assert result.out.split() == ["NAME", "one", "two"]
    assert [request.method for request in server.requests] == ["GET", "GET"]


def test_a_next_page_on_another_host_does_not_get_the_key(home: Path) -> None:
    with Scripted(page("theirs", None)) as other, Scripted(page("one", other.url)) as server:
        result = models(home, server)
        check(result, code=0, servers=[server])
        assert other.requests == []
    assert result.out.split() == ["NAME", "one"]


def test_pages_without_end_are_given_up(home: Path) -> None:
    def again(connection: Connection) -> None:
        connection.send(page("one", f"{server.url}?again"))

    with Scripted(again) as server:
        check(models(home, server), code=7, servers=[server])
    assert len(server.requests) == 100
