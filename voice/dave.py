"""The seam of Discord's end-to-end encryption of frames (DAVE): its messages, and what a cipher has to offer.

A core; imports nothing of ours. Every frame passes through :meth:`FrameCipher.encrypt` between the
encoder and RTP, and every message of the key exchange (ops 21 to 31, and 11 and 13, which name the members)
passes through :meth:`FrameCipher.receive` in the strict order of its arrival, on the task that also encrypts.

The machine behind the seam is ``voice.dave_exchange``, the libraries are behind ``voice.dave_library``, and
``voice.dave_watch`` notices when all of that leads nowhere.

Rule for every cipher: while ``ready`` is false nothing may be sent; music is held, never sent in the clear.

Source: Discord, "Voice", section "End-to-End Encryption (DAVE Protocol)".
"""

from typing import Final, Protocol

from attrs import frozen

MAX_PROTOCOL_VERSION: Final = 1


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
        """What frames are sent with now; 0 is plaintext."""
        ...

    @property
    def ready(self) -> bool:
        """Whether frames may be sent now."""
        ...

    def encrypt(self, frame: bytes) -> bytes | None:
        """``frame`` as it may leave, called only while ``ready``; ``None``: it must not leave at all."""
        ...

    def describe(self, version: int) -> list[DaveMessage]:
        """The call begins with this version (op 4); the result is what to send, in order."""
        ...

    def receive(self, message: DaveMessage, now: float) -> list[DaveMessage]:
        """Take one message of the key exchange; the result is what to send back, in order."""
        ...

    def resumed(self) -> list[DaveMessage]:
        """The session was resumed: the result is what the server may not have heard, to be said again."""
        ...

    def health(self, now: float) -> "Health":
        """How the exchange stands, for the watchdog."""
        ...

    def start_over(self) -> list[DaveMessage]:
        """Ask to be taken out of the group and added anew (op 31 and a fresh key package)."""
        ...


@frozen(kw_only=True)
class Health:
    """What the watchdog looks at.

    Args:
        needs_key: somebody else is in the call, frames have to be encrypted, and there is no key.
        waits_since: since when (monotonic seconds) the oldest transition is prepared and not executed.
        refused: how many frames in a row could not be encrypted.
    """

    needs_key: bool = False
    waits_since: float | None = None
    refused: int = 0
