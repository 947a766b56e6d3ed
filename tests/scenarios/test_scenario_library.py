"""The library on a whole bot: fetched, uploaded, listed, renamed and removed, by slash and by prefix; killed.

Nobody sits in voice here, so that files are kept and not queued.
"""

import errno
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import frozen

from sandbox.model.default import BEN_ID, DJ_ROLE_ID, GUILD_ID, MUSIC_ID
from sandbox.model.entities import Message, Upload
from sandbox.model.interaction import Interaction
from sandbox.people import Person
from tests.media.sounds import picture
from tests.media.web import Page, Request, Web, body, head, open_web, redirect
from tests.patience import until
from tests.scenarios.audio import write_tone
from tests.scenarios.shows import says
from tests.scenarios.stage import Stage, open_stage, start_process
from tests.scenarios.web import allow


@frozen
class Scene:
    """A bot and a web server that it may reach."""

    stage: Stage
    web: Web
    song: bytes

    @property
    def folder(self) -> Path:
        """The guild's library on disk."""
        return self.stage.data / "library" / str(int(GUILD_ID))

    @property
    def ben(self) -> Person:
        """Somebody else."""
        return self.stage.sandbox.people.of(BEN_ID)

    def files(self) -> list[str]:
        """What is there."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    def upload(self, name: str, content: bytes) -> Interaction:
        """Attach a file to the slash command."""
        files = {"file": Upload(filename=name, content=content)}
        return self.stage.ada.run_command(MUSIC_ID, "local upload", {}, files)

    def write(self, words: str, *files: Upload) -> Message:
        """Write the prefix form."""
        return self.stage.ada.send_message(MUSIC_ID, words, files)

    async def refused(self, interaction: Interaction, part: str) -> None:
        """Wait until somebody was told no."""
        assert part in await self.stage.answer_to(interaction)


def half(content: bytes, waits: trio.Event) -> Page:
    """Sends a half, and the rest when it may."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(
            head("200 OK", f"Content-Length: {len(content)}") + content[: len(content) // 2]
        )
        await waits.wait()
        await stream.send_all(content[len(content) // 2 :])

    return page


@asynccontextmanager
async def open_scene(folder: Path, waits: trio.Event, *, bot: bool = True) -> AsyncGenerator[Scene]:
    song = write_tone(folder / "song.ogg", seconds=0.5).read_bytes()
    pages = {
        "/song.ogg": body(song),
        "/no%20ending": body(song),
        "/picture.mp3": body(picture()),
        "/inside": redirect("http://10.0.0.1/song.ogg"),
        "/slow.ogg": half(song, waits),
    }
    async with (
        open_web(pages) as web,
        open_stage(folder / "data", bot=bot, allow_hosts=allow(web)) as stage,
    ):
        yield Scene(stage, web, song)


async def test_files_come_stay_change_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_scene(tmp_path, trio.Event()) as scene:
        with monkeypatch.context() as disk:
            disk.setattr("media.library.sync_file", full)
            await told_when_the_disk_is_full(scene)
        await fetched_by_both_forms(scene)
        await refused_for_what_it_is(scene)
        await found_and_listed(scene)
        await changed_by_both_forms(scene)
        await left_to_djs(scene)


def full(file: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def told_when_the_disk_is_full(scene: Scene) -> None:
    stage = scene.stage
    refused = stage.run("local download", url=scene.web.url("/song.ogg"))
    await says(stage, refused, "Not saved: my disk does not take it. Try again later;")
    assert await stage.ask("local list") == (
        "The library is empty. `local upload` or `local download` puts something into it."
    )
    assert not list((scene.folder.parent / ".blobs").iterdir())


async def fetched_by_both_forms(scene: Scene) -> None:
    stage, url = scene.stage, scene.web.url
    saved = stage.run("local download", url=url("/song.ogg"))
    await says(stage, saved, "Saved as **song.ogg**. Join a voice channel")
    scene.write(f"!local download {url('/no%20ending')} the sea")
    await stage.reads("Saved as **the sea.ogg**")
    await says(stage, scene.upload("../up:load.ogg", scene.song), "Saved as **")
    scene.write("!local upload song", Upload(filename="x.ogg", content=scene.song))
    await stage.reads("Saved as **song (1).ogg**")
    assert len(scene.files()) == 4
    assert {(scene.folder / name).read_bytes() for name in scene.files()} == {scene.song}
    blobs = list((scene.folder.parent / ".blobs").iterdir())
    assert len(blobs) == 1, "identical files are stored once"


async def refused_for_what_it_is(scene: Scene) -> None:
    stage, before = scene.stage, scene.files()
    picture_of = stage.run("local download", url=scene.web.url("/picture.mp3"))
    await says(stage, picture_of, "Not saved: ")
    inside = stage.run("local download", url=scene.web.url("/inside"))
    await says(stage, inside, "Not saved: 10.0.0.1 leads to a private address")
    scene.write("!local download not-a-link")
    await stage.reads("Not saved: that is no link")
    await says(stage, scene.upload("fake.ogg", b"OggS" + bytes(400)), "Not saved: ")
    assert scene.files() == before
    assert not list((scene.folder.parent / ".blobs").glob("*.part"))


async def found_and_listed(scene: Scene) -> None:
    stage = scene.stage
    assert "`1.` \\_" in await stage.ask("local list")
    before = len(stage.read())
    scene.write("!local")
    await until(lambda: len(stage.read()) > before + 1)
    assert "`4.` the sea.ogg" in stage.read()[-1]
    typed = stage.ada.autocomplete(MUSIC_ID, "local play", "name", {"name": "SON"})
    await stage.sandbox.people.answered(typed)
    assert [choice["value"] for choice in typed.choices] == ["song (1).ogg", "song.ogg"]
    assert "Join a voice channel first." in await stage.ask("local play", name="son")
    assert "Nothing in the library matches **xyz**" in await stage.ask("local play", name="xyz")


async def changed_by_both_forms(scene: Scene) -> None:
    stage = scene.stage
    renamed = await stage.ask("local rename", track="THE SEA", name="song")
    assert renamed == "Renamed **the sea.ogg** to **song (2).ogg**."
    scene.write('!local rename "song (1)" rain')
    await stage.reads("Renamed **song (1).ogg** to **rain.ogg**.")
    removed = stage.run("local remove", track="song")
    assert "Removed **song.ogg**" in await stage.answer_to(removed), "the exact one wins"
    asked = stage.run("local remove", track="o")
    await says(stage, asked, "Which one do you mean?")
    assert asked.original_id is not None
    picker = stage.sandbox.world.board.get(MUSIC_ID, asked.original_id)
    one = button(picker, "2")
    await scene.refused(scene.ben.press(picker, one), "belongs to the person")
    assert len(scene.files()) == 3
    stage.ada.press(picker, one)
    await says(stage, asked, "Removed **rain.ogg**")
    assert len(scene.files()) == 2


async def left_to_djs(scene: Scene) -> None:
    stage = scene.stage
    await stage.ask("settings", name="dj_role", value=f"<@&{DJ_ROLE_ID}>")
    before = scene.files()
    for name, options in (("local remove", {"track": "o"}), ("local rename", {"track": "o", "name": "x"})):
        assert "DJ role" in await stage.ask(name, scene.ben, **options)
    assert "`2.` " in await stage.ask("local list", scene.ben)
    assert scene.files() == before


def button(message: Message, label: str) -> str:
    items = [item for row in message.components for item in row["components"]]
    return next(str(item["custom_id"]) for item in items if item.get("label") == label)


async def test_killed_in_the_middle_of_a_download(tmp_path: Path) -> None:
    waits = trio.Event()
    async with open_scene(tmp_path, waits, bot=False) as scene:
        stage = scene.stage
        bot = start_process(stage)
        await stage.until_ready()
        saved = stage.run("local download", url=scene.web.url("/song.ogg"))
        await says(stage, saved, "Saved as **song.ogg**")
        slow = stage.run("local download", url=scene.web.url("/slow.ogg"))
        await says(stage, slow, "Downloading…")
        blobs = scene.folder.parent / ".blobs"
        await until(lambda: bool(list(blobs.glob("*.part"))))
        bot.kill()
        waits.set()
        assert scene.files() == ["song.ogg"], "what was told is there, the other is not"

        before = set(stage.sandbox.gateway.hub.sessions)
        bot = start_process(stage)
        await until(lambda: bool(set(stage.sandbox.gateway.hub.sessions) - before))
        await stage.until_ready()
        assert not list(blobs.glob("*.part"))
        await says(stage, slow, "I was stopped in the middle of this. If `local list` does not")
        assert await stage.ask("local list") == "Library\n`1.` song.ogg"
        again = stage.run("local download", url=scene.web.url("/slow.ogg"))
        await says(stage, again, "Saved as **slow.ogg**")
        assert bot.terminate() == 0
