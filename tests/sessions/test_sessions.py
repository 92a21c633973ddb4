"""Sessions: listed, named, found, copied, cut and deleted."""

from pathlib import Path

import pytest

from azchat.errors import InputError, UsageError
from azchat.messages import Message, Reasoning, Text, ToolCall, ToolResult
from azchat.sessions import title_of
from azchat.sessions.store import Store
from tests.sessions.talk import begin, last, say, text

NAMES = {
    "a path upwards": "../../x",
    "a path": "/etc/passwd",
    "a dot": ".",
    "a tilde": "~root",
    "a script": "<script>alert(1)</script>",
    "a question mark": "file:x?mode=memory",
    "quotes": 'it\'s "so"',
    "emoji": "🚀 tests",
    "umlaut": "Übung",
    "Chinese": "会话",
    "a hundred letters": "n" * 100,
    "SQL": "x'; DROP TABLE sessions; --",
}
NO_NAMES = {
    "nothing": "",
    "a blank": " ",
    "blanks around": " a ",
    "a dash": "-x",
    "NUL": "a\0b",
    "a line": "a\nb",
    "an escape": "a\x1b[2Jb",
    "bidi": "a\u202eb",
    "half a character": "a\udce9",
    "too long": "n" * 101,
    "an id": "12",
    "digits of another script": "١٢",
}


def numbers(store: Store, session: int) -> list[tuple[int, str]]:
    return [(turn.number, turn.answer) for turn in store.load(session).turns]


# -- the list --------------------------------------------------------------------------


def test_the_session_that_was_used_last_is_the_first(store: Store) -> None:
    first, second = say(store, "one").session, say(store, "two").session
    assert [info.id for info in store.sessions()] == [second, first]
    say(store, session=first)
    assert [info.id for info in store.sessions()] == [first, second]
    assert [info.id for info in store.sessions(1)] == [first]


def test_a_clock_that_goes_back_does_not_change_which_was_last(store: Store) -> None:
    earlier = say(store).session
    # As if the clock had been wrong then.
    store._database.execute("UPDATE sessions SET updated = updated + 1e9")
    later = say(store).session
    latest = store.latest()
    assert latest
    assert (latest.id, later) == (later, earlier + 1)


def test_an_empty_store_has_no_latest_session(store: Store) -> None:
    assert store.latest() is None
    assert store.sessions() == []


def test_a_session_knows_when_it_was_how_long_it_is_and_the_model(store: Store) -> None:
    session = say(store, "one", model="first").session
    say(store, session=session, model="second")
    info = store.load(session).info
    assert (info.title, info.model, info.turns, info.tokens) == ("one", "second", 2, 24)
    assert info.began <= info.updated


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("why?", "why?"),
        ("\n\n  first line \nsecond", "first line"),
        ("x" * 72, "x" * 72),
        ("x" * 73, "x" * 71 + "…"),
        (" \n ", ""),
        ("", ""),
    ],
)
def test_the_title_is_the_first_line_of_the_first_question(question: str, title: str) -> None:
    assert title_of(question) == title


def test_an_id_is_never_used_again(store: Store) -> None:
    session = say(store).session
    store.delete([session])
    assert say(store).session == session + 1


# -- names -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_only_a_name(store: Store, folder: Path, name: str) -> None:
    session = say(store, name=name).session
    assert store.find(name).id == session
    assert store.find(name).ref == name
    assert {path.name.partition("-")[0] for path in folder.rglob("*")} == {"sessions.db"}


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
def test_what_cannot_be_typed_is_no_name(store: Store, name: str) -> None:
    session = say(store).session
    with pytest.raises(UsageError, match=r"cannot be|would be"):
        store.rename(session, name)
    with pytest.raises(UsageError, match=r"cannot be|would be"):
        store.begin(Message.user(Text("hi")), name=name)
    assert [info.name for info in store.sessions()] == [None]


def test_names_differ_by_more_than_their_case(store: Store) -> None:
    session = say(store, name="Work").session
    assert say(store, name="work").session == session
    assert store.find("WORK").name == "Work"


def test_a_session_is_found_by_its_id_too(store: Store) -> None:
    session = say(store, name="work").session
    assert store.find(str(session)).name == "work"
    assert say(store).session == int(store.find(f"00{session + 1}").ref)


@pytest.mark.parametrize("ref", ["99", "none", "9" * 30, "-1", "", "1.0", "²", "\0"])
def test_a_session_that_is_not_there_is_not_found(store: Store, ref: str) -> None:
    say(store)
    assert store.maybe_find(ref) is None
    with pytest.raises(InputError, match="there is no session"):
        store.find(ref)


def test_a_name_that_is_nearly_right_is_suggested(store: Store) -> None:
    say(store, name="holiday")
    with pytest.raises(InputError) as caught:
        store.find("holyday")
    assert caught.value.hint == "did you mean holiday?"


def test_a_name_can_be_changed(store: Store) -> None:
    session = say(store, name="old").session
    store.rename(session, "new")
    store.rename(session, "NEW")  # its own name, written otherwise
    assert store.find("new").name == "NEW"
    assert store.maybe_find("old") is None


def test_a_name_that_is_taken_is_refused(store: Store) -> None:
    say(store, name="taken")
    session = say(store, name="other").session
    with pytest.raises(UsageError, match="is called taken already"):
        store.rename(session, "Taken")
    with pytest.raises(UsageError, match="is called taken already"):
        store.fork(session, name="taken")


def test_a_session_that_is_gone_can_be_neither_used_nor_renamed(store: Store) -> None:
    session = say(store).session
    store.delete([session])
    with pytest.raises(InputError, match="is gone"):
        store.load(session)
    with pytest.raises(InputError, match="is gone"):
        begin(store, session=session)
    with pytest.raises(InputError, match="is gone"):
        store.rename(session, "x")
    with pytest.raises(InputError, match="is gone"):
        store.fork(session)


# -- turns -----------------------------------------------------------------------------


def test_turns_are_numbered_from_one(store: Store) -> None:
    session = say(store, answer="a").session
    say(store, answer="other session")
    say(store, answer="b", session=session)
    assert numbers(store, session) == [(1, "a"), (2, "b")]


def test_turns_can_be_taken_out_from_one_on(store: Store) -> None:
    session = say(store, answer="a").session
    for answer in "bcd":
        say(store, answer=answer, session=session)
    store.drop_turns(session, 3)
    say(store, answer="e", session=session)
    assert numbers(store, session) == [(1, "a"), (2, "b"), (3, "e")]
    assert store.load(session).info.turns == 3


def test_a_copy_has_the_same_turns_and_goes_its_own_way(store: Store) -> None:
    source = say(store, "q", "a", thought="t", settings={"seed": 1}, name="source").session
    say(store, "r", "b", session=source, reason="connection closed")
    copy = store.fork(source, name="copy")
    say(store, "s", "c", session=copy)
    assert [turn[2:8] for turn in store.load(copy).turns[:2]] == [
        turn[2:8] for turn in store.load(source).turns
    ]
    assert len(store.load(source).turns) == 2
    assert store.find("copy").tokens == 36


def test_a_copy_can_have_the_first_turns_only(store: Store) -> None:
    source = say(store, answer="a").session
    say(store, answer="b", session=source)
    copy = store.fork(source, turns=1)
    assert numbers(store, copy) == [(1, "a")]
    assert (store.load(copy).info.turns, store.load(copy).info.tokens) == (1, 12)


def test_the_copy_of_a_turn_that_goes_on_is_an_interrupted_one(store: Store) -> None:
    journal = begin(store)
    journal.receive(text("so far")[0])
    turn = store.load(store.fork(journal.session)).turns[0]
    assert (turn.state, turn.answer) == ("interrupted", "so far")


def test_what_is_deleted_is_gone_for_good(store: Store, folder: Path) -> None:
    say(store, "keep this")
    doomed = [say(store, f"xylophone {n}", "quetzalcoatl").session for n in range(3)]
    begin(store, "xylophone", session=doomed[0])  # which goes on
    assert store.delete([*doomed, 999]) == 3
    assert [info.title for info in store.sessions()] == ["keep this"]
    store.close()
    assert not any(b"quetzal" in path.read_bytes() for path in folder.iterdir())


def test_a_copy_outlives_its_source(store: Store) -> None:
    source = say(store, answer="a").session
    copy = store.fork(source)
    store.delete([source])
    assert numbers(store, copy) == [(1, "a")]


# -- what is sent as history -----------------------------------------------------------


def test_the_history_is_what_was_asked_and_answered(store: Store) -> None:
    session = say(store, "one", "first", thought="t").session
    say(store, "two", "half", session=session, reason="connection closed")
    say(store, "three", "", session=session, reason="interrupted")
    roles = [(message.role, message.text) for message in store.load(session).messages]
    assert roles == [
        *(("user", "one"), ("assistant", "first"), ("user", "two"), ("assistant", "half")),
    ]


def test_a_turn_with_an_open_call_is_part_of_the_history(store: Store) -> None:
    from azchat.events import ToolCalled, ToolReturned

    journal = begin(store)
    done, open_ = ToolCall("1", "f", "{}"), ToolCall("2", "g", "{}")
    for event in (*text("wait"), ToolCalled(done), ToolCalled(open_)):
        journal.receive(event)
    journal.receive(ToolReturned(ToolResult("1", "ok")))
    journal.finish("interrupted")
    assert store.load(journal.session).messages[1:] == (
        Message("assistant", (Text("wait"), done, open_)),
        Message("tool", (ToolResult("1", "ok"),)),
    )


def test_thinking_without_an_answer_is_kept_and_not_sent(store: Store) -> None:
    session = say(store, answer="", thought="hm", reason="interrupted").session
    assert last(store).messages[1].parts == (Reasoning("hm"),)
    assert store.load(session).messages == ()
