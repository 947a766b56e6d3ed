"""Reactions are decided when their turn comes, and only then."""

import httpx
import pytest
import trio
from trio.testing import MockClock

from actors.rest.errors import Forbidden, InvalidToken, RateLimitedOut, Unavailable
from actors.rest.payloads import Reaction, emoji_key, looks_like_emoji
from gateway_client.ids import ChannelId, MessageId
from tests.rest.fake_discord import FakeDiscord, error, too_many

CHANNEL, MESSAGE_ID = ChannelId(1), MessageId(11)


def put(emoji: str) -> Reaction:
    return Reaction(message_id=MESSAGE_ID, emoji=emoji, present=True)


def limited(reset_after_s: float) -> httpx.Response:
    headers = {
        "x-ratelimit-bucket": "reactions",
        "x-ratelimit-limit": "1",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset-after": str(reset_after_s),
    }
    return httpx.Response(204, headers=headers)


async def test_what_became_pointless_while_it_waited_is_never_sent(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    discord = FakeDiscord([limited(0.25)])
    wanted = ["⏳"]
    async with discord.open() as outbox:
        await outbox.react(CHANNEL, lambda: put("🎉"))
        async with trio.open_nursery() as turns:
            turns.start_soon(outbox.react, CHANNEL, lambda: put(wanted[-1]))
            await trio.sleep(0.1)
            wanted.append("✅")
            turns.start_soon(outbox.react, CHANNEL, lambda: None)
        assert trio.current_time() >= 0.25
    assert [seen.path.split("/")[-2] for seen in discord.seen] == ["%F0%9F%8E%89", "%E2%9C%85"]


async def test_a_429_leads_to_another_choice_of_either_kind(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([too_many("user", 0.5)])
    choices = [put("⏳"), Reaction(message_id=MESSAGE_ID, emoji="⏳", present=False)]
    async with discord.open() as outbox:
        await outbox.react(CHANNEL, lambda: choices.pop(0))
    assert [seen.method for seen in discord.seen] == ["PUT", "DELETE"]


async def test_nothing_is_repeated_that_might_be_wrong_by_then(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([httpx.Response(502), httpx.ReadError("cut"), error(403, 50013, "Missing")])
    async with discord.open() as outbox:
        for kind in (Unavailable, Unavailable, Forbidden):
            with pytest.raises(kind):
                await outbox.react(CHANNEL, lambda: put("⏳"))
    assert len(discord.seen) == 3


async def test_too_many_429s_and_a_refused_token_end_it(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([*(too_many("user", 0.1) for _ in range(6)), httpx.Response(401)])
    async with discord.open() as outbox:
        with pytest.raises(RateLimitedOut):
            await outbox.react(CHANNEL, lambda: put("⏳"))
        for _ in range(2):
            with pytest.raises(InvalidToken):
                await outbox.react(CHANNEL, lambda: put("⏳"))
    assert len(discord.seen) == 7


def test_emojis_are_told_apart_by_what_discord_tells_them_apart_by() -> None:
    assert emoji_key("⬇️") == emoji_key("\u2b07")
    assert emoji_key("<:a_name:12>") == emoji_key("<a:renamed:12>") != emoji_key("<:a_name:13>")


@pytest.mark.parametrize("words", ["⏳", "⬇️", "1️⃣", "👨‍👩‍👧‍👦", "🇨🇿", "<a:dance:123>", "<:ok:1>"])
def test_emojis_look_like_emojis(words: str) -> None:
    assert looks_like_emoji(words)


@pytest.mark.parametrize("words", ["", "x", "ok", ":smile:", "é", "漢", "🎉 🎉", "🎉" * 30])
def test_other_words_do_not(words: str) -> None:
    assert not looks_like_emoji(words)
