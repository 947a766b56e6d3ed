"""The libraries of end-to-end encryption behind one interface: ``dave`` (Discord's own), else ``davey``.

A core around native code, which is loaded when the first encrypted call begins. One thread uses it; nothing
here waits, though a message may take 5 to 30 ms in a call of fifty, without releasing the GIL.

Rules:

- One signature key pair of a user for all calls of the process: people see one identity, and a group takes no
  key twice.
- A key is a ratchet of one epoch and is put into the encryptor once: putting it there again would count its
  nonces from zero.
- ``davey`` has no keys to hold back: it encrypts with the newest epoch of its group, also before a transition
  is executed. Receivers already have that key unless they are slower than us; that is why ``dave`` comes
  first.

Failure mode: what the libraries raise or report is logged and becomes an :class:`Outcome` or ``None``. An
empty external sender is kept from them: libdave reads it without looking, and that ends the process.

Source: DAVE protocol, sections "Consistency of Identity Keypairs" and "Sender Key Derivation".
"""

import logging
from collections.abc import Collection
from functools import cache, partial
from typing import TYPE_CHECKING, Final, cast

from attrs import define, field

from gateway_client.ids import ChannelId, UserId
from voice.dave import MAX_PROTOCOL_VERSION, FrameCipher
from voice.dave_exchange import Exchange, Key, Library, Outcome

if TYPE_CHECKING:
    import dave
    import davey

_log: Final = logging.getLogger(__name__)
_SSRC: Final = 0
"""The encryptor only looks up the codec by it."""


@cache
def _dave_identity(_user_id: UserId) -> "dave.SignatureKeyPair":
    import dave  # noqa: PLC0415 - loaded with the first encrypted call

    return dave.SignatureKeyPair.generate(MAX_PROTOCOL_VERSION)


@cache
def _davey_identity(_user_id: UserId) -> "davey.SigningKeyPair":
    import davey  # noqa: PLC0415 - only where dave is missing

    return davey.generate_p256_keypair()


def _note_failure(where: str, why: str) -> None:
    _log.info("key exchange: %s: %s", where, why)


@define
class DaveLibrary:
    """Discord's libdave."""

    _user_id: UserId
    _channel_id: ChannelId
    _session: "dave.Session" = field(init=False)
    _encryptor: "dave.Encryptor" = field(init=False)
    _audio: "dave.MediaType" = field(init=False)

    def __attrs_post_init__(self) -> None:
        import dave  # noqa: PLC0415 - loaded with the first encrypted call

        self._session = dave.Session(_note_failure)
        self._encryptor = dave.Encryptor()
        self._encryptor.assign_ssrc_to_codec(_SSRC, dave.Codec.opus)
        self._audio = dave.MediaType.audio

    def begin(self, version: int, external_sender: bytes | None) -> bytes:
        """Forget the group, prepare a new one."""
        self._session.reset()
        self._session.init(version, int(self._channel_id), str(self._user_id), _dave_identity(self._user_id))
        if external_sender is not None:
            self.set_external_sender(external_sender)
        return self._session.get_marshalled_key_package() or b""

    def set_external_sender(self, package: bytes) -> None:
        """Only this sender's proposals count."""
        if package:
            self._session.set_external_sender(package)
        else:
            _note_failure("external sender", "empty")

    def process_proposals(self, proposals: bytes, recognised: Collection[UserId]) -> bytes | None:
        """Our commit and welcome, if any."""
        return self._session.process_proposals(proposals, {str(user) for user in recognised}) or None

    def process_commit(self, commit: bytes) -> Outcome:
        """Move on to the epoch of ``commit``."""
        import dave  # noqa: PLC0415 - is loaded by now

        result = self._session.process_commit(commit)
        if isinstance(result, dave.RejectType):
            return Outcome.IGNORED if result is dave.RejectType.ignored else Outcome.INVALID
        return Outcome.ENTERED

    def process_welcome(self, welcome: bytes, recognised: Collection[UserId]) -> Outcome:
        """Enter the group."""
        result = self._session.process_welcome(welcome, {str(user) for user in recognised})
        return Outcome.INVALID if result is None else Outcome.ENTERED

    def new_key(self) -> Key | None:
        """Our ratchet of this epoch."""
        return self._session.get_key_ratchet(str(self._user_id))

    def use_key(self, key: Key | None) -> None:
        """Encrypt with ``key``."""
        self._encryptor.set_key_ratchet(cast("dave.IKeyRatchet | None", key))

    def encrypt(self, frame: bytes) -> bytes | None:
        """The encrypted frame."""
        return self._encryptor.encrypt(self._audio, _SSRC, frame)


@define
class DaveyLibrary:
    """OpenMLS through davey; a key is the session that encrypts with it."""

    _user_id: UserId
    _channel_id: ChannelId
    _session: "davey.DaveSession | None" = field(default=None, init=False)
    _sender: "davey.DaveSession | None" = field(default=None, init=False)

    def begin(self, version: int, external_sender: bytes | None) -> bytes:
        """Forget the group, prepare a new one."""
        import davey  # noqa: PLC0415 - only where dave is missing

        # A fresh object: while a new group forms, the old one goes on encrypting for those who are in it.
        self._session = davey.DaveSession(
            version, self._user_id, self._channel_id, _davey_identity(self._user_id)
        )
        if external_sender is not None:
            self.set_external_sender(external_sender)
        return self._session.get_serialized_key_package()

    def set_external_sender(self, package: bytes) -> None:
        """Only this sender's proposals count."""
        if self._session is None:
            return
        try:
            self._session.set_external_sender(package)
        except ValueError as error:
            _note_failure("external sender", str(error))

    def process_proposals(self, proposals: bytes, recognised: Collection[UserId]) -> bytes | None:
        """Our commit and welcome, if any."""
        import davey  # noqa: PLC0415 - only where dave is missing

        kinds = davey.ProposalsOperationType
        kind = kinds.revoke if proposals[:1] == b"\1" else kinds.append
        try:
            answer = self._begun.process_proposals(kind, proposals[1:], [int(user) for user in recognised])
        except ValueError as error:
            _note_failure("proposals", str(error))
            return None
        return None if answer is None else answer.commit + (answer.welcome or b"")

    def process_commit(self, commit: bytes) -> Outcome:
        """Move on to the epoch of ``commit``."""
        try:
            self._begun.process_commit(commit)
        except ValueError as error:
            _note_failure("commit", str(error))
            return Outcome.INVALID
        return Outcome.ENTERED

    def process_welcome(self, welcome: bytes, recognised: Collection[UserId]) -> Outcome:
        """Enter the group, in which there must be nobody but the recognised."""
        try:
            self._begun.process_welcome(welcome)
        except ValueError as error:
            _note_failure("welcome", str(error))
            return Outcome.INVALID
        strangers = {UserId(int(user)) for user in self._begun.get_user_ids()} - set(recognised)
        return Outcome.INVALID if strangers else Outcome.ENTERED

    def new_key(self) -> Key | None:
        """That of the group we are in, in whatever epoch it is then."""
        return self._begun if self._begun.ready else None

    def use_key(self, key: Key | None) -> None:
        """Encrypt with ``key``."""
        self._sender = cast("davey.DaveSession | None", key)

    def encrypt(self, frame: bytes) -> bytes | None:
        """The encrypted frame."""
        if self._sender is None or not self._sender.ready:
            return None
        try:
            return self._sender.encrypt_opus(frame)
        except ValueError as error:
            _note_failure("frame", str(error))
            return None

    @property
    def _begun(self) -> "davey.DaveSession":
        assert self._session is not None
        return self._session


def new_library(user_id: UserId, channel_id: ChannelId) -> Library:
    """The best library that is installed; ``channel_id`` names the group.

    Raises:
        ImportError: there is none.
    """
    try:
        return DaveLibrary(user_id, channel_id)
    except ImportError:
        return DaveyLibrary(user_id, channel_id)


def new_cipher(user_id: UserId, channel_id: ChannelId) -> FrameCipher:
    """The end-to-end cipher of one session in the call of ``channel_id``."""
    return Exchange(user_id=user_id, make_library=partial(new_library, user_id, channel_id))
