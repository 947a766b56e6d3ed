"""Playlists and the library with music: what is saved plays again, in the order of words, whatever comes."""

from pathlib import Path

import trio

from sandbox.model.default import BEN_ID, MUSIC_ID
from sandbox.model.entities import Upload
from tests.scenarios.audio import write_tone
from tests.scenarios.shows import answer, fill_library, says, until_sound
from tests.scenarios.stage import Stage, open_stage

SONGS = ("alpha", "bravo", "charlie")


async def test_saved_queue_plays_again_whole_and_in_order(tmp_path: Path) -> None:
    song = write_tone(tmp_path / "song.ogg", seconds=30)
    sound = await trio.Path(song).read_bytes()
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONGS)
        await play_from_the_library(stage, sound)
        await save_and_load(stage)
        await play_by_its_name(stage)
        await load_what_is_left(stage)


async def play_from_the_library(stage: Stage, song: bytes) -> None:
    stage.sit()
    before = trio.current_time()
    uploaded = stage.ada.run_command(
        MUSIC_ID,
        "local upload",
        {"name": "first"},
        {"file": Upload(filename="x.ogg", content=song)},
    )
    await says(stage, uploaded, "Saved as **first.ogg**.")
    await says(stage, uploaded, "Track added: **first**")
    assert "Saved as **first.ogg**." in answer(stage, uploaded), "what was said stays above"
    await until_sound(stage, before)
    await says(stage, stage.run("local play", name="ALPH"), "Track added: **alpha**")
    stage.ada.send_message(MUSIC_ID, "!local play bravo")
    await stage.reads("Track added: **bravo**")
    elsewhere = stage.run("local play", stage.sandbox.people.of(BEN_ID), name="alpha")
    assert "voice channel" in await stage.answer_to(elsewhere)


async def save_and_load(stage: Stage) -> None:
    saved = stage.run("playlist save", name="Road trip")
    await says(stage, saved, "Saved **Road trip** with 3 tracks.")
    stage.ada.send_message(MUSIC_ID, "!playlist save Own trip mine")
    await stage.reads("Saved **Own trip** with 3 tracks.")
    await says(stage, stage.run("stop"), "Stopped")
    before = trio.current_time()
    loaded = stage.run("playlist load", name="road", scope="server")
    await says(stage, loaded, "Playlist added: **Road trip**, 3 tracks.")
    await until_sound(stage, before)
    queue = await stage.ask("queue")
    places = [queue.index(name) for name in ("first", "alpha", "bravo")]
    assert places == sorted(places)


async def play_by_its_name(stage: Stage) -> None:
    typed = stage.ada.autocomplete(MUSIC_ID, "play", "query", {"query": "road"})
    await stage.sandbox.people.answered(typed)
    assert typed.choices[0] == {"name": "🏠 Road trip", "value": "playlist: Road trip"}
    await says(stage, stage.run("stop"), "Stopped")
    played = stage.run("play", query="playlist: Road trip")
    await says(stage, played, "Playlist added: **Road trip**, 3 tracks.")
    stage.ada.send_message(MUSIC_ID, "!play playlist: nope")
    await stage.reads("I could not queue that: it is not there any more. `local list`")


async def load_what_is_left(stage: Stage) -> None:
    await says(stage, stage.run("local remove", track="alpha"), "Removed")
    await says(stage, stage.run("local rename", track="bravo", name="delta"), "Renamed")
    await says(stage, stage.run("stop"), "Stopped")
    stage.ada.send_message(MUSIC_ID, "!playlist load own mine")
    await stage.reads("One track cannot be played here and was skipped.")
    await stage.reads("Playlist added: **Own trip**, 2 tracks.")
    queue = await stage.ask("queue")
    assert "delta" in queue, "a file is found again under its new name"
    assert "alpha" not in queue
