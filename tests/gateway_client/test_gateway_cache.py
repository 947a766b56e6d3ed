"""What the cache answers after what the events told."""

import json

import msgspec
import pytest

from gateway_client.cache import Cache
from gateway_client.events import Received
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.kinds import ChannelType
from gateway_client.members import MembersMet
from gateway_client.objects import Member, User
from gateway_client.parse import parse_event

GUILD, OTHER = GuildId(1), GuildId(2)
LOBBY, MUSIC, TEXT, THREAD = ChannelId(10), ChannelId(11), ChannelId(12), ChannelId(13)
BOT, ANN, BEN, ROBOT = UserId(900), UserId(30), UserId(31), UserId(32)
DJ, MOD = RoleId(50), RoleId(51)


def user(user_id: int, *, name: str | None = None, bot: bool = False) -> dict[str, object]:
    return {"id": str(user_id), "username": f"user{user_id}", "global_name": name, "bot": bot}


def member(user_id: int, **more: object) -> dict[str, object]:
    return {"user": user(user_id, bot=user_id in {BOT, ROBOT}), "roles": [], **more}


def voice(user_id: int, channel: int | None, **more: object) -> dict[str, object]:
    wire = None if channel is None else str(channel)
    return {"user_id": str(user_id), "channel_id": wire, "session_id": "s", **more}


def guild_create(guild: int = GUILD, **more: object) -> dict[str, object]:
    return {
        "id": str(guild),
        "name": "The Guild",
        "owner_id": "7",
        "afk_channel_id": str(LOBBY),
        "roles": [
            {"id": str(guild), "name": "@everyone", "position": 0, "permissions": "0"},
            {"id": str(DJ), "name": "DJ", "position": 2, "permissions": "0"},
            {"id": str(MOD), "name": "Mod", "position": 2, "permissions": "0"},
        ],
        "channels": [
            {"id": str(LOBBY), "type": 2, "name": "Lobby"},
            {"id": str(MUSIC), "type": 2, "name": "Music"},
            {"id": str(TEXT), "type": 0, "name": "text"},
        ],
        "threads": [{"id": str(THREAD), "type": 11, "parent_id": str(TEXT), "name": "thread"}],
        "members": [member(BOT, roles=[str(DJ)]), member(ANN, nick="Annie"), member(ROBOT)],
        "voice_states": [voice(ANN, LOBBY), voice(ROBOT, LOBBY)],
        **more,
    }


def tell(cache: Cache, name: str, data: dict[str, object], shard_id: int = 0) -> None:
    event = parse_event(name, msgspec.Raw(json.dumps(data).encode()))
    assert event is not None
    cache.apply(Received(event=event, shard_id=shard_id, sequence=1))


def ready(cache: Cache, *guilds: int, shard_id: int = 0) -> None:
    data: dict[str, object] = {
        "user": user(BOT, bot=True),
        "guilds": [{"id": str(guild), "unavailable": True} for guild in guilds],
        "session_id": "s",
        "resume_gateway_url": "wss://r",
        "application": {"id": "1"},
    }
    tell(cache, "READY", data, shard_id)


@pytest.fixture
def cache() -> Cache:
    made = Cache()
    ready(made, GUILD)
    tell(made, "GUILD_CREATE", guild_create())
    return made


def test_guild_its_channels_and_roles_are_known(cache: Cache) -> None:
    guild = cache.guild(GUILD)
    assert guild is not None
    assert (guild.name, guild.afk_channel_id, guild.unavailable) == ("The Guild", LOBBY, False)
    assert guild.channels == guild.roles == guild.members == guild.voice_states == ()
    channel = cache.channel(MUSIC)
    assert channel is not None
    assert (channel.guild_id, channel.name) == (GUILD, "Music")
    assert {role.name for role in cache.roles(GUILD)} == {"@everyone", "DJ", "Mod"}
    assert {channel.id for channel in cache.channels(GUILD)} == {LOBBY, MUSIC, TEXT, THREAD}
    assert cache.me is not None
    assert cache.me.id == BOT


def test_nothing_is_known_of_the_unknown() -> None:
    cache = Cache()
    assert cache.guild(GUILD) is cache.channel(LOBBY) is cache.member(GUILD, ANN) is None
    assert cache.voice_channel_of(GUILD, ANN) is cache.member_name(GUILD, ANN) is None
    assert cache.top_role(GUILD, [DJ]) is None
    assert cache.voice_states_in(LOBBY) == cache.humans_in(GUILD, LOBBY) == cache.roles(GUILD) == ()
    assert not cache.permissions(GUILD, LOBBY, ANN, [])
    assert not cache.bot_permissions(GUILD, LOBBY)


def test_events_of_a_guild_never_seen_are_dropped() -> None:
    cache = Cache()
    tell(cache, "CHANNEL_CREATE", {"id": "5", "type": 0, "guild_id": "9"})
    tell(cache, "GUILD_ROLE_CREATE", {"guild_id": "9", "role": {"id": "1"}})
    tell(cache, "VOICE_STATE_UPDATE", voice(ANN, LOBBY, guild_id="9", member=member(ANN)))
    tell(cache, "GUILD_UPDATE", {"id": "9", "name": "x"})
    tell(cache, "CHANNEL_DELETE", {"id": "5", "type": 0, "guild_id": "9"})
    assert cache.guild_ids == ()
    assert len(cache.met) == 0


def test_people_join_move_mute_and_leave_voice(cache: Cache) -> None:
    assert cache.voice_channel_of(GUILD, ANN) == LOBBY
    tell(cache, "VOICE_STATE_UPDATE", voice(ANN, MUSIC, guild_id=str(GUILD), member=member(ANN)))
    assert cache.voice_channel_of(GUILD, ANN) == MUSIC
    tell(cache, "VOICE_STATE_UPDATE", voice(ANN, MUSIC, guild_id=str(GUILD), self_mute=True))
    [state] = cache.voice_states_in(MUSIC)
    assert (state.user_id, state.self_mute) == (ANN, True)
    tell(cache, "VOICE_STATE_UPDATE", voice(ANN, None, guild_id=str(GUILD), member=member(ANN)))
    assert cache.voice_channel_of(GUILD, ANN) is None
    assert cache.voice_states_in(MUSIC) == ()


def test_humans_are_those_who_are_no_bots(cache: Cache) -> None:
    tell(cache, "VOICE_STATE_UPDATE", voice(BOT, LOBBY, guild_id=str(GUILD)))
    tell(cache, "VOICE_STATE_UPDATE", voice(BEN, LOBBY, guild_id=str(GUILD)))
    assert {state.user_id for state in cache.voice_states_in(LOBBY)} == {ANN, ROBOT, BOT, BEN}
    assert set(cache.humans_in(GUILD, LOBBY)) == {ANN, BEN}


def test_bots_stay_bots_when_their_members_are_forgotten() -> None:
    cache = Cache(met=MembersMet(limit=1))
    ready(cache, GUILD)
    tell(cache, "GUILD_CREATE", guild_create())
    for user_id in range(100, 110):
        tell(cache, "MESSAGE_CREATE", written_by(user_id))
    assert len(cache.met) == 1
    assert cache.humans_in(GUILD, LOBBY) == (ANN,)
    assert cache.member_name(GUILD, ANN) == "Annie"


def written_by(user_id: int, **more: object) -> dict[str, object]:
    return {
        "id": "1",
        "channel_id": str(TEXT),
        "guild_id": str(GUILD),
        "author": user(user_id, name="Writer"),
        "member": {"roles": [str(DJ)], "nick": None},
        **more,
    }


def test_people_are_met_in_messages_mentions_and_interactions(cache: Cache) -> None:
    mention: dict[str, object] = {**user(41, name="Mentioned"), "member": {"roles": [], "nick": "Menno"}}
    tell(cache, "MESSAGE_CREATE", written_by(40, mentions=[mention]))
    assert cache.member_name(GUILD, UserId(40)) == "Writer"
    assert cache.member_name(GUILD, UserId(41)) == "Menno"
    interaction: dict[str, object] = {
        "id": "1",
        "application_id": "2",
        "type": 2,
        "token": "t",
        "guild_id": str(GUILD),
        "member": {**member(42), "permissions": "8"},
        "data": {
            "name": "rep",
            "resolved": {
                "users": {"43": user(43)},
                "members": {"43": {"roles": [str(MOD)], "permissions": "0"}},
            },
        },
    }
    tell(cache, "INTERACTION_CREATE", interaction)
    assert cache.member_name(GUILD, UserId(42)) == "user42"
    met = cache.member(GUILD, UserId(43))
    assert met is not None
    assert (met.roles, met.permissions) == ((MOD,), None)
    assert cache.member(OTHER, UserId(43)) is None


def test_webhooks_and_direct_messages_introduce_nobody(cache: Cache) -> None:
    before = len(cache.met)
    tell(cache, "MESSAGE_CREATE", written_by(60, webhook_id="5"))
    tell(cache, "MESSAGE_CREATE", {"id": "1", "channel_id": "3", "author": user(61)})
    assert len(cache.met) == before


def test_renamed_member_is_renamed_in_voice_too(cache: Cache) -> None:
    tell(cache, "GUILD_MEMBER_UPDATE", {"guild_id": str(GUILD), **member(ANN, nick="Queen Ann")})
    assert cache.member_name(GUILD, ANN) == "Queen Ann"
    [state] = [state for state in cache.voice_states_in(LOBBY) if state.user_id == ANN]
    assert state.member is not None
    assert state.member.nick == "Queen Ann"
    tell(cache, "GUILD_MEMBER_REMOVE", {"guild_id": str(GUILD), "user": user(ANN)})
    tell(cache, "VOICE_STATE_UPDATE", voice(ANN, None, guild_id=str(GUILD)))
    assert cache.member(GUILD, ANN) is None


def test_own_roles_follow_the_own_member(cache: Cache) -> None:
    own = cache.member(GUILD, BOT)
    assert own is not None
    assert own.roles == (DJ,)
    tell(cache, "GUILD_MEMBER_UPDATE", {"guild_id": str(GUILD), **member(BOT, roles=[str(MOD)])})
    own = cache.member(GUILD, BOT)
    assert own is not None
    assert own.roles == (MOD,)


def test_channels_and_threads_come_change_and_go(cache: Cache) -> None:
    tell(cache, "CHANNEL_UPDATE", {"id": str(MUSIC), "type": 2, "guild_id": str(GUILD), "name": "Loud"})
    channel = cache.channel(MUSIC)
    assert channel is not None
    assert channel.name == "Loud"
    tell(cache, "CHANNEL_DELETE", {"id": str(TEXT), "type": 0, "guild_id": str(GUILD)})
    assert cache.channel(TEXT) is cache.channel(THREAD) is None
    tell(cache, "CHANNEL_CREATE", {"id": str(TEXT), "type": 0, "guild_id": str(GUILD)})
    tell(cache, "THREAD_CREATE", {"id": "99", "type": 11, "guild_id": str(GUILD), "parent_id": str(TEXT)})
    thread = {"id": "98", "type": 11, "parent_id": str(TEXT)}
    tell(cache, "THREAD_LIST_SYNC", {"guild_id": str(GUILD), "channel_ids": [str(TEXT)], "threads": [thread]})
    assert cache.channel(ChannelId(99)) is None
    synced = cache.channel(ChannelId(98))
    assert synced is not None
    assert (synced.guild_id, synced.type) == (GUILD, ChannelType.PUBLIC_THREAD)
    tell(cache, "THREAD_DELETE", {"id": "98", "type": 11, "guild_id": str(GUILD), "parent_id": str(TEXT)})
    assert cache.channel(ChannelId(98)) is None


def test_roles_come_change_and_go(cache: Cache) -> None:
    new = {"id": "60", "name": "New", "position": 9, "permissions": "0"}
    tell(cache, "GUILD_ROLE_CREATE", {"guild_id": str(GUILD), "role": new})
    top = cache.top_role(GUILD, [DJ, RoleId(60)])
    assert top is not None
    assert top.name == "New"
    tell(cache, "GUILD_ROLE_UPDATE", {"guild_id": str(GUILD), "role": {**new, "position": 1}})
    top = cache.top_role(GUILD, [RoleId(60), DJ])
    assert top is not None
    assert top.id == DJ
    tell(cache, "GUILD_ROLE_DELETE", {"guild_id": str(GUILD), "role_id": str(DJ)})
    assert DJ not in {role.id for role in cache.roles(GUILD)}


def test_of_two_roles_at_one_position_the_older_is_higher(cache: Cache) -> None:
    top = cache.top_role(GUILD, [MOD, DJ])
    assert top is not None
    assert top.id == DJ
    everyone = cache.top_role(GUILD, [])
    assert everyone is not None
    assert everyone.id == RoleId(GUILD)


def test_guild_update_keeps_what_it_does_not_tell(cache: Cache) -> None:
    tell(
        cache, "GUILD_UPDATE", {"id": str(GUILD), "name": "Renamed", "owner_id": "8", "afk_channel_id": None}
    )
    guild = cache.guild(GUILD)
    assert guild is not None
    assert (guild.name, guild.owner_id, guild.afk_channel_id) == ("Renamed", 8, None)
    assert cache.channel(MUSIC) is not None
    assert len(cache.roles(GUILD)) == 3
    assert cache.voice_channel_of(GUILD, ANN) == LOBBY


def test_guild_create_replaces_the_whole_picture(cache: Cache) -> None:
    fresh = guild_create(
        channels=[{"id": str(MUSIC), "type": 2}], threads=[], voice_states=[voice(BEN, MUSIC)]
    )
    tell(cache, "GUILD_CREATE", fresh)
    assert cache.channel(LOBBY) is cache.channel(THREAD) is None
    assert cache.voice_channel_of(GUILD, ANN) is None
    assert cache.voice_channel_of(GUILD, BEN) == MUSIC


def test_outage_keeps_the_picture_and_marks_it(cache: Cache) -> None:
    tell(cache, "GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    guild = cache.guild(GUILD)
    assert guild is not None
    assert guild.unavailable
    assert guild.name == "The Guild"
    assert cache.voice_channel_of(GUILD, ANN) == LOBBY
    tell(cache, "GUILD_CREATE", guild_create())
    guild = cache.guild(GUILD)
    assert guild is not None
    assert not guild.unavailable


def test_guild_that_the_bot_left_is_forgotten(cache: Cache) -> None:
    tell(cache, "GUILD_DELETE", {"id": str(GUILD)})
    assert cache.guild_ids == ()
    assert cache.channel(LOBBY) is cache.member(GUILD, ANN) is None
    assert len(cache.met) == 0


def test_new_session_drops_only_its_own_shards_vanished_guilds(cache: Cache) -> None:
    tell(cache, "GUILD_CREATE", guild_create(OTHER, channels=[], threads=[]), shard_id=1)
    ready(cache)
    assert cache.guild_ids == (OTHER,)
    assert cache.channel(LOBBY) is None


def test_members_met_are_bounded_and_the_longest_unseen_go_first() -> None:
    met = MembersMet(limit=2)
    for user_id in (1, 2, 1, 3):
        met.meet(GUILD, Member(user=User(id=UserId(user_id))))
    assert met.get(GUILD, UserId(2)) is None
    assert met.get(GUILD, UserId(1)) is not None
    assert met.get(GUILD, UserId(3)) is not None
    met.meet(GUILD, Member())
    assert len(met) == 2
