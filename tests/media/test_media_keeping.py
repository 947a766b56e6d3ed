"""Keeping what passes: pieces in every order, disks that are full or slow, ends in the middle."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from media.keeping import Keeper
from media.spans import Spans
from tests.patience import until


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=12))
def test_ranges_grow_together(pieces: list[tuple[int, int]]) -> None:
    spans, there = Spans(), set[int]()
    for start, length in pieces:
        spans.add(start, start + length)
        there |= set(range(start, start + length))
    for size in (1, 10, 60):
        # More than the file is not the file either.
        assert spans.covers(size) == (there == set(range(size)))


@define(eq=False)
class Kept:
    keeper: Keeper
    part: Path
    done: list[Keeper] = field(factory=list[Keeper])


@asynccontextmanager
async def keeping(folder: Path, max_bytes: int = 100) -> AsyncGenerator[Kept]:
    async with trio.open_nursery() as nursery:
        part = folder / "x.part"
        done: list[Keeper] = []
        keeper = Keeper(
            part=part, whole=folder / "x", max_bytes=max_bytes, start=nursery.start_soon, done=done.append
        )
        yield Kept(keeper, part, done)


async def _hear(kept: Kept, data: bytes, *, start: int = 0, size: int = 6, kind: str = "audio/ogg") -> None:
    tap = kept.keeper.tap()
    assert tap is not None
    await tap.hear(
        f"HTTP/1.1 206 Partial\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n".encode()
    )
    await tap.hear(f"Content-Range: bytes {start}-{start + len(data) - 1}/{size}\r\n\r\n".encode() + data)
    tap.close()


async def test_pieces_in_any_order_are_a_whole_file(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"ef", start=4)
        await _hear(kept, b"abc")
        await _hear(kept, b"cd", start=2)
        kept.keeper.end()
    assert kept.done == [kept.keeper]
    await trio.to_thread.run_sync(kept.keeper.seal)
    kept.keeper.give_up()
    assert kept.part.read_bytes() == b"abcdef"
    assert kept.keeper.tap() is None


async def test_a_part_of_a_file_is_thrown_away_at_the_end(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"abc")
        kept.keeper.end()
    assert (kept.done, kept.part.exists()) == ([], False)


async def test_a_part_that_is_written_already_goes_too(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"abc")
        await until(kept.part.exists)
        kept.keeper.end()
        kept.keeper.end()
    assert not kept.part.exists()


@pytest.mark.parametrize(
    ("size", "kind"), [(101, "audio/ogg"), (6, "text/html"), (6, "application/x-mpegURL")]
)
async def test_what_is_too_large_or_no_sound_is_not_wanted(tmp_path: Path, size: int, kind: str) -> None:
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"abc", size=size, kind=kind)
        kept.keeper.end()
    assert (kept.done, kept.part.exists()) == ([], False)


SEGMENT = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: 6\r\n\r\nabcdef"
REDIRECT = b"HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
LIST = b"#EXTM3U\n#EXTINF:1,\n/a.ts\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: 24\r\n\r\n"
        + LIST,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 24\r\n\r\n" + LIST,
        b"HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n\xef\xbb\xbf" + LIST,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n" + LIST + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 24\r\n\r\n" + LIST,
        b"HTTP/1.1 201 Created\r\nContent-Length: 24\r\n\r\n" + LIST,
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n" + LIST,
    ],
)
async def test_a_segment_of_a_playlist_is_not_the_track(tmp_path: Path, answer: bytes) -> None:
    async with keeping(tmp_path) as kept:
        for one in (answer, SEGMENT):
            tap = kept.keeper.tap()
            if tap is not None:
                for byte in one:
                    await tap.hear(bytes([byte]))
        kept.keeper.end()
    assert (kept.done, kept.part.exists()) == ([], False)


async def test_a_redirect_on_the_way_to_the_file_does_no_harm(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept:
        for one in (REDIRECT, SEGMENT):
            tap = kept.keeper.tap()
            assert tap is not None
            await tap.hear(one)
    assert kept.done == [kept.keeper]
    kept.keeper.seal()


async def test_two_answers_that_disagree_are_two_files(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"abc", size=6)
        await _hear(kept, b"abc", size=3)
        assert kept.keeper.tap() is None
    assert (kept.done, kept.part.exists()) == ([], False)


async def test_a_disk_that_is_full_ends_the_keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Keeper, "_write", full)
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"abcdef")
        kept.keeper.end()
    assert (kept.done, kept.keeper.is_over) == ([], True)


async def test_a_disk_that_is_slow_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.keeping.WAITING_BYTES", 10)
    async with keeping(tmp_path) as kept:
        await _hear(kept, b"x" * 50, size=100)  # no writer has run yet
        assert kept.keeper.is_over
    assert (kept.done, kept.part.exists()) == ([], False)
