"""The tables of the sessions' file, and how a file of an older azchat gets them."""

import re
import sqlite3

from azchat.errors import LocalError

_CREATE = re.compile(r"CREATE (?:VIRTUAL )?(?:TABLE|INDEX)")
APPLICATION = 0x417A4368  # "AzCh": tells the file from another program's
# Each entry brings the file from its index to the next version; never change one that is out.
MIGRATIONS = (
    """
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE COLLATE NOCASE,
        title TEXT NOT NULL,
        model TEXT,
        began REAL NOT NULL,
        updated REAL NOT NULL,
        used INTEGER NOT NULL DEFAULT 0,
        turns INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER NOT NULL DEFAULT 0,
        parent INTEGER REFERENCES sessions(id) ON DELETE SET NULL
    );
    CREATE INDEX sessions_by_use ON sessions (used, updated);
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        process TEXT,
        model TEXT,
        settings TEXT NOT NULL,
        usage TEXT,
        began REAL NOT NULL,
        seconds REAL,
        thought REAL,
        UNIQUE (session, number)
    );
    CREATE INDEX turns_streaming ON turns (state) WHERE state = 'streaming';
    CREATE TABLE parts (
        id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        message INTEGER NOT NULL,
        role TEXT NOT NULL,
        type TEXT NOT NULL,
        text TEXT NOT NULL,
        data TEXT
    );
    CREATE INDEX parts_by_turn ON parts (turn, message, id);
    CREATE TABLE deltas (
        turn INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (turn, number)
    ) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5 (
        text, content='', columnsize=0, tokenize='unicode61'
    );
    """,
    """
    CREATE TABLE contents (
        id INTEGER PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        data BLOB NOT NULL
    );
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to date; raises ``LocalError`` where that is not for this azchat."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)  # another process may have been faster
        for statements in MIGRATIONS[max(0, version) :]:
            # The number may be behind the tables, as in a file that was put together again.
            for statement in _CREATE.sub(r"\g<0> IF NOT EXISTS", statements).split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
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
            raise LocalError(
                "the sessions' file is of another program",
                "name another folder in AZCHAT_DATA_DIR, or save nothing: --no-log",
            )
    if version > len(MIGRATIONS):
        raise LocalError(
            "the sessions' file is of a newer azchat", "update azchat, or save nothing: --no-log"
        )
    return int(version)
