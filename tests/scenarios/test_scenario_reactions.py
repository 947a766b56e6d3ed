"""Progress as people read it: fifty commands at once, with and without Discord's limit, and a kill.

The stories are about waiting, so they run beside each other, each on a stage of its own.
"""

import logging
from pathlib import Path

import pytest
import trio

from gateway_client.ids import MessageId
from sandbox.model.default import GENERAL_ID, MUSIC_ID
from sandbox.rest.limits import LimitMode
from sandbox.rest.recorder import RecordedRequest
from tests.media.web import Request, open_web
from tests.patience import until
from tests.scenarios.own_clock import OwnClock, is_own_clock_here
from tests.scenarios.stage import Stage, open_stage, start_process
from tests.scenarios.toil import Diary, Reader, burst, toiling
from tests.scenarios.web import allow

BURST = 50
NAP_S = 0.18
"""Five changes each, and its answer: as many requests per second as Discord takes of a bot."""
SEEN_AFTER_S = 1.6
"""Who waits for longer than this is seen waiting: half a second of silence, then the turn in the burst."""
ENDS = {"✅", "❌", "🚫"}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@pytest.fixture
def clock() -> OwnClock | None:
    """Who waits how long is what this is about; waiting for other programs does not count."""
    return OwnClock() if is_own_clock_here() else None


def reactions(stage: Stage) -> list[RecordedRequest]:
    return [request for request in stage.sandbox.requests if "/reactions/" in request.path]


async def everybody_is_seen_waiting(data: Path, diary: Diary) -> None:
    async with open_stage(data, delay_s=0.03) as stage:
        reader, asked_at = Reader(stage), trio.current_time()
        messages = await burst(stage, MUSIC_ID, BURST)
        await until(lambda: len(reader.answered) == BURST)
        await until(lambda: all(shows_end(stage, message.id) for message in messages.values()))
        states = 0
        for word, message in messages.items():
            told = [emojis for _, emojis in reader.shown[message.id]]
            states += len({emoji for emojis in told for emoji in emojis})
            assert told[-1] == ("✅",)
            waited = reader.times(message, "⏳")
            if diary.began[word] - asked_at > SEEN_AFTER_S:
                assert waited is not None, f"{word} was not seen waiting"
            if waited is not None:
                assert waited[0] >= asked_at + 0.5
                assert waited[1] >= diary.began[word], f"{word} left before its turn"
        assert len(reactions(stage)) <= 2 * states
        assert all(request.status == 204 for request in reactions(stage))


async def the_last_word_comes_through(data: Path) -> None:
    async with open_stage(data, delay_s=0.03) as stage:
        stage.sandbox.limits.mode = LimitMode.REACTIONS
        reader = Reader(stage)
        messages = await burst(stage, MUSIC_ID, 12, "limited")
        await until(lambda: len(reader.answered) == 12)
        await until(lambda: all(shows_end(stage, message.id) for message in messages.values()))
        assert all(reader.shown[message.id][-1][1] == ("✅",) for message in messages.values())
        refused = [request for request in reactions(stage) if request.status == 429]
        assert len(refused) <= 1, "limits are learned, not run into"
        states = sum(
            len({emoji for _, emojis in reader.shown[message.id] for emoji in emojis})
            for message in messages.values()
        )
        assert len(reactions(stage)) - len(refused) <= 2 * states


def shown(stage: Stage, message_id: MessageId) -> set[str]:
    board = [*stage.ada.visible_messages(MUSIC_ID), *stage.ada.visible_messages(GENERAL_ID)]
    message = next(message for message in board if message.id == message_id)
    return {reaction.emoji.name for reaction in message.reactions.values()}


def shows_end(stage: Stage, message_id: MessageId) -> bool:
    emojis = shown(stage, message_id)
    return len(emojis) == 1 and emojis <= ENDS


async def until_shown(stage: Stage, message_id: MessageId, emojis: set[str]) -> None:
    await until(lambda: shown(stage, message_id) == emojis)


async def small_things(data: Path) -> None:
    """Usage, unknown commands, keywords, settings: one look at each."""
    async with open_stage(data) as stage:
        ada = stage.ada
        await stage.ask("settings", name="keywords", value=r"\bparty\b => 🎉; done => ✅; ( => 🎈")
        wrong = ada.send_message(MUSIC_ID, "!remove")
        await until_shown(stage, wrong.id, {"❌"})
        unknown = ada.send_message(MUSIC_ID, "!nothing-we-know")
        spoken = ada.send_message(GENERAL_ID, "the party is done")
        shown = ada.send_message(MUSIC_ID, "!settings keywords")
        await until_shown(stage, spoken.id, {"🎉", "✅"})
        await until_shown(stage, shown.id, {"✅"})
        assert not unknown.reactions
        assert any("Rule 3" in line for line in stage.read())
        await stage.ask("settings", name="status_emojis", value="done=👌")
        await stage.ask("settings", name="remove_ack_after_reply", value="on")
        gone = ada.send_message(MUSIC_ID, "!settings prefix")
        await until_shown(stage, gone.id, {"👌"})
        await until_shown(stage, gone.id, set())
        await stage.ask("settings", name="remove_ack_after_reply", value="off")
        await stage.ask("settings", name="status_reactions", value="off")
        seen = ada.send_message(MUSIC_ID, "!settings prefix")
        await until_shown(stage, seen.id, {"👀"})


async def never(stream: trio.abc.Stream, request: Request) -> None:
    """A page that takes its time."""
    await trio.sleep_forever()


async def killed_in_a_burst_nothing_is_left_waiting(data: Path) -> None:
    """A bot is killed while messages wait, search and have ended; the next one leaves nothing stale."""
    async with (
        open_web({"/slow.ogg": never}) as web,
        open_stage(data, bot=False, allow_hosts=allow(web)) as stage,
    ):
        stage.sit()
        bot = start_process(stage)
        await stage.until_ready()
        done = stage.ada.send_message(MUSIC_ID, "!queue")
        plays = [stage.ada.send_message(MUSIC_ID, f"!play {web.url('/slow.ogg')}") for _ in range(6)]
        kept = stage.ada.send_message(MUSIC_ID, f"!local download {web.url('/slow.ogg')}")
        before = [{"🔎"}] * 4 + [{"⏳"}] * 2
        await until(lambda: [shown(stage, play.id) for play in plays] == before)
        await until_shown(stage, kept.id, {"⬇️"})
        assert shown(stage, done.id) == {"✅"}
        bot.kill()
        start_process(stage)
        after = [{"🚫"}] * 4 + [set[str]()] * 2
        await until(lambda: [shown(stage, play.id) for play in plays] == after)
        await until_shown(stage, kept.id, {"🚫"})
        assert shown(stage, done.id) == {"✅"}


async def test_progress_is_read_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: OwnClock | None
) -> None:
    with toiling(monkeypatch, NAP_S) as diary:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(everybody_is_seen_waiting, tmp_path / "free" / "data", diary)
            nursery.start_soon(the_last_word_comes_through, tmp_path / "limited" / "data")
            nursery.start_soon(small_things, tmp_path / "small" / "data")
            nursery.start_soon(killed_in_a_burst_nothing_is_left_waiting, tmp_path / "killed" / "data")
