"""``azchat sessions repair``: what can be read of broken files comes back."""

from azchat.commands.sessions import nothing_to_save
from azchat.environment import Environment
from azchat.errors import ExitCode
from azchat.redaction import Redactor
from azchat.render.words import counted
from azchat.sessions.salvage import repair
from azchat.sessions.store import FILE_NAME


def repair_sessions(env: Environment, redactor: Redactor) -> ExitCode:
    """Salvage every broken file, and print what came out of each; they are kept."""

    def tell(line: str) -> None:
        env.stderr.write(f"azchat: {line}\n")

    file = env.data_folder / FILE_NAME
    count = 0
    with nothing_to_save():
        for found in repair(file, tell, redactor.redact):
            sessions, turns = counted(found.sessions, "session"), counted(found.turns, "turn")
            env.stdout.write(f"{found.file.name}: {sessions} and {turns} recovered\n")
            count += 1
    if count:
        tell(f"the broken files are kept in {env.data_folder}; delete them when nothing is missing")
    else:
        env.stdout.write(f"{FILE_NAME} is whole, and there is no broken file\n")
    return ExitCode.OK
