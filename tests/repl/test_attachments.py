"""``/attach``, ``/paste`` and ``@file`` in a chat."""

from pathlib import Path

import pytest

from azchat.messages import Image, Text
from azchat.repl.slash_attachments import mentioned
from tests.attachments.samples import chart, sent
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import CANARY, check
from tests.repl.chatting import PROMPT_TOOLKIT, chatting
from tests.repl.fake_host import Chat


def picture(name: str) -> Image:
    return Image(f"https://a.test/{name}", name=name)


def test_what_is_attached_goes_with_the_next_question_alone() -> None:
    chat = Chat()
    chat.type("/attach a.png", "/attach b.png", "What?", "And?")
    assert chat.host.sent == [(Text("What?"), picture("a.png"), picture("b.png")), (Text("And?"),)]


def test_what_is_pasted_goes_with_it_too() -> None:
    chat = Chat()
    chat.type("/paste", "What?")
    assert chat.host.sent == [(Text("What?"), picture("clipboard.png"))]


def test_attach_alone_lists_what_is_attached() -> None:
    chat = Chat()
    assert "nothing is attached" in chat.type("/attach")
    assert chat.type("/attach a.png", "/attach") == "a.png"


def test_what_is_attached_can_be_taken_back() -> None:
    chat = Chat()
    chat.type("/attach a.png", "/attach clear", "What?")
    assert chat.host.sent == [(Text("What?"),)]


@pytest.mark.parametrize("line", ['/attach "a b.png"', "/attach a\\ b.png", "/attach 'a b.png'"])
def test_a_path_may_have_blanks(line: str) -> None:
    chat = Chat()
    chat.type(line)
    assert chat.session.attached == (picture("a b.png"),)


def test_what_cannot_be_attached_leaves_the_rest() -> None:
    chat = Chat()
    chat.type("/attach a.png")
    chat.refused("/attach nothing")
    assert chat.session.attached == (picture("a.png"),)


@pytest.mark.parametrize("again", ["/retry", "/regenerate"])
def test_a_question_is_asked_again_with_its_pictures(again: str) -> None:
    chat = Chat()
    chat.type("/attach a.png", "What?", again)
    assert chat.host.sent[1] == chat.host.sent[0]


def test_an_edited_question_keeps_its_pictures() -> None:
    chat = Chat()
    chat.type("/attach a.png", "What?", "/edit", "What then?")
    assert chat.host.sent[1] == (Text("What then?"), picture("a.png"))


def test_an_edit_that_is_given_up_leaves_no_pictures_behind() -> None:
    chat = Chat()
    chat.type("/attach a.png", "What?", "/edit", "/help", "Something else")
    assert chat.host.sent[1] == (Text("Something else"),)


def test_a_file_with_an_at_sign_is_attached(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.touch()
    chat = Chat()
    chat.type(f"What is in @{path}, and in @{path}?")
    ((text, *files),) = chat.host.sent
    assert text == Text(f"What is in @{path}, and in @{path}?")
    assert files == [picture(str(path))]


@pytest.mark.parametrize("agrees", [True, False])
def test_a_file_outside_the_folder_is_asked_about(tmp_path: Path, *, agrees: bool) -> None:
    path = tmp_path / "a.png"
    path.touch()
    chat = Chat()
    chat.host.agrees = agrees
    chat.type(f"What is in @{path}?")
    assert chat.host.questions == [f"Attach {path}? (it is outside this folder)"]
    assert len(chat.host.sent[0]) == 1 + agrees


@pytest.mark.parametrize("name", ["link.png", "below/../../b.png", "./link.png"])
def test_no_way_round_leads_out_of_the_folder_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "b.png").touch()
    (folder / "link.png").symlink_to(tmp_path / "b.png")
    monkeypatch.chdir(folder)
    chat = Chat()
    chat.type(f"See @{name}")
    assert len(chat.host.questions) == 1


def test_what_was_pasted_is_asked_about_and_what_was_typed_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").touch()
    chat = Chat()
    chat.session.pasted.append("as the page says, @a.png\n")
    chat.host.agrees = False
    chat.type("as the page says, @a.png\nand @b.png")
    assert chat.host.questions == ["Attach a.png? (its name came with a paste)"]
    assert chat.host.sent[0][1:] == (picture("b.png"),)


def test_other_words_with_an_at_sign_are_words(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert list(mentioned(f"mail me@{tmp_path}/a or @nobody, @, @\0 or @{tmp_path}")) == []
    assert list(mentioned(f'"@{tmp_path}/a" (@{tmp_path}/a) @{tmp_path}/a.')) == [f"{tmp_path}/a"]
    assert list(mentioned(f'@"{tmp_path}/a"')) == [f"{tmp_path}/a"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("my notes.md", r"@{}/my\ notes.md"),
        ("my notes.md", "@'{}/my notes.md'"),
        ("my notes.md", '@"{}/my notes.md"'),
        ("my own notes (1).md", "@{}/my own notes (1).md"),
        ("my notes.md", "@file://{}/my%20notes.md"),
        ("a (1) & b.md", r"@{}/a\ \(1\)\ \&\ b.md"),
        ("it's.md", r"@'{}/it'\''s.md'"),
        ("a\\b.md", r"@{}/a\b.md"),
    ],
)
def test_a_file_that_is_dropped_is_found(tmp_path: Path, name: str, written: str) -> None:
    path = tmp_path / name
    path.touch()
    dropped = written.format(tmp_path)
    for sentence in (dropped, f"What is {dropped} about?", f"See {dropped}, and tell."):
        assert list(mentioned(sentence)) == [str(path)]
    chat = Chat()
    chat.type(f"/attach {dropped.removeprefix('@')}")
    assert chat.session.attached == (picture(str(path)),)


@pytest.mark.parametrize(
    "name", ["missing.md", "./missing", "~/missing.txt", "/missing/it", "'my notes.md'", "a/b.py."]
)
def test_a_file_that_is_not_there_is_told_before_it_is_sent(name: str) -> None:
    chat = Chat()
    error = chat.refused(f"See @{name}")
    assert error.what == f"there is no file {name.strip(chr(39)).rstrip('.')}"
    assert (chat.host.sent, chat.session.draft) == ([], f"See @{name}")
    chat.type(f"See @{name}")
    assert chat.host.sent == [(Text(f"See @{name}"),)]


@pytest.mark.parametrize(
    "text",
    ["@nobody", "@types/node", '@app.get("/a.html")', "@me@example.md", "me@a.md", "@a.route(x)",
     "@https://a.test/b.md", "@dataclass\nclass A:", "the @bob's and @alice's", "@", "@."],
)  # fmt: skip
def test_what_is_no_file_is_sent(text: str) -> None:
    chat = Chat()
    chat.type(text)
    assert chat.host.sent == [(Text(text),)]


def test_a_file_that_cannot_be_attached_stops_the_question(tmp_path: Path) -> None:
    (tmp_path / "nothing").touch()
    chat = Chat()
    error = chat.refused(f"See @{str(tmp_path / 'nothing').replace('.', '')}")
    assert "cannot read" in error.what
    assert not chat.host.sent


def test_a_chat_sends_what_is_attached(fs: FaultServer, home: Path) -> None:
    (home / "chart.png").write_bytes(chart())
    with chatting(home, fs.url("ok")) as chat:
        chat.ask("/attach chart.png")
        assert "attached chart.png: PNG 320×200" in "".join(chat.screen)  # noqa: RUF001
        assert "1 attached" in chat.screen[-1]
        chat.ask("What?")
        assert sent(fs) == chart()
        check(chat.leave(), code=0, servers=[fs], allow=[*PROMPT_TOOLKIT, r"\x1b\[c"])


def test_a_chat_begins_with_what_its_options_attach(fs: FaultServer, home: Path) -> None:
    (home / "chart.png").write_bytes(chart())
    with chatting(home, fs.url("ok"), "-i", "chart.png") as chat:
        chat.ask("What?")
        assert sent(fs) == chart()


def test_a_piped_chat_attaches_by_command_and_never_by_an_at_sign(
    fs: FaultServer, home: Path
) -> None:
    (home / "notes.txt").write_text("the notes")
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok"), "AZURE_INFERENCE_CREDENTIAL": CANARY}
    azchat("chat", home=home, env=env, stdin="see @notes.txt\n/attach notes.txt\nand?\n")
    first, second = (request.json()["messages"][-1]["content"] for request in fs.requests)
    assert first == "see @notes.txt"
    assert "the notes" in second


def test_paste_without_a_clipboard_says_so(home: Path) -> None:
    result = azchat("chat", "--demo", home=home, stdin="/paste\n")
    assert "there is no clipboard here" in result.err


def test_all_files_that_are_not_there_are_told() -> None:
    error = Chat().refused("Compare @one.py, @here and @./two with @one.py")
    assert error.what == "there is no file one.py, ./two"
