"""What the bot is seen doing, from none to several guilds."""

import trio
import trio.testing

from actors.core.presence import DISTANCE_S, PresenceBoard
from actors.core.texts import load_catalogue
from gateway_client.commands import Presence
from gateway_client.ids import GuildId

SAY = load_catalogue(["actors.core"]).speaker()
ONE, TWO = GuildId(1), GuildId(2)


def line(presence: Presence) -> str:
    (activity,) = presence.activities
    return activity.state or activity.name


async def test_presence_shows_how_to_start_then_the_title_then_the_number_of_servers(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    sent: list[Presence] = []
    board = PresenceBoard(send=sent.append, start=nursery.start_soon, idle_text="", say=SAY)
    assert "play" in line(board.current())
    for guild_id, title in ((ONE, "sea · YouTube"), (TWO, "wind · library"), (ONE, None), (TWO, None)):
        board.playing(guild_id, title)
        await trio.sleep(DISTANCE_S * 1.5)
    shown = [line(presence) for presence in sent]
    assert shown[0] == "sea · YouTube"
    assert shown[1] == SAY("core.playing_in", count=2)
    assert "2" in shown[1]
    assert shown[2] == "wind · library"
    assert shown[3] == line(board.current())
    assert "play" in shown[3]


async def test_changes_are_sent_as_the_newest_state_with_a_distance(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    sent: list[Presence] = []
    board = PresenceBoard(send=sent.append, start=nursery.start_soon, idle_text="", say=SAY)
    for number in range(40):
        board.playing(ONE, f"track {number}")
        await trio.sleep(0.5)
    await trio.sleep(DISTANCE_S)
    assert len(sent) <= 20 / DISTANCE_S + 2
    assert line(sent[-1]) == "track 39"
