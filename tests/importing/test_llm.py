"""What llm kept: both generations of its database, templates, models."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.importing.conftest import Bring, Told, make_tables, said


def folder_of(home: Path) -> Path:
    return home / ".config/io.datasette.llm"


def test_a_conversation_of_the_first_tables_keeps_all(home: Path, bring: Bring, told: Told) -> None:
    make_tables(folder_of(home) / "logs.db", "llm-0.13")
    assert bring("--from", "llm")["llm", "sessions"] == (1, 0, 0, "")
    (session,) = told()
    info, (first, second) = session["session"], session["turns"]
    assert (info["title"], info["model"]) == ("Name a pelican", "gpt-4")
    assert (info["began"], info["updated"]) == (
        "2023-12-01T10:00:00.500000Z",
        "2023-12-01T10:01:00Z",
    )
    assert first["settings"] == {
        "imported": ["llm", "01oldest", "01oldest1"],
        "temperature": 0.5,
        "system": "Be short",
    }
    assert (first["seconds"], second["seconds"]) == (1.5, 0.5)
    assert said(session) == [
        "user text: Name a pelican",
        "assistant text: Percy",
        "user text: And a walrus",
        "assistant text: Wallace",
    ]


def test_reasoning_tools_fragments_and_pictures_of_later_tables(
    home: Path, bring: Bring, told: Told
) -> None:
    make_tables(folder_of(home) / "logs.db", "llm-0.31")
    counts = bring("--from", "llm")["llm", "sessions"]
    assert counts == (1, 0, 0, "attachments that are no pictures, or gone")
    (session,) = told()
    assert session["session"]["title"] == "Which bird is in this picture?"  # and not llm's, cut
    assert said(session) == [
        "user file: Pelicans are birds.",
        "user text: Which bird is in this picture?",
        "user image: attachment",
        "user image: None",
        "user text: \n[/nonexistent/b.png: it was not kept]",
        "assistant reasoning: A large beak.",
        "assistant tool_call: look",
        "tool tool_result: it is large",
        "assistant text: A pelican",
    ]
    (turn,) = session["turns"]
    assert turn["usage"]["prompt_tokens"] == 50
    assert (turn["usage"]["completion_tokens"], turn["usage"]["reasoning_tokens"]) == (65, 50)
    assert turn["settings"]["effort"] == "high"


def test_threads_of_the_newest_tables_and_their_forks(home: Path, bring: Bring, told: Told) -> None:
    make_tables(folder_of(home) / "logs.db", "llm-0.32")
    assert bring("--from", "llm")["llm", "sessions"] == (2, 0, 0, "")
    whole, fork = told()
    shared = [
        "user file: Pelicans are birds.",
        "user text: Which?",
        "assistant reasoning: A beak.",
        "assistant tool_call: look",
        "tool tool_result: large",
        "assistant text: A pelican",
    ]
    assert said(whole) == [*shared, "user text: Sure?", "assistant text: Yes"]
    assert said(fork) == [*shared, "user text: Really?", "assistant text: No"]
    first, second = whole["turns"]
    assert (first["began"], second["began"]) == ("2026-09-01T08:00:01Z", "2026-09-01T08:01:00Z")
    assert (first["settings"]["system"], first["settings"]["temperature"]) == ("Be kind", 1.0)
    assert first["usage"]["reasoning_tokens"] == 30
    assert fork["session"]["updated"] == "2026-09-02T08:01:00Z"


def test_encrypted_thinking_is_kept_and_sent_to_nobody(home: Path, bring: Bring) -> None:
    make_tables(folder_of(home) / "logs.db", "llm-0.32")
    bring("--from", "llm")
    files = sqlite3.connect(home / ".local/share/azchat/sessions.db")
    assert (
        files.execute("SELECT count(*) FROM parts WHERE data LIKE '%\"enc\"%'").fetchone()[0] == 2
    )
    dialects = ("chat", "responses", "messages")
    for dialect in dialects:
        asked = ("--dry-run", "-c", "-m", "gpt-5", "--dialect", dialect, "And now?")
        url = "http://127.0.0.1:9/openai/v1"
        result = azchat("ask", *asked, home=home, env={"AZURE_INFERENCE_ENDPOINT": url})
        assert "pelican" in result.out
        assert '"enc"' not in result.out


def test_a_second_run_brings_what_is_new_alone(home: Path, bring: Bring, told: Told) -> None:
    file = make_tables(folder_of(home) / "logs.db", "llm-0.13")
    bring("--from", "llm")
    assert bring("--from", "llm")["llm", "sessions"] == (0, 1, 0, "")
    more = "INSERT INTO responses VALUES ('01oldest3', 'gpt-4', 'A seal?', NULL, NULL, '{}', 'Sam',"
    make_tables(file, more=f"{more} NULL, '01oldest', 1, '2024-01-01T00:00:00');")
    assert bring("--from", "llm")["llm", "sessions"] == (1, 0, 0, "")
    (session,) = told()
    assert [turn["number"] for turn in session["turns"]] == [1, 2, 3]
    assert session["session"]["turns"] == 3
    assert session["session"]["updated"] == "2024-01-01T00:00:00Z"


def test_what_went_on_on_both_sides_becomes_a_fork(home: Path, bring: Bring, told: Told) -> None:
    file = make_tables(folder_of(home) / "logs.db", "llm-0.13")
    bring("--from", "llm")
    env = {"AZURE_INFERENCE_ENDPOINT": "", "AZCHAT_DEMO": ""}
    assert azchat("ask", "--demo", "-c", "And here?", home=home, env=env).code == 0
    more = "INSERT INTO responses VALUES ('01oldest3', 'gpt-4', 'A seal?', NULL, NULL, '{}', 'Sam',"
    make_tables(file, more=f"{more} NULL, '01oldest', 1, '2024-01-01T00:00:00');")
    assert bring("--from", "llm")["llm", "sessions"] == (1, 0, 0, "")
    asked = [[t["messages"][0]["parts"][0]["text"] for t in s["turns"]] for s in told()]
    assert asked == [
        ["Name a pelican", "And a walrus", "And here?"],
        ["Name a pelican", "And a walrus", "A seal?"],
    ]
    assert bring("--from", "llm")["llm", "sessions"] == (0, 1, 0, "")


def test_a_conversation_that_a_newer_llm_went_on_with_is_one(
    home: Path, bring: Bring, told: Told
) -> None:
    file = make_tables(folder_of(home) / "logs.db", "llm-0.13")
    bring("--from", "llm")
    make_tables(
        file,
        "llm-0.32",
        more="""DELETE FROM threads; DELETE FROM turns;
        INSERT INTO messages VALUES ('o1', NULL, 'user', NULL), ('o2', 'o1', 'assistant', NULL),
          ('o3', 'o2', 'user', NULL), ('o4', 'o3', 'assistant', NULL),
          ('o5', 'o4', 'user', NULL), ('o6', 'o5', 'assistant', NULL);
        INSERT INTO parts VALUES
          (21, 'o1', 0, 'text', NULL, 'Name a pelican', NULL),
          (22, 'o2', 0, 'text', NULL, 'Percy', NULL),
          (23, 'o3', 0, 'text', NULL, 'And a walrus', NULL),
          (24, 'o4', 0, 'text', NULL, 'Wallace', NULL),
          (25, 'o5', 0, 'text', NULL, 'A seal?', NULL),
          (26, 'o6', 0, 'text', NULL, 'Sam', NULL);
        INSERT INTO threads VALUES ('01oldest', 'A seal?', 'o6', NULL, '2026-09-01 08:00:00');
        INSERT INTO turns VALUES ('03t', '01oldest', 'o5', 'o6', 'gpt-5', NULL, NULL, NULL, 1, 1,
          NULL, 1, '2026-09-01T08:00:00', NULL);""",
    )
    assert bring("--from", "llm")["llm", "sessions"] == (1, 0, 0, "")
    (session,) = told()
    assert said(session)[-2:] == ["user text: A seal?", "assistant text: Sam"]
    assert len(session["turns"]) == 3
    assert session["turns"][0]["began"] == "2023-12-01T10:00:00.500000Z"


def test_a_file_is_a_picture_only_while_it_is_what_was_sent(
    home: Path, bring: Bring, told: Told
) -> None:
    picture = b"\x89PNG\r\n\x1a\n1"
    rows = []
    for name in ("same", "other"):
        (home / name).write_bytes(picture)
        (home / name).chmod(0o600)
        digest = hashlib.sha256(picture if name == "same" else b"x").hexdigest()
        rows.append(f"('{digest}', 'image/png', '{home / name}', NULL, NULL)")
        rows.append(f"('02old2', '{digest}', 0)")
    more = f"INSERT INTO attachments VALUES {rows[0]}, {rows[2]};"
    more += f"INSERT INTO prompt_attachments VALUES {rows[1]}, {rows[3]};"
    make_tables(folder_of(home) / "logs.db", "llm-0.31", more=more)
    bring("--from", "llm")
    told_of = [line for session in told() for line in said(session)]
    assert f"user image: {home / 'same'}" in told_of
    assert f"user text: \n[{home / 'other'}: it was not kept]" in told_of


def test_templates_come_with_azchats_variables(home: Path, bring: Bring) -> None:
    templates = folder_of(home) / "templates"
    templates.mkdir(parents=True)
    (folder_of(home) / "extra-openai-models.yaml").write_text("[]")
    (templates / "steam.yaml").write_text(
        "system: In a $style world\nprompt: 'Sum up: ${input} for $$5'\ndefaults: {style: steam}\n"
        "options: {temperature: 0.3, odd: 1}\nextract: true\nschema_object: {type: object}\n"
        "functions: 'def f(): pass'\n"
    )
    (templates / "plain.yaml").write_text("just: [a, list]\n")
    (templates / "broken.yaml").write_text("a: [")
    (templates / "words.yaml").write_text("Say hello to $input")
    kept, _, left, why = bring("--from", "llm")["llm", "templates"]
    assert (kept, left) == (3, 1)
    assert "functions of a template" in why
    assert "options of a template" in why
    assert "broken.yaml: it is no YAML that can be read" in why
    args = ("-t", "steam", "-p", "style=dry", "--dry-run", "a text")
    url = "http://127.0.0.1:9/openai/v1"
    env = {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_MODEL": "m"}
    body = azchat("ask", *args, home=home, env=env).out
    assert "In a dry world" in body
    assert "Sum up: a text for $5" in body
    assert '"temperature": 0.3' in body
    assert bring("--from", "llm")["llm", "templates"][:2] == (0, 3)


def test_models_become_profiles_and_keys_only_where_it_is_said(home: Path, bring: Bring) -> None:
    folder = folder_of(home)
    folder.mkdir(parents=True)
    (folder / "extra-openai-models.yaml").write_text(
        "- {model_id: mine, model_name: gpt-x, api_base: 'https://gw.example/v1',"
        " api_key_name: gw, headers: {x-team: blue, Authorization: 'Bearer t0psecret'}}\n"
        "- {model_id: odd, model_name: y, api_base: 'ftp://x'}\n"
    )
    (folder / "keys.json").write_text(json.dumps({"gw": "sk-canary-123456"}))
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    def files() -> dict[str, str]:
        found = home.glob(".config/azchat/**/*")
        return {path.name: path.read_text() for path in found if path.is_file()}

    kept, had, left, why = bring("--from", "llm", env=env)["llm", "profiles"]
    assert (kept, had, left) == (1, 0, 1)
    assert "headers that may hold a key" in why
    assert "keys, which --keys brings" in why
    config = files()["config.toml"]
    assert 'endpoint = "https://gw.example/v1"' in config
    assert 'model = "gpt-x"' in config
    assert "x-team" in config
    assert "t0psecret" not in config
    assert "sk-canary-123456" not in "".join(files().values())
    assert bring("--from", "llm", "--keys", env=env)["llm", "profiles"][:3] == (1, 0, 1)
    assert files()["profile-mine"].strip() == "sk-canary-123456"
    assert "sk-canary-123456" not in files()["config.toml"]
    assert bring("--from", "llm", "--keys", env=env)["llm", "profiles"][:3] == (0, 1, 1)


def test_a_log_beside_the_database_is_read_and_nothing_is_changed(
    home: Path, bring: Bring, told: Told
) -> None:
    file = make_tables(folder_of(home) / "logs.db", more="PRAGMA journal_mode = WAL;")
    writer = sqlite3.connect(file)
    writer.executescript((Path(__file__).parent / "stores/llm-0.13.sql").read_text())
    before = {p.name: p.read_bytes() for p in file.parent.iterdir() if not p.name.endswith("-shm")}
    assert "logs.db-wal" in before
    assert bring("--from", "llm")["llm", "sessions"] == (1, 0, 0, "")
    after = {p.name: p.read_bytes() for p in file.parent.iterdir() if not p.name.endswith("-shm")}
    assert before == after
    writer.close()


HOSTILE: dict[str, str] = {
    "a value that is too long": "UPDATE responses SET response = zeroblob(70000000);",
    "no words at all": "UPDATE responses SET prompt = NULL, response = NULL;",
    "numbers for words": "UPDATE responses SET prompt = 5, response = 1.5, options_json = 'x[';",
    "dates of no calendar": "UPDATE responses SET datetime_utc = '99999-13-45', duration_ms = -1;",
    "a conversation without a name": "DELETE FROM conversations;",
    "a view that never ends": "ALTER TABLE responses RENAME TO r; CREATE VIEW responses AS WITH"
    " RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT * FROM r, n;",
    "no UTF-8": "UPDATE responses SET prompt = CAST(x'ff41' AS TEXT);",
    "tokens beyond all numbers": "ALTER TABLE responses ADD input_tokens;"
    "UPDATE responses SET input_tokens = 9e999;",
}


@pytest.mark.parametrize("more", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_database_ends_in_a_table(
    home: Path, bring: Bring, told: Told, more: str
) -> None:
    make_tables(folder_of(home) / "logs.db", "llm-0.13", more=more)
    found = bring("--from", "llm")
    assert set(found) <= {("llm", "sessions")}
    told()


def test_messages_in_a_circle_end(home: Path, bring: Bring) -> None:
    circle = "UPDATE messages SET parent_hash = 'a3' WHERE hash = 's';"
    make_tables(folder_of(home) / "logs.db", "llm-0.32", more=circle)
    assert bring("--from", "llm")["llm", "sessions"][0] == 2


def test_no_database_is_told(home: Path) -> None:
    folder_of(home).mkdir(parents=True)
    (folder_of(home) / "logs.db").write_bytes(b"no database at all, but long enough to be one" * 9)
    result = azchat("import", "--from", "llm", home=home)
    assert result.code == 0
    assert "it cannot be read: file is not a database" in result.out


def test_odd_names_and_columns_end_in_a_table(home: Path, bring: Bring, told: Told) -> None:
    odd = """
    INSERT INTO conversations VALUES (x'00ff', 5, 5);
    INSERT INTO responses (id, prompt, response, conversation_id) VALUES
      (NULL, 'a', 'b', x'00ff'), (x'01', 'a', 'b', NULL), (NULL, 'a', 'b', 'n');
    CREATE TABLE threads (name TEXT);
    INSERT INTO threads VALUES ('t');
    CREATE TABLE turns (thread_id TEXT);
    INSERT INTO turns VALUES ('01oldest');
    CREATE TABLE messages (hash TEXT);
    CREATE TABLE parts (message_hash TEXT);
    """
    make_tables(folder_of(home) / "logs.db", "llm-0.13", more=odd)
    kept, _, left, why = bring("--from", "llm")["llm", "sessions"]
    assert (kept, left, why) == (2, 1, "answers of no conversation")
    assert len(told()) == 2


def test_a_fork_of_a_thread_knows_where_it_is_from(home: Path, bring: Bring) -> None:
    make_tables(folder_of(home) / "logs.db", "llm-0.32")
    bring("--from", "llm")
    saved = sqlite3.connect(home / ".local/share/azchat/sessions.db")
    assert saved.execute("SELECT id, parent FROM sessions").fetchall() == [(1, None), (2, 1)]
