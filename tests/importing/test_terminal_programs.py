"""What mods, aichat and shell_gpt kept, GitHub's prompts, and where all of it is looked for."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.front_door import azchat
from tests.importing.conftest import STORES, Bring, Told, make_tables, said

MODS = """
CREATE TABLE conversations (
  id string NOT NULL PRIMARY KEY, title string NOT NULL,
  updated_at datetime NOT NULL DEFAULT (strftime ('%Y-%m-%d %H:%M:%f', 'now')){}
);
"""
NEW, OLD = "a" * 40, "b" * 40


def mods(home: Path, columns: str = ", model string, api string") -> Path:
    folder = home / ".local/share/mods/conversations"
    rows = [(NEW, "list files", "2026-03-01 10:00:00"), (OLD, "42", "2024-03-01 10:00:00.5")]
    values = ", ".join(f"('{i}', '{title}', '{at}')" for i, title, at in rows)
    more = MODS.format(columns)
    more += f"INSERT INTO conversations (id, title, updated_at) VALUES {values};"
    make_tables(folder / "mods.db", more=more)
    shutil.copy(STORES / "mods-new.gob", folder / f"{NEW}.gob")  # as Go's encoding/gob wrote them
    shutil.copy(STORES / "mods-old.gob", folder / f"{OLD}.gob")
    return folder


@pytest.mark.parametrize("columns", [", model string, api string", ""])
def test_mods_messages_of_both_generations(
    home: Path, bring: Bring, told: Told, columns: str
) -> None:
    mods(home, columns)
    assert bring("--from", "mods")["mods", "sessions"] == (2, 0, 0, "")
    new, old = told()
    assert said(new) == [
        "user text: list files \N{EN DASH} ünï",
        "assistant tool_call: ls",
        "tool tool_result: bin\netc",
        "assistant text: two folders",
    ]
    assert new["turns"][0]["settings"]["system"] == "be kind"
    assert said(old) == ["user text: hello", "assistant text: hi there"]
    assert (old["session"]["title"], old["session"]["updated"]) == (
        "42",
        "2024-03-01T10:00:00.500000Z",
    )
    assert bring("--from", "mods")["mods", "sessions"] == (0, 2, 0, "")


def test_mods_messages_that_cannot_be_read(home: Path, bring: Bring) -> None:
    folder = mods(home)
    whole = (folder / f"{NEW}.gob").read_bytes()
    broken = [whole[:cut] for cut in range(0, len(whole), 37)] + [b"\xf8" + b"\xff" * 99]
    for data in broken:
        (folder / f"{NEW}.gob").write_bytes(data)
        (folder / f"{OLD}.gob").unlink(missing_ok=True)
        kept, _, left, why = bring("--from", "mods", "--dry-run")["mods", "sessions"]
        assert (kept, left) == (0, 2)
        assert "it is not there" in why


def test_mods_roles_and_services(home: Path, bring: Bring) -> None:
    (home / ".config/mods").mkdir(parents=True)
    (home / ".config/mods/mods.yml").write_text(
        "default-api: openai\ndefault-model: gpt-4o\n"
        "roles: {default: [], shell: [you are a shell, no words], web: ['https://x/y']}\n"
        "apis:\n"
        "  openai: {base-url: 'https://api.openai.com/v1', api-key-env: OPENAI_API_KEY}\n"
        "  mine: {base-url: 'https://mine.openai.azure.com', api-key-cmd: 'rbw get x'}\n"
        "  groq: {base-url: 'https://api.groq.com/openai/v1', api-key-env: GROQ_API_KEY}\n"
        "  google: {models: {}}\n"
    )
    found = bring("--from", "mods")
    assert found["mods", "templates"] == (1, 0, 1, "a role that is in another file")
    assert found["mods", "profiles"][:3] == (2, 0, 2)
    config = (home / ".config/azchat/config.toml").read_text()
    assert 'key_env = "OPENAI_API_KEY"' in config
    assert "rbw" not in config
    assert "you are a shell\nno words" in azchat("templates", "show", "shell", home=home).out


def test_aichats_sessions_roles_and_clients(home: Path, bring: Bring, told: Told) -> None:
    folder = home / ".config/aichat"
    (folder / "sessions/_").mkdir(parents=True)
    (folder / "roles").mkdir()
    url = "data:image/png;base64,iVBORw0KGgox"
    (folder / "sessions/birds.yaml").write_text(
        f"""model: openai:gpt-4o
temperature: 0.5
compressed_messages:
- {{role: system, content: Be kind}}
- {{role: user, content: Hi}}
- {{role: assistant, content: Hello}}
messages:
- {{role: system, content: 'This is a summary of it'}}
- role: user
  content:
  - {{type: text, text: 'Which bird?'}}
  - {{type: image_url, image_url: {{url: '{url}'}}}}
- role: tool
  content:
    text: ''
    sequence: false
    tool_results:
    - {{call: {{name: look, arguments: {{at: 1}}, id: null}}, output: {{is: large}}}}
- {{role: assistant, content: A pelican}}
data_urls: {{{sha256(url.encode()).hexdigest()}: bird.png}}
"""
    )
    (folder / "sessions/_/20260101T000000-auto.yaml").write_text("messages: []\n")
    (folder / "sessions/broken.yaml").write_text("messages: [")
    os.utime(folder / "sessions/birds.yaml", (1770000000, 1770000000))
    (folder / "roles/tr.md").write_text("---\nmodel: openai:gpt-4o\n---\nTranslate: __INPUT__\n")
    (folder / "roles/dull.md").write_text("You are dull.\n")
    (folder / "messages.md").write_text("# CHAT")
    (folder / "config.yaml").write_text(
        "model: mine:big\nclients:\n"
        "- {type: openai-compatible, name: mine, api_base: 'http://127.0.0.1:9', api_key: sk-1}\n"
        "- {type: gemini, api_key: x}\n"
    )
    found = bring("--from", "aichat")
    assert found["aichat", "sessions"][:3] == (1, 0, 3)
    assert found["aichat", "templates"] == (2, 0, 0, "")
    assert found["aichat", "profiles"][:3] == (1, 0, 1)
    (session,) = told()
    assert said(session) == [
        "user text: Hi",
        "assistant text: Hello",
        "user text: Which bird?",
        "user image: bird.png",
        "assistant tool_call: look",
        'tool tool_result: {"is": large}'.replace("large", '"large"'),
        "assistant text: A pelican",
    ]
    first = session["turns"][0]
    assert (first["model"], first["settings"]["temperature"]) == ("gpt-4o", 0.5)
    assert first["settings"]["system"] == "Be kind"
    assert session["session"]["updated"] == "2026-02-02T02:40:00Z"
    assert "{{input}}" in azchat("templates", "show", "tr", home=home).out
    assert 'model = "big"' in (home / ".config/azchat/config.toml").read_text()


def sgpt(home: Path) -> Path:
    folder = home / ".config/shell_gpt"
    (folder / "roles").mkdir(parents=True)
    chats = home / "chat_cache"
    chats.mkdir()
    (folder / ".sgptrc").write_text(
        f"CHAT_CACHE_PATH={chats}\nDEFAULT_MODEL=gpt-4o\nAPI_BASE_URL=default\nOPENAI_API_KEY=sk-2\n"
    )
    role = {"name": "Code Generator", "role": "You are Code Generator\nOnly code."}
    (folder / "roles/Code Generator.json").write_text(json.dumps(role))
    return chats


def chat_of(first: int, last: int) -> str:
    turns = [("user", f"q{n}") if n % 2 == 0 else ("assistant", "yes") for n in range(first, last)]
    told = [{"role": "system", "content": "You are x"}]
    return json.dumps(told + [{"role": role, "content": words} for role, words in turns])


def test_shell_gpts_chats_grow_while_their_beginning_is_forgotten(
    home: Path, bring: Bring, told: Told
) -> None:
    chats = sgpt(home)
    (chats / "work").write_text(chat_of(0, 20))
    (chats / "broken").write_text("[{")
    found = bring("--from", "sgpt")
    assert found["sgpt", "sessions"] == (1, 0, 1, "nothing was asked in it")
    assert found["sgpt", "templates"][0] == found["sgpt", "profiles"][0] == 1
    (chats / "work").write_text(chat_of(10, 30))
    assert bring("--from", "sgpt")["sgpt", "sessions"][:2] == (1, 0)
    (session,) = told()
    asked = [turn["messages"][0]["parts"][0]["text"] for turn in session["turns"]]
    assert asked == [f"q{n}" for n in range(0, 30, 2)]
    assert "Only code." in azchat("templates", "show", "Code-Generator", home=home).out


def test_what_others_may_have_planted_is_not_read(home: Path, bring: Bring) -> None:
    chats = sgpt(home)
    (chats / "open").write_text(chat_of(0, 2))
    (chats / "open").chmod(0o666)
    (home / "secret").write_text(chat_of(0, 2))
    (chats / "link").symlink_to(home / "secret")
    os.mkfifo(chats / "pipe")
    kept, _, left, why = bring("--from", "sgpt")["sgpt", "sessions"]
    assert (kept, left) == (0, 1)
    assert "others may write to it" in why


def test_githubs_prompts_come_as_they_are(home: Path, bring: Bring) -> None:
    text = "messages: [{role: user, content: 'Sum up {{input}}'}]\ntestData: [{input: x}]\n"
    (home / "sum.prompt.yml").write_text(text)
    (home / "sum.prompt.yml").chmod(0o644)
    assert bring(home / "sum.prompt.yml")["github", "templates"] == (1, 0, 0, "")
    assert azchat("templates", "show", "sum", home=home).out == text
    assert bring(home)["github", "templates"] == (0, 1, 0, "")


def test_without_a_path_it_says_what_is_there_and_changes_nothing(home: Path) -> None:
    mods(home)
    make_tables(home / ".config/io.datasette.llm/logs.db", "llm-0.13")
    result = azchat("import", home=home)
    assert result.out == "llm\tsessions\t1\t0\t0\t\nmods\tsessions\t2\t0\t0\t\n"
    assert f"llm is in {home}/.config/io.datasette.llm" in result.err
    assert "azchat import --from llm" in result.err
    assert not (home / ".local/share/azchat").exists()


def test_on_a_terminal_it_is_a_table(home: Path) -> None:
    make_tables(home / ".config/io.datasette.llm/logs.db", "llm-0.13")
    result = azchat("import", "--from", "llm", home=home, tty=True)
    assert any(line.split()[:3] == ["FROM", "WHAT", "KEPT"] for line in result.screen)


@pytest.mark.parametrize("args", [("--from", "llm"), ("nowhere",), ()])
def test_nothing_to_bring_is_told(home: Path, args: tuple[str, ...]) -> None:
    result = azchat("import", *args, home=home)
    assert result.code != 0
    assert "hint: " in result.err


def test_imported_sessions_are_found_and_go_on(home: Path, bring: Bring) -> None:
    make_tables(home / "logs.db", "llm-0.13")
    bring(home / "logs.db")
    assert "Wallace" in azchat("sessions", "search", "wallace", home=home).out
    result = azchat("ask", "--demo", "-c", "And now?", home=home)
    assert result.code == 0
    assert "\t3\t" in azchat("sessions", "list", home=home).out


def test_keys_of_the_environment_are_masked(home: Path, bring: Bring, told: Told) -> None:
    more = "UPDATE responses SET prompt = 'use canary-key-123456', system = 'canary-key-123456';"
    make_tables(home / "logs.db", "llm-0.13", more=more)
    bring(home / "logs.db", env={"OPENAI_API_KEY": "canary-key-123456"})
    assert "canary-key-123456" not in json.dumps(told())


def test_what_toml_cannot_hold_is_left_out(home: Path, bring: Bring) -> None:
    (home / ".config/aichat/roles").mkdir(parents=True)
    (home / ".config/aichat/sessions").mkdir()
    texts = {"quotes": 'a """ b \\ c', "control": "a \x01 b\nc", "empty": "", "...": "x", "-": "y"}
    for name, text in texts.items():
        (home / f".config/aichat/roles/{name}.md").write_text(text)
    kept, _, left, _ = bring("--from", "aichat")["aichat", "templates"]
    assert kept + left == len(texts)
    assert 'a """ b \\ c' in azchat(
        "ask", "-t", "quotes", "--dry-run", "--demo", "x", home=home
    ).out.replace('\\"', '"').replace("\\\\", "\\")
    assert azchat("templates", "list", home=home).code == 0


def test_a_broken_prompt_is_told(home: Path, bring: Bring) -> None:
    for name, text in {"a": "[1]", "b": "messages: 5", "c": "x: ["}.items():
        (home / f"{name}.prompt.yml").write_text(text)
        (home / f"{name}.prompt.yml").chmod(0o644)
    assert bring(home)["github", "templates"][:3] == (0, 0, 3)


def test_odd_yaml_ends_in_a_table(home: Path, bring: Bring, told: Told) -> None:
    folder = home / ".config/aichat"
    (folder / "sessions").mkdir(parents=True)
    (folder / "roles.yaml").write_text(
        '- {name: "lone", prompt: "a \\uD800 b"}\n- {name: 5, prompt: x}\n- 3\n'
    )
    (folder / "sessions/a.yaml").write_text(
        "model: [1]\ntemperature: .nan\ntop_p: much\nmessages:\n"
        '- {role: user, content: "\\uD800"}\n'
        "- {role: tool, content: {text: 1, tool_results: [{call: {name: 2026-01-01,"
        " arguments: {at: 2026-01-01, 2026-01-01: 1}}, output: 2026-01-01}, 7]}}\n- 7\n"
        "- {role: [], content: {}}\n"
    )
    (folder / "config.yaml").write_text("clients: [5, {type: openai, name: [1]}]\nmodel: {a: b}\n")
    found = bring("--from", "aichat")
    assert found["aichat", "sessions"][:3] == (1, 0, 0)
    assert len(told()) == 1
