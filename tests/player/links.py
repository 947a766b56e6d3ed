"""Links that have come somewhere, and what Discord and the node may say to them."""

from actors.player.link import Link, Phase
from actors.player.link_news import CameUp, Seat
from gateway_client.ids import ChannelId
from tests.player.places import GUILD, ME, VOICE
from voice.close_codes import Verdict
from voice.protocol import Closed, Connected


def link_in(phase: Phase) -> Link:
    """A link that has come to a phase in the usual way."""
    link = Link(guild_id=GUILD, me=ME)
    if phase is Phase.ABSENT:
        return link
    assert link.join(VOICE, 0) == [Seat(VOICE)]
    if phase is Phase.JOINING:
        return link
    assert link.seated(VOICE, "session", 1) == []
    assert link.served("token", "a.example", 1) == []
    assert link.phase is Phase.CONNECTING
    if phase is Phase.CONNECTING:
        return link
    assert link.connected(Connected(call=GUILD, attempt=link.attempt)) == [CameUp(first=True)]
    if phase is Phase.AWAITING:
        assert link.closed(closed(link, Verdict.AWAIT), 2) == []
    assert link.phase is phase
    return link


def closed(link: Link, verdict: Verdict, code: int | None = None) -> Closed:
    return Closed(call=GUILD, attempt=link.attempt, code=code, verdict=verdict)


def moved_to(link: Link, channel_id: ChannelId, order: str, at: float) -> None:
    """Discord has the bot in another channel; its seat, its server, the end of the old call, in an order."""
    old = closed(link, Verdict.AWAIT, 4014)
    for word in order:
        match word:
            case "s":
                link.seated(channel_id, "session", at)
            case "v":
                link.served(f"token {channel_id}", "b.example", at)
            case _:
                assert link.closed(old, at) == []


def is_right_in(link: Link, channel_id: ChannelId) -> bool:
    """Whether the last that was dialled is the server of the seat, and the call in it can be heard."""
    server = link.server
    assert server is not None
    right = (server.channel_id, server.token) == (channel_id, f"token {channel_id}")
    link.connected(Connected(call=GUILD, attempt=link.attempt))
    return right and link.phase is Phase.UP and link.is_settled and link.sits_in == channel_id
