"""Slash commands about turns: again, further, back."""

from azchat.asking.prompt import CONTINUE
from azchat.errors import InputError, UsageError
from azchat.parameters import EFFORTS
from azchat.repl.session import ReplSession
from azchat.repl.slash import command
from azchat.terminal.safe import shortened


def _numbers(session: ReplSession) -> list[str]:
    return [str(turn.number) for turn in session.turns]


@command(
    "/retry",
    "/regenerate",
    usage="[--effort LEVEL]",
    values=lambda session: [f"--effort {level}" for level in EFFORTS],  # noqa: ARG005
)
def retry(session: ReplSession, rest: str) -> None:
    """Ask the last question again."""
    turn = session.turn("")
    words = rest.replace("=", " ").split()
    if words and (len(words) != 2 or words[0] not in ("--effort", "--think")):
        raise UsageError(f"cannot read {rest!r}", "/retry, or /retry --effort high")
    before = session.host.changed().get("effort")
    if words:
        session.host.change("effort", words[1])
    session.replace(turn)
    try:
        session.send(turn.question.text)
    finally:
        if words:
            session.host.change("effort", before)


@command("/continue")
def go_on(session: ReplSession, _: str) -> None:
    """Go on with an answer that was cut."""
    turn = session.turn("")
    if turn.state == "complete":
        raise InputError("the last answer is whole", "ask something, or /retry")
    if not turn.can_be_sent:
        raise InputError("there is no answer to continue", "/retry asks the question again")
    session.send(CONTINUE)


@command("/undo")
def undo(session: ReplSession, _: str) -> None:
    """Take the last turn back."""
    turn = session.turn("")
    session.drop(turn.number)
    session.host.say(f"taken back: {shortened(turn.question.text, 60)}")


@command("/edit", usage="[N]", values=_numbers)
def edit(session: ReplSession, rest: str) -> None:
    """Change a question and ask it anew."""
    turn = session.turn(rest)
    session.replace(turn)
    later = len(session.turns) - turn.number
    if later > 0:
        session.host.say(f"turn {turn.number} and {later} after it are replaced when you send")


@command(
    "/effort",
    "/think-effort",
    usage="[LEVEL]",
    values=lambda session: list(EFFORTS),  # noqa: ARG005
)
def effort(session: ReplSession, rest: str) -> None:
    """Show or change how hard to think."""
    if rest:
        session.host.change("effort", rest)
    session.host.say(f"effort: {session.host.setting('effort') or 'as the model likes'}")


@command("/compact")
def compact(session: ReplSession, _: str) -> None:
    """Go on in a new session, with a summary."""
    old = session.name
    session.compact()
    session.host.say(f"this is session {session.name} now; session {old} is as it was")
