"""What a library asks for before it connects: the gateway's address, the application, the bot, its guilds."""

from gateway_client.ids import UserId
from sandbox.http.exchange import Response, json_response
from sandbox.json_values import JsonObject
from sandbox.model.permissions import guild_permissions
from sandbox.rest.access import own_member
from sandbox.rest.call import Call
from sandbox.rest.errors import FormErrors
from sandbox.rest.pipeline import Api, ApiRoute
from sandbox.wire.guilds import to_wire_channel, to_wire_own_guild
from sandbox.wire.people import to_wire_application, to_wire_own_user, to_wire_user


def _gateway(api: Api, call: Call) -> Response:
    return json_response({"url": api.hub.public_url})


def _gateway_bot(api: Api, call: Call) -> Response:
    limit, now = api.hub.start_limit, api.world.clock.now()
    body: JsonObject = {
        "url": api.hub.public_url,
        "shards": api.hub.recommended_shards,
        "session_start_limit": {
            "total": limit.total,
            "remaining": limit.remaining(now),
            "reset_after": int(limit.reset_after_s(now) * 1000),
            "max_concurrency": limit.max_concurrency,
        },
    }
    return json_response(body)


def _application(api: Api, call: Call) -> Response:
    return json_response(to_wire_application(api.world.application, len(api.world.directory.guilds)))


def _authorization(api: Api, call: Call) -> Response:
    application = to_wire_application(api.world.application, len(api.world.directory.guilds))
    return json_response(
        {"application": application, "scopes": ["bot"], "expires": "2100-01-01T00:00:00+00:00"}
    )


def _own_user(api: Api, call: Call) -> Response:
    return json_response(to_wire_own_user(api.world.application.bot))


def _user(api: Api, call: Call) -> Response:
    return json_response(to_wire_user(api.world.directory.user(UserId(call.number("user_id")))))


def _own_guilds(api: Api, call: Call) -> Response:
    limit = call.count("limit", 200, 200)
    guilds = [guild for guild in api.world.directory.guilds.values() if guild.available]
    after = call.request.query.get("after", "")
    if after.isdecimal():
        guilds = [guild for guild in guilds if guild.id > int(after)]
    wire = [to_wire_own_guild(guild, guild_permissions(guild, own_member(api, guild))) for guild in guilds]
    return json_response(wire[:limit])


def _direct_channel(api: Api, call: Call) -> Response:
    recipient = str(call.body().get("recipient_id", ""))
    if not recipient.isdecimal():
        form = FormErrors()
        form.required("recipient_id")
        raise form.to_error()
    channel = api.world.directory.direct_channel(UserId(int(recipient)))
    return json_response(to_wire_channel(channel, api.world.directory))


def _application_emojis(api: Api, call: Call) -> Response:
    return json_response({"items": []})


def _voice_regions(api: Api, call: Call) -> Response:
    return json_response(
        [{"id": "sandbox", "name": "Sandbox", "optimal": True, "deprecated": False, "custom": False}]
    )


ROUTES = (
    ApiRoute(method="GET", pattern="/gateway", endpoint=_gateway, needs_token=False),
    ApiRoute(method="GET", pattern="/gateway/bot", endpoint=_gateway_bot),
    ApiRoute(method="GET", pattern="/applications/@me", endpoint=_application),
    ApiRoute(method="GET", pattern="/oauth2/applications/@me", endpoint=_application),
    ApiRoute(method="GET", pattern="/oauth2/@me", endpoint=_authorization),
    ApiRoute(method="GET", pattern="/users/@me", endpoint=_own_user),
    ApiRoute(method="GET", pattern="/users/@me/guilds", endpoint=_own_guilds),
    ApiRoute(method="POST", pattern="/users/@me/channels", endpoint=_direct_channel),
    ApiRoute(method="GET", pattern="/users/{user_id}", endpoint=_user),
    ApiRoute(method="GET", pattern="/applications/{application_id}/emojis", endpoint=_application_emojis),
    ApiRoute(method="GET", pattern="/voice/regions", endpoint=_voice_regions),
)
