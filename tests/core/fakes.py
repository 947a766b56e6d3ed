"""Fakes for the core's ports: a tiny Discord in memory that refuses illegal use, and replies that
remember."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec
import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.claim import Place
from actors.core.courtesy import Courtesy
from actors.core.envelope import Envelope, Facts
from actors.core.ports import Clock, Ports
from actors.core.reactions import NO_LEGACY, Legacy, OnSettled, Reactions, Wish
from actors.core.reply import OnSent
from actors.core.setting import Settings, declare
from actors.core.shared_settings import SHARED
from actors.core.texts import load_catalogue
from actors.core.unanswered import LOADING, Unanswered
from actors.core.work import Work
from actors.rest.errors import AlreadyAcknowledged, NotFound, RestError, UnknownInteraction
from actors.rest.payloads import UNSET, Callback, Message, Scheduled, ScheduledEvent, Unset
from gateway_client.cache import Cache
from gateway_client.ids import ApplicationId, ChannelId, EventId, GuildId, InteractionId, MessageId, UserId
from gateway_client.kinds import ChannelType
from gateway_client.objects import Channel, Permissions, User
from gateway_client.objects import Message as SentMessage
from tests.store.fakes import MemoryStore

GUILD = GuildId(100)
CHANNEL = ChannelId(200)
VOICE = ChannelId(300)
ALICE = UserId(1001)
BOB = UserId(1002)
ME = UserId(9000)
APPLICATION = ApplicationId(9001)
EPOCH = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

CATALOGUE = load_catalogue(
    [f"actors.{name}" for name in ("core", "help", "members", "pager", "picker", "settings")]
)


@define(eq=False)
class FakeRest:
    """Messages in memory. Answers need an acknowledged token, edits need an existing message."""

    delay_s: float = 0.0
    errors: list[RestError] = field(factory=list[RestError])
    messages: dict[MessageId, Message] = field(factory=dict[MessageId, Message])
    answers: dict[str, Message] = field(factory=dict[str, Message])
    acknowledged: set[str] = field(factory=set[str])
    removed: set[str] = field(factory=set[str])
    log: list[str] = field(factory=list[str])
    stripped: list[str] = field(factory=list[str])
    _next: int = 500_000

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        await self._enter(f"create {message.content}")
        return self._post(channel_id, message)

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        raise AssertionError("nobody reads what was written here")

    async def edit_message(
        self, channel_id: ChannelId, message_id: MessageId, message: Message
    ) -> SentMessage:
        await self._enter(f"edit {message.content}")
        if message_id not in self.messages:
            raise NotFound("unknown message", status=404, code=10008)
        self.messages[message_id] = message
        return _sent(channel_id, message_id)

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        await self._enter("delete")
        if self.messages.pop(message_id, None) is None:
            raise NotFound("unknown message", status=404, code=10008)

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        await self._enter(f"answer {message.content}")
        self._need_ack(token)
        self.answers[token] = message
        message_id = MessageId(int(token.removeprefix("t")))
        self.messages[message_id] = message
        return _sent(CHANNEL, message_id)

    async def get_answer(self, application_id: ApplicationId, token: str) -> SentMessage:
        await self._enter("get answer")
        self._need_ack(token)
        if token in self.removed:
            raise NotFound("unknown message", status=404, code=10008)
        sent = _sent(CHANNEL, MessageId(int(token.removeprefix("t"))))
        return sent if token in self.answers else evolve(sent, flags=LOADING)

    async def fill_answer(self, application_id: ApplicationId, token: str, packed: bytes) -> SentMessage:
        wire = msgspec.json.decode(packed, type=dict[str, object])
        return await self.edit_answer(application_id, token, Message(content=str(wire["content"])))

    async def clear_components(self, application_id: ApplicationId, token: str) -> None:
        await self._enter("strip")
        self._need_ack(token)
        self.stripped.append(token)

    async def follow_up(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        await self._enter(f"follow {message.content}")
        self._need_ack(token)
        return self._post(CHANNEL, message)

    async def edit_follow_up(
        self, application_id: ApplicationId, token: str, message_id: MessageId, message: Message
    ) -> SentMessage:
        self._need_ack(token)
        return await self.edit_message(CHANNEL, message_id, message)

    async def delete_answer(
        self, application_id: ApplicationId, token: str, message_id: MessageId | None = None
    ) -> None:
        await self._enter("delete answer")
        self._need_ack(token)
        if message_id is None:
            self.answers.pop(token, None)
            self.removed.add(token)
        else:
            del self.messages[message_id]

    async def open_dm(self, user_id: UserId) -> Channel:
        await self._enter("open dm")
        return Channel(id=ChannelId(user_id), type=ChannelType.DM)

    async def modify_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        *,
        nick: str | Unset | None = UNSET,
        channel_id: ChannelId | Unset | None = UNSET,
    ) -> None:
        what = f"nick {nick}" if not isinstance(nick, Unset) else f"move to {channel_id}"
        await self._enter(f"member {user_id} {what}")

    async def modify_own_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        *,
        suppress: bool | Unset = UNSET,
        request_to_speak_at: datetime | Unset | None = UNSET,
    ) -> None:
        what = "asks to speak" if isinstance(suppress, Unset) else f"suppress {suppress}"
        await self._enter(f"stage {channel_id} {what}")

    async def set_voice_status(self, channel_id: ChannelId, status: str) -> None:
        raise AssertionError("nobody writes under voice channels here")

    async def create_scheduled_event(self, guild_id: GuildId, event: ScheduledEvent) -> Scheduled:
        await self._enter(f"event {event.name}")
        self._next += 1
        return Scheduled(id=EventId(self._next))

    async def delete_scheduled_event(self, guild_id: GuildId, event_id: EventId) -> None:
        await self._enter(f"no event {event_id}")

    def contents(self) -> list[str]:
        return [message.content for message in self.messages.values()]

    async def _enter(self, what: str) -> None:
        await trio.sleep(self.delay_s)
        self.log.append(what.strip())
        if self.errors:
            raise self.errors.pop(0)

    def _need_ack(self, token: str) -> None:
        if token not in self.acknowledged:
            raise NotFound("unknown webhook", status=404, code=10015)

    def _post(self, channel_id: ChannelId, message: Message) -> SentMessage:
        self._next += 1
        message_id = MessageId(self._next)
        self.messages[message_id] = message
        return _sent(channel_id, message_id)


@define(eq=False)
class FakeAckLine:
    """Acknowledges after a round trip; a second response to an interaction is refused as Discord refuses
    it."""

    rest: FakeRest
    delay_s: float = 0.0
    unknown: bool = False
    callbacks: list[tuple[InteractionId, Callback]] = field(factory=list[tuple[InteractionId, Callback]])
    times: list[float] = field(factory=list[float])

    async def respond(self, interaction_id: InteractionId, token: str, callback: Callback) -> None:
        await trio.sleep(self.delay_s)
        if self.unknown:
            raise UnknownInteraction("unknown interaction", status=404, code=10062)
        if token in self.rest.acknowledged:
            raise AlreadyAcknowledged("already acknowledged", status=400, code=40060)
        self.rest.acknowledged.add(token)
        self.callbacks.append((interaction_id, callback))
        self.times.append(trio.current_time())


@define(eq=False)
class FakeReply:
    """Remembers what was said."""

    said: list[Message] = field(factory=list[Message])
    refused: list[Message] = field(factory=list[Message])
    expired: list[Message] = field(factory=list[Message])
    withdrawn: int = 0

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        self.said.append(message)
        if sent is not None:
            sent(_sent(CHANNEL, MessageId(777)))

    def refuse(self, message: Message) -> None:
        self.refused.append(message)

    def expire(self, message: Message) -> None:
        self.expired.append(message)

    def withdraw(self) -> None:
        self.withdrawn += 1

    async def settled(self) -> None:
        await trio.lowlevel.checkpoint()


@define(eq=False)
class FakeGateway:
    """Remembers where the bot was told to sit."""

    voice: list[tuple[GuildId, ChannelId | None]] = field(factory=list[tuple[GuildId, ChannelId | None]])

    def update_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId | None,
        *,
        self_mute: bool = False,
        self_deaf: bool = True,
    ) -> None:
        self.voice.append((guild_id, channel_id))


@define(eq=False)
class FakePresence:
    """Remembers what plays."""

    titles: dict[GuildId, str | None] = field(factory=dict[GuildId, str | None])

    def playing(self, guild_id: GuildId, title: str | None) -> None:
        self.titles[guild_id] = title


@define(eq=False)
class FakeReactions:
    """Remembers what everybody wishes for, and settles nothing by itself."""

    wishes: list[tuple[Place, str, tuple[str, ...]]] = field(factory=list[tuple[Place, str, tuple[str, ...]]])
    released: list[tuple[Place, str]] = field(factory=list[tuple[Place, str]])

    def wish(
        self,
        place: Place,
        holder: str,
        wish: Wish,
        *,
        settled: OnSettled | None = None,
        legacy: Legacy = NO_LEGACY,
    ) -> None:
        self.wishes.append((place, holder, tuple(emote.text for emote in wish.emotes)))

    def release(self, place: Place, holder: str) -> None:
        self.released.append((place, holder))

    def others(self, place: Place, holder: str) -> tuple[str, ...]:
        return ()

    def forget(self, channel_id: ChannelId, message_id: MessageId) -> None: ...


@define(eq=False)
class Outside:
    """Everything outside an actor, with the places where a test looks."""

    nursery: trio.Nursery
    rest: FakeRest = field(factory=FakeRest)
    store: MemoryStore = field(factory=MemoryStore)
    gateway: FakeGateway = field(factory=FakeGateway)
    presence: FakePresence = field(factory=FakePresence)
    reactions: Reactions = field(factory=FakeReactions)
    cache: Cache = field(factory=Cache)
    settings: Settings = field(factory=lambda: declare(SHARED, {}))
    told: list[tuple[Address, object]] = field(factory=list[tuple[Address, object]])
    _start: float = field(factory=trio.current_time)

    def at(self) -> datetime:
        return EPOCH + timedelta(seconds=trio.current_time() - self._start)

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        self.nursery.start_soon(_logged, task)

    def later(self, delay_s: float, task: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await trio.sleep(delay_s)
            await task()

        self.spawn(wait)

    def book(self, courtesy: Courtesy | None = None) -> Unanswered:
        ports = self.ports()
        return Unanswered(
            store=self.store,
            rest=self.rest,
            start=self.spawn,
            later=self.later,
            clock=ports.clock,
            courtesy=courtesy or Courtesy(),
            application_id=APPLICATION,
            say_in=ports.say_in,
            default_say=CATALOGUE.speaker(),
        )

    def ports(self, tell: Callable[[Address, object], None] | None = None) -> Ports:
        return Ports(
            rest=self.rest,
            store=self.store,
            gateway=self.gateway,
            presence=self.presence,
            reactions=self.reactions,
            cache=self.cache,
            settings=self.settings,
            clock=Clock(now=trio.current_time, at=self.at, random=random.Random(7)),
            tell=tell or (lambda address, message: self.told.append((address, message))),
            spawn=self.spawn,
            say_in=lambda guild_id: CATALOGUE.speaker(),
            me=ME,
            application_id=APPLICATION,
        )


async def _logged(task: Callable[[], Awaitable[None]]) -> None:
    try:
        await task()
    except RestError:
        return


def facts(user_id: UserId = ALICE, **changes: object) -> Facts:
    plain = Facts(
        at=EPOCH,
        now=0.0,
        guild_id=GUILD,
        channel_id=CHANNEL,
        user_id=user_id,
        user_name=f"user {user_id}",
        permissions=Permissions.SEND_MESSAGES,
    )
    return evolve(plain, **changes)


def envelope(message: object, user_id: UserId = ALICE, *, number: int = 1, click: bool = False) -> Envelope:
    return Envelope(
        number=number,
        command="test",
        message=message,
        facts=facts(user_id),
        reply=FakeReply(),
        work=Work(),
        is_click=click,
    )


def reply_of(sent: Envelope) -> FakeReply:
    assert isinstance(sent.reply, FakeReply)
    return sent.reply


def _sent(channel_id: ChannelId, message_id: MessageId) -> SentMessage:
    return SentMessage(id=message_id, channel_id=channel_id, author=User(id=ME, bot=True))
