"""Who may do what: Discord's algorithm, rule by rule."""

import json

import msgspec
import pytest

from gateway_client.cache import Cache
from gateway_client.events import GuildCreated, Ready, Received
from gateway_client.ids import ApplicationId, ChannelId, GuildId, RoleId, UserId
from gateway_client.objects import Application, Guild, User, decoder
from gateway_client.permissions import ALL_PERMISSIONS, Permissions

GUILD = GuildId(1)
VOICE, TEXT, THREAD = ChannelId(10), ChannelId(12), ChannelId(13)
OWNER, ANN, BOT = UserId(7), UserId(30), UserId(900)
ADMIN, DJ, MUTED = RoleId(50), RoleId(51), RoleId(52)
P = Permissions
BASE = P.VIEW_CHANNEL | P.SEND_MESSAGES | P.CONNECT | P.SPEAK | P.EMBED_LINKS | P.READ_MESSAGE_HISTORY

Overwrites = list[tuple[int, int, P, P]]
ROLE, MEMBER = 0, 1
NONE = P(0)


def guild(overwrites: Overwrites, everyone: Permissions = BASE) -> Cache:
    """One guild with the same overwrites in each channel."""
    wire = [
        {"id": str(who), "type": kind, "allow": str(int(allow)), "deny": str(int(deny))}
        for who, kind, allow, deny in overwrites
    ]
    data = {
        "id": str(GUILD),
        "owner_id": str(OWNER),
        "roles": [
            {"id": str(GUILD), "permissions": str(int(everyone))},
            {"id": str(ADMIN), "permissions": str(int(P.ADMINISTRATOR))},
            {"id": str(DJ), "permissions": str(int(P.PRIORITY_SPEAKER))},
            {"id": str(MUTED), "permissions": "0"},
        ],
        "channels": [
            {"id": str(VOICE), "type": 2, "permission_overwrites": wire},
            {"id": str(TEXT), "type": 0, "permission_overwrites": wire},
        ],
        "threads": [{"id": str(THREAD), "type": 11, "parent_id": str(TEXT)}],
        "members": [{"user": {"id": str(BOT)}, "roles": [str(DJ)]}],
    }
    cache = Cache()
    me = Ready(
        user=User(id=BOT),
        session_id="",
        resume_gateway_url="",
        application=Application(id=ApplicationId(1)),
    )
    created = GuildCreated(guild=decoder(Guild).decode(json.dumps(data)))
    for event in (me, created):
        cache.apply(Received(event=event, shard_id=0, sequence=1))
    return cache


def test_everyone_and_roles_are_joined() -> None:
    cache = guild([])
    assert cache.permissions(GUILD, TEXT, ANN, []) == BASE
    assert cache.permissions(GUILD, None, ANN, [DJ]) == BASE | P.PRIORITY_SPEAKER
    assert cache.permissions(GUILD, None, ANN, [RoleId(404)]) == BASE


def test_owner_and_administrators_are_above_overwrites() -> None:
    cache = guild([(GUILD, ROLE, NONE, ALL_PERMISSIONS), (ANN, MEMBER, NONE, ALL_PERMISSIONS)])
    assert cache.permissions(GUILD, TEXT, OWNER, []) == ALL_PERMISSIONS
    assert cache.permissions(GUILD, TEXT, ANN, [ADMIN]) == ALL_PERMISSIONS
    assert cache.permissions(GUILD, TEXT, ANN, [DJ]) == NONE


def test_denial_for_everyone_is_lifted_for_a_role() -> None:
    cache = guild([(GUILD, ROLE, NONE, P.CONNECT), (DJ, ROLE, P.CONNECT, NONE)])
    assert P.CONNECT not in cache.permissions(GUILD, VOICE, ANN, [])
    assert P.CONNECT in cache.permissions(GUILD, VOICE, ANN, [DJ])


def test_among_roles_what_one_allows_wins() -> None:
    cache = guild([(MUTED, ROLE, NONE, P.SPEAK), (DJ, ROLE, P.SPEAK, NONE)])
    assert P.SPEAK not in cache.permissions(GUILD, VOICE, ANN, [MUTED])
    for roles in ([MUTED, DJ], [DJ, MUTED]):
        assert P.SPEAK in cache.permissions(GUILD, VOICE, ANN, roles)


def test_overwrite_for_a_member_has_the_last_word() -> None:
    cache = guild([(DJ, ROLE, P.SPEAK, NONE), (ANN, MEMBER, P.STREAM, P.SPEAK)])
    granted = cache.permissions(GUILD, VOICE, ANN, [DJ])
    assert P.SPEAK not in granted
    assert P.STREAM in granted
    assert P.SPEAK in cache.permissions(GUILD, VOICE, UserId(31), [DJ])


def test_id_of_a_member_that_is_also_a_roles_is_not_mixed_up() -> None:
    cache = guild([(DJ, MEMBER, NONE, P.SPEAK)])
    assert P.SPEAK in cache.permissions(GUILD, VOICE, ANN, [DJ])


def test_without_seeing_a_channel_nothing_is_left() -> None:
    cache = guild([(GUILD, ROLE, P.SEND_MESSAGES, P.VIEW_CHANNEL)])
    assert cache.permissions(GUILD, TEXT, ANN, [DJ]) == NONE


def test_without_sending_embeds_and_files_are_lost() -> None:
    cache = guild([(GUILD, ROLE, P.ATTACH_FILES, P.SEND_MESSAGES)])
    granted = cache.permissions(GUILD, TEXT, ANN, [])
    assert not granted & (P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES)
    assert P.READ_MESSAGE_HISTORY in granted


def test_without_connecting_voice_is_lost_but_not_its_chat() -> None:
    cache = guild([(GUILD, ROLE, P.MOVE_MEMBERS, P.CONNECT)])
    granted = cache.permissions(GUILD, VOICE, ANN, [])
    assert not granted & (P.CONNECT | P.SPEAK | P.MOVE_MEMBERS)
    assert P.SEND_MESSAGES in granted
    assert P.SPEAK in cache.permissions(GUILD, TEXT, ANN, [])


@pytest.mark.parametrize(("in_threads", "may_send"), [(P.SEND_MESSAGES_IN_THREADS, True), (NONE, False)])
def test_thread_inherits_all_but_sending(in_threads: Permissions, may_send: bool) -> None:
    cache = guild([(GUILD, ROLE, P.ADD_REACTIONS, NONE)], everyone=BASE | in_threads)
    granted = cache.permissions(GUILD, THREAD, ANN, [])
    assert P.ADD_REACTIONS in granted
    assert (P.SEND_MESSAGES in granted) is may_send


def test_timeout_leaves_seeing_and_reading() -> None:
    cache = guild([])
    assert cache.permissions(GUILD, TEXT, ANN, [], timed_out=True) == P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
    assert cache.permissions(GUILD, TEXT, ANN, [ADMIN], timed_out=True) == ALL_PERMISSIONS
    assert cache.permissions(GUILD, TEXT, OWNER, [], timed_out=True) == ALL_PERMISSIONS


def test_own_permissions_come_from_own_roles() -> None:
    cache = guild([(DJ, ROLE, P.MOVE_MEMBERS, P.SEND_MESSAGES), (BOT, MEMBER, P.MUTE_MEMBERS, NONE)])
    granted = cache.bot_permissions(GUILD, VOICE)
    assert P.MOVE_MEMBERS | P.MUTE_MEMBERS | P.CONNECT in granted
    assert P.SEND_MESSAGES not in granted
    assert cache.bot_permissions(GUILD) == BASE | P.PRIORITY_SPEAKER


def test_bits_that_discord_adds_later_are_kept() -> None:
    unknown = 1 << 60
    cache = guild([(GUILD, ROLE, P(unknown), NONE)])
    assert int(cache.permissions(GUILD, TEXT, ANN, [])) & unknown


def test_bits_are_those_of_the_documentation() -> None:
    assert (P.ADMINISTRATOR, P.VIEW_CHANNEL, P.CONNECT, P.SPEAK, P.MOVE_MEMBERS) == (
        1 << 3,
        1 << 10,
        1 << 20,
        1 << 21,
        1 << 24,
    )
    assert (P.USE_APPLICATION_COMMANDS, P.MODERATE_MEMBERS, P.BYPASS_SLOWMODE) == (1 << 31, 1 << 40, 1 << 52)


def test_permissions_decode_from_their_string() -> None:
    assert msgspec.json.Decoder(int, strict=False).decode(b'"2251799813685248"') == P.PIN_MESSAGES
