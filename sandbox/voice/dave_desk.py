"""Which calls are encrypted end to end, and who takes part: clients over sockets, people through their ears.

Stands between the hub, which knows sessions, and ``dave_group``, which knows one group. A core without I/O.

Rules:

- A call speaks the lowest version that anybody in it knows. A client of version 0 takes the others with it
  (downgrade); when the last of them leaves, a new group is made (upgrade).
- With :attr:`DaveMode.DEMAND` such a client is not let in (4017), as on Discord since March 2026.
- Ears answer at once, or think ``ear_delay_s`` about each answer; their word counts like a client's.

Source: DAVE protocol, sections "Protocol Version Negotiation" and "Initial Transitory Phase".
"""

import heapq
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from attrs import define, field, frozen

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.voice.call import CallKey, Calls, say, say_binary
from sandbox.voice.dave_ear import MARKER, Ear, Reply
from sandbox.voice.dave_group import Group, Tell
from sandbox.voice.mls_sender import ExternalSender
from sandbox.voice.opus import SILENCE
from sandbox.voice.session import Session
from sandbox.voice.values import Action
from sandbox.voice.wire import Op, Undecodable, parse_transition_id

CLEAR_WITHIN_S: Final = 0.5
"""How long after an upgrade a frame in the clear may still be on its way."""


class DaveMode(StrEnum):
    """Whether calls are encrypted end to end."""

    OFF = "off"
    """Every call is told version 0."""
    OFFER = "offer"
    """If everybody in the call can."""
    DEMAND = "demand"
    """Who cannot is closed with 4017."""


@frozen(kw_only=True)
class Unwrapped:
    """What a payload is to those who listen.

    Args:
        opus: None if nobody here can decrypt it.
        in_clear: it should have been encrypted, and is not.
    """

    opus: bytes | None
    in_clear: bool = False


@define(kw_only=True, eq=False)
class _Call:
    group: Group
    spoken: int
    versions: dict[UserId, int] = field(factory=dict[UserId, int])
    ears: dict[UserId, Ear] = field(factory=dict[UserId, Ear])
    clear_until: float = 0.0

    @property
    def target(self) -> int:
        return min(self.versions.values(), default=1)

    def note_version(self, now: float) -> None:
        if self.group.version > self.spoken:
            self.clear_until = now + CLEAR_WITHIN_S
        self.spoken = self.group.version


@frozen(kw_only=True)
class _Pending:
    key: CallKey
    user_id: UserId
    ear: Ear
    """Whose word it is: who has gone says nothing any more, also if they are back."""
    reply: Reply


@define(kw_only=True, eq=False)
class DaveDesk:
    """All encrypted calls of one voice server.

    Args:
        mode: for whoever joins from now on.
        ear_delay_s: tells how long a person's client thinks now, in seconds.
    """

    calls: Calls
    mode: DaveMode = DaveMode.OFF
    ear_delay_s: Callable[[], float] = lambda: 0.0
    _sender: ExternalSender = field(factory=ExternalSender, init=False)
    _calls: dict[CallKey, _Call] = field(factory=dict[CallKey, _Call], init=False)
    _pending: list[tuple[float, int, _Pending]] = field(factory=list[tuple[float, int, _Pending]], init=False)
    _count: int = field(default=0, init=False)
    _answering: bool = field(default=False, init=False)

    def admits(self, version: int) -> bool:
        """Whether a client that knows ``version`` may come in."""
        return version > 0 or self.mode is not DaveMode.DEMAND

    def group(self, guild_id: GuildId, channel_id: ChannelId) -> Group | None:
        """The group of a call that is, or could be, encrypted."""
        call = self._calls.get((guild_id, channel_id))
        return None if call is None else call.group

    def ear(self, guild_id: GuildId, user_id: UserId) -> Ear | None:
        """The client of a person who listens."""
        return next(
            (
                call.ears[user_id]
                for key, call in self._calls.items()
                if key[0] == guild_id and user_id in call.ears
            ),
            None,
        )

    def spoil(self, guild_id: GuildId, user_id: UserId) -> None:
        """Break the next commit or welcome for this user."""
        for key, call in self._calls.items():
            if key[0] == guild_id and user_id in call.group.present:
                call.group.spoiled.add(user_id)

    def version_for(self, session: Session) -> int:
        """What op 4 tells this client; it may be lower than what the others still speak."""
        call = self._calls.get(_key(session))
        lowest = min(session.e2ee_version, 1 if call is None else call.target)
        return 0 if self.mode is DaveMode.OFF else min(lowest, 1)

    def described(self, session: Session, now: float) -> list[Action]:
        """A client got op 4: let it take part."""
        if self.mode is DaveMode.OFF:
            return []
        key, user_id, version = _key(session), session.grant.user_id, min(session.e2ee_version, 1)
        call = self._calls.get(key)
        again = call is not None and user_id in call.versions
        actions = self.left(session, now) if again else []
        call = self._calls.get(key) or self._open(key, version)
        before = call.target
        call.versions[user_id] = version
        if version == 0:
            return actions + (self._tell(key, call.group.downgrade(now), now) if before else [])
        actions += self._tell(key, call.group.enter(user_id, quiet=call.target == 0), now)
        return actions + self._seat_listeners(key, call, now)

    def left(self, session: Session, now: float) -> list[Action]:
        """A client is gone."""
        key, user_id = _key(session), session.grant.user_id
        call = self._calls.get(key)
        if call is None or user_id not in call.versions:
            return []
        before = call.target
        del call.versions[user_id]
        if not call.versions:
            del self._calls[key]
            return []
        if before == 0 and call.target == 1:
            alone = len(call.group.present) == 1
            return self._tell(key, call.group.restart(at_once=alone, sender=True, now=now), now)
        return self._tell(key, call.group.leave(user_id), now)

    def sit(
        self, guild_id: GuildId, user_id: UserId, channel_id: ChannelId | None, now: float
    ) -> list[Action]:
        """A person's client comes into a call, or goes."""
        actions = list[Action]()
        for key, call in self._calls.items():
            if key[0] == guild_id and user_id in call.ears and key[1] != channel_id:
                del call.ears[user_id]
                actions += self._tell(key, call.group.leave(user_id), now)
        here = None if channel_id is None else self._calls.get((guild_id, channel_id))
        if here is not None and channel_id is not None:
            actions += self._seat(((guild_id, channel_id)), here, user_id, now)
        return actions

    def take(self, session: Session, op: int, body: bytes, now: float) -> list[Action]:
        """A client's message of the key exchange.

        Raises:
            Undecodable: it is none.
        """
        key, user_id = _key(session), session.grant.user_id
        call = self._calls.get(key)
        if call is None or user_id not in call.group.present:
            return []
        if op in {Op.DAVE_TRANSITION_READY, Op.DAVE_INVALID}:
            return self._take(key, call, user_id, Reply(op=Op(op), body=parse_transition_id(body)), now)
        if op not in {Op.DAVE_KEY_PACKAGE, Op.DAVE_COMMIT_WELCOME}:
            raise Undecodable(f"op {op}")
        return self._take(key, call, user_id, Reply(op=Op(op), body=body), now)

    def unwrap(self, session: Session, sequence: int, payload: bytes, now: float) -> Unwrapped:
        """Let everybody who listens decrypt a payload."""
        call = self._calls.get(_key(session))
        if call is None:
            return Unwrapped(opus=payload)
        user_id, marked = session.grant.user_id, payload.endswith(MARKER)
        heard = [ear.decrypt(user_id, sequence, payload, now) for ear in call.ears.values()]
        if not marked:
            late = call.group.version > 0 and now >= call.clear_until and payload != SILENCE
            return Unwrapped(opus=payload, in_clear=late)
        return Unwrapped(opus=next((frame for frame in heard if frame is not None), None))

    def tick(self, now: float) -> list[Action]:
        """Execute transitions that waited long enough; let ears answer."""
        actions = list[Action]()
        for key, call in list(self._calls.items()):
            actions += self._tell(key, call.group.execute_ready(now), now)
            actions += self._tell(key, call.group.gather(now), now)
        return actions + self._answer(now)

    def next_deadline(self) -> float | None:
        """When ``tick`` has something to do (monotonic seconds)."""
        times = [call.group.next_deadline() for call in self._calls.values()]
        times += [self._pending[0][0]] if self._pending else []
        return min((at for at in times if at is not None), default=None)

    def _open(self, key: CallKey, version: int) -> _Call:
        group = Group(channel_id=key[1], sender=self._sender, version=version)
        call = self._calls[key] = _Call(group=group, spoken=version)
        return call

    def _seat_listeners(self, key: CallKey, call: _Call, now: float) -> list[Action]:
        actions = list[Action]()
        for user_id in self.calls.listeners_in(*key):
            actions += self._seat(key, call, user_id, now)
        return actions

    def _seat(self, key: CallKey, call: _Call, user_id: UserId, now: float) -> list[Action]:
        if user_id in call.ears:
            return []
        version = call.group.version
        ear = call.ears[user_id] = Ear(user_id=user_id, channel_id=key[1], version=version)
        told = call.group.enter(user_id, quiet=call.target == 0)
        if call.target:
            # As a client does: its key package is on its way before it hears anything.
            self._replied(key, user_id, ear.join(), now)
        return self._tell(key, told, now)

    def _take(self, key: CallKey, call: _Call, user_id: UserId, reply: Reply, now: float) -> list[Action]:
        group = call.group
        match reply.op, reply.body:
            case Op.DAVE_TRANSITION_READY, int(transition_id):
                told = group.ready(user_id, transition_id)
            case Op.DAVE_INVALID, int():
                told = group.invalid(user_id)
            case Op.DAVE_KEY_PACKAGE, bytes(data):
                told = group.key_package(user_id, data) if call.target else []
            case Op.DAVE_COMMIT_WELCOME, bytes(data):
                told = group.commit(user_id, data, now) if call.target else []
            case _:
                told = []
        return self._tell(key, told, now)

    def _tell(self, key: CallKey, told: list[Tell], now: float) -> list[Action]:
        actions = list[Action]()
        call = self._calls[key]
        call.note_version(now)
        for tell in told:
            ear = call.ears.get(tell.user_id)
            session = self.calls.session(key[0], tell.user_id)
            if ear is not None:
                others = set(call.group.present)
                self._replied(key, tell.user_id, ear.receive(tell.op, tell.body, others), now)
            elif session is not None and isinstance(tell.body, bytes):
                actions += say_binary(session, tell.op, tell.body)
            elif session is not None and not isinstance(tell.body, bytes):
                actions += say(session, tell.op, tell.body)
        return actions + self._answer(now)

    def _replied(self, key: CallKey, user_id: UserId, replies: list[Reply], now: float) -> None:
        ear = self._calls[key].ears[user_id]
        for reply in replies:
            ear.busy_until = max(ear.busy_until, now) + self.ear_delay_s()
            self._count += 1
            pending = _Pending(key=key, user_id=user_id, ear=ear, reply=reply)
            heapq.heappush(self._pending, (ear.busy_until, self._count, pending))

    def _answer(self, now: float) -> list[Action]:
        actions = list[Action]()
        if self._answering:
            return actions
        self._answering = True
        while self._pending and self._pending[0][0] <= now:
            _due, _number, pending = heapq.heappop(self._pending)
            call = self._calls.get(pending.key)
            if call is not None and call.ears.get(pending.user_id) is pending.ear:
                actions += self._take(pending.key, call, pending.user_id, pending.reply, now)
        self._answering = False
        return actions


def _key(session: Session) -> CallKey:
    return session.grant.guild_id, session.grant.channel_id
