"""A voice server that forgets somebody: the bot asks again, once, and then joins afresh."""

import pytest

from gateway_client.ids import UserId
from sandbox.voice.dave_group import Group, Tell
from tests.patience import until
from tests.sandbox.dave_rig import BOT, OTHER_BOT, open_stage
from voice.close_codes import Verdict


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watchdog that waits tenths of a second instead of seconds."""
    monkeypatch.setattr("voice.dave_watch.KEY_S", 0.1)
    monkeypatch.setattr("voice.dave_watch.REJOIN_S", 0.2)


def forget_packages(monkeypatch: pytest.MonkeyPatch, times: int) -> list[UserId]:
    """Let key packages of the bot get lost that many times; the list tells of whom they came."""
    came: list[UserId] = []
    real = Group.key_package

    def key_package(group: Group, user_id: UserId, data: bytes) -> list[Tell]:
        came.append(user_id)
        forgotten = user_id == BOT and came.count(BOT) <= times
        return [] if forgotten else real(group, user_id, data)

    monkeypatch.setattr(Group, "key_package", key_package)
    return came


@pytest.mark.usefixtures("hasty")
async def test_a_bot_that_was_forgotten_asks_for_a_key_again(monkeypatch: pytest.MonkeyPatch) -> None:
    came = forget_packages(monkeypatch, 1)
    async with open_stage() as stage:
        stage.sit(stage.people[0])
        await stage.until_heard(stage.join(OTHER_BOT))
        bot = stage.join()
        await stage.until_heard(bot)
        assert bot.heard[0] == 0, "the music was held meanwhile"
        assert stage.group.reported == 1
        assert came.count(BOT) == 2
        assert (bot.lost, bot.capture.counts) == ([], {})


@pytest.mark.usefixtures("hasty")
async def test_a_call_that_stays_without_a_key_is_joined_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_packages(monkeypatch, 100)
    async with open_stage() as stage:
        stage.sit(stage.people[0])
        await stage.until_heard(stage.join(OTHER_BOT))
        bot = stage.join()
        await until(lambda: bot.lost)
        assert [lost.verdict for lost in bot.lost] == [Verdict.REJOIN]
        assert stage.group.reported == 1, "op 31 once"
        assert not bot.sent
