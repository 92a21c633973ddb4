"""The exports of ChatGPT and Claude: as they came, unpacked, and made to do harm."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.front_door import azchat
from tests.importing.conftest import Bring, Told, said

PNG = b"\x89PNG\r\n\x1a\n1"


def node(name: str, parent: str | None, role: str, content: Any, **more: Any) -> dict[str, Any]:
    """A node of ChatGPT's tree; a text is one of its content."""
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    message = {"id": name, "author": {"role": role}, "content": content, "recipient": "all",
               "create_time": 1770000000.5, "metadata": {}} | more  # fmt: skip
    return {name: {"id": name, "parent": parent, "children": [], "message": message}}


def conversation(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    mapping: dict[str, Any] = {
        "root": {"id": "root", "parent": None, "children": [], "message": None}
    }
    for one in nodes:
        mapping |= one
    return {"title": "Birds", "conversation_id": "c1", "create_time": 1770000000.5,
            "update_time": 1770000900, "default_model_slug": "gpt-5-thinking",
            "current_node": list(mapping)[-1], "mapping": mapping} | more  # fmt: skip


def zipped(path: Path, **files: Any) -> Path:
    """Make an archive of files; ``__`` in a name is its dot, and lists become JSON."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            packed = data if isinstance(data, bytes) else json.dumps(data)
            archive.writestr(name.replace("__", "."), packed)
    return path


BIRDS = conversation(
    node("s", "root", "system", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
    node("u", "s", "user", {"content_type": "multimodal_text", "parts": [
        {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_abc"},
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-gone"},
        "Which bird?"]}),
    node("t", "u", "assistant", {"content_type": "thoughts", "thoughts": [
        {"summary": "Looking", "content": "It has a beak."}]}),
    node("r", "t", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 9s"},
         metadata={"finished_duration_sec": 9}),
    node("c", "r", "assistant", {"content_type": "code", "language": "unknown",
                                 "text": "search('beak')"}, recipient="browser"),
    node("o", "c", "tool", {"content_type": "execution_output", "text": "found"}),
    node("first", "o", "assistant", "A pelikan", metadata={"model_slug": "o3"}),
    node("edited", "o", "assistant", "A pelican", metadata={"model_slug": "o3"}),
    node("u2", "edited", "user", "Sure?"),
)  # fmt: skip
CLAUDE = {
    "uuid": "k1", "name": "Seals", "created_at": "2026-01-01T10:00:00.5Z",
    "updated_at": "2026-01-01T10:05:00Z",
    "chat_messages": [
        {"uuid": "m1", "sender": "human", "text": "", "created_at": "2026-01-01T10:00:00.5Z",
         "content": [{"type": "text", "text": "What is in it?"}],
         "attachments": [{"file_name": "a.txt", "extracted_content": "A seal."}],
         "files": [{"file_name": "b.png"}]},
        {"uuid": "m2", "sender": "assistant", "text": "flat", "created_at": "x", "content": [
            {"type": "thinking", "thinking": "Let me look."},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": 1}},
            {"type": "tool_result", "tool_use_id": "toolu_1",
             "content": [{"type": "text", "text": "a seal"}]},
            {"type": "text", "text": "A seal"}]},
        {"uuid": "m3", "sender": "human", "text": "Sure?", "content": [], "created_at": None},
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", ["zip", "folder", "json", "split"])
def test_chatgpt_keeps_thoughts_pictures_models_and_edits(
    home: Path, bring: Bring, told: Told, form: str
) -> None:
    other = conversation(node("u", "root", "user", "Hi"), conversation_id="c2", title="")
    files: dict[str, Any] = {"conversations__json": [BIRDS, other], "file_abc-sanitized__dat": PNG}
    if form == "split":
        files |= {"conversations__json": [BIRDS], "conversations-001__json": [other]}
    path = zipped(home / "export.zip", **files)
    if form in ("folder", "json"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(home / "export")
        path = home / "export" / ("" if form == "folder" else "conversations.json")
    assert bring(path)["chatgpt", "sessions"][:3] == (3, 0, 0)
    short, *ways = sorted(told(), key=lambda session: len(session["turns"][0]["messages"]))
    assert said(short) == ["user text: Hi"]
    assert short["turns"][0]["reason"] == "no answer was kept"
    whole = next(session for session in ways if "user text: Sure?" in said(session))
    pictured = (
        "user image: file_abc-sanitized.dat"
        if form != "json"
        else "user text: \n[picture: it was not kept]"
    )
    assert said(whole) == [
        pictured,
        "user text: \n[picture: it was not kept]",
        "user text: Which bird?",
        "assistant reasoning: Looking\n\nIt has a beak.\n\n",
        "assistant tool_call: browser",
        "tool tool_result: found",
        "assistant text: A pelican",
        "user text: Sure?",
    ]
    turn = whole["turns"][0]
    assert (turn["model"], turn["thought"], turn["began"]) == (
        "o3",
        9.0,
        "2026-02-02T02:40:00.500000Z",
    )
    edited = next(session for session in ways if session is not whole)
    assert said(edited)[-1] == "assistant text: A pelikan"
    assert edited["session"]["title"] == "Birds"
    assert bring(path)["chatgpt", "sessions"][:3] == (0, 3, 0)


def test_claude_keeps_thinking_tools_and_the_text_of_files(
    home: Path, bring: Bring, told: Told
) -> None:
    path = zipped(home / "data.zip", conversations__json=[CLAUDE], users__json=[{}])
    expected = (1, 0, 0, "files and pictures that the export only names")
    assert bring(path)["claude", "sessions"] == expected
    (session,) = told()
    assert said(session) == [
        "user file: A seal.",
        "user text: \n[b.png: it was not kept]",
        "user text: What is in it?",
        "assistant reasoning: Let me look.",
        "assistant tool_call: look",
        "tool tool_result: a seal",
        "assistant text: A seal",
        "user text: Sure?",
    ]
    assert session["session"]["model"] is None
    assert session["session"]["began"] == "2026-01-01T10:00:00.500000Z"


def test_claudes_edits_are_forks_where_the_export_has_parents(
    home: Path, bring: Bring, told: Told
) -> None:
    tree = [("q", None, "human"), ("a", "q", "assistant"), ("b", "q", "assistant")]
    messages = [
        {"uuid": name, "parent_message_uuid": parent, "sender": who, "text": name}
        for name, parent, who in tree
    ]
    told_of = {"uuid": "k", "name": "", "chat_messages": messages}
    bring(
        zipped(home / "d.zip", conversations__json=[told_of | {"current_leaf_message_uuid": "a"}])
    )
    assert [said(session)[1] for session in told()] == ["assistant text: a", "assistant text: b"]


def test_a_later_export_brings_what_is_new(home: Path, bring: Bring, told: Told) -> None:
    path = home / "e.zip"
    begun = (node("u", "root", "user", "Hi"), node("a", "u", "assistant", "Hello"))
    bring(zipped(path, conversations__json=[conversation(*begun)]))
    more = (*begun, node("v", "a", "user", "More"), node("b", "v", "assistant", "No"))
    assert bring(zipped(path, conversations__json=[conversation(*more)]))[
        "chatgpt", "sessions"
    ] == (1, 0, 0, "")
    (session,) = told()
    assert len(session["turns"]) == 2


def test_limit_and_since_and_a_dry_run(home: Path, bring: Bring, told: Told) -> None:
    said_once = node("u", "root", "user", "Hi")
    many = [conversation(said_once, conversation_id=f"c{n}") for n in range(5)]
    path = zipped(home / "e.zip", conversations__json=many)
    assert bring(path, "--dry-run")["chatgpt", "sessions"] == (5, 0, 0, "")
    assert not (home / ".local/share/azchat/sessions.db").exists()
    assert bring(path, "--limit", "2")["chatgpt", "sessions"] == (2, 0, 3, "3 beyond --limit")
    assert bring(path, "--since", "2027-01-01")["chatgpt", "sessions"] == (
        0,
        0,
        5,
        "5 older than --since",
    )
    assert {session["session"]["title"] for session in told()} == {"Birds"}
    assert bring(path)["chatgpt", "sessions"] == (3, 2, 0, "")


DEEP = b"[" * 100_000
GOOD = json.dumps(conversation(node("u", "root", "user", "Hi"))).encode()
HOSTILE = {
    "cut": (b"[" + GOOD + b', {"mapping": {"a', 1),
    "broken": (b"[" + GOOD + b", {]", 1),
    "nested": (b"[" + GOOD + b"," + DEEP, 1),
    "huge number": (b"[" + GOOD + b', {"x": ' + b"9" * 6000 + b"}]", 1),
    "of other kinds": (b"[" + GOOD + b', 1, null, "x", [], {"mapping": [1]}]', 1),
    "no node": (b"[" + GOOD + b', {"id": "x", "mapping": {"a": 1, "b": {"message": 2}}}]', 1),
    "no UTF-8": (b"[" + GOOD + b', {"title": "\xff"}]', 1),
    "one alone": (GOOD, 1),
    "twice the same": (b"[" + GOOD + b"," + GOOD + b"]", 1),
    "surrogates": (b"[" + GOOD.replace(b"Hi", b"\\ud800") + b"]", 1),
    "no date": (GOOD.replace(b"1770000000.5", b"NaN").replace(b"1770000900", b'"x"'), 1),
    "date beyond": (b"[" + GOOD.replace(b"1770000000.5", b"1e300") + b"]", 1),
}  # fmt: skip


@pytest.mark.parametrize(("data", "kept"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_export_gives_what_is_whole(
    home: Path, bring: Bring, told: Told, data: bytes, kept: int
) -> None:
    path = zipped(home / "e.zip", conversations__json=data)
    assert bring(path, "--from", "chatgpt")["chatgpt", "sessions"][0] == kept
    assert len(told()) == kept


def test_a_bomb_is_not_unpacked(home: Path) -> None:
    path = zipped(home / "e.zip", conversations__json=b" " * (300 << 20) + b"[]")
    assert path.stat().st_size < 1 << 20
    result = azchat("import", str(path), "--from", "claude", home=home)
    assert "packed too well to be an export" in result.out
    assert result.max_rss_bytes < 200 << 20


def test_a_tree_of_circles_and_of_many_branches(home: Path, bring: Bring) -> None:
    circle = conversation(node("a", "b", "user", "Hi"), node("b", "a", "assistant", "Ho"))
    branches = [node(f"a{n}", "u", "assistant", f"{n}") for n in range(150)]
    wide = conversation(node("u", "root", "user", "Hi"), *branches, conversation_id="c2")
    path = zipped(home / "e.zip", conversations__json=[circle, wide])
    kept, _, _, why = bring(path)["chatgpt", "sessions"]
    assert (kept, why) == (101, "50 branches beyond 100 of a conversation")


def test_links_in_an_unpacked_export_lead_nowhere(home: Path, bring: Bring, told: Told) -> None:
    folder = home / "export"
    folder.mkdir()
    (home / "secret").write_bytes(PNG)
    (folder / "file_abc.png").symlink_to(home / "secret")
    (folder / "conversations.json").write_text(json.dumps([BIRDS]))
    bring(folder)
    assert not any("image" in line for session in told() for line in said(session))


def test_an_archive_that_is_none_and_one_that_is_locked(home: Path) -> None:
    (home / "none.zip").write_bytes(b"PK\3\4 no archive")
    result = azchat("import", str(home / "none.zip"), "--from", "chatgpt", home=home)
    assert (result.code, "no archive that can be read" in result.out) == (0, True)
    result = azchat("import", str(home / "none.zip"), home=home)
    assert "it cannot be told whose" in result.err
    path = zipped(home / "locked.zip", conversations__json=[BIRDS])
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1  # encrypted, say both headers
    path.write_bytes(data)
    result = azchat("import", str(path), "--from", "chatgpt", home=home)
    assert "encrypted" in result.out
