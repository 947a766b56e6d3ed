"""The way of every REST request: delay, faults, authorization, limits, endpoint, answer, record.

An endpoint is a synchronous function of the ``Api`` and the ``Call`` that changes the world and returns a
``Response`` or raises ``ApiError``. Its route says which limit counts and whether a token is needed. The
shell here is the only part of ``rest`` that waits, and only for an artificial delay.
"""

from collections.abc import Callable
from typing import TypeAlias

import trio
from attrs import define, evolve, frozen

from sandbox.faults import Faults, RouteFault
from sandbox.gateway.hub import GatewayHub
from sandbox.http.exchange import Request, Response, json_response
from sandbox.http.router import Handler, Route
from sandbox.json_values import JsonObject
from sandbox.model.command_book import TooManyCreates
from sandbox.model.directory import Unknown
from sandbox.model.interactions import Refused
from sandbox.model.messages import TooManyReactions
from sandbox.rest.call import Call, parse_call
from sandbox.rest.errors import SENTENCES, ApiError, from_reason, from_unknown, plain_error
from sandbox.rest.limits import DEFAULT_RULE, Limited, RateLimits, Rule
from sandbox.rest.recorder import Recorder
from sandbox.world import World

PREFIXES = ("/api/v10", "/api/v9", "/api")
_MAJORS = ("channel_id", "guild_id", "token", "webhook_id")


@define(eq=False)
class Api:
    """What endpoints work on."""

    world: World
    hub: GatewayHub
    faults: Faults
    limits: RateLimits
    recorder: Recorder


Endpoint: TypeAlias = Callable[[Api, Call], Response]


@frozen(kw_only=True)
class ApiRoute:
    """``method pattern`` (without the base) is answered by ``endpoint``."""

    method: str
    pattern: str
    endpoint: Endpoint
    rule: Rule = DEFAULT_RULE
    needs_token: bool = True
    interaction: bool = False
    """Exempt from the global limit, and opened by the interaction's own token."""


def to_routes(api: Api, routes: tuple[ApiRoute, ...]) -> list[Route]:
    """Return HTTP routes under each base."""
    return [
        Route(method=route.method, pattern=prefix + route.pattern, handler=_handler(api, route))
        for route in routes
        for prefix in PREFIXES
    ]


def _handler(api: Api, route: ApiRoute) -> Handler:
    async def handle(request: Request) -> Response:
        arrived = api.world.clock.now()
        path = _without_base(request.path)
        await _delay(api)
        fault = api.faults.take_route_fault(request.method, path)
        call, response = _answer(api, route, request, fault)
        lost = fault is not None and fault.lose_response
        api.recorder.add(call, path, arrived, None if lost else response.status)
        await _delay(api)
        return evolve(response, drop=True) if lost else response

    return handle


async def _delay(api: Api) -> None:
    if api.faults.rest_delay_s > 0:
        await trio.sleep(api.faults.rest_delay_s / 2)


def _without_base(path: str) -> str:
    return next((path[len(prefix) :] for prefix in PREFIXES if path.startswith(prefix + "/")), path)


def _answer(api: Api, route: ApiRoute, request: Request, fault: RouteFault | None) -> tuple[Call, Response]:
    call = Call(request=request)
    try:
        call = parse_call(request)
        response = _limited(api, route, call, fault)
    except ApiError as error:
        response = error.to_response()
    api.limits.count_answer(
        response.status, api.world.clock.now(), shared=response.headers.get("x-ratelimit-scope") == "shared"
    )
    return call, response


def _limited(api: Api, route: ApiRoute, call: Call, fault: RouteFault | None) -> Response:
    if fault is not None and fault.status is not None:
        return _faulty(fault)
    if route.needs_token and not _authorized(api, call):
        return plain_error(401, "Unauthorized")
    clock = api.world.clock
    verdict = api.limits.take(
        route.rule, _major(call), clock.now(), clock.wall(), interaction=route.interaction
    )
    if verdict.banned:
        return Response(
            status=429,
            headers={"content-type": "text/html", "retry-after": "600"},
            body=b"error code: 1015",
        )
    if verdict.limited:
        return _too_many(verdict.limited, verdict.headers)
    response = _perform(api, route, call)
    return evolve(response, headers={**response.headers, **verdict.headers})


def _perform(api: Api, route: ApiRoute, call: Call) -> Response:
    try:
        return route.endpoint(api, call)
    except ApiError as error:
        return error.to_response()
    except Unknown as unknown:
        return from_unknown(unknown).to_response()
    except Refused as refused:
        return from_reason(refused.reason).to_response()
    except TooManyReactions:
        return ApiError(30010).to_response()
    except TooManyCreates:
        return ApiError(30034).to_response()


def _authorized(api: Api, call: Call) -> bool:
    return call.request.headers.get("authorization", "") == f"Bot {api.world.application.token}"


def _major(call: Call) -> str:
    return next((call.request.params[name] for name in _MAJORS if name in call.request.params), "")


def _too_many(limited: Limited, headers: dict[str, str]) -> Response:
    wait = max(0.001, limited.retry_after_s)
    is_global = limited.scope == "global"
    body: JsonObject = {"message": "You are being rate limited.", "retry_after": round(wait, 3)}
    body["global"] = is_global
    if limited.code is not None:
        body |= {"message": SENTENCES[limited.code], "code": limited.code}
    told = {
        **headers,
        "retry-after": str(-int(-wait // 1)),
        "x-ratelimit-scope": limited.scope,
        "via": "1.1 sandbox",
    }
    return json_response(body, 429, {**told, "x-ratelimit-global": "true"} if is_global else told)


def _faulty(fault: RouteFault) -> Response:
    assert fault.status is not None
    if fault.status == 429:
        return _too_many(Limited(retry_after_s=fault.retry_after_s or 1.0, scope="user"), {})
    return plain_error(fault.status, "Artificial Failure")
