"""How an answer can be found after a restart, also where Discord has not said yet which message it is.

For slices that show something which will not stay true ("Downloading…") and keep how it ends. A message whose
number is not known is reached by the token of its interaction, as long as that lives, or found as the reply
to the message that asked.
"""

from attrs import field, frozen

from actors.core.answers import CommandReply, MessageReply
from actors.core.channel_reply import ChannelReply
from actors.core.ports import Ports
from actors.core.reply import Reply
from actors.rest.payloads import Message
from gateway_client.ids import ChannelId, MessageId, UserId
from gateway_client.objects import Message as SentMessage


@frozen(kw_only=True)
class WayBack:
    """Where an answer is, by the first of these that is known."""

    channel_id: ChannelId
    message_id: MessageId | None = None
    token: str | None = field(default=None, repr=False)
    call_id: MessageId | None = None


def keep_way_back(reply: Reply) -> WayBack | None:
    """The way to what is about to be said; ``None`` where only its message's number could tell.

    Whoever asks keeps it before the first word, and sees to it that the answer ends: the core does not any
    more.
    """
    match reply:
        case CommandReply(channel_id=channel_id, token=token):
            reply.is_kept = True
            return WayBack(channel_id=channel_id, token=token)
        case MessageReply(channel_id=channel_id, call_id=call_id):
            return WayBack(channel_id=channel_id, call_id=call_id)
        case ChannelReply(channel_id=channel_id, message_id=message_id):
            return WayBack(channel_id=channel_id, message_id=message_id)
        case _:
            return None


async def say_there(ports: Ports, way: WayBack, message: Message) -> SentMessage | None:
    """Replace what a former life has said; ``None`` where it is not found.

    Raises:
        RestError: it is gone, or out of reach.
    """
    rest, channel_id, message_id = ports.rest, way.channel_id, way.message_id
    if message_id is None and way.token is not None:
        return await rest.edit_answer(ports.application_id, way.token, message)
    if message_id is None and way.call_id is not None:
        written = await rest.get_messages(channel_id, way.call_id)
        message_id = next((one.id for one in written if _replies(one, ports.me, way.call_id)), None)
    if message_id is None:
        return None
    return await rest.edit_message(channel_id, message_id, message)


def _replies(one: SentMessage, me: UserId, call_id: MessageId) -> bool:
    reference = one.message_reference
    return one.author.id == me and reference is not None and reference.message_id == call_id
