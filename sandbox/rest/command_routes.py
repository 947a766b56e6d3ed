"""Registering application commands, globally and per guild."""

from gateway_client.ids import CommandId, GuildId
from sandbox.http.exchange import Response, json_response
from sandbox.model.entities import Command
from sandbox.rest.call import Call
from sandbox.rest.command_form import check_command, check_commands
from sandbox.rest.errors import ApiError, FormErrors
from sandbox.rest.limits import COMMANDS
from sandbox.rest.pipeline import Api, ApiRoute


def _scope(api: Api, call: Call) -> GuildId | None:
    """Return the guild of the path, if the commands of one are meant; only one's own application counts."""
    if call.number("application_id") != api.world.application.id:
        raise ApiError(50001)
    if "guild_id" not in call.request.params:
        return None
    return api.world.directory.guild(GuildId(call.number("guild_id"))).id


def _command(api: Api, call: Call) -> Command:
    scope = _scope(api, call)
    return api.world.commands.get(CommandId(call.number("command_id")), scope)


def _list(api: Api, call: Call) -> Response:
    return json_response([command.body for command in api.world.commands.all(_scope(api, call))])


def _create(api: Api, call: Call) -> Response:
    scope, form = _scope(api, call), FormErrors()
    body = check_command(form, "", call.json, in_guild=scope is not None)
    form.check()
    command, created = api.world.commands.put(body, scope)
    return json_response(command.body, 201 if created else 200)


def _overwrite(api: Api, call: Call) -> Response:
    scope = _scope(api, call)
    bodies = check_commands(call.json, in_guild=scope is not None)
    return json_response([command.body for command in api.world.commands.overwrite(bodies, scope)])


def _get(api: Api, call: Call) -> Response:
    return json_response(_command(api, call).body)


def _edit(api: Api, call: Call) -> Response:
    command, form = _command(api, call), FormErrors()
    merged = {**command.body, **call.body(), "type": command.type}
    body = check_command(form, "", merged, in_guild=command.guild_id is not None)
    form.check()
    return json_response(api.world.commands.edit(command, body).body)


def _delete(api: Api, call: Call) -> Response:
    api.world.commands.remove(_command(api, call))
    return Response(status=204)


def _routes(base: str) -> tuple[ApiRoute, ...]:
    one = base + "/{command_id}"
    return (
        ApiRoute(method="GET", pattern=base, endpoint=_list, rule=COMMANDS),
        ApiRoute(method="POST", pattern=base, endpoint=_create, rule=COMMANDS),
        ApiRoute(method="PUT", pattern=base, endpoint=_overwrite, rule=COMMANDS),
        ApiRoute(method="GET", pattern=one, endpoint=_get, rule=COMMANDS),
        ApiRoute(method="PATCH", pattern=one, endpoint=_edit, rule=COMMANDS),
        ApiRoute(method="DELETE", pattern=one, endpoint=_delete, rule=COMMANDS),
    )


_APPLICATION = "/applications/{application_id}"
ROUTES = _routes(_APPLICATION + "/commands") + _routes(_APPLICATION + "/guilds/{guild_id}/commands")
