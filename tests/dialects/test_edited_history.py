"""A history that was changed in the chat, over the Responses API: what goes back of it."""

from pathlib import Path

from tests.dialects.test_responses_front_door import has_ids, has_thinking
from tests.faults.response_payloads import JSON
from tests.faults.service import Service
from tests.repl.chatting import Chatting, chatting


def chat_with(service: Service, home: Path, *words: str) -> Chatting:
    return chatting(home, service.url, *words, "-m", "gpt-5.6", "--dialect", "responses")


def said(body: JSON) -> list[str]:
    """Return what a request holds: what was asked, and the id of each item that goes back."""
    return [item["id"] if "id" in item else item["content"] for item in body["input"]]


def test_what_was_taken_back_is_not_sent(home: Path) -> None:
    with Service(lambda body: None) as service, chat_with(service, home) as chat:
        for typed in ("one", "two", "/undo", "three"):
            chat.ask(typed)
    assert said(service.bodies[-1]) == ["one", "rs_1", "msg_1", "three"]


def test_an_edited_question_stands_where_the_old_one_stood(home: Path) -> None:
    with Service(lambda body: None) as service, chat_with(service, home) as chat:
        chat.ask("one")
        chat.ask("two")
        chat.send("/edit\r")
        chat.wait_until(lambda: chat.line == "> two")
        chat.ask(" more")
        chat.ask("three")
    asked, last = service.bodies[-2:]
    assert said(asked) == ["one", "rs_1", "msg_1", "two more"]
    assert said(last) == [*said(asked), "rs_3", "msg_3", "three"]


def test_another_try_is_asked_without_the_first(home: Path) -> None:
    with Service(lambda body: None) as service, chat_with(service, home) as chat:
        for typed in ("one", "two", "/retry", "three"):
            chat.ask(typed)
    _, first, again, last = map(said, service.bodies)
    assert again == first == ["one", "rs_1", "msg_1", "two"]
    assert last == [*first, "rs_3", "msg_3", "three"]


def test_a_fork_and_its_origin_send_their_own_items(home: Path) -> None:
    with (
        Service(lambda body: None) as service,
        chat_with(service, home, "--session", "talk") as chat,
    ):
        for typed in ("one", "/fork copy", "two", "/resume talk", "three"):
            chat.ask(typed)
    of_fork, of_origin = map(said, service.bodies[1:])
    assert of_fork == ["one", "rs_1", "msg_1", "two"]
    assert of_origin == ["one", "rs_1", "msg_1", "three"]


def test_other_instructions_keep_the_items_which_are_bound_to_nothing(home: Path) -> None:
    with Service(lambda body: None) as service, chat_with(service, home) as chat:
        for typed in ("one", "/system Be brief.", "two"):
            chat.ask(typed)
    assert said(service.bodies[-1]) == ["Be brief.", "one", "rs_1", "msg_1", "two"]


def test_a_summary_in_place_of_the_turns_takes_their_items_along(home: Path) -> None:
    with Service(lambda body: None) as service, chat_with(service, home) as chat:
        for typed in ("one", "two", "/compact", "three"):
            chat.ask(typed)
    body = service.bodies[-1]
    assert not any(has in said(body) for has in ("rs_1", "rs_2"))
    assert has_thinking(body) == has_ids(body)
