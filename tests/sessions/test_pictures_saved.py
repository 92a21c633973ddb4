"""Pictures in the store: once, private, shown, exported, sent again, and gone when deleted."""

import json
import sqlite3
import stat
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from azchat.messages import Image, Message, Text
from azchat.sessions.store import FILE_NAME, Store
from tests.attachments.samples import chart, sent, sent_urls
from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import check

URL = f"data:image/png;base64,{b64encode(chart()).decode()}"
FILE = Path(".local/share/azchat") / FILE_NAME


@pytest.fixture
def saved(fs: FaultServer, ask: Ask, home: Path) -> bytes:
    """The picture of session 1."""
    (home / "chart.png").write_bytes(chart())
    check(ask(fs.url("ok"), "What is it?", "-i", "chart.png"), code=0, servers=[fs])
    return chart()


def contents(home: Path) -> list[tuple[str, str, bytes]]:
    with sqlite3.connect(home / FILE) as file:
        rows = file.execute("SELECT hash, type, data FROM contents").fetchall()
    file.close()
    return rows


def test_a_picture_is_kept_once_however_often_it_is_sent(
    fs: FaultServer, ask: Ask, home: Path, saved: bytes
) -> None:
    ask(fs.url("ok"), "Again?", "-i", "chart.png")
    assert contents(home) == [(sha256(saved).hexdigest(), "image/png", saved)]


def test_nobody_else_can_read_it(home: Path, saved: bytes) -> None:
    files = [path for path in home.rglob("*") if path.is_file() and saved in path.read_bytes()]
    files.remove(home / "chart.png")  # the test's own
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} <= {0o600}
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600


def test_it_is_sent_again_when_the_session_goes_on(fs: FaultServer, ask: Ask, saved: bytes) -> None:
    check(ask(fs.url("ok"), "And?", "--continue"), code=0, servers=[fs])
    assert sent(fs) == saved


def test_sessions_show_names_it(home: Path, saved: bytes) -> None:
    result = azchat("sessions", "show", home=home)
    assert "What is it?\n[chart.png · png, " in result.out


def test_sessions_show_draws_it_on_a_terminal(home: Path, saved: bytes) -> None:
    result = azchat("sessions", "show", home=home, tty=True, size=(80, 40))
    assert sum("▀" in line for line in result.screen) > 8


def test_the_html_export_holds_it(home: Path, saved: bytes) -> None:
    result = azchat("sessions", "export", "--format", "html", home=home)
    assert f'<img src="{URL}" alt="chart.png">' in result.out


def test_the_json_export_holds_it(home: Path, saved: bytes) -> None:
    document = json.loads(azchat("sessions", "export", "--format", "json", home=home).out)
    part = document["turns"][0]["messages"][0]["parts"][1]
    assert part == {"type": "image", "url": URL, "detail": None, "name": "chart.png"}


def test_the_markdown_export_names_it(home: Path, saved: bytes) -> None:
    result = azchat("sessions", "export", "--format", "md", home=home)
    assert "*chart.png · png, " in result.out


def test_it_leaves_the_store_with_the_last_session_that_shows_it(home: Path, saved: bytes) -> None:
    azchat("sessions", "fork", "1", home=home)
    azchat("sessions", "delete", "--yes", "1", home=home)
    assert contents(home)
    azchat("sessions", "delete", "--yes", "2", home=home)
    assert not contents(home)
    assert saved[:100] not in (home / FILE).read_bytes()


def test_it_comes_back_out_of_a_broken_file(home: Path, saved: bytes) -> None:
    broken = bytearray((home / FILE).read_bytes())
    broken[100:140] = bytes(40)  # the first page's own tree
    (home / FILE).write_bytes(broken)
    azchat("ask", "--demo", "hi", home=home)  # which moves it aside
    azchat("sessions", "repair", home=home)
    assert contents(home) == [(sha256(saved).hexdigest(), "image/png", saved)]


def test_one_whose_bytes_are_lost_is_told_as_such() -> None:
    store = Store(None, print)
    journal = store.begin(Message.user(Text("hi"), Image(URL)))
    journal.finish()
    store._database.execute("DELETE FROM contents")
    (_, picture) = store.load(journal.session).turns[0].question.parts
    assert picture == Text("[an image that was lost]")


@pytest.mark.parametrize(
    "url",
    ["https://a.test/x.png", "data:image/png;base64,AB", "data:image/png,words", "data:;base64,QQ"],
)
def test_another_address_is_kept_as_it_is(url: str) -> None:
    store = Store(None, print)
    journal = store.begin(Message.user(Text("hi"), Image(url)))
    journal.finish()
    assert store.load(journal.session).turns[0].question.parts[1] == Image(url)


def test_a_file_of_before_there_were_pictures_gets_room_for_them(home: Path, saved: bytes) -> None:
    with sqlite3.connect(home / FILE) as file:
        file.executescript("DROP TABLE contents; PRAGMA user_version = 1")
    file.close()
    check(azchat("image", "--demo", "What?", "chart.png", home=home), code=0)
    assert len(contents(home)) == 1


# -- models that take one image ---------------------------------------------------------------


def test_only_the_last_picture_is_sent_where_one_is_allowed(
    fs: FaultServer, ask: Ask, home: Path, saved: bytes
) -> None:
    (home / "second.jpg").write_bytes(chart("JPEG"))
    ask(fs.url("ok"), "And?", "--continue", "-i", "second.jpg", "--last-image-only")
    assert sent(fs) == chart("JPEG")
    assert "[image chart.png]" in str(fs.requests[-1].json()["messages"][0]["content"])


def test_of_one_question_too_only_the_last_is_sent(
    fs: FaultServer, ask: Ask, home: Path, saved: bytes
) -> None:
    (home / "b.png").write_bytes(chart(size=(10, 10)))
    ask(fs.url("ok"), "?", "-i", "chart.png", "-i", "b.png", "--last-image-only")
    assert sent(fs) == chart(size=(10, 10))


def test_without_the_option_all_are_sent(
    fs: FaultServer, ask: Ask, home: Path, saved: bytes
) -> None:
    ask(fs.url("ok"), "?", "--continue", "-i", "chart.png")
    assert len(sent_urls(fs)) == 2
