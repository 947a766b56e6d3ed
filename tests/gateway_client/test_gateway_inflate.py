"""Transport compression: whole texts out, or one error, whatever comes in."""

import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.errors import BrokenStream
from gateway_client.inflate import Compression, open_inflater

Pack = Callable[[bytes], bytes]


def zlib_packer() -> Pack:
    stream = zlib.compressobj()
    return lambda text: stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_packer() -> Pack:
    stream = zstd.ZstdCompressor()
    return lambda text: stream.compress(text, mode=zstd.ZstdCompressor.FLUSH_BLOCK)


PACKERS: dict[Compression, Callable[[], Pack]] = {
    "zlib-stream": zlib_packer,
    "zstd-stream": zstd_packer,
    "none": lambda: lambda text: text,
}
COMPRESSED: list[Compression] = ["zlib-stream", "zstd-stream"]


@pytest.mark.parametrize("compression", list(PACKERS))
@given(texts=st.lists(st.binary(min_size=1, max_size=300), max_size=12))
@settings(max_examples=30)
def test_what_was_packed_comes_out(compression: Compression, texts: list[bytes]) -> None:
    pack, inflater = PACKERS[compression](), open_inflater(compression)
    assert [inflater.feed(pack(text)) for text in texts] == texts


@pytest.mark.parametrize("compression", COMPRESSED)
def test_later_texts_lean_on_earlier_ones(compression: Compression) -> None:
    pack, inflater = PACKERS[compression](), open_inflater(compression)
    text = bytes(range(256)) * 4
    first, second = pack(text), pack(text)
    assert len(second) < len(first) / 4
    assert inflater.feed(first) == inflater.feed(second) == text


@given(cuts=st.lists(st.integers(1, 200), max_size=5))
@settings(max_examples=30)
def test_zlib_text_may_come_in_several_messages(cuts: list[int]) -> None:
    pack, inflater = zlib_packer(), open_inflater("zlib-stream")
    packed = pack(b"x" * 50 + bytes(range(200)))
    places = sorted({0, *(cut for cut in cuts if cut < len(packed) - 4), len(packed)})
    parts = [packed[a:b] for a, b in pairwise(places)]
    outcomes = [inflater.feed(part) for part in parts]
    assert outcomes[:-1] == [None] * (len(parts) - 1)
    assert outcomes[-1] == b"x" * 50 + bytes(range(200))
    assert inflater.feed(pack(b"next")) == b"next"


def test_zstd_frame_that_ends_with_each_message_is_followed() -> None:
    inflater = open_inflater("zstd-stream")
    assert [inflater.feed(zstd.compress(text)) for text in (b"a", b"b", b"c")] == [b"a", b"b", b"c"]


@pytest.mark.parametrize("compression", COMPRESSED)
@given(junk=st.lists(st.binary(max_size=80), min_size=1, max_size=6), flips=st.integers(0, 400))
@settings(max_examples=60)
def test_garbage_breaks_the_stream_and_nothing_else(
    compression: Compression, junk: list[bytes], flips: int
) -> None:
    pack, inflater = PACKERS[compression](), open_inflater(compression)
    good = bytearray(pack(b'{"op":11}' * 20))
    good[flips % len(good)] ^= 1 << flips % 8
    with suppress(BrokenStream):  # any other error fails the test
        for message in (bytes(good), *junk, *(part + b"\x00\x00\xff\xff" for part in junk)):
            inflater.feed(message)


@pytest.mark.parametrize("compression", COMPRESSED)
def test_text_that_unpacks_without_bounds_breaks_the_stream(
    compression: Compression, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_client.inflate.TEXT_LIMIT", 100_000)
    with pytest.raises(BrokenStream, match="bounds"):
        open_inflater(compression).feed(PACKERS[compression]()(bytes(200_000)))


def test_zlib_text_that_never_ends_breaks_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_client.inflate.TEXT_LIMIT", 1000)
    inflater = open_inflater("zlib-stream")
    for _ in range(10):
        assert inflater.feed(b"x" * 100) is None
    with pytest.raises(BrokenStream, match="never ends"):
        inflater.feed(b"x")
