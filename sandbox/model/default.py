"""The world that a sandbox starts with: one server, its channels, four people, and the bot.

The ids are the same in every run, so that a bot's data folder still fits after both were restarted.
"""

from datetime import UTC, datetime

from gateway_client.ids import ApplicationId, ChannelId, GuildId, RoleId, UserId
from sandbox.model.clock import DISCORD_EPOCH_MS
from sandbox.model.entities import Application, Channel, ChannelType, Guild, Member, Role, User
from sandbox.model.permissions import BOT_DEFAULT, EVERYONE_DEFAULT

_BORN = datetime(2026, 1, 1, tzinfo=UTC)
_BORN_SNOWFLAKE = (int(_BORN.timestamp() * 1000) - DISCORD_EPOCH_MS) << 22

GUILD_ID = GuildId(_BORN_SNOWFLAKE + 1)
APPLICATION_ID = ApplicationId(_BORN_SNOWFLAKE + 2)
BOT_ID = UserId(APPLICATION_ID)
BOT_ROLE_ID = RoleId(_BORN_SNOWFLAKE + 3)
DJ_ROLE_ID = RoleId(_BORN_SNOWFLAKE + 4)
OWNER_ID = UserId(_BORN_SNOWFLAKE + 11)
BEN_ID = UserId(_BORN_SNOWFLAKE + 12)
CLEO_ID = UserId(_BORN_SNOWFLAKE + 13)
DAN_ID = UserId(_BORN_SNOWFLAKE + 14)
GENERAL_ID = ChannelId(_BORN_SNOWFLAKE + 21)
MUSIC_ID = ChannelId(_BORN_SNOWFLAKE + 22)
LOUNGE_ID = ChannelId(_BORN_SNOWFLAKE + 23)
STUDIO_ID = ChannelId(_BORN_SNOWFLAKE + 24)
AFK_ID = ChannelId(_BORN_SNOWFLAKE + 25)

DEFAULT_TOKEN = "sandbox.token.not-a-secret"  # noqa: S105 - it opens nothing but this sandbox, and is printed


def build_application(token: str = DEFAULT_TOKEN) -> Application:
    """Return the bot's application, owned by the first person."""
    bot = User(id=BOT_ID, username="Roadie", bot=True)
    owner = User(id=OWNER_ID, username="ada", global_name="Ada")
    return Application(id=APPLICATION_ID, name="Roadie", bot=bot, owner=owner, token=token)


def build_guild(application: Application) -> Guild:
    """Return "Roadie's sandbox"."""
    guild = Guild(
        id=GUILD_ID, name="Roadie's sandbox", owner_id=OWNER_ID, joined_at=_BORN, afk_channel_id=AFK_ID
    )
    for role in _roles():
        guild.roles[role.id] = role
    for channel in _channels():
        guild.channels[channel.id] = channel
    people = (
        application.owner,
        User(id=BEN_ID, username="ben", global_name="Ben"),
        User(id=CLEO_ID, username="cleo", global_name="Cleo"),
        User(id=DAN_ID, username="dan", global_name="Dan"),
    )
    for user in people:
        guild.members[user.id] = Member(user=user, joined_at=_BORN)
    guild.members[application.bot.id] = Member(user=application.bot, joined_at=_BORN, roles=(BOT_ROLE_ID,))
    return guild


def _roles() -> tuple[Role, ...]:
    return (
        Role(id=RoleId(GUILD_ID), name="@everyone", position=0, permissions=int(EVERYONE_DEFAULT)),
        Role(id=DJ_ROLE_ID, name="DJ", position=1, permissions=0, color=0x5865F2, mentionable=True),
        Role(id=BOT_ROLE_ID, name="Roadie", position=2, permissions=int(BOT_DEFAULT), managed=True),
    )


def _channels() -> tuple[Channel, ...]:
    named = (
        (GENERAL_ID, ChannelType.TEXT, "general"),
        (MUSIC_ID, ChannelType.TEXT, "music"),
        (LOUNGE_ID, ChannelType.VOICE, "Lounge"),
        (STUDIO_ID, ChannelType.VOICE, "Studio"),
        (AFK_ID, ChannelType.VOICE, "AFK"),
    )
    return tuple(
        Channel(id=channel_id, type=kind, name=name, guild_id=GUILD_ID, position=position)
        for position, (channel_id, kind, name) in enumerate(named)
    )


def build_crowd(guild: Guild, members: int) -> None:
    """Add people until the guild has ``members``: a huge server."""
    first = int(DAN_ID) + 100
    for number in range(members - len(guild.members)):
        user = User(id=UserId(first + number), username=f"fan{number}", global_name=f"Fan {number}")
        guild.members[user.id] = Member(user=user, joined_at=_BORN)
