"""Payloads: what Discord would refuse cannot be made, and what can be made Discord accepts."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rest import payloads
from actors.rest.payloads import (
    Callback,
    Choice,
    Command,
    CommandOption,
    CommandType,
    DeferredUpdate,
    File,
    Message,
    OptionType,
    PayloadError,
    Reply,
    ScheduledEvent,
    UpdateMessage,
)
from actors.rest.scheduled import to_wire_scheduled_event
from gateway_client.ids import ChannelId
from tests.rest import samples
from tests.rest.openapi import Contract
from tests.rest.payload_limits import LIMITS, option, rows, slash

MESSAGES = "/channels/1/messages"
WEBHOOK = "/webhooks/1/token"
CALLBACK = "/interactions/1/token/callback"


@pytest.mark.parametrize(("largest", "too_large"), LIMITS)
def test_each_limit_allows_its_last_value_and_refuses_the_next(
    largest: Callable[[], object], too_large: Callable[[], object]
) -> None:
    largest()
    with pytest.raises(PayloadError):
        too_large()


def test_a_command_of_more_than_8000_characters_is_refused() -> None:
    wordy = tuple(Choice(f"{n:02}" + "x" * 90, "y" * 90) for n in range(25))
    fits = option("a", choices=wordy)
    assert slash("c", fits).options == (fits,)
    with pytest.raises(PayloadError, match="8000"):
        slash("c", fits, option("b", choices=wordy))


def test_the_same_custom_id_twice_in_a_message_is_refused() -> None:
    with pytest.raises(PayloadError, match="twice"):
        Message(components=rows(1) * 2)


def test_an_error_names_the_place_and_not_the_text() -> None:
    with pytest.raises(PayloadError) as caught:
        Message(content="secret" * 1000)
    assert str(caught.value) == "message content: 6000 characters, at most 2000 are allowed"


@pytest.mark.parametrize("empty", [Message(), Message(content=" \n"), Message(silent=True)])
def test_an_empty_message_is_not_sent_but_may_be_edited_into(empty: Message) -> None:
    with pytest.raises(PayloadError, match="empty"):
        payloads.to_wire_create(empty)
    with pytest.raises(PayloadError, match="empty"):
        payloads.to_wire_answer(empty)
    assert payloads.to_wire_edit(empty)["embeds"] == []


def test_nobody_is_mentioned_unless_the_message_says_whom() -> None:
    nobody: dict[str, object] = {"parse": [], "users": [], "roles": [], "replied_user": False}
    message = Message(content="@everyone <@1>")
    for wire in (
        payloads.to_wire_create(message),
        payloads.to_wire_answer(message),
        payloads.to_wire_edit(message),
    ):
        assert wire["allowed_mentions"] == nobody
    asked = payloads.to_wire_create(samples.MESSAGE)["allowed_mentions"]
    assert asked == {"parse": [], "users": ["5"], "roles": ["6"], "replied_user": True}


def test_flags_are_discords_bits_and_ephemeral_counts_in_answers_only() -> None:
    message = Message(content="x", ephemeral=True, suppress_embeds=True, silent=True)
    assert payloads.to_wire_answer(message)["flags"] == 1 << 6 | 1 << 2 | 1 << 12
    assert payloads.to_wire_create(message)["flags"] == 1 << 2 | 1 << 12
    assert payloads.to_wire_edit(message)["flags"] == 1 << 2
    assert "flags" not in payloads.to_wire_edit(Message(content="x", ephemeral=True))


def test_an_edit_sends_the_whole_picture_and_leaves_attachments_alone() -> None:
    wire = payloads.to_wire_edit(Message(content="only text"))
    assert (wire["content"], wire["embeds"], wire["components"]) == ("only text", [], [])
    assert "attachments" not in wire
    assert payloads.to_wire_edit(samples.WITH_FILE)["attachments"] == [{"id": "0", "filename": "cover.png"}]


def test_a_nonce_is_enforced_and_bounded() -> None:
    wire = payloads.to_wire_create(Message(content="x"), nonce="n" * 25)
    assert (wire["nonce"], wire["enforce_nonce"]) == ("n" * 25, True)
    with pytest.raises(PayloadError, match="nonce"):
        payloads.to_wire_create(Message(content="x"), nonce="n" * 26)


def test_a_reply_survives_the_deletion_of_what_it_answers() -> None:
    reference = payloads.to_wire_create(samples.MESSAGE)["message_reference"]
    assert reference == {"message_id": "77", "fail_if_not_exists": False}


def test_the_contents_of_a_file_are_not_shown() -> None:
    assert repr(File(name="a", content=b"secret")) == "File(name='a', content=<6 bytes>)"


def test_a_bulk_overwrite_holds_at_most_100_commands_and_15_menus() -> None:
    payloads.check_commands(tuple(slash(f"c{n}") for n in range(100)))
    with pytest.raises(PayloadError, match="101"):
        payloads.check_commands(tuple(slash(f"c{n}") for n in range(101)))
    menus = tuple(Command(name=f"m{n}", type=CommandType.USER) for n in range(16))
    payloads.check_commands(menus[:15])
    with pytest.raises(PayloadError, match="USER"):
        payloads.check_commands(menus)
    with pytest.raises(PayloadError, match="twice"):
        payloads.check_commands((slash("a"), slash("a")))


@pytest.mark.parametrize(
    ("text", "name", "id_"),
    [
        ("⏳", "⏳", None),
        ("<:ok:12>", "ok", 12),
        ("<a:ok:12>", "ok", 12),
        ("ok:12", "ok", 12),
        ("1️⃣", "1️⃣", None),
    ],
)
def test_emoji_are_read_as_people_write_them(text: str, name: str, id_: int | None) -> None:
    emoji = payloads.Emoji.parse(text)
    assert (emoji.name, emoji.id) == (name, id_)
    assert emoji.animated is text.startswith("<a:")


def test_an_empty_emoji_is_refused() -> None:
    with pytest.raises(PayloadError):
        payloads.Emoji.parse(" ")


@settings(max_examples=25, deadline=None)
@given(message=samples.messages())
def test_every_message_that_can_be_made_is_one_that_discord_takes(message: Message) -> None:
    contract = Contract.load()
    contract.check("POST", MESSAGES, payloads.to_wire_create(message, nonce="1"))
    contract.check("PATCH", f"{MESSAGES}/2", payloads.to_wire_edit(message))
    contract.check("POST", WEBHOOK, payloads.to_wire_answer(message))
    contract.check("PATCH", f"{WEBHOOK}/messages/@original", payloads.to_wire_edit(message))
    contract.check("POST", CALLBACK, payloads.to_wire_callback(Reply(message)))
    contract.check("POST", CALLBACK, payloads.to_wire_callback(UpdateMessage(message)))


@pytest.mark.parametrize("callback", samples.CALLBACKS)
def test_every_callback_is_one_that_discord_takes(callback: Callback) -> None:
    Contract.load().check("POST", CALLBACK, payloads.to_wire_callback(callback))


def test_callbacks_have_discords_numbers() -> None:
    numbers = [payloads.to_wire_callback(callback)["type"] for callback in samples.CALLBACKS]
    assert numbers == [5, 5, 6, 7, 4, 8, 8, 8, 8, 9]
    assert payloads.to_wire_callback(DeferredUpdate()) == {"type": 6}


def test_a_registration_is_one_that_discord_takes() -> None:
    wire = [payloads.to_wire_command(command) for command in samples.COMMANDS]
    Contract.load().check("PUT", "/applications/1/commands", wire)


NAMES = st.text(alphabet="abcdefghijklmnop-_0123456789", min_size=1, max_size=32)


@settings(max_examples=25, deadline=None)
@given(
    name=NAMES,
    kinds=st.lists(st.sampled_from([k for k in OptionType if k > OptionType.SUB_COMMAND_GROUP]), max_size=25),
    description=samples.text(100, 1),
)
def test_every_command_that_can_be_made_is_one_that_discord_takes(
    name: str, kinds: list[OptionType], description: str
) -> None:
    inside = tuple(
        CommandOption(name=f"o{n}", description=description, type=kind) for n, kind in enumerate(kinds)
    )
    command = Command(name=name, description=description, options=inside)
    Contract.load().check("PUT", "/applications/1/commands", [payloads.to_wire_command(command)])


@pytest.mark.parametrize("is_stage", [True, False])
def test_a_scheduled_event_is_one_that_discord_takes(*, is_stage: bool) -> None:
    event = ScheduledEvent(
        name="Gathering", channel_id=ChannelId(5), starts_at=samples.NOON, description="x", is_stage=is_stage
    )
    Contract.load().check("POST", "/guilds/1/scheduled-events", to_wire_scheduled_event(event))
    with pytest.raises(PayloadError):
        ScheduledEvent(name="x" * 101, channel_id=ChannelId(5), starts_at=samples.NOON)
