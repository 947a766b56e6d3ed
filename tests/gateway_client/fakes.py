"""A Discord to test against: its frames, a session core in any phase, and a scripted server on loopback."""

import json
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import trio
import trio_websocket
from backports import zstd

from gateway_client.actions import Action, Close, Deliver, Note, Send
from gateway_client.commands import Identify, Presence, Token, UpdateVoiceState
from gateway_client.connection import Dialer
from gateway_client.events import Received
from gateway_client.gateway import Gateway
from gateway_client.ids import ChannelId, GuildId
from gateway_client.inflate import Compression, open_inflater
from gateway_client.intents import Intents
from gateway_client.objects import GatewayBot, SessionStartLimit
from gateway_client.session import Phase, Session
from tests.patience import PATIENCE_S

SECRET = "MTIz.secret.token"
GENERAL_URL = "wss://gateway.discord.test"
RESUME_URL = "wss://resume.discord.test"
INTERVAL_S = 40.0


def frame(op: int, data: object = None, sequence: int | None = None, name: str | None = None) -> str:
    """A frame as Discord sends it."""
    return json.dumps({"op": op, "d": data, "s": sequence, "t": name})


HELLO = frame(10, {"heartbeat_interval": INTERVAL_S * 1000, "_trace": ["x"]})
ACK = frame(11)


def ready(sequence: int = 1, *, session_id: str = "first", url: str = RESUME_URL, shard: int = 0) -> str:
    """READY, as the documentation shows it."""
    data: dict[str, object] = {
        "v": 10,
        "user": {"id": "900", "username": "roadie", "bot": True, "discriminator": "0"},
        "guilds": [{"id": "100", "unavailable": True}],
        "session_id": session_id,
        "resume_gateway_url": url,
        "shard": [shard, 1],
        "application": {"id": "901", "flags": 1 << 19},
    }
    return frame(0, data, sequence, "READY")


def resumed(sequence: int) -> str:
    """RESUMED."""
    return frame(0, {}, sequence, "RESUMED")


def message(sequence: int | None, content: str = "hi") -> str:
    """MESSAGE_CREATE."""
    data: dict[str, object] = {
        "id": "5",
        "channel_id": "6",
        "author": {"id": "7", "username": "u"},
        "content": content,
    }
    return frame(0, data, sequence, "MESSAGE_CREATE")


def click(sequence: int, interaction_id: int = 50) -> str:
    """INTERACTION_CREATE of a button."""
    data: dict[str, object] = {
        "id": str(interaction_id),
        "application_id": "901",
        "type": 3,
        "token": "interaction-secret",
        "version": 1,
        "guild_id": "100",
        "channel_id": "6",
        "member": {"user": {"id": "7", "username": "u"}, "roles": [], "permissions": "2048"},
        "data": {"custom_id": "x", "component_type": 2},
    }
    return frame(0, data, sequence, "INTERACTION_CREATE")


def new_session(*, seed: int = 1, compression: Compression = "none") -> Session:
    """A core that was never connected."""
    identify = Identify(
        token=Token(SECRET), intents=Intents.GUILDS, shard_id=0, shard_count=1, presence=Presence()
    )
    return Session(
        identify=identify,
        gateway_url=GENERAL_URL,
        address=lambda url: url,
        new_inflater=lambda: open_inflater(compression),
        random=Random(seed),
    )


def session_in(phase: Phase, now: float = 0.0) -> Session:
    """A core that was brought into a phase by legal inputs only."""
    session = new_session()
    if phase is Phase.WAITING:
        return session
    session.next_step(now)
    if phase is Phase.DIALING:
        return session
    session.opened(now)
    if phase is Phase.GREETING:
        return session
    session.receive(HELLO, now)
    if phase is Phase.QUEUED:
        return session
    session.permitted(now)
    if phase is Phase.IDENTIFYING:
        return session
    session.receive(ready(), now)
    _beyond_live(session, phase, now)
    assert session.phase is phase
    return session


def _beyond_live(session: Session, phase: Phase, now: float) -> None:
    if phase is Phase.RESUMING:
        session.receive(ACK, now)
        session.lost(None, now)
        reconnect(session, session.next_deadline())
    elif phase is Phase.CLOSING:
        session.receive(frame(7), now)
    elif phase is Phase.ENDED:
        session.stop()


def reconnect(session: Session, now: float) -> list[Action]:
    """Dial, open and greet; what that brought about."""
    session.next_step(now)
    session.opened(now)
    return list(session.receive(HELLO, now))


def sent(actions: Sequence[Action]) -> list[dict[str, Any]]:
    """The frames among some actions, decoded."""
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


class Client:
    """The server's end of one connection, with the compression that the client asked for."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self.socket = socket
        self.path = socket.path or ""
        self._pack = _packer(self.path)

    async def send(self, text: str) -> None:
        """Send a frame."""
        await self.socket.send_message(self._pack(text))

    async def send_raw(self, payload: bytes | str) -> None:
        """Send something else."""
        await self.socket.send_message(payload)

    async def get(self) -> dict[str, Any]:
        """The next frame of the client."""
        return json.loads(await self.socket.get_message())

    async def get_op(self, op: int) -> dict[str, Any]:
        """The next frame with that opcode; heartbeats in between are acknowledged."""
        while True:
            got = await self.get()
            if got["op"] == op:
                return got
            assert got["op"] == 1, got
            await self.send(ACK)

    async def closed_with(self) -> int:
        """Serve heartbeats until the client closes; its code."""
        try:
            while True:
                if (await self.get())["op"] == 1:
                    await self.send(ACK)
        except trio_websocket.ConnectionClosed as closed:
            return closed.reason.code if closed.reason else 0

    async def greet(self) -> dict[str, Any]:
        """HELLO; the identify or resume that answers it."""
        await self.send(HELLO)
        return await self.get()

    async def drop(self) -> None:
        """Cut the TCP connection without a word."""
        await trio.aclose_forcefully(self.socket._stream)


def _packer(path: str) -> Callable[[str], bytes | str]:
    if "zlib-stream" in path:
        deflate = zlib.compressobj()
        return lambda text: deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if "zstd-stream" in path:
        zip_ = zstd.ZstdCompressor()
        return lambda text: zip_.compress(text.encode(), mode=zstd.ZstdCompressor.FLUSH_BLOCK)
    return lambda text: text


class FakeDiscord:
    """Serves each connection with the next act of a script; the last act serves all later ones."""

    def __init__(self, *acts: Callable[[Client], Awaitable[None]]) -> None:
        self._acts = list(acts)
        self.url = ""
        self.paths: list[str] = []
        self.asked = 0
        self.shards = 1
        self.limit = SessionStartLimit(total=1000, remaining=1000, reset_after=86_400_000, max_concurrency=1)

    async def discovery(self) -> GatewayBot:
        """What `GET /gateway/bot` answers."""
        await trio.lowlevel.checkpoint()
        self.asked += 1
        return GatewayBot(url=self.url, shards=self.shards, session_start_limit=self.limit)

    async def serve(self, request: trio_websocket.WebSocketRequest) -> None:
        """One connection."""
        client = Client(await request.accept())
        self.paths.append(client.path)
        act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
        try:
            await act(client)
        except trio_websocket.ConnectionClosed:
            return


@asynccontextmanager
async def on_loopback(discord: FakeDiscord):  # noqa: ANN201 - pyright infers it
    """Serve on 127.0.0.1, bounded in time; gives the nursery for the rest."""
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            server: trio_websocket.WebSocketServer = await nursery.start(
                trio_websocket.serve_websocket, discord.serve, "127.0.0.1", 0, None
            )
            discord.url = f"ws://127.0.0.1:{server.port}"
            yield nursery
            nursery.cancel_scope.cancel()


class Inbox:
    """An `on_event` that keeps what came and lets a test wait for it."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._news = trio.Event()

    def __call__(self, received: Received) -> None:
        self.received.append(received)
        news, self._news = self._news, trio.Event()
        news.set()

    async def wait(self, kind: type, count: int = 1) -> Received:
        """The `count`th event of a kind."""
        while True:
            found = [received for received in self.received if isinstance(received.event, kind)]
            if len(found) >= count:
                return found[count - 1]
            await self._news.wait()


class Calm(Random):
    """Draws low, so that a test waits a tenth of what it might."""

    def random(self) -> float:
        """Nearly nothing."""
        return 0.01


def new_gateway(discord: FakeDiscord, inbox: Inbox, **more: Any) -> Gateway:
    """A gateway for that Discord."""
    return Gateway(
        token=SECRET,
        discovery=discord.discovery,
        on_event=inbox,
        intents=Intents.GUILDS,
        random=Calm(),
        **more,
    )


async def stand(client: Client, discord: FakeDiscord) -> None:
    """Take an identify and be ready."""
    identify = await client.greet()
    assert identify["op"] == 2
    await client.send(ready(url=discord.url + "/resumed"))


def events(actions: Sequence[Action]) -> list[type]:
    """The kinds of event among some actions."""
    return [type(action.received.event) for action in actions if isinstance(action, Deliver)]


def close_codes(actions: Sequence[Action]) -> list[int]:
    """The codes among some actions."""
    return [action.code for action in actions if isinstance(action, Close)]


def notes(actions: Sequence[Action]) -> str:
    """What some actions log."""
    return " | ".join(action.text for action in actions if isinstance(action, Note))


def voice(guild: int, channel: int | None) -> UpdateVoiceState:
    """A wish for a voice channel."""
    return UpdateVoiceState(
        guild_id=GuildId(guild), channel_id=None if channel is None else ChannelId(channel)
    )


def memory_dialer(nursery: trio.Nursery, discord: FakeDiscord) -> Dialer:
    """Dials that Discord without a network, for the virtual clock."""
    discord.url = "ws://discord.test"

    async def serve(stream: trio.abc.Stream) -> None:
        async with trio.open_nursery() as own:
            await discord.serve(await trio_websocket.wrap_server_stream(own, stream))
            own.cancel_scope.cancel()

    async def dial(_endpoint: object) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        near, far = trio.testing.memory_stream_pair()
        nursery.start_soon(serve, far)
        return near

    return dial
