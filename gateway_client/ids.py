"""Names for Discord's snowflakes.

A snowflake is a 64-bit integer; on the wire it is a decimal string. Inside Roadie it is an ``int`` whose
type says what it names, so that a channel cannot be passed where a guild is meant. Decoders are built with
``strict=False``, which reads the string form straight into these types.

Source: Discord API reference, section "Snowflakes".
"""

from typing import NewType

ApplicationId = NewType("ApplicationId", int)
AttachmentId = NewType("AttachmentId", int)
ChannelId = NewType("ChannelId", int)
CommandId = NewType("CommandId", int)
EmojiId = NewType("EmojiId", int)
EventId = NewType("EventId", int)
GuildId = NewType("GuildId", int)
InteractionId = NewType("InteractionId", int)
MessageId = NewType("MessageId", int)
RoleId = NewType("RoleId", int)
UserId = NewType("UserId", int)
