"""A server in which stories are played in one of the two forms, and everything that can be seen from there.

Answers are read with the server's own ids replaced by names and moments by ``<t>``, so that what two servers
read can be compared word by word.
"""

import re
from collections.abc import Callable
from enum import Enum

from attrs import define, evolve, field

from actors.core.custom_id import parse_custom_id
from actors.core.declare import Command, OptionType
from actors.core.registry import Registry
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.permissions import Permissions
from sandbox.model.default import (
    AFK_ID,
    BEN_ID,
    CLEO_ID,
    DAN_ID,
    DJ_ROLE_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
    build_guild,
)
from sandbox.model.entities import Guild, Message, Upload
from sandbox.model.interaction import Interaction
from sandbox.people import Person
from tests.scenarios.every_command import Option, Press, Run, Type
from tests.scenarios.stage import Stage, text_of

PEOPLE = {"ada": OWNER_ID, "ben": BEN_ID, "cleo": CLEO_ID, "dan": DAN_ID}
TWIN = 1000
"""What is added to the ids of the first server for those of its twin."""
_REMINDER = re.compile(r"\*\*#(\d+)\*\*")
_MOMENT = re.compile(r"<t:\d+(:\w)?>")


class Form(Enum):
    """How commands are given in a place."""

    SLASH = "slash"
    WRITTEN = "written"


@define(eq=False)
class Place:
    """One server; ``names`` is what the braces of a story stand for here."""

    stage: Stage
    form: Form
    registry: Registry
    shift: int
    names: dict[str, str] = field(factory=dict[str, str])
    files: dict[str, bytes] = field(factory=dict[str, bytes])
    asked: list[Interaction] = field(factory=list[Interaction])
    """Every interaction of the stories."""

    def __attrs_post_init__(self) -> None:
        self.names |= {name: str(user_id) for name, user_id in PEOPLE.items()}
        self.names |= {"lounge": str(self.channel(LOUNGE_ID)), "dj": str(self.role(DJ_ROLE_ID))}

    @property
    def guild_id(self) -> GuildId:
        """This server."""
        return GuildId(GUILD_ID + self.shift)

    @property
    def guild(self) -> Guild:
        """This server as the local Discord has it."""
        return self.stage.sandbox.world.directory.guild(self.guild_id)

    @property
    def text_id(self) -> ChannelId:
        """Where commands are given."""
        return self.channel(MUSIC_ID)

    @property
    def bot_id(self) -> UserId:
        """The bot."""
        return self.stage.sandbox.world.application.bot.id

    def channel(self, first: ChannelId) -> ChannelId:
        """This server's own of a channel of the first one."""
        return ChannelId(first + self.shift)

    def role(self, first: RoleId) -> RoleId:
        """This server's own of a role of the first one."""
        return RoleId(first + self.shift)

    def person(self, name: str) -> Person:
        """Somebody by name, or by what a brace stands for."""
        return self.stage.sandbox.people.of(PEOPLE[name if name in PEOPLE else self.names[name]])

    def sit(self, name: str) -> None:
        """Let somebody sit down in the Lounge."""
        self.person(name).join_voice(self.channel(LOUNGE_ID))

    def seat_of(self, user_id: UserId) -> ChannelId | None:
        """Where somebody sits, as a channel of the first server."""
        state = self.stage.sandbox.world.voice.state(self.guild_id, user_id)
        return None if state is None or state.channel_id is None else ChannelId(state.channel_id - self.shift)

    def messages(self, name: str = "ada") -> list[Message]:
        """What somebody sees, oldest first."""
        return self.person(name).visible_messages(self.text_id)

    def lines(self, name: str = "ada") -> list[str]:
        """What somebody reads, oldest first."""
        return [self.plain(text_of(message)) for message in self.messages(name)]

    def plain(self, text: str) -> str:
        """A text with names in place of ids."""
        for name, user_id in PEOPLE.items():
            text = text.replace(f"<@{user_id}>", f"@{name.title()}")
        text = text.replace(f"<@&{self.names['dj']}>", "@DJ")
        for first, name in ((LOUNGE_ID, "Lounge"), (MUSIC_ID, "music"), (AFK_ID, "AFK")):
            text = text.replace(f"<#{self.channel(first)}>", f"#{name}")
        found = _REMINDER.findall(text)
        if found:
            self.names["reminder"] = found[-1]
        return _REMINDER.sub("**#n**", _MOMENT.sub("<t>", text))

    def here(self, value: Option) -> Option:
        """A value of a story as it is called here."""
        return value.format(**self.names) if isinstance(value, str) else value

    def give(self, deed: Run, person: Person) -> Callable[[], list[str]]:
        """Give a command in this place's form; returns how to read what answers it."""
        if self.form is Form.SLASH:
            return self.answers_to(self.slash(deed, person))
        command = self.registry.command(deed.name)
        assert command is not None, f"no command is called {deed.name}"
        uploads = [Upload(filename=name, content=self.files[name]) for name in deed.files.values()]
        call = person.send_message(self.text_id, f"!{self._words(deed, command)}", uploads)

        def answers() -> list[str]:
            replies = (one for one in self.messages() if one.author.bot and one.reference is not None)
            return [
                self.plain(text_of(one))
                for one in replies
                if one.reference is not None and one.reference.message_id == call.id
            ]

        return answers

    def slash(self, deed: Run, person: Person) -> Interaction:
        """The slash form, whatever the place's."""
        command = self.registry.command(deed.name)
        assert command is not None, f"no command is called {deed.name}"
        whole = {option.name for option in command.options if option.type is OptionType.INTEGER}
        given = {name: self.here(value) for name, value in deed.options.items()}
        options = {name: int(value) if name in whole else value for name, value in given.items()}
        files = {
            option: Upload(filename=name, content=self.files[name]) for option, name in deed.files.items()
        }
        return person.run_command(self.text_id, deed.name, options, files)

    def type_in(self, deed: Type, person: Person) -> Callable[[], list[str]]:
        """Type into an option of a slash command; returns how to read what is offered."""
        options = {**deed.options, deed.option: deed.words}
        asked = person.autocomplete(self.text_id, deed.name, deed.option, options)
        self.asked.append(asked)
        return lambda: [str(choice["name"]) for choice in asked.choices]

    def _words(self, deed: Run, command: Command) -> str:
        if deed.written is not None:
            return f"{deed.alias or deed.name} {self.here(deed.written)}"
        words = [deed.alias or deed.name]
        for option in command.prefix_options:
            if option.name in deed.options:
                value = self.here(deed.options[option.name])
                match option.type:
                    case OptionType.USER | OptionType.MENTIONABLE:
                        words.append(f"<@{value}>")
                    case OptionType.FLAG:
                        words.append("on" if value else "off")
                    case _:
                        words.append(str(value))
        return " ".join(words)

    def answers_to(self, interaction: Interaction) -> Callable[[], list[str]]:
        """How to read what answers an interaction, oldest first."""

        self.asked.append(interaction)

        def answers() -> list[str]:
            ids = [interaction.original_id, *interaction.followup_ids]
            person = self.stage.sandbox.people.of(interaction.user_id)
            seen = person.visible_messages(interaction.channel_id)
            return [self.plain(text_of(message)) for message in seen if message.id in ids]

        return answers

    def button(self, deed: Press, name: str) -> tuple[Message, str] | None:
        """The newest message with such a button that can be pressed, and the button's id."""
        for message in reversed(self.messages(name)):
            for item in (item for row in message.components for item in row["components"]):
                custom_id = parse_custom_id(str(item.get("custom_id", "")))
                if custom_id is None or item.get("disabled"):
                    continue
                fits = (custom_id.address.kind, custom_id.verb) == (deed.kind, deed.verb)
                if fits and deed.label in (str(item.get("label", "")), ""):
                    return message, str(item["custom_id"])
        return None


def add_twin(stage: Stage) -> None:
    """Another server like the first, with ids of its own and the same people."""
    world = stage.sandbox.world
    first = build_guild(world.application)
    twin = Guild(
        id=GuildId(first.id + TWIN),
        name="Twin",
        owner_id=first.owner_id,
        joined_at=first.joined_at,
        afk_channel_id=ChannelId(AFK_ID + TWIN),
    )
    for role in first.roles.values():
        twin.roles[RoleId(role.id + TWIN)] = evolve(role, id=RoleId(role.id + TWIN))
    for channel in first.channels.values():
        own = ChannelId(channel.id + TWIN)
        twin.channels[own] = evolve(channel, id=own, guild_id=twin.id)
    for member in first.members.values():
        twin.members[member.user.id] = evolve(
            member,
            user=world.directory.user(member.user.id),
            roles=tuple(RoleId(one + TWIN) for one in member.roles),
        )
    world.directory.add_guild(twin)


def leave_the_bot_its_invitation(stage: Stage) -> None:
    """In every server the bot may do what the invitation asks for, and everybody may come and listen."""
    for guild in stage.sandbox.world.directory.guilds.values():
        guild.roles[RoleId(guild.id)].permissions = int(Permissions.VIEW_CHANNEL | Permissions.CONNECT)
