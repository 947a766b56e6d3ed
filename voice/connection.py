"""The shell around ``voice.session``: the only WebSocket of this room, and the UDP link beside it.

One :class:`Connection` per attempt of a call. One task (``run``) owns the session: it takes what happened
from one inbox, in order, and performs the actions. Sockets are tasks that post into the inbox; each has a
number, and what an older socket still says is ignored. The key exchange passes through the cipher on this
task, which is also the thread that encrypts.

Frames go out through ``send``, which never waits, also while the WebSocket is being resumed.

Failure modes: a socket that does not take a message within :data:`SEND_S` counts as lost; everything the
network raises becomes ``Session.lost``.
"""

import logging
import random
import ssl
from collections.abc import Callable
from enum import Enum, auto
from functools import cache
from typing import Final, TypeAlias, assert_never
from urllib.parse import urlsplit

import certifi
import trio
import trio_websocket
from attrs import define, field, frozen

from gateway_client.ids import ChannelId, UserId
from voice import session as core
from voice.close_codes import Verdict
from voice.crypto import NonceExhausted, Sealer
from voice.dave import DaveMessage, FrameCipher
from voice.dave_library import new_cipher
from voice.dave_watch import Guarded, Remedy
from voice.handshake import to_dave
from voice.protocol import Server
from voice.rtp import Discovered, RtpClock
from voice.session import Session
from voice.udp import UdpLink

SEND_S: Final = 5.0
GOODBYE_S: Final = 0.1
"""How long a closing handshake is waited for; its frame is on its way at once."""
MAX_MESSAGE_BYTES: Final = 1 << 22
INBOX: Final = 256
"""Sockets wait when it is full; what the pacer posts (a change of speaking) is rare and may be dropped."""

_log: Final = logging.getLogger(__name__)


@frozen
class _Opened:
    number: int
    socket: trio_websocket.WebSocketConnection = field(repr=False)


@frozen
class _Message:
    number: int
    data: str | bytes = field(repr=False)


@frozen
class _Gone:
    number: int
    code: int | None
    detail: str


@frozen
class _Found:
    number: int
    found: Discovered


@frozen
class _Speak:
    speaking: bool


class _Wish(Enum):
    RENEW = auto()
    LOOK = auto()


_Stream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]


_OfSocket: TypeAlias = _Opened | _Message | _Gone | _Found
_Event: TypeAlias = _OfSocket | _Speak | _Wish


@cache
def tls_context() -> ssl.SSLContext:
    """Verifies names and chains, against the platform's authorities and certifi's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


async def _open_stream(url: str) -> _Stream:
    parts = urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "ws":
        return await trio.open_tcp_stream(parts.hostname, parts.port or 80)
    stream = await trio.open_ssl_over_tcp_stream(
        parts.hostname, parts.port or 443, ssl_context=tls_context(), https_compatible=True
    )
    try:
        # Left to trio-websocket, a certificate that does not fit would be waited for, not reported.
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


@define(kw_only=True)
class Connection:
    """One attempt to be in a call.

    Args:
        server: where and as whom.
        on_live: told, synchronously, that the call can be heard (again).
        on_lost: told, synchronously, that a socket is gone and who acts.
        on_ready: told, synchronously, that frames may be sent which could not before.
        make_cipher: a fresh end-to-end cipher for each new session, the real one by default.
    """

    server: Server
    on_live: Callable[[], None]
    on_lost: Callable[[core.Lost], None]
    on_ready: Callable[[], None] = lambda: None
    make_cipher: Callable[[UserId, ChannelId], FrameCipher] = new_cipher
    _random: random.Random = field(factory=random.Random)
    _session: Session = field(init=False)
    _guarded: Guarded = field(init=False)
    _sealer: Sealer | None = field(default=None, init=False)
    _clock: RtpClock = field(init=False)
    _udp: UdpLink | None = field(default=None, init=False)
    _socket: trio_websocket.WebSocketConnection | None = field(default=None, init=False)
    _socket_scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _udp_scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _number: int = field(default=0, init=False)
    _live: bool = field(default=False, init=False)
    _asked_to_speak: bool = field(default=False, init=False)
    _said: bool = field(default=False, init=False)
    _said_once: bool = field(default=False, init=False)
    _post: trio.MemorySendChannel[_Event] = field(init=False)
    _inbox: trio.MemoryReceiveChannel[_Event] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._session = Session(server=self.server, random=self._random.random)
        self._guarded = self._new_cipher()
        self._clock = RtpClock.starting_at_random(0, self._random)
        self._post, self._inbox = trio.open_memory_channel[_Event](INBOX)

    @property
    def can_send(self) -> bool:
        """Whether frames may leave: there is a key, a way, and the cipher agrees."""
        return self._sealer is not None and self._udp is not None and self._guarded.cipher.ready

    def announce(self) -> bool:
        """Ask to say that we speak; true once it was said.

        While the socket is being resumed it is enough that it was said before in this session: the server
        knows our SSRC, and the music need not wait.
        """
        if not self._asked_to_speak:
            self.speak(True)
        said = self._said or (self._said_once and not self._live)
        self._guarded.note_announced(said, trio.current_time())
        return said

    def speak(self, speaking: bool) -> None:
        """Have op 5 sent as soon as the socket is there."""
        self._asked_to_speak = speaking
        self._post_now(_Speak(speaking))

    def send(self, frame: bytes) -> None:
        """Encrypt and send one frame; no effect unless ``can_send``."""
        if self._sealer is None or self._udp is None:
            return
        # A frame that cannot be encrypted is lost, never sent in the clear; the next one takes its number.
        encrypted = self._guarded.encrypt(frame, trio.current_time())
        if encrypted is None:
            return
        try:
            sealed = self._sealer.seal(self._clock.next_header(), encrypted)
        except NonceExhausted:
            self._sealer = None
            self._post_now(_Wish.RENEW)
            return
        self._udp.send(sealed)

    async def run(self) -> None:
        """Connect, stay connected, come back; returns when the session is over."""
        try:
            async with trio.open_nursery() as nursery:
                await self._perform(self._session.start(trio.current_time()), nursery)
                while self._session.state is not core.State.OVER:
                    await self._perform(await self._next_actions(), nursery)
                    await self._look(nursery)
                nursery.cancel_scope.cancel()
        finally:
            self._sealer = None
            if self._udp is not None:
                self._udp.close()

    def _new_cipher(self) -> Guarded:
        cipher = self.make_cipher(self.server.user_id, self.server.channel_id)
        return Guarded(cipher, self.on_ready, lambda: self._post_now(_Wish.LOOK))

    def _post_now(self, event: _Event) -> None:
        try:
            self._post.send_nowait(event)
        except trio.WouldBlock:
            _log.warning("voice connection: the inbox is full, %s was dropped", type(event).__name__)

    async def _next_actions(self) -> list[core.Action]:
        now = trio.current_time()
        deadlines = (self._session.next_deadline(), self._guarded.next_look(now) if self._live else None)
        with trio.move_on_at(min((at for at in deadlines if at is not None), default=now + 3600)):
            event = await self._inbox.receive()
            return self._take(event, trio.current_time())
        return self._session.tick(trio.current_time())

    async def _look(self, nursery: trio.Nursery) -> None:
        now = trio.current_time()
        remedy = self._guarded.look(now) if self._live else None
        if remedy is Remedy.REKEY:
            _log.warning("voice connection: no frames can be sent, asking for a new key")
            await self._answer(self._guarded.cipher.start_over())
        elif remedy is Remedy.REJOIN:
            await self._perform(self._session.abandon("the call cannot be heard"), nursery)

    def _take(self, event: _Event, now: float) -> list[core.Action]:
        match event:
            case _Speak(speaking):
                return self._session.speak(speaking)
            case _Wish.RENEW:
                return self._session.renew(now)
            case _Wish.LOOK:
                return []
            case _:
                return self._take_of_socket(event, now) if event.number == self._number else []

    def _take_of_socket(self, event: _OfSocket, now: float) -> list[core.Action]:
        match event:
            case _Opened(_, socket):
                self._socket = socket
                return self._session.opened(now)
            case _Message(_, data):
                return self._session.receive(data, now)
            case _Gone(_, code, detail):
                self._socket = None
                self._socket_scope.cancel()
                return self._session.lost(code, now, detail)
            case _Found(_, found):
                return self._session.discovered(found.address, found.port)
            case _:
                assert_never(event)

    async def _perform(self, actions: list[core.Action], nursery: trio.Nursery) -> None:
        for action in actions:
            match action:
                case core.Send(text=text):
                    await self._send_text(text)
                case core.Dial(delay_s=delay_s):
                    self._number += 1
                    self._socket_scope = trio.CancelScope()
                    nursery.start_soon(self._run_socket, self._number, delay_s, self._socket_scope)
                case core.Discover(ssrc=ssrc, address=address, port=port):
                    self._open_udp(ssrc, address, port, nursery)
                case core.Hangup(code=code):
                    nursery.start_soon(self._hang_up, self._socket, self._socket_scope, code)
                case core.Exchange(message=message):
                    await self._answer(self._guarded.receive(message, trio.current_time()))
                case core.Keyed() as keyed:
                    self._use_key(keyed)
                    await self._answer(self._guarded.cipher.describe(keyed.dave_version))
                case core.Live(resumed=resumed):
                    self._live = True
                    self.on_live()
                    await self._answer(self._guarded.cipher.resumed() if resumed else [])
                case _:
                    self._note(action)

    async def _answer(self, messages: list[DaveMessage]) -> None:
        for message in messages:
            await self._send_text(to_dave(message))

    def _note(self, action: core.Lost | core.Said | core.Skipped) -> None:
        match action:
            case core.Lost() as lost:
                self._live = False
                if lost.verdict is not Verdict.RESUME:
                    self._forget_session()
                self.on_lost(lost)
            case core.Said(speaking=speaking):
                self._said = speaking
                self._said_once = self._said_once or speaking
            case core.Skipped(why=why):
                _log.warning("voice connection: an unreadable payload was skipped: %s", why)
            case _:
                assert_never(action)

    def _use_key(self, keyed: core.Keyed) -> None:
        if self._sealer is not None and (self._sealer.mode, self._sealer.key) == (keyed.mode, keyed.key):
            # The same key again: its counters go on, or nonces would repeat.
            return
        self._sealer = Sealer(mode=keyed.mode, key=keyed.key)
        if self._clock.ssrc != keyed.ssrc:
            self._clock = RtpClock.starting_at_random(keyed.ssrc, self._random)

    def _forget_session(self) -> None:
        self._sealer = None
        self._said = self._said_once = self._asked_to_speak = False
        self._guarded = self._new_cipher()
        self._udp_scope.cancel()

    def _open_udp(self, ssrc: int, address: str, port: int, nursery: trio.Nursery) -> None:
        self._udp_scope.cancel()
        self._udp_scope = trio.CancelScope()
        if self._udp is not None:
            self._udp.close()
        try:
            self._udp = UdpLink.connect(address, port)
        except OSError as error:
            self._post_now(_Gone(self._number, None, f"no UDP: {error.strerror}"))
            return
        nursery.start_soon(self._run_udp, self._udp, ssrc, self._number, self._udp_scope)

    async def _run_udp(self, udp: UdpLink, ssrc: int, number: int, scope: trio.CancelScope) -> None:
        with scope:
            self._post_now(_Found(number, await udp.discover(ssrc)))
            await udp.run_keep_alive(ssrc)

    async def _send_text(self, data: str | bytes) -> None:
        socket = self._socket
        if socket is None:
            return
        with trio.move_on_after(SEND_S) as scope:
            try:
                await socket.send_message(data)
            except trio_websocket.ConnectionClosed:
                # The reader of this socket tells the code.
                return
        if scope.cancelled_caught:
            self._socket_scope.cancel()
            self._post_now(_Gone(self._number, None, "the socket takes nothing"))

    async def _hang_up(
        self, socket: trio_websocket.WebSocketConnection | None, scope: trio.CancelScope, code: int
    ) -> None:
        with trio.move_on_after(GOODBYE_S):
            if socket is not None:
                await socket.aclose(code)
        scope.cancel()

    async def _run_socket(self, number: int, delay_s: float, scope: trio.CancelScope) -> None:
        gone = _Gone(number, None, "")
        with scope:
            await trio.sleep(delay_s)
            try:
                gone = await self._dial_and_read(number)
            except* (OSError, trio_websocket.HandshakeError, trio.BrokenResourceError) as group:
                gone = _Gone(number, None, f"no connection: {type(group.exceptions[0]).__name__}")
        if not scope.cancelled_caught:
            await self._post.send(gone)

    async def _dial_and_read(self, number: int) -> _Gone:
        stream = await _open_stream(self.server.url)
        try:
            async with trio.open_nursery() as nursery:
                gone = await self._read(number, stream, nursery)
                nursery.cancel_scope.cancel()
        finally:
            # Whoever opens a stream closes it: trio-websocket leaves it open when it is cancelled.
            await trio.aclose_forcefully(stream)
        return gone

    async def _read(self, number: int, stream: _Stream, nursery: trio.Nursery) -> _Gone:
        url = urlsplit(self.server.url)
        socket = await trio_websocket.wrap_client_stream(
            nursery, stream, url.netloc, f"{url.path}?{url.query}", max_message_size=MAX_MESSAGE_BYTES
        )
        try:
            await self._post.send(_Opened(number, socket))
            while True:
                await self._post.send(_Message(number, await socket.get_message()))
        except trio_websocket.ConnectionClosed as closed:
            reason = closed.reason
            return _Gone(number, None if reason is None else int(reason.code), "")
        finally:
            with trio.move_on_after(GOODBYE_S, shield=True):
                await socket.aclose(1000)
