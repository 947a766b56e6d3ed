"""Who may skip and take out what, how much one person may queue, and taking turns."""

import trio
import trio.testing

from actors.core.music import Place
from actors.core.work import Stage
from actors.player.asks import Command, Remove, Skip
from actors.player.ballot import Ballot, needed
from actors.player.lineup import moved, place_behind, place_in_turn, room_for, without_repeats
from actors.player.saved import Entry
from gateway_client.ids import UserId
from media.tracks import Resolved
from tests.player.fakes import TestGuild, open_guild, open_playing
from tests.player.media_fakes import track
from tests.player.places import ALICE, BOB, DJ, VOICE

Clock = trio.testing.MockClock
CAROL, DAVE = UserId(1003), UserId(1004)


async def after(guild: TestGuild, command: Command, who: UserId, seconds: float = 0.5) -> str:
    before = len(guild.rest.lines)
    guild.ask(command, who)
    await trio.sleep(seconds)
    return guild.rest.lines[before]


def with_djs(guild: TestGuild, *djs: UserId) -> None:
    guild.set(dj_role=f"<@&{DJ}>")
    guild.djs = set(djs)


def titles(guild: TestGuild) -> list[str]:
    return [entry.track.title for entry in guild.player.deck.queue]


async def test_without_a_dj_role_everybody_skips_at_once(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        assert await after(guild, Skip(), BOB) == "Skipped **sea**."


async def test_the_requester_and_a_dj_skip_at_once(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        with_djs(guild, BOB)
        assert await after(guild, Skip(), ALICE) == "Skipped **sea**."
        assert await after(guild, Skip(), BOB) == "Skipped **wind**."


async def test_others_vote_until_their_share_wants_it(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        with_djs(guild)
        guild.sit(CAROL, VOICE)
        guild.sit(DAVE, VOICE)
        first = await after(guild, Skip(), BOB)
        assert first == "Skip **sea**? 1 of 3 votes. `skip` votes too."
        assert await after(guild, Skip(), BOB) == first, "a vote counts once"
        assert "2 of 3 votes" in await after(guild, Skip(), CAROL)
        assert await after(guild, Skip(), DAVE) == "Skipped **sea**."
        assert guild.node.title == "wind"
        assert "1 of 3 votes" in await after(guild, Skip(), BOB), "votes are for one track"


async def test_votes_suffice_when_others_have_left(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        with_djs(guild)
        guild.sit(CAROL, VOICE)
        await after(guild, Skip(), BOB)
        guild.rest.lines.clear()
        guild.sit(CAROL, None)
        guild.sit(ALICE, None)
        await trio.sleep(0.5)
        assert guild.rest.lines[0] == "Skipped **sea**: the votes are enough now."
        assert guild.node.title == "wind"


async def test_whoever_sits_alone_with_the_bot_may_skip_many(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain") as guild:
        with_djs(guild)
        assert (await after(guild, Skip(2), BOB)).startswith("You can vote for skipping one track")
        guild.sit(ALICE, None)
        assert await after(guild, Skip(2), BOB) == "Skipped 2 tracks."


async def test_without_votes_only_djs_and_requesters_skip(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        with_djs(guild)
        guild.set(vote_skip="0")
        assert await after(guild, Skip(), BOB) == "That is for DJs, and for whoever asked for the track."


async def test_a_button_votes_too_and_its_answer_is_told(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        with_djs(guild)
        (custom_id,) = [
            item.custom_id
            for message in guild.rest.messages.values()
            for row in message.components
            for item in row.items
            if (item.custom_id or "").endswith(":skip")
        ]
        assert custom_id is not None
        guild.press_id(custom_id, BOB)
        await trio.sleep(0.5)
        assert guild.rest.lines[-1] == "Skip **sea**? 1 of 2 votes. `skip` votes too."


async def test_people_take_out_what_is_theirs_and_djs_everything(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        with_djs(guild, ALICE)
        guild.play("bobs", BOB)
        guild.play("alices", ALICE)
        await trio.sleep(0.5)
        assert (await after(guild, Remove(2), BOB)).startswith("That is for DJs")
        assert await after(guild, Remove(1), BOB) == "Removed **bobs**."
        assert await after(guild, Remove(1), ALICE) == "Removed **alices**."


async def test_one_person_queues_no_more_than_the_limit(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.set(person_limit="2")
        guild.resolver.shelf["list"] = Resolved(
            tracks=tuple(track(f"l{n}") for n in range(4)), playlist_title="l"
        )
        guild.play("list", BOB)
        await trio.sleep(0.5)
        assert titles(guild) == ["l0", "l1"]
        refused = guild.play("more", BOB)
        await trio.sleep(0.5)
        assert refused.stage is Stage.FAILED
        assert guild.rest.lines[-1].startswith("You have as many tracks in the queue as one person may")
        guild.play("mine", ALICE)
        await trio.sleep(0.5)
        assert titles(guild) == ["l0", "l1", "mine"]


async def test_djs_are_above_the_limit_for_one_person(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        with_djs(guild, BOB)
        guild.set(person_limit="1")
        for name in ("a", "b"):
            guild.play(name, BOB)
            guild.play(f"my {name}", ALICE)
        await trio.sleep(0.5)
        assert titles(guild) == ["a", "my a", "b"]


async def test_with_a_fair_queue_people_take_turns(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.set(fair_queue="on")
        for n in range(4):
            guild.play(f"a{n}", ALICE)
        await trio.sleep(0.5)
        guild.play("b0", BOB)
        guild.play("b1", BOB)
        await trio.sleep(0.5)
        assert guild.node.title == "a0"
        assert titles(guild) == ["b0", "a1", "b1", "a2", "a3"]
        assert "edit: Track added: **b1** (3:00), number 3 in the queue" in guild.rest.lines
        guild.play("top", BOB, Place.TOP)
        await trio.sleep(0.5)
        assert titles(guild)[0] == "top"


def entry(number: int, requester: UserId = ALICE, request: int = 0, title: str = "") -> Entry:
    return Entry(id=number, track=track(title or f"t{number}"), requester=requester, request=request)


def test_the_next_part_of_a_list_goes_behind_the_last_one() -> None:
    queue = [entry(1, request=5), entry(2, request=5), entry(3, request=6)]
    assert place_behind(queue, 5, {6}) == 2
    assert place_behind(queue[2:], 5, {6}) == 0
    assert place_behind(queue, 9, set()) is None


def test_turns_count_the_track_that_plays() -> None:
    queue = [entry(1, BOB), entry(2, ALICE), entry(3, BOB)]
    assert place_in_turn(queue, None, CAROL) == 2
    assert place_in_turn(queue, entry(9, CAROL), CAROL) == 3
    assert place_in_turn([], entry(9, ALICE), ALICE) == 0


def test_orders_of_a_queue() -> None:
    queue = [entry(1), entry(2), entry(3)]
    assert [one.id for one in moved(queue, 0, 2)] == [2, 3, 1]
    assert [one.id for one in moved(queue, 2, 0)] == [3, 1, 2]
    again = [entry(1, title="x"), entry(2, title="y"), entry(3, title="x")]
    assert [one.id for one in without_repeats(again)] == [1, 2]
    assert room_for(queue, ALICE, limit=5, person_limit=0) == 2
    assert room_for(queue, ALICE, limit=5, person_limit=4) == 1
    assert room_for(queue, BOB, limit=2, person_limit=4) == 0


def test_how_many_votes_are_enough() -> None:
    assert [needed(listeners, 60) for listeners in range(6)] == [1, 1, 2, 2, 3, 3]
    assert needed(4, 100) == 4
    ballot = Ballot()
    ballot.vote(1, ALICE)
    ballot.vote(1, ALICE)
    assert ballot.count(1, {ALICE, BOB}) == 1
    assert ballot.count(1, {BOB}) == 0
    ballot.vote(2, BOB)
    assert ballot.count(1, {ALICE, BOB}) == 0
