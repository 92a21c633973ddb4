import gzip
import zlib
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.errors import NetworkError
from azchat.net.framing import ChunkedFraming, CloseFraming, Decompressor, Framing, LengthFraming
from tests.wire.cutting import pieces

SMALL_CUTS = st.lists(st.integers(0, 300), max_size=20)
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=6)
EXTENSIONS = st.sampled_from([b"", b";a=b", b" ; name", b';q="x y"'])
TRAILERS = st.sampled_from([b"", b"X-Sum: 1\r\n", b"A: b\r\nC: d\r\n"])


def chunked(parts: Iterable[bytes], extension: bytes = b"", trailer: bytes = b"") -> bytes:
    framed = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return framed + b"0\r\n" + trailer + b"\r\n"


def unframe(framing: Framing, data: bytes, cuts: Iterable[int] = ()) -> bytes:
    return b"".join(framing.receive(piece) for piece in pieces(data, cuts))


# Chunks


@settings(max_examples=300, deadline=None)
@given(parts=BODIES, extension=EXTENSIONS, trailer=TRAILERS, cuts=SMALL_CUTS)
def test_chunks_are_undone_however_they_are_cut(
    parts: list[bytes], extension: bytes, trailer: bytes, cuts: list[int]
) -> None:
    framing = ChunkedFraming()
    assert unframe(framing, chunked(parts, extension, trailer), cuts) == b"".join(parts)
    assert framing.finished


@settings(max_examples=100, deadline=None)
@given(parts=BODIES, extension=EXTENSIONS, trailer=TRAILERS)
def test_chunks_are_undone_byte_by_byte(
    parts: list[bytes], extension: bytes, trailer: bytes
) -> None:
    framing, data = ChunkedFraming(), chunked(parts, extension, trailer)
    assert unframe(framing, data, range(len(data))) == b"".join(parts)
    assert framing.finished


def test_the_bytes_of_a_chunk_come_at_once() -> None:
    assert ChunkedFraming().receive(b"ff\r\nhello") == b"hello"


def test_sizes_may_have_zeros_and_capitals() -> None:
    assert unframe(ChunkedFraming(), b"000A\r\n0123456789\r\n0\r\n\r\n") == b"0123456789"


def test_chunks_are_not_finished_before_the_line_behind_the_last_one() -> None:
    framing = ChunkedFraming()
    framing.receive(b"1\r\na\r\n0\r\n")
    assert not framing.finished
    framing.receive(b"\r\n")
    assert framing.finished


def test_what_comes_behind_the_last_chunk_is_no_body() -> None:
    assert unframe(ChunkedFraming(), chunked([b"a"]) + b"HTTP/1.1 200 OK") == b"a"


@pytest.mark.parametrize("line", [b"x\r\n", b"-5\r\n", b"\r\n", b"g;a\r\n", b"0x\r\n", b"5 5\r\n"])
def test_a_size_that_is_none_is_a_broken_reply(line: bytes) -> None:
    with pytest.raises(NetworkError, match="chunk framing is broken"):
        ChunkedFraming().receive(line)


@pytest.mark.parametrize("step", [1, 100, 10_000])
def test_a_size_line_without_an_end_is_a_broken_reply(step: int) -> None:
    with pytest.raises(NetworkError, match="chunk framing is broken"):
        unframe(ChunkedFraming(), b"1" * 10_000, range(step, 10_000, step))


def test_a_chunk_that_goes_on_where_it_should_end_is_a_broken_reply() -> None:
    with pytest.raises(NetworkError, match="chunk framing is broken"):
        ChunkedFraming().receive(b"3\r\nabcdefg\r\n0\r\n\r\n")


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(0, len(chunked([b"abc", b"de"])) - 1))
def test_chunks_that_end_early_are_told(cut: int) -> None:
    framing = ChunkedFraming()
    framing.receive(chunked([b"abc", b"de"])[:cut])
    with pytest.raises(NetworkError, match="before the reply was whole"):
        framing.end()


def test_chunks_that_are_whole_may_end() -> None:
    framing = ChunkedFraming()
    framing.receive(chunked([b"a"]))
    framing.end()


# A length, or the end of the connection


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60), cuts=SMALL_CUTS)
def test_a_length_ends_the_body(body: bytes, cuts: list[int]) -> None:
    framing = LengthFraming(len(body))
    assert unframe(framing, body + b"more", cuts) == body
    assert framing.finished


def test_a_length_of_zero_is_finished_at_once() -> None:
    assert LengthFraming(0).finished


def test_a_length_that_was_not_reached_is_told() -> None:
    framing = LengthFraming(5)
    framing.receive(b"abcd")
    with pytest.raises(NetworkError, match="before the reply was whole"):
        framing.end()


def test_a_body_until_the_close_may_end_anywhere() -> None:
    framing = CloseFraming()
    assert unframe(framing, b"abc", [1]) == b"abc"
    framing.end()
    assert not framing.finished


# Compression


@settings(max_examples=100, deadline=None)
def unpacked(unpacker: Decompressor, *parts: bytes) -> bytes:
    return b"".join(piece for part in parts for piece in unpacker.receive(part))


@given(data=st.binary(max_size=200), cuts=SMALL_CUTS)
@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_compression_is_undone_however_it_is_cut(
    pack: Callable[[bytes], bytes], data: bytes, cuts: list[int]
) -> None:
    unpacker = Decompressor()
    assert unpacked(unpacker, *pieces(pack(data), cuts)) == data


def test_what_was_flushed_comes_at_once() -> None:
    packer, unpacker = zlib.compressobj(wbits=31), Decompressor()
    for event in (b"data: a\n\n", b"data: b\n\n"):
        packed = packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH)
        assert unpacked(unpacker, packed) == event


@pytest.mark.parametrize("data", [b"data: not compressed", b"\x1f\x8b\xff\xff\xff\xff"])
def test_what_is_not_compressed_is_a_broken_reply(data: bytes) -> None:
    with pytest.raises(NetworkError, match="compression is broken"):
        unpacked(Decompressor(), data)


def test_gzip_in_several_members_is_one_body() -> None:
    unpacker, data = Decompressor(), gzip.compress(b"one ") + gzip.compress(b"two")
    parts = (data[at : at + 9] for at in range(0, len(data), 9))
    assert unpacked(unpacker, *parts) == b"one two"


def test_zeros_behind_the_last_member_do_no_harm() -> None:
    unpacker = Decompressor()
    assert unpacked(unpacker, gzip.compress(b"one") + bytes(8)) == b"one"
    unpacker.end()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20, 9_999_999])
def test_a_little_that_unpacks_to_very_much_comes_in_pieces(
    pack: Callable[[bytes], bytes], size: int
) -> None:
    unpacker = Decompressor()
    sizes = [len(piece) for piece in unpacker.receive(pack(bytes(size)))]
    unpacker.end()
    assert (sum(sizes), max(sizes)) == (size, min(size, 1 << 20))
