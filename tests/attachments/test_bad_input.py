"""What is no picture, or a trap: nothing is sent, nothing is decoded, nobody is contacted."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attachments.samples import chart, photo, png_of_zeros, saved
from tests.attachments.samples import opened as open_picture
from tests.conftest import Ask, User
from tests.faults.server import FaultServer
from tests.front_door import PROGRAM, WARM, Result, azchat
from tests.oracles import check

MIB = 1024 * 1024
Refused = Callable[..., Result]
# Tells of each name that is looked up, and each address that is connected to.
WATCHED = (
    "-c",
    (
        "import sys, os\n"
        "def hook(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'subprocess.Popen'):\n"
        "        os.write(2, f'WATCHED {event} {args[1:]}\\n'.encode())\n"
        "sys.addaudithook(hook)\n"
        "from azchat.__main__ import main; main()"
    ),
)
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def refused(fs: FaultServer, ask: Ask) -> Refused:
    """Ask with a picture that is refused: with code 5, and nothing was asked of the service."""

    def run(name: str, *more: str, code: int = 5, program: tuple[str, ...] = WARM) -> Result:
        result = ask(fs.url("ok"), "What?", "-i", name, *more, program=program)
        check(result, code=code, servers=[fs])
        assert not fs.requests
        return result

    return run


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (KEY, "is text, not a picture"),
        (b"just words", "is text, not a picture"),
        (SVG, "is an SVG drawing"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"\x7fELF\0\0\0\0", "is a binary file"),
        (b"PK\3\4\0\0", "is a binary file"),
    ],
)
def test_what_is_no_picture_is_told_by_its_bytes(
    refused: Refused, home: Path, data: bytes, what: str
) -> None:
    (home / "picture.png").write_bytes(data)
    assert what in refused("picture.png").err


def test_a_device_that_never_ends_is_not_read(refused: Refused) -> None:
    result = refused("/dev/zero")
    assert "no regular file" in result.err
    assert result.max_rss_bytes < 150 * MIB


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(refused: Refused, home: Path) -> None:
    os.mkfifo(home / "pipe")
    result = refused("pipe")
    assert "no regular file" in result.err
    assert result.seconds < 5


def test_a_folder_is_refused_with_a_hint(refused: Refused, home: Path) -> None:
    (home / "pictures").mkdir()
    result = refused("pictures")
    assert "pictures is a directory" in result.err
    assert "hint: attach files in it" in result.err


def test_a_huge_file_is_not_read(refused: Refused, home: Path) -> None:
    with (home / "huge.png").open("wb") as file:
        file.write(chart())
        file.truncate(500_000_000)
    result = refused("huge.png")
    assert "too large: 500.0 MB" in result.err
    assert result.max_rss_bytes < 150 * MIB


def test_an_endless_pipe_is_read_up_to_the_limit(fs: FaultServer, ask: Ask) -> None:
    result = ask(fs.url("ok"), "What?", "-i", "-", stdin=Path("/dev/zero"))
    check(result, code=2, servers=[fs])  # a device is no pipe
    result = ask(fs.url("ok"), "What?", "-i", "-", "--max-file", "1", stdin=bytes(3_000_000))
    check(result, code=5, servers=[fs])
    assert "stdin is too large" in result.err
    assert not fs.requests


def test_an_empty_file_is_refused(refused: Refused, home: Path) -> None:
    (home / "empty.png").touch()
    assert "is empty" in refused("empty.png").err


def test_a_hint_can_be_pasted_whatever_the_name(refused: Refused, home: Path) -> None:
    (home / "my drawing.svg").write_bytes(SVG)
    err = refused("my drawing.svg").err
    assert "hint: rsvg-convert -o 'my drawing.svg.png' 'my drawing.svg'" in err


def test_no_name_is_no_folder(refused: Refused) -> None:
    assert "an empty name" in refused("").err


def test_a_file_that_is_not_there_is_refused(refused: Refused) -> None:
    assert "cannot read nothing.png: no such file" in refused("nothing.png").err


def test_a_file_that_may_not_be_read_is_refused(user: User, user_home: Path) -> None:
    path = user_home / "mine.png"
    path.write_bytes(chart())
    path.chmod(0)
    result = user("image", "--demo", "What?", "mine.png")
    assert result.code == 5
    assert "permission denied" in result.err


def test_a_name_that_cannot_be_is_refused(refused: Refused) -> None:
    assert "cannot read" in refused("x" * 5000).err


def test_a_header_that_promises_too_much_is_refused_unread(refused: Refused, home: Path) -> None:
    (home / "bomb.png").write_bytes(png_of_zeros(50_000, 50_000))
    result = refused("bomb.png", program=PROGRAM)
    assert "50000×50000" in result.err  # noqa: RUF001
    assert result.max_rss_bytes < 60 * MIB


def test_zeros_that_were_packed_are_not_unpacked(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / "zeros.png").write_bytes(png_of_zeros(2000, 1600))
    result = ask(fs.url("ok"), "What?", "-i", "zeros.png", program=PROGRAM)
    check(result, code=0, servers=[fs])
    assert result.max_rss_bytes < 60 * MIB


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_picture_that_is_cut_off_is_refused(
    refused: Refused, home: Path, form: str, share: float
) -> None:
    whole = chart(form)
    (home / "cut").write_bytes(whole[: int(len(whole) * share)])
    assert "is no whole" in refused("cut").err


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "BMP", "AVIF"])
def test_a_damaged_picture_that_must_be_decoded_is_refused(
    refused: Refused, home: Path, form: str
) -> None:
    data = photo(6) if form == "JPEG" else saved(open_picture(chart()), form)
    half = len(data) // 2
    damaged = data[: half // 2] + b"\xff\xd9" if form == "JPEG" else data[:half]
    (home / "p").write_bytes(damaged)
    assert "is no whole" in refused("p").err


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x.png",
        "http://example.com/x.png",
        "https://169.254.169.254/x.png",
        "https://127.0.0.1/x.png",
        "https://[::1]/x.png",
        "https://[::ffff:10.0.0.1]/x.png",
        "https://10.1.2.3/x.png",
        "https://2130706433/x.png",
        "https://0x7f.1/x.png",
        "https://localhost/x.png",
        "https://printer.local/x.png",
        "https://intranet/x.png",
        "https://user:word@example.com/x.png",
        "https://example.com:22/x.png",
        "https://exa mple.com/x.png",
        "https://example.com\\@evil.test/x.png",
        "https://",
        "https://[::1/x.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "ftp://example.com/x.png",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("more", [(), ("--inline",)], ids=["passed on", "fetched"])
def test_an_address_that_leads_elsewhere_is_refused_and_nobody_contacted(
    home: Path, url: str, more: tuple[str, ...]
) -> None:
    result = azchat("image", "--demo", "What?", url, *more, home=home, program=WATCHED)
    check(result, code=5)
    assert "is refused" in result.err
    assert "WATCHED" not in result.err


def test_an_address_is_passed_on_and_not_fetched(home: Path) -> None:
    url = "https://example.com/a/chart.png"
    result = azchat("image", "--demo", "What?", url, home=home, program=WATCHED)
    check(result, code=0)
    assert "**Images:** 1 (a link)" in result.out
    assert "the service fetches it from example.com" in result.err
    assert "WATCHED" not in result.err


def test_two_pipes_are_one_too_many(refused: Refused) -> None:
    assert "once" in refused("-", "-a", "-", code=2).err


def test_a_type_that_the_bytes_deny_is_refused(refused: Refused, home: Path) -> None:
    (home / "p").write_bytes(b"words")
    assert "p is not image/png" in refused("p", "--mime", "image/png").err


def test_a_picture_without_a_file_behind_the_option_is_a_usage_error(home: Path) -> None:
    result = azchat("image", "--demo", "What?", home=home)
    assert result.code == 2
