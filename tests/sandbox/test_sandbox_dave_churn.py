"""Fifty times somebody joins, leaves or comes back during one song, and those who stay hear all of it."""

import trio

from gateway_client.ids import UserId
from sandbox.voice.dave_ear import Ear
from tests.patience import until
from tests.sandbox.dave_rig import BOT, FRAME_S, OTHER_BOT, Player, Stage, open_stage

CHANGES = 50
WINDOW_S = 2.0
"""What coming into a call may cost on a busy machine; ``voice_soak`` measures what it does cost."""
THINKING_S = 0.001
"""How long a person's client thinks about each message, so that transitions take time."""


def longest_loss_s(ear: Ear) -> float:
    """The longest stretch of the bot's frames that a listener did not understand."""
    missed = {arrival.sequence for arrival in ear.missed if arrival.sender == BOT}
    longest = 0
    for sequence in missed:
        length = 1
        while (sequence + length) & 0xFFFF in missed:
            length += 1
        longest = max(longest, length)
    return longest * FRAME_S


async def settled(stage: Stage) -> None:
    await until(lambda: set(stage.group.leaves) == stage.present and not stage.group.transitions)


async def test_fifty_changes_in_one_song_cost_those_who_stay_nothing() -> None:
    losses: list[float] = []
    async with open_stage() as stage:
        stays, comes, goes = stage.people[:3]
        stage.sit(stays)
        bot = stage.join()
        await until(lambda: stage.present)
        await settled(stage)
        stage.server.faults.ear_delay_s = THINKING_S
        guest: Player | None = None
        for change in range(CHANGES):
            match change % 3:
                case 0:
                    losses += come_or_go(stage, comes)
                case 1:
                    losses += come_or_go(stage, goes)
                case _ if guest is None:
                    guest = stage.join(OTHER_BOT)
                    await until(lambda: OTHER_BOT in stage.present)
                case _:
                    stage.drop(guest)
                    guest = None
            await settled(stage)
            await trio.sleep(FRAME_S)
        await stage.until_heard(bot)
        ear = stage.ear(stays)
        assert not [arrival for arrival in ear.missed if arrival.sender == BOT], "who stays misses nothing"
        assert bot.heard == list(range(len(bot.heard)))
        assert bot.sent - len(bot.heard) <= 1
        assert not bot.capture.counts
        assert bot.capture.sealed == 0
        assert stage.group.reported == 0
    assert len(losses) >= CHANGES // 4
    assert max(losses) < WINDOW_S, sorted(losses)


def come_or_go(stage: Stage, person: UserId) -> list[float]:
    """Let a person sit down, or leave; of who leaves, the longest loss."""
    ear = stage.server.ear(stage.guild, person)
    if ear is None:
        stage.sit(person)
        return []
    stage.leave(person)
    assert ear.decoded
    return [longest_loss_s(ear)]
