"""What is played is what is heard: real files, a real node, decrypted and decoded."""

from pathlib import Path

from tests.patience import until
from tests.voice.fakes import FakeVoiceServer, open_fake_server
from tests.voice.nodes import Bot, a_file, open_bot, wanted
from tests.voice.sounds import (
    PASSED_THROUGH,
    aligned_correlation,
    packets_of_file,
    sound_of_file,
    sound_of_packets,
)
from voice.crypto import Mode
from voice.protocol import Connected, Position, TrackEnded, TrackStarted


def play_all(bot: Bot, server: FakeVoiceServer, files: dict[int, Path]) -> None:
    for guild, path in files.items():
        bot.client.tell(wanted(server.server_of(guild), a_file(path)))


async def test_six_kinds_of_files_are_heard_as_they_are(sounds: dict[str, Path]) -> None:
    kinds = dict(enumerate(sounds, 1))
    xchacha = str(Mode.XCHACHA20_POLY1305)
    async with open_fake_server() as server, open_fake_server(modes=(xchacha,)) as other, open_bot() as bot:
        play_all(bot, server, {guild: sounds[kind] for guild, kind in kinds.items()})
        play_all(bot, other, {7: sounds["ogg"]})
        for guild in (*kinds, 7):
            await bot.wait_for_kind(TrackEnded, guild)
        await until(lambda: not any(heard.spoke[-1] for heard in server.sessions + other.sessions))
    (heard,) = other.sessions
    assert other.all_problems() == []
    assert heard.mode is Mode.XCHACHA20_POLY1305
    assert heard.frames == packets_of_file(sounds["ogg"])
    assert server.all_problems() == []
    for guild, kind in kinds.items():
        (heard,) = server.of(guild)
        assert heard.mode is Mode.AES256_GCM
        assert (heard.spoke[0], heard.spoke[-1]) == (1, 0)
        assert [packet.frame for packet in heard.packets[-5:]] == [b"\xf8\xff\xfe"] * 5
        if kind in PASSED_THROUGH:
            assert heard.frames == packets_of_file(sounds[kind])
        else:
            likeness = aligned_correlation(sound_of_packets(heard.frames), sound_of_file(sounds[kind]))
            assert likeness >= 0.99, kind
            assert abs(len(heard.frames) - 150) <= 2, kind
    facts = [type(noted.fact) for noted in bot.noted if getattr(noted.fact, "call", 0) == 1]
    assert facts[:3] == [Connected, TrackStarted, Position]
    positions = [fact.position_ms for fact in bot.facts(Position) if fact.call == 1]
    assert positions[0] in {0, 20}, "what is encoded begins with a silent frame"
    assert len(positions) >= 3
    assert positions == sorted(positions)
