"""The external sender: the voice server's own signing key, and the proposals it makes with it.

Imports ``mls_wire``. A proposal of an external sender is signed over its framed content alone, without the
context of the group, which a server does not have.

Source: RFC 9420, sections 6.1 (content authentication), 12.1.8 (external proposals), 5.2 (references); DAVE
protocol, sections "External Sender" and "dave_mls_external_sender_package (25)".
"""

from typing import Final

from attrs import define, field, frozen
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway_client.ids import UserId
from sandbox.voice.mls_wire import BASIC, PUBLIC_MESSAGE, VERSION, KeyPackage, reference, to_be_signed, vector

_SENDER_EXTERNAL: Final = 2
_CONTENT_PROPOSAL: Final = 2
_ADD: Final = 1
_REMOVE: Final = 3


@frozen(kw_only=True)
class Proposal:
    """One proposal that was made: to add ``package``, or to remove the leaf of ``user_id``."""

    user_id: UserId
    package: KeyPackage | None
    message: bytes = field(repr=False)
    reference: bytes = field(repr=False)


@define
class ExternalSender:
    """Signs the proposals of one voice server."""

    _key: ec.EllipticCurvePrivateKey = field(factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def package(self) -> bytes:
        """The payload of op 25."""
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return vector(public) + BASIC.to_bytes(2, "big") + vector(b"sandbox")

    def add(self, group_id: bytes, epoch: int, package: KeyPackage) -> Proposal:
        """Propose to add the owner of ``package``."""
        body = _ADD.to_bytes(2, "big") + package.raw
        return self._propose(group_id, epoch, body, UserId(package.user_id), package)

    def remove(self, group_id: bytes, epoch: int, user_id: UserId, leaf_index: int) -> Proposal:
        """Propose to remove the leaf at ``leaf_index``, which is that of ``user_id``."""
        body = _REMOVE.to_bytes(2, "big") + leaf_index.to_bytes(4, "big")
        return self._propose(group_id, epoch, body, user_id, None)

    def _propose(
        self, group_id: bytes, epoch: int, body: bytes, user_id: UserId, package: KeyPackage | None
    ) -> Proposal:
        sender = bytes([_SENDER_EXTERNAL]) + (0).to_bytes(4, "big")
        content = (
            vector(group_id)
            + epoch.to_bytes(8, "big")
            + sender
            + vector(b"")
            + bytes([_CONTENT_PROPOSAL])
            + body
        )
        framing, version = PUBLIC_MESSAGE.to_bytes(2, "big"), VERSION.to_bytes(2, "big")
        signed = to_be_signed("FramedContentTBS", version + framing + content)
        authenticated = framing + content + vector(self._key.sign(signed, ec.ECDSA(SHA256())))
        return Proposal(
            user_id=user_id,
            package=package,
            message=version + authenticated,
            reference=reference("Proposal", authenticated),
        )
