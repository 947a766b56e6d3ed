"""What words of a message name: people, roles, channels, numbers, leading words, and orders of their own."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.core.access import Rule
from actors.core.address import Address
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Command, Option, OptionType, Slice, UserMenu
from actors.core.lookup import Lookup
from actors.core.prefix import Call, usage_line
from actors.core.registry import Registry
from actors.core.schema import to_registration
from actors.core.slash import command_name, read_arguments
from actors.core.texts import Argument
from actors.core.words import parse_arguments
from actors.rest.payloads import to_wire_command
from gateway_client.cache import Cache
from gateway_client.events import GuildCreated, MemberAdded, Received, VoiceStateUpdated
from gateway_client.ids import ChannelId, MessageId, RoleId, UserId
from gateway_client.kinds import ChannelType
from gateway_client.members import MembersMet
from gateway_client.objects import (
    Channel,
    Guild,
    InteractionData,
    InteractionOption,
    Member,
    Message,
    Permissions,
    Resolved,
    Role,
    User,
    VoiceState,
)
from tests.core.fakes import GUILD

ADA, BOB, OTHER_BOB = UserId(10**17 + 1), UserId(10**17 + 2), UserId(10**17 + 3)
DJ = RoleId(10**17 + 4)
MUSIC, LOUNGE = ChannelId(10**17 + 5), ChannelId(10**17 + 6)


def member(user_id: UserId, username: str, nick: str | None = None) -> Member:
    return Member(user=User(id=user_id, username=username, global_name=username.title()), nick=nick)


def filled_cache() -> Cache:
    cache = Cache()
    guild = Guild(
        id=GUILD,
        roles=(Role(id=RoleId(GUILD), name="@everyone"), Role(id=DJ, name="DJ", position=3)),
        channels=(
            Channel(id=MUSIC, name="music", guild_id=GUILD),
            Channel(id=LOUNGE, name="lounge", type=ChannelType.GUILD_VOICE, guild_id=GUILD),
        ),
        members=(
            member(ADA, "ada", "Countess Ada"),
            member(BOB, "bob", "Bobby"),
            member(OTHER_BOB, "rob", "bobby"),
        ),
    )
    cache.apply(Received(event=GuildCreated(guild=guild), shard_id=0, sequence=1))
    return cache


CACHE = filled_cache()


def command(name: str, *options: Option, order: tuple[str, ...] = (), menu: str = "") -> Command:
    return Command(
        name=name,
        group="g",
        address=lambda facts: Address("x", facts.guild_id),
        message=lambda arguments, facts: arguments,
        options=options,
        prefix_order=order,
        menu=UserMenu(name=menu) if menu else None,
    )


def one(kind: OptionType, **more: object) -> Command:
    return command("x", evolve(Option(name="it", type=kind, required=True), **more))


def read(called: Command, line: str, *mentions: User) -> Arguments:
    message = Message(
        id=MessageId(1),
        channel_id=MUSIC,
        guild_id=GUILD,
        author=User(id=ADA, username="ada"),
        content=line,
        mentions=mentions,
    )
    return parse_arguments(Call(command=called, rest=line), message, CACHE)


def complaint(called: Command, line: str) -> str | None:
    with pytest.raises(Usage) as wrong:
        read(called, line)
    return wrong.value.reason.key if wrong.value.reason else None


@pytest.mark.parametrize(
    "line", [f"<@{ADA}>", f"<@!{ADA}>", str(ADA), "ada", "@ADA", '"countess ada"', '"@Countess Ada"']
)
def test_person_is_found_by_mention_id_user_name_and_what_they_are_called(line: str) -> None:
    person = read(one(OptionType.USER), line).person("it")
    assert person is not None
    assert (person.id, person.name) == (ADA, "Countess Ada")


def test_whoever_sits_in_voice_is_known_though_others_were_met_since() -> None:
    cache = Cache(met=MembersMet(limit=1))
    cache.apply(Received(event=GuildCreated(guild=Guild(id=GUILD)), shard_id=0, sequence=1))
    sits = VoiceState(user_id=ADA, guild_id=GUILD, channel_id=LOUNGE, member=member(ADA, "ada"))
    cache.apply(Received(event=VoiceStateUpdated(state=sits), shard_id=0, sequence=2))
    joined = MemberAdded(guild_id=GUILD, member=member(BOB, "bob"))
    cache.apply(Received(event=joined, shard_id=0, sequence=3))
    lookup = Lookup(cache=cache, guild_id=GUILD, mentioned={})
    assert [getattr(lookup.person(name), "id", None) for name in ("ada", "bob", "eve")] == [ADA, BOB, None]


@pytest.mark.parametrize("line", ["bobby", "nobody", f"{10**17 + 99}", f"<@{10**17 + 99}>"])
def test_name_of_two_people_and_strangers_are_nobody(line: str) -> None:
    assert complaint(one(OptionType.USER), line) == "core.not_a_person"


def test_mention_of_somebody_the_cache_never_met_is_enough() -> None:
    stranger = User(id=UserId(10**17 + 99), username="eve", bot=True)
    person = read(one(OptionType.USER), f"<@{stranger.id}>", stranger).person("it")
    assert person is not None
    assert (person.name, person.is_bot) == ("eve", True)


@pytest.mark.parametrize("line", [f"<@&{DJ}>", str(DJ), "dj", "@DJ"])
def test_role_is_found(line: str) -> None:
    role = read(one(OptionType.ROLE), line).role("it")
    assert role is not None
    assert role.id == DJ
    assert read(one(OptionType.MENTIONABLE), line).mentionable("it") == role


@pytest.mark.parametrize("line", [f"<#{MUSIC}>", str(MUSIC), "music", "#Music"])
def test_channel_is_found_if_its_kind_fits(line: str) -> None:
    channel = read(one(OptionType.CHANNEL), line).channel("it")
    assert channel is not None
    assert channel.id == MUSIC
    only_voice = one(OptionType.CHANNEL, channel_types=(ChannelType.GUILD_VOICE,))
    assert complaint(only_voice, line) == "core.not_a_channel"


def test_mentionable_prefers_the_person_and_refuses_the_rest() -> None:
    found = read(one(OptionType.MENTIONABLE), "ada").mentionable("it")
    assert getattr(found, "id", None) == ADA
    assert complaint(one(OptionType.MENTIONABLE), "nothing") == "core.not_mentionable"
    assert complaint(one(OptionType.ROLE), "nothing") == "core.not_a_role"


@pytest.mark.parametrize(("line", "value"), [("1.5", 1.5), ("1,5", 1.5), ("9", 2.0), ("-1", 0.5)])
def test_number_has_a_fraction_and_bounds(line: str, value: float) -> None:
    assert read(one(OptionType.NUMBER, minimum=0.5, maximum=2.0), line).number("it") == value


@pytest.mark.parametrize("line", ["nan", "inf", "x", "1.5.5"])
def test_number_that_is_none_is_refused(line: str) -> None:
    assert complaint(one(OptionType.NUMBER), line) == "core.not_a_fraction"


def test_text_that_is_too_long_is_refused() -> None:
    assert read(one(OptionType.TEXT, max_length=3), "abc").text("it") == "abc"
    assert complaint(one(OptionType.TEXT, max_length=3), "abcd") == "core.too_long"


def lengths(words: Sequence[str]) -> int:
    found = 0
    while found < len(words) and words[found][0].isdigit():
        found += 1
    return found


USER = Option(name="user", type=OptionType.USER, required=True)
REMIND = command(
    "notify you",
    USER,
    Option(name="when", required=True, leading=lengths),
    Option(name="note"),
    Option(name="user2", type=OptionType.USER),
    Option(name="user3", type=OptionType.USER),
    order=("user", "user2", "user3", "when", "note"),
)


def test_prefix_order_optional_people_and_leading_words() -> None:
    given = read(REMIND, f"<@{ADA}> {BOB} 1h 30m water the  plants")
    assert [person.id for person in given.people("user", "user2", "user3")] == [ADA, BOB]
    assert (given.text("when"), given.text("note")) == ("1h 30m", "water the  plants")


def test_optional_person_before_something_else_is_not_looked_up_by_name() -> None:
    given = read(REMIND, "ada bob")
    assert [person.id for person in given.people("user", "user2", "user3")] == [ADA]
    assert given.text("when") == "bob"


@given(st.sampled_from(list(OptionType)), st.booleans(), st.text(max_size=40))
def test_any_words_are_a_value_or_a_usage_error(kind: OptionType, required: bool, line: str) -> None:
    options = (Option(name="it", type=kind, required=required), Option(name="n", type=OptionType.NUMBER))
    for called in (command("x", *options), REMIND):
        try:
            given_values = read(called, line).values
        except Usage:
            continue
        assert set(given_values) <= {option.name for option in called.options}


def test_people_in_a_row_go_by_name_and_are_counted_once() -> None:
    several = command("x", USER, *(Option(name=f"user{n}", type=OptionType.USER) for n in (2, 3)))
    names = ("user", "user2", "user3")
    assert [p.id for p in read(several, "ada bob ada").people(*names)] == [ADA, BOB]
    assert complaint(several, "ada nobody") == "core.not_a_person"


def test_usage_shows_few_choices_and_the_order_of_its_form() -> None:
    assert usage_line(REMIND, "!") == "!notify you user [user2] [user3] when [note]"
    assert usage_line(REMIND, "/") == "/notify you user when [note] [user2] [user3]"
    loop = command("loop", Option(name="mode", choices=("off", "track", "queue"), required=True))
    assert usage_line(loop, "!") == "!loop off|track|queue"


def test_slash_values_of_every_kind() -> None:
    role, channel = Role(id=DJ, name="DJ"), Channel(id=MUSIC, name="music")
    data = InteractionData(
        name="x",
        options=(
            InteractionOption(name="role", type=8, value=str(DJ)),
            InteractionOption(name="anybody", type=9, value=str(DJ)),
            InteractionOption(name="somebody", type=9, value=str(ADA)),
            InteractionOption(name="channel", type=7, value=str(MUSIC)),
            InteractionOption(name="number", type=10, value=2),
        ),
        resolved=Resolved(
            users={str(ADA): User(id=ADA, username="ada")},
            roles={str(DJ): role},
            channels={str(MUSIC): channel},
        ),
    )
    given = read_arguments(data)
    assert (given.role("role"), given.mentionable("anybody"), given.channel("channel")) == (
        role,
        role,
        channel,
    )
    assert getattr(given.mentionable("somebody"), "id", None) == ADA
    assert given.number("number") == 2.0


def say(key: str, /, **arguments: Argument) -> str:
    return key


def test_groups_are_nested_and_named_by_three_words() -> None:
    commands = [command("list mine save"), command("list mine load"), command("list show")]
    (registered,) = to_registration(commands, say, {"cs": say})
    assert to_wire_command(registered)["description_localizations"] == {"cs": "commands.list.description"}
    group, show = registered.options
    assert (group.name, int(group.type), group.description) == ("mine", 2, "commands.list_mine.description")
    assert [(part.name, int(part.type)) for part in group.options] == [("save", 1), ("load", 1)]
    assert (show.name, int(show.type)) == ("show", 1)
    leaf = InteractionOption(name="save", type=1)
    inside = InteractionOption(name="mine", type=2, options=(leaf,))
    assert command_name(InteractionData(name="list", options=(inside,))) == "list mine save"


def test_menu_is_a_command_of_its_own() -> None:
    _, wire = (to_wire_command(each) for each in to_registration([command("x", USER, menu="Do it!")], say))
    assert (wire["name"], wire["type"]) == ("Do it!", 2)
    assert "description" not in wire


def test_permissions_are_those_that_all_subcommands_share() -> None:
    manager = evolve(command("a x"), rule=Rule.MANAGER)
    own = evolve(command("b"), permissions=Permissions.MOVE_MEMBERS)
    registered = to_registration([manager, evolve(manager, name="a y"), own, command("c")], say)
    assert [each.default_member_permissions for each in registered] == [
        int(Permissions.MANAGE_GUILD),
        int(Permissions.MOVE_MEMBERS),
        None,
    ]
    (mixed,) = to_registration([manager, command("a y")], say)
    assert mixed.default_member_permissions is None


def test_an_alias_must_not_hide_a_command() -> None:
    both = (command("a"), evolve(command("b"), aliases=("a",)))
    with pytest.raises(ValueError, match="alias"):
        Registry((Slice(kind="x", package="x", factory=lambda _: pytest.fail("never built"), commands=both),))


def test_names_of_another_guild_are_nobody() -> None:
    message = Message(id=MessageId(1), channel_id=MUSIC, author=User(id=ADA, username="ada"), content="ada")
    with pytest.raises(Usage):
        parse_arguments(Call(command=one(OptionType.USER), rest="ada"), message, CACHE)
