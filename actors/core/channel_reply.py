"""The way back to a message of ours whose interaction is long gone: it is edited with the bot's own token.

For what people press after a restart: the answer takes the place of the message they pressed on.
"""

from attrs import define, evolve

from actors.core.lane import Lane
from actors.core.ports import Rest
from actors.core.reply import OnSent
from actors.rest.errors import NotFound
from actors.rest.payloads import Message
from gateway_client.ids import ChannelId, MessageId


@define(eq=False, kw_only=True)
class ChannelReply:
    """Answers by replacing a message; posts a new one where it was deleted."""

    rest: Rest
    lane: Lane
    channel_id: ChannelId
    message_id: MessageId

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        """Replace the message."""
        self.lane.put(lambda: self._say(message, sent))

    def refuse(self, message: Message) -> None:
        """The same as saying it: the message is in the channel already."""
        self.say(message)

    def expire(self, message: Message) -> None:
        """The same as saying it: the buttons go with the old content."""
        self.say(message)

    def withdraw(self) -> None:
        """Delete the message."""
        self.lane.put(self._withdraw)

    async def settled(self) -> None:
        """Wait until everything said was sent."""
        await self.lane.settled()

    async def _say(self, message: Message, sent: OnSent | None) -> None:
        shown = evolve(message, ephemeral=False)
        try:
            posted = await self.rest.edit_message(self.channel_id, self.message_id, shown)
        except NotFound:
            posted = await self.rest.create_message(self.channel_id, shown)
            self.message_id = posted.id
        if sent is not None:
            sent(posted)

    async def _withdraw(self) -> None:
        try:
            await self.rest.delete_message(self.channel_id, self.message_id)
        except NotFound:
            return  # somebody was faster
