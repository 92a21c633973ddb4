"""``azchat config trust``: accept the ``.env`` of the current folder."""

from azchat.environment import Environment
from azchat.errors import ExitCode
from azchat.settings.dotenv import trust
from azchat.settings.layers import trust_file


def run(env: Environment) -> ExitCode:
    """Remember the file's content as trusted."""
    path = env.cwd / ".env"
    trust(path, trust_file(env))
    env.stdout.write(f"trusted until it changes: {path}\n")
    return ExitCode.OK
