"""Discord behind ``httpx.MockTransport``: answers from a script, judges every request by the contract.

A request that the contract refuses is not answered but raised into the test. Where the OpenAPI file is
missing, requests are recorded unjudged (the tests that are about the contract skip by themselves).
"""

import json
import random
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import cast

import attrs
import httpx

from actors.rest.invalid_guard import InvalidGuard
from actors.rest.outbox import Outbox, open_outbox
from tests.rest.openapi import NO_BODY, Contract, find_file

BASE = "https://discord.test/api/v10"
TOKEN = "bot-token-that-nobody-may-see"

MESSAGE = {"id": "11", "channel_id": "1", "author": {"id": "3", "username": "Roadie"}, "content": "hello"}
CHANNEL = {"id": "1", "type": 2, "name": "Lobby"}

_PART = re.compile(r'name="([^"]*)"(?:; filename="([^"]*)")?.*?\r\n\r\n(.*)', re.DOTALL)


@attrs.frozen(kw_only=True)
class Seen:
    """One request as it arrived. ``files`` by field name: file name and content."""

    method: str
    path: str
    headers: dict[str, str]
    body: object
    files: dict[str, tuple[str, str]]

    @property
    def fields(self) -> dict[str, object]:
        """The body, which must be a JSON object."""
        assert isinstance(self.body, dict)
        return cast("dict[str, object]", self.body)


Answer = httpx.Response | Exception | Callable[[], httpx.Response]


@attrs.define
class FakeDiscord:
    """Plays ``script`` first (an exception is raised), then answers every route with something that fits."""

    script: list[Answer] = attrs.field(factory=list[Answer])
    seen: list[Seen] = attrs.field(factory=list[Seen])
    times: list[float] = attrs.field(factory=list[float])

    async def handle(self, request: httpx.Request) -> httpx.Response:
        seen = read_request(request)
        if find_file() is not None:
            Contract.load().check(seen.method, seen.path, seen.body)
        self.seen.append(seen)
        if not self.script:
            return _fitting(seen)
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer()

    @asynccontextmanager
    async def open(self, guard: InvalidGuard | None = None) -> AsyncGenerator[Outbox]:
        """An outbox that talks to this fake."""
        async with open_outbox(
            api_base=BASE,
            token=lambda: TOKEN,
            random=random.Random(1),
            guard=guard,
            network=httpx.MockTransport(self.handle),
        ) as outbox:
            yield outbox


def read_request(request: httpx.Request) -> Seen:
    """Take a request apart, multipart ones too."""
    kind = request.headers.get("content-type", "")
    path = request.url.raw_path.decode()
    files: dict[str, tuple[str, str]] = {}
    body: object = NO_BODY
    if kind.startswith("multipart/form-data"):
        boundary = "--" + kind.partition("boundary=")[2]
        for part in request.content.decode("latin-1").split(boundary)[1:-1]:
            match = _PART.search(part.removesuffix("\r\n"))
            assert match is not None
            if match[1] == "payload_json":
                body = json.loads(match[3].encode("latin-1"))
            else:
                files[match[1]] = (match[2].encode("latin-1").decode(), match[3])
    elif request.content:
        body = json.loads(request.content)
    return Seen(method=request.method, path=path, headers=dict(request.headers), body=body, files=files)


def error(status: int, code: int = 0, message: str = "No.", **more: object) -> httpx.Response:
    """Discord's error answer."""
    return httpx.Response(status, json={"code": code, "message": message} | more)


def too_many(scope: str, retry_after_s: float) -> httpx.Response:
    """A 429."""
    body = {
        "message": "You are being rate limited.",
        "retry_after": retry_after_s,
        "global": scope == "global",
    }
    return httpx.Response(429, json=body, headers={"X-RateLimit-Scope": scope})


def _fitting(seen: Seen) -> httpx.Response:
    path = seen.path.removeprefix("/api/v10")
    bodies: list[tuple[str, str, object]] = [
        ("GET", "/gateway/bot", {"url": "wss://g", "shards": 1, "session_start_limit": {
            "total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}}),
        ("GET", "/applications/@me", {"id": "5", "flags": 1 << 18}),
        ("GET", "/users/@me", {"id": "3", "username": "Roadie"}),
        ("*", "/applications/", [{"id": "8", "name": "play", "type": 1, "version": "9"}]),
        ("POST", "/users/@me/channels", CHANNEL),
        ("POST", "/guilds/2/scheduled-events", {"id": "7"}),
        ("POST", "/webhooks/", MESSAGE),
        ("PATCH", "/webhooks/", MESSAGE),
        ("GET", "/webhooks/", MESSAGE),
        ("GET", "/channels/1/messages?", [MESSAGE]),
    ]  # fmt: skip
    for method, start, body in bodies:
        if method in {"*", seen.method} and path.startswith(start):
            return httpx.Response(200, json=body)
    if re.fullmatch(r"/channels/1/messages(/\d+)?", path) and seen.method != "DELETE":
        return httpx.Response(200, json=MESSAGE)
    return httpx.Response(204)
