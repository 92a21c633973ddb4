"""The tables of the sessions' file, and how a file of an older azchat gets them."""

import re
import sqlite3
from pathlib import Path

from azchat.errors import LocalError

_CREATE = re.compile(r"CREATE (?:VIRTUAL )?(?:TABLE|INDEX)")
APPLICATION = 0x417A4368  # "AzCh": tells the file from another program's
VERSION = 2
"""Of the tables: ``schema-1.sql`` and those that follow bring a file from one to the next.

Never change one that is out.
"""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to date; raises ``LocalError`` where that is not for this azchat."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)  # another process may have been faster
        for number in range(max(0, version) + 1, VERSION + 1):
            step = Path(__file__).with_name(f"schema-{number}.sql").read_text(encoding="utf-8")
            # The number may be behind the tables, as in a file that was put together again.
            for statement in _CREATE.sub(r"\g<0> IF NOT EXISTS", step).split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many of the migrations the file has; raises ``LocalError`` for a foreign one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version or application or tables:
            hint = "name another folder in AZCHAT_DATA_DIR, or save nothing: --no-log"
            raise LocalError("the sessions' file is of another program", hint)
    if version > VERSION:
        raise LocalError(
            "the sessions' file is of a newer azchat", "update azchat, or save nothing: --no-log"
        )
    return int(version)
