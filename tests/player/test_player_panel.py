"""The live panel on the virtual clock: posted, drawn, moved, ended, and still there after a restart."""

import random

import trio
import trio.testing

from actors.core.music import Place
from actors.player.asks import Leave, Pause, Resume, SetVolume, Skip, Stop
from actors.player.panel import Press, Verb
from actors.player.panel_course import MOVE_EVERY_S, PRESSED_S, PROGRESS_S, SCROLLED
from actors.player.panel_sheets import EDIT_EVERY_S
from actors.rest.errors import Forbidden
from actors.rest.payloads import Message
from gateway_client.events import MessageCreated, MessageDeleted
from gateway_client.ids import ChannelId, MessageId
from gateway_client.objects import Message as SentMessage
from gateway_client.objects import Permissions, User
from media.tracks import Resolved
from tests.player.channel_fakes import FakeRest
from tests.player.fakes import TestGuild, guild_object, open_guild, open_playing
from tests.player.media_fakes import track
from tests.player.node_fakes import CHANGES_S
from tests.player.places import ALICE, BOB, GUILD, MAY, OTHER_VOICE, TEXT, VOICE
from tests.player.slow_store import SlowStore

Clock = trio.testing.MockClock


def panels(guild: TestGuild) -> dict[MessageId, Message]:
    return {number: message for number, message in guild.rest.messages.items() if message.components}


def panel(guild: TestGuild) -> tuple[MessageId, Message]:
    ((number, message),) = panels(guild).items()
    return number, message


def frame(guild: TestGuild) -> str:
    return panel(guild)[1].embeds[0].description or ""


def somebody_writes(guild: TestGuild, count: int = 1, channel_id: ChannelId = TEXT) -> None:
    for number in range(count):
        message = SentMessage(
            id=MessageId(900_000 + number + len(guild.rest.messages)),
            channel_id=channel_id,
            guild_id=GUILD,
            author=User(id=BOB, username="bob"),
        )
        guild.hear(MessageCreated(message=message))


async def test_there_is_one_panel_and_it_follows_the_queue(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind", "rain", "fog", "snow", "ice") as guild:
        number, message = panel(guild)
        assert message.content == "Now playing: **sea** (3:00) · library · wanted by <@1001>"
        assert "`3.` fog (3:00)" in frame(guild)
        assert "snow" not in frame(guild)
        assert "and 2 more" in frame(guild)
        guild.ask(Skip())
        await trio.sleep(3)
        assert panel(guild)[0] == number
        assert panel(guild)[1].content.startswith("Now playing: **wind**")
        assert guild.rest.lines == ["Skipped **sea**."]


async def test_progress_is_drawn_every_twelve_seconds_while_somebody_listens(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.rest.panels.clear()
        await trio.sleep(60)
        assert len(guild.rest.panels) == 60 // PROGRESS_S
        guild.ask(Pause())
        await trio.sleep(3)
        guild.rest.panels.clear()
        await trio.sleep(60)
        assert guild.rest.panels == []
        assert "⏸️ paused" in frame(guild)
        guild.ask(Resume())
        guild.sit(ALICE, OTHER_VOICE)
        guild.sit(BOB, None)
        await trio.sleep(3)
        guild.rest.panels.clear()
        assert "on hold until somebody listens" in frame(guild)
        await trio.sleep(40)
        assert guild.rest.panels == []


async def test_a_hundred_presses_are_exact_and_cost_few_edits(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.rest.panels.clear()
        dice, volume = random.Random(3), 100
        for number in range(100):
            up = dice.random() < 0.5
            guild.ask(Press(Verb.UP if up else Verb.DOWN), ALICE if number % 2 else BOB)
            await trio.sleep(0.02)
            volume = min(100, volume + 10 - volume % 10) if up else max(1, volume - (volume % 10 or 10))
        await trio.sleep(EDIT_EVERY_S + 0.1)
        assert guild.node.desired is not None
        assert guild.node.desired.volume_pct == volume
        assert len(guild.rest.panels) <= 2 + 2 / EDIT_EVERY_S + 1
        assert volume == 100 or f"🔊 {volume} %" in frame(guild)


async def test_whatever_happens_edits_keep_their_distance(autojump_clock: Clock) -> None:
    async with open_playing("sea", *(f"t{number}" for number in range(30))) as guild:
        guild.rest.panels.clear()
        dice, began = random.Random(5), trio.current_time()
        for _ in range(400):
            wish = dice.choice([Pause(), Resume(), Skip(), SetVolume(dice.randrange(1, 100))])
            guild.ask(wish, dice.choice([ALICE, BOB]))
            await trio.sleep(dice.random() * 0.3)
        assert len(guild.rest.panels) <= (trio.current_time() - began) / EDIT_EVERY_S + 2
        assert len(panels(guild)) <= 1


async def test_it_moves_down_when_it_has_scrolled_away_but_not_under_a_finger(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        first = panel(guild)[0]
        somebody_writes(guild, SCROLLED)
        await trio.sleep(MOVE_EVERY_S / 2)
        assert panel(guild)[0] == first, "not that soon"
        for _ in range(3):
            guild.ask(Press(Verb.UP))
            await trio.sleep(PRESSED_S - 1)
            assert panel(guild)[0] == first, "not while it is pressed"
        await trio.sleep(PRESSED_S)
        assert panel(guild)[0] > first, "and the one above is gone"
        somebody_writes(guild, 1)
        await trio.sleep(MOVE_EVERY_S * 2)
        assert len(panels(guild)) == 1


async def test_a_new_track_is_told_below_what_was_written(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        first = panel(guild)[0]
        somebody_writes(guild)
        guild.ask(Skip())
        await trio.sleep(3)
        assert panel(guild)[0] > first
        assert guild.rest.lines[-1] == "Now playing: **wind** (3:00) · library · wanted by <@1001>"


async def test_with_the_sound_it_ends_and_says_what_it_played(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        number, _ = panel(guild)
        guild.ask(Skip())
        await trio.sleep(2)
        guild.ask(Stop())
        await trio.sleep(3)
        assert panels(guild) == {}
        assert guild.rest.messages[number].content == "Played 2 tracks, **wind** was the last one."
        guild.play("rain")
        await trio.sleep(2)
        assert panel(guild)[0] > number


async def test_when_the_bot_is_sent_away_the_panel_says_where_it_stopped(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        number, _ = panel(guild)
        await trio.sleep(64)
        guild.sit(ALICE, None)
        guild.sit(BOB, None)
        await trio.sleep(70)
        kept = guild.rest.messages[number].content
        assert kept.startswith("The music stopped in **sea** at 1:0")
        assert "`resume`" in kept


async def test_deleted_it_comes_back_once_per_track(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        for expected in (1, 0):
            number, _ = panel(guild)
            del guild.rest.messages[number]
            guild.hear(MessageDeleted(message_id=number, channel_id=TEXT, guild_id=GUILD))
            await trio.sleep(15)
            assert len(panels(guild)) == expected
        guild.ask(Skip())
        await trio.sleep(2)
        assert len(panels(guild)) == 1


async def test_a_new_track_is_told_in_it_only_after_its_answer(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.rest.delay_s = 0.8
        guild.resolver.delays_s["open wind"] = 0.0
        guild.play("wind", place=Place.NOW)
        while not any("**wind**" in message.content for message in panels(guild).values()):  # noqa: ASYNC110 - the channel tells nobody
            await trio.sleep(0.01)
        assert any(line.startswith("edit: Track added: **wind**") for line in guild.rest.lines)


async def test_what_is_written_in_other_channels_is_not_heard(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        somebody_writes(guild, SCROLLED, channel_id=ChannelId(TEXT + 1))
        assert guild.heard == 0
        somebody_writes(guild)
        assert guild.heard == 1
        guild.ask(Stop())
        await trio.sleep(3)
        somebody_writes(guild)
        assert guild.heard == 1


async def test_a_press_is_heard_and_shown_at_once_while_ten_links_are_resolved(autojump_clock: Clock) -> None:
    async with open_playing("sea", "wind") as guild:
        guild.resolver.delays_s = {f"slow{n}": 5.0 + n for n in range(9)} | {"hung": 59.0}
        for name in guild.resolver.delays_s:
            guild.play(name)
        await trio.sleep(3)
        guild.rest.panels.clear()
        for verb, argument in ((Verb.PAUSE, ""), (Verb.RESUME, ""), (Verb.SKIP, "")):
            guild.ask(Press(verb, argument))
            await trio.sleep(0.04)
            assert guild.node.desired is not None
            assert not guild.rest.panels, "heard first"
            await trio.sleep(CHANGES_S)
            match verb:
                case Verb.SKIP:
                    assert guild.player.deck.now is not None
                    assert guild.player.deck.now.entry.track.title == "wind"
                case _:
                    assert guild.node.desired.paused is (verb is Verb.PAUSE)
                    assert len(guild.rest.panels) == 1
            await trio.sleep(EDIT_EVERY_S)
            guild.rest.panels.clear()


class NoPanels(FakeRest):
    """A channel in which the bot can answer but not post."""

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        if message.components:
            raise Forbidden("Missing Permissions", status=403, code=50013)
        return await super().create_message(channel_id, message, nonce=nonce)


async def test_a_channel_that_refuses_it_is_told_once_and_the_music_goes_on(autojump_clock: Clock) -> None:
    async with open_guild(rest=NoPanels()) as guild:
        guild.play("sea")
        await trio.sleep(40)
        assert guild.node.title == "sea"
        assert panels(guild) == {}
        assert len([line for line in guild.rest.lines if "I may not write in <#200>" in line]) == 1
        assert "Track added: **sea** (3:00)\n⚠️" in guild.rest.lines[-1]


async def test_without_frames_everything_stands_in_lines(autojump_clock: Clock) -> None:
    async with open_guild(guild_object(MAY & ~Permissions.EMBED_LINKS)) as guild:
        guild.play("sea")
        await trio.sleep(2)
        _, message = panel(guild)
        assert message.embeds == ()
        assert message.content.splitlines()[0].startswith("Now playing: **sea**")
        assert "🔘" in message.content.splitlines()[1]


async def test_a_livestream_has_no_end_to_draw(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.resolver.shelf["radio"] = Resolved(tracks=(track("radio", None, live=True),))
        guild.play("radio")
        await trio.sleep(40)
        assert frame(guild).startswith("🔴 live for 0:3")


async def test_after_a_restart_it_is_the_same_message(autojump_clock: Clock) -> None:
    store, rest = SlowStore(), FakeRest()
    async with open_guild(store=store, rest=rest) as guild:
        guild.play("sea")
        guild.play("wind")
        await trio.sleep(30)
        number, _ = panel(guild)
    async with open_guild(store=store, rest=rest) as guild:
        guild.wake()
        await trio.sleep(15)
        assert panel(guild)[0] == number
        assert " 0:4" in frame(guild)
        guild.ask(Press(Verb.SKIP))
        await trio.sleep(3)
        assert panel(guild)[0] == number
        assert panel(guild)[1].content.startswith("Now playing: **wind**")


async def test_after_a_restart_with_nobody_there_it_ends(autojump_clock: Clock) -> None:
    store, rest = SlowStore(), FakeRest()
    async with open_guild(store=store, rest=rest) as guild:
        guild.play("sea")
        await trio.sleep(30)
        number, _ = panel(guild)
    async with open_guild(guild_object(seated=()), store=store, rest=rest) as guild:
        guild.wake()
        await trio.sleep(5)
        assert panels(guild) == {}
        assert rest.messages[number].content.startswith("The music stopped in **sea** at 0:")
        assert guild.population.depths == {}, "and nobody has to stay awake for it"


async def test_the_voice_channel_shows_the_track_and_is_tidied_before_the_bot_goes(
    autojump_clock: Clock,
) -> None:
    may = MAY | Permissions.SET_VOICE_CHANNEL_STATUS
    async with open_guild(guild_object(may)) as guild:
        guild.play("sea")
        await trio.sleep(2)
        assert guild.rest.statuses == [(VOICE, "🎵 sea")]
        guild.rest.delay_s = 0.3
        guild.ask(Leave())
        await trio.sleep(0.2)
        assert guild.seats.asked == [VOICE], "whoever has left may not change the line"
        await trio.sleep(1)
        assert guild.rest.statuses[-1] == (VOICE, "")
        assert guild.seats.asked == [VOICE, None]


async def test_without_the_permission_no_line_is_written(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Leave())
        await trio.sleep(1)
        assert guild.rest.statuses == []
        assert guild.seats.asked == [VOICE, None]


async def test_a_line_of_a_former_life_is_taken_away(autojump_clock: Clock) -> None:
    store, may = SlowStore(), MAY | Permissions.SET_VOICE_CHANNEL_STATUS
    async with open_guild(guild_object(may), store=store) as guild:
        guild.play("sea")
        await trio.sleep(2)
    async with open_guild(guild_object(may, seated=()), store=store) as guild:
        guild.wake()
        await trio.sleep(2)
        assert guild.rest.statuses == [(VOICE, "")]
