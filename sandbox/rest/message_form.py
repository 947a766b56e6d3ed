"""Checks the bodies that make or change a message, and turns them into ``Draft`` and ``Edit``. Pure.

Everything that is wrong is told at once, by path, in one 50035. Sources: Message resource, "Create
Message", "Embed Limits", "Allowed Mentions Object"; API reference, "Editing Message Attachments".
"""

from typing import Any

from attrs import evolve

from gateway_client.ids import AttachmentId, ChannelId, GuildId, MessageId, RoleId, UserId
from sandbox.json_values import JsonObject, as_list, is_object
from sandbox.model.entities import Channel, MessageFlags, MessageReference, Upload
from sandbox.model.mentions import EVERYTHING_PINGS, AllowedMentions
from sandbox.model.messages import Draft, Edit
from sandbox.rest.call import Call, safe_filename
from sandbox.rest.component_form import check_components
from sandbox.rest.embed_form import check_embeds
from sandbox.rest.errors import ApiError, FormErrors

MAX_CONTENT = 2_000
MAX_FILES = 10
_SETTABLE = (
    MessageFlags.SUPPRESS_EMBEDS
    | MessageFlags.EPHEMERAL
    | MessageFlags.SUPPRESS_NOTIFICATIONS
    | MessageFlags.IS_COMPONENTS_V2
)
_PARSEABLE = frozenset({"users", "roles", "everyone"})


def parse_draft(call: Call, body: JsonObject, channel: Channel, *, may_be_empty: bool = False) -> Draft:
    """Return what a new message shall hold.

    Raises:
        ApiError: 50035 with every path that is wrong, 50006 if there is nothing to send.
    """
    form = FormErrors()
    flags = _flags(form, body.get("flags"))
    draft = Draft(
        content=_content(form, body.get("content")) or "",
        embeds=check_embeds(form, "embeds", body.get("embeds")) or (),
        components=check_components(form, body.get("components"), v2=_is_v2(flags)) or (),
        uploads=_uploads(form, call, body.get("attachments")),
        flags=flags,
        tts=body.get("tts") is True,
        nonce=_nonce(form, body.get("nonce")),
        enforce_nonce=body.get("enforce_nonce") is True,
        reference=_reference(form, body.get("message_reference"), channel),
        allowed=_allowed(form, body.get("allowed_mentions")),
    )
    if _is_v2(flags) and (draft.content or draft.embeds):
        form.add("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Not with components V2.")
    form.check()
    empty = not (draft.content.strip() or draft.embeds or draft.components or draft.uploads)
    if empty and not may_be_empty:
        raise ApiError(50006)
    return draft


def parse_edit(call: Call, body: JsonObject) -> Edit:
    """Return what shall change; what the body does not name stays."""
    form = FormErrors()
    flags = _flags(form, body["flags"]) if body.get("flags") is not None else None
    content = (_content(form, body["content"]) or "") if "content" in body else None
    embeds = (check_embeds(form, "embeds", body["embeds"]) or ()) if "embeds" in body else None
    components = None
    if "components" in body:
        components = check_components(form, body["components"], v2=flags is not None and _is_v2(flags)) or ()
    edit = Edit(
        content=content,
        embeds=embeds,
        components=components,
        kept_attachments=_kept(body),
        uploads=_uploads(form, call, body.get("attachments")),
        flags=flags,
        allowed=_allowed(form, body.get("allowed_mentions")),
    )
    form.check()
    return edit


def without_ephemeral(edit: Edit, ephemeral: MessageFlags) -> Edit:
    """Return an edit whose flags keep who can see the message: that cannot be edited."""
    if edit.flags is None:
        return edit
    return evolve(edit, flags=edit.flags & ~MessageFlags.EPHEMERAL | ephemeral)


def _is_v2(flags: MessageFlags) -> bool:
    return bool(flags & MessageFlags.IS_COMPONENTS_V2)


def _content(form: FormErrors, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        form.wrong_type("content", "string")
        return None
    if len(value) > MAX_CONTENT:
        form.too_long("content", MAX_CONTENT)
    return value


def _flags(form: FormErrors, value: Any) -> MessageFlags:
    if value is None:
        return MessageFlags.NONE
    if not isinstance(value, int) or isinstance(value, bool):
        form.wrong_type("flags", "int")
        return MessageFlags.NONE
    return MessageFlags(value & _SETTABLE)


def _nonce(form: FormErrors, value: Any) -> str | int | None:
    if value is not None and (not isinstance(value, str | int) or len(str(value)) > 25):
        form.too_long("nonce", 25)
        return None
    return value


def _reference(form: FormErrors, value: Any, channel: Channel) -> MessageReference | None:
    match value:
        case None:
            return None
        case {"message_id": str() | int() as message_id} if str(message_id).isdecimal():
            guild_id, place = channel.guild_id, str(value.get("channel_id", ""))
            return MessageReference(
                channel_id=ChannelId(int(place)) if place.isdecimal() else channel.id,
                message_id=MessageId(int(message_id)),
                guild_id=GuildId(guild_id) if guild_id else None,
            )
        case _:
            form.required("message_reference.message_id")
            return None


def _allowed(form: FormErrors, value: Any) -> AllowedMentions:
    if value is None:
        return EVERYTHING_PINGS
    if not is_object(value):
        form.wrong_type("allowed_mentions", "object")
        return EVERYTHING_PINGS
    given: JsonObject = value
    parse = frozenset(_texts(given.get("parse")))
    users, roles = _texts(given.get("users")), _texts(given.get("roles"))
    if parse - _PARSEABLE:
        form.add(
            "allowed_mentions.parse", "BASE_TYPE_CHOICES", "Value must be one of users, roles, everyone."
        )
    for name, ids in (("users", users), ("roles", roles)):
        if ids and name in parse:
            sentence = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            form.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", sentence)
        if len(ids) > 100:
            form.bad_length(f"allowed_mentions.{name}", 0, 100)
    return AllowedMentions(
        parse=parse,
        users=frozenset(UserId(int(i)) for i in users if i.isdecimal()),
        roles=frozenset(RoleId(int(i)) for i in roles if i.isdecimal()),
        replied_user=given.get("replied_user") is True,
    )


def _texts(value: Any) -> list[str]:
    return [str(one) for one in as_list(value)]


def _described(value: Any) -> dict[str, JsonObject]:
    """Return the partial attachments of a body by their id, which for new files is the n of ``files[n]``."""
    entries = as_list(value)
    return {str(entry["id"]): entry for entry in entries if is_object(entry) and "id" in entry}


def _uploads(form: FormErrors, call: Call, attachments: Any) -> tuple[Upload, ...]:
    described = _described(attachments)
    if len(call.uploads) > MAX_FILES:
        form.bad_length("attachments", 0, MAX_FILES)
    uploads: list[Upload] = []
    for number, upload in call.uploads.items():
        about = described.get(number, {})
        description = about.get("description")
        if isinstance(description, str) and len(description) > 1024:
            form.too_long(f"attachments.{number}.description", 1024)
        name = about.get("filename")
        uploads.append(
            evolve(
                upload,
                filename=safe_filename(name) if isinstance(name, str) else upload.filename,
                description=description if isinstance(description, str) else None,
            )
        )
    return tuple(uploads)


def _kept(body: JsonObject) -> frozenset[AttachmentId] | None:
    if "attachments" not in body:
        return None
    return frozenset(AttachmentId(int(i)) for i in _described(body["attachments"]) if i.isdecimal())
