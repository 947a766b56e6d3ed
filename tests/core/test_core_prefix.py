import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Command, Option, OptionType, Slice
from actors.core.envelope import Facts
from actors.core.prefix import find_call, strip_prefix, usage_line
from actors.core.registry import Registry
from actors.core.schema import to_registration
from actors.core.slash import command_name, focused_option, read_arguments
from actors.core.texts import Argument
from actors.core.words import parse_arguments
from actors.rest.payloads import to_wire_command
from gateway_client.cache import Cache
from gateway_client.ids import AttachmentId, ChannelId, MessageId, UserId
from gateway_client.objects import (
    Attachment,
    InteractionData,
    InteractionOption,
    Member,
    Message,
    Resolved,
    User,
)
from tests.core.fakes import ME


@frozen
class Asked:
    arguments: Arguments


def command(name: str, *options: Option, aliases: tuple[str, ...] = ()) -> Command:
    def address(facts: Facts) -> Address:
        return Address("x", facts.guild_id)

    def message(arguments: Arguments, facts: Facts) -> Asked:
        return Asked(arguments)

    return Command(name=name, group="g", address=address, message=message, options=options, aliases=aliases)


PLAY = command(
    "play", Option(name="query", autocomplete=True), Option(name="file", type=OptionType.ATTACHMENT)
)
SKIP = command("skip", Option(name="amount", type=OptionType.INTEGER, minimum=1, maximum=99))
REP = command(
    "rep plus",
    Option(name="user", type=OptionType.USER, required=True),
    Option(name="reason", required=True),
    aliases=("+rep",),
)
LOOP = command("loop", Option(name="mode", choices=("off", "track"), required=True))
QUIET = command("silent", Option(name="mode", type=OptionType.FLAG), aliases=("shh",))
RENAME = command("local rename", Option(name="track", required=True), Option(name="name", required=True))
REGISTRY = Registry(
    (
        Slice(
            kind="x",
            package="x",
            factory=lambda _: pytest.fail("never built"),
            commands=(PLAY, SKIP, REP, LOOP, QUIET, RENAME),
        ),
    )
)

BOB = User(id=UserId(1002), username="bob", global_name="Bob")
CACHE = Cache()
FILE = Attachment(id=AttachmentId(5), filename="song.ogg", url="https://cdn.example/song.ogg")


def message(content: str, *attachments: Attachment) -> Message:
    return Message(
        id=MessageId(1),
        channel_id=ChannelId(2),
        author=BOB,
        content=content,
        mentions=(BOB,),
        attachments=attachments,
    )


def values(line: str, *attachments: Attachment) -> dict[str, object]:
    call = find_call(REGISTRY, line)
    assert call is not None
    return dict(parse_arguments(call, message(line, *attachments), CACHE).values)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("!play x", "play x"),
        ("!  play", "play"),
        ("<@9000> play x", "play x"),
        ("<@!9000>play", "play"),
        ("<@1002> play", None),
        ("play !x", None),
        ("", None),
        ("!", ""),
    ],
)
def test_prefix_and_mention(content: str, line: str | None) -> None:
    assert strip_prefix(content, "!", ME) == line


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("PLAY never gonna", "play"),
        ("rep plus <@1002> nice", "rep plus"),
        ("+rep <@1002> nice", "rep plus"),
        ("Rep  Plus <@1002> x", "rep plus"),
        ("shh", "silent"),
        ("rep", None),
        ("unknown thing", None),
        ("", None),
    ],
)
def test_names_and_aliases_ignore_case(line: str, name: str | None) -> None:
    call = find_call(REGISTRY, line)
    assert (call and call.command.name) == name


def test_last_text_takes_the_rest_of_the_line() -> None:
    assert values("play never   gonna give") == {"query": "never   gonna give"}
    assert values("+rep <@!1002> for being kind") == {
        "user": values("+rep <@1002> x")["user"],
        "reason": "for being kind",
    }


def test_quotes_hold_words_together_before_the_last_text() -> None:
    assert values('local rename "old name" new name') == {"track": "old name", "name": "new name"}


def test_attachment_goes_to_its_option() -> None:
    assert values("play", FILE) == {"file": FILE}
    assert values("play words", FILE) == {"query": "words", "file": FILE}


def test_numbers_are_clamped_and_flags_read() -> None:
    assert values("skip 1000") == {"amount": 99}
    assert values("skip -5") == {"amount": 1}
    assert [values(f"silent {word}")["mode"] for word in ("ON", "y", "0", "no")] == [True, True, False, False]
    assert values("silent") == {}
    assert values("loop TRACK") == {"mode": "track"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("skip many", "core.not_a_number"),
        ("silent maybe", "core.not_on_or_off"),
        ("loop sideways", "core.not_a_choice"),
        ("loop", "core.missing_option"),
        ("+rep somebody nice", "core.not_a_person"),
        ("+rep <@77> nice", "core.not_a_person"),
        ("+rep <@1002>", "core.missing_option"),
        ("skip 1 2", None),
    ],
)
def test_words_that_do_not_fit_are_a_usage_error(line: str, reason: str | None) -> None:
    with pytest.raises(Usage) as wrong:
        values(line)
    assert (wrong.value.reason and wrong.value.reason.key) == reason


@given(st.sampled_from(["play", "skip", "rep plus", "loop", "silent", "local rename"]), st.text(max_size=60))
def test_any_line_is_values_or_a_usage_error(name: str, rest: str) -> None:
    call = find_call(REGISTRY, f"{name} {rest}")
    assert call is not None
    try:
        parse_arguments(call, message(rest), CACHE)
    except Usage:
        return


def test_usage_line_marks_what_may_be_left_out() -> None:
    assert usage_line(PLAY, "!") == "!play [query] [file]"
    assert usage_line(REP, "/") == "/rep plus user reason"


def test_slash_options_become_the_same_arguments() -> None:
    data = InteractionData(
        name="rep",
        options=(
            InteractionOption(
                name="plus",
                type=1,
                options=(
                    InteractionOption(name="user", type=6, value="1002"),
                    InteractionOption(name="reason", type=3, value="kind", focused=True),
                ),
            ),
        ),
        resolved=Resolved(users={"1002": BOB}, members={"1002": Member(nick="Bobby")}),
    )
    assert command_name(data) == "rep plus"
    arguments = read_arguments(data)
    person = arguments.person("user")
    assert person is not None
    assert (person.id, person.name) == (BOB.id, "Bobby")
    assert arguments.text("reason") == "kind"
    focused = focused_option(data)
    assert focused is not None
    assert focused.name == "reason"


def test_slash_option_that_discord_did_not_resolve_is_absent() -> None:
    data = InteractionData(name="play", options=(InteractionOption(name="file", type=11, value="5"),))
    assert read_arguments(data).values == {}


def test_schema_gathers_subcommands_and_puts_required_options_first() -> None:
    swapped = command("x", Option(name="b"), Option(name="a", required=True))

    def say(key: str, /, **arguments: Argument) -> str:
        return key

    rep, play, one = (to_wire_command(c) for c in to_registration([REP, PLAY, swapped], say))
    assert rep["name"] == "rep"
    assert rep["description"] == "commands.rep.description"
    subcommands = rep["options"]
    assert isinstance(subcommands, list)
    assert subcommands[0]["name"] == "plus"
    assert subcommands[0]["options"][0]["description"] == "commands.rep_plus.user"
    assert one["options"] == [
        {"type": 3, "name": "a", "description": "commands.x.a", "required": True},
        {"type": 3, "name": "b", "description": "commands.x.b", "required": False},
    ]
    assert play["name"] == "play"


def test_a_name_is_declared_once() -> None:
    part = Slice(kind="y", package="y", factory=lambda _: pytest.fail("never built"), commands=(PLAY,))
    with pytest.raises(ValueError, match="twice"):
        Registry((*REGISTRY.slices, part))
