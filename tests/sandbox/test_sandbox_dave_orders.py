"""Encrypted calls in each of the orders that broke others, between real clients and people who decrypt."""

from functools import partial

import pytest
import trio
from attrs import define

from gateway_client.ids import ChannelId, UserId
from sandbox.voice.capture import Violation
from sandbox.voice.dave_desk import DaveMode
from tests.patience import until
from tests.sandbox.dave_rig import (
    BOT,
    OTHER_BOT,
    THIRD_BOT,
    Player,
    Stage,
    announce_version,
    frame_of,
    open_stage,
)
from voice.close_codes import Verdict
from voice.dave_exchange import Exchange
from voice.dave_library import new_library


def check(player: Player) -> None:
    """Nothing was lost, repeated, or sent in the clear."""
    assert player.heard == list(range(player.heard[0], player.heard[0] + len(player.heard)))
    assert not player.capture.counts


async def settled(stage: Stage, *players: Player) -> None:
    """Wait until everybody is in the group, every transition is executed, and everybody is understood."""
    await until(lambda: stage.present)
    await until(lambda: set(stage.group.leaves) == stage.present and not stage.group.transitions)
    for player in players:
        await stage.until_heard(player)


async def test_alone_nothing_is_sent_then_a_second_person_hears_from_the_first_frame_on() -> None:
    async with open_stage() as stage:
        bot, ada = stage.join(), stage.people[0]
        await until(lambda: stage.present)
        await trio.sleep(0.1)
        assert not bot.connection.can_send
        assert bot.sent == 0, "the music is held"
        with stage.server.listen(stage.guild, stage.channel) as frames:
            stage.sit(ada)
            await settled(stage, bot)
            assert frames.receive_nowait().frame.opus == frame_of(0), "the page hears what was decrypted"
        assert bot.heard[0] == 0
        check(bot)
        assert not stage.ear(ada).missed


@pytest.mark.parametrize("delay_s", [0.0, 0.03])
async def test_the_first_commit_of_either_side_makes_the_group(delay_s: float) -> None:
    async with open_stage() as stage:
        stage.server.faults.ear_delay_s = delay_s
        ada = stage.people[0]
        stage.sit(ada)
        bot = stage.join()
        await settled(stage, bot)
        winner = min(stage.group.leaves, key=stage.group.leaves.__getitem__)
        assert winner == (BOT if delay_s else ada)
        check(bot)


async def test_joining_a_full_call() -> None:
    async with open_stage() as stage:
        for person in stage.people[:3]:
            stage.sit(person)
        first = stage.join(OTHER_BOT)
        await settled(stage, first)
        bot = stage.join()
        await settled(stage, first, bot)
        assert len(stage.group.leaves) == 5
        check(first)
        check(bot)
        assert not any(stage.ear(person).missed for person in stage.people[:3])


async def test_the_channel_empties_and_refills() -> None:
    async with open_stage() as stage:
        ada, ben = stage.people[:2]
        stage.sit(ada)
        stage.sit(ben)
        bot = stage.join()
        await settled(stage, bot)
        stage.leave(ada)
        stage.leave(ben)
        await until(lambda: not bot.connection.can_send)
        held_at = bot.sent
        await trio.sleep(0.1)
        assert bot.sent == held_at, "the position does not advance"
        assert stage.group.epoch == 0
        stage.sit(ben)
        await settled(stage, bot)
        assert held_at in bot.heard, "the song goes on where it was held"
        assert not bot.capture.counts
        stage.sit(ada)
        await settled(stage, bot)
        assert not stage.ear(ben).missed


async def test_somebody_leaves_and_rejoins_in_mid_song() -> None:
    async with open_stage() as stage:
        ada, ben = stage.people[:2]
        stage.sit(ada)
        stage.sit(ben)
        bot = stage.join()
        await settled(stage, bot)
        stage.leave(ben)
        await settled(stage, bot)
        stage.sit(ben)
        await settled(stage, bot)
        check(bot)
        assert not stage.ear(ada).missed
        # What was on its way before the newcomer's epoch began may be lost to them, and nothing after that.
        ear = stage.ear(ben)
        assert all(lost.at_s < ear.decoded[0].at_s for lost in ear.missed)


async def test_who_is_back_before_their_word_arrived_begins_anew() -> None:
    async with open_stage() as stage:
        ada, ben = stage.people[:2]
        stage.sit(ada)
        bot = stage.join()
        await settled(stage, bot)
        stage.server.faults.ear_delay_s = 0.05
        for _ in range(3):
            stage.sit(ben)
            await trio.sleep(0.03)
            stage.leave(ben)
        stage.sit(ben)
        await settled(stage, bot)
        assert stage.group.reported == 0
        check(bot)
        assert not stage.ear(ada).missed


async def test_two_join_at_once() -> None:
    async with open_stage() as stage:
        stage.sit(stage.people[0])
        bot = stage.join()
        await settled(stage, bot)
        stage.sit(stage.people[1])
        stage.sit(stage.people[2])
        others = [stage.join(OTHER_BOT), stage.join(THIRD_BOT)]
        await until(lambda: len(stage.present) == 6)
        await settled(stage, bot, *others)
        for player in (bot, *others):
            check(player)
        assert not stage.ear(stage.people[0]).missed


async def test_a_resume_in_the_middle_of_a_transition() -> None:
    async with open_stage() as stage:
        ada, ben = stage.people[:2]
        stage.sit(ada)
        bot = stage.join()
        await settled(stage, bot)
        # The newcomer is slow, so the transition is open when the socket of the bot breaks.
        stage.server.faults.ear_delay_s = 0.1
        stage.sit(ben)
        await until(lambda: stage.group.transitions)
        stage.server.close(stage.guild, BOT, 4015)
        sent = bot.sent
        await until(lambda: stage.server.is_connected(stage.guild, BOT) and bot.connection._live)
        await settled(stage, bot)
        assert [lost.verdict for lost in bot.lost] == [Verdict.RESUME]
        assert bot.sent > sent
        check(bot)
        assert not stage.ear(ada).missed


async def test_a_client_of_version_0_takes_the_call_into_the_clear_and_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_stage(DaveMode.OFFER) as stage:
        ada, ben = stage.people[:2]
        stage.sit(ada)
        bot = stage.join()
        await settled(stage, bot)
        announce_version(monkeypatch, 0)
        old = stage.join(OTHER_BOT)
        await until(lambda: stage.group.version == 0)
        await stage.until_heard(bot)
        await stage.until_heard(old)
        announce_version(monkeypatch, 1)
        stage.sit(ben)
        third = stage.join(THIRD_BOT)
        await stage.until_heard(third)
        assert not bot.connection._guarded.cipher.protocol_version
        stage.drop(old)
        await until(lambda: stage.group.version == 1)
        await settled(stage, bot, third)
        assert bot.connection._guarded.cipher.protocol_version == 1
        check(bot)
        check(third)
        assert {arrival.sender for arrival in stage.ear(ada).missed} <= {OTHER_BOT}


async def test_who_cannot_encrypt_is_not_let_in_where_it_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    announce_version(monkeypatch, 0)
    async with open_stage() as stage:
        bot = stage.join()
        await until(lambda: bot.lost)
        assert [(lost.code, lost.verdict) for lost in bot.lost] == [(4017, Verdict.FAIL)]


@define(kw_only=True)
class Careless(Exchange):
    """Takes part in the key exchange, and then does without it."""

    def encrypt(self, frame: bytes) -> bytes | None:
        return frame


async def test_who_sends_in_the_clear_is_blamed_also_right_after_a_transition() -> None:
    def careless(user_id: UserId, channel_id: ChannelId) -> Careless:
        return Careless(user_id=user_id, make_library=partial(new_library, user_id, channel_id))

    async with open_stage() as stage:
        stage.sit(stage.people[0])
        bot = stage.join(make_cipher=careless)
        await settled(stage, bot)
        stage.sit(stage.people[1])
        await settled(stage, bot)
        assert stage.group.epoch == 2
        assert bot.capture.counts == {Violation.IN_THE_CLEAR: len(bot.heard)}


async def test_a_commit_that_cannot_be_processed_is_reported_and_the_song_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_stage() as stage:
        ada, ben = stage.people[:2]
        stage.sit(ada)
        bot = stage.join()
        await settled(stage, bot)
        stage.server.spoil_next_commit(stage.guild, BOT)
        stage.sit(ben)
        await until(lambda: stage.group.reported == 1)
        await settled(stage, bot)
        assert len(stage.group.leaves) == 3
        assert stage.group.reported == 1
        check(bot)
