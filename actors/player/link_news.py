"""What the link to a voice channel wants of Discord, and what it has to say to the player.

Values only; ``link`` makes them.
"""

from enum import Enum

from attrs import frozen

from gateway_client.ids import ChannelId


class Loss(Enum):
    """Why a link ended or never came to be."""

    NO_ANSWER = "no answer"
    KICKED = "kicked"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    ENCRYPTION = "encryption"
    REFUSED = "refused"


@frozen
class Seat:
    """Ask Discord for a seat in this channel."""

    channel_id: ChannelId


@frozen
class Unseat:
    """Ask Discord to take the bot out of voice."""


@frozen
class CameUp:
    """The call can be heard; ``first`` after a join, not after a mended connection."""

    first: bool


@frozen
class MoveFailed:
    """The new channel did not answer; the old call goes on."""

    channel_id: ChannelId


@frozen
class Lost:
    """The link is absent now. ``before`` says whether it could ever be heard."""

    why: Loss
    before: bool
    channel_id: ChannelId


News = Seat | Unseat | CameUp | MoveFailed | Lost
