"""What the voice node really reads: FFmpeg through the guard, its bytes kept, a radio's titles heard."""

from functools import partial
from pathlib import Path

import pytest
import trio

from gateway_client.ids import GuildId
from media.room import Media
from media.tracks import Playable, SourceKind, TextQuery, Track
from tests.media.conftest import OpenRoom
from tests.media.fake_extractor import FakeExtractor, video
from tests.media.sounds import sound
from tests.media.test_media_sites import WATCH, open_sites
from tests.media.web import Request, body, open_web
from voice.protocol import Source
from voice.source import open_source

GUILD = GuildId(5)


def _listen(source: Source, packets: int | None = None) -> int:
    """Demux as the node does; how many packets there were."""
    container, stream = open_source(source)
    count = 0
    with container:
        for packet in container.demux(stream):
            count += 1 if packet.size else 0
            if count == packets:
                break
    return count


async def _play(media: Media, playable: Playable, packets: int | None = None) -> int:
    source = Source(
        location=playable.location,
        is_file=playable.is_file,
        proxy=playable.proxy,
        headers=playable.headers,
    )
    count = await trio.to_thread.run_sync(partial(_listen, source, packets))
    media.resolver.release(playable)
    return count


@pytest.mark.parametrize("kind", ["webm", "m4a", "mp3", "ogg"])
async def test_a_track_that_ffmpeg_played_to_its_end_is_kept(tmp_path: Path, kind: str) -> None:
    content = sound(kind, 20.0)
    extractor = FakeExtractor()
    async with (
        open_web({"/a": body(content, f"audio/{kind}")}) as web,
        open_sites(tmp_path, extractor) as media,
    ):
        extractor.put(video("aaaaaaaaaaa", web.url("/a"), duration_s=20.0))
        (track,) = (await media.resolver.resolve(TextQuery(text=f"{WATCH}aaaaaaaaaaa"), GUILD)).tracks
        played = await _play(media, await media.resolver.open(track))
        assert web.requests[0].headers["x-site"] == "1"
        with trio.fail_after(3):
            while not (again := await media.resolver.open(track)).is_file:
                media.resolver.release(again)
                await trio.sleep(0.005)
        assert await trio.Path(again.location).read_bytes() == content
        assert await _play(media, again) == played


async def test_a_radio_names_its_titles_to_ffmpeg_and_to_us(open_room: OpenRoom) -> None:
    tone = sound("mp3", 20.0)
    text = b"StreamTitle='Artist - Song';"
    size = -(-len(text) // 16)
    told = bytes([size]) + text.ljust(size * 16, b"\0")

    async def radio(stream: trio.abc.Stream, request: Request) -> None:
        assert request.headers["icy-metadata"] == "1"
        await stream.send_all(b"ICY 200 OK\r\nContent-Type: audio/mpeg\r\nicy-metaint: 8192\r\n\r\n")
        for start in range(0, len(tone) - 8192, 8192):
            await stream.send_all(tone[start : start + 8192] + told)

    heard: list[str] = []
    async with open_web({"/radio": radio}) as web, open_room() as media:
        track = Track(key="k", title="t", source=SourceKind.DIRECT, locator=web.url("/radio"), live=True)
        playable = await media.resolver.open(track)
        media.resolver.on_title(playable, heard.append)
        assert await _play(media, playable, packets=200) == 200
    assert heard == ["Artist - Song"]
