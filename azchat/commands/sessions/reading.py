"""``azchat sessions show``, ``think`` and ``resume``."""

import time

from azchat.commands.sessions import find_session, opened_store, read_sessions
from azchat.environment import Environment
from azchat.errors import ExitCode, InputError, UsageError
from azchat.redaction import Redactor
from azchat.render.choose import is_rich, show_rows
from azchat.render.words import counted
from azchat.sessions import SavedSession, SavedTurn
from azchat.sessions.store import Store


def show(
    env: Environment,
    redactor: Redactor,
    *,
    session: str | None = None,
    as_json: bool = False,
    thinking: bool = False,
    dropped: bool = False,
) -> ExitCode:
    """Print a whole conversation: as an answer would be on a terminal, as text in a pipe."""
    saved = _load(env, redactor, session, dropped=dropped)
    if is_rich(env) and not as_json:
        from azchat.commands.attaching import picture_rows
        from azchat.commands.config import choose_theme
        from azchat.render.theme import load_theme
        from azchat.render.transcript import Transcript

        choose_theme(env)
        width = env.stdout.size()[0]
        layout = Transcript(
            load_theme(env.variables),
            width,
            time.time(),
            thinking=thinking,
            draw=lambda image: picture_rows(env, image),
        )
        show_rows(env, list(layout.rows(saved)))
        return ExitCode.OK
    if as_json:
        from azchat.export import export_session

        text = export_session(saved, "json")
    else:
        from azchat.render.transcript import transcript_text

        text = transcript_text(saved, thinking=thinking)
    env.stdout.write(text)
    return ExitCode.OK


def think(
    env: Environment, redactor: Redactor, *, session: str | None = None, number: int | None = None
) -> ExitCode:
    """Print what the model thought in a turn, whole: in the last one that has any."""
    saved = _load(env, redactor, session)
    text = _thinking_turn(saved, number).reasoning
    if not is_rich(env):
        env.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return ExitCode.OK
    from azchat.render.transcript import dimmed_rows

    show_rows(env, dimmed_rows(text, env.stdout.size()[0]))
    return ExitCode.OK


def _load(
    env: Environment, redactor: Redactor, ref: str | None, *, dropped: bool = False
) -> SavedSession:
    def load(store: Store) -> SavedSession:
        return store.load(find_session(store, ref).id, dropped=dropped)

    return read_sessions(env, redactor, load)


def _thinking_turn(saved: SavedSession, number: int | None) -> SavedTurn:
    """Return the turn of that number, or the last with thinking; raises ``InputError``."""
    ref = saved.info.ref
    with_thinking = [turn for turn in saved.turns if turn.reasoning]
    if number is not None and number not in [turn.number for turn in saved.turns]:
        turns = counted(len(saved.turns), "turn")
        what = f"there is no turn {number} in session {ref}; it has {turns}"
        raise InputError(what, f"azchat sessions show {ref}")
    for turn in with_thinking[::-1]:
        if number in (None, turn.number):
            return turn
    numbers = ", ".join(str(turn.number) for turn in with_thinking)
    hint = f"there is in {numbers}" if numbers else "some models do not show theirs"
    where = "" if number is None else f"turn {number} of "
    raise InputError(f"there is no thinking in {where}session {ref}", hint)


def choose_session(env: Environment, redactor: Redactor, ref: str | None) -> str | None:
    """Return what the session is called: the named one, or one that the user picks.

    None where the user leaves without any; raises ``UsageError`` without a terminal to ask on.
    """
    with opened_store(env, redactor) as store:
        if ref is not None:
            return store.find(ref).ref
        is_dumb = env.variables.get("TERM") == "dumb"
        if is_dumb or not (env.stdin.is_terminal and env.stdout.speaks_vt):
            raise UsageError("resume which session?", "azchat sessions resume NAME|ID")
        sessions = store.sessions()
        if not sessions:
            raise InputError("there is no session yet", "ask something, and it is saved as one")
        from azchat.repl.menus import SessionMenu
        from azchat.repl.picker import Picker

        picked = Picker(sessions, SessionMenu(sessions, store.load, time.time())).pick()
    return picked.ref if picked else None
