"""The link of a song that no video is surely: asked, chosen, heard, and remembered; by slash and prefix."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import evolve

from media.extractor.contract import Extractor
from media.look import Looker
from media.resolve import Source
from media.room import Media, MediaConfig, open_media
from media.services.songs import ServiceBases
from sandbox.model.default import MUSIC_ID
from sandbox.model.entities import Message
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.service_pages import TRACK, embed_track
from tests.media.web import body, open_web
from tests.patience import until
from tests.scenarios.shows import until_sound
from tests.scenarios.stage import Stage, open_stage, text_of
from tests.scenarios.web import allow

LINK = f"https://open.spotify.com/track/{TRACK}"
WORDS = "Rick Astley Never Gonna Give You Up"
ASKS = "Nothing on YouTube is surely Never Gonna Give You Up (at least 60 % sure). Which one is it?"
FINDS = (
    entry("coverrrrrrr", "Never Gonna Give You Up (Cover)", uploader="X", duration_s=213.0),
    entry("otherrrrrrr", "Rick Astley - Together Forever", uploader="Rick Astley", duration_s=205.0),
)


@asynccontextmanager
async def open_with(
    base: str,
    youtube: FakeExtractor,
    config: MediaConfig,
    more: Callable[[Looker, Extractor | None], Sequence[Source]],
) -> AsyncGenerator[Media]:
    """The room of media with a Spotify and a YouTube of the test's own."""
    async with open_media(evolve(config, bases=ServiceBases(spotify_web=base)), more, ask=youtube) as media:
        yield media


def pickers(stage: Stage) -> list[Message]:
    seen = stage.ada.visible_messages(MUSIC_ID)
    return [one for one in seen if ASKS in text_of(one) and one.components]


def button(message: Message, label: str) -> str:
    items = [item for row in message.components for item in row["components"]]
    return next(str(item["custom_id"]) for item in items if item.get("label") == label)


async def test_an_unsure_song_is_chosen_once(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    youtube = FakeExtractor()
    youtube.finds[WORDS] = FINDS
    pages = {
        f"/embed/track/{TRACK}": body(embed_track().encode(), "text/html; charset=utf-8"),
        "/song.ogg": body(song.read_bytes(), "audio/ogg"),  # noqa: ASYNC240 - a small file
    }
    async with open_web(pages) as web:
        for find in FINDS:
            youtube.put(video(find.id, web.url("/song.ogg"), duration_s=find.duration_s))
        monkeypatch.setattr("cli.rooms.open_media", partial(open_with, web.url(""), youtube))
        async with open_stage(tmp_path / "data", allow_hosts=allow(web)) as stage:
            stage.sit()
            stage.run("play", query=LINK)
            await until(lambda: bool(pickers(stage)))
            (picker,) = pickers(stage)
            assert "Never Gonna Give You Up (Cover) · X (3:33) · " in text_of(picker)
            stage.ada.press(picker, button(picker, "Cancel"))
            await until(lambda: not pickers(stage))

            stage.ada.send_message(MUSIC_ID, f"!play {LINK}")
            await until(lambda: bool(pickers(stage)))
            (picker,) = pickers(stage)
            cover = "1" if "**1.** Never" in text_of(picker) else "2"
            began = trio.current_time()
            stage.ada.press(picker, button(picker, cover))
            await stage.reads("Track added: **Never Gonna Give You Up** (3:33)")
            await until_sound(stage, began)

            searched = len(youtube.searched)
            assert "Stopped" in await stage.ask("stop")
            began = trio.current_time()
            stage.run("play", query=LINK)
            await until_sound(stage, began)
            assert not pickers(stage)
            assert len(youtube.searched) == searched, "what was chosen counts from now on"
