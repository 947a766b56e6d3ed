"""The numbers of the guild that the player's tests live in."""

from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.objects import Permissions

GUILD = GuildId(100)
TEXT = ChannelId(200)
VOICE = ChannelId(300)
OTHER_VOICE = ChannelId(301)
THIRD_VOICE = ChannelId(303)
STAGE = ChannelId(302)
ALICE = UserId(1001)
BOB = UserId(1002)
ME = UserId(9000)
DJ = RoleId(500_000_000_000_000_000)
MAY = (
    Permissions.VIEW_CHANNEL
    | Permissions.CONNECT
    | Permissions.SPEAK
    | Permissions.SEND_MESSAGES
    | Permissions.EMBED_LINKS
)

SHORTER = "Try a shorter one; the person who runs me can raise the limit (`limits.max_duration`)."
"""What somebody is told to do whose track is too long."""
NO_ENCRYPTION = (
    "<#300> requires end-to-end encryption, which I could not set up here. The person who runs me finds out "
    "why with `roadie doctor`."
)
