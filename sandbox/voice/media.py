"""What happens to a datagram: discovery, keep-alive, or a voice packet: opened, judged, kept and relayed.

Rules: a packet belongs to the session whose SSRC it carries, and only if it decrypts with that session's
key; from then on the session lives at the address it came from (a NAT may move it). Others in the call get
it sealed with their own key. Speaking must have been announced: a packet may overtake the announcement,
which goes over TCP, by `ANNOUNCE_WITHIN_S`; later the session ends. Source: Discord, "Voice Connections",
sections "IP Discovery", "Transport Encryption and Sending Voice" and "Speaking".
"""

from collections import deque

from attrs import define, field

from sandbox.voice.call import Calls
from sandbox.voice.capture import KEPT_VIOLATIONS, Recorder, Seen, Violation
from sandbox.voice.dave_desk import DaveDesk
from sandbox.voice.discovery import parse_discovery, to_discovery
from sandbox.voice.rtp import PAYLOAD_TYPE_OPUS, RtpHeader, is_rtcp, parse_header, to_header
from sandbox.voice.session import Session
from sandbox.voice.transport import NONCE_TAIL_SIZE
from sandbox.voice.values import Action, Address, Frame, Heard, SendDatagram

ANNOUNCE_WITHIN_S = 1.0
DISCOVERY_AFTER_S = 0.005
"""A round trip, in seconds, that is still far shorter than the real one. discord.py asks first and listens
afterwards: an answer within microseconds, as the loopback would have it, is read by nobody."""

KEEP_ALIVE_SIZES = range(1, 12)
"""Clients send a counter of 4 or 8 bytes every few seconds; the server sends it back."""


@define
class Media:
    """The packets of all calls."""

    calls: Calls = field(kw_only=True)
    recorder: Recorder = field(kw_only=True)
    dave: DaveDesk = field(kw_only=True)
    strays: deque[Seen] = field(init=False, factory=lambda: deque[Seen](maxlen=KEPT_VIOLATIONS))
    """Datagrams that belong to nobody, the last of them."""

    def datagram(self, data: bytes, address: Address, now: float) -> list[Action]:
        """Take one datagram."""
        asker = parse_discovery(data)
        if asker is not None:
            answer = to_discovery(asker, address)
            return [SendDatagram(address=address, data=answer, after_s=DISCOVERY_AFTER_S)]
        if len(data) in KEEP_ALIVE_SIZES:
            return [SendDatagram(address=address, data=data)]
        if is_rtcp(data):
            return []
        header = parse_header(data)
        if header is None:
            self.strays.append(Seen(kind=Violation.MALFORMED, at_s=now))
            return []
        session = self.calls.sender(header.ssrc)
        if session is None:
            self.strays.append(Seen(kind=Violation.UNKNOWN_SENDER, at_s=now, sequence=header.sequence))
            return []
        return self._voice(session, header, data, address, now)

    def overdue(self, now: float) -> list[Session]:
        """Sessions that send and never announced it."""
        found = list[Session]()
        for one in self.calls.sessions():
            if one.early_since is not None and one.early_since + ANNOUNCE_WITHIN_S <= now:
                self.recorder.of(one.grant.guild_id, one.grant.user_id).blame(Violation.SPOKE_EARLY, now)
                found.append(one)
        return found

    def deadlines(self) -> list[float]:
        """When each session that sends unannounced is overdue (monotonic seconds)."""
        times = [one.early_since for one in self.calls.sessions()]
        return [at + ANNOUNCE_WITHIN_S for at in times if at is not None]

    def _voice(
        self, session: Session, header: RtpHeader, data: bytes, address: Address, now: float
    ) -> list[Action]:
        capture = self.recorder.of(session.grant.guild_id, session.grant.user_id)
        plain = None if session.lane is None else session.lane.unseal(data, header.size)
        if plain is None or len(plain) < header.extension_size:
            capture.blame(Violation.NOT_DECRYPTABLE, now, header.sequence)
            return []
        session.address = address
        if header.payload_type != PAYLOAD_TYPE_OPUS:
            capture.blame(Violation.WRONG_PAYLOAD, now, header.sequence)
            return []
        if not session.announced and session.early_since is None:
            session.early_since = now
        payload = plain[header.extension_size :]
        unwrapped = self.dave.unwrap(session, header.sequence, payload, now)
        if unwrapped.in_clear:
            capture.blame(Violation.IN_THE_CLEAR, now, header.sequence)
        frame = Frame(
            arrived_s=now,
            sequence=header.sequence,
            timestamp=header.timestamp,
            opus=unwrapped.opus or b"",
        )
        relayed = self._relay(session, header, payload)
        for violation in session.check.check(frame, data[-NONCE_TAIL_SIZE:]):
            capture.blame(violation, now, frame.sequence)
        if unwrapped.opus is None:
            capture.sealed += 1
            return relayed
        capture.keep(frame)
        return [Heard(grant=session.grant, frame=frame), *relayed]

    def _relay(self, session: Session, rtp: RtpHeader, payload: bytes) -> list[Action]:
        header = to_header(sequence=rtp.sequence, timestamp=rtp.timestamp, ssrc=session.ssrc)
        actions = list[Action]()
        for other in self.calls.others(session):
            if other.lane is not None and other.address is not None:
                packet = other.lane.seal(header, payload)
                actions.append(SendDatagram(address=other.address, data=packet))
        return actions
