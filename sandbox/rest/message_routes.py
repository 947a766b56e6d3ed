"""Channels, their messages, reactions, typing, and the status line of voice channels."""

from datetime import timedelta

from attrs import evolve

from gateway_client.ids import EmojiId, MessageId, UserId
from sandbox.http.exchange import Response, json_response
from sandbox.json_values import JsonObject, is_list
from sandbox.model.clock import created_at
from sandbox.model.directory import Kind, Unknown
from sandbox.model.entities import ApplicationFlags, Channel, ChannelType, Emoji, Message, MessageFlags
from sandbox.model.messages import Draft
from sandbox.model.permissions import Permissions
from sandbox.rest.access import channel_for, need
from sandbox.rest.call import Call
from sandbox.rest.errors import ApiError, FormErrors
from sandbox.rest.limits import MESSAGE_CREATE, MESSAGE_DELETE, MESSAGE_EDIT, REACTION, TYPING
from sandbox.rest.message_form import parse_draft, parse_edit, without_ephemeral
from sandbox.rest.pipeline import Api, ApiRoute
from sandbox.wire.guilds import to_wire_channel
from sandbox.wire.messages import to_wire_message, without_content
from sandbox.wire.people import to_wire_user

_BULK_MAX_AGE = timedelta(days=14)


def message_for(api: Api, call: Call, needed: Permissions = Permissions.VIEW_CHANNEL) -> Message:
    """Return the message of the path; ephemeral ones are unknown to these routes."""
    channel = channel_for(api, call, needed)
    message = api.world.board.get(channel.id, MessageId(call.number("message_id")))
    if message.visible_to is not None:
        raise Unknown(Kind.MESSAGE)
    return message


def _shown(api: Api, message: Message) -> JsonObject:
    """Return a message as this application may read it: privileged content only if it was granted."""
    wire = to_wire_message(api.world, message)
    bot_id = api.world.application.bot.id
    granted = api.world.application.flags & ApplicationFlags.GATEWAY_MESSAGE_CONTENT_LIMITED
    own = message.author.id == bot_id or bot_id in message.mentions or message.guild_id is None
    return wire if granted or own else without_content(wire)


def _channel(api: Api, call: Call) -> Response:
    return json_response(to_wire_channel(channel_for(api, call), api.world.directory))


def _list(api: Api, call: Call) -> Response:
    channel = channel_for(api, call, Permissions.READ_MESSAGE_HISTORY)
    limit = call.count("limit", 50, 100)
    messages = api.world.board.history(channel.id)
    marks = {name: call.number_of_query(name) for name in ("before", "after", "around")}
    if marks["before"]:
        messages = [m for m in messages if m.id < marks["before"]][-limit:]
    elif marks["after"]:
        messages = [m for m in messages if m.id > marks["after"]][:limit]
    elif marks["around"]:
        nearest = sorted(messages, key=lambda m: abs(m.id - marks["around"]))[:limit]
        messages = sorted(nearest, key=lambda m: m.id)
    else:
        messages = messages[-limit:]
    return json_response([_shown(api, message) for message in reversed(messages)])


def _get(api: Api, call: Call) -> Response:
    return json_response(_shown(api, message_for(api, call)))


def _create(api: Api, call: Call) -> Response:
    channel = channel_for(api, call, Permissions.SEND_MESSAGES)
    body = call.body()
    draft = parse_draft(call, body, channel)
    if draft.embeds:
        need(api, channel, Permissions.EMBED_LINKS)
    if draft.uploads:
        need(api, channel, Permissions.ATTACH_FILES)
    reference = body.get("message_reference")
    if reference:
        _check_reference(api, channel, draft, must_exist=reference.get("fail_if_not_exists", True))
    message = api.world.board.post(
        channel, api.world.application.bot, evolve(draft, flags=draft.flags & ~MessageFlags.EPHEMERAL)
    )
    return json_response(to_wire_message(api.world, message))


def _check_reference(api: Api, channel: Channel, draft: Draft, *, must_exist: bool) -> None:
    assert draft.reference is not None
    known = {message.id for message in api.world.board.history(channel.id)}
    if draft.reference.message_id not in known and must_exist:
        form = FormErrors()
        form.add("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        raise form.to_error()
    need(api, channel, Permissions.READ_MESSAGE_HISTORY)


def _edit(api: Api, call: Call) -> Response:
    message = message_for(api, call)
    body = call.body()
    if message.author.id != api.world.application.bot.id:
        if set(body) != {"flags"}:
            raise ApiError(50005)
        need(api, api.world.directory.channel(message.channel_id), Permissions.MANAGE_MESSAGES)
    edit = without_ephemeral(parse_edit(call, body), MessageFlags.NONE)
    return json_response(to_wire_message(api.world, api.world.board.edit(message, edit)))


def _delete(api: Api, call: Call) -> Response:
    message = message_for(api, call)
    if message.author.id != api.world.application.bot.id:
        need(api, api.world.directory.channel(message.channel_id), Permissions.MANAGE_MESSAGES)
    api.world.board.delete(message)
    return Response(status=204)


def _delete_many(api: Api, call: Call) -> Response:
    channel = channel_for(api, call, Permissions.MANAGE_MESSAGES)
    given = call.body().get("messages")
    ids = [str(one) for one in given] if is_list(given) else []
    if not 2 <= len(ids) <= 100 or not all(one.isdecimal() for one in ids):
        raise ApiError(50016)
    oldest_allowed = api.world.clock.date() - _BULK_MAX_AGE
    if any(created_at(int(one)) < oldest_allowed for one in ids):
        raise ApiError(50034)
    api.world.board.delete_many(channel, tuple(MessageId(int(one)) for one in ids))
    return Response(status=204)


def _typing(api: Api, call: Call) -> Response:
    channel = channel_for(api, call, Permissions.SEND_MESSAGES)
    api.world.board.type_in(channel, api.world.application.bot)
    return Response(status=204)


def parse_emoji(api: Api, text: str) -> Emoji:
    """Return the emoji of a path: unicode, or ``name:id`` of a guild's own; 10014 otherwise."""
    name, colon, digits = text.rpartition(":")
    if colon and digits.isdecimal():
        for guild in api.world.directory.guilds.values():
            if EmojiId(int(digits)) in guild.emojis:
                return Emoji(name=name.removeprefix("a:"), id=EmojiId(int(digits)))
        raise Unknown(Kind.EMOJI)
    keycap = "\u20e3" in text
    if not text or len(text) > 24 or (not keycap and any(c.isascii() or c.isalpha() for c in text)):
        raise Unknown(Kind.EMOJI)
    return Emoji(name=text)


def _react(api: Api, call: Call) -> Response:
    message = message_for(api, call, Permissions.READ_MESSAGE_HISTORY)
    emoji = parse_emoji(api, call.text("emoji"))
    if emoji.key not in message.reactions:
        need(api, api.world.directory.channel(message.channel_id), Permissions.ADD_REACTIONS)
    api.world.board.react(message, api.world.application.bot, emoji)
    return Response(status=204)


def _unreact_own(api: Api, call: Call) -> Response:
    message = message_for(api, call)
    api.world.board.unreact(message, api.world.application.bot, parse_emoji(api, call.text("emoji")))
    return Response(status=204)


def _unreact_user(api: Api, call: Call) -> Response:
    user_id = UserId(call.number("user_id"))
    own = user_id == api.world.application.bot.id
    message = message_for(api, call, Permissions.VIEW_CHANNEL if own else Permissions.MANAGE_MESSAGES)
    user = api.world.directory.user(user_id)
    api.world.board.unreact(message, user, parse_emoji(api, call.text("emoji")))
    return Response(status=204)


def _who_reacted(api: Api, call: Call) -> Response:
    message = message_for(api, call)
    reaction = message.reactions.get(parse_emoji(api, call.text("emoji")).key)
    after = call.number_of_query("after")
    users = [user_id for user_id in reaction.users if user_id > after] if reaction else []
    limit = call.count("limit", 25, 100)
    return json_response([to_wire_user(api.world.directory.user(user_id)) for user_id in users[:limit]])


def _clear_emoji(api: Api, call: Call) -> Response:
    message = message_for(api, call, Permissions.MANAGE_MESSAGES)
    api.world.board.clear_reactions(message, parse_emoji(api, call.text("emoji")))
    return Response(status=204)


def _clear(api: Api, call: Call) -> Response:
    api.world.board.clear_reactions(message_for(api, call, Permissions.MANAGE_MESSAGES))
    return Response(status=204)


def _voice_status(api: Api, call: Call) -> Response:
    channel = channel_for(api, call, Permissions.SET_VOICE_CHANNEL_STATUS)
    if channel.type is not ChannelType.VOICE:
        raise ApiError(50024)
    status = call.body().get("status")
    if status is not None and (not isinstance(status, str) or len(status) > 500):
        form = FormErrors()
        form.too_long("status", 500)
        raise form.to_error()
    api.world.voice.set_status(channel, status)
    return Response(status=204)


_CHANNEL = "/channels/{channel_id}"
_ONE = _CHANNEL + "/messages/{message_id}"
_EMOJI = _ONE + "/reactions/{emoji}"
ROUTES = (
    ApiRoute(method="GET", pattern=_CHANNEL, endpoint=_channel),
    ApiRoute(method="GET", pattern=_CHANNEL + "/messages", endpoint=_list),
    ApiRoute(method="POST", pattern=_CHANNEL + "/messages", endpoint=_create, rule=MESSAGE_CREATE),
    ApiRoute(method="POST", pattern=_CHANNEL + "/messages/bulk-delete", endpoint=_delete_many),
    ApiRoute(method="GET", pattern=_ONE, endpoint=_get),
    ApiRoute(method="PATCH", pattern=_ONE, endpoint=_edit, rule=MESSAGE_EDIT),
    ApiRoute(method="DELETE", pattern=_ONE, endpoint=_delete, rule=MESSAGE_DELETE),
    ApiRoute(method="POST", pattern=_CHANNEL + "/typing", endpoint=_typing, rule=TYPING),
    ApiRoute(method="PUT", pattern=_CHANNEL + "/voice-status", endpoint=_voice_status),
    ApiRoute(method="DELETE", pattern=_ONE + "/reactions", endpoint=_clear, rule=REACTION),
    ApiRoute(method="GET", pattern=_EMOJI, endpoint=_who_reacted),
    ApiRoute(method="DELETE", pattern=_EMOJI, endpoint=_clear_emoji, rule=REACTION),
    ApiRoute(method="PUT", pattern=_EMOJI + "/@me", endpoint=_react, rule=REACTION),
    ApiRoute(method="DELETE", pattern=_EMOJI + "/@me", endpoint=_unreact_own, rule=REACTION),
    ApiRoute(method="DELETE", pattern=_EMOJI + "/{user_id}", endpoint=_unreact_user, rule=REACTION),
)
