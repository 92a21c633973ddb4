"""A turn that is being saved: how it ends, what it masks, and what it does when it cannot."""

from pathlib import Path

import pytest

from azchat.errors import Interrupted
from azchat.events import (
    Echoed,
    Timing,
    ToolCalled,
    ToolReturned,
    TurnInterrupted,
)
from azchat.messages import Echo, Message, Text, ToolCall, ToolResult
from azchat.redaction import Redactor
from azchat.sessions.store import Store
from azchat.sessions.turns import MAX_SAVED_CHARACTERS
from tests.oracles import CANARY
from tests.sessions.talk import FINISHED, begin, failure_of, last, receive, say, text, thinking

# -- how it ends -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (None, "complete"),
        ("interrupted", "interrupted"),
        ("connection closed", "incomplete"),
        ("", "incomplete"),
    ],
)
def test_the_reason_says_how_a_turn_ended(store: Store, reason: str | None, state: str) -> None:
    receive(begin(store), text("a")).finish(reason)
    assert (last(store).state, last(store).reason) == (state, reason)


def test_a_turn_that_told_its_reason_needs_no_other(store: Store) -> None:
    told = TurnInterrupted("no more came for 3 s", None, Timing(3.0), None)
    receive(begin(store), [*text("a"), told]).finish()
    assert (last(store).state, last(store).reason) == ("incomplete", "no more came for 3 s")


def test_a_turn_ends_once(store: Store) -> None:
    journal = receive(begin(store), [*text("a"), FINISHED])
    journal.finish()
    journal.finish("again")
    assert (last(store).state, store.load(journal.session).info.tokens) == ("complete", 12)


def test_a_turn_that_was_put_together_too_early_is_whole_all_the_same(
    store: Store, folder: Path
) -> None:
    journal = receive(begin(store), text("one "))
    store._database.execute("UPDATE turns SET process = 'gone'")
    Store(folder, print).close()  # takes it for one that was killed
    assert last(store).state == "interrupted"
    receive(journal, text("two")).finish()
    assert (last(store).state, last(store).answer) == ("complete", "one two")
    assert len(list(store.search("one two"))) + len(list(store.search("two"))) == 1


def test_a_turn_whose_session_was_deleted_meanwhile_says_so(store: Store) -> None:
    journal = receive(begin(store), text("a"))
    store.delete([journal.session])
    receive(journal, text("b")).finish()
    assert "deleted meanwhile" in failure_of(journal).what
    assert store.sessions() == []


def test_a_turn_without_deltas_whose_session_was_deleted_says_so_too(store: Store) -> None:
    journal = begin(store)
    store.delete([journal.session])
    journal.finish()
    assert "deleted" in failure_of(journal).what


class Signal:
    """Raises ``Interrupted`` in the middle of a transaction, once."""

    def __init__(self) -> None:
        self.is_due = False

    def redact(self, line: str) -> str:
        if self.is_due:
            self.is_due = False
            raise Interrupted(15)
        return line


def test_a_signal_while_a_turn_ends_does_not_keep_it_from_ending(folder: Path) -> None:
    signal = Signal()
    store = Store(folder, print, redact=signal.redact)
    journal = receive(begin(store), text("a"))
    signal.is_due = True
    with pytest.raises(Interrupted):
        journal.finish()
    assert (last(store).state, last(store).answer) == ("complete", "a")
    store.close()


def test_a_signal_in_a_transaction_leaves_nothing_of_it(folder: Path) -> None:
    signal = Signal()
    store = Store(folder, print, redact=signal.redact)
    signal.is_due = True
    with pytest.raises(Interrupted):
        begin(store)
    assert store.sessions() == []
    assert say(store).failure is None
    store.close()


# -- keys ------------------------------------------------------------------------------


@pytest.fixture
def masking(folder: Path, told: list[str]) -> Store:
    redactor = Redactor({"OTHER_TOKEN": "tok-OTHER-1234", "API_KEY": CANARY})
    return Store(folder, told.append, redact=redactor.redact)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_key_is_masked_in_everything_that_is_saved(masking: Store, folder: Path) -> None:
    key = CANARY
    settings = {"system": f"The key is {key}", "extras": {"user": key}}
    journal = begin(masking, f"{'x' * 65} {key}", name=None, settings=settings)
    echoed = Echoed(Echo(("chat", "here", "m"), "", ({"encrypted": key},)))
    receive(journal, [*thinking(f"so {key}"), *text(f"it is {key}."), echoed])
    journal.finish(f"refused: {key}")
    turn = last(masking)
    assert (turn.answer, turn.reasoning, turn.reason) == ("it is ***.", "so ***", "refused: ***")
    masking.close()
    assert key.encode() not in files(folder)
    assert key[:6].encode() not in files(folder)  # nor its beginning, in the title


def test_a_key_in_a_call_is_masked_before_the_turn_ends(masking: Store, folder: Path) -> None:
    call = ToolCall("1", "f", f'{{"key": "{CANARY}"}}')
    receive(begin(masking), [ToolCalled(call), ToolReturned(ToolResult("1", CANARY))])
    assert CANARY.encode() not in files(folder)
    assert last(masking).messages[1:] == (
        Message("assistant", (ToolCall("1", "f", '{"key": "***"}'),)),
        Message("tool", (ToolResult("1", "***"),)),
    )


def test_a_key_may_not_be_put_together_out_of_thinking_and_answer(masking: Store) -> None:
    receive(begin(masking), [*thinking(CANARY[:7]), *text(CANARY[7:])]).finish()
    assert (last(masking).reasoning, last(masking).answer) == (CANARY[:7], CANARY[7:])


# -- too much --------------------------------------------------------------------------


def test_an_answer_without_end_is_saved_up_to_a_limit(store: Store, told: list[str]) -> None:
    block = "0123456789abcde\n" * 65536
    journal = begin(store)
    for _ in range(MAX_SAVED_CHARACTERS // len(block) + 2):
        receive(journal, text(block[:-7]))
    journal.finish()
    turn = last(store)
    assert len(turn.answer) == MAX_SAVED_CHARACTERS
    assert (turn.state, turn.reason) == ("incomplete", "it is longer than what is saved")
    assert told == ["the rest of the answer is not saved: it is too long"]


def test_a_large_question_is_saved_as_a_whole(store: Store) -> None:
    question = "word " * 400_000
    say(store, question)
    assert last(store).question == Message.user(Text(question))
