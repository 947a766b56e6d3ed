"""Carrying people between two voice channels, and home again whatever happens.

A move that Discord refuses ends the ride; one whose effect is unknown is followed by the way home, which is
tried again with growing pauses for a quarter of a minute. Somebody who left voice meanwhile is not looked
for.
"""

import logging
from enum import Enum

import trio
from attrs import frozen

from actors.core.ports import Ports
from actors.core.texts import Say
from actors.members.state import Carry, End, Journey, Ride
from actors.rest.errors import BadRequest, Forbidden, NotFound, RateLimitedOut, RestError
from actors.rest.payloads import AllowedMentions, Message
from gateway_client.ids import ChannelId, GuildId, UserId

log = logging.getLogger(__name__)

PAUSE_S = 1.0
"""Between two moves: long enough to be heard, and for the voice state to arrive."""
TRIES = 5
RETRY_S = 1.0


class Result(Enum):
    """What became of a ride, as the key of its sentence."""

    WOKEN = "members.woken"
    LEFT = "members.left_voice"
    MAY_NOT = "members.may_not_move"
    FAILED = "members.ride_failed"
    STRANDED = "members.stranded"

    @property
    def is_success(self) -> bool:
        """Whether it went as it should."""
        return self is Result.WOKEN

    def render(self, say: Say, *, name: str, count: int) -> str:
        """The sentence for whoever asked."""
        return say(self.value, name=name, count=count)


@frozen
class Driver:
    """Moves the people of one guild."""

    _ports: Ports
    _guild_id: GuildId

    async def call_out(self, channel_id: ChannelId, target: UserId, say: Say) -> None:
        """Ping the person who is about to be woken."""
        content = say("members.wake_up", user=f"<@{target}>")
        message = Message(content=content, mentions=AllowedMentions(users=(target,)))
        try:
            await self._ports.rest.create_message(channel_id, message)
        except RestError as error:
            log.info("nobody could be called", extra={"error": str(error)})

    async def drive(self, journey: Journey) -> Result:
        """The whole ride."""
        ride = journey.ride
        while isinstance(step := journey.step(self._seat(ride.target)), Carry):
            try:
                await self._ports.rest.modify_member(self._guild_id, ride.target, channel_id=step.to)
            except Forbidden:
                return Result.MAY_NOT if await self.bring_home(ride) else Result.STRANDED
            except (BadRequest, NotFound):
                return Result.LEFT if await self.bring_home(ride) else Result.STRANDED
            except RestError as error:
                log.info("a move failed", extra={"error": str(error)})
                return Result.FAILED if await self.bring_home(ride) else Result.STRANDED
            await trio.sleep(PAUSE_S)
        return Result.WOKEN if step.end is End.WOKEN else Result.LEFT

    async def bring_home(self, ride: Ride) -> bool:
        """Move the person home if they are where we put them; whether nobody is left in the wrong place."""
        for attempt in range(TRIES):
            seat = self._seat(ride.target)
            if not ride.is_ours(seat):
                return True
            try:
                await self._ports.rest.modify_member(self._guild_id, ride.target, channel_id=ride.home)
            except (Forbidden, BadRequest, NotFound):
                return seat != ride.afk
            except RateLimitedOut as error:
                await trio.sleep(error.retry_after_s)
            except RestError:
                await trio.sleep(RETRY_S * 2**attempt)
            else:
                return True
        return False

    def _seat(self, target: UserId) -> ChannelId | None:
        return self._ports.cache.voice_channel_of(self._guild_id, target)
