"""The cache in the whole bot, before a web server that counts: each byte once, then nobody is asked."""

import json
from collections import Counter
from pathlib import Path

import pytest
from attrs import define

from sandbox.http.exchange import Response
from sandbox.model.entities import Attachment
from sandbox.rest import cdn
from tests.media.cache_bench import hls
from tests.media.web import Page, Web, body, open_web
from tests.patience import until
from tests.scenarios.audio import write_tone
from tests.scenarios.servers import Server, add_server
from tests.scenarios.shows import start_again
from tests.scenarios.stage import Stage, open_stage
from tests.scenarios.web import allow

SECONDS = 3.0


def page(web: Web, path: str) -> Page:
    """A page of a site that says what it plays and for how long."""
    told = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": "The song",
        "contentUrl": web.url(path),
        "duration": "PT3S",
    }
    text = f"<html><head><script type='application/ld+json'>{json.dumps(told)}</script></head></html>"
    return body(text.encode(), "text/html; charset=utf-8", ranges=False)


@define
class Scene:
    """A stage, a web whose page plays segments, and what was asked of it."""

    stage: Stage
    web: Web

    @property
    def segments(self) -> Counter[str]:
        """How often each segment was asked for."""
        return Counter(request.path for request in self.web.requests if request.path.endswith(".ts"))

    @property
    def kept(self) -> list[str]:
        """Endings in the cache's folder, empty for a whole track."""
        folder = self.stage.data / "cache"
        return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []

    def publish(self) -> str:
        """Put the page and its sound there; the page's link."""
        pages = hls()
        self.web.pages |= pages | {"/sound.m3u8": pages["/sound"], "/watch": page(self.web, "/sound.m3u8")}
        return self.web.url("/watch")

    async def until_kept(self) -> None:
        """Wait until a track is in the cache, and no half of one."""
        await until(lambda: self.kept == [""])


async def plays(server: Server, link: str) -> None:
    """Ask for a link and hear it."""
    before = len(server.capture.payloads())
    told = await server.outcome(server.play(link))
    assert told.startswith("Track added: ")
    await until(lambda: len(server.capture.payloads()) > before + 50)


async def test_what_one_server_has_heard_costs_the_next_one_nothing(tmp_path: Path) -> None:
    async with open_web({}) as web, open_stage(tmp_path / "data", allow_hosts=allow(web)) as stage:
        scene = Scene(stage, web)
        link = scene.publish()
        first, second = add_server(stage, 1), add_server(stage, 2)
        for server in (first, second):
            server.sit()
        await plays(first, link)
        await scene.until_kept()
        assert set(scene.segments.values()) == {1}
        assert len(scene.segments) == 6
        asked = len(web.requests)
        await plays(second, link)
        assert len(web.requests) == asked, "not even the page"
        await until(lambda: len(second.capture.payloads()) >= SECONDS * 50 - 3)


async def test_a_song_in_pieces_that_is_looped_is_fetched_once(tmp_path: Path) -> None:
    async with open_web({}) as web, open_stage(tmp_path / "data", allow_hosts=allow(web)) as stage:
        scene, server = Scene(stage, web), add_server(stage, 1)
        link = scene.publish()
        server.sit()
        await plays(server, link)
        looping = stage.ada.run_command(server.text_id, "loop", {"mode": "track"})
        assert await server.outcome(looping) == "Looping this track."
        await until(lambda: len(server.capture.payloads()) > 2.3 * SECONDS * 50)
        assert set(scene.segments.values()) == {1}
        assert len(scene.segments) == 6
        stage.ada.run_command(server.text_id, "stop", {})
        await scene.until_kept()


async def test_an_upload_is_asked_for_once_by_whoever_looks_plays_and_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    serve = cdn._serve

    def counting(attachment: Attachment, wanted: str | None) -> Response:
        asked.append(wanted)
        return serve(attachment, wanted)

    monkeypatch.setattr(cdn, "_serve", counting)
    song = write_tone(tmp_path / "song.ogg", seconds=SECONDS)
    async with open_stage(tmp_path / "data") as stage:
        server = add_server(stage, 1)
        server.sit()
        told = await server.outcome(server.play(file=stage.upload(song)))
        assert told.startswith("Track added: ")
        await until(lambda: len(server.capture.payloads()) >= SECONDS * 50 - 3)
        assert asked == [None], "whole, without a range"
        await server.reads("Played ")
        replayed = stage.ada.run_command(server.text_id, "replay", {})
        await server.outcome(replayed)
        await until(lambda: len(server.capture.payloads()) >= SECONDS * 100 - 6)
        assert asked == [None]
        assert Scene(stage, Web(0)).kept == [""]


async def test_a_kill_in_mid_song_leaves_nothing_half_there(tmp_path: Path) -> None:
    async with (
        open_web({}) as web,
        open_stage(tmp_path / "data", bot=False, allow_hosts=allow(web)) as stage,
    ):
        scene = Scene(stage, web)
        link = scene.publish()
        server = add_server(stage, 1)
        bot, _ = await start_again(stage)
        server.sit()
        await plays(server, link)
        assert scene.kept != [""]
        bot.kill()
        server.stage.ada.leave_voice()
        bot, _ = await start_again(stage)
        await until(lambda: scene.kept == [])
        once = scene.segments
        server.sit()
        await plays(server, link)
        await scene.until_kept()
        assert all(scene.segments[path] > count for path, count in once.items()), "fetched anew"
