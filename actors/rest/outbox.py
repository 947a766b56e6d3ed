"""The port to Discord's REST interface: one method per request, values in and values out.

``open_outbox`` gives an ``Outbox``. Everything that leaves over it obeys the limits (``buckets``), is
repeated where that is safe (``sender``) and raises the room's errors. Interaction callbacks normally leave
over ``ack_line``; ``respond`` here is the slow way, for when that line is not there.

May import this room and ``gateway_client.{ids, objects}``.

Source: Discord, the resource pages "Message", "Channel", "Guild", "Voice", "User", "Application Commands",
"Receiving and Responding to Interactions".
"""

import datetime as dt
import random
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from actors.rest import routes
from actors.rest.answers import parse_object
from actors.rest.api_base import USER_AGENT, ApiBase
from actors.rest.buckets import Limiter
from actors.rest.callbacks import Callback, to_wire_callback
from actors.rest.checks import check_text
from actors.rest.emoji import Reaction, to_path_emoji
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.messages import Message, to_wire_answer, to_wire_create, to_wire_edit
from actors.rest.registration import Command, RegisteredCommand, check_commands, to_wire_command
from actors.rest.routes import Target
from actors.rest.scheduled import Scheduled, ScheduledEvent, to_wire_scheduled_event
from actors.rest.sender import Sender
from actors.rest.tickets import Diagnosis
from actors.rest.transport import Body, Network, open_transport
from actors.rest.unset import UNSET, Unset
from gateway_client import objects
from gateway_client.ids import (
    ApplicationId,
    ChannelId,
    EventId,
    GuildId,
    InteractionId,
    MessageId,
    UserId,
)

MAX_NICK = 32
MAX_VOICE_STATUS = 500

_NONCE_BITS = 96

_T = TypeVar("_T")


@asynccontextmanager
async def open_outbox(
    *,
    api_base: str,
    token: Callable[[], str],
    random: random.Random,
    guard: InvalidGuard | None = None,
    user_agent: str = USER_AGENT,
    tls: ssl.SSLContext | None = None,
    network: Network | None = None,
) -> "AsyncGenerator[Outbox]":
    """Open the way out; leaving the block gives up what is still waiting.

    Args:
        api_base: ``https://discord.com/api/v10``, or ``http://`` on this machine.
        token: gives the bot's token.
        random: draws pauses and nonces.
        guard: shared with the acknowledgement line, so that both count against the same ban.
        user_agent: ``DiscordBot (url, version)``.
        tls: a client context in place of the default one.
        network: in place of the real one, for tests.

    Raises:
        ValueError: the API base is no address that a token may travel to.

    """
    limiter = Limiter(guard=InvalidGuard() if guard is None else guard)
    async with open_transport(
        base=ApiBase.parse(api_base), token=token, user_agent=user_agent, tls=tls, network=network
    ) as transport:
        yield Outbox(Sender(transport=transport, limiter=limiter, random=random), random)


class Outbox:
    """Every method raises ``RestError`` and its kinds; ``PayloadError`` before anything is sent."""

    def __init__(self, sender: Sender, random: random.Random) -> None:
        self._sender = sender
        self._random = random

    def diagnostics(self) -> Diagnosis:
        """Buckets, queues and invalid answers at this moment."""
        return self._sender.diagnosis()

    # -- messages

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> objects.Message:
        """Post a message, once; ``nonce`` (at most 25 characters) extends that to repeats by the caller."""
        own_nonce = f"{self._random.getrandbits(_NONCE_BITS):024x}" if nonce is None else nonce
        body = Body(json=to_wire_create(message, nonce=own_nonce), files=message.files)
        return await self._fetch(objects.Message, routes.CREATE_MESSAGE.fill(channel_id=channel_id), body)

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[objects.Message, ...]:
        """Read what was written next after a message, which need not exist; 1 to 100, newest first."""
        target = routes.GET_MESSAGES.fill(channel_id=channel_id).asking(after=after, limit=limit)
        return await self._fetch(tuple[objects.Message, ...], target)

    async def get_message(self, channel_id: ChannelId, message_id: MessageId) -> objects.Message:
        """Read a message."""
        target = routes.GET_MESSAGE.fill(channel_id=channel_id, message_id=message_id)
        return await self._fetch(objects.Message, target)

    async def edit_message(
        self, channel_id: ChannelId, message_id: MessageId, message: Message
    ) -> objects.Message:
        """Make a message of ours look like ``message``; what that does not hold disappears."""
        target = routes.EDIT_MESSAGE.fill(channel_id=channel_id, message_id=message_id)
        return await self._fetch(objects.Message, target, _edit(message))

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """Delete a message, ours or (with the permission) anybody's."""
        await self._sender.send(routes.DELETE_MESSAGE.fill(channel_id=channel_id, message_id=message_id))

    async def react(self, channel_id: ChannelId, choose: Callable[[], Reaction | None]) -> None:
        """Change one reaction of ours in a channel: the one that ``choose`` names when its turn has come.

        Reactions of a channel may be changed once per 250 ms or so; whoever has many of them to show decides
        at each turn which is worth it. A 429 leads to another choice, any other failure is raised at once.
        """

        def target() -> Target | None:
            chosen = choose()
            if chosen is None:
                return None
            route = routes.ADD_REACTION if chosen.present else routes.REMOVE_REACTION
            return _reaction(route, channel_id, chosen.message_id, chosen.emoji)

        await self._sender.send_chosen(_reaction(routes.ADD_REACTION, channel_id, MessageId(0), "-"), target)

    # -- answers to interactions

    async def respond(self, interaction_id: InteractionId, token: str, callback: Callback) -> None:
        """Send the first response the slow way."""
        target = routes.RESPOND.fill(interaction_id=interaction_id, token=token)
        await self._sender.send(target, Body(json=to_wire_callback(callback)))

    async def get_answer(self, application_id: ApplicationId, token: str) -> objects.Message:
        """Read the first response; its flags say whether it is still only a place."""
        target = routes.GET_ANSWER.fill(application_id=application_id, token=token)
        return await self._fetch(objects.Message, target)

    async def fill_answer(self, application_id: ApplicationId, token: str, packed: bytes) -> objects.Message:
        """Fill the first response with what ``pack_answer`` gave, perhaps before a restart."""
        target = routes.EDIT_ANSWER.fill(application_id=application_id, token=token)
        return await self._fetch(objects.Message, target, Body(json=msgspec.json.decode(packed)))

    async def edit_answer(
        self, application_id: ApplicationId, token: str, message: Message
    ) -> objects.Message:
        """Fill or replace the first response."""
        target = routes.EDIT_ANSWER.fill(application_id=application_id, token=token)
        return await self._fetch(objects.Message, target, _edit(message))

    async def clear_components(self, application_id: ApplicationId, token: str) -> None:
        """Take the buttons off the message that was pressed; after a deferred update only."""
        target = routes.EDIT_ANSWER.fill(application_id=application_id, token=token)
        await self._sender.send(target, Body(json={"components": []}))

    async def follow_up(self, application_id: ApplicationId, token: str, message: Message) -> objects.Message:
        """Post a further message; not repeated when its answer is lost, since it carries no nonce."""
        target = routes.FOLLOW_UP.fill(application_id=application_id, token=token)
        body = Body(json=to_wire_answer(message), files=message.files)
        return await self._fetch(objects.Message, target, body)

    async def edit_follow_up(
        self, application_id: ApplicationId, token: str, message_id: MessageId, message: Message
    ) -> objects.Message:
        """Replace a follow-up."""
        target = routes.EDIT_FOLLOW_UP.fill(application_id=application_id, token=token, message_id=message_id)
        return await self._fetch(objects.Message, target, _edit(message))

    async def delete_answer(
        self, application_id: ApplicationId, token: str, message_id: MessageId | None = None
    ) -> None:
        """Delete the first response, or the follow-up ``message_id``."""
        if message_id is None:
            target = routes.DELETE_ANSWER.fill(application_id=application_id, token=token)
        else:
            target = routes.DELETE_FOLLOW_UP.fill(
                application_id=application_id, token=token, message_id=message_id
            )
        await self._sender.send(target)

    # -- members and voice

    async def modify_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        *,
        nick: str | Unset | None = UNSET,
        channel_id: ChannelId | Unset | None = UNSET,
    ) -> None:
        """Rename a member (None: back to the user's name) or move them (None: disconnect from voice)."""
        wire: dict[str, object] = {}
        if not isinstance(nick, Unset):
            check_text("nick", nick or "", most=MAX_NICK)
            wire["nick"] = nick
        if not isinstance(channel_id, Unset):
            wire["channel_id"] = None if channel_id is None else str(channel_id)
        target = routes.MODIFY_MEMBER.fill(guild_id=guild_id, user_id=user_id)
        await self._sender.send(target, Body(json=wire))

    async def modify_own_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        *,
        suppress: bool | Unset = UNSET,
        request_to_speak_at: dt.datetime | Unset | None = UNSET,
    ) -> None:
        """Become a speaker of a stage (``suppress=False``), or ask to (an aware time; None takes it back)."""
        wire: dict[str, object] = {"channel_id": str(channel_id)}
        if not isinstance(suppress, Unset):
            wire["suppress"] = suppress
        if not isinstance(request_to_speak_at, Unset):
            at = request_to_speak_at
            wire["request_to_speak_timestamp"] = None if at is None else at.isoformat()
        await self._sender.send(routes.MODIFY_OWN_VOICE_STATE.fill(guild_id=guild_id), Body(json=wire))

    async def set_voice_status(self, channel_id: ChannelId, status: str) -> None:
        """Write the line under a voice channel's name; empty text clears it."""
        check_text("voice status", status, most=MAX_VOICE_STATUS)
        target = routes.SET_VOICE_STATUS.fill(channel_id=channel_id)
        await self._sender.send(target, Body(json={"status": status or None}))

    async def create_scheduled_event(self, guild_id: GuildId, event: ScheduledEvent) -> Scheduled:
        """Announce a meeting in a voice or stage channel."""
        target = routes.CREATE_SCHEDULED_EVENT.fill(guild_id=guild_id)
        return await self._fetch(Scheduled, target, Body(json=to_wire_scheduled_event(event)))

    async def delete_scheduled_event(self, guild_id: GuildId, event_id: EventId) -> None:
        """Take a meeting back."""
        target = routes.DELETE_SCHEDULED_EVENT.fill(guild_id=guild_id, event_id=event_id)
        await self._sender.send(target)

    # -- private channels

    async def open_dm(self, user_id: UserId) -> objects.Channel:
        """Give the direct message channel with a user, made if there is none."""
        body = Body(json={"recipient_id": str(user_id)})
        return await self._fetch(objects.Channel, routes.OPEN_DM.fill(), body)

    # -- the application itself

    async def get_application(self) -> objects.Application:
        """Read our own application with its flags."""
        return await self._fetch(objects.Application, routes.GET_APPLICATION.fill())

    async def get_own_user(self) -> objects.User:
        """Read the bot's own user."""
        return await self._fetch(objects.User, routes.GET_OWN_USER.fill())

    async def get_gateway_bot(self) -> objects.GatewayBot:
        """Read where the gateway is and how many sessions may still be started."""
        return await self._fetch(objects.GatewayBot, routes.GET_GATEWAY_BOT.fill())

    async def get_commands(self, application_id: ApplicationId) -> tuple[RegisteredCommand, ...]:
        """Read the global commands as Discord keeps them."""
        target = routes.GET_COMMANDS.fill(application_id=application_id)
        return await self._fetch(tuple[RegisteredCommand, ...], target)

    async def overwrite_commands(
        self, application_id: ApplicationId, commands: Sequence[Command]
    ) -> tuple[RegisteredCommand, ...]:
        """Make ``commands`` the only global ones, in one request."""
        check_commands(tuple(commands))
        target = routes.OVERWRITE_COMMANDS.fill(application_id=application_id)
        body = Body(json=[to_wire_command(command) for command in commands])
        return await self._fetch(tuple[RegisteredCommand, ...], target, body)

    async def _fetch(self, kind: type[_T], target: Target, body: Body | None = None) -> _T:
        return parse_object(kind, await self._sender.send(target, body), target.route)


def _edit(message: Message) -> Body:
    return Body(json=to_wire_edit(message), files=message.files)


def _reaction(route: routes.Route, channel_id: ChannelId, message_id: MessageId, emoji: str) -> Target:
    return route.fill(channel_id=channel_id, message_id=message_id, emoji=to_path_emoji(emoji))
