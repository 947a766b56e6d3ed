"""Transport encryption of voice packets, both modes that Discord still has.

A packet is `header | ciphertext and tag | nonce (4 bytes)`. The four bytes lead the cipher's nonce, the
rest of it is zero; the header is the additional data. One `Lane` is one direction of one session and has
its own key. Source: Discord, "Transport Encryption Modes".
"""

from collections.abc import Callable
from enum import StrEnum

import nacl.bindings
import nacl.exceptions
from attrs import define, field
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
NONCE_TAIL_SIZE = 4
_AES_NONCE_SIZE = 12
_XCHACHA_NONCE_SIZE = 24


class Mode(StrEnum):
    """A transport mode, by its name on the wire; the preferred one first."""

    AES256_GCM = "aead_aes256_gcm_rtpsize"
    XCHACHA20_POLY1305 = "aead_xchacha20_poly1305_rtpsize"


Crypt = Callable[[bytes, bytes, bytes], bytes]
"""(nonce tail, text, additional data) → text."""


def _aes(key: bytes) -> tuple[Crypt, Crypt]:
    cipher = AESGCM(key)

    def seal(tail: bytes, plain: bytes, header: bytes) -> bytes:
        return cipher.encrypt(tail.ljust(_AES_NONCE_SIZE, b"\0"), plain, header)

    def unseal(tail: bytes, secret: bytes, header: bytes) -> bytes:
        return cipher.decrypt(tail.ljust(_AES_NONCE_SIZE, b"\0"), secret, header)

    return seal, unseal


def _xchacha(key: bytes) -> tuple[Crypt, Crypt]:
    def seal(tail: bytes, plain: bytes, header: bytes) -> bytes:
        nonce = tail.ljust(_XCHACHA_NONCE_SIZE, b"\0")
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, header, nonce, key)

    def unseal(tail: bytes, secret: bytes, header: bytes) -> bytes:
        nonce = tail.ljust(_XCHACHA_NONCE_SIZE, b"\0")
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(secret, header, nonce, key)

    return seal, unseal


@define(kw_only=True)
class Lane:
    """The transport cipher of one session: opens what its client sends, seals what it gets.

    Both directions share the key and count their nonces on their own, as Discord's server does.
    """

    mode: Mode
    key: bytes = field(repr=False)
    _seal: Crypt = field(init=False, repr=False)
    _unseal: Crypt = field(init=False, repr=False)
    _sent: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._seal, self._unseal = _aes(self.key) if self.mode is Mode.AES256_GCM else _xchacha(self.key)

    def unseal(self, packet: bytes, header_size: int) -> bytes | None:
        """The decrypted part of a packet.

        Returns:
            None if it was not sealed with this key, this header and this nonce.
        """
        secret = packet[header_size:-NONCE_TAIL_SIZE]
        try:
            return self._unseal(packet[-NONCE_TAIL_SIZE:], secret, packet[:header_size])
        except (InvalidTag, nacl.exceptions.CryptoError, ValueError):
            return None

    def seal(self, header: bytes, plain: bytes) -> bytes:
        """A whole packet: header, sealed text and a nonce that was never used with this key on this side."""
        # The top bit keeps the server's nonces apart from the client's, which counts up from zero.
        tail = (0x80000000 | self._sent).to_bytes(NONCE_TAIL_SIZE, "big")
        self._sent = (self._sent + 1) & 0x7FFFFFFF
        return header + self._seal(tail, plain, header) + tail
