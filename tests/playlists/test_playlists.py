"""Playlists in a guild: saving, finding, queueing, showing, deleting; whose they are and how many."""

import pytest
import trio
import trio.testing
from attrs import evolve

from actors.core.arrows import Turn
from actors.core.declare import Completion
from actors.core.music import KeptList, KeptTrack, Place
from actors.core.shared_settings import DJ_ROLE
from actors.core.work import Stage
from actors.picker.messages import Pick
from actors.playlists.entries import ENTRY_LIMIT
from actors.playlists.keeping import PATIENCE_S
from actors.playlists.messages import Delete, Load, Save, Scope, Show, ShowAll
from actors.playlists.state import LIST_LIMIT
from actors.playlists.tracks import parse_data
from actors.playlists.view import ENTRIES_PAGE
from actors.store.errors import DiskFull
from gateway_client.ids import GuildId, RoleId
from tests.core.fakes import ALICE, BOB, GUILD, FakeReply, facts
from tests.library.rig import Band, House, labels, open_house, refused, said
from tests.playlists.fakes import Props, kept, kept_file

Clock = trio.testing.MockClock
OTHER = GuildId(101)
ROLE = RoleId(555_000_000_000_000_000)


def band(*titles: str) -> Band:
    """A player that plays the first and has the others queued."""
    tracks = tuple(kept(title, number) for number, title in enumerate(titles))
    return Band(now=tracks[0], queue=tracks[1:])


def loaded(house: House) -> KeptList:
    """What the player was asked to queue last."""
    (wish,) = house.band.wishes[-1].wishes
    assert isinstance(wish, KeptList)
    return wish


def titles(house: House) -> list[str]:
    return [track.title for track in loaded(house).tracks]


async def test_saved_queue_comes_back_whole_and_in_order(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one", "two", "*three*")) as house:
        asked = await house.ask(Save(name="Road *trip*"))
        assert said(asked) == "Saved **Road \\*trip\\*** with 3 tracks."
        assert asked.work.stage is Stage.DONE
    async with open_house(props.slice(), store=props.store) as house:
        await house.ask(Load(name="road *TRIP*"))
        assert titles(house) == ["one", "two", "*three*"]
        assert loaded(house).title == "Road *trip*"
        assert loaded(house).tracks[0] == kept("one", 0)
        assert house.band.wishes[0].place is Place.END
        assert house.band.wishes[0].above is None


async def test_nothing_to_save_is_told(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store) as house:
        asked = await house.ask(Save(name="x"))
        assert "nothing plays and the queue is empty" in refused(asked)
        assert asked.work.stage is Stage.FAILED
        assert "no playlists yet" in said(await house.ask(ShowAll()))


async def test_name_that_is_taken_needs_replace(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="Trip"))
        assert "already" in refused(await house.ask(Save(name="TRIP")))
        house.band.now = kept("two")
        assert "Saved" in said(await house.ask(Save(name="TRIP", replace=True)))
        await house.ask(Load(name="trip"))
        assert (titles(house), loaded(house).title) == (["two"], "TRIP")


async def test_long_queue_is_cut_and_told(autojump_clock: Clock) -> None:
    props = Props()
    full = band(*(f"song {number}" for number in range(ENTRY_LIMIT + 7)))
    async with open_house(props.slice(), store=props.store, band=full) as house:
        answer = said(await house.ask(Save(name="x")))
        assert answer == "Saved **x** with 500 tracks. A playlist holds 500; 7 more were left out."
        await house.ask(Load(name="x"))
        assert titles(house) == [f"song {number}" for number in range(ENTRY_LIMIT)]


async def test_fifty_playlists_belong_to_one_owner(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        for number in range(LIST_LIMIT):
            await house.ask(Save(name=f"list {number}"))
        assert "This server has 50 playlists" in refused(await house.ask(Save(name="more")))
        assert "Saved" in said(await house.ask(Save(name="list 3", replace=True)))
        assert "Saved" in said(await house.ask(Save(name="more", scope=Scope.MINE)))


async def test_own_playlists_follow_their_person_and_nobody_else_sees_them(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="Secret", scope=Scope.MINE))
        await house.ask(Load(name="secret"), guild_id=OTHER)
        assert titles(house) == ["one"]
        for message in (Load(name="secret"), Show(name="secret"), Delete(name="secret")):
            assert "No playlist matches" in refused(await house.ask(message, BOB))
        assert "no playlists yet" in said(await house.ask(ShowAll(), BOB))


async def test_servers_know_nothing_of_each_others_playlists(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="Ours"))
        assert "No playlist matches" in refused(await house.ask(Load(name="ours"), guild_id=OTHER))
        await house.ask(Load(name="our"), BOB)
        assert titles(house) == ["one"]


async def test_same_name_for_both_is_a_picker_and_scope_decides_without(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="Trip"))
        house.band.now = kept("mine")
        await house.ask(Save(name="trip", scope=Scope.MINE))
        await house.ask(Load(name="trip", scope=Scope.MINE))
        assert titles(house) == ["mine"]
        asked = await house.ask(Load(name="trip"))
        assert "🏠 Trip" in said(asked)
        assert "👤 trip" in said(asked)
        assert "belongs to the person" in refused(await house.press("picker", Pick(0), BOB))
        await house.press("picker", Pick(0))
        assert titles(house) == ["one"]
        assert asked.work.stage is Stage.DONE


async def test_nobody_picks_what_to_play_who_sits_in_no_channel(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="trip 1"))
        await house.ask(Save(name="trip 2"))
        assert refused(await house.ask(Load(name="trip"), room=None)) == "Join a voice channel first."


async def test_picked_playlist_that_is_gone_meanwhile_is_told(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="trip 1"))
        await house.ask(Save(name="trip 2"))
        asked = await house.ask(Delete(name="trip"))
        await house.ask(Delete(name="trip 1"))
        await house.press("picker", Pick(0))
        assert "not there any more" in refused(asked)
        assert asked.work.stage is Stage.FAILED


async def test_show_is_a_pager_and_a_pick_leads_to_it(autojump_clock: Clock) -> None:
    props = Props()
    many = band(*(f"song {number:02}" for number in range(ENTRIES_PAGE + 2)))
    async with open_house(props.slice(), store=props.store, band=many) as house:
        await house.ask(Save(name="trip 1"))
        asked = await house.ask(Show(name="trip"))
        assert isinstance(asked.reply, FakeReply)
        assert "`1.` Somebody – song 00 (3:07)" in said(asked)
        assert labels(asked.reply.said[0]) == ["◀", "1/2", "▶"]
        assert refused(await house.press("pager", Turn(1), BOB))
    async with open_house(props.slice(), store=props.store, band=many) as house:
        await house.ask(Save(name="trip 2"))
        asked = await house.ask(Show(name="trip"))
        await house.press("picker", Pick(1))
        assert "🏠 trip 2" in said(asked)


async def test_list_shows_the_servers_first_and_who_made_them(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one", "two")) as house:
        await house.ask(Save(name="Z"), BOB)
        await house.ask(Save(name="A", scope=Scope.MINE))
        lines = said(await house.ask(ShowAll())).split("\n")
        assert lines[1:3] == [f"🏠 **Z** · 2 tracks · by <@{BOB}>", "👤 **A** · 2 tracks"]
        assert "**A**" not in said(await house.ask(ShowAll(Scope.SERVER)))
        assert "**Z**" not in said(await house.ask(ShowAll(Scope.MINE)))


async def test_servers_playlist_is_deleted_by_its_maker_or_a_dj(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        for name in ("a", "b", "c"):
            await house.ask(Save(name=name), BOB)
        await house.ask(Delete(name="a"), ALICE)  # no DJ role: everybody is one
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        house.outside.settings.put(GUILD, {DJ_ROLE.name: f"<@&{ROLE}>"})
        denied = refused(await house.ask(Delete(name="b"), ALICE))
        assert denied.startswith(f"Only <@{BOB}>, who made it, or people with the role <@&{ROLE}>")
        assert f"<@{BOB}>" in refused(await house.ask(Save(name="b", replace=True), ALICE))
        assert said(await house.ask(Delete(name="b"), BOB)) == "Deleted **b**, which had one track."
        assert "Deleted" in said(await house.ask(Delete(name="c"), ALICE, roles=[ROLE]))
        assert "no playlists yet" in said(await house.ask(ShowAll()))


async def test_library_files_are_found_again_by_name_and_after_a_rename(autojump_clock: Clock) -> None:
    props = Props()
    props.shelf.files = {GUILD: ["sea.ogg", "rain.ogg", "wind.ogg"]}
    music = Band(now=kept_file("sea.ogg"), queue=(kept_file("rain.ogg"), kept_file("wind.ogg")))
    async with open_house(props.slice(), store=props.store, band=music) as house:
        await house.ask(Save(name="files"))
        props.shelf.files = {GUILD: ["sea.ogg", "storm.ogg"]}
        props.shelf.moved = {"library:wind.ogg": "storm.ogg"}
        await house.ask(Load(name="files"))
        with trio.fail_after(1000):
            while not house.band.wishes:  # noqa: ASYNC110 - a thread looks for the file, which no clock sees
                await trio.sleep(0.01)
        assert titles(house) == ["sea", "storm"]
        above = house.band.wishes[-1].above
        assert above is not None
        assert "One track cannot be played here" in said(house.asked[-1])


async def test_playlists_are_queued_in_the_order_of_the_calls(autojump_clock: Clock) -> None:
    props = Props()
    props.shelf.files = {GUILD: ["sea.ogg"]}
    props.shelf.slow = {"sea.ogg": 5.0}
    async with open_house(props.slice(), store=props.store, band=Band(now=kept_file("sea.ogg"))) as house:
        await house.ask(Save(name="slow"))
        house.band.now = kept("quick")
        await house.ask(Save(name="quick"))
        await house.ask(Load(name="slow"))
        await house.ask(Load(name="quick"))
        assert house.band.wishes == []
        await trio.sleep(6)
        wishes = [wish for asked in house.band.wishes for wish in asked.wishes]
        assert [wish.title for wish in wishes if isinstance(wish, KeptList)] == ["slow", "quick"]


async def test_file_of_one_servers_library_never_leaves_it(autojump_clock: Clock) -> None:
    props = Props()
    props.shelf.files = {GUILD: ["sea.ogg", "rain.ogg"], OTHER: ["sea.ogg"]}
    music = Band(now=kept_file("sea.ogg"), queue=(kept_file("rain.ogg"),))
    async with open_house(props.slice(), store=props.store, band=music) as house:
        await house.ask(Save(name="files", scope=Scope.MINE))
        await house.ask(Load(name="files"), guild_id=OTHER)
        (track,) = loaded(house).tracks
        found = parse_data(track.data)
        assert found is not None
        assert found.locator == f"{int(OTHER)}/sea.ogg"
        props.shelf.files[OTHER] = []
        asked = await house.ask(Load(name="files"), guild_id=OTHER)
        assert "Nothing in **files** can be played here" in refused(asked)


async def test_track_that_cannot_be_read_is_kept_as_it_is(autojump_clock: Clock) -> None:
    props = Props()
    props.shelf.files = {GUILD: ["sea.ogg"]}
    strange = KeptTrack(data=b'{"other": 1}', title="x", url="https://x.test/a.mp3")
    old_file = KeptTrack(data=b"{}", title="sea")
    music = Band(now=strange, queue=(old_file,))
    async with open_house(props.slice(), store=props.store, band=music) as house:
        await house.ask(Save(name="strange"))
        await house.ask(Load(name="strange"))
        assert loaded(house).tracks[0] == strange
        assert titles(house) == ["x", "sea"]


async def test_player_that_does_not_answer_is_told(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=Band(silent=True)) as house:
        asked = await house.ask(Save(name="x"), wait_s=PATIENCE_S + 1)
        assert "did not tell me its queue" in refused(asked)
        assert asked.work.stage is Stage.FAILED
        assert not house.population.depths or "playlists" not in {
            address.kind for address in house.population.depths
        }


async def test_stop_tells_those_who_wait_and_keeps_nothing(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=Band(silent=True)) as house:
        asked = await house.ask(Save(name="x"))
        await house.population.close()
        assert "stopped in the middle" in refused(asked)


async def test_full_disk_is_one_sentence_and_leaves_what_was_there(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        await house.ask(Save(name="x"))
        props.store.fail_with = DiskFull("full", retry=True)
        for message in (Save(name="y"), Save(name="x", replace=True), Delete(name="x"), Load(name="x")):
            asked = await house.ask(message)
            assert "my disk does not take it" in refused(asked)
            assert asked.work.stage is Stage.FAILED
        assert "cannot read the playlists" in said(await house.ask(ShowAll()))
        props.store.fail_with = None
        await house.ask(Load(name="x"))
        assert titles(house) == ["one"]


async def test_disk_that_fills_while_writing_leaves_the_old_one_whole(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one", "two")) as house:
        await house.ask(Save(name="x"))
        with pytest.raises(Exception, match="NOT NULL"):
            await props.store.execute_all(
                [
                    ("playlists.clear", {"scope": "server", "owner": GUILD, "key": "x"}),
                    ("playlists.fill", {"scope": "server", "owner": 1, "key": "?", "entries": "[{}]"}),
                ]
            )
        await house.ask(Load(name="x"))
        assert titles(house) == ["one", "two"]


async def test_library_that_cannot_be_listed_refuses_in_words(autojump_clock: Clock) -> None:
    props = Props()
    async with open_house(props.slice(), store=props.store, band=band("one")) as house:
        props.shelf.fails = OSError(5, "Input/output error")
        assert "Saved" in said(await house.ask(Save(name="x")))
        assert "can be played" in refused(await house.ask(Load(name="x")))


async def test_names_are_completed_for_their_people_and_their_scope(autojump_clock: Clock) -> None:
    props = Props()
    made = props.slice()
    assert made.complete is not None
    async with open_house(made, store=props.store, band=band("one")) as house:
        await house.ask(Save(name="Road trip"))
        await house.ask(Save(name="trip home", scope=Scope.MINE))
        question = Completion(facts=facts(), command="playlist load", option="name", typed="TRIP")
        assert [choice.value for choice in await made.complete(question)] == ["trip home", "Road trip"]
        mine = evolve(question, options={"scope": "mine"})
        assert [choice.value for choice in await made.complete(mine)] == ["trip home"]
        stranger = evolve(question, facts=facts(BOB))
        assert [choice.value for choice in await made.complete(stranger)] == ["Road trip"]
