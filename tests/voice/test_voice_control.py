"""Commands act on the sound of a real node, and nothing is lost or repeated by them.

All calls of a test share one node and run at the same time; what comes of a command is waited for. Within how
many frames a command acts, and that no silence lies between two of them, is judged where frames wait for
whoever renders them: in ``test_voice_audible``.
"""

import os
import signal
from itertools import pairwise
from pathlib import Path

import pytest
import trio
from attrs import evolve

from tests.patience import PATIENCE_S, until
from tests.voice import web
from tests.voice.fakes import SILENCE, FakeVoiceServer, Heard, open_fake_server
from tests.voice.nodes import Bot, a_file, open_bot, wanted
from tests.voice.sounds import loudness, packets_of_file, sound_of_packets
from voice.protocol import (
    Connected,
    NodeRestarted,
    Playing,
    Position,
    Source,
    TrackEnded,
    TrackStarted,
)

RAMP = 5
"""Most frames that are encoded anew on either side of a change. Source: product.md, "Sound"."""
SECOND = 50
"""Frames: long enough for a command to act on a busy machine."""
SOME = 25
STALL_S = 2.0


def find(packets: list[bytes], frame: bytes) -> int:
    """Its number in the file, -1 for a frame that was encoded anew."""
    return packets.index(frame) if frame in packets else -1


async def hears(heard: Heard, count: int = SOME) -> None:
    """So many further frames of sound."""
    wanted_count = len(heard.frames) + count
    await until(lambda: len(heard.frames) >= wanted_count)


async def start(bot: Bot, server: FakeVoiceServer, guild: int, playing: Playing) -> Heard:
    bot.client.tell(wanted(server.server_of(guild), playing))
    await bot.wait_for_kind(TrackStarted, guild)
    (heard,) = server.of(guild)
    await hears(heard)
    return heard


async def pause_and_resume(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    heard = await start(bot, server, guild, a_file(ogg))
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg), paused=True))

    def told() -> list[Position]:
        return [fact for fact in bot.facts(Position) if fact.call == guild and fact.paused]

    await until(lambda: len(told()) > 1 and heard.spoke[-1] == 0)
    assert [packet.frame for packet in heard.packets[-5:]] == [SILENCE] * 5
    packets, before = packets_of_file(ogg), len(heard.frames)
    untouched = [frame in packets for frame in heard.frames].index(False)
    assert told()[-1].position_ms == untouched * 20, "it stands where falling silent began"
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg)))
    await hears(heard)
    assert heard.frames[:untouched] == packets[:untouched]
    after = [find(packets, frame) for frame in heard.frames[before:]]
    known = [number for number in after if number >= 0]
    assert known == list(range(known[0], known[0] + len(known))), "nothing lost, nothing repeated"
    assert known[0] - untouched == after.index(known[0]) - 1, "it fades in where it had faded out"
    assert after.index(known[0]) <= RAMP
    assert heard.spoke[:3] == [1, 0, 1]


async def turn_down(bot: Bot, server: FakeVoiceServer, guild: int, wav: Path) -> None:
    heard = await start(bot, server, guild, a_file(wav))
    bot.client.tell(wanted(server.server_of(guild), a_file(wav), volume_pct=10))
    before = len(heard.frames)
    await hears(heard, SECOND + 6)
    # What was on its way is told by nobody: the first frames and the last ones are compared.
    sound = sound_of_packets(heard.frames)
    loud, quiet = sound[160 * (before - 10) : 160 * before], sound[-160 * 6 : -160]
    assert 0.07 < loudness(quiet) / loudness(loud) < 0.14


async def down_and_up_again(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    heard = await start(bot, server, guild, a_file(ogg))
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg), volume_pct=50))
    packets = packets_of_file(ogg)
    await until(lambda: find(packets, heard.frames[-1]) < 0)
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg)))
    await bot.wait_for_kind(TrackEnded, guild)
    await until(lambda: len(heard.frames) >= len(packets))
    assert len(heard.frames) == len(packets), "no frame lost or repeated"
    changed = [at for at, (one, two) in enumerate(zip(heard.frames, packets, strict=True)) if one != two]
    assert changed == list(range(changed[0], changed[-1] + 1)), "untouched before and after"
    assert SOME <= changed[0] <= changed[-1] < len(packets) - RAMP


async def skip(bot: Bot, server: FakeVoiceServer, guild: int, mp3: Path, ogg: Path) -> None:
    heard = await start(bot, server, guild, a_file(mp3))
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg, track_id=2)))
    await until(lambda: packets_of_file(ogg)[0] in heard.frames)
    assert not [fact for fact in bot.facts(TrackEnded) if (fact.call, fact.track_id) == (guild, 1)]


async def seek(bot: Bot, server: FakeVoiceServer, guild: int, webm: Path) -> None:
    heard = await start(bot, server, guild, a_file(webm))
    packets = packets_of_file(webm)
    bot.client.tell(wanted(server.server_of(guild), a_file(webm, generation=1, offset_ms=2000)))
    await bot.wait_for_kind(TrackEnded, guild)
    known = [(at, number) for at, frame in enumerate(heard.frames) if (number := find(packets, frame)) >= 0]
    (left_at, left), (at, number) = next(
        (one, other) for one, other in pairwise(known) if other[1] - one[1] != other[0] - one[0]
    )
    assert left < 2 * SECOND - RAMP
    assert at - left_at - 1 <= 2 * RAMP, "up to five frames on either side"
    assert 98 <= number - 2 <= 102, "within 50 ms"
    assert heard.frames[-10:] == packets[-10:]
    position = next(fact for fact in bot.facts(Position) if (fact.call, fact.generation) == (guild, 1))
    assert 2000 <= position.position_ms <= 2020


async def join_two(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path, webm: Path) -> None:
    first, second = a_file(ogg, track_id=1, offset_ms=2000), a_file(webm, track_id=2)
    bot.client.tell(wanted(server.server_of(guild), first, next=second))
    await bot.wait_for(
        lambda fact: isinstance(fact, TrackStarted) and (fact.call, fact.track_id) == (guild, 2)
    )
    (heard,) = server.of(guild)
    tail, head = packets_of_file(ogg)[-45:-1], packets_of_file(webm)[3:]
    await until(lambda: head[7] in heard.frames)
    at = find(heard.frames, head[0])
    assert heard.frames[at - 47 : at - 3] == tail, "but for its last frame, which both share"
    assert heard.frames[at : at + 7] == head[:7]
    kinds = [
        (type(noted.fact).__name__, noted.fact.track_id)
        for noted in bot.noted
        if isinstance(noted.fact, TrackStarted | TrackEnded) and noted.fact.call == guild
    ]
    assert kinds == [("TrackStarted", 1), ("TrackEnded", 1), ("TrackStarted", 2)]
    # A state that still speaks of the first track must not start it again.
    bot.client.tell(wanted(server.server_of(guild), first, next=second, volume_pct=100))
    await hears(heard)
    assert heard.frames[at:] == head[: len(heard.frames) - at]


async def drop_the_socket(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    heard = await start(bot, server, guild, a_file(ogg))
    await server.say(heard, 5, {"speaking": 1, "ssrc": 5})
    server.cut_off(heard)
    await server.say(heard, 5, {"speaking": 0, "ssrc": 5})
    await bot.wait_for_kind(TrackEnded, guild)
    await until(lambda: len(heard.frames) >= len(packets_of_file(ogg)) and heard.seq_acks[-1] == 2)
    assert server.of(guild) == [heard], "the same session"
    assert heard.resumed == 1, "and what was missed was sent again"
    assert heard.frames == packets_of_file(ogg), "no frame lost or repeated"
    connected = [fact for fact in bot.facts(Connected) if fact.call == guild]
    assert len(connected) == 2


async def bridge_a_stall(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    content = await trio.Path(ogg).read_bytes()
    async with web.open_web() as site:
        site.pages = {"/ogg": web.stall(content, 25_000, STALL_S)}
        url = site.url("/ogg")
        source = Source(location=url, is_file=False, proxy=web.guard_of(url))
        heard = await start(bot, server, guild, Playing(track_id=1, source=source))
        # The reader hangs in the network meanwhile; a command must not wait for it.
        state = wanted(server.server_of(guild), Playing(track_id=1, source=source), volume_pct=50)
        bot.client.tell(state)
        bot.client.tell(evolve(state, volume_pct=100))
        await bot.wait_for_kind(TrackEnded, guild)
    packets = packets_of_file(ogg)
    await until(lambda: len(heard.frames) >= len(packets))
    assert len(heard.frames) == len(packets), "no frame lost or repeated"
    assert heard.frames[:10] == packets[:10]
    assert heard.frames[-60:] == packets[-60:]
    last = len(heard.packets) - [packet.frame for packet in reversed(heard.packets)].index(packets[-1])
    assert [packet.frame for packet in heard.packets[:last]].count(SILENCE) >= 5, "there was a stall"


async def test_commands_act_and_nothing_is_lost(sounds: dict[str, Path]) -> None:
    ogg, webm, wav, mp3 = (sounds[kind] for kind in ("ogg", "webm", "wav", "mp3"))
    async with open_fake_server() as server, open_bot() as bot:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pause_and_resume, bot, server, 1, ogg)
            nursery.start_soon(turn_down, bot, server, 2, wav)
            nursery.start_soon(down_and_up_again, bot, server, 3, ogg)
            nursery.start_soon(skip, bot, server, 4, mp3, ogg)
            nursery.start_soon(seek, bot, server, 5, webm)
            nursery.start_soon(join_two, bot, server, 6, ogg, webm)
            nursery.start_soon(drop_the_socket, bot, server, 7, ogg)
            nursery.start_soon(bridge_a_stall, bot, server, 8, ogg)
        assert server.all_problems() == []


async def kill_the_node(ogg: Path) -> None:
    async with open_fake_server() as server, open_bot() as bot:
        bot.client.tell(wanted(server.server_of(1), a_file(ogg, offset_ms=200)))
        await bot.wait_for(lambda fact: isinstance(fact, Position) and fact.position_ms >= 1200)
        (before,) = server.sessions
        pid = bot.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with trio.fail_after(PATIENCE_S):
            while len(bot.facts(TrackStarted)) < 2:
                await bot.next_fact()
        assert len(bot.facts(NodeRestarted)) == 1
        after = server.sessions[-1]
        await hears(after, 2 * RAMP)
        assert after is not before
        packets = packets_of_file(ogg)
        had_been_ms = find(packets, before.frames[-1]) * 20
        known = [at for at, frame in enumerate(after.frames) if frame in packets]
        assert 0 < known[0] <= RAMP, "it fades in, then the packets of the source follow"
        goes_on_ms = (find(packets, after.frames[known[0]]) - known[0]) * 20
        assert abs(goes_on_ms - had_been_ms) <= 1000
        assert server.all_problems() == []


async def close_the_client(ogg: Path) -> None:
    async with open_fake_server() as server, open_bot() as bot:
        bot.client.tell(wanted(server.server_of(1), a_file(ogg)))
        await bot.wait_for_kind(TrackStarted)
        pid = bot.pid
        assert pid is not None
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        (heard,) = server.sessions
        await hears(heard)  # signals are for the bot
        await bot.client.close()
        await until(lambda: bool(server.closes))
        assert [packet.frame for packet in heard.packets[-5:]] == [SILENCE] * 5
        assert server.closes == [1000]
        assert server.all_problems() == []


async def test_a_killed_node_is_replaced_at_the_same_position_and_a_closed_one_says_goodbye(
    sounds: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.nodes_handle.GOODBYE_S", PATIENCE_S)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kill_the_node, sounds["ogg"])
        nursery.start_soon(close_the_client, sounds["ogg"])
