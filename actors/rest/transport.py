"""Requests over httpx, which is imported in this file and nowhere else.

``open_transport`` opens the connections; ``perform`` makes one request, once, and gives its answer or says
that none came. Knows nothing of limits or repeats. May import this room's values.

Reactions have a few connections of their own. Otherwise one that leaves a moment before an answer would take
the connection that stands ready, and the answer would wait for the handshakes of a new one.

Failure modes: every exception of httpx becomes a ``Broken``. httpx and httpcore would log the whole address,
in which an interaction's token stands: their loggers are raised to warnings.
"""

import logging
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import attrs
import httpx
import msgspec

from actors.rest.answers import Answer
from actors.rest.api_base import ApiBase, make_tls_context
from actors.rest.messages import File
from actors.rest.routes import REACTIONS_AT_ONCE, Target

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=60.0)
_FOR_REACTIONS = httpx.Limits(
    max_connections=REACTIONS_AT_ONCE, max_keepalive_connections=REACTIONS_AT_ONCE, keepalive_expiry=60.0
)


_Part: TypeAlias = tuple[str, tuple[None, bytes, str] | tuple[str, bytes]]

Network: TypeAlias = httpx.AsyncBaseTransport
"""What a test may put in the place of the network."""


@attrs.frozen(kw_only=True)
class Body:
    """What a request carries: JSON, and files beside it."""

    json: object
    files: tuple[File, ...] = ()


@attrs.frozen(kw_only=True)
class Broken:
    """No answer came; ``unsent`` if surely nothing reached Discord."""

    why: str
    unsent: bool


@asynccontextmanager
async def open_transport(
    *,
    base: ApiBase,
    token: Callable[[], str],
    user_agent: str,
    tls: ssl.SSLContext | None = None,
    network: Network | None = None,
) -> "AsyncGenerator[Transport]":
    """Open the two pools of connections.

    Args:
        base: where Discord is.
        token: gives the bot's token; called once per request.
        user_agent: ``DiscordBot (url, version)``.
        tls: a client context; by default one that trusts certifi's authorities.
        network: in place of the real one, for tests.

    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    verify = (tls or make_tls_context()) if base.tls else False
    answers, reactions = (
        httpx.AsyncClient(
            headers={"User-Agent": user_agent},
            timeout=_TIMEOUT,
            limits=limits,
            verify=verify,
            transport=network,
            trust_env=False,
        )
        for limits in (_CONNECTIONS, _FOR_REACTIONS)
    )
    async with answers, reactions:
        yield Transport(answers=answers, reactions=reactions, base=base, token=token)


class Transport:
    """Makes single requests. Opened by ``open_transport``."""

    def __init__(
        self,
        *,
        answers: httpx.AsyncClient,
        reactions: httpx.AsyncClient,
        base: ApiBase,
        token: Callable[[], str],
    ) -> None:
        self._answers = answers
        self._reactions = reactions
        self._base = base
        self._token = token

    async def perform(self, target: Target, body: Body | None) -> Answer | Broken:
        """Make one request, once."""
        try:
            response = await self._client(target).send(self._to_request(target, body))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Broken(why=f"Discord cannot be reached: {_reason_of(error)}", unsent=True)
        except httpx.HTTPError as error:
            return Broken(why=f"the connection broke: {type(error).__name__}", unsent=False)
        return Answer(status=response.status_code, headers=dict(response.headers), body=response.content)

    def _client(self, target: Target) -> httpx.AsyncClient:
        return self._reactions if target.route.is_reaction else self._answers

    def _to_request(self, target: Target, body: Body | None) -> httpx.Request:
        method, url = target.route.method.value, self._base.url + target.path
        headers: dict[str, str] = {}
        if not target.route.exempt:
            headers["Authorization"] = f"Bot {self._token()}"
        if body is None:
            return self._answers.build_request(method, url, headers=headers)
        json = msgspec.json.encode(body.json)
        if body.files:
            parts: list[_Part] = [("payload_json", (None, json, "application/json"))]
            parts += [(f"files[{n}]", (file.name, file.content)) for n, file in enumerate(body.files)]
            return self._answers.build_request(method, url, headers=headers, files=parts)
        headers["Content-Type"] = "application/json"
        return self._answers.build_request(method, url, headers=headers, content=json)


def _reason_of(error: BaseException) -> str:
    """The first words in a chain of causes: httpx and Trio wrap what the system said in silence."""
    cause: BaseException | None = error
    while cause is not None:
        if str(cause):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
