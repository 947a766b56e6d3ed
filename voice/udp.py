"""The UDP side of a call: a connected socket, IP discovery, sending without waiting.

A shell; imports ``voice.rtp`` and ``voice.departures``.

Rules:

- Sending never waits: what the kernel does not take at once is dropped, as the network might have done. An
  ``OSError`` of a single packet (a route that comes and goes) is counted, not raised.
- After the discovery nothing is read: what others say stays in the kernel's buffer, which is small and full,
  and costs no wake-up.
- A datagram every 5 s keeps the way through routers open, whether music plays or not.
"""

import errno
import logging
import socket
from collections.abc import Callable
from typing import Final

import trio
from attrs import define, field

from voice.departures import DEPARTURES
from voice.rtp import (
    DISCOVERY_BYTES,
    KEEP_ALIVE_S,
    Discovered,
    MalformedPacket,
    parse_discovery_response,
    to_discovery_request,
    to_keep_alive,
)

DISCOVERY_RETRY_S: Final = 0.5
_RECEIVE_BUFFER_BYTES: Final = 4096
_GROUPS: Final = 10

_log: Final = logging.getLogger(__name__)


@define
class UdpLink:
    """A socket connected to one voice server."""

    _socket: socket.socket
    dropped: int = field(default=0, init=False)
    send_now: Callable[[bytes], object] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.send_now = self._socket.send

    @classmethod
    def connect(cls, address: str, port: int) -> "UdpLink":
        """Open a socket to ``address``, an IPv4 or IPv6 literal.

        Raises:
            OSError: no socket, or no literal.
        """
        try:
            family, kind, protocol, _name, target = socket.getaddrinfo(
                address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )[0]
        except UnicodeError as error:
            raise OSError(errno.EINVAL, "no address") from error
        udp = socket.socket(family, kind, protocol)
        try:
            udp.setblocking(False)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            udp.connect(target)
        except OSError:
            udp.close()
            raise
        return cls(udp)

    def close(self) -> None:
        """Close the socket; sending afterwards only counts as dropped."""
        if self.dropped:
            _log.info("voice connection: %d packets could not leave", self.dropped)
        self._socket.close()

    def send(self, packet: bytes) -> None:
        """Send ``packet`` with the others of this tick, or never."""
        DEPARTURES.post(self, packet)

    async def discover(self, ssrc: int) -> Discovered:
        """Our own address as the server sees it; asks again until an answer comes."""
        request = to_discovery_request(ssrc)
        while True:
            self.send(request)
            with trio.move_on_after(DISCOVERY_RETRY_S):
                while True:
                    found = await self._receive_discovered()
                    if found is not None and found.ssrc == ssrc:
                        return found

    async def run_keep_alive(self, ssrc: int) -> None:
        """Keep the way open until cancelled. Calls do so in groups, to wake the node less often."""
        packet = to_keep_alive(ssrc)
        shift_s = ssrc % _GROUPS * KEEP_ALIVE_S / _GROUPS
        while True:
            past = (trio.current_time() - shift_s) // KEEP_ALIVE_S
            await trio.sleep_until((past + 1) * KEEP_ALIVE_S + shift_s)
            self.send(packet)

    async def _receive_discovered(self) -> Discovered | None:
        await trio.lowlevel.wait_readable(self._socket)
        try:
            return parse_discovery_response(self._socket.recv(DISCOVERY_BYTES + 1))
        except (OSError, MalformedPacket):
            # A refused port shows up as an error of the next read; the question is asked again anyway.
            await trio.sleep(DISCOVERY_RETRY_S)
            return None
