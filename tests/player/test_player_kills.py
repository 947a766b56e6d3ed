"""A kill right behind any answer: what was said is there, and nothing is half there."""

import pytest
import trio
import trio.testing
from attrs import evolve

from actors.core.music import Place
from actors.player.asks import (
    Clear,
    Command,
    Dedupe,
    Move,
    Pause,
    Play,
    Previous,
    Remove,
    Replay,
    SetAutoplay,
    SetFilter,
    SetLoop,
    SetNormalize,
    SetSilent,
    SetSpeed,
    SetStay,
    SetVolume,
    Shuffle,
    Skip,
    SkipTo,
    Stop,
)
from actors.player.choices import StoredChoices
from actors.player.saved import FORM, Saved
from actors.player.tuning import Loop
from cli.slices import SCHEMAS
from gateway_client.ids import GuildId
from media.tracks import TextQuery
from tests.player.fakes import HOME, TestGuild, open_guild
from tests.player.media_fakes import candidate
from tests.player.places import GUILD
from tests.player.slow_store import SlowStore
from voice.protocol import Filter

Clock = trio.testing.MockClock

COMMANDS: tuple[Command, ...] = (
    Play(queries=(TextQuery(text="new"),)),
    Play(queries=(TextQuery(text="new"),), place=Place.TOP),
    Play(queries=(TextQuery(text="new"),), place=Place.NOW),
    *(Skip(), Skip(2), SkipTo(3), Previous(), Replay(), Stop(), Pause(), Clear(), Remove(2)),
    *(Move(origin=1, target=3), Shuffle(), Dedupe(), SetVolume(40), SetFilter(Filter.ROCK), SetSpeed(1.5)),
    *(SetLoop(Loop.QUEUE), SetNormalize(None), SetAutoplay(None), SetStay(None), SetSilent(None)),
)


async def kept(store: SlowStore) -> Saved:
    """What a new life would begin with."""
    row = await store.load(HOME.kind, HOME.key)
    assert row is not None
    return FORM.decode(row.data, row.schema)


def without_time(saved: Saved) -> Saved:
    """What happens by itself: how far the track is, that it has begun, which message is the panel."""
    now = None if saved.now is None else evolve(saved.now, position_ms=0, announced=True)
    return evolve(saved, revision=0, now=now, panel=Saved().panel, status_channel_id=None, pending=())


async def begin(guild: TestGuild) -> None:
    for name in ("a", "b", "c", "d", "b", "c"):
        guild.play(name)
    await trio.sleep(1)
    guild.ask(Skip())
    await trio.sleep(1)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
async def test_what_was_said_is_there(autojump_clock: Clock, command: Command) -> None:
    store = SlowStore(delay_s=0.05)
    async with open_guild(store=store) as guild:
        await begin(guild)
        before, count = without_time(await kept(store)), len(guild.rest.lines)
        work = guild.ask(command)
        states: list[Saved] = []
        with trio.fail_after(5):
            while work.is_open or len(guild.rest.lines) == count:
                states.append(without_time(await kept(store)))
                await trio.sleep(0.005)
        said = without_time(await kept(store))
        assert said != before, "it was kept before it was said"
        assert said.queue == tuple(evolve(e, request=0) for e in guild.player.deck.queue)
        assert all(state in (before, said) for state in states) or isinstance(command, Play)


async def test_choices_are_kept_by_guild_and_song() -> None:
    store = SlowStore(schemas=SCHEMAS)
    choices = StoredChoices(store)
    assert await choices.get(GUILD, "spotify:1") is None
    await choices.put(GUILD, "spotify:1", candidate("Sea"))
    await choices.put(GUILD, "spotify:1", candidate("Sea live"))
    assert await choices.get(GUILD, "spotify:1") == candidate("Sea live")
    assert await choices.get(GuildId(7), "spotify:1") is None
    await store.execute("player.choose", {"guild": GUILD, "song": "spotify:1", "candidate": b"{"})
    assert await choices.get(GUILD, "spotify:1") is None, "what cannot be read was not chosen"
