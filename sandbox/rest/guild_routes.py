"""Guilds, their members, roles, channels, voice states and scheduled events."""

from datetime import datetime
from typing import Any

from gateway_client.ids import ChannelId, UserId
from sandbox.http.exchange import Response, json_response
from sandbox.json_values import JsonObject, as_number, is_object
from sandbox.model import events
from sandbox.model.directory import Kind, Unknown
from sandbox.model.entities import ApplicationFlags, ChannelType, Guild, Member, VoiceState
from sandbox.model.permissions import Permissions
from sandbox.rest.access import guild_for, need, need_in_guild, need_rank_above
from sandbox.rest.call import Call
from sandbox.rest.errors import ApiError, FormErrors
from sandbox.rest.limits import MEMBER_EDIT
from sandbox.rest.pipeline import Api, ApiRoute
from sandbox.wire.guilds import to_wire_channel, to_wire_guild
from sandbox.wire.people import to_wire_member, to_wire_role, to_wire_user, to_wire_voice_state


def _guild(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    wire = to_wire_guild(guild)
    if call.request.query.get("with_counts") in {"true", "1", "True"}:
        count = len(guild.members)
        wire |= {"approximate_member_count": count, "approximate_presence_count": count}
    return json_response(wire)


def _channels(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    return json_response([to_wire_channel(c, api.world.directory) for c in guild.channels.values()])


def _roles(api: Api, call: Call) -> Response:
    return json_response([to_wire_role(role) for role in guild_for(api, call).roles.values()])


def _emojis(api: Api, call: Call) -> Response:
    return json_response(to_wire_guild(guild_for(api, call))["emojis"])


def _members(api: Api, call: Call) -> Response:
    guild, limit = guild_for(api, call), call.count("limit", 1, 1000)
    if not api.world.application.flags & ApplicationFlags.GATEWAY_GUILD_MEMBERS_LIMITED:
        raise ApiError(50001)
    after = call.request.query.get("after", "0")
    above = int(after) if after.isdecimal() else 0
    members = sorted((m for m in guild.members.values() if m.user.id > above), key=lambda m: m.user.id)
    return json_response([to_wire_member(member) for member in members[:limit]])


def _search_members(api: Api, call: Call) -> Response:
    guild, limit = guild_for(api, call), call.count("limit", 1, 1000)
    query = call.request.query.get("query", "").lower()
    found = [m for m in guild.members.values() if _starts_with(m, query)]
    return json_response([to_wire_member(member) for member in found[:limit]])


def _starts_with(member: Member, query: str) -> bool:
    return any((name or "").lower().startswith(query) for name in (member.nick, member.user.username))


def _member(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    return json_response(to_wire_member(api.world.directory.member(guild.id, UserId(call.number("user_id")))))


def _edit_member(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    member = api.world.directory.member(guild.id, UserId(call.number("user_id")))
    body = call.body()
    if "nick" in body:
        _rename(api, guild, member, body["nick"])
    if "channel_id" in body:
        _move(api, guild, member, body["channel_id"])
    if "mute" in body or "deaf" in body:
        _silence(api, call, guild, member, body)
    return json_response(to_wire_member(member))


def _rename(api: Api, guild: Guild, member: Member, nick: Any) -> None:
    own = member.user.id == api.world.application.bot.id
    guild_permission = Permissions.CHANGE_NICKNAME if own else Permissions.MANAGE_NICKNAMES
    need_in_guild(api, guild, guild_permission)
    if not own:
        need_rank_above(api, guild, member)
    if nick is not None and (not isinstance(nick, str) or len(nick) > 32):
        form = FormErrors()
        form.too_long("nick", 32)
        raise form.to_error()
    api.world.directory.rename(guild, member, nick)


def _move(api: Api, guild: Guild, member: Member, channel_id: Any) -> None:
    state = api.world.voice.state(guild.id, member.user.id)
    if state is None:
        raise Unknown(Kind.VOICE_STATE)
    need_in_guild(api, guild, Permissions.MOVE_MEMBERS)
    if channel_id is None:
        api.world.voice.leave(guild.id, member.user.id)
        return
    if not str(channel_id).isdecimal():
        form = FormErrors()
        form.add("channel_id", "NUMBER_TYPE_COERCE", f'Value "{channel_id}" is not snowflake.')
        raise form.to_error()
    channel = guild.channels.get(ChannelId(int(channel_id)))
    if channel is None:
        raise Unknown(Kind.CHANNEL)
    need(api, channel, Permissions.CONNECT)
    api.world.voice.move(guild.id, member.user.id, channel.id)


def _silence(api: Api, call: Call, guild: Guild, member: Member, body: JsonObject) -> None:
    if api.world.voice.state(guild.id, member.user.id) is None:
        raise Unknown(Kind.VOICE_STATE)
    if "mute" in body:
        need_in_guild(api, guild, Permissions.MUTE_MEMBERS)
    if "deaf" in body:
        need_in_guild(api, guild, Permissions.DEAFEN_MEMBERS)
    mute, deaf = body.get("mute"), body.get("deaf")
    api.world.voice.set_server_mute(guild.id, member.user.id, mute=mute, deaf=deaf)


def _edit_own_member(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    member = guild.members[api.world.application.bot.id]
    body = call.body()
    if "nick" in body:
        _rename(api, guild, member, body["nick"])
    return json_response(to_wire_member(member))


def _state_of(api: Api, guild: Guild, user_id: UserId) -> VoiceState:
    state = api.world.voice.state(guild.id, user_id)
    if state is None:
        raise ApiError(10065)
    return state


def _own_voice_state(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    bot_id = api.world.application.bot.id
    return json_response(to_wire_voice_state(_state_of(api, guild, bot_id), guild.members[bot_id]))


def _voice_state(api: Api, call: Call) -> Response:
    guild, user_id = guild_for(api, call), UserId(call.number("user_id"))
    return json_response(to_wire_voice_state(_state_of(api, guild, user_id), guild.members[user_id]))


def _edit_own_voice_state(api: Api, call: Call) -> Response:
    guild, body = guild_for(api, call), call.body()
    bot_id = api.world.application.bot.id
    _check_stage(api, _state_of(api, guild, bot_id), body)
    if "suppress" in body:
        api.world.voice.set_suppress(guild.id, bot_id, bool(body["suppress"]))
    return Response(status=204)


def _check_stage(api: Api, state: VoiceState, body: JsonObject) -> None:
    """Only a moderator lets itself up. Source: Voice resource, "Modify Current User Voice State", caveats."""
    assert state.channel_id is not None  # who sits nowhere has no state
    channel = api.world.directory.channel(state.channel_id)
    if channel.type is not ChannelType.STAGE or str(body.get("channel_id", channel.id)) != str(channel.id):
        raise ApiError(50024)
    if body.get("suppress") is False:
        need(api, channel, Permissions.MUTE_MEMBERS)
    if body.get("request_to_speak_timestamp") is not None:
        need(api, channel, Permissions.REQUEST_TO_SPEAK)


def _create_event(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    need_in_guild(api, guild, Permissions.CREATE_EVENTS)
    body = call.body()
    _check_event(api, body)
    creator = api.world.application.bot
    wire: JsonObject = {
        "id": str(api.world.ledger.ids.next()),
        "guild_id": str(guild.id),
        "channel_id": None,
        "creator_id": str(creator.id),
        "description": None,
        "scheduled_end_time": None,
        "status": 1,
        "entity_id": None,
        "entity_metadata": None,
        "image": None,
        "recurrence_rule": None,
        **body,
        "creator": to_wire_user(creator),
        "user_count": 0,
    }
    guild.event_ids.add(str(wire["id"]))
    api.world.ledger.publish(
        events.ScheduledEventCreated(guild_id=guild.id, creator_id=creator.id, body=wire)
    )
    return json_response(wire)


def _delete_event(api: Api, call: Call) -> Response:
    guild = guild_for(api, call)
    need_in_guild(api, guild, Permissions.CREATE_EVENTS)
    event_id = call.text("event_id")
    if event_id not in guild.event_ids:
        raise ApiError(10070)
    guild.event_ids.remove(event_id)
    return Response(status=204)


def _check_event(api: Api, body: JsonObject) -> None:
    form = FormErrors()
    for name in ("name", "privacy_level", "scheduled_start_time", "entity_type"):
        if body.get(name) is None:
            form.required(name)
    place = body.get("entity_metadata")
    if body.get("entity_type") == 3 and not (is_object(place) and place.get("location")):
        form.required("entity_metadata.location")
    elif as_number(body.get("entity_type")) in {1, 2} and not body.get("channel_id"):
        form.required("channel_id")
    _check_start(api, form, body.get("scheduled_start_time"))
    form.check()


def _check_start(api: Api, form: FormErrors, text: Any) -> None:
    if text is None:
        return
    try:
        start = datetime.fromisoformat(str(text))
    except ValueError:
        form.add(
            "scheduled_start_time", "DATE_TIME_TYPE_PARSE", f"Could not parse {text}. Should be ISO8601."
        )
        return
    if start.tzinfo is not None and start < api.world.clock.date():
        sentence = "Cannot schedule event in the past."
        form.add("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", sentence)


_GUILD = "/guilds/{guild_id}"
ROUTES = (
    ApiRoute(method="GET", pattern=_GUILD, endpoint=_guild),
    ApiRoute(method="GET", pattern=_GUILD + "/channels", endpoint=_channels),
    ApiRoute(method="GET", pattern=_GUILD + "/roles", endpoint=_roles),
    ApiRoute(method="GET", pattern=_GUILD + "/emojis", endpoint=_emojis),
    ApiRoute(method="GET", pattern=_GUILD + "/members", endpoint=_members),
    ApiRoute(method="GET", pattern=_GUILD + "/members/search", endpoint=_search_members),
    ApiRoute(method="GET", pattern=_GUILD + "/members/{user_id}", endpoint=_member),
    ApiRoute(method="PATCH", pattern=_GUILD + "/members/@me", endpoint=_edit_own_member, rule=MEMBER_EDIT),
    ApiRoute(method="PATCH", pattern=_GUILD + "/members/{user_id}", endpoint=_edit_member, rule=MEMBER_EDIT),
    ApiRoute(method="GET", pattern=_GUILD + "/voice-states/@me", endpoint=_own_voice_state),
    ApiRoute(method="PATCH", pattern=_GUILD + "/voice-states/@me", endpoint=_edit_own_voice_state),
    ApiRoute(method="GET", pattern=_GUILD + "/voice-states/{user_id}", endpoint=_voice_state),
    ApiRoute(method="POST", pattern=_GUILD + "/scheduled-events", endpoint=_create_event),
    ApiRoute(method="DELETE", pattern=_GUILD + "/scheduled-events/{event_id}", endpoint=_delete_event),
)
