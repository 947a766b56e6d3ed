"""What is read from the web is kept while it plays: whole or not at all, and the same sound again."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import define, evolve

from tests.voice import web
from tests.voice.calls import open_call
from tests.voice.reading import ALL, frames_of
from tests.voice.sounds import best_lag, correlation, packets_of_file, sound_of_file, write_sound
from voice.keeping import Keeping
from voice.protocol import Keep, Playing, Source, TrackEnded
from voice.slots import OpusPacket, RawFrame
from voice.steady import SteadyReader

SECONDS = 3.0


def chunked(body: bytes, at: int | None = None) -> web.Handler:
    """Does not tell how much there is; breaks off after ``at`` bytes."""

    async def handle(_request: web.Request, stream: web.Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        for start in range(0, len(body[:at]), 4000):
            piece = body[start : min(start + 4000, len(body[:at]))]
            await stream.send_all(b"%x\r\n%s\r\n" % (len(piece), piece))
        if at is None:
            await stream.send_all(b"0\r\n\r\n")

    return handle


@define
class Place:
    """A server, and where its sound is kept."""

    server: web.Web
    keep: Keep

    def playing(self, path: str, offset_ms: int = 0) -> Playing:
        url = self.server.url(path)
        source = Source(location=url, is_file=False, proxy=web.guard_of(url), keep=self.keep)
        return Playing(track_id=1, source=source, offset_ms=offset_ms)

    @property
    def left(self) -> tuple[bool, bool]:
        """Whether there is a part, and the whole."""
        return Path(self.keep.part).exists(), Path(self.keep.whole).exists()


@asynccontextmanager
async def open_place(folder: Path, pages: dict[str, web.Handler], **changes: int) -> AsyncGenerator[Place]:
    async with web.open_web() as server:
        server.pages |= pages
        keep = Keep(
            part=str(folder / "k.part"),
            whole=str(folder / "k.whole"),
            max_bytes=1 << 20,
            least_s=SECONDS - 0.1,
        )
        yield Place(server, evolve(keep, **changes))


def read(playing: Playing, limit: int = ALL) -> list[RawFrame]:
    return frames_of(SteadyReader.open(playing), limit)


def read_kept(place: Place, offset_ms: int = 0) -> list[RawFrame]:
    source = Source(location=place.keep.whole, is_file=True)
    return read(Playing(track_id=1, source=source, offset_ms=offset_ms))


async def in_thread(playing: Playing, limit: int = ALL) -> list[RawFrame]:
    return await trio.to_thread.run_sync(read, playing, limit)


def hls(folder: Path, codec: str = "aac", rate: int = 44_100) -> dict[str, web.Handler]:
    """A playlist of six segments of half a second, and each of them."""
    pages: dict[str, web.Handler] = {}
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXT-X-VERSION:3"]
    whole = write_sound(folder / "whole.ts", codec, rate, seconds=SECONDS).read_bytes()
    # Transport streams may be cut at any packet of theirs.
    size = len(whole) // 6 // 188 * 188
    for number in range(6):
        piece = whole[number * size : (number + 1) * size if number < 5 else None]
        pages[f"/{number}.ts"] = web.a_file(piece)
        lines += ["#EXTINF:0.5,", f"{number}.ts"]
    text = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()
    return pages | {"/list.m3u8": web.answer("200 OK", text, "Content-Type: application/x-mpegurl")}


def _likeness(kept: Path, source: Path) -> float:
    heard, original = sound_of_file(kept), sound_of_file(source)
    # A decoder that is not told of the encoder's run-up lets it be heard: 25 ms of silence.
    lag = best_lag(heard, original, reach=240, probe=3000)
    return correlation(heard[max(0, lag) :], original[max(0, -lag) :])


async def test_opus_of_an_unknown_size_is_kept_as_it_is(tmp_path: Path, sounds: dict[str, Path]) -> None:
    body = sounds["ogg"].read_bytes()
    async with open_place(tmp_path, {"/a": chunked(body)}) as place:
        heard = await in_thread(place.playing("/a"))
        assert place.left == (False, True)
        kept = read_kept(place)
        assert kept == heard
        assert [frame.data for frame in kept if isinstance(frame, OpusPacket)] == packets_of_file(
            sounds["ogg"]
        )
        assert read_kept(place, 1000) == kept[-len(read_kept(place, 1000)) :]
        assert abs(len(kept) - len(read_kept(place, 1000)) - 50) <= 1
        assert len(place.server.asked) == 1


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav"])
async def test_other_codecs_are_kept_with_their_length(
    tmp_path: Path, sounds: dict[str, Path], kind: str
) -> None:
    async with open_place(tmp_path, {"/a": chunked(sounds[kind].read_bytes())}) as place:
        heard = await in_thread(place.playing("/a"))
        assert place.left == (False, True)
        assert abs(len(read_kept(place)) - len(heard)) <= 2
        assert abs(len(read_kept(place, 1000)) - len(heard) + 50) <= 2
        assert _likeness(Path(place.keep.whole), sounds[kind]) > 0.95  # lags are whole samples


async def test_a_list_of_segments_is_one_file_and_each_is_asked_for_once(tmp_path: Path) -> None:
    async with open_place(tmp_path, hls(tmp_path)) as place:
        heard = await in_thread(place.playing("/list.m3u8"))
        assert place.left == (False, True)
        assert abs(len(read_kept(place)) - len(heard)) <= 2
        assert abs(len(read_kept(place, 2000)) - 50) <= 4
        assert _likeness(Path(place.keep.whole), tmp_path / "whole.ts") > 0.99
        asked = [request.target for request in place.server.asked]
        assert sorted(asked) == sorted({*asked})


async def test_a_loop_and_a_seek_back_ask_nobody_once_all_was_read(tmp_path: Path) -> None:
    async with open_place(tmp_path, hls(tmp_path)) as place:
        heard = await in_thread(place.playing("/list.m3u8"))
        asked = len(place.server.asked)
        assert abs(len(await in_thread(place.playing("/list.m3u8"))) - len(heard)) <= 2
        assert abs(len(await in_thread(place.playing("/list.m3u8", 1000))) - len(heard) + 50) <= 4
        assert place.left == (False, True)
        assert len(place.server.asked) == asked


@pytest.mark.parametrize("crossfade_s", [0.0, 1.0])
async def test_a_loop_that_is_opened_ahead_asks_nobody_either(tmp_path: Path, crossfade_s: float) -> None:
    async with open_place(tmp_path, hls(tmp_path)) as place:
        first, again, third = (evolve(place.playing("/list.m3u8"), generation=number) for number in (0, 1, 2))
        async with open_call(track=first, next=again, crossfade_s=crossfade_s) as call:
            alone = await call.play_until(TrackEnded, 1)
            await call.want(track=again, next=third)
            for _ in range(3):
                await call.play(60)
            assert [fact.generation for fact in call.told(TrackEnded)] == [0, 1]
            await call.want(track=third, next=None)
            await call.play(200)
            assert [fact.generation for fact in call.told(TrackEnded)] == [0, 1, 2]
            overlap = round(crossfade_s * 50)
            assert abs(alone - 151) <= 3
            assert abs(len(call.ears.packets) - (3 * 151 - 2 * overlap)) <= 16, "no gap"
        asked = [request.target for request in place.server.asked]
        assert sorted(asked) == sorted({*asked})


async def test_a_loop_whose_first_round_is_cut_off_begins_at_once(tmp_path: Path) -> None:
    async with open_place(tmp_path, hls(tmp_path)) as place:
        first, again = (evolve(place.playing("/list.m3u8"), generation=number) for number in (0, 1))
        async with open_call(track=first, next=again) as call:
            await call.play(20)
            await call.want(track=again, next=None)
            await call.play_until(TrackEnded, 1, limit=200)
            assert [fact.generation for fact in call.told(TrackEnded)] == [1]


async def test_a_loop_waits_for_nothing_that_is_not_kept(tmp_path: Path) -> None:
    async with open_place(tmp_path, hls(tmp_path)) as place:
        place.keep = evolve(place.keep, part=str(tmp_path / "gone" / "k.part"))
        first, again = (evolve(place.playing("/list.m3u8"), generation=number) for number in (0, 1))
        async with open_call(track=first, next=again) as call:
            await call.play(20)
            asked = [request.target for request in place.server.asked]
            assert asked.count("/list.m3u8") == 2, "it is opened ahead"


async def test_a_missing_segment_is_a_hole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for missing in ("/3.ts", "/5.ts"):
        async with open_place(tmp_path, hls(tmp_path)) as place:
            del place.server.pages[missing]
            assert len(await in_thread(place.playing("/list.m3u8"))) > 50, "the song goes on"
            assert place.left == (False, False)
    lines = [record.getMessage() for record in caplog.records if record.name == "voice.keeping"]
    assert lines == [
        "a track is not kept: there is a hole in it",
        "a track is not kept: it ended too early",
    ]


async def test_what_is_one_file_of_a_known_size_is_not_kept_here(
    tmp_path: Path, sounds: dict[str, Path]
) -> None:
    async with open_place(tmp_path, {"/a": web.a_file(sounds["ogg"].read_bytes())}) as place:
        await in_thread(place.playing("/a"))
        assert place.left == (False, False)


async def test_a_seek_a_skip_and_a_broken_end_leave_nothing(tmp_path: Path, sounds: dict[str, Path]) -> None:
    body = sounds["ogg"].read_bytes()
    pages = {"/a": chunked(body), "/cut": chunked(body, len(body) // 2)}
    async with open_place(tmp_path, pages) as place:
        for path, offset_ms, limit in (("/a", 1000, ALL), ("/a", 0, 40), ("/cut", 0, ALL)):
            assert await in_thread(place.playing(path, offset_ms), limit)
            assert place.left == (False, False)


async def test_a_part_belongs_to_whoever_writes_it(tmp_path: Path, sounds: dict[str, Path]) -> None:
    async with open_place(tmp_path, {"/a": chunked(sounds["ogg"].read_bytes())}) as place:
        part = trio.Path(place.keep.part)
        await part.write_bytes(b"another's")
        assert await in_thread(place.playing("/a"))
        assert place.left == (True, False)
        assert await part.read_bytes() == b"another's"


async def test_what_grows_over_the_bound_is_given_up_once(
    tmp_path: Path, sounds: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    async with open_place(tmp_path, {"/a": chunked(sounds["ogg"].read_bytes())}, max_bytes=9000) as place:
        assert len(await in_thread(place.playing("/a"))) > 140, "the song goes on"
        assert place.left == (False, False)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "a track is not kept: it is too large"
    ]


async def test_a_disk_that_is_full_costs_a_line_and_no_sound(
    tmp_path: Path, sounds: dict[str, Path], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        """Takes the header and no more."""

        def __init__(self, output: object) -> None:
            self._output = output

        def mux(self, packet: object) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    begin: Callable[..., Keeping | None] = Keeping.begin

    def begin_on_full(*given: object) -> Keeping | None:
        keeping = begin(*given)
        assert keeping is not None
        monkeypatch.setattr(keeping, "_output", Full(keeping._output))
        return keeping

    monkeypatch.setattr(Keeping, "begin", begin_on_full)
    async with open_place(tmp_path, {"/a": chunked(sounds["ogg"].read_bytes())}) as place:
        assert len(await in_thread(place.playing("/a"))) > 140
        assert place.left == (False, False)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines == ["a track is not kept: No space left on device"]


async def test_a_place_that_cannot_be_written_costs_no_sound(tmp_path: Path, sounds: dict[str, Path]) -> None:
    async with open_place(tmp_path, {"/a": chunked(sounds["ogg"].read_bytes())}) as place:
        place.keep = evolve(place.keep, part=str(tmp_path / "gone" / "k.part"))
        assert len(await in_thread(place.playing("/a"))) > 140
        assert place.left == (False, False)
