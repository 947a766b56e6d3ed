"""A process that hears the packets of many calls and notes when each arrived, to the microsecond.

The kernel stamps each packet as it comes in, so that a busy machine delays the notes and not the times. It
answers IP discovery and decrypts nothing: that what is sent is right is for the suite to say.

Used by the benches: :class:`Ear` starts the process and asks it. Run as ``python -m tests.bench.voice_ear``
it prints its port, hears until its stdin closes, then prints what it heard.
"""

import socket
import struct
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import msgspec
from attrs import frozen

from voice.rtp import Discovered, parse_discovery_request, to_discovery_response

_SO_TIMESTAMPNS: Final = 35
_SO_RCVBUFFORCE: Final = 33
_BUFFER_BYTES: Final = 64 << 20
_TIMESPEC: Final = struct.Struct("@ll")
_HEADER: Final = struct.Struct(">xxHII")
_ROOM_BYTES: Final = 80
_REST_S: Final = 0.02
"""Between two looks into the socket: whoever sends shall not pay for waking us with each packet."""
_ANSWER_AFTER_S: Final = 0.005
"""discord.py asks first and listens afterwards: an answer within microseconds is read by nobody."""


@frozen
class Notes:
    """What was heard of one SSRC: arrival in seconds of the wall clock, and sequence numbers."""

    at: list[float]
    sequence: list[int]


@frozen
class Ear:
    """The listening process, seen from the bench."""

    port: int
    _process: "subprocess.Popen[bytes]"

    def hear_out(self) -> dict[int, Notes]:
        """End the process and take its notes, by SSRC."""
        output, _ = self._process.communicate()
        raw = msgspec.msgpack.decode(output, type=dict[int, tuple[list[float], list[int]]])
        return {ssrc: Notes(at, sequence) for ssrc, (at, sequence) in raw.items()}


@contextmanager
def open_ear() -> Generator[Ear]:
    """A listening process of its own."""
    command = [sys.executable, "-m", "tests.bench.voice_ear"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Ear(int.from_bytes(process.stdout.read(2), "big"), process)
        finally:
            process.kill()


def _open_socket() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    try:
        udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    except PermissionError:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return udp


def _listen(udp: socket.socket, heard: dict[int, tuple["array[float]", "array[int]"]]) -> None:
    room = socket.CMSG_SPACE(_TIMESPEC.size)
    receive, unpack, unpack_header = udp.recvmsg, _TIMESPEC.unpack, _HEADER.unpack_from
    while True:
        # The header is enough; the rest of the packet is cut off.
        try:
            data, extra, _flags, address = receive(_ROOM_BYTES, room, socket.MSG_DONTWAIT)
        except BlockingIOError:
            time.sleep(_REST_S)
            continue
        asking = parse_discovery_request(data)
        if asking is not None:
            here = cast("tuple[str, int]", address)
            found = Discovered(ssrc=asking, address=here[0], port=here[1])
            answer = to_discovery_response(found)
            threading.Timer(_ANSWER_AFTER_S, udp.sendto, (answer, here)).start()
            continue
        if len(data) < _HEADER.size:
            continue
        seconds, nanoseconds = unpack(extra[0][2])
        sequence, _timestamp, ssrc = unpack_header(data)
        notes = heard.get(ssrc)
        if notes is None:
            notes = heard[ssrc] = (array("d"), array("H"))
        notes[0].append(seconds + nanoseconds / 1e9)
        notes[1].append(sequence)


def main() -> None:
    """Hear until stdin closes."""
    udp = _open_socket()
    heard: dict[int, tuple[array[float], array[int]]] = {}
    threading.Thread(target=_listen, args=(udp, heard), daemon=True).start()
    port: int = udp.getsockname()[1]
    sys.stdout.buffer.write(port.to_bytes(2, "big"))
    sys.stdout.buffer.flush()
    sys.stdin.buffer.read()
    notes = {ssrc: (list(at), list(sequence)) for ssrc, (at, sequence) in list(heard.items())}
    sys.stdout.buffer.write(msgspec.msgpack.encode(notes))


if __name__ == "__main__":
    main()
