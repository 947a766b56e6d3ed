"""Opening: addresses that expire or are refused, what is learned only then, what a radio says."""

from datetime import timedelta

import pytest
import trio
import trio.testing
from attrs import evolve

from actors.player.asks import Pause, Resume, ShowPlaying, Skip
from media.errors import MediaFailure
from media.tracks import Loudness, Playable, Resolved, SourceKind, Track
from tests.player.fakes import TestGuild, open_guild, open_playing
from tests.player.media_fakes import error, playable, track
from tests.player.places import GUILD, SHORTER
from voice.protocol import Loudness as WholeTrack
from voice.protocol import Measured, Reason, TrackFailed

Clock = trio.testing.MockClock


def renewable(title: str) -> Playable:
    return evolve(playable(title), renewable=True)


def one(found: Track) -> Resolved:
    return Resolved(tracks=(found,))


def breaks(guild: TestGuild, reason: Reason, position_ms: int) -> None:
    """The node loses what it plays."""
    desired = guild.node.desired
    assert desired is not None
    assert desired.track is not None
    guild.node.lose(reason, position_ms)


async def test_a_refused_address_is_looked_for_once_more_and_goes_on_there(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.learned["sea"] = renewable("sea")
        guild.play("sea")
        await trio.sleep(60)
        guild.rest.lines.clear()
        breaks(guild, Reason.FORBIDDEN, 58_000)
        await trio.sleep(1)
        assert guild.resolver.fresh == ["sea"]
        assert guild.node.title == "sea"
        assert 57_000 <= guild.node.position_ms <= 60_000
        assert not [line for line in guild.rest.lines if "broke off" in line or "Now playing" in line]


async def test_one_that_is_refused_again_at_once_is_told(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.learned["sea"] = renewable("sea")
        guild.play("sea")
        await trio.sleep(30)
        breaks(guild, Reason.FORBIDDEN, 29_000)
        await trio.sleep(1)
        breaks(guild, Reason.FORBIDDEN, 29_500)
        await trio.sleep(1)
        assert guild.resolver.fresh == ["sea"]
        assert any(line.startswith("**sea** broke off") for line in guild.rest.lines)


async def test_it_may_expire_again_after_some_sound(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.learned["sea"] = renewable("sea")
        guild.play("sea")
        for at_s in (20, 60, 100):
            await trio.sleep(40)
            breaks(guild, Reason.NOT_FOUND, at_s * 1000)
        await trio.sleep(1)
        assert guild.resolver.fresh == ["sea"] * 3
        assert guild.node.title == "sea"


@pytest.mark.parametrize(
    ("reason", "guard"),
    [(Reason.CORRUPT, None), (Reason.FORBIDDEN, MediaFailure.PRIVATE_ADDRESS)],
)
async def test_what_another_address_would_not_mend_is_told(
    autojump_clock: Clock, reason: Reason, guard: MediaFailure | None
) -> None:
    async with open_guild() as guild:
        guild.resolver.learned["sea"] = renewable("sea")
        if guard is not None:
            guild.resolver.refused["sea"] = error(guard, host="sea.example")
        guild.play("sea")
        await trio.sleep(30)
        breaks(guild, reason, 29_000)
        await trio.sleep(1)
        assert guild.resolver.fresh == []
        assert any(line.startswith("**sea** broke off") for line in guild.rest.lines)


async def test_a_file_is_never_looked_for_again(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        breaks(guild, Reason.NOT_FOUND, 500)
        await trio.sleep(1)
        assert guild.resolver.fresh == []


async def test_an_address_that_expired_while_it_waited_is_opened_anew(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.learned["wind"] = evolve(
            playable("wind"), expires_at=guild.at() + timedelta(seconds=400)
        )
        guild.play("sea")
        guild.play("wind")
        await trio.sleep(160)
        assert guild.resolver.opened == ["sea", "wind"], "opened one ahead"
        guild.ask(Pause())
        await trio.sleep(600)
        guild.ask(Resume())
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.resolver.opened == ["sea", "wind", "wind"]
        assert guild.node.title == "wind"


async def test_what_could_not_be_played_ahead_is_looked_for_anew_in_its_turn(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        await trio.sleep(160)
        desired = guild.node.desired
        assert desired is not None
        assert desired.next is not None
        guild.node.say(
            TrackFailed(
                call=GUILD,
                attempt=desired.attempt,
                track_id=desired.next.track_id,
                generation=desired.next.generation,
                reason=Reason.FORBIDDEN,
                detail="",
                position_ms=0,
            )
        )
        await trio.sleep(30)
        assert guild.resolver.fresh == ["wind"]
        assert guild.node.title == "wind"
        assert not [line for line in guild.rest.lines if "could not" in line]


async def test_what_opening_taught_is_shown_and_kept(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        lazy = track("v1", None, lazy=True, source=SourceKind.YOUTUBE)
        known = track("The Sea", 200.0, source=SourceKind.YOUTUBE, key="key:v1")
        guild.resolver.learned["v1"] = evolve(playable("v1"), track=known)
        guild.resolver.shelf["link"] = one(lazy)
        guild.play("link")
        await trio.sleep(1)
        assert any("Now playing: **The Sea** (3:20)" in line for line in guild.rest.lines)
        now = guild.player.deck.now
        assert now is not None
        assert now.entry.track == known


async def test_a_length_that_is_learned_late_may_be_too_much(autojump_clock: Clock) -> None:
    async with open_guild(max_duration_s=600) as guild:
        lazy = track("v1", None, lazy=True)
        guild.resolver.learned["v1"] = evolve(playable("v1"), track=track("Epic", 700.0))
        guild.resolver.shelf["link"] = one(lazy)
        guild.play("link")
        guild.play("wind")
        await trio.sleep(2)
        assert (
            f"I could not play **Epic**: it is longer than 10:00, which is the limit here. {SHORTER}"
            in guild.rest.lines
        )
        assert guild.node.heard == ["wind"]
        assert guild.resolver.opened == ["v1", "wind"]
        assert [made.location for made in guild.resolver.held] == ["/library/wind"]


async def test_a_link_that_names_a_moment_begins_there(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["link"] = one(track("sea", start_s=90.0))
        guild.play("link")
        await trio.sleep(2)
        assert 90_000 <= guild.node.position_ms <= 93_000


async def test_a_radio_says_what_it_plays(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["radio"] = one(track("Wave FM", None, live=True))
        guild.play("radio")
        await trio.sleep(1)
        guild.resolver.hearers["Wave FM"]("Sea – *Song*")
        await trio.sleep(3)
        assert guild.presence.titles[-1] == "Sea – *Song* · library"
        guild.rest.lines.clear()
        guild.ask(ShowPlaying())
        await trio.sleep(0.5)
        assert "📻 Sea – \\*Song\\*" in guild.rest.lines[-1]
        guild.resolver.hearers["Wave FM"]("Next")
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.presence.titles[-1] is None


async def test_loudness_goes_round_all_guilds(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        measured = Loudness(lufs=-9.0, peak_db=-1.0)
        guild.resolver.learned["sea"] = evolve(playable("sea"), loudness=measured)
        guild.play("sea")
        guild.play("wind")
        await trio.sleep(1)
        desired = guild.node.desired
        assert desired is not None
        assert desired.track is not None
        assert desired.track.loudness == Measured(lufs=-9.0, peak_db=-1.0)
        now = guild.player.deck.now
        assert now is not None
        guild.node.say(
            WholeTrack(
                call=GUILD,
                attempt=desired.attempt,
                track_id=now.key[0],
                generation=now.key[1],
                measured=Measured(lufs=-12.0, peak_db=0.0),
            )
        )
        await trio.sleep(0.5)
        assert guild.resolver.measured == [("sea", Loudness(lufs=-12.0, peak_db=0.0))]
