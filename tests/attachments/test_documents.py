"""Text files and PDF."""

import os
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import azchat
from tests.oracles import check


def pdf(*pages: str, password: str = "") -> bytes:
    """Return a PDF with a line of text on each page."""
    writer = PdfWriter()
    for text in pages:
        page = writer.add_blank_page(300, 200)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        named = DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})
        fonts = DictionaryObject({NameObject("/F1"): named})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = stream
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def content(fs: FaultServer) -> str:
    return str(fs.requests[-1].json()["messages"][-1]["content"])


@pytest.mark.parametrize("args", [[], ["--dry-run", "--output", "sent"]], ids=["sent", "shown"])
def test_a_file_whose_name_is_no_utf8_can_be_attached(
    fs: FaultServer, ask: Ask, home: Path, args: list[str]
) -> None:
    name = os.fsdecode(b"a\xff.txt")
    (home / name).write_text("text")
    check(ask(fs.url("ok"), "hi", "-a", name, *args), code=0, servers=[fs])


def test_a_text_file_is_a_fenced_block_with_its_name(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "notes.md").write_text("# Notes\n\n```\ncode\n```\n")
    result = ask(fs.url("ok"), "Sum it up", "-a", "notes.md")
    check(result, code=0, servers=[fs])
    assert content(fs) == "Sum it up\n\nnotes.md:\n````\n# Notes\n\n```\ncode\n```\n````"
    assert "notes.md: text, 22 bytes, about 5 tokens" in result.err


def test_one_token_is_one(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "t").write_text("word")
    result = ask(fs.url("ok"), "hi", "-a", "t")
    check(result, code=0, servers=[fs])
    assert result.err.endswith("about 1 token\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_decoded(fs: FaultServer, ask: Ask, home: Path, encoding: str) -> None:
    (home / "t").write_bytes("Grüße 你好".encode(encoding))
    check(ask(fs.url("ok"), "hi", "-a", "t"), code=0, servers=[fs])
    assert "```\nGrüße 你好\n```" in content(fs)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"caf\xe9", "is not UTF-8 (byte 0xe9 at 3)"),
        (b"\0\1\2", "is a binary file"),
        (b"a" * 5000 + b"\0", "is a binary file"),
        (b"\xff\xfea", "is not UTF-16-LE"),
    ],
)
def test_what_is_no_text_is_refused(
    fs: FaultServer, ask: Ask, home: Path, data: bytes, what: str
) -> None:
    (home / "t").write_bytes(data)
    result = ask(fs.url("ok"), "hi", "-a", "t")
    check(result, code=5, servers=[fs])
    assert what in result.err
    assert not fs.requests


def test_long_text_is_refused_until_it_is_allowed(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "t").write_text("x" * 2_500_000)
    result = ask(fs.url("ok"), "hi", "-a", "t")
    assert "too large" in result.err
    assert "--max-file" in result.err
    check(ask(fs.url("ok"), "hi", "-a", "t", "--max-file", "3"), code=0, servers=[fs])


def test_a_page_or_a_drawing_is_text_too(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "a.svg").write_text("<svg></svg>")
    check(ask(fs.url("ok"), "hi", "-a", "a.svg"), code=0, servers=[fs])
    assert "<svg></svg>" in content(fs)


def test_a_directory_is_refused_with_a_hint(home: Path) -> None:
    result = azchat("ask", "--demo", "hi", "-a", "/tmp", home=home)
    check(result, code=5)
    assert "/tmp is a directory" in result.err


@pytest.mark.parametrize(
    "junk",
    [
        b"\r\n",
        b"\xef\xbb\xbf",
        b"\0" * 128,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x1b%-12345X@PJL\r\n",
        b"x" * 1015,
    ],
    ids=["a line end", "a mark", "MacBinary", "HTTP", "a printer's", "all of a KiB"],
)
def test_a_pdf_may_have_something_before_it(
    fs: FaultServer, ask: Ask, home: Path, junk: bytes
) -> None:
    (home / "p").write_bytes(junk + pdf("First page"))
    check(ask(fs.url("ok"), "x", "-a", "p"), code=0, servers=[fs])
    assert "[page 1]\nFirst page" in content(fs)


def test_a_text_about_pdf_is_text(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "about.md").write_text("A PDF begins with %PDF-1.7, and ends with %%EOF.\n")
    check(ask(fs.url("ok"), "x", "-a", "about.md"), code=0, servers=[fs])
    assert "begins with %PDF-1.7" in content(fs)


SHOT = "Screenshot 2026-11-30 at 9.41.02\u202fAM é.txt"  # as macOS names it


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        (SHOT, SHOT.replace("\u202f", " ")),
        (SHOT, unicodedata.normalize("NFD", SHOT)),
        (unicodedata.normalize("NFD", SHOT), SHOT.replace("\u202f", "\u00a0")),
        ("e\u0301t\u00e9/한.txt", unicodedata.normalize("NFD", "été/한.txt")),
        ("a\u3000b.txt", "a b.txt"),
    ],
)
@pytest.mark.parametrize("option", ["-a", "-s"])
def test_names_that_look_the_same_are_found(
    fs: FaultServer, ask: Ask, home: Path, there: str, typed: str, option: str
) -> None:
    (home / there).parent.mkdir(exist_ok=True)
    (home / there).write_text("found it")
    check(ask(fs.url("ok"), "x", option, "@" * (option == "-s") + typed), code=0, servers=[fs])
    assert b"found it" in fs.requests[-1].body


def test_of_names_that_look_the_same_only_the_one_that_was_typed_will_do(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    (home / "a\u202fb").write_text("narrow")
    (home / "a\u00a0b").write_text("wide")
    check(ask(fs.url("ok"), "x", "-a", "a\u00a0b"), code=0, servers=[fs])
    assert b"wide" in fs.requests[-1].body
    check(ask(fs.url("ok"), "x", "-a", "a b"), code=5)


def test_a_pdf_is_sent_as_the_text_of_its_pages(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "p").write_bytes(pdf("First page", "Second page"))
    result = ask(fs.url("ok"), "hi", "-a", "p")
    check(result, code=0, servers=[fs])
    assert "[page 1]\nFirst page\n\n[page 2]\nSecond page" in content(fs)
    assert "PDF, 2 pages" in result.err


@pytest.mark.parametrize(
    ("data", "more", "what"),
    [
        (pdf("a", "b", "c"), ("--max-pages", "2"), "has 3 pages, and 2 are allowed"),
        (pdf("a", password="word"), (), "is locked with a password"),
        (pdf(""), (), "has no text in it"),
        (pdf("a")[:200], (), "is a damaged PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, (), "is a damaged PDF"),
    ],
    ids=["pages", "locked", "empty", "cut", "noise"],
)
def test_a_pdf_that_is_of_no_use_is_refused(
    fs: FaultServer, ask: Ask, home: Path, data: bytes, more: tuple[str, ...], what: str
) -> None:
    (home / "p").write_bytes(data)
    result = ask(fs.url("ok"), "hi", "-a", "p", *more)
    check(result, code=5, servers=[fs])
    assert what in result.err
    assert not fs.requests


def test_an_address_of_a_document_is_not_passed_on_as_a_picture(home: Path) -> None:
    result = azchat("ask", "--demo", "hi", "-a", "https://example.com/report.pdf", home=home)
    check(result, code=5)
    assert "--inline" in result.err


def test_a_ca_bundle_that_is_not_there_is_told(home: Path) -> None:
    env = {"SSL_CERT_FILE": "/nowhere.pem"}
    args = ("image", "--demo", "hi", "https://example.com/a.png", "--inline")
    result = azchat(*args, home=home, env=env)
    check(result, code=3)
    assert "/nowhere.pem" in result.err


def test_a_picture_in_a_pipe_is_told_how_to_be_attached(home: Path) -> None:
    result = azchat("ask", "--demo", "hi", home=home, stdin=b"\x89PNG\r\n\x1a\n\0\0")
    check(result, code=5)
    assert "--image -" in result.err
