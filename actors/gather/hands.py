"""The requests of a gather: pings that vanish, taking somebody out of voice, a sentence to the starter.

Each runs in a task of its own, outside the actor's loop, so that no click waits for Discord. What Discord
refuses for lack of a permission comes back into the mailbox as ``Denied``; what somebody else did first is no
error. Other failures are logged by whoever runs the task.
"""

import logging
from datetime import datetime
from functools import partial

import trio
from attrs import define

from actors.core.cell import Context
from actors.core.texts import Say
from actors.gather.gather import Gather
from actors.gather.inputs import Who
from actors.gather.messages import Deed, Denied, NoticeUnsent, PingGone, PingPosted, Scheduled
from actors.gather.roster import Status
from actors.gather.rules import PEOPLE_PER_PING, PING_EVERY_S, PING_LIFETIME_S
from actors.gather.view import view_notice
from actors.rest.errors import BadRequest, Forbidden, NotFound, RestError
from actors.rest.payloads import AllowedMentions, Message, ScheduledEvent, escape
from gateway_client.ids import EventId, MessageId, UserId
from gateway_client.objects import ChannelType

log = logging.getLogger(__name__)


@define(eq=False)
class Hands:
    """The requests of one gather."""

    _context: Context
    _gather: Gather
    _say: Say

    def announce(self, people: tuple[UserId, ...]) -> None:
        """Ping these, in messages that stay."""
        for some in _portions(people):
            words = self._say("gather.announce", channel=self._gather.voice_id, people=_mentions(some))
            self._spawn_ping(words, some, None)

    def ghost_ping(self, people: tuple[UserId, ...]) -> None:
        """Ping these, in messages that are deleted at once."""
        for some in _portions(people):
            self._spawn_ping(_mentions(some), some, PING_LIFETIME_S)

    def call_up(self, who: Who) -> None:
        """Tell somebody of a free place; the message stays as long as it may still be true."""
        words = self._say("gather.free_place", user=who.id, channel=self._gather.voice_id)
        self._context.run(partial(self._ping, words, (who.id,), PING_EVERY_S))

    def disconnect(self, user_id: UserId) -> None:
        """Take somebody out of the gathering channel."""
        self._context.ports.spawn(partial(self._disconnect, user_id))

    def notify(self, deed: Deed) -> None:
        """Tell the starter what the bot may not do."""
        self._context.ports.spawn(partial(self._notify, deed))

    def delete(self, message_id: MessageId) -> None:
        """Delete a message of ours."""
        self._context.ports.spawn(partial(self._delete, message_id))

    def schedule(self, starts_at: datetime) -> None:
        """Announce the end of the countdown as an event of the guild."""
        gather = self._gather
        channel = self._context.ports.cache.channel(gather.voice_id)
        event = ScheduledEvent(
            name=self._say("gather.event_name"),
            channel_id=gather.voice_id,
            starts_at=starts_at,
            description=self._say("gather.event_description", name=escape(gather.starter.name)),
            is_stage=channel is not None and channel.type == ChannelType.GUILD_STAGE_VOICE,
        )
        self._context.ports.spawn(partial(self._schedule, event))

    def unschedule(self, event_id: EventId) -> None:
        """Take such an event back."""
        self._context.ports.spawn(partial(self._unschedule, event_id))

    def _spawn_ping(self, words: str, people: tuple[UserId, ...], lifetime_s: float | None) -> None:
        self._context.ports.spawn(partial(self._ping, words, people, lifetime_s))

    async def _ping(self, words: str, people: tuple[UserId, ...], lifetime_s: float | None) -> None:
        message = Message(content=words, mentions=AllowedMentions(users=people))
        try:
            sent = await self._context.ports.rest.create_message(self._gather.text_id, message)
        except (Forbidden, NotFound):
            self._context.tell_self(Denied(Deed.PING))
            return
        except RestError as error:
            log.warning("nobody was pinged", extra={"error": str(error)})
            return
        if lifetime_s is not None:
            self._context.tell_self(PingPosted(sent.id))
            await trio.sleep(lifetime_s)
            await self._delete(sent.id)

    async def _delete(self, message_id: MessageId) -> None:
        try:
            await self._context.ports.rest.delete_message(self._gather.text_id, message_id)
        except NotFound:
            log.debug("a ping was deleted by somebody else")
        except Forbidden:
            self._context.tell_self(Denied(Deed.DELETE))
        except RestError as error:  # it stays noted, and is deleted after the next start
            log.warning("a ping could not be deleted", extra={"error": str(error)})
            return
        self._context.tell_self(PingGone(message_id))

    async def _disconnect(self, user_id: UserId) -> None:
        """Unless they changed their mind or went elsewhere in the meantime."""
        ports, gather = self._context.ports, self._gather
        sits = ports.cache.voice_channel_of(self._context.guild_id, user_id) == gather.voice_id
        if not sits or gather.roster.status(user_id) is not Status.OUT:
            return
        try:
            await ports.rest.modify_member(self._context.guild_id, user_id, channel_id=None)
        except Forbidden:
            self._context.tell_self(Denied(Deed.DISCONNECT))
        except (NotFound, BadRequest) as gone:
            log.info("somebody had left the channel already", extra={"error": str(gone)})

    async def _notify(self, deed: Deed) -> None:
        message = Message(content=view_notice(deed, self._gather, self._say))
        try:
            await self._context.ports.rest.create_message(self._gather.text_id, message)
        except RestError as error:
            log.info("a notice goes into the gather's message", extra={"error": str(error)})
            self._context.tell_self(NoticeUnsent(deed))

    async def _schedule(self, event: ScheduledEvent) -> None:
        try:
            made = await self._context.ports.rest.create_scheduled_event(self._context.guild_id, event)
        except Forbidden:
            self._context.tell_self(Denied(Deed.SCHEDULE))
            return
        if self._gather.in_countdown:
            self._context.tell_self(Scheduled(gather=self._gather.id, event_id=made.id))
        else:  # nobody may be left to hear of it
            await self._unschedule(made.id)

    async def _unschedule(self, event_id: EventId) -> None:
        try:
            await self._context.ports.rest.delete_scheduled_event(self._context.guild_id, event_id)
        except (NotFound, Forbidden) as error:
            log.info("an event is somebody else's business now", extra={"error": str(error)})


def _portions(people: tuple[UserId, ...]) -> list[tuple[UserId, ...]]:
    return [people[first : first + PEOPLE_PER_PING] for first in range(0, len(people), PEOPLE_PER_PING)]


def _mentions(people: tuple[UserId, ...]) -> str:
    return " ".join(f"<@{user_id}>" for user_id in people)
