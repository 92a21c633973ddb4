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
