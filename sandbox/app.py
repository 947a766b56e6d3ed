"""Puts the sandbox together: world, people, gateway, REST, voice, page, on one port of 127.0.0.1.

The only module that knows all parts. In a test::

    async with open_sandbox() as sandbox:
        ada = sandbox.people.of(OWNER_ID)
        ...

A page or voice part may be given; ``full_options`` takes the project's own. Failure: a defect in one
request or connection is logged and ends there; a part that cannot start ends the sandbox.
"""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio
from attrs import evolve, field, frozen

from gateway_client.ids import GuildId, UserId
from sandbox.contracts import PageRoutes, VoiceAdmission, VoiceFactory, VoiceService
from sandbox.faults import Faults
from sandbox.gateway.connection import HEARTBEAT_INTERVAL_S
from sandbox.gateway.hub import GatewayHub
from sandbox.gateway.service import GatewayService
from sandbox.http.router import AnyRoute, Router, WebSocketRoute
from sandbox.http.server import HttpServer
from sandbox.model.clock import SYSTEM_CLOCK, Clock
from sandbox.model.default import DEFAULT_TOKEN
from sandbox.people import People
from sandbox.rest import (
    cdn,
    command_routes,
    guild_routes,
    interaction_routes,
    message_routes,
    start_routes,
)
from sandbox.rest.limits import RateLimits
from sandbox.rest.pipeline import Api, to_routes
from sandbox.rest.recorder import RecordedRequest, Recorder
from sandbox.saved import read_file, run_saving
from sandbox.world import World

API_ROUTES = (
    *start_routes.ROUTES,
    *guild_routes.ROUTES,
    *message_routes.ROUTES,
    *command_routes.ROUTES,
    *interaction_routes.ROUTES,
)
_SWEEP_S = 10.0
"""How often lost gateway sessions are looked through."""


@frozen(kw_only=True)
class SandboxOptions:
    """How a sandbox is started."""

    port: int = 0
    """0 takes a free one."""
    token: str = DEFAULT_TOKEN
    clock: Clock = SYSTEM_CLOCK
    heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S
    limits: RateLimits = field(factory=RateLimits)
    faults: Faults = field(factory=Faults)
    recorded_requests: int = 10_000
    enforce_identify_concurrency: bool = False
    """Real bots wait five seconds between identifies; tests seldom want to."""
    data: Path | None = None
    """The file that keeps messages and commands from run to run."""
    voice: VoiceFactory | None = None
    page: PageRoutes | None = None


class NoVoice:
    """The voice service of a sandbox without voice: admits everybody to a place where nobody listens."""

    endpoint = "127.0.0.1:9"

    def admit(self, admission: VoiceAdmission) -> None:
        """Nothing to remember."""

    def dismiss(self, guild_id: GuildId, user_id: UserId) -> None:
        """Nothing to close."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Do nothing until cancelled."""
        task_status.started()
        await trio.sleep_forever()


@frozen(kw_only=True)
class Sandbox:
    """A running sandbox."""

    world: World
    people: People
    gateway: GatewayService
    voice: VoiceService
    faults: Faults
    limits: RateLimits
    recorder: Recorder

    @property
    def url(self) -> str:
        """Of the page."""
        return self.world.public_url

    @property
    def api_base(self) -> str:
        """What takes the place of ``https://discord.com/api/v10``."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What ``/gateway`` tells."""
        return self.gateway.hub.public_url

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.application.token

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every REST request so far, oldest first."""
        return self.recorder.all()


def full_options(options: SandboxOptions, *, encryption: str = "offer") -> SandboxOptions:
    """Return options with the project's own voice and page; they are imported only here.

    ``encryption`` is a value of ``sandbox.voice.dave_desk.DaveMode``: off, offer or demand.
    """
    from sandbox.page import routes  # noqa: PLC0415 - tests without a page do not pay for it
    from sandbox.voice import VoiceServer  # noqa: PLC0415 - nor for voice and its cryptography
    from sandbox.voice.dave_desk import DaveMode  # noqa: PLC0415 - as above

    return evolve(options, voice=partial(VoiceServer, dave=DaveMode(encryption)), page=routes)


@asynccontextmanager
async def open_sandbox(options: SandboxOptions | None = None) -> AsyncGenerator[Sandbox]:
    """Run a sandbox in this process until the block ends."""
    options = options or SandboxOptions()
    world = World(options.clock, options.token)
    if options.data:
        read_file(world, options.data)
    sandbox = _build(world, options)
    hub, voice = sandbox.gateway.hub, sandbox.voice
    page = options.page(world, sandbox.people, voice) if options.page else ()
    server = HttpServer(Router(_all_routes(sandbox, page)))
    async with trio.open_nursery() as nursery:
        await nursery.start(voice.run)
        port: int = await nursery.start(server.run, options.port)
        world.public_url = f"http://127.0.0.1:{port}"
        hub.public_url = f"ws://127.0.0.1:{port}/gateway"
        nursery.start_soon(_keep_time, world)
        nursery.start_soon(_sweep_sessions, hub)
        if options.data:
            nursery.start_soon(run_saving, world, options.data)
        yield sandbox
        nursery.cancel_scope.cancel()


def _build(world: World, options: SandboxOptions) -> Sandbox:
    voice = options.voice(world) if options.voice else NoVoice()
    hub = GatewayHub(world, voice, options.faults)
    hub.start_limit.enforce_concurrency = options.enforce_identify_concurrency
    return Sandbox(
        world=world,
        people=People(world),
        gateway=GatewayService(hub, options.heartbeat_interval_s),
        voice=voice,
        faults=options.faults,
        limits=options.limits,
        recorder=Recorder(options.recorded_requests),
    )


def _all_routes(sandbox: Sandbox, page: Sequence[AnyRoute]) -> list[AnyRoute]:
    api = Api(
        world=sandbox.world,
        hub=sandbox.gateway.hub,
        faults=sandbox.faults,
        limits=sandbox.limits,
        recorder=sandbox.recorder,
    )
    return [
        *to_routes(api, API_ROUTES),
        WebSocketRoute(pattern="/gateway", handler=sandbox.gateway.serve),
        *cdn.routes(sandbox.world),
        *page,
    ]


async def _keep_time(world: World) -> None:
    """Let interactions fail when their time is over."""
    changed = trio.Event()

    def wake(_: object) -> None:
        changed.set()

    unsubscribe = world.subscribe(wake)
    try:
        while True:
            deadline = world.next_deadline()
            wait_s = deadline - world.clock.now() if deadline is not None else math.inf
            with trio.move_on_after(max(0.0, wait_s)):
                await changed.wait()
            changed = trio.Event()
            world.tick()
    finally:
        unsubscribe()


async def _sweep_sessions(hub: GatewayHub) -> None:
    """Let gateway sessions end that nobody resumes."""
    while True:
        await trio.sleep(_SWEEP_S)
        hub.forget_lost(hub.world.clock.now())
