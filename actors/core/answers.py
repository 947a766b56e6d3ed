"""The three ways to answer: a slash command, a component or form, a prefix message.

Rules: an acknowledged interaction is answered by editing its first response or by a follow-up, never by a
second response, and only after its own acknowledgement succeeded. A refusal ends the work as failed. If
Discord no longer knew the interaction, the answer goes to the channel instead. A prefix command's transient
answer and its call are deleted some time after its work has ended.
"""

import logging

from attrs import define, evolve, field

from actors.core.ack import Ack, AckOutcome
from actors.core.lane import Lane, Later
from actors.core.ports import Rest
from actors.core.reply import OnSent, Reply
from actors.core.unanswered import Entry
from actors.core.work import Work
from actors.rest.errors import NotFound, RestError
from actors.rest.payloads import Message
from gateway_client.ids import ApplicationId, ChannelId, MessageId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)


@define(eq=False, kw_only=True)
class CommandReply:
    """Answers a slash command whose reply was deferred.

    ``entry`` is its row in the book of what reads "thinking…"; ``is_kept``: whoever answers keeps the end.
    """

    rest: Rest
    lane: Lane
    ack: Ack
    application_id: ApplicationId
    token: str = field(repr=False)
    channel_id: ChannelId
    ephemeral: bool
    work: Work
    entry: Entry | None = None
    is_kept: bool = field(default=False, init=False)
    _in_channel: MessageId | None = field(default=None, init=False)

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        """Fill the placeholder, or replace the answer."""
        if self.is_kept:
            self._end_entry()
        self.foretell(message)
        self.lane.put(lambda: self._answer(message, sent))

    def foretell(self, message: Message) -> None:
        """This will be said: it is true, and a restart may say it as well."""
        if self.entry is not None:
            self.entry.keep(message)

    def refuse(self, message: Message) -> None:
        """Say no privately, which the work ends with; a public placeholder is removed first."""
        self.work.fail()
        if self.entry is not None:
            self.entry.keep(message, refusal=True)
        self.lane.put(lambda: self._refuse(message))

    def expire(self, message: Message) -> None:
        """The same as refusing: a command has no buttons."""
        self.refuse(message)

    def withdraw(self) -> None:
        """Remove the placeholder or the answer."""
        self.lane.put(self._withdraw)

    async def settled(self) -> None:
        """Wait until everything said was sent."""
        await self.lane.settled()

    def _end_entry(self) -> None:
        if self.entry is not None:
            self.entry.end()

    async def _answer(self, message: Message, sent: OnSent | None) -> None:
        if await self.ack.wait() is AckOutcome.ACKNOWLEDGED:
            try:
                posted = await self.rest.edit_answer(self.application_id, self.token, message)
            except NotFound:
                self._end_entry()
                if self.ephemeral:
                    raise
            else:
                self._end_entry()
                _tell(sent, posted)
                return
        self._end_entry()
        await self._to_channel(message, sent)

    async def _refuse(self, message: Message) -> None:
        if await self.ack.wait() is not AckOutcome.ACKNOWLEDGED:
            await self._to_channel(message, None)
        elif self.ephemeral:
            await self.rest.edit_answer(self.application_id, self.token, message)
        else:
            # As long as the placeholder is there, a follow-up fills it, publicly, and would go with it.
            # Source: Receiving and Responding to Interactions, "Create Followup Message".
            await self._remove_answer()
            await self.rest.follow_up(self.application_id, self.token, evolve(message, ephemeral=True))
        self._end_entry()

    async def _remove_answer(self) -> None:
        try:
            await self.rest.delete_answer(self.application_id, self.token)
        except NotFound:
            return  # a moderator was faster

    async def _withdraw(self) -> None:
        if await self.ack.wait() is AckOutcome.ACKNOWLEDGED:
            await self.rest.delete_answer(self.application_id, self.token)
        elif self._in_channel is not None:
            await self.rest.delete_message(self.channel_id, self._in_channel)
        self._end_entry()

    async def _to_channel(self, message: Message, sent: OnSent | None) -> None:
        plain = evolve(message, ephemeral=False)
        if self._in_channel is None:
            posted = await self.rest.create_message(self.channel_id, plain)
            self._in_channel = posted.id
        else:
            posted = await self.rest.edit_message(self.channel_id, self._in_channel, plain)
        _tell(sent, posted)


@define(eq=False, kw_only=True)
class ComponentReply:
    """Answers a click whose update was deferred: what is said is private to the person who pressed."""

    rest: Rest
    lane: Lane
    ack: Ack
    application_id: ApplicationId
    token: str = field(repr=False)
    channel_id: ChannelId
    work: Work
    _said: MessageId | None = field(default=None, init=False)

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        """A private follow-up; said again, it is replaced."""
        self.lane.put(lambda: self._say(message, sent))

    def refuse(self, message: Message) -> None:
        """Say no, which the work ends with; every answer to a click is private."""
        self.work.fail()
        self.say(message)

    def expire(self, message: Message) -> None:
        """Say so privately and take the buttons off the message."""
        self.refuse(message)
        self.lane.put(self._strip)

    def withdraw(self) -> None:
        """Take the follow-up away."""
        self.lane.put(self._withdraw)

    async def settled(self) -> None:
        """Wait until everything said was sent."""
        await self.lane.settled()

    async def _strip(self) -> None:
        if await self.ack.wait() is AckOutcome.ACKNOWLEDGED:
            await self.rest.clear_components(self.application_id, self.token)

    async def _say(self, message: Message, sent: OnSent | None) -> None:
        private = evolve(message, ephemeral=True)
        if await self.ack.wait() is not AckOutcome.ACKNOWLEDGED:
            posted = await self.rest.create_message(self.channel_id, evolve(message, ephemeral=False))
        elif self._said is None:
            posted = await self.rest.follow_up(self.application_id, self.token, private)
            self._said = posted.id
        else:
            posted = await self.rest.edit_follow_up(self.application_id, self.token, self._said, private)
        _tell(sent, posted)

    async def _withdraw(self) -> None:
        if self._said is not None:
            await self.rest.delete_answer(self.application_id, self.token, self._said)
            self._said = None


@define(eq=False, kw_only=True)
class MessageReply:
    """Answers a prefix command in its channel, as a reply to the message.

    Args:
        tidy_after_s: seconds between the end of the work and the deletion of a transient answer and the call;
        0 keeps both. can_delete_call: whether the bot may delete other people's messages here.
    """

    rest: Rest
    lane: Lane
    later: Later
    channel_id: ChannelId
    call_id: MessageId
    work: Work
    tidy_after_s: float
    can_delete_call: bool
    _said: MessageId | None = field(default=None, init=False)
    _transient: bool = field(default=False, init=False)
    _tidying: bool = field(default=False, init=False)

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        """Post the answer, or replace it."""
        self._transient = transient
        self._tidy_later()
        self.lane.put(lambda: self._say(message, sent))

    def refuse(self, message: Message) -> None:
        """Say no, which the work ends with; a channel knows no private answers, so it is tidied away."""
        self.work.fail()
        self.say(message, transient=True)

    def expire(self, message: Message) -> None:
        """The same as refusing: a message has no buttons."""
        self.refuse(message)

    def withdraw(self) -> None:
        """Delete the answer."""
        self.lane.put(self._withdraw)

    async def settled(self) -> None:
        """Wait until everything said was sent."""
        await self.lane.settled()

    async def _say(self, message: Message, sent: OnSent | None) -> None:
        if self._said is None:
            answer = evolve(message, ephemeral=False, reply_to=self.call_id)
            posted = await self.rest.create_message(self.channel_id, answer)
            self._said = posted.id
        else:
            posted = await self.rest.edit_message(
                self.channel_id, self._said, evolve(message, ephemeral=False)
            )
        _tell(sent, posted)

    async def _withdraw(self) -> None:
        if self._said is not None:
            await self.rest.delete_message(self.channel_id, self._said)
            self._said = None

    def _tidy_later(self) -> None:
        if self.tidy_after_s and not self._tidying:
            self._tidying = True
            self.work.watch(self._on_work)

    def _on_work(self, work: Work) -> None:
        if not work.is_open:
            self.later(self.tidy_after_s, self._tidy)

    async def _tidy(self) -> None:
        await self.settled()
        if self._transient and self._said is not None:
            await self._delete(self._said)
        if self.can_delete_call:
            await self._delete(self.call_id)

    async def _delete(self, message_id: MessageId) -> None:
        try:
            await self.rest.delete_message(self.channel_id, message_id)
        except NotFound:
            return  # somebody was faster
        except RestError as error:
            log.info("a message could not be tidied away", extra={"error": str(error)})


def foretell(reply: Reply, message: Message) -> None:
    """What will be said later is true already: it is kept where somebody reads "thinking…" until then."""
    if isinstance(reply, CommandReply):
        reply.foretell(message)


def _tell(sent: OnSent | None, message: SentMessage) -> None:
    if sent is not None:
        sent(message)
