"""A sandbox without sockets: a world on a clock that the test turns, REST and gateway called directly."""

from typing import Any

from attrs import define, field

from gateway_client.ids import UserId
from sandbox.app import API_ROUTES, NoVoice
from sandbox.contracts import VoiceAdmission
from sandbox.faults import Faults
from sandbox.gateway.connection import Close, GatewayConnection, Outgoing, Reset, Send
from sandbox.gateway.hub import GatewayHub
from sandbox.http.exchange import Request, Response
from sandbox.http.router import Found, Router
from sandbox.json_values import JsonObject, parse_json, parse_object, to_json
from sandbox.model.clock import Clock
from sandbox.model.events import WorldEvent
from sandbox.people import People, Person
from sandbox.rest import cdn
from sandbox.rest.limits import RateLimits
from sandbox.rest.pipeline import Api, to_routes
from sandbox.rest.recorder import Recorder
from sandbox.world import World

EPOCH = 1_780_000_000.0
ALL_INTENTS = 0x331FFFF & ~(0b111 << 17)


@define
class Answer:
    status: int
    headers: dict[str, str]
    body: Any
    raw: Response

    @property
    def code(self) -> int:
        return self.body["code"]


class SpyVoice(NoVoice):
    """Remembers who was let in and who was thrown out."""

    def __init__(self) -> None:
        self.admitted: list[VoiceAdmission] = []
        self.dismissed: list[UserId] = []

    def admit(self, admission: VoiceAdmission) -> None:
        self.admitted.append(admission)

    def dismiss(self, guild_id: Any, user_id: UserId) -> None:
        self.dismissed.append(user_id)


@define
class Client:
    """One gateway connection, as the other side sees it."""

    rig: "Rig"
    connection: GatewayConnection = field(init=False)
    out: list[Outgoing] = field(factory=list[Outgoing])

    def __attrs_post_init__(self) -> None:
        self.connection = GatewayConnection(self.rig.hub, self.out.append)
        self.connection.open(self.rig.time)

    def send(self, opcode: int, data: object) -> "Client":
        self.connection.receive(to_json({"op": opcode, "d": data}).decode(), self.rig.time)
        return self

    def identify(self, **changes: object) -> "Client":
        whole: JsonObject = {
            "token": self.rig.world.application.token,
            "properties": {"os": "linux"},
            "intents": ALL_INTENTS,
        }
        return self.send(2, {**whole, **changes})

    @property
    def payloads(self) -> list[JsonObject]:
        return [parse_object(item.payload) for item in self.out if isinstance(item, Send)]

    def events(self, name: str) -> list[JsonObject]:
        return [p["d"] for p in self.payloads if p["op"] == 0 and p["t"] == name]

    @property
    def names(self) -> list[str]:
        return [p["t"] for p in self.payloads if p["op"] == 0]

    @property
    def opcodes(self) -> list[int]:
        return [p["op"] for p in self.payloads]

    @property
    def closed(self) -> int | None:
        return next((item.code for item in self.out if isinstance(item, Close)), None)

    @property
    def was_reset(self) -> bool:
        return any(isinstance(item, Reset) for item in self.out)

    @property
    def session_id(self) -> str:
        return self.events("READY")[0]["session_id"]


class Rig:
    def __init__(self, limits: RateLimits | None = None) -> None:
        self.time = 1000.0
        clock = Clock(now=lambda: self.time, wall=lambda: EPOCH + self.time)
        self.world = World(clock)
        self.world.public_url = "http://127.0.0.1:1"
        self.voice = SpyVoice()
        self.faults = Faults()
        self.hub = GatewayHub(self.world, self.voice, self.faults)
        self.hub.start_limit.enforce_concurrency = False
        self.recorder = Recorder()
        self.limits = limits or RateLimits()
        self.api = Api(
            world=self.world, hub=self.hub, faults=self.faults, limits=self.limits, recorder=self.recorder
        )
        self.router = Router([*to_routes(self.api, API_ROUTES), *cdn.routes(self.world)])
        self.people = People(self.world)
        self.events: list[WorldEvent] = []
        self.world.subscribe(self.events.append)

    def person(self, user_id: UserId) -> Person:
        return self.people.of(user_id)

    def connect(self) -> Client:
        return Client(self)

    async def request(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        token: str | None = "",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("authorization", f"Bot {token or self.world.application.token}")
        if json is not None:
            body = to_json(json)
            sent["content-type"] = "application/json"
        place = path if path.startswith(("/attachments", "/ephemeral")) else "/api/v10" + path
        found = self.router.find(method, place)
        assert isinstance(found, Found), (method, path, found)
        request = Request(
            method=method,
            path=place,
            query=query or {},
            headers=sent,
            params=found.params,
            body=body or b"",
        )
        response = await found.handler(request)
        is_json = response.headers.get("content-type") == "application/json"
        content = parse_json(response.body) if is_json and response.body else response.body
        return Answer(response.status, dict(response.headers), content, response)
