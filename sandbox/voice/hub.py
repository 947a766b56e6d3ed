"""The voice gateway's core: connections, sessions, calls; a synchronous machine.

The shell tells what happened (`opened`, `text`, `binary`, `lost`, `datagram`, `tick`) with the time of a
monotonic clock, and performs the actions that come back, in order. The sandbox's gateway tells who may come
(`admit`) and who left (`dismiss`). Media is decided in `media`. Close codes follow Discord's table.

Which calls are encrypted end to end, and who has which part in that, is decided in `dave_desk`. Source:
Discord, "Voice Connections".
"""

from collections.abc import Callable
from typing import assert_never

from attrs import define, field

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.voice.admission import Admission
from sandbox.voice.call import Calls, say, speaking_body
from sandbox.voice.capture import Recorder
from sandbox.voice.close_codes import VoiceClose
from sandbox.voice.dave_desk import DaveDesk
from sandbox.voice.handshake import HEARTBEAT_INTERVAL_S, Connection
from sandbox.voice.media import Media
from sandbox.voice.session import RESUME_WINDOW_S, Session
from sandbox.voice.transport import KEY_SIZE, Lane, Mode
from sandbox.voice.values import (
    Action,
    Address,
    CloseSocket,
    ConnectionId,
    Grant,
    SendBytes,
    SendText,
    SpeakingChanged,
    Ssrc,
)
from sandbox.voice.wire import (
    Body,
    ClientMessage,
    E2eeText,
    Heartbeat,
    Identify,
    Op,
    Resume,
    SelectProtocol,
    Speaking,
    Tolerated,
    Undecodable,
    UnknownOpcode,
    parse_message,
    to_text,
)

FINAL_CODES = frozenset({VoiceClose.SESSION_INVALID, VoiceClose.DISCONNECTED, VoiceClose.CALL_TERMINATED})
"""Closures that end the session with its socket."""

OLDEST_VERSION = 4
"""Older gateway versions are refused, as since November 2024. Source: section "Voice Gateway Versioning"."""


@define(kw_only=True, eq=False)
class VoiceHub:
    """All clients of one voice server.

    Args:
        udp_address: where clients send their packets.
        random_bytes: gives that many unpredictable bytes; keys are made of them.
        heartbeat_interval_s: what hello asks for.
        modes: what ready offers; a test of a client's second choice offers only that.
        recorder: keeps what was heard.
        clock: monotonic seconds, for what is told without a time.
    """

    udp_address: Address
    random_bytes: Callable[[int], bytes]
    heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S
    modes: tuple[Mode, ...] = tuple(Mode)
    recorder: Recorder = field(factory=Recorder)
    clock: Callable[[], float] = lambda: 0.0
    calls: Calls = field(init=False, factory=Calls)
    dave: DaveDesk = field(init=False)
    media: Media = field(init=False)
    _admission: Admission = field(init=False, factory=Admission)
    _connections: dict[ConnectionId, Connection] = field(init=False, factory=dict[ConnectionId, Connection])
    _next_ssrc: int = field(init=False, default=1000)
    _held: dict[tuple[GuildId, UserId], tuple[Connection, Resume] | None] = field(
        init=False, factory=dict[tuple[GuildId, UserId], tuple[Connection, Resume] | None]
    )
    """Whose resumes are held back, and the one that waits."""

    def __attrs_post_init__(self) -> None:
        self.dave = DaveDesk(calls=self.calls)
        self.media = Media(calls=self.calls, recorder=self.recorder, dave=self.dave)

    # What the sandbox's gateway says.

    def admit(self, grant: Grant) -> list[Action]:
        """Let a client in from now on; an older session of the same user in that guild is over."""
        actions = self.dismiss(grant.guild_id, grant.user_id)
        self._admission.give(grant)
        return actions

    def dismiss(
        self, guild_id: GuildId, user_id: UserId, code: int = VoiceClose.DISCONNECTED
    ) -> list[Action]:
        """A client left or was disconnected: end its session and forget its token."""
        self._admission.withdraw(guild_id, user_id)
        session = self.calls.session(guild_id, user_id)
        return [] if session is None else self._end(session, code)

    def close(self, guild_id: GuildId, user_id: UserId, code: int) -> list[Action]:
        """Close a client's socket with any code: a fault. After 4006, 4014 and 4022 it cannot resume."""
        session = self.calls.session(guild_id, user_id)
        if session is None:
            return []
        if code in FINAL_CODES:
            return self._end(session, code)
        peer = None if session.connection is None else self._connections.get(session.connection)
        return [] if peer is None else self._close(peer, code)

    def hold_resumes(self, guild_id: GuildId, user_id: UserId) -> None:
        """Leave a client's resume unanswered until `release_resumes`: a fault."""
        self._held[guild_id, user_id] = None

    def is_resuming(self, guild_id: GuildId, user_id: UserId) -> bool:
        """Whether a resume is being held back."""
        return self._held.get((guild_id, user_id)) is not None

    def release_resumes(self, guild_id: GuildId, user_id: UserId) -> list[Action]:
        """Answer the resume that was held back, if its socket is still there, and every later one."""
        waiting = self._held.pop((guild_id, user_id), None)
        return [] if waiting is None or waiting[0].id not in self._connections else self._resume(*waiting)

    def sit(self, guild_id: GuildId, user_id: UserId, channel_id: ChannelId | None) -> list[Action]:
        """A person who listens without a client sits in this channel now, or (None) nowhere."""
        actions = self.calls.sit(guild_id, user_id, channel_id)
        return actions + self.dave.sit(guild_id, user_id, channel_id, self.clock())

    # What happens on the sockets.

    def opened(self, connection: ConnectionId, version: int, now: float) -> list[Action]:
        """A WebSocket is open: greet it."""
        if version < OLDEST_VERSION:
            return [CloseSocket(connection=connection, code=VoiceClose.BAD_REQUEST)]
        self._connections[connection] = Connection(
            id=connection, version=version, heard_at=now, interval_s=self.heartbeat_interval_s
        )
        hello: Body = {"v": version, "heartbeat_interval": round(self.heartbeat_interval_s * 1000)}
        return [SendText(connection=connection, text=to_text(Op.HELLO, hello))]

    def lost(self, connection: ConnectionId, now: float) -> list[Action]:
        """A WebSocket is gone, whoever closed it; its session waits to be resumed."""
        gone = self._connections.pop(connection, None)
        if gone is not None and gone.session is not None and gone.session.connection == connection:
            gone.session.detach(now)
        return []

    def text(self, connection: ConnectionId, text: str, now: float) -> list[Action]:
        """A client sent text."""
        peer = self._connections.get(connection)
        if peer is None:
            return []
        try:
            return self._message(peer, parse_message(text), now)
        except Undecodable:
            return self._close(peer, VoiceClose.UNDECODABLE)
        except UnknownOpcode:
            return self._close(peer, VoiceClose.UNKNOWN_OPCODE)

    def binary(self, connection: ConnectionId, data: bytes, now: float) -> list[Action]:
        """A client sent a binary message: the end-to-end protocol's."""
        peer = self._connections.get(connection)
        if peer is None:
            return []
        if not data:
            return self._close(peer, VoiceClose.UNDECODABLE)
        if peer.session is None:
            return self._close(peer, VoiceClose.NOT_AUTHENTICATED)
        return self._end_to_end(peer, peer.session, data[0], data[1:], now)

    def datagram(self, data: bytes, address: Address, now: float) -> list[Action]:
        """Something arrived over UDP."""
        return self.media.datagram(data, address, now)

    def tick(self, now: float) -> list[Action]:
        """Close what has been silent for too long, end what was not resumed in time."""
        actions = list[Action]()
        for peer in list(self._connections.values()):
            if peer.deadline() <= now:
                actions += self._close(peer, VoiceClose.SESSION_TIMEOUT)
        for session in self.calls.sessions():
            if session.detached_at is not None and session.detached_at + RESUME_WINDOW_S <= now:
                actions += self._end(session, VoiceClose.SESSION_TIMEOUT)
        for session in self.media.overdue(now):
            actions += self._end(session, VoiceClose.BAD_REQUEST)
        return actions + self.dave.tick(now)

    def next_deadline(self) -> float | None:
        """When `tick` has something to do, in monotonic seconds."""
        times = [peer.deadline() for peer in self._connections.values()]
        lost = [session.detached_at for session in self.calls.sessions()]
        times += [at + RESUME_WINDOW_S for at in lost if at is not None]
        times += self.media.deadlines()
        dave = self.dave.next_deadline()
        return min([*times, *([] if dave is None else [dave])], default=None)

    # The handshake.

    def _message(self, peer: Connection, message: ClientMessage, now: float) -> list[Action]:
        match message:
            case Heartbeat():
                return self._heartbeat(peer, message, now)
            case Identify():
                return self._identify(peer, message)
            case Resume():
                return self._resume(peer, message)
            case SelectProtocol() | Speaking() | Tolerated() | E2eeText():
                if peer.session is None:
                    return self._close(peer, VoiceClose.NOT_AUTHENTICATED)
                return self._in_session(peer, peer.session, message, now)
            case _:
                assert_never(message)

    def _heartbeat(self, peer: Connection, message: Heartbeat, now: float) -> list[Action]:
        peer.heard_at = now
        body: Body = {"t": message.nonce} if peer.version >= 8 else message.nonce
        return [SendText(connection=peer.id, text=to_text(Op.HEARTBEAT_ACK, body))]

    def _identify(self, peer: Connection, message: Identify) -> list[Action]:
        if peer.session is not None:
            return self._close(peer, VoiceClose.ALREADY_AUTHENTICATED)
        grant = self._admission.check(message.server_id, message.token, message.session_id, message.user_id)
        if isinstance(grant, VoiceClose):
            return self._close(peer, grant)
        if not self.dave.admits(message.max_dave_protocol_version):
            return self._close(peer, VoiceClose.E2EE_REQUIRED)
        older = self.calls.session(grant.guild_id, grant.user_id)
        actions = [] if older is None else self._end(older, VoiceClose.SESSION_INVALID)
        peer.session = Session(
            grant=grant,
            ssrc=Ssrc(self._next_ssrc),
            version=peer.version,
            e2ee_version=message.max_dave_protocol_version,
            connection=peer.id,
        )
        self._next_ssrc += 1
        return actions + self._ready(peer, peer.session)

    def _ready(self, peer: Connection, session: Session) -> list[Action]:
        host, port = self.udp_address
        body: Body = {
            "ssrc": session.ssrc,
            "ip": host,
            "port": port,
            "modes": [mode.value for mode in self.modes],
            "experiments": [],
            "streams": [],
        }
        ready: list[Action] = [SendText(connection=peer.id, text=to_text(Op.READY, body))]
        return ready + self.calls.enter(session)

    def _resume(self, peer: Connection, message: Resume) -> list[Action]:
        if peer.session is not None:
            return self._close(peer, VoiceClose.ALREADY_AUTHENTICATED)
        grant = self._admission.check(message.server_id, message.token, message.session_id)
        if isinstance(grant, VoiceClose):
            return self._close(peer, grant)
        if (grant.guild_id, grant.user_id) in self._held:
            self._held[grant.guild_id, grant.user_id] = (peer, message)
            return []
        session = self.calls.session(grant.guild_id, grant.user_id)
        missed = session.replay.missed(message.seq_ack) if session is not None else None
        if session is None or missed is None:
            return self._close(peer, VoiceClose.SESSION_INVALID)
        return self._reattach(peer, session, missed)

    def _reattach(self, peer: Connection, session: Session, missed: list[str | bytes]) -> list[Action]:
        actions = list[Action]()
        older = None if session.connection is None else self._connections.get(session.connection)
        session.attach(peer.id)
        peer.session = session
        if older is not None:
            older.session = None
            actions += self._close(older, VoiceClose.SESSION_INVALID)
        actions.append(SendText(connection=peer.id, text=to_text(Op.RESUMED, None)))
        for message in missed:
            if isinstance(message, str):
                actions.append(SendText(connection=peer.id, text=message))
            else:
                actions.append(SendBytes(connection=peer.id, data=message))
        return actions

    # Within a session.

    def _in_session(
        self,
        peer: Connection,
        session: Session,
        message: SelectProtocol | Speaking | Tolerated | E2eeText,
        now: float,
    ) -> list[Action]:
        match message:
            case SelectProtocol():
                return self._describe(peer, session, message, now)
            case Speaking():
                return self._speaking(peer, session, message)
            case E2eeText():
                return self._end_to_end(peer, session, message.op, message.body, now)
            case Tolerated():
                return []
            case _:
                assert_never(message)

    def _describe(
        self, peer: Connection, session: Session, message: SelectProtocol, now: float
    ) -> list[Action]:
        if message.protocol != "udp":
            return self._close(peer, VoiceClose.UNKNOWN_PROTOCOL)
        if message.data.mode not in self.modes:
            return self._close(peer, VoiceClose.UNKNOWN_MODE)
        session.lane = Lane(mode=Mode(message.data.mode), key=self.random_bytes(KEY_SIZE))
        session.check.fresh_key()
        description: Body = {
            "mode": session.lane.mode.value,
            "secret_key": list(session.lane.key),
            "audio_codec": "opus",
            "dave_protocol_version": self.dave.version_for(session),
        }
        return say(session, Op.SESSION_DESCRIPTION, description) + self.dave.described(session, now)

    def _speaking(self, peer: Connection, session: Session, message: Speaking) -> list[Action]:
        if message.ssrc != session.ssrc:
            return self._close(peer, VoiceClose.BAD_REQUEST)
        session.announced = True
        session.early_since = None
        session.speaking = message.speaking
        grant = session.grant
        actions: list[Action] = [
            SpeakingChanged(
                guild_id=grant.guild_id,
                channel_id=grant.channel_id,
                user_id=grant.user_id,
                speaking=bool(message.speaking),
            )
        ]
        for other in self.calls.others(session):
            actions += say(other, Op.SPEAKING, speaking_body(session))
        return actions

    def _end_to_end(
        self, peer: Connection, session: Session, op: int, body: bytes, now: float
    ) -> list[Action]:
        try:
            return self.dave.take(session, op, body, now)
        except Undecodable:
            return self._close(peer, VoiceClose.UNDECODABLE)

    # Endings.

    def _close(self, peer: Connection, code: int) -> list[Action]:
        """Close a socket; the session behind it stays resumable until its time is over."""
        self._connections.pop(peer.id, None)
        session = peer.session
        actions: list[Action] = [CloseSocket(connection=peer.id, code=code)]
        if session is not None and session.connection == peer.id:
            session.detach(peer.heard_at)
        return actions

    def _end(self, session: Session, code: int) -> list[Action]:
        actions = self.calls.remove(session) + self.dave.left(session, self.clock())
        grant = session.grant
        if session.speaking:
            session.speaking = 0
            actions.append(
                SpeakingChanged(
                    guild_id=grant.guild_id,
                    channel_id=grant.channel_id,
                    user_id=grant.user_id,
                    speaking=False,
                )
            )
        if session.connection is not None:
            self._connections.pop(session.connection, None)
            actions.append(CloseSocket(connection=session.connection, code=code))
            session.connection = None
        return actions
