"""Every command, menu entry and button that is declared, by slash and by prefix, on one whole bot.

Two servers play the same stories at the same time, one in each form; the bot may do there what the README's
invitation asks for and nothing more. What a command does in depth is looked at by the scenario of its slice.
"""

import logging
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve

import cli.rooms
from actors.gather import performer
from actors.members import ride
from actors.player import panel_sheets
from media.room import Media, MediaConfig, open_media
from media.services.songs import ServiceBases
from sandbox.model.interaction import InteractionState
from tests.declared import declared_registry, declared_slices
from tests.media import service_pages as pages
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.web import Web, body, open_web
from tests.scenarios.every_command import commands_of, menus_of, presses_of, typed_of
from tests.scenarios.every_command_music import MUSIC
from tests.scenarios.every_command_people import PEOPLE_STORY
from tests.scenarios.every_command_place import (
    TWIN,
    Form,
    Place,
    add_twin,
    leave_the_bot_its_invitation,
)
from tests.scenarios.every_command_telling import Telling
from tests.scenarios.shows import fill_library
from tests.scenarios.stage import Stage, open_stage
from tests.scenarios.web import allow

STORIES = (MUSIC, PEOPLE_STORY)
IN_LIBRARY = ("alpha", "bravo", "charlie", "echo", "harbour lights", "northern lights")
WORDS = "Rick Astley Never Gonna Give You Up"


def test_every_declared_command_has_a_row() -> None:
    declared = {command.name for command in declared_registry().commands}
    assert commands_of(STORIES) == declared


def test_every_declared_menu_entry_has_a_row() -> None:
    declared = {command.menu.name for command in declared_registry().commands if command.menu is not None}
    assert menus_of(STORIES) == declared


def test_every_declared_button_has_a_row() -> None:
    forms = {("members", "rename")}  # submitted, not pressed: the story fills it in
    declared = {(part.kind, one.verb) for part in declared_slices() for one in part.components}
    assert presses_of(STORIES) == declared - forms


def test_every_option_with_autocomplete_has_a_row() -> None:
    commands = declared_registry().commands
    assert typed_of(STORIES) == {
        (one.name, part.name) for one in commands for part in one.options if part.autocomplete
    }


def with_song(site: FakeExtractor, sound_url: str) -> FakeExtractor:
    """A song that a music service names, and what YouTube has of it."""
    song = entry(
        "dQw4w9WgXcQ", "Rick Astley - Never Gonna Give You Up", uploader="Rick Astley", duration_s=218.0
    )
    cover = entry("coverrrrrrr", "Never Gonna Give You Up (Cover)", uploader="X", duration_s=213.0)
    site.finds[WORDS] = (song, cover)
    for one in (song, cover):
        site.put(video(one.id, sound_url))
    return site


def use_services(monkeypatch: pytest.MonkeyPatch, web: Web) -> None:
    """Let Spotify and YouTube be the tests' own."""
    site = with_song(FakeExtractor(), web.url("/song.ogg"))
    bases = ServiceBases(spotify_web=web.url(""))

    def opened(config: MediaConfig, *more: Any) -> AbstractAsyncContextManager[Media]:
        return open_media(evolve(config, bases=bases, suggest_url=""), *more, ask=site)

    monkeypatch.setattr(cli.rooms, "open_media", opened)


async def test_every_command_in_both_forms(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(performer, "EDIT_DISTANCE_S", 0.02)
    monkeypatch.setattr(panel_sheets, "EDIT_EVERY_S", 0.05)
    monkeypatch.setattr(ride, "PAUSE_S", 0.1)
    content = song.read_bytes()  # noqa: ASYNC240 - a small file
    answers = {
        "/song.ogg": body(content, "audio/ogg"),
        f"/embed/track/{pages.TRACK}": body(pages.embed_track().encode(), "text/html; charset=utf-8"),
    }
    async with open_web(answers) as web:
        use_services(monkeypatch, web)
        async with open_stage(tmp_path / "data", bot=False, allow_hosts=allow(web)) as stage:
            add_twin(stage)
            leave_the_bot_its_invitation(stage)
            slash, written = open_places(stage, web, content, song)
            await stage.start_bot()
            tellings = [Telling(place, story) for place in (slash, written) for story in STORIES]
            async with trio.open_nursery() as nursery:
                for telling in tellings:
                    nursery.start_soon(telling.tell)
            half = len(STORIES)
            for ours, theirs in zip(tellings[:half], tellings[half:], strict=True):
                assert ours.told == theirs.told, "slash and prefix answer alike"
            states = {asked.state for place in (slash, written) for asked in place.asked}
            assert not states & {InteractionState.PENDING, InteractionState.FAILED}


def open_places(stage: Stage, web: Web, content: bytes, song: Path) -> tuple[Place, Place]:
    """The server of slash commands and that of written ones, Ada and Ben sitting in both."""
    slash = Place(stage, Form.SLASH, declared_registry(), 0)
    written = Place(stage, Form.WRITTEN, declared_registry(), TWIN)
    for place, zoned in ((slash, "dan"), (written, "cleo")):
        fill_library(stage, song, IN_LIBRARY, place.guild_id)
        place.names |= {"web": web.url(""), "song": pages.TRACK, "zoned": zoned}
        place.files |= {"delta.ogg": content, "morning.m3u": b"#EXTM3U\nalpha.ogg\nbravo.ogg\n"}
        for name in ("ada", "ben"):
            place.sit(name)
    return slash, written
