"""Commands act on the sound within 100 ms, and nothing is lost or repeated by them.

All calls of a test share one real node and run at the same time.
"""

import os
import signal
import time
from pathlib import Path

import trio
from attrs import evolve

from tests.voice import web
from tests.voice.fakes import SILENCE, FakeVoiceServer, Heard, Packet, open_fake_server
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

AUDIBLE = 5
"""Frames of a tenth of a second."""


def find(packets: list[bytes], frame: bytes) -> int:
    """Its number in the file, -1 for a frame that was encoded anew."""
    return packets.index(frame) if frame in packets else -1


def heard_after(heard: Heard, at: float) -> list[Packet]:
    return [packet for packet in heard.packets if packet.at >= at]


async def start(bot: Bot, server: FakeVoiceServer, guild: int, playing: Playing) -> None:
    bot.client.tell(wanted(server.server_of(guild), playing))
    await bot.wait_for_kind(TrackStarted, guild)
    await trio.sleep(0.5)


async def pause_and_resume(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    await start(bot, server, guild, a_file(ogg))
    (heard,) = server.of(guild)
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg), paused=True))
    await trio.sleep(0.4)
    assert [packet.frame for packet in heard.packets[-5:]] == [SILENCE] * 5
    packets, before = packets_of_file(ogg), len(heard.frames)
    untouched = [frame in packets for frame in heard.frames].index(False)
    first, *_, last = [fact for fact in bot.facts(Position) if fact.call == guild and fact.paused]
    assert before - first.position_ms // 20 <= 2 * AUDIBLE, "and as much again if the machine is late"
    assert last.position_ms == untouched * 20, "it stands where falling silent began"
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg)))
    await trio.sleep(0.3)
    assert heard.frames[:untouched] == packets[:untouched]
    after = [find(packets, frame) for frame in heard.frames[before:]]
    known = [number for number in after if number >= 0]
    assert known == list(range(known[0], known[0] + len(known))), "nothing lost, nothing repeated"
    assert known[0] - untouched == after.index(known[0]) - 1, "it fades in where it had faded out"
    assert after.index(known[0]) <= AUDIBLE
    assert heard.spoke == [1, 0, 1]


async def turn_down(bot: Bot, server: FakeVoiceServer, guild: int, wav: Path) -> None:
    await start(bot, server, guild, a_file(wav))
    (heard,) = server.of(guild)
    reported = len(bot.facts(Position))
    bot.client.tell(wanted(server.server_of(guild), a_file(wav), volume_pct=10))
    await trio.sleep(0.4)
    told = next(fact for fact in bot.facts(Position)[reported:] if fact.call == guild)
    # What is encoded begins with a silent frame.
    before = told.position_ms // 20 + 1
    late = before + 2 * AUDIBLE
    sound = sound_of_packets(heard.frames)
    loud, quiet = sound[160 * (before - 10) : 160 * before], sound[160 * (late + 1) : 160 * (late + 6)]
    assert 0.07 < loudness(quiet) / loudness(loud) < 0.14
    assert len(heard.frames) == len(heard.packets), "no gap"


async def down_and_up_again(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    await start(bot, server, guild, a_file(ogg))
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg), volume_pct=50))
    await trio.sleep(0.4)
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg)))
    await bot.wait_for_kind(TrackEnded, guild)
    await trio.sleep(0.2)
    (heard,) = server.of(guild)
    packets = packets_of_file(ogg)
    assert len(heard.frames) == len(packets), "no frame lost or repeated"
    changed = [at for at, (one, two) in enumerate(zip(heard.frames, packets, strict=True)) if one != two]
    assert 15 <= len(changed) <= 28
    assert changed == list(range(changed[0], changed[-1] + 1)), "untouched before and after"


async def skip(bot: Bot, server: FakeVoiceServer, guild: int, mp3: Path, ogg: Path) -> None:
    await start(bot, server, guild, a_file(mp3))
    bot.client.tell(wanted(server.server_of(guild), a_file(ogg, track_id=2)))
    await trio.sleep(0.5)
    (heard,) = server.of(guild)
    assert packets_of_file(ogg)[0] in heard.frames
    assert not [fact for fact in bot.facts(TrackEnded) if (fact.call, fact.track_id) == (guild, 1)]


async def seek(bot: Bot, server: FakeVoiceServer, guild: int, webm: Path) -> None:
    await start(bot, server, guild, a_file(webm))
    told_at = trio.current_time()
    bot.client.tell(wanted(server.server_of(guild), a_file(webm, generation=1, offset_ms=2000)))
    await trio.sleep(0.5)
    (heard,) = server.of(guild)
    packets = packets_of_file(webm)
    music = [packet for packet in heard_after(heard, told_at) if packet.frame != SILENCE]
    numbers = [find(packets, packet.frame) for packet in music]
    jump = next(at for at, number in enumerate(numbers) if number >= 90)
    anew = sum(number < 0 for number in numbers[:jump])
    assert anew <= 10, "up to five frames on either side"
    assert 98 <= numbers[jump] - 2 <= 102, "within 50 ms"
    assert numbers[jump:] == list(range(numbers[jump], numbers[jump] + len(numbers[jump:])))
    position = next(fact for fact in bot.facts(Position) if (fact.call, fact.generation) == (guild, 1))
    assert 2000 <= position.position_ms <= 2020


async def join_without_gap(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path, webm: Path) -> None:
    first, second = a_file(ogg, track_id=1, offset_ms=2000), a_file(webm, track_id=2)
    bot.client.tell(wanted(server.server_of(guild), first, next=second))
    await bot.wait_for(
        lambda fact: isinstance(fact, TrackStarted) and (fact.call, fact.track_id) == (guild, 2)
    )
    await trio.sleep(0.3)
    (heard,) = server.of(guild)
    tail, head = packets_of_file(ogg)[-45:-1], packets_of_file(webm)[3:10]
    at = find(heard.frames, head[0])
    assert heard.frames[at - 47 : at - 3] == tail, "but for its last frame, which both share"
    assert heard.frames[at : at + 7] == head
    assert SILENCE not in [packet.frame for packet in heard.packets]
    kinds = [
        (type(noted.fact).__name__, noted.fact.track_id)
        for noted in bot.noted
        if isinstance(noted.fact, TrackStarted | TrackEnded) and noted.fact.call == guild
    ]
    assert kinds == [("TrackStarted", 1), ("TrackEnded", 1), ("TrackStarted", 2)]
    # A state that still speaks of the first track must not start it again.
    bot.client.tell(wanted(server.server_of(guild), first, next=second, volume_pct=100))
    await trio.sleep(0.1)
    assert SILENCE not in [packet.frame for packet in heard.packets]


async def drop_the_socket(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    await start(bot, server, guild, a_file(ogg))
    (heard,) = server.of(guild)
    await server.say(heard, 5, {"speaking": 1, "ssrc": 5})
    await trio.sleep(0.1)
    server.cut_off(heard)
    await server.say(heard, 5, {"speaking": 0, "ssrc": 5})
    await bot.wait_for_kind(TrackEnded, guild)
    await trio.sleep(0.2)
    assert server.of(guild) == [heard], "the same session"
    assert heard.resumed == 1
    assert heard.frames == packets_of_file(ogg), "no hole"
    assert SILENCE not in [packet.frame for packet in heard.packets[:-5]]
    connected = [fact for fact in bot.facts(Connected) if fact.call == guild]
    assert len(connected) == 2
    assert heard.seq_acks[-1] == 2, "what was missed was sent again"


async def bridge_a_stall(bot: Bot, server: FakeVoiceServer, guild: int, ogg: Path) -> None:
    content = await trio.Path(ogg).read_bytes()
    async with web.open_web() as site:
        site.pages = {"/ogg": web.stall(content, 25_000, 2.0)}
        url = site.url("/ogg")
        source = Source(location=url, is_file=False, proxy=web.guard_of(url))
        await start(bot, server, guild, Playing(track_id=1, source=source))
        told_at = trio.current_time()
        # The reader hangs in the network meanwhile; a command must not wait for it.
        state = wanted(server.server_of(guild), Playing(track_id=1, source=source), volume_pct=50)
        bot.client.tell(state)
        bot.client.tell(evolve(state, volume_pct=100))
        await bot.wait_for_kind(TrackEnded, guild, within_s=9)
    await trio.sleep(0.2)
    (heard,) = server.of(guild)
    frames = [packet.frame for packet in heard.packets]
    music = [frame for frame in frames if frame != SILENCE]
    packets = packets_of_file(ogg)
    assert len(music) == len(packets), "no frame lost or repeated"
    assert music[:10] == packets[:10]
    assert music[-60:] == packets[-60:]
    assert frames.count(SILENCE) > 5, "there was a stall"
    assert told_at < heard.packets[-1].at


async def test_commands_act_within_a_tenth_of_a_second(sounds: dict[str, Path]) -> None:
    ogg, webm, wav, mp3 = (sounds[kind] for kind in ("ogg", "webm", "wav", "mp3"))
    async with open_fake_server() as server, open_bot() as bot:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pause_and_resume, bot, server, 1, ogg)
            nursery.start_soon(turn_down, bot, server, 2, wav)
            nursery.start_soon(down_and_up_again, bot, server, 3, ogg)
            nursery.start_soon(skip, bot, server, 4, mp3, ogg)
            nursery.start_soon(seek, bot, server, 5, webm)
            nursery.start_soon(join_without_gap, bot, server, 6, ogg, webm)
            nursery.start_soon(drop_the_socket, bot, server, 7, ogg)
            nursery.start_soon(bridge_a_stall, bot, server, 8, ogg)
        assert server.all_problems() == []


async def kill_the_node(ogg: Path) -> None:
    async with open_fake_server() as server, open_bot() as bot:
        bot.client.tell(wanted(server.server_of(1), a_file(ogg, offset_ms=200)))
        await bot.wait_for(lambda fact: isinstance(fact, Position) and fact.position_ms >= 1200)
        (before,) = server.sessions
        pid = bot.client.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with trio.fail_after(3.0):
            while len(bot.facts(TrackStarted)) < 2:
                await bot.next_fact()
        assert len(bot.facts(NodeRestarted)) == 1
        await trio.sleep(0.2)
        after = server.sessions[-1]
        assert after is not before
        packets = packets_of_file(ogg)
        had_been_ms = find(packets, before.frames[-1]) * 20
        known = [at for at, frame in enumerate(after.frames) if frame in packets]
        assert 0 < known[0] <= 5, "it fades in, then the packets of the source follow"
        goes_on_ms = (find(packets, after.frames[known[0]]) - known[0]) * 20
        assert abs(goes_on_ms - had_been_ms) <= 1000
        assert server.all_problems() == []


async def close_the_client(ogg: Path) -> None:
    async with open_fake_server() as server, open_bot() as bot:
        bot.client.tell(wanted(server.server_of(1), a_file(ogg)))
        await bot.wait_for_kind(TrackStarted)
        pid = bot.client.pid
        assert pid is not None
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        await trio.sleep(0.2)
        (heard,) = server.sessions
        assert len(heard.frames) > 5, "signals are for the bot"
        closing_at = time.monotonic()
        await bot.client.close()
        assert time.monotonic() - closing_at < 1.0
        await trio.sleep(0.05)
        assert [packet.frame for packet in heard.packets[-5:]] == [SILENCE] * 5
        assert server.closes == [1000]
        assert server.all_problems() == []


async def test_a_killed_node_is_replaced_at_the_same_position_and_a_closed_one_says_goodbye(
    sounds: dict[str, Path],
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kill_the_node, sounds["ogg"])
        nursery.start_soon(close_the_client, sounds["ogg"])
