"""What an encrypted call shows to nobody: which key sealed a packet, and which was in force when it left.

Looks into one client's process at the three places where it can be seen: the encryptor, the socket, and the
decryptors of people who listen. It changes nothing of what passes there. Keys are counted from 1 as they are
put in force; a packet is known by its RTP sequence number.
"""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field, frozen

from gateway_client.ids import UserId
from sandbox.voice.dave_ear import Ear
from voice.dave_exchange import Key
from voice.dave_library import DaveLibrary
from voice.udp import UdpLink

_RTP: bytes = b"\x80\x78"
"""Version 2, no padding, payload type of Opus without a marker."""


@frozen(kw_only=True)
class Departure:
    """A packet that left, and the key that was in force then."""

    ssrc: int
    sequence: int
    key: int


@frozen(kw_only=True)
class Hearing:
    """A packet that arrived at somebody who listens, and what they understood."""

    sequence: int
    payload: bytes
    opus: bytes | None


@define(eq=False)
class Witness:
    """Watches one client.

    Args:
        user_id: whose client.
        keys: how many keys it has put in force.
        sealed: every frame that its encryptor gave out, and with which key.
        departures: packets of all clients of this process, in their order.
        heard: packets of the one client, by who listens.
    """

    user_id: UserId
    keys: int = 0
    sealed: dict[bytes, int] = field(factory=dict[bytes, int])
    departures: list[Departure] = field(factory=list[Departure])
    heard: dict[UserId, list[Hearing]] = field(factory=dict[UserId, list[Hearing]])

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin to look."""
        monkeypatch.setattr(DaveLibrary, "use_key", self._using(DaveLibrary.use_key))
        monkeypatch.setattr(DaveLibrary, "encrypt", self._sealing(DaveLibrary.encrypt))
        monkeypatch.setattr(UdpLink, "connect", staticmethod(self._connecting(UdpLink.connect)))
        monkeypatch.setattr(Ear, "decrypt", self._hearing(Ear.decrypt))

    def left(self, ssrc: int) -> list[Departure]:
        """The packets of one stream."""
        return [one for one in self.departures if one.ssrc == ssrc]

    def _using(self, use_key: Callable[[DaveLibrary, Key | None], None]) -> Any:
        def use(library: DaveLibrary, key: Key | None) -> None:
            use_key(library, key)
            self.keys += library._user_id == self.user_id

        return use

    def _sealing(self, encrypt: Callable[[DaveLibrary, bytes], bytes | None]) -> Any:
        def seal(library: DaveLibrary, frame: bytes) -> bytes | None:
            sealed = encrypt(library, frame)
            if sealed is not None and library._user_id == self.user_id:
                self.sealed[sealed] = self.keys
            return sealed

        return seal

    def _connecting(self, connect: Callable[[str, int], UdpLink]) -> Callable[[str, int], UdpLink]:
        def connect_and_watch(address: str, port: int) -> UdpLink:
            link = connect(address, port)
            link.send_now = self._sending(link.send_now)
            return link

        return connect_and_watch

    def _sending(self, send_now: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def send(packet: bytes) -> None:
            send_now(packet)
            if packet.startswith(_RTP):
                sequence, ssrc = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[8:12], "big")
                self.departures.append(Departure(ssrc=ssrc, sequence=sequence, key=self.keys))

        return send

    def _hearing(self, decrypt: Callable[[Ear, UserId, int, bytes, float], bytes | None]) -> Any:
        def hear(ear: Ear, sender: UserId, sequence: int, payload: bytes, now: float) -> bytes | None:
            opus = decrypt(ear, sender, sequence, payload, now)
            if sender == self.user_id:
                hearing = Hearing(sequence=sequence, payload=payload, opus=opus)
                self.heard.setdefault(ear.user_id, []).append(hearing)
            return opus

        return hear
