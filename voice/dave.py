"""The seam for Discord's end-to-end encryption of frames (DAVE).

A core; imports nothing. Every frame passes through :meth:`FrameCipher.encrypt` between the encoder and RTP,
and every message of the key exchange (ops 21 to 31, and 11 and 13, which name the members) passes through
:meth:`FrameCipher.receive` in the strict order of its arrival, on the task that also encrypts.

:class:`Plaintext` is the cipher of protocol version 0, which is the highest version that this node announces
(:data:`MAX_PROTOCOL_VERSION`): a channel that requires encryption closes with 4017, which ends as a sentence.

Rule for every cipher: while ``ready`` is false nothing may be sent; music is held, never sent in the clear.

Source: Discord, "Voice", section "End-to-End Encryption (DAVE Protocol)".
"""

from typing import Final, Protocol

from attrs import frozen

MAX_PROTOCOL_VERSION: Final = 0


@frozen(kw_only=True)
class DaveMessage:
    """One message of the key exchange, as it came.

    Args:
        op: 11, 13 or 21 to 31.
        body: the payload of a binary message, or the JSON text of ``d``.
        binary: which of the two ``body`` is.
    """

    op: int
    body: bytes
    binary: bool


class FrameCipher(Protocol):
    """What stands between the encoder and RTP."""

    @property
    def protocol_version(self) -> int:
        """0 is plaintext."""
        ...

    @property
    def ready(self) -> bool:
        """Whether frames may be sent now."""
        ...

    def encrypt(self, frame: bytes) -> bytes:
        """``frame`` as it may leave; called only while ``ready``."""
        ...

    def receive(self, message: DaveMessage) -> list[DaveMessage]:
        """Take one message of the key exchange; the result is what to send back, in order."""
        ...


@frozen
class Plaintext:
    """The cipher of protocol version 0: nothing is encrypted and nothing is negotiated."""

    protocol_version: int = 0
    ready: bool = True

    def encrypt(self, frame: bytes) -> bytes:
        """``frame`` itself."""
        return frame

    def receive(self, message: DaveMessage) -> list[DaveMessage]:
        """No answer: members come and go without a key exchange."""
        return []
