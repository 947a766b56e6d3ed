"""The sound for the moment in which everybody is here: asked for once, played only into silence."""

import pytest
import trio
import trio.testing

from actors.core.music import KeptTrack, LibraryFile, MusicTold, MusicWanted, QueueMusic, Unheard
from actors.gather.messages import Verb
from tests.gather.people import ADA, BEN, ELSEWHERE, LOUNGE, TEXT
from tests.gather.rig import GUILD, ME, Rig, open_rig

Clock = trio.testing.MockClock

HORN = {"gather_sound": " air horn.ogg "}
SONG = KeptTrack(data=b"", title="Song")


async def everybody_comes(rig: Rig) -> None:
    await rig.start()
    rig.press(Verb.HERE, ADA)
    rig.press(Verb.HERE, BEN)
    await trio.sleep(5)


async def answer(rig: Rig, *queue: KeptTrack, now: KeptTrack | None = None) -> None:
    """The player says what it has."""
    (asked,) = rig.player
    assert isinstance(asked, MusicWanted)
    rig.player.clear()
    rig.population.tell(asked.asker, MusicTold(query=asked.query, now=now, queue=queue, history=()))
    await trio.sleep(0.1)


async def test_when_everybody_is_here_a_free_player_plays_the_sound(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, words=HORN) as rig:
        await everybody_comes(rig)
        assert rig.is_over
        await answer(rig)
        (wish,) = rig.player
        assert isinstance(wish, QueueMusic)
        assert wish.wishes == (LibraryFile("air horn.ogg"),)
        assert wish.quiet
        assert wish.work.handed_over
        assert isinstance(wish.reply, Unheard)
        assert (wish.facts.voice_channel_id, wish.facts.channel_id) == (LOUNGE, TEXT)
        assert (wish.facts.user_id, wish.facts.user_name) == (ADA.id, "Ada")
        assert rig.is_over


@pytest.mark.parametrize(("now", "queue"), [(SONG, ()), (None, (SONG,))])
async def test_music_is_not_disturbed(
    autojump_clock: Clock, now: KeptTrack | None, queue: tuple[KeptTrack, ...]
) -> None:
    async with open_rig(ADA, BEN, words=HORN) as rig:
        await everybody_comes(rig)
        await answer(rig, *queue, now=now)
        assert rig.player == []


async def test_a_sound_that_is_switched_off_in_between_is_not_played(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, words=HORN) as rig:
        await everybody_comes(rig)
        rig.settings.put(GUILD, {"gather_sound": "none"})
        await answer(rig)
        assert rig.player == []


async def test_a_bot_that_sits_elsewhere_stays_there_and_one_in_the_lounge_is_asked(
    autojump_clock: Clock,
) -> None:
    async with open_rig(ADA, BEN, words=HORN) as rig:
        rig.join(ME, ELSEWHERE)
        await everybody_comes(rig)
        assert rig.player == []
        rig.join(ME)
        await everybody_comes(rig)
        assert len(rig.player) == 1


@pytest.mark.parametrize("words", ["none", "OFF", " none ", " "])
async def test_without_a_sound_nobody_is_asked(autojump_clock: Clock, words: str) -> None:
    async with open_rig(ADA, BEN, words={"gather_sound": words}) as rig:
        await everybody_comes(rig)
        assert rig.player == []


async def test_an_end_without_anybody_here_has_no_sound(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, words=HORN) as rig:
        await rig.start()
        rig.press(Verb.HERE, ADA)
        rig.press(Verb.CANCEL)
        await trio.sleep(5)
        await rig.start()
        rig.press(Verb.OUT, ADA)
        rig.press(Verb.OUT, BEN)
        await trio.sleep(5)
        assert "Complete" in rig.board
        assert rig.player == []
