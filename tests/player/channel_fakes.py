"""A text channel in memory, and answers in it: what reached it, in its order."""

from datetime import datetime
from functools import partial

import trio
from attrs import define, field

from actors.core.lane import Lane
from actors.core.reply import OnSent
from actors.rest.errors import NotFound, RestError
from actors.rest.payloads import UNSET, Message, Scheduled, ScheduledEvent, Unset
from gateway_client.ids import ApplicationId, ChannelId, EventId, GuildId, MessageId, UserId
from gateway_client.objects import Channel, User
from gateway_client.objects import Message as SentMessage
from tests.player.places import ME, TEXT


@define(eq=False)
class FakeRest:
    """A text channel in memory, with everything that reached it in its order."""

    delay_s: float = 0.02
    lines: list[str] = field(factory=list[str])
    panels: list[Message] = field(factory=list[Message])
    """What replaced a message with buttons, which the lines do not tell."""
    messages: dict[MessageId, Message] = field(factory=dict[MessageId, Message])
    refusing: RestError | None = None
    floors: list[str] = field(factory=list[str])
    statuses: list[tuple[ChannelId, str]] = field(factory=list[tuple[ChannelId, str]])
    _next: int = 5000

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        await self._enter()
        assert message.mentions.users == ()
        assert message.mentions.roles == ()
        self._next += 1
        message_id = MessageId(self._next)
        self.messages[message_id] = message
        self.lines.append(message.content)
        return SentMessage(id=message_id, channel_id=channel_id, author=User(id=ME, bot=True))

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        raise AssertionError("the player reads nothing")

    async def edit_message(
        self, channel_id: ChannelId, message_id: MessageId, message: Message
    ) -> SentMessage:
        await self._enter()
        if message_id not in self.messages:
            raise NotFound("unknown message", status=404, code=10008)
        before, self.messages[message_id] = self.messages[message_id], message
        if before.components:
            self.panels.append(message)
        else:
            self.lines.append(f"edit: {message.content}")
        return SentMessage(id=message_id, channel_id=channel_id, author=User(id=ME, bot=True))

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        await self._enter()
        if self.messages.pop(message_id, None) is None:
            raise NotFound("unknown message", status=404, code=10008)

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        raise AssertionError("no interaction was made")

    async def clear_components(self, application_id: ApplicationId, token: str) -> None:
        raise AssertionError("no interaction was made")

    async def follow_up(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        raise AssertionError("no interaction was made")

    async def edit_follow_up(
        self, application_id: ApplicationId, token: str, message_id: MessageId, message: Message
    ) -> SentMessage:
        raise AssertionError("no interaction was made")

    async def delete_answer(
        self, application_id: ApplicationId, token: str, message_id: MessageId | None = None
    ) -> None:
        raise AssertionError("no interaction was made")

    async def modify_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        *,
        nick: str | Unset | None = UNSET,
        channel_id: ChannelId | Unset | None = UNSET,
    ) -> None:
        raise AssertionError("the player moves nobody")

    async def modify_own_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        *,
        suppress: bool | Unset = UNSET,
        request_to_speak_at: datetime | Unset | None = UNSET,
    ) -> None:
        if isinstance(suppress, Unset):
            assert isinstance(request_to_speak_at, datetime)
            assert request_to_speak_at.tzinfo is not None
            self.floors.append(f"asks on {channel_id}")
        else:
            assert suppress is False
            self.floors.append(f"takes {channel_id}")

    async def set_voice_status(self, channel_id: ChannelId, status: str) -> None:
        await self._enter()
        self.statuses.append((channel_id, status))

    async def create_scheduled_event(self, guild_id: GuildId, event: ScheduledEvent) -> Scheduled:
        raise AssertionError("the player schedules nothing")

    async def delete_scheduled_event(self, guild_id: GuildId, event_id: EventId) -> None:
        raise AssertionError("the player schedules nothing")

    async def open_dm(self, user_id: UserId) -> Channel:
        raise AssertionError("the player tells nobody in private")

    async def _enter(self) -> None:
        await trio.sleep(self.delay_s)
        if self.refusing is not None:
            raise self.refusing


@define(eq=False)
class ChannelReply:
    """Answers in the channel, in order: posts first, edits then. Remembers what was transient."""

    rest: FakeRest
    lane: Lane
    transient: list[bool] = field(factory=list[bool])
    _said: MessageId | None = None

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        self.transient.append(transient)
        self.lane.put(partial(self._say, message, sent))

    def refuse(self, message: Message) -> None:
        self.say(message, transient=True)

    def expire(self, message: Message) -> None:
        self.refuse(message)

    def withdraw(self) -> None:
        raise AssertionError("the player withdraws nothing")

    async def settled(self) -> None:
        await self.lane.settled()

    async def _say(self, message: Message, sent: OnSent | None) -> None:
        if self._said is None:
            posted = await self.rest.create_message(TEXT, message)
            self._said = posted.id
        else:
            posted = await self.rest.edit_message(TEXT, self._said, message)
        if sent is not None:
            sent(posted)


@define(eq=False)
class FakePresence:
    """What the profile shows, in time."""

    titles: list[str | None] = field(factory=list[str | None])

    def playing(self, guild_id: GuildId, title: str | None) -> None:
        self.titles.append(title)
