"""The sound of a complete gather: asked for once, played only in silence, and nothing is said about it."""

import trio
from attrs import evolve

from actors.core.address import Address
from actors.core.music import KeptTrack, LibraryFile, MusicTold, MusicWanted, QueueMusic, Unheard
from actors.core.setting import declare
from actors.gather.gather import Gather
from actors.gather.messages import Who
from actors.gather.sound import NONE, SOUND, ask_for_silence, play_in_silence
from tests.core.fakes import ALICE, CHANNEL, GUILD, VOICE, Outside

HERE = Address("gather", GUILD)


def house(nursery: trio.Nursery, sound: str) -> Outside:
    return Outside(nursery, settings=declare((SOUND,), {"gather_sound": sound}))


def gather() -> Gather:
    starter = Who(id=ALICE, name="Alice B.")
    return Gather(id=1, starter=starter, voice_id=VOICE, text_id=CHANNEL, began=0.0, planned_s=0.0)


def told(outside: Outside) -> MusicTold:
    ((address, wanted),) = outside.told
    assert address == Address("player", GUILD)
    assert isinstance(wanted, MusicWanted)
    assert wanted.asker == HERE
    outside.told.clear()
    return MusicTold(query=wanted.query, now=None, queue=(), history=())


async def test_sound_is_played_in_silence_for_the_starter(nursery: trio.Nursery) -> None:
    outside = house(nursery, " fanfare.ogg ")
    ask_for_silence(outside.ports(), HERE, gather())
    play_in_silence(outside.ports(), GUILD, told(outside))
    ((address, wish),) = outside.told
    assert address == Address("player", GUILD)
    assert isinstance(wish, QueueMusic)
    assert wish.wishes == (LibraryFile("fanfare.ogg"),)
    assert wish.quiet
    assert wish.work.handed_over
    assert isinstance(wish.reply, Unheard)
    assert (wish.facts.user_id, wish.facts.user_name) == (ALICE, "Alice B.")
    assert (wish.facts.voice_channel_id, wish.facts.channel_id) == (VOICE, CHANNEL)


async def test_music_is_not_disturbed(nursery: trio.Nursery) -> None:
    outside = house(nursery, "fanfare.ogg")
    ask_for_silence(outside.ports(), HERE, gather())
    silent, track = told(outside), KeptTrack(data=b"{}", title="Song")
    for busy in (evolve(silent, now=track), evolve(silent, queue=(track,))):
        play_in_silence(outside.ports(), GUILD, busy)
    assert outside.told == []


async def test_without_a_setting_nobody_is_asked(nursery: trio.Nursery) -> None:
    for words in (NONE, "None", "off"):
        outside = house(nursery, words)
        ask_for_silence(outside.ports(), HERE, gather())
        assert outside.told == []
    outside = house(nursery, "fanfare.ogg")
    ask_for_silence(outside.ports(), HERE, gather())
    answer = told(outside)
    outside.settings.put(GUILD, {"gather_sound": NONE})  # switched off in between
    play_in_silence(outside.ports(), GUILD, answer)
    assert outside.told == []
