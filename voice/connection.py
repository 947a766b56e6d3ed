"""The connection of one call: ``voice.session`` with its sockets, its key and its way out.

One :class:`Connection` per attempt of a call. One task (``run``) owns the session: it takes what happened
from one inbox, in order, and performs the actions. The WebSockets (``connection_socket``) and the UDP link
are tasks that post into the inbox; what an older socket still says is ignored. The key exchange passes
through the cipher on this task, which is also the thread that encrypts.

Frames go out through ``send``, which never waits, also while the WebSocket is being resumed.

Failure modes: everything that becomes of a socket is a ``Gone``, and goes to ``Session.lost``.
"""

import logging
import random
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Final, TypeAlias, assert_never

import trio
from attrs import define, field, frozen

from gateway_client.ids import ChannelId, UserId
from voice import session as core
from voice.close_codes import Verdict
from voice.connection_socket import Gone, Line, Message, Opened
from voice.crypto import NonceExhausted, Sealer
from voice.dave import DaveMessage, FrameCipher
from voice.dave_library import new_cipher
from voice.dave_watch import Guarded, Remedy
from voice.handshake import to_dave
from voice.protocol import Server
from voice.rtp import Discovered, RtpClock
from voice.session import Session
from voice.udp import UdpLink

INBOX: Final = 256
"""Sockets wait when it is full; what the pacer posts (a change of speaking) is rare and may be dropped."""

_log: Final = logging.getLogger(__name__)


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


_OfSocket: TypeAlias = Opened | Message | Gone | _Found
_Event: TypeAlias = _OfSocket | _Speak | _Wish


@define(kw_only=True)
class Connection:
    """One attempt to be in a call.

    Args:
        server: where and as whom.
        on_live: told, synchronously, that the call can be heard (again).
        on_lost: told, synchronously, that a socket is gone and who acts.
        on_ready: told, synchronously, that frames may be sent which could not before.
        on_change: told, synchronously, before keys, numbers or sockets are others.
        make_cipher: a fresh end-to-end cipher for each new session, the real one by default.
    """

    server: Server
    on_live: Callable[[], None]
    on_lost: Callable[[core.Lost], None]
    on_ready: Callable[[], None] = lambda: None
    on_change: Callable[[], None] = lambda: None
    make_cipher: Callable[[UserId, ChannelId], FrameCipher] = new_cipher
    _random: random.Random = field(factory=random.Random)
    _session: Session = field(init=False)
    _guarded: Guarded = field(init=False)
    _sealer: Sealer | None = field(default=None, init=False)
    _clock: RtpClock = field(init=False)
    _udp: UdpLink | None = field(default=None, init=False)
    _line: Line = field(init=False)
    _udp_scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
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
        self._line = Line(url=self.server.url, post=self._post.send)

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

    def hush(self) -> None:
        """Take back what was announced, if it was."""
        if self._asked_to_speak:
            self.speak(False)

    def send(self, frame: bytes) -> None:
        """Encrypt and send one frame; no effect unless ``can_send``."""
        if self._sealer is None or self._udp is None:
            return
        # A frame that cannot be encrypted is lost, never sent in the clear; the next one takes its number.
        encrypted = self._guarded.cipher.encrypt(frame)
        if encrypted is None:
            self._guarded.note_refused(trio.current_time())
            return
        try:
            sealed = self._sealer.seal(self._clock.next_header(), encrypted)
        except NonceExhausted:
            self._sealer = None
            self._post_now(_Wish.RENEW)
            return
        self._udp.send(sealed)

    def seal(self, frames: Sequence[bytes]) -> tuple[UdpLink, list[bytes]] | None:
        """Packets for the next deadlines, and where they leave; fewer than ``frames`` if a frame is refused.

        Before any of this is another one, ``on_change`` is told; then they must not be sent any more.
        """
        sealer, udp = self._sealer, self._udp
        if sealer is None or udp is None:
            return None
        encrypt = self._guarded.cipher.encrypt
        encrypted: list[bytes] = []
        for frame in frames:
            sound = encrypt(frame)
            if sound is None:
                self._guarded.note_refused(trio.current_time())
                break
            encrypted.append(sound)
        try:
            return udp, sealer.seal_all(self._clock.next_headers(len(encrypted)), encrypted)
        except NonceExhausted:
            # The next frame that is sent by itself asks for a new key.
            self._clock.take_back(len(encrypted))
            return None

    def take_back(self, packets: int) -> None:
        """The last so many of what was sealed are not sent."""
        self._clock.take_back(packets)

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
            self.on_change()
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
            self.on_change()
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
                return self._take_of_socket(event, now) if event.number == self._line.number else []

    def _take_of_socket(self, event: _OfSocket, now: float) -> list[core.Action]:
        match event:
            case Opened():
                self._line.take(event)
                return self._session.opened(now)
            case Message(_, data):
                return self._session.receive(data, now)
            case Gone(_, code, detail):
                self._line.take(event)
                return self._session.lost(code, now, detail)
            case _Found(_, found):
                return self._session.discovered(found.address, found.port)
            case _:
                assert_never(event)

    async def _perform(self, actions: list[core.Action], nursery: trio.Nursery) -> None:
        for action in actions:
            if not isinstance(action, core.Send | core.Said | core.Live | core.Skipped):
                self.on_change()
            match action:
                case core.Send(text=text):
                    await self._line.send(text)
                case core.Dial(delay_s=delay_s):
                    self._line.dial(delay_s, nursery)
                case core.Discover(ssrc=ssrc, address=address, port=port):
                    self._open_udp(ssrc, address, port, nursery)
                case core.Hangup(code=code):
                    self._line.hang_up(code, nursery)
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
            await self._line.send(to_dave(message))

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
            self._post_now(Gone(self._line.number, None, f"no UDP: {error.strerror}"))
            return
        nursery.start_soon(self._run_udp, self._udp, ssrc, self._line.number, self._udp_scope)

    async def _run_udp(self, udp: UdpLink, ssrc: int, number: int, scope: trio.CancelScope) -> None:
        with scope:
            self._post_now(_Found(number, await udp.discover(ssrc)))
            await udp.run_keep_alive(ssrc)
