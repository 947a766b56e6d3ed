"""The library's commands: fetching with progress, matching, pickers, renaming, removing, lists."""

from collections.abc import Callable

import trio
import trio.testing
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.arrows import Turn
from actors.core.declare import Completion, Slice
from actors.core.music import LibraryFile
from actors.core.work import Stage, WorkKind
from actors.library.declaration import library_slice, suggest
from actors.library.messages import Download, PlayFile, Remove, Rename, ShowFiles, Upload
from actors.library.view import PAGE
from actors.picker.messages import Cancel, Pick
from actors.rest.payloads import Message
from actors.store.errors import DiskFull
from cli.slices import SCHEMAS
from gateway_client.ids import GuildId, MessageId
from media.errors import MediaError, MediaFailure
from media.library_fetch import Progress
from media.names import match_names, numbered, split_extension
from media.tracks import AttachmentQuery
from tests.core.fakes import BOB, GUILD, FakeReply, facts
from tests.library.rig import House, all_said, labels, open_house, refused, said
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock
FILE = AttachmentQuery(url="https://cdn.test/a.mp3", filename="a.mp3", size=5)


@define(eq=False)
class FakeShelf:
    """Names in memory; refuses what the real one refuses."""

    files: dict[GuildId, list[str]] = field(factory=dict[GuildId, list[str]])
    fails: OSError | None = None

    def names(self, guild_id: GuildId) -> list[str]:
        if self.fails is not None:
            raise self.fails
        return sorted(self.files.get(guild_id, []), key=str.casefold)

    def match(self, guild_id: GuildId, text: str) -> list[str]:
        return match_names(self.names(guild_id), text)

    async def rename(self, guild_id: GuildId, name: str, to: str) -> str:
        await trio.lowlevel.checkpoint()
        names = self.names(guild_id)
        if name not in names:
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        wanted, number = to + split_extension(name)[1], 0
        while numbered(wanted, number) in names:
            number += 1
        self.files[guild_id] = [*(one for one in names if one != name), numbered(wanted, number)]
        return numbered(wanted, number)

    async def remove(self, guild_id: GuildId, name: str) -> None:
        await trio.lowlevel.checkpoint()
        if name not in self.names(guild_id):
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        self.files[guild_id].remove(name)


@define(eq=False)
class FakeFetcher:
    """Takes as long as a test says, a megabyte every 1.1 seconds, and puts files on the shelf."""

    shelf: FakeShelf
    seconds: int = 0
    total: int | None = 20_000_000
    error: MediaError | None = None
    stall_s: float = 0
    at_once: int = 0
    most_at_once: int = 0

    async def download(
        self, guild_id: GuildId, link: str, name: str | None, hear: Callable[[Progress], None]
    ) -> str:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for second in range(self.seconds):
                await trio.sleep(1.1)
                hear(Progress((second + 1) * 1_000_000, self.total))
            await trio.sleep(self.stall_s)
        finally:
            self.at_once -= 1
        if self.error is not None:
            raise self.error
        final = name or link.rpartition("/")[2]
        self.shelf.files.setdefault(guild_id, []).append(final)
        return final

    async def upload(
        self, guild_id: GuildId, file: AttachmentQuery, name: str | None, hear: Callable[[Progress], None]
    ) -> str:
        return await self.download(guild_id, file.filename, name, hear)


def shelf(*names: str) -> FakeShelf:
    return FakeShelf({GUILD: list(names)})


def library(files: FakeShelf, fetcher: FakeFetcher | None = None) -> Slice:
    return library_slice(shelf=files, fetcher=fetcher or FakeFetcher(files))


def queued(house: House) -> list[str]:
    wishes = [wish for asked in house.band.wishes for wish in asked.wishes]
    return [wish.name for wish in wishes if isinstance(wish, LibraryFile)]


async def test_download_is_told_saved_and_then_queued(autojump_clock: Clock) -> None:
    async with open_house(library(shelf())) as house:
        asked = await house.ask(Download(url="https://x.test/*song*.mp3"))
        words = [
            "⬇️ Downloading…",
            "Saved as **\\*song\\*.mp3**.",
            "Saved as **\\*song\\*.mp3**.\nTrack added",
        ]
        assert all_said(asked) == words
        assert queued(house) == ["*song*.mp3"]
        assert asked.work.stage is Stage.DONE


async def test_upload_takes_a_name(autojump_clock: Clock) -> None:
    files = shelf()
    async with open_house(library(files)) as house:
        await house.ask(Upload(file=FILE, name="storm.mp3"))
        assert queued(house) == files.names(GUILD) == ["storm.mp3"]


async def test_whoever_cannot_hear_it_gets_the_file_and_a_hint(autojump_clock: Clock) -> None:
    async with open_house(library(shelf())) as house:
        asked = await house.ask(Upload(file=FILE), room=None)
        assert said(asked).startswith("Saved as **a.mp3**. Join a voice channel")
        assert queued(house) == []
        assert asked.work.stage is Stage.DONE


async def test_large_file_shows_progress_every_five_seconds_and_no_oftener(autojump_clock: Clock) -> None:
    files = shelf()
    async with open_house(library(files, FakeFetcher(files, seconds=12))) as house:
        asked = await house.ask(Download(url="https://x.test/a.mp3"))
        assert (asked.work.stage, asked.work.kind) == (Stage.STARTED, WorkKind.DOWNLOADING)
        await trio.sleep(30)
        assert all_said(asked)[1:3] == [
            "⬇️ Downloading… 4.0 of 20.0 MB (20 %)",
            "⬇️ Downloading… 9.0 of 20.0 MB (45 %)",
        ]
        assert all_said(asked)[3].startswith("Saved")


async def test_length_that_nobody_tells_is_not_guessed(autojump_clock: Clock) -> None:
    files = shelf()
    async with open_house(library(files, FakeFetcher(files, seconds=7, total=None))) as house:
        asked = await house.ask(Download(url="https://x.test/a.mp3"), wait_s=6)
        assert said(asked) == "⬇️ Downloading… 4.0 MB"


async def test_progress_without_news_costs_no_edit(autojump_clock: Clock) -> None:
    files = shelf()
    fetcher = FakeFetcher(files, seconds=2, stall_s=60)
    async with open_house(library(files, fetcher)) as house:
        asked = await house.ask(Download(url="https://x.test/a.mp3"), wait_s=50)
        assert len(all_said(asked)) == 2


async def test_failure_is_one_sentence_and_nothing_is_queued(autojump_clock: Clock) -> None:
    files = shelf()
    full = MediaError(kind=MediaFailure.DISK, detail="No space left on device")
    async with open_house(library(files, FakeFetcher(files, error=full))) as house:
        asked = await house.ask(Download(url="https://x.test/a.mp3"))
        assert said(asked).startswith("Not saved: my disk does not take it.")
        assert asked.work.stage is Stage.FAILED
        assert queued(house) == []


async def test_three_fetches_run_at_once_and_the_others_wait_their_turn(autojump_clock: Clock) -> None:
    files = shelf()
    fetcher = FakeFetcher(files, seconds=3)
    async with open_house(library(files, fetcher)) as house:
        asked = [await house.ask(Download(url=f"https://x.test/{number}.mp3")) for number in range(5)]
        assert [one.work.kind for one in asked].count(WorkKind.DOWNLOADING) == 3
        assert all_said(asked[4]) == []
        await trio.sleep(10)
        assert fetcher.most_at_once == 3
        assert queued(house) == [f"{number}.mp3" for number in range(5)]


async def test_other_commands_do_not_wait_for_a_download(autojump_clock: Clock) -> None:
    files = shelf("sea.ogg")
    async with open_house(library(files, FakeFetcher(files, seconds=60))) as house:
        await house.ask(Download(url="https://x.test/a.mp3"))
        await house.ask(PlayFile("sea"))
        assert queued(house) == ["sea.ogg"]


async def test_stop_tells_those_who_wait_for_a_file(autojump_clock: Clock) -> None:
    files = shelf()
    async with open_house(library(files, FakeFetcher(files, seconds=60))) as house:
        asked = await house.ask(Download(url="https://x.test/a.mp3"))
        await house.population.close()
        await trio.sleep(1)
        assert "stopped in the middle" in said(asked)
        assert files.names(GUILD) == []


async def test_answer_that_a_kill_has_left_open_is_closed_after_the_start(autojump_clock: Clock) -> None:
    files, store = shelf(), MemoryStore(SCHEMAS)
    async with open_house(library(files, FakeFetcher(files, seconds=60)), store=store) as house:
        await house.ask(Download(url="https://x.test/a.mp3"))
        done = await house.ask(Upload(file=FILE), wait_s=70)
        await house.ask(Download(url="https://x.test/b.mp3"))
        assert "Saved" in said(done)
    async with open_house(library(files), store=store) as house:
        house.outside.rest.messages[MessageId(777)] = Message(content="⬇️ Downloading…")
        house.population.wake(Address("library", GUILD))
        await trio.sleep(1)
        assert "stopped in the middle" in house.outside.rest.messages[MessageId(777)].content
        assert house.outside.rest.log == [f"edit {house.outside.rest.messages[MessageId(777)].content}"]
    async with open_house(library(files), store=store) as house:
        house.population.wake(Address("library", GUILD))
        await trio.sleep(1)
        assert house.outside.rest.log == []


async def test_stop_leaves_no_answer_to_close(autojump_clock: Clock) -> None:
    files, store = shelf(), MemoryStore(SCHEMAS)
    async with open_house(library(files, FakeFetcher(files, seconds=60)), store=store) as house:
        await house.ask(Download(url="https://x.test/a.mp3"))
        assert len(await store.load_all("library")) == 1
        await house.population.close()
    assert await store.load_all("library") == []


async def test_store_that_refuses_costs_no_download(autojump_clock: Clock) -> None:
    files, store = shelf(), MemoryStore(SCHEMAS, fail_with=DiskFull("full"))
    async with open_house(library(files, FakeFetcher(files, seconds=2)), store=store) as house:
        asked = await house.ask(Download(url="https://x.test/a.mp3"), wait_s=5)
        assert "Saved" in said(asked)


async def test_part_of_a_name_is_enough_and_the_exact_one_wins(autojump_clock: Clock) -> None:
    async with open_house(library(shelf("sea.ogg", "Sea Storm.mp3"))) as house:
        await house.ask(PlayFile("STORM"))
        await house.ask(PlayFile("sea"))
        assert queued(house) == ["Sea Storm.mp3", "sea.ogg"]
        nothing = await house.ask(PlayFile("*rain*"))
        assert refused(nothing).startswith("Nothing in the library matches **\\*rain\\***.")
        assert nothing.work.stage is Stage.FAILED


async def test_several_matches_are_a_picker_that_others_cannot_press(autojump_clock: Clock) -> None:
    async with open_house(library(shelf("sea 1.ogg", "sea 2.ogg"))) as house:
        asked = await house.ask(PlayFile("sea"))
        assert "Which one do you mean?" in said(asked)
        stranger = await house.press("picker", Pick(0), BOB)
        assert "belongs to the person" in refused(stranger)
        assert queued(house) == []
        await house.press("picker", Pick(1))
        assert queued(house) == ["sea 2.ogg"]
        assert asked.work.stage is Stage.DONE


async def test_play_without_a_name_picks_from_all(autojump_clock: Clock) -> None:
    async with open_house(library(shelf("only.ogg"))) as house:
        await house.ask(PlayFile())
        await house.press("picker", Pick(0))
        assert queued(house) == ["only.ogg"]
    async with open_house(library(shelf())) as house:
        assert "The library is empty" in refused(await house.ask(PlayFile()))


async def test_nobody_is_asked_what_to_play_who_sits_in_no_channel(autojump_clock: Clock) -> None:
    async with open_house(library(shelf("sea 1.ogg", "sea 2.ogg"))) as house:
        assert refused(await house.ask(PlayFile("sea"), room=None)) == "Join a voice channel first."


async def test_picker_that_is_cancelled_leaves_everything(autojump_clock: Clock) -> None:
    files = shelf("sea 1.ogg", "sea 2.ogg")
    async with open_house(library(files)) as house:
        await house.ask(Remove("sea"))
        await house.press("picker", Cancel())
        assert files.names(GUILD) == ["sea 1.ogg", "sea 2.ogg"]


async def test_rename_tells_the_name_that_it_got(autojump_clock: Clock) -> None:
    files = shelf("sea.ogg", "rain.ogg")
    async with open_house(library(files)) as house:
        asked = await house.ask(Rename(track="rain", to="sea"))
        assert said(asked) == "Renamed **rain.ogg** to **sea (1).ogg**."
        assert files.names(GUILD) == ["sea (1).ogg", "sea.ogg"]


async def test_rename_of_several_remembers_the_new_name_in_its_picker(autojump_clock: Clock) -> None:
    files = shelf("sea 1.ogg", "sea 2.ogg")
    async with open_house(library(files)) as house:
        await house.ask(Rename(track="sea", to="my  own : name"))
        await house.press("picker", Pick(0))
        assert files.names(GUILD) == ["my  own : name.ogg", "sea 2.ogg"]


async def test_remove_deletes_and_what_is_gone_meanwhile_is_told(autojump_clock: Clock) -> None:
    files = shelf("sea 1.ogg", "sea 2.ogg")
    async with open_house(library(files)) as house:
        assert said(await house.ask(Remove("sea 1"))) == "Removed **sea 1.ogg** from the library."
        files.files[GUILD] += ["sea 3.ogg"]
        asked = await house.ask(Remove("sea"))
        files.files[GUILD].remove("sea 2.ogg")
        await house.press("picker", Pick(0))
        assert (
            refused(asked)
            == "**sea 2.ogg** stays as it is: it is not there any more. `local list` shows what there is."
        )
        assert asked.work.stage is Stage.FAILED


async def test_disk_that_refuses_is_one_plain_sentence(autojump_clock: Clock) -> None:
    files = shelf("sea.ogg")
    async with open_house(library(files)) as house:
        files.fails = OSError(5, "Input/output error")
        for message in (PlayFile("sea"), Remove("sea"), Rename(track="sea", to="b")):
            assert refused(await house.ask(message)).startswith("That did not work: my disk")
        assert "my disk" in said(await house.ask(ShowFiles()))


async def test_list_is_a_pager_of_its_caller(autojump_clock: Clock) -> None:
    files = shelf(*(f"song {number:02}.ogg" for number in range(PAGE + 3)))
    async with open_house(library(files)) as house:
        asked = await house.ask(ShowFiles())
        assert isinstance(asked.reply, FakeReply)
        assert "`1.` song 00.ogg" in said(asked)
        assert f"{PAGE + 3} files" in said(asked)
        assert labels(asked.reply.said[0]) == ["◀", "1/2", "▶"]
        stranger = await house.press("pager", Turn(1), BOB)
        assert refused(stranger)


async def test_empty_list_says_what_to_do(autojump_clock: Clock) -> None:
    async with open_house(library(shelf())) as house:
        assert "`local upload`" in said(await house.ask(ShowFiles()))


async def test_guilds_see_their_own_files_only(autojump_clock: Clock) -> None:
    async with open_house(library(shelf("sea.ogg"))) as house:
        other = await house.ask(PlayFile("sea"), guild_id=GuildId(101))
        assert "matches" in refused(other)


async def test_names_are_completed_from_memory_and_cut_to_what_discord_takes() -> None:
    long = "x" * 150 + ".mp3"
    made = library(shelf("Storm.mp3", "a storm.mp3", "rain.mp3", long))
    assert made.complete is not None
    question = Completion(facts=facts(), command="local play", option="name", typed="STO")
    assert [choice.value for choice in await made.complete(question)] == ["Storm.mp3", "a storm.mp3"]
    (choice,) = await made.complete(evolve(question, typed="xxx"))
    assert len(str(choice.value)) == 100
    assert suggest(["b", "a"], "") == ["b", "a"]
