"""A person's client in an encrypted call: a real member of the MLS group, in this process, that only listens.

Stands on Discord's own library, which is imported when the first encrypted call begins. Whoever sits in a
voice channel of the page without a client has one, and through them the page, the capture and the tests hear.
A core without I/O: ``receive`` takes what the voice server says, in order, and returns what the client
answers.

Failure mode: a commit or welcome that it cannot process is answered with op 31 and a fresh key package; a
frame that does not decrypt is noted in ``missed``.

Source: DAVE protocol, sections "Voice Gateway Opcodes", "Passthrough Mode" and "Silence Packets".
"""

from collections import deque
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from gateway_client.ids import ChannelId, UserId
from sandbox.voice.opus import SILENCE
from sandbox.voice.wire import Body, Op

if TYPE_CHECKING:
    import dave

MARKER: Final = b"\xfa\xfa"
"""How an encrypted frame ends."""
KEPT: Final = 10_000
_APART: Final = 2


@frozen(kw_only=True)
class Reply:
    """What the client says: ``body`` is bytes for a binary message, a transition's number otherwise."""

    op: Op
    body: bytes | int = field(repr=False)


@frozen(kw_only=True)
class Arrival:
    """A frame that arrived: when (monotonic seconds), from whom, and its RTP sequence number."""

    at_s: float
    sender: UserId
    sequence: int


@define(kw_only=True)
class Ear:
    """One listening client.

    Args:
        user_id: whose client it is.
        channel_id: of the call.
        version: what the call speaks when it comes.
        decoded: the last frames that it understood.
        missed: the last frames that it did not.
    """

    user_id: UserId
    channel_id: ChannelId
    decoded: deque[Arrival] = field(factory=lambda: deque[Arrival](maxlen=KEPT))
    missed: deque[Arrival] = field(factory=lambda: deque[Arrival](maxlen=KEPT))
    version: int = 1
    failures: int = field(default=0, init=False)
    busy_until: float = field(default=0.0, init=False)
    _session: "dave.Session" = field(init=False)
    _external_sender: bytes = field(default=b"", init=False)
    _decryptors: "dict[UserId, dave.Decryptor]" = field(init=False)
    _prepared: dict[int, int] = field(factory=dict[int, int], init=False)

    def __attrs_post_init__(self) -> None:
        import dave  # noqa: PLC0415 - a sandbox without encrypted calls does not pay for it

        self._session = dave.Session(None)
        self._decryptors = {}
        self._begin()

    def join(self) -> list[Reply]:
        """The key package, unasked."""
        return self._key_package()

    def receive(self, op: Op, body: Body | bytes, others: set[UserId]) -> list[Reply]:
        """Take one message; ``others`` are in the call as far as ops 11 and 13 have told."""
        for user in set(self._decryptors) - others:
            del self._decryptors[user]
        if isinstance(body, bytes):
            return self._receive_binary(op, body, others)
        assert isinstance(body, dict)
        match op:
            case Op.DAVE_PREPARE_EPOCH if body["epoch"] == 1:
                self._begin()
                return self._key_package()
            case Op.DAVE_PREPARE_TRANSITION:
                return self._prepare(int(str(body["transition_id"])), int(str(body["protocol_version"])))
            case Op.DAVE_EXECUTE_TRANSITION:
                self._execute(self._prepared.pop(int(str(body["transition_id"])), self.version))
                return []
            case _:
                return []

    def decrypt(self, sender: UserId, sequence: int, payload: bytes, now: float) -> bytes | None:
        """The Opus packet in ``payload``, or None."""
        import dave  # noqa: PLC0415 - is loaded by now

        decryptor = self._decryptors.get(sender)
        frame = None if decryptor is None else decryptor.decrypt(dave.MediaType.audio, payload)
        if payload == SILENCE or (self.version == 0 and not payload.endswith(MARKER)):
            frame = payload
        (self.missed if frame is None else self.decoded).append(
            Arrival(at_s=now, sender=sender, sequence=sequence)
        )
        return frame

    def _begin(self) -> None:
        self._session.reset()
        self._session.init(1, int(self.channel_id), str(self.user_id), None)
        if self._external_sender:
            self._session.set_external_sender(self._external_sender)

    def _key_package(self) -> list[Reply]:
        package = self._session.get_marshalled_key_package()
        return [] if package is None else [Reply(op=Op.DAVE_KEY_PACKAGE, body=package)]

    def _receive_binary(self, op: Op, body: bytes, others: set[UserId]) -> list[Reply]:
        recognised = {str(user) for user in {*others, self.user_id}}
        match op:
            case Op.DAVE_EXTERNAL_SENDER:
                self._external_sender = body
                self._session.set_external_sender(body)
                return []
            case Op.DAVE_PROPOSALS:
                answer = self._session.process_proposals(body, recognised)
                return [] if not answer else [Reply(op=Op.DAVE_COMMIT_WELCOME, body=answer)]
            case Op.DAVE_ANNOUNCE_COMMIT:
                changes = self._session.process_commit(body[_APART:])
                return self._entered(body, isinstance(changes, dict), others)
            case Op.DAVE_WELCOME:
                roster = self._session.process_welcome(body[_APART:], recognised)
                return self._entered(body, roster is not None, others)
            case _:
                return []

    def _entered(self, body: bytes, entered: bool, others: set[UserId]) -> list[Reply]:
        transition_id = int.from_bytes(body[:_APART], "big")
        if not entered:
            self.failures += 1
            self._begin()
            return [Reply(op=Op.DAVE_INVALID, body=transition_id), *self._key_package()]
        self._follow(others)
        return self._prepare(transition_id, 1)

    def _follow(self, others: set[UserId]) -> None:
        import dave  # noqa: PLC0415 - is loaded by now

        for user in others - {self.user_id}:
            ratchet = self._session.get_key_ratchet(str(user))
            if ratchet is not None:
                decryptor = self._decryptors.get(user)
                if decryptor is None:
                    decryptor = self._decryptors[user] = dave.Decryptor()
                    decryptor.transition_to_passthrough_mode(self.version == 0)
                decryptor.transition_to_key_ratchet(ratchet)

    def _prepare(self, transition_id: int, version: int) -> list[Reply]:
        if version == 0:
            for decryptor in self._decryptors.values():
                decryptor.transition_to_passthrough_mode(True)
        if transition_id == 0:
            self._execute(version)
            return []
        self._prepared[transition_id] = version
        return [Reply(op=Op.DAVE_TRANSITION_READY, body=transition_id)]

    def _execute(self, version: int) -> None:
        self.version = version
        if version > 0:
            for decryptor in self._decryptors.values():
                decryptor.transition_to_passthrough_mode(False)
