"""Which addresses are public, and what fetching from them never does."""

import socket
import threading

import pytest

from azchat.attachments.addresses import is_address, is_public
from azchat.attachments.fetching import Web, fetch
from azchat.errors import AzchatError, InputError, NetworkError, ServiceError

URL = "https://pictures.example.com/a.png"
PUBLIC = "93.184.215.14"


def reply(body: bytes = b"picture", status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class World:
    """A network of its own: names have ``addresses``, and ``replies`` come one after the other."""

    def __init__(self, *replies: bytes, addresses: tuple[str, ...] = (PUBLIC,)) -> None:
        self.replies, self.addresses = list(replies), list(addresses)
        self.connected: list[tuple[str, str]] = []
        self.now = 0.0

    def web(self) -> Web:
        return Web(lambda host: self.addresses, self.connect, self.clock)

    def clock(self) -> float:
        self.now += 0.5
        return self.now

    def connect(self, address: str, host: str, seconds: float) -> socket.socket:
        self.connected.append((address, host))
        near, far = socket.socketpair()
        threading.Thread(target=answer, args=(far, self.replies.pop(0)), daemon=True).start()
        return near

    def refused(self, url: str = URL, limit: int = 1000) -> AzchatError:
        with pytest.raises(AzchatError) as caught:
            fetch(url, limit, self.web())
        return caught.value


def answer(far: socket.socket, data: bytes) -> None:
    far.recv(65536)
    try:
        far.sendall(data)
    except OSError:
        pass
    finally:
        far.close()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1", "168.63.129.16"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001::1", "fec0::1", "words"),
    ],
)
def test_an_address_of_ones_own_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("path", ["a.png", "C:\\a.png", "notes:2.txt", "./http:", "~/a", "/a:b"])
def test_a_path_is_no_address(path: str) -> None:
    assert not is_address(path)


def test_what_is_there_is_fetched_from_the_address_that_was_checked() -> None:
    world = World(reply())
    assert fetch(URL, 1000, world.web()) == b"picture"
    assert world.connected == [(PUBLIC, "pictures.example.com")]


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.7", "::1", "169.254.169.254"])
def test_a_name_that_leads_home_is_not_connected_to(private: str) -> None:
    world = World(addresses=(PUBLIC, private))
    error = world.refused()
    assert isinstance(error, InputError)
    assert private in error.what
    assert not world.connected


@pytest.mark.parametrize(
    "to", ["http://pictures.example.com/", "https://127.0.0.1/", "file:///etc/passwd", "https://x"]
)
def test_a_redirect_to_a_forbidden_place_is_not_followed(to: str) -> None:
    world = World(reply(b"", "302 Found", f"Location: {to}"))
    assert isinstance(world.refused(), InputError)
    assert len(world.connected) == 1


def test_a_redirect_to_a_public_place_is_followed() -> None:
    world = World(reply(b"", "301 Moved", "Location: https://other.example.com/b"), reply())
    assert fetch(URL, 1000, world.web()) == b"picture"
    assert [host for _, host in world.connected] == ["pictures.example.com", "other.example.com"]


def test_redirects_without_end_end() -> None:
    world = World(*[reply(b"", "302 Found", "Location: /again")] * 9)
    assert isinstance(world.refused(), ServiceError)
    assert len(world.connected) == 4


def test_more_than_allowed_is_not_read() -> None:
    assert "too large" in World(reply(b"x" * 1001)).refused().what
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100_000
    assert "too large" in World(endless).refused().what


def test_what_takes_too_long_is_given_up() -> None:
    world = World(reply(b"x" * 100))
    world.now = 0.0
    slow = world.web()._replace(clock=iter((0.0, 0.0, 0.0, 99.0)).__next__)
    with pytest.raises(NetworkError, match="too long"):
        fetch(URL, 1000, slow)


def test_a_reply_that_is_cut_is_no_picture() -> None:
    cut = reply(b"x" * 100)[:-50]
    assert isinstance(World(cut).refused(), NetworkError)


@pytest.mark.parametrize("data", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 404 Not Found\r\n\r\n"])
def test_what_is_no_picture_is_an_error(data: bytes) -> None:
    assert isinstance(World(data).refused(), NetworkError | ServiceError)


def test_one_that_sends_a_byte_now_and_then_is_cut_off() -> None:
    world = World(b"HTTP/1.1 200 OK\r\nX: ")
    silent, far = socket.socketpair()
    web = world.web()._replace(
        connect=lambda address, host, seconds: silent, clock=iter([0.0, 0.0, 19.9, 20.0]).__next__
    )
    with pytest.raises(NetworkError):
        fetch(URL, 1000, web)
    far.close()


def test_a_name_that_is_too_long_is_an_error() -> None:
    def resolve(host: str) -> list[str]:
        raise UnicodeError("label too long")

    with pytest.raises(NetworkError, match="label too long"):
        fetch(URL, 1000, World().web()._replace(resolve=resolve))


def test_letters_of_all_scripts_may_stand_in_a_path() -> None:
    assert fetch(
        "https://pictures.example.com/ü b%20.png?ü=1".replace(" ", ""), 9, World(reply()).web()
    )
