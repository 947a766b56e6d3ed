"""The outbox: what each method sends, as the contract wants it, and what comes back."""

from collections.abc import Awaitable, Callable
from types import FunctionType
from typing import cast

import pytest

from actors.rest.errors import PayloadError
from actors.rest.outbox import Outbox
from actors.rest.payloads import DeferredReply, Message, Reaction, ScheduledEvent, pack_answer
from gateway_client.ids import (
    ApplicationId,
    ChannelId,
    EventId,
    GuildId,
    InteractionId,
    MessageId,
    UserId,
)
from gateway_client.objects import Message as SentMessage
from tests.rest import samples
from tests.rest.fake_discord import TOKEN, FakeDiscord
from tests.rest.openapi import Contract

APP, CHANNEL, GUILD, USER = ApplicationId(5), ChannelId(1), GuildId(2), UserId(3)
MESSAGE_ID, INTERACTION, SECRET = MessageId(11), InteractionId(21), "interaction-token-to-hide"
HELLO = Message(content="hello")

Call = Callable[[Outbox], Awaitable[object]]

EVENT = ScheduledEvent(name="Meet", channel_id=CHANNEL, starts_at=samples.NOON)
CALLS: list[tuple[Call, str, str]] = [
    (lambda o: o.create_message(CHANNEL, samples.MESSAGE), "POST", "/channels/1/messages"),
    (lambda o: o.create_message(CHANNEL, samples.WITH_FILE, nonce="n"), "POST", "/channels/1/messages"),
    (
        lambda o: o.get_messages(CHANNEL, MESSAGE_ID, limit=7),
        "GET",
        "/channels/1/messages?after=11&limit=7",
    ),
    (lambda o: o.get_message(CHANNEL, MESSAGE_ID), "GET", "/channels/1/messages/11"),
    (lambda o: o.edit_message(CHANNEL, MESSAGE_ID, samples.MESSAGE), "PATCH", "/channels/1/messages/11"),
    (lambda o: o.edit_message(CHANNEL, MESSAGE_ID, samples.WITH_FILE), "PATCH", "/channels/1/messages/11"),
    (lambda o: o.delete_message(CHANNEL, MESSAGE_ID), "DELETE", "/channels/1/messages/11"),
    (
        lambda o: o.react(CHANNEL, lambda: Reaction(message_id=MESSAGE_ID, emoji="🔎", present=True)),
        "PUT",
        "/channels/1/messages/11/reactions/%F0%9F%94%8E/@me",
    ),
    (
        lambda o: o.react(CHANNEL, lambda: Reaction(message_id=MESSAGE_ID, emoji="<a:ok:12>", present=False)),
        "DELETE",
        "/channels/1/messages/11/reactions/ok%3A12/@me",
    ),
    (
        lambda o: o.respond(INTERACTION, SECRET, DeferredReply()),
        "POST",
        f"/interactions/21/{SECRET}/callback",
    ),
    (lambda o: o.edit_answer(APP, SECRET, HELLO), "PATCH", f"/webhooks/5/{SECRET}/messages/@original"),
    (lambda o: o.get_answer(APP, SECRET), "GET", f"/webhooks/5/{SECRET}/messages/@original"),
    (
        lambda o: o.fill_answer(APP, SECRET, pack_answer(samples.MESSAGE) or b""),
        "PATCH",
        f"/webhooks/5/{SECRET}/messages/@original",
    ),
    (lambda o: o.clear_components(APP, SECRET), "PATCH", f"/webhooks/5/{SECRET}/messages/@original"),
    (lambda o: o.follow_up(APP, SECRET, samples.MESSAGE), "POST", f"/webhooks/5/{SECRET}"),
    (lambda o: o.follow_up(APP, SECRET, samples.WITH_FILE), "POST", f"/webhooks/5/{SECRET}"),
    (
        lambda o: o.edit_follow_up(APP, SECRET, MESSAGE_ID, HELLO),
        "PATCH",
        f"/webhooks/5/{SECRET}/messages/11",
    ),
    (lambda o: o.delete_answer(APP, SECRET), "DELETE", f"/webhooks/5/{SECRET}/messages/@original"),
    (lambda o: o.delete_answer(APP, SECRET, MESSAGE_ID), "DELETE", f"/webhooks/5/{SECRET}/messages/11"),
    (lambda o: o.modify_member(GUILD, USER, nick="DJ"), "PATCH", "/guilds/2/members/3"),
    (lambda o: o.modify_member(GUILD, USER, channel_id=None), "PATCH", "/guilds/2/members/3"),
    (
        lambda o: o.modify_own_voice_state(GUILD, CHANNEL, suppress=False, request_to_speak_at=samples.NOON),
        "PATCH",
        "/guilds/2/voice-states/@me",
    ),
    (lambda o: o.set_voice_status(CHANNEL, "a song"), "PUT", "/channels/1/voice-status"),
    (lambda o: o.create_scheduled_event(GUILD, EVENT), "POST", "/guilds/2/scheduled-events"),
    (lambda o: o.delete_scheduled_event(GUILD, EventId(7)), "DELETE", "/guilds/2/scheduled-events/7"),
    (lambda o: o.open_dm(USER), "POST", "/users/@me/channels"),
    (lambda o: o.get_application(), "GET", "/applications/@me"),
    (lambda o: o.get_own_user(), "GET", "/users/@me"),
    (lambda o: o.get_gateway_bot(), "GET", "/gateway/bot"),
    (lambda o: o.get_commands(APP), "GET", "/applications/5/commands"),
    (lambda o: o.overwrite_commands(APP, samples.COMMANDS), "PUT", "/applications/5/commands"),
]


@pytest.mark.parametrize(("call", "method", "path"), CALLS)
async def test_each_method_sends_its_one_request_as_the_contract_wants_it(
    call: Call, method: str, path: str
) -> None:
    Contract.load()
    discord = FakeDiscord()
    async with discord.open() as outbox:
        await call(outbox)
    (seen,) = discord.seen
    assert (seen.method, seen.path) == (method, f"/api/v10{path}")
    assert seen.headers["user-agent"].startswith("DiscordBot (http")
    ours = None if SECRET in path else f"Bot {TOKEN}"
    assert seen.headers.get("authorization") == ours


def test_every_method_of_the_outbox_is_called_above() -> None:
    public = {name for name in vars(Outbox) if not name.startswith("_")} - {"diagnostics"}
    named = {name for call, _, _ in CALLS for name in cast("FunctionType", call).__code__.co_names}
    assert public <= named


async def test_answers_come_back_as_objects() -> None:
    async with FakeDiscord().open() as outbox:
        message = await outbox.create_message(CHANNEL, HELLO)
        assert isinstance(message, SentMessage)
        assert (message.id, message.author.username) == (11, "Roadie")
        assert (await outbox.get_gateway_bot()).session_start_limit.remaining == 999
        assert (await outbox.get_application()).flags == 1 << 18
        assert (await outbox.open_dm(USER)).id == 1
        (command,) = await outbox.overwrite_commands(APP, samples.COMMANDS)
        assert (command.id, command.name) == (8, "play")


async def test_files_travel_beside_the_json() -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox:
        text = samples.File(name="grüße.txt", content=b"one")
        await outbox.create_message(
            CHANNEL, Message(files=(text, samples.File(name="b.bin", content=b"two")))
        )
    (seen,) = discord.seen
    assert seen.files == {"files[0]": ("grüße.txt", "one"), "files[1]": ("b.bin", "two")}
    assert seen.fields["attachments"] == [
        {"id": "0", "filename": "grüße.txt"},
        {"id": "1", "filename": "b.bin"},
    ]


async def test_only_what_is_told_of_a_member_is_changed() -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox:
        await outbox.modify_member(GUILD, USER, nick=None)
        await outbox.modify_member(GUILD, USER, channel_id=ChannelId(9))
        await outbox.modify_own_voice_state(GUILD, CHANNEL, suppress=True, request_to_speak_at=None)
        await outbox.set_voice_status(CHANNEL, "")
        with pytest.raises(PayloadError):
            await outbox.modify_member(GUILD, USER, nick="x" * 33)
        with pytest.raises(PayloadError):
            await outbox.set_voice_status(CHANNEL, "x" * 501)
    assert [seen.body for seen in discord.seen] == [
        {"nick": None},
        {"channel_id": "9"},
        {"channel_id": "1", "suppress": True, "request_to_speak_timestamp": None},
        {"status": None},
    ]


async def test_every_message_carries_an_enforced_nonce_of_its_own() -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox:
        await outbox.create_message(CHANNEL, HELLO)
        await outbox.create_message(CHANNEL, HELLO)
        await outbox.create_message(CHANNEL, HELLO, nonce="mine")
    bodies = [seen.fields for seen in discord.seen]
    assert all(body["enforce_nonce"] is True for body in bodies)
    nonces = [body["nonce"] for body in bodies]
    assert nonces[2] == "mine"
    assert len(set(nonces)) == 3
