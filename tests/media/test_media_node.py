"""What the voice node really reads: FFmpeg through the guard, its bytes kept, a radio's titles heard."""

from functools import partial
from pathlib import Path

import pytest
import trio

from gateway_client.ids import GuildId
from media.extractor.service import ExtractorConfig
from media.room import Media, MediaConfig, open_media
from media.tracks import Playable, SourceKind, TextQuery, Track
from tests.media.conftest import PROBE_ARGV, OpenRoom
from tests.media.extracting import EXTRACTOR_ARGV
from tests.media.fake_extractor import FakeExtractor, video
from tests.media.sounds import sound
from tests.media.test_media_sites import WATCH, open_sites
from tests.media.web import Request, body, head, open_web
from tests.patience import PATIENCE_S
from tests.voice.reading import frames_of
from tests.voice.sounds import packets_of_file
from voice.protocol import Playing, Source
from voice.slots import RawFrame
from voice.source import open_source
from voice.steady import SteadyReader

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
        assert await _kept(media, track) == content
        assert await _play(media, await media.resolver.open(track)) == played


def _read(source: Source) -> list[RawFrame]:
    """Read as the node does, to the end."""
    return frames_of(SteadyReader.open(Playing(track_id=1, source=source)))


async def test_chunks_that_break_off_with_their_connection_go_on(tmp_path: Path, open_room: OpenRoom) -> None:
    content, calls = sound("ogg", 4.0), 0
    (tmp_path / "whole.ogg").write_bytes(content)

    async def chunks(stream: trio.abc.Stream, request: Request) -> None:
        nonlocal calls
        calls += 1
        await stream.send_all(head("200 OK", "Transfer-Encoding: chunked") + b"%x\r\n" % len(content))
        await stream.send_all(content[: 2 * len(content) // 3] if calls == 1 else content + b"\r\n0\r\n\r\n")

    async with open_web({"/a": chunks}) as web, open_room() as media:
        track = Track(key="k", title="t", source=SourceKind.DIRECT, locator=web.url("/a"))
        playable = await media.resolver.open(track)
        source = Source(location=playable.location, is_file=False, proxy=playable.proxy)
        frames = await trio.to_thread.run_sync(_read, source)
        media.resolver.release(playable)
        assert [frame.data for frame in frames] == packets_of_file(tmp_path / "whole.ogg")
        assert calls == 2


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


async def test_a_page_is_read_played_and_kept_with_the_real_extractor(tmp_path: Path) -> None:
    content = sound("mp3", 5.0)
    page = b'<!DOCTYPE html><html><title>My player</title><audio src="/a.mp3"></audio>'
    extractor = ExtractorConfig(argv=EXTRACTOR_ARGV, folder=tmp_path / "extractor", renews=False)
    config = MediaConfig(
        folder=tmp_path, probe_argv=PROBE_ARGV, allow_hosts=["127.0.0.1"], extractor=extractor, suggest_url=""
    )
    pages = {"/player": body(page, "text/html"), "/a.mp3": body(content, "audio/mpeg")}
    async with open_web(pages) as web, open_media(config) as media:
        (track,) = (await media.resolver.resolve(TextQuery(text=web.url("/player")), GUILD)).tracks
        assert track.source is SourceKind.SITE
        assert track.title.startswith("My player")
        assert track.duration_s == pytest.approx(5.0, abs=0.2), "the page does not say it, the sound does"
        assert await _play(media, await media.resolver.open(track, GUILD)) > 100
        assert await _kept(media, track) == content


async def _kept(media: Media, track: Track) -> bytes:
    with trio.fail_after(PATIENCE_S):
        while not (again := await media.resolver.open(track)).is_file:
            media.resolver.release(again)
            await trio.sleep(0.005)
    return await trio.Path(again.location).read_bytes()
