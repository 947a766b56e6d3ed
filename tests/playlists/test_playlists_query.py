"""A server's playlists in ``play``: what is claimed, what comes of it, what is offered while typing."""

import pytest
import trio.testing
from attrs import evolve

from actors.core.declare import Completion
from actors.playlists.messages import Save, Scope
from actors.playlists.query import OFFERED, PlaylistSource, with_playlists
from actors.rest.payloads import Choice
from actors.store.errors import DiskFull
from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.resolution import read_whole
from media.tracks import AttachmentQuery, TextQuery
from tests.core.fakes import GUILD, facts
from tests.library.rig import Band, open_house
from tests.playlists.fakes import Props, file_track, kept, kept_file, web_track

Clock = trio.testing.MockClock


async def props_with_lists(*names: str, scope: Scope = Scope.SERVER) -> Props:
    props = Props()
    props.shelf.files = {GUILD: ["sea.ogg"]}
    music = Band(now=kept("one"), queue=(kept_file("sea.ogg"), kept_file("gone.ogg")))
    async with open_house(props.slice(), store=props.store, band=music) as house:
        for name in names:
            await house.ask(Save(name=name, scope=scope))
    return props


def source_of(props: Props) -> PlaylistSource:
    source = PlaylistSource()
    source.equip(props.store, props.shelf)
    return source


async def fails_with(source: PlaylistSource, words: str) -> MediaError:
    with pytest.raises(MediaError) as caught:
        async with source.stream(TextQuery(text=words), GUILD):
            raise AssertionError("it resolves")
    return caught.value


@pytest.mark.parametrize(
    ("words", "claimed"),
    [
        ("playlist: Road trip", True),
        (" PLAYLIST:x", True),
        ("playlist:", False),
        ("my playlist: x", False),
        ("https://x.test/playlist:1", False),
    ],
)
def test_only_words_that_say_so_are_claimed(words: str, claimed: bool) -> None:
    assert PlaylistSource().claims(TextQuery(text=words), GUILD) is claimed


def test_attachments_are_not_claimed_and_nothing_is_opened_or_guessed() -> None:
    source = PlaylistSource()
    assert not source.claims(AttachmentQuery(url="u", filename="playlist: x", size=1), GUILD)
    assert source.kinds == frozenset()
    assert source.complete(GUILD, "x") == []


async def test_its_tracks_come_in_order_without_those_that_are_gone(autojump_clock: Clock) -> None:
    source = source_of(await props_with_lists("Road trip"))
    async with source.stream(TextQuery(text="playlist: ROAD"), GUILD) as resolution:
        whole = await read_whole(resolution)
    assert whole.playlist_title == "Road trip"
    assert whole.tracks == (web_track("one"), file_track("sea.ogg"))
    assert (await fails_with(source, "playlist: nope")).kind is MediaFailure.NOT_FOUND


async def test_several_are_named_and_other_peoples_are_not_found(autojump_clock: Clock) -> None:
    source = source_of(await props_with_lists("trip 1", "trip 2"))
    error = await fails_with(source, "playlist: trip")
    assert (error.kind, error.names) == (MediaFailure.AMBIGUOUS, ("trip 1", "trip 2"))
    mine = source_of(await props_with_lists("own", scope=Scope.MINE))
    assert (await fails_with(mine, "playlist: own")).kind is MediaFailure.NOT_FOUND


async def test_disk_that_refuses_is_a_failure_of_the_disk(autojump_clock: Clock) -> None:
    props = await props_with_lists("trip")
    props.store.fail_with = DiskFull("full")
    assert (await fails_with(source_of(props), "playlist: trip")).kind is MediaFailure.DISK
    with pytest.raises(MediaError):
        await source_of(props).open(web_track("x"), GUILD, fresh=False)
    assert (await fails_with(PlaylistSource(), "playlist: trip")).kind is MediaFailure.NOT_FOUND


async def test_playlists_are_offered_before_everything_else(autojump_clock: Clock) -> None:
    props = await props_with_lists(*(f"trip {number}" for number in range(9)))

    async def others(completion: Completion) -> list[Choice]:
        return [Choice("trip hop", "trip hop")] * 30

    complete = with_playlists(others, props.store)
    question = Completion(facts=facts(), command="play", option="query", typed="Trip")
    offered = await complete(question)
    assert offered[0] == Choice("🏠 trip 0", "playlist: trip 0")
    assert [choice.name for choice in offered].count("trip hop") == 25 - OFFERED
    called = await complete(evolve(question, typed="playlist: trip"))
    assert [choice.value for choice in called] == [f"playlist: trip {number}" for number in range(9)]
    assert len(await complete(evolve(question, typed=""))) == 25
    assert all(choice.name == "trip hop" for choice in await complete(evolve(question, option="name")))
    props.store.fail_with = DiskFull("full")
    assert [choice.name for choice in await complete(question)] == ["trip hop"] * 25
    props.store.fail_with = None
    elsewhere = evolve(question, facts=facts(guild_id=GuildId(101)))
    assert await with_playlists(None, props.store)(elsewhere) == []
