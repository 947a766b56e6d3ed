"""From the wire to events: what Discord documents, what it leaves out, and what nobody should send."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.errors import MalformedFrame
from gateway_client.events import (
    ChannelCreated,
    Event,
    GuildCreated,
    GuildDeleted,
    InteractionCreated,
    MemberUpdated,
    MessageCreated,
    MessageDeleted,
    MessagesDeletedInBulk,
    MessageUpdated,
    ReactionAdded,
    ReactionsCleared,
    Ready,
    RoleDeleted,
    VoiceServerUpdated,
    VoiceStateUpdated,
)
from gateway_client.kinds import ChannelType, ComponentType
from gateway_client.objects import Application, Component, GatewayBot, Message, decoder
from gateway_client.parse import HANDLED, parse_envelope, parse_event, parse_invalid_session

USER = {"id": "80351110224678912", "username": "nelly", "global_name": None, "avatar": "8342", "flags": 64}
MEMBER = {
    "nick": "NOT API SUPPORT",
    "roles": ["41771983423143936"],
    "joined_at": "2015-04-26T06:26:56.936000+00:00",
}
MESSAGE = {
    "id": "334385199974967042",
    "channel_id": "290926798999357250",
    "guild_id": "290926798626357999",
    "author": USER,
    "member": MEMBER,
    "content": "Supa Hot",
    "timestamp": "2017-07-11T17:27:07.299000+00:00",
    "edited_timestamp": None,
    "tts": False,
    "mention_everyone": False,
    "mentions": [{**USER, "id": "7", "member": MEMBER}],
    "mention_roles": ["41771983423143936"],
    "attachments": [
        {"id": "1", "filename": "a.ogg", "size": 5, "url": "https://cdn/a.ogg", "proxy_url": "p"}
    ],
    "embeds": [{"title": "t"}],
    "reactions": [{"count": 1, "me": False, "emoji": {"id": None, "name": "🔥"}}],
    "pinned": False,
    "type": 0,
    "poll": {"question": {"text": "?"}},
}


def parse(name: str, data: object) -> Event | None:
    return parse_event(name, msgspec.Raw(json.dumps(data).encode()))


def test_ready() -> None:
    data = {
        "v": 10,
        "user": USER,
        "guilds": [{"id": "1", "unavailable": True}],
        "session_id": "s",
        "resume_gateway_url": "wss://r",
        "application": {"id": "2", "flags": 565248},
    }
    ready = parse("READY", data)
    assert isinstance(ready, Ready)
    assert (ready.user.id, ready.guilds[0].id, ready.application.flags) == (80351110224678912, 1, 565248)


def test_message_as_the_documentation_shows_it() -> None:
    created = parse("MESSAGE_CREATE", MESSAGE)
    assert isinstance(created, MessageCreated)
    message = created.message
    assert (message.content, message.author.display_name, message.author.bot) == ("Supa Hot", "nelly", False)
    assert message.attachments[0].filename == "a.ogg"
    assert message.mentions[0].member is not None
    assert message.mentions[0].member.nick == "NOT API SUPPORT"
    assert message.timestamp is not None
    assert message.timestamp.tzinfo is not None


@pytest.mark.parametrize(
    "left", [set[str](), {"content"}, {"embeds"}, {"author", "edited_timestamp"}, {"pinned"}]
)
def test_partial_message_update(left: set[str]) -> None:
    kept = left | {"id", "channel_id"}
    updated = parse("MESSAGE_UPDATE", {key: value for key, value in MESSAGE.items() if key in kept})
    assert isinstance(updated, MessageUpdated)
    assert (updated.message.content is None) == ("content" not in left)
    assert (updated.message.author is None) == ("author" not in left)


def test_whole_message_update() -> None:
    updated = parse("MESSAGE_UPDATE", MESSAGE)
    assert isinstance(updated, MessageUpdated)
    assert updated.message.content == "Supa Hot"


def test_guild_with_everything_and_guild_in_an_outage() -> None:
    channel = {"id": "2", "type": 2, "name": "Voice", "application_id": None, "permission_overwrites": [
        {"id": "1", "type": 0, "allow": "0", "deny": "1048576"}]}  # fmt: skip
    guild: dict[str, object] = {
        "id": "1",
        "name": "g",
        "owner_id": "7",
        "afk_channel_id": None,
        "roles": [{"id": "1", "name": "@everyone", "position": 0, "permissions": "2251799813685248"}],
        "channels": [channel],
        "threads": [{"id": "3", "type": 11, "parent_id": "2", "name": "t"}],
        "members": [{"user": USER, "roles": []}],
        "voice_states": [{"user_id": "80351110224678912", "channel_id": "2", "session_id": "x"}],
        "presences": [],
        "stickers": [],
    }
    created = parse("GUILD_CREATE", guild)
    assert isinstance(created, GuildCreated)
    assert created.guild.roles[0].permissions == 1 << 51
    assert created.guild.channels[0].permission_overwrites[0].deny == 1 << 20
    gone = parse("GUILD_CREATE", {"id": "1", "unavailable": True})
    assert isinstance(gone, GuildCreated)
    assert gone.guild.unavailable


def test_interaction_with_options_and_resolved() -> None:
    data: dict[str, object] = {
        "id": "1",
        "application_id": "2",
        "type": 2,
        "token": "secret",
        "guild_id": "3",
        "channel_id": "4",
        "channel": {"id": "4", "type": 0, "permissions": "8"},
        "member": {**MEMBER, "user": USER, "permissions": "140737488355327", "deaf": False},
        "app_permissions": "442368",
        "locale": "en-US",
        "data": {
            "id": "9",
            "name": "local",
            "type": 1,
            "options": [
                {
                    "name": "upload",
                    "type": 1,
                    "options": [
                        {"name": "file", "type": 11, "value": "77"},
                        {"name": "count", "type": 4, "value": 5},
                        {"name": "digits", "type": 3, "value": "12345"},
                        {"name": "loud", "type": 5, "value": True, "focused": True},
                        {"name": "gain", "type": 10, "value": 0.5},
                    ],
                }
            ],
            "resolved": {
                "attachments": {"77": {"id": "77", "filename": "a.mp3", "size": 1, "url": "u"}},
                "users": {"80351110224678912": USER},
                "members": {"80351110224678912": {"roles": [], "permissions": "0"}},
            },
        },
    }
    created = parse("INTERACTION_CREATE", data)
    assert isinstance(created, InteractionCreated)
    interaction = created.interaction
    assert interaction.caller.id == 80351110224678912
    assert interaction.app_permissions == 442368
    assert interaction.data is not None
    options = interaction.data.options[0].options
    assert [option.value for option in options] == ["77", 5, "12345", True, 0.5]
    assert interaction.data.resolved.attachments["77"].filename == "a.mp3"
    assert "secret" not in repr(created)


def test_submitted_modal_in_a_direct_message() -> None:
    answer = {"type": 4, "custom_id": "name", "value": "Nelly", "id": 2}
    data = {
        "id": "1",
        "application_id": "2",
        "type": 5,
        "token": "t",
        "user": USER,
        "message": {"id": "5", "channel_id": "6", "author": USER, "components": [{"type": 1, "components": [
            {"type": 2, "style": 1, "custom_id": "c", "label": "l"}]}]},
        "data": {"custom_id": "m", "components": [{"type": 18, "id": 1, "component": answer}]},
    }  # fmt: skip
    created = parse("INTERACTION_CREATE", data)
    assert isinstance(created, InteractionCreated)
    assert created.interaction.caller.username == "nelly"
    assert created.interaction.data is not None
    [label] = created.interaction.data.components
    assert label.type == ComponentType.LABEL
    assert label.component == Component(type=4, custom_id="name", value="Nelly", id=2)


def test_interaction_that_names_nobody_has_no_caller() -> None:
    created = parse("INTERACTION_CREATE", {"id": "1", "application_id": "2", "type": 1, "token": "t"})
    assert isinstance(created, InteractionCreated)
    with pytest.raises(ValueError, match="no user"):
        assert created.interaction.caller


@pytest.mark.parametrize(
    ("name", "data", "event"),
    [
        ("GUILD_DELETE", {"id": "1"}, GuildDeleted(guild_id=1)),  # pyright: ignore[reportArgumentType] - ids
        ("GUILD_DELETE", {"id": "1", "unavailable": True}, GuildDeleted(guild_id=1, unavailable=True)),  # pyright: ignore[reportArgumentType] - ids
    ],
)
def test_guild_deleted(name: str, data: object, event: Event) -> None:
    assert parse(name, data) == event


def test_small_events() -> None:
    deleted = parse("MESSAGE_DELETE", {"id": "1", "channel_id": "2", "guild_id": "3"})
    assert isinstance(deleted, MessageDeleted)
    assert (deleted.message_id, deleted.channel_id, deleted.guild_id) == (1, 2, 3)
    bulk = parse("MESSAGE_DELETE_BULK", {"ids": ["1", "2"], "channel_id": "2"})
    assert isinstance(bulk, MessagesDeletedInBulk)
    assert bulk.message_ids == (1, 2)
    added = parse(
        "MESSAGE_REACTION_ADD",
        {
            "user_id": "1",
            "channel_id": "2",
            "message_id": "3",
            "emoji": {"id": None, "name": "🔥"},
            "burst": False,
        },
    )
    assert isinstance(added, ReactionAdded)
    assert added.emoji.name == "🔥"
    cleared = parse("MESSAGE_REACTION_REMOVE_ALL", {"channel_id": "2", "message_id": "3"})
    assert isinstance(cleared, ReactionsCleared)
    assert cleared.emoji is None
    role = parse("GUILD_ROLE_DELETE", {"guild_id": "1", "role_id": "2"})
    assert isinstance(role, RoleDeleted)
    member = parse("GUILD_MEMBER_UPDATE", {"guild_id": "1", "user": USER, "roles": ["2"], "nick": None})
    assert isinstance(member, MemberUpdated)
    assert (member.guild_id, member.member.roles) == (1, (2,))
    thread = parse("THREAD_CREATE", {"id": "1", "type": 11, "guild_id": "2", "parent_id": "3"})
    assert isinstance(thread, ChannelCreated)
    assert thread.channel.type == ChannelType.PUBLIC_THREAD


def test_voice_events() -> None:
    moved = parse(
        "VOICE_STATE_UPDATE",
        {
            "guild_id": "1",
            "channel_id": None,
            "user_id": "3",
            "session_id": "s",
            "member": {"user": USER, "roles": []},
        },
    )
    assert isinstance(moved, VoiceStateUpdated)
    assert moved.state.channel_id is None
    server = parse("VOICE_SERVER_UPDATE", {"guild_id": "1", "token": "voice-secret", "endpoint": None})
    assert isinstance(server, VoiceServerUpdated)
    assert server.endpoint is None
    assert "voice-secret" not in repr(server)


def test_rest_objects() -> None:
    bot = decoder(GatewayBot).decode(
        b'{"url":"wss://gateway.discord.gg/","shards":9,"session_start_limit":'
        b'{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}}'
    )
    assert (bot.shards, bot.session_start_limit.remaining) == (9, 999)
    assert decoder(Application).decode(b'{"id":"1","flags":8388608}').flags == 8388608
    assert decoder(Message) is decoder(Message)


@pytest.mark.parametrize(
    ("name", "data", "path"),
    [
        ("MESSAGE_CREATE", {**MESSAGE, "author": {"id": "x"}}, "$.author.id"),
        ("MESSAGE_CREATE", {**MESSAGE, "content": 5}, "$.content"),
        (
            "MESSAGE_CREATE",
            {**MESSAGE, "attachments": [{"id": "1", "filename": 1}]},
            "$.attachments[0].filename",
        ),
        ("MESSAGE_CREATE", [], "MESSAGE_CREATE"),
        ("READY", {"user": USER}, "READY"),
        ("VOICE_STATE_UPDATE", {"user_id": None}, "$.user_id"),
        ("GUILD_MEMBER_UPDATE", {"user": USER}, "guild_id"),
    ],
)
def test_wrong_type_in_a_handled_event_is_named_by_its_path(name: str, data: object, path: str) -> None:
    with pytest.raises(MalformedFrame) as caught:
        parse(name, data)
    assert name in str(caught.value)
    assert path in str(caught.value)


def test_unhandled_event_is_not_even_looked_at() -> None:
    assert parse_event("PRESENCE_UPDATE", msgspec.Raw(b"this is no JSON")) is None
    assert parse_event(None, msgspec.Raw(b"")) is None


def test_invalid_session_is_true_only_when_it_says_so() -> None:
    assert parse_invalid_session(msgspec.Raw(b"true"))
    for data in (b"false", b"null", b'"true"', b"1", b"", b"tru"):
        assert not parse_invalid_session(msgspec.Raw(data))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "user", "member", "guild_id", "channel_id", "type", "data", "author", "roles", "emoji"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(name=st.sampled_from(sorted(HANDLED)), data=json_values)
@settings(max_examples=300)
def test_any_json_is_an_event_or_one_error(name: str, data: object) -> None:
    try:
        event = parse(name, data)
    except MalformedFrame as error:
        told = str(error)
        event = None
        if not told.startswith(name):
            pytest.fail(told)
    if event is not None:
        hash(type(event))


@given(text=st.binary(max_size=60) | st.text(max_size=60))
@settings(max_examples=200)
def test_any_bytes_are_an_envelope_or_one_error(text: bytes | str) -> None:
    try:
        frame = parse_envelope(text)
    except MalformedFrame:
        return
    parse_event(frame.t, frame.d)


@given(cut=st.integers(0, 400), flip=st.integers(0, 255))
@settings(max_examples=200)
def test_damaged_event_is_an_event_or_one_error(cut: int, flip: int) -> None:
    text = bytearray(json.dumps({"op": 0, "s": 1, "t": "MESSAGE_CREATE", "d": MESSAGE}).encode())
    text[cut] = flip
    for damaged in (bytes(text), bytes(text[:cut])):
        try:
            frame = parse_envelope(damaged)
            parse_event(frame.t, frame.d)
        except MalformedFrame:
            continue
