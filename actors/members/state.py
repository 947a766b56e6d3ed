"""Who may rename whom, and where a person who is being woken is carried next.

Pure and synchronous. A ride, per person::

    at home ──Carry(afk)──▶ away ──Carry(home)──▶ at home ── … so often ──▶ Over(WOKEN)
       └──── left the two channels by themselves ────┘──▶ Over(LEFT)

What the cache says about a seat may be a moment old, so both channels count as "where we put them": carrying
home somebody who is home already costs nothing, leaving somebody in the AFK channel would.
"""

from enum import Enum

from attrs import define, frozen

from actors.core.envelope import Facts
from gateway_client.ids import ChannelId, UserId
from gateway_client.objects import Guild, Member, Role

BACK_S = 600.0
"""After a longer absence of ours, whoever sits in the AFK channel may be there on their own account."""


class End(Enum):
    """How a ride ended."""

    WOKEN = "woken"
    LEFT = "left"


@frozen(kw_only=True)
class Ride:
    """What is kept of a ride over a crash or restart. ``at`` is Unix time in seconds."""

    target: UserId
    home: ChannelId
    afk: ChannelId
    at: float

    def is_ours(self, seat: ChannelId | None) -> bool:
        """Whether somebody who sits there is where we put them."""
        return seat in {self.home, self.afk}


@frozen
class Carry:
    """Move the person there."""

    to: ChannelId


@frozen
class Over:
    """Nothing is left to do."""

    end: End


@define
class Journey:
    """A ride on its way: ``left`` is how often they still leave home."""

    ride: Ride
    left: int
    away: bool = False

    def step(self, seat: ChannelId | None) -> Carry | Over:
        """What comes next for somebody who sits there."""
        if not self.ride.is_ours(seat):
            return Over(End.LEFT)
        if self.away:
            self.away = False
            return Carry(self.ride.home)
        if self.left == 0:
            return Over(End.WOKEN)
        self.left -= 1
        self.away = True
        return Carry(self.ride.afk)


class NoWake(Enum):
    """Why somebody cannot be woken."""

    NOT_IN_VOICE = "members.not_in_voice"
    NOT_TOGETHER = "members.not_together"
    NO_AFK_CHANNEL = "members.no_afk_channel"
    IN_AFK_CHANNEL = "members.in_afk_channel"


def plan_ride(facts: Facts, target: UserId, seat: ChannelId | None, guild: Guild | None) -> Ride | NoWake:
    """The ride of somebody who sits at ``seat``, or why there is none."""
    if facts.voice_channel_id is None:
        return NoWake.NOT_IN_VOICE
    if seat is None or seat != facts.voice_channel_id:
        return NoWake.NOT_TOGETHER
    afk = guild.afk_channel_id if guild is not None else None
    if afk is None:
        return NoWake.NO_AFK_CHANNEL
    if afk == seat:
        return NoWake.IN_AFK_CHANNEL
    return Ride(target=target, home=seat, afk=afk, at=facts.at.timestamp())


def may_rename(facts: Facts, target: UserId, own_top: Role | None, their_top: Role | None) -> bool:
    """Oneself, everybody as the server's owner, and whoever stands no higher by their top role.

    Of two roles at the same position the older one is the higher.
    Source: Discord, "Permissions", section "Permission Hierarchy".
    """
    if target == facts.user_id or facts.is_guild_owner:
        return True
    return _rank(own_top) >= _rank(their_top)


def called(member: Member) -> str:
    """What somebody is called."""
    return member.nick or (member.user.display_name if member.user else "")


def _rank(role: Role | None) -> tuple[int, int]:
    return (role.position, -role.id) if role is not None else (-1, 0)
