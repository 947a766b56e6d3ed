"""Playlists on a whole bot: imported, listed, shown, exported and deleted, by slash and by prefix; killed."""

from pathlib import Path

from attrs import frozen

from sandbox.model.default import BEN_ID, DJ_ROLE_ID, MUSIC_ID
from sandbox.model.entities import Message, Upload
from sandbox.model.interaction import Interaction
from sandbox.people import Person
from tests.patience import until
from tests.scenarios.shows import says
from tests.scenarios.stage import Stage, open_stage, start_process, text_of

M3U = "#EXTM3U\n" + "".join(
    f"#EXTINF:{60 + number},Song {number:02}\nhttps://x.test/{number}.mp3\n" for number in range(20)
)
JSON = '{"name": "Own *one*", "entries": ["https://x.test/a.mp3", {"title": "T", "library": "sea.ogg"}, 5]}'


@frozen
class Scene:
    """A bot, and people with files."""

    stage: Stage

    @property
    def ben(self) -> Person:
        """Somebody else."""
        return self.stage.sandbox.people.of(BEN_ID)

    def bring(self, content: str, name: str = "", person: Person | None = None, **more: str) -> Interaction:
        """Attach a file to the slash command."""
        files = {"file": Upload(filename="my_songs.m3u8", content=content.encode())}
        options = ({"name": name} if name else {}) | more
        return (person or self.stage.ada).run_command(MUSIC_ID, "playlist import", options, files)

    def write(self, words: str, *contents: str) -> None:
        """Write the prefix form."""
        files = [Upload(filename="list.json", content=content.encode()) for content in contents]
        self.stage.ada.send_message(MUSIC_ID, words, files)

    def answer_of(self, interaction: Interaction) -> Message:
        """The message that answers."""
        assert interaction.original_id is not None
        return self.stage.sandbox.world.board.get(interaction.channel_id, interaction.original_id)

    def content_of(self, message: Message) -> str:
        """The one file of a message."""
        (attachment,) = message.attachments
        return attachment.content.decode()


async def test_playlists_come_and_go_by_both_forms(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        scene = Scene(stage)
        await imported(scene)
        await refused(scene)
        await found(scene)
        await carried_out_and_in(scene)
        await deleted(scene)


async def imported(scene: Scene) -> None:
    stage = scene.stage
    await says(stage, scene.bring(M3U), "Imported **my songs** with 20 tracks.")
    scene.write("!playlist import mine", JSON)
    await stage.reads("Imported **Own \\*one\\*** with 2 tracks. One entry was left out")
    await says(stage, scene.bring(M3U, "Ben's", scene.ben), "Imported **Ben's**")


async def refused(scene: Scene) -> None:
    stage = scene.stage
    assert "already" in await stage.answer_to(scene.bring(M3U))
    assert "no playlist" in await stage.answer_to(scene.bring("<html>", "x"))
    assert "at most 1024 kB" in await stage.answer_to(scene.bring("x" * (1 << 20) + "x", "x"))
    assert "1 to 80 characters" in await stage.answer_to(scene.bring(M3U, "x" * 81))
    assert "No playlist matches **nope**" in await stage.ask("playlist show", name="nope")
    assert "No playlist matches" in await stage.ask("playlist show", scene.ben, name="own")


async def found(scene: Scene) -> None:
    stage = scene.stage
    listed = await stage.ask("playlist list")
    rows = [line.partition(" · ")[0] for line in listed.split("\n")[1:]]
    assert rows == ["🏠 **Ben's**", "🏠 **my songs**", "👤 **Own \\*one\\***"]
    scene.write("!playlists server")
    await until(lambda: stage.read()[-1].startswith("Playlists\n"))
    assert "Own" not in stage.read()[-1]
    shown = stage.run("playlist show", name="SONGS")
    await says(stage, shown, "`15.` Song 14 (1:14)")
    pager = scene.answer_of(shown)
    assert "belong to the person" in await stage.answer_to(scene.ben.press(pager, button(pager, "▶")))
    stage.ada.press(pager, button(pager, "▶"))
    await until(lambda: "`20.` Song 19 (1:19)" in text_of(pager))
    typed = stage.ada.autocomplete(MUSIC_ID, "playlist load", "name", {"name": "o"})
    await stage.sandbox.people.answered(typed)
    assert [choice["name"] for choice in typed.choices] == ["Own *one*", "my songs"]


async def carried_out_and_in(scene: Scene) -> None:
    stage = scene.stage
    for form in ("m3u", "json"):
        export = stage.run("playlist export", name="my songs", format=form)
        await says(stage, export, "Here is **my songs** with 20 tracks.")
        answer = scene.answer_of(export)
        (attachment,) = answer.attachments
        assert attachment.filename == {"m3u": "my_songs.m3u8", "json": "my_songs.json"}[form]
        await says(stage, scene.bring(scene.content_of(answer), f"again {form}"), "with 20 tracks.")
        again = await stage.ask("playlist show", name=f"again {form}")
        assert "`2.` Song 01 (1:01)" in again
    scene.write("!playlist export my songs m3u server")
    await until(lambda: "Here is" in stage.read()[-1])
    assert "#EXTM3U" in scene.content_of(stage.ada.visible_messages(MUSIC_ID)[-1])


async def deleted(scene: Scene) -> None:
    stage = scene.stage
    await stage.ask("settings", name="dj_role", value=f"<@&{DJ_ROLE_ID}>")
    denied = await stage.ask("playlist delete", scene.ben, name="my songs")
    assert "who made it" in denied
    assert "Deleted **Ben's**" in await stage.ask("playlist delete", scene.ben, name="ben's")
    asked = stage.run("playlist delete", name="again")
    await says(stage, asked, "Which playlist do you mean?")
    picker = scene.answer_of(asked)
    stranger = scene.ben.press(picker, button(picker, "1"))
    assert "belongs to the person" in await stage.answer_to(stranger)
    stage.ada.press(picker, button(picker, "1"))
    await says(stage, asked, "Deleted **again json**")
    scene.write("!playlist delete again m3u")
    await stage.reads("Deleted **again m3u**, which had 20 tracks.")


def button(message: Message, label: str) -> str:
    items = [item for row in message.components for item in row["components"]]
    return next(str(item["custom_id"]) for item in items if item.get("label") == label)


async def test_killed_after_the_word_everything_is_there(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data", bot=False) as stage:
        scene = Scene(stage)
        bot = start_process(stage)
        await stage.until_ready()
        await says(stage, scene.bring(M3U, "first"), "Imported **first**")
        several = [scene.bring(M3U, f"list {number}") for number in range(5)]
        await says(stage, several[0], "Imported")
        bot.kill()
        told = [one for one in several if one.original_id and "Imported" in text_of(scene.answer_of(one))]

        before = set(stage.sandbox.gateway.hub.sessions)
        bot = start_process(stage)
        await until(lambda: bool(set(stage.sandbox.gateway.hub.sessions) - before))
        await stage.until_ready()
        listed = await stage.ask("playlist list")
        assert "**first** · 20 tracks" in listed
        rows = [line for line in listed.split("\n") if "**list" in line]
        assert len(rows) >= len(told) > 0
        assert all("· 20 tracks ·" in row for row in rows), "none is half there"
        assert bot.terminate() == 0
