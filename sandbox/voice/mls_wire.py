"""The parts of MLS messages that a delivery service reads: key packages, commits, welcomes. Bytes to values.

A voice server is no member of the group: it sees who is added by which key package, who commits what in which
epoch, and which secret of a welcome is for whom; the rest it passes on as it came. Imports nothing of ours.

Failure mode: whatever ends too early, or is not of the kind that is expected, raises :class:`MalformedMls`.

Source: RFC 9420, sections 2.1.2 (vectors), 6 (framing), 7.2 (leaf nodes), 10 (key packages), 12.4 (commits,
welcomes), 5.2 (references).
"""

import hashlib
from typing import Final

from attrs import define, field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

VERSION: Final = 1
CIPHERSUITE: Final = 2
"""DHKEM(P-256), AES-128-GCM, SHA-256, P-256."""
PUBLIC_MESSAGE: Final = 1
BASIC: Final = 1
SENDER_MEMBER: Final = 1
CONTENT_COMMIT: Final = 3
BY_REFERENCE: Final = 2
LEAF_OF_KEY_PACKAGE: Final = 1
LEAF_OF_COMMIT: Final = 3
FOREVER: Final = (0, (1 << 64) - 1)


class MalformedMls(ValueError):
    """Bytes that are not the message they should be."""


def vector(content: bytes) -> bytes:
    """``content`` with its length in front, in one, two or four bytes."""
    size = len(content)
    if size < 1 << 6:
        return bytes([size]) + content
    if size < 1 << 14:
        return (size | 1 << 14).to_bytes(2, "big") + content
    return (size | 1 << 31).to_bytes(4, "big") + content


def reference(label: str, value: bytes) -> bytes:
    """A hash by which MLS names a key package or a proposal."""
    return hashlib.sha256(vector(f"MLS 1.0 {label} Reference".encode()) + vector(value)).digest()


def to_be_signed(label: str, content: bytes) -> bytes:
    """What a signature with a label signs."""
    return vector(f"MLS 1.0 {label}".encode()) + vector(content)


@define
class Reader:
    """Reads one message from front to back."""

    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes.

        Raises:
            MalformedMls: there are fewer.
        """
        part = self.data[self.at : self.at + size]
        if len(part) < size:
            raise MalformedMls("the message ends too early")
        self.at += size
        return part

    def number(self, size: int) -> int:
        """The next number of ``size`` bytes."""
        return int.from_bytes(self.take(size), "big")

    def expect(self, size: int, value: int) -> None:
        """The next number, which must be this one.

        Raises:
            MalformedMls: it is another.
        """
        found = self.number(size)
        if found != value:
            raise MalformedMls(f"{found} stands where {value} should")

    def vector(self) -> bytes:
        """The next vector, without its length."""
        kind = self.data[self.at] >> 6 if self.at < len(self.data) else 3
        if kind > 2:
            raise MalformedMls("a length is missing")
        size = 1 << kind
        return self.take(self.number(size) & ((1 << (8 * size - 2)) - 1))

    @property
    def ended(self) -> bool:
        """Whether everything was read."""
        return self.at >= len(self.data)


@frozen(kw_only=True)
class Leaf:
    """A leaf node, as far as it matters here."""

    signature_key: bytes
    identity: bytes
    lifetime: tuple[int, int] | None


def _read_leaf(reader: Reader) -> Leaf:
    reader.vector()
    signature_key = reader.vector()
    reader.expect(2, BASIC)
    identity = reader.vector()
    for _ in range(5):
        reader.vector()
    source, lifetime = reader.number(1), None
    if source == LEAF_OF_KEY_PACKAGE:
        lifetime = (reader.number(8), reader.number(8))
    elif source == LEAF_OF_COMMIT:
        reader.vector()
    reader.vector()
    reader.vector()
    return Leaf(signature_key=signature_key, identity=identity, lifetime=lifetime)


@frozen(kw_only=True)
class KeyPackage:
    """A key package, checked: whom it adds, and by which name a welcome calls it."""

    raw: bytes = field(repr=False)
    user_id: int
    reference: bytes = field(repr=False)


def parse_key_package(data: bytes, user_id: int) -> KeyPackage:
    """Read the key package that ``user_id`` sent and check what a voice gateway checks.

    Raises:
        MalformedMls: it is none, names somebody else, has another lifetime than for ever, or is not signed.
    """
    reader = Reader(data)
    reader.expect(2, VERSION)
    reader.expect(2, CIPHERSUITE)
    reader.vector()
    leaf = _read_leaf(reader)
    reader.vector()
    signed = data[: reader.at]
    signature = reader.vector()
    if not reader.ended or leaf.identity != user_id.to_bytes(8, "big") or leaf.lifetime != FOREVER:
        raise MalformedMls("the key package is not for this user and for ever")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), leaf.signature_key)
        key.verify(signature, to_be_signed("KeyPackageTBS", signed), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise MalformedMls("the key package is not signed by its own key") from error
    return KeyPackage(raw=data, user_id=user_id, reference=reference("KeyPackage", data))


@frozen(kw_only=True)
class Welcome:
    """A welcome: the secrets by key package, and the rest that all of them need."""

    secrets: dict[bytes, bytes]
    group_info: bytes

    def only_for(self, package: KeyPackage) -> bytes:
        """The welcome with the secrets of one newcomer.

        Raises:
            KeyError: it has none for them.
        """
        secret = self.secrets[package.reference]
        return CIPHERSUITE.to_bytes(2, "big") + vector(secret) + vector(self.group_info)


@frozen(kw_only=True)
class Commit:
    """A commit of a member, and the welcome that came with it.

    Args:
        references: of the proposals it makes true, in its order; ``None`` if it contains others by value.
    """

    raw: bytes = field(repr=False)
    group_id: bytes
    epoch: int
    leaf_index: int
    references: tuple[bytes, ...] | None
    welcome: Welcome | None = field(repr=False)


def _read_references(data: bytes) -> tuple[bytes, ...] | None:
    reader, found = Reader(data), list[bytes]()
    while not reader.ended:
        if reader.number(1) != BY_REFERENCE:
            return None
        found.append(reader.vector())
    return tuple(found)


def _read_welcome(reader: Reader) -> Welcome:
    reader.expect(2, CIPHERSUITE)
    inner, secrets = Reader(reader.vector()), dict[bytes, bytes]()
    while not inner.ended:
        start = inner.at
        name = inner.vector()
        inner.vector()
        inner.vector()
        secrets[name] = inner.data[start : inner.at]
    return Welcome(secrets=secrets, group_info=reader.vector())


def parse_commit_welcome(data: bytes) -> Commit:
    """Read the payload of op 28: a commit, and behind it perhaps a welcome.

    Raises:
        MalformedMls: it is something else.
    """
    reader = Reader(data)
    reader.expect(2, VERSION)
    reader.expect(2, PUBLIC_MESSAGE)
    group_id, epoch = reader.vector(), reader.number(8)
    reader.expect(1, SENDER_MEMBER)
    leaf_index = reader.number(4)
    reader.vector()
    reader.expect(1, CONTENT_COMMIT)
    references = _read_references(reader.vector())
    if reader.number(1):
        _read_leaf(reader)
        reader.vector()
    for _signature_and_tags in range(3):
        reader.vector()
    raw = data[: reader.at]
    return Commit(
        raw=raw,
        group_id=group_id,
        epoch=epoch,
        leaf_index=leaf_index,
        references=references,
        welcome=None if reader.ended else _read_welcome(reader),
    )
