"""A source whose connection breaks is read to its end, without a gap and without a repetition."""

from pathlib import Path

import av.logging
import pytest
import trio

from tests.voice import web
from tests.voice.reading import ALL, frames_of
from tests.voice.sounds import correlation, packets_of_file, sound_of_file, sound_of_packets
from voice.codecs import encode, new_opus_encoder
from voice.protocol import Playing, Reason, Source
from voice.slots import Pcm, RawFrame
from voice.source import SourceFailed
from voice.steady import ATTEMPTS, SteadyReader
from voice.unpacking import new_frame

av.logging.set_level(None)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice.steady.PAUSE_S", 0.0)


def read(url: str, offset_ms: int, limit: int) -> list[RawFrame]:
    source = Source(location=url, is_file=False, proxy=web.guard_of(url))
    return frames_of(SteadyReader.open(Playing(track_id=1, source=source, offset_ms=offset_ms)), limit)


async def read_url(url: str, offset_ms: int = 0, limit: int = ALL) -> list[RawFrame]:
    return await trio.to_thread.run_sync(read, url, offset_ms, limit)


def heard(frames: list[RawFrame]) -> list[bytes]:
    encoder = new_opus_encoder()
    return [
        packet
        for number, frame in enumerate(frames)
        if isinstance(frame, Pcm)
        for packet in encode(encoder, new_frame(frame.data, number * 960))
    ]


@pytest.mark.parametrize("ranges", [True, False])
async def test_packets_of_a_cut_source_are_all_there_once(sounds: dict[str, Path], *, ranges: bool) -> None:
    async with web.open_web() as server:
        ogg = sounds["ogg"].read_bytes()
        size = 20_000 if ranges else 50_000  # less than that is too little to recognize it by
        server.pages = {"/ogg": web.cutting(ogg, size, ranges=ranges)}
        found = [frame.data for frame in await read_url(server.url("/ogg"))]
        assert found == packets_of_file(sounds["ogg"])
        assert len(server.asked) > 1


async def test_what_is_decoded_goes_on_where_it_was(sounds: dict[str, Path]) -> None:
    async with web.open_web() as server:
        body = sounds["mp3"].read_bytes()
        server.pages = {"/cut": web.cutting(body, 2 * len(body) // 3, ranges=False)}
        frames = await read_url(server.url("/cut"))
        assert abs(len(frames) - 151) <= 3
        sound, source = sound_of_packets(heard(frames)), sound_of_file(sounds["mp3"])
        second = 8000
        for start in (0, len(source) - second):
            part = source[start : start + second]
            # Within 20 ms of its place: where a server knows no ranges, the time of an mp3 is an estimate.
            around = [sound[max(0, start + lag) : start + lag + second] for lag in range(-160, 320, 4)]
            assert max(correlation(one, part) for one in around) > 0.9, "nothing missing, nothing twice"


async def test_a_radio_that_breaks_goes_on_at_its_live_edge(sounds: dict[str, Path]) -> None:
    frames = packets_of_file(sounds["mp3"])

    async def short_radio(_request: web.Request, stream: web.Stream) -> None:
        live = b"".join(frames[10 * len(server.asked) :])
        await stream.send_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await stream.send_all(f"{len(live):x}\r\n".encode() + live[:30_000])

    async with web.open_web() as server:
        server.pages = {"/radio": short_radio}
        assert len(await read_url(server.url("/radio"), 60_000, limit=200)) == 200
        assert len(server.asked) >= 3


async def test_it_gives_up_when_nothing_new_comes(sounds: dict[str, Path]) -> None:
    async with web.open_web() as server:
        server.pages = {"/cut": web.cut(sounds["mp3"].read_bytes(), 30_000)}
        with pytest.raises(SourceFailed) as caught:
            await read_url(server.url("/cut"))
        assert caught.value.reason is Reason.NETWORK
        assert len(server.asked) <= 1 + ATTEMPTS
