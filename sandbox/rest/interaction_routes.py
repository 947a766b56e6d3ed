"""Answering interactions: the callback, ``@original``, follow-ups. Opened by the interaction's own token."""

from typing import Any

from gateway_client.ids import InteractionId, MessageId
from sandbox.http.exchange import Response, json_response
from sandbox.json_values import JsonObject, is_object
from sandbox.model.entities import Message, MessageFlags
from sandbox.model.interaction import CallbackType, Interaction
from sandbox.model.interactions import Reason, Refused
from sandbox.rest.call import Call
from sandbox.rest.command_form import check_choices
from sandbox.rest.component_form import check_modal
from sandbox.rest.errors import FormErrors
from sandbox.rest.limits import CALLBACK, FOLLOW_UP
from sandbox.rest.message_form import parse_draft, parse_edit, without_ephemeral
from sandbox.rest.pipeline import Api, ApiRoute
from sandbox.wire.interactions import to_wire_callback
from sandbox.wire.messages import to_wire_message


def _callback(api: Api, call: Call) -> Response:
    body = call.body()
    kind = _callback_type(body.get("type"))
    desk = api.world.interactions
    interaction = desk.open(InteractionId(call.number("interaction_id")), call.text("token"), kind)
    given = body.get("data")
    message = _respond(api, call, interaction, kind, given if is_object(given) else {})
    if call.request.query.get("with_response", "").lower() not in {"true", "1"}:
        return Response(status=204)
    return json_response(to_wire_callback(api.world, interaction, message))


def _callback_type(value: Any) -> CallbackType:
    if isinstance(value, int) and value in set(CallbackType):
        return CallbackType(value)
    form = FormErrors()
    choices = ", ".join(str(int(kind)) for kind in CallbackType)
    form.add("type", "BASE_TYPE_CHOICES", f"Value must be one of ({choices}).")
    raise form.to_error()


def _respond(
    api: Api, call: Call, interaction: Interaction, kind: CallbackType, data: JsonObject
) -> Message | None:
    desk = api.world.interactions
    match kind:
        case CallbackType.MESSAGE | CallbackType.DEFERRED_MESSAGE:
            channel = api.world.directory.channel(interaction.channel_id)
            loading = kind is CallbackType.DEFERRED_MESSAGE
            draft = parse_draft(call, data, channel, may_be_empty=loading)
            return desk.answer(interaction, draft, loading=loading)
        case CallbackType.UPDATE:
            return desk.update(interaction, _kept_visibility(api, interaction, call, data))
        case CallbackType.DEFERRED_UPDATE:
            return desk.update(interaction, None)
        case CallbackType.AUTOCOMPLETE_RESULT:
            form = FormErrors()
            choices = check_choices(form, "data.choices", data.get("choices"), None)
            form.check()
            desk.complete(interaction, choices)
        case CallbackType.MODAL:
            form = FormErrors()
            modal = check_modal(form, data)
            form.check()
            desk.show_modal(interaction, modal)
        case CallbackType.PONG:
            raise Refused(Reason.INVALID_FORM)
    return None


def _kept_visibility(api: Api, interaction: Interaction, call: Call, data: JsonObject) -> Any:
    assert interaction.message_id is not None
    message = api.world.board.get(interaction.channel_id, interaction.message_id)
    return without_ephemeral(parse_edit(call, data), message.flags & MessageFlags.EPHEMERAL)


def _interaction(api: Api, call: Call) -> Interaction:
    if call.number("webhook_id") != api.world.application.id:
        raise Refused(Reason.UNKNOWN_WEBHOOK)
    return api.world.interactions.by_token(call.text("token"))


def _target(api: Api, call: Call, interaction: Interaction) -> Message:
    if "message_id" not in call.request.params:
        return api.world.interactions.original(interaction)
    return api.world.interactions.followup(interaction, MessageId(call.number("message_id")))


def _get(api: Api, call: Call) -> Response:
    return json_response(to_wire_message(api.world, _target(api, call, _interaction(api, call))))


def _edit(api: Api, call: Call) -> Response:
    interaction = _interaction(api, call)
    message = _target(api, call, interaction)
    edit = without_ephemeral(parse_edit(call, call.body()), message.flags & MessageFlags.EPHEMERAL)
    if message.id == interaction.original_id:
        api.world.interactions.edit_original(interaction, edit)
    else:
        api.world.board.edit(message, edit)
    return json_response(to_wire_message(api.world, message))


def _delete(api: Api, call: Call) -> Response:
    interaction = _interaction(api, call)
    api.world.interactions.delete(interaction, _target(api, call, interaction))
    return Response(status=204)


def _follow_up(api: Api, call: Call) -> Response:
    interaction = _interaction(api, call)
    channel = api.world.directory.channel(interaction.channel_id)
    draft = parse_draft(call, call.body(), channel)
    return json_response(to_wire_message(api.world, api.world.interactions.follow_up(interaction, draft)))


def _opened_by_token(method: str, pattern: str, endpoint: Any) -> ApiRoute:
    return ApiRoute(
        method=method,
        pattern=pattern,
        endpoint=endpoint,
        rule=FOLLOW_UP,
        needs_token=False,
        interaction=True,
    )


_WEBHOOK = "/webhooks/{webhook_id}/{token}"
_ORIGINAL = _WEBHOOK + "/messages/@original"
_ONE = _WEBHOOK + "/messages/{message_id}"
ROUTES = (
    ApiRoute(
        method="POST",
        pattern="/interactions/{interaction_id}/{token}/callback",
        endpoint=_callback,
        rule=CALLBACK,
        needs_token=False,
        interaction=True,
    ),
    _opened_by_token("POST", _WEBHOOK, _follow_up),
    *(
        _opened_by_token(method, pattern, endpoint)
        for pattern in (_ORIGINAL, _ONE)
        for method, endpoint in (("GET", _get), ("PATCH", _edit), ("DELETE", _delete))
    ),
)
