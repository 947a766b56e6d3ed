"""The machine of the key exchange: state × message → what to send back, and which key frames are sent with.

A core: no I/O, no trio, no library; the MLS group and the frame encryptor stand behind :class:`Library`. One
exchange lives as long as one voice session: a resume keeps it, a new op 0 begins another.

What we send with (``protocol_version`` and the encryptor's key) and what we have prepared are two things: a
commit or welcome prepares a key, op 22 (or transition 0) puts it in force::

    op 4 (0) ─▶ CLEAR ◀──22 of version 0── SEALED ◀──22, or 29/30 of transition 0── WAITING ◀─ op 4 (1)
                  └──────24, 29/30, 22 of version 1──────▲                             ▲
                                                         └──────21 of transition 0, no key prepared

Rules:

- WAITING holds the music: the position does not advance, and no frame is sent or dropped. Alone in a call of
  version 1 there is no key, and nobody who could listen.
- A new group (op 24 with epoch 1) does not touch what we send with: until a transition says otherwise, others
  still have the old key, and after a downgrade they still expect frames in the clear.
- Executing a transition forgets those prepared before it: the key never goes back. A transition nobody
  prepared is ignored.
- A commit that comes while we are only pending is none of ours; a commit of ours that lost is not merged
  (the library keeps it aside until op 29 names the winner).
- A resume restarts nothing; answers that may have been lost with the socket (op 23 and 28) are said again.
- Op 31 is said once per transition that could not be processed, then the session begins anew. Numbers come
  again, so whoever is in the group has reported nothing; on the way to version 0 there is no group to come
  to.

Failure modes: proposals and bodies that cannot be processed or read are logged, and the exchange goes
on; the watchdog sees the missing key.

Source: DAVE protocol, sections "Group Key Exchange" and "Voice Gateway Opcodes".
"""

import logging
from collections.abc import Callable, Collection
from enum import Enum, auto
from typing import Annotated, Final, Protocol, TypeVar

import msgspec
from attrs import define, field, frozen

from gateway_client.ids import UserId
from voice.dave import MAX_PROTOCOL_VERSION, DaveMessage, Health

_log: Final = logging.getLogger(__name__)
_ID_BYTES: Final = 2
_REINITIALISES: Final = 0


class Outcome(Enum):
    """What became of a commit or a welcome."""

    ENTERED = auto()
    """We are in the group, in its new epoch."""
    IGNORED = auto()
    """It is not for us."""
    INVALID = auto()
    """It cannot be processed."""


class Key(Protocol):
    """Our sender's key of one epoch; opaque."""


class Library(Protocol):
    """An MLS group of one user, and the encryptor of frames. Used from one thread."""

    def begin(self, version: int, external_sender: bytes | None) -> bytes:
        """Forget the group, prepare a new one; the result is a fresh key package."""
        ...

    def set_external_sender(self, package: bytes) -> None:
        """Only this sender's proposals count."""
        ...

    def process_proposals(self, proposals: bytes, recognised: Collection[UserId]) -> bytes | None:
        """Our commit and welcome for all proposals in force, if there is something to commit."""
        ...

    def process_commit(self, commit: bytes) -> Outcome:
        """Move on to the epoch of ``commit``."""
        ...

    def process_welcome(self, welcome: bytes, recognised: Collection[UserId]) -> Outcome:
        """Enter the group."""
        ...

    def new_key(self) -> Key | None:
        """Our sender's key in the epoch we are in; asked once per epoch."""
        ...

    def use_key(self, key: Key | None) -> None:
        """Encrypt with ``key`` from now on."""
        ...

    def encrypt(self, frame: bytes) -> bytes | None:
        """The encrypted frame, ``None`` if there is no key for it."""
        ...


@frozen
class _Prepared:
    version: int
    since: float
    key: Key | None = None
    brings_key: bool = False


# The libraries stumble over numbers that do not fit into theirs: those are no messages.
_TransitionId = Annotated[int, msgspec.Meta(ge=0, lt=1 << 16)]
_Version = Annotated[int, msgspec.Meta(ge=0, le=MAX_PROTOCOL_VERSION)]
_Snowflake = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class _Transition(msgspec.Struct):
    transition_id: _TransitionId


class _NewVersion(msgspec.Struct):
    transition_id: _TransitionId
    protocol_version: _Version


class _Epoch(msgspec.Struct):
    epoch: int
    protocol_version: _Version


class _Clients(msgspec.Struct):
    user_ids: tuple[_Snowflake, ...]


class _Client(msgspec.Struct):
    user_id: _Snowflake


_T = TypeVar("_T")


def _read(message: DaveMessage, kind: type[_T]) -> _T:
    return msgspec.json.decode(message.body, type=kind, strict=False)


def _say(op: int, transition_id: int) -> DaveMessage:
    return DaveMessage(op=op, body=b'{"transition_id":%d}' % transition_id, binary=False)


@define(kw_only=True)
class Exchange:
    """The key exchange of one voice session; a :class:`voice.dave.FrameCipher`.

    Args:
        user_id: ourselves.
        make_library: called when the first encrypted group begins.
    """

    user_id: UserId
    make_library: Callable[[], Library]
    protocol_version: int = field(default=0, init=False)
    ready: bool = field(default=False, init=False)
    others: set[UserId] = field(factory=set[UserId], init=False)
    _library: Library | None = field(default=None, init=False)
    _negotiated: int = field(default=0, init=False)
    _pending: bool = field(default=True, init=False)
    _external_sender: bytes | None = field(default=None, init=False)
    _prepared: dict[int, _Prepared] = field(factory=dict[int, _Prepared], init=False)
    _flagged: set[int] = field(factory=set[int], init=False)
    _last_transition: int = field(default=0, init=False)
    _committed: DaveMessage | None = field(default=None, init=False)
    _refused: int = field(default=0, init=False)

    def describe(self, version: int) -> list[DaveMessage]:
        """Op 4: begin with ``version``."""
        self.protocol_version = self._negotiated = version
        self.ready = version == 0
        self._prepared.clear()
        if self._library is not None:
            self._library.use_key(None)
        return self._begin() if version else []

    def encrypt(self, frame: bytes) -> bytes | None:
        """``frame`` as it may leave now."""
        if not self.ready:
            return None
        if self.protocol_version == 0:
            return frame
        sealed = None if self._library is None else self._library.encrypt(frame)
        self._refused = 0 if sealed is not None else self._refused + 1
        return sealed

    def receive(self, message: DaveMessage, now: float) -> list[DaveMessage]:
        """Take one message, in the order of its arrival."""
        try:
            return self._take_binary(message, now) if message.binary else self._take_text(message, now)
        except msgspec.DecodeError as error:
            _log.warning("key exchange: op %d cannot be read: %s", message.op, error)
            return []

    def health(self, now: float) -> Health:
        """How this stands."""
        oldest = min((one.since for one in self._prepared.values()), default=None)
        needs_key = self.protocol_version > 0 and not self.ready and bool(self.others)
        return Health(needs_key=needs_key, waits_since=oldest, refused=self._refused)

    def resumed(self) -> list[DaveMessage]:
        """Say again what the server may not have heard."""
        repeated = [_say(23, transition_id) for transition_id in self._prepared]
        return repeated if self._committed is None else [self._committed, *repeated]

    def start_over(self) -> list[DaveMessage]:
        """Ask for a new place in the group."""
        self._prepared.clear()
        return [_say(31, self._last_transition), *self._begin()] if self._negotiated else []

    def _take_text(self, message: DaveMessage, now: float) -> list[DaveMessage]:
        match message.op:
            case 11:
                users = _read(message, _Clients).user_ids
                self.others.update(UserId(user) for user in users if user != self.user_id)
            case 13:
                self.others.discard(UserId(_read(message, _Client).user_id))
            case 21:
                return self._prepare_version(_read(message, _NewVersion), now)
            case 22:
                self._execute(_read(message, _Transition).transition_id)
            case 24:
                return self._prepare_epoch(_read(message, _Epoch))
            case _:
                _log.debug("key exchange: op %d says nothing to us", message.op)
        return []

    def _take_binary(self, message: DaveMessage, now: float) -> list[DaveMessage]:
        match message.op:
            case 25:
                self._external_sender = message.body
                if self._library is not None:
                    self._library.set_external_sender(message.body)
            case 27 if self._library is not None:
                return self._propose(self._library, message.body)
            case 29 | 30 if len(message.body) <= _ID_BYTES:
                _log.warning("key exchange: op %d is too short", message.op)
            case 29 | 30 if self._library is not None:
                return self._enter(self._library, message, now)
            case _:
                _log.debug("key exchange: op %d says nothing to us", message.op)
        return []

    def _begin(self) -> list[DaveMessage]:
        self._pending = True
        self._committed = None
        if self._library is None:
            self._library = self.make_library()
        package = self._library.begin(self._negotiated, self._external_sender)
        return [DaveMessage(op=26, body=package, binary=True)]

    def _prepare_epoch(self, epoch: _Epoch) -> list[DaveMessage]:
        self._negotiated = epoch.protocol_version
        return self._begin() if epoch.epoch == 1 and epoch.protocol_version > 0 else []

    def _propose(self, library: Library, proposals: bytes) -> list[DaveMessage]:
        answer = library.process_proposals(proposals, {self.user_id, *self.others})
        self._committed = None if answer is None else DaveMessage(op=28, body=answer, binary=True)
        return [] if self._committed is None else [self._committed]

    def _enter(self, library: Library, message: DaveMessage, now: float) -> list[DaveMessage]:
        transition_id = int.from_bytes(message.body[:_ID_BYTES], "big")
        body = message.body[_ID_BYTES:]
        if message.op == 29:
            outcome = library.process_commit(body)
        else:
            outcome = library.process_welcome(body, {self.user_id, *self.others})
        match outcome:
            case Outcome.IGNORED:
                return []
            case Outcome.INVALID if message.op == 29 and self._pending:
                return []
            case Outcome.INVALID:
                return self._flag(transition_id)
            case Outcome.ENTERED:
                self._pending = False
                self._committed = None
                self._flagged.clear()
                prepared = _Prepared(self._negotiated, now, library.new_key(), brings_key=True)
                return self._prepare(transition_id, prepared)

    def _flag(self, transition_id: int) -> list[DaveMessage]:
        _log.warning("key exchange: transition %d could not be processed", transition_id)
        if transition_id in self._flagged or not self._negotiated:
            return []
        self._flagged.add(transition_id)
        return [_say(31, transition_id), *self._begin()]

    def _prepare_version(self, transition: _NewVersion, now: float) -> list[DaveMessage]:
        if transition.protocol_version == 0:
            self._negotiated = 0
        prepared = _Prepared(transition.protocol_version, now)
        return self._prepare(transition.transition_id, prepared)

    def _prepare(self, transition_id: int, prepared: _Prepared) -> list[DaveMessage]:
        self._last_transition = transition_id
        self._prepared.pop(transition_id, None)
        self._prepared[transition_id] = prepared
        if transition_id == _REINITIALISES:
            self._execute(transition_id)
            return []
        return [_say(23, transition_id)]

    def _execute(self, transition_id: int) -> None:
        prepared = self._prepared.get(transition_id)
        if prepared is None:
            _log.info("key exchange: transition %d was not prepared here", transition_id)
            return
        older = list(self._prepared)
        for one in older[: older.index(transition_id) + 1]:
            del self._prepared[one]
        self.protocol_version = prepared.version
        self._refused = 0
        if prepared.version == 0:
            self.ready = True
        elif prepared.brings_key or self._pending:
            # Transition 0 without a commit: the group we are in is the new one, of which there is no key yet.
            if self._library is not None:
                self._library.use_key(prepared.key)
            self.ready = prepared.key is not None
