"""Answers from this machine's disk: ranges as of a server, and what is asked of the server after all."""

import pytest
import trio
from attrs import define

from media.errors import MediaError, MediaFailure
from media.guard_job import Job
from media.guard_stored import find_piece
from media.guard_wire import Wanted

CONTENT = bytes(range(10))


@define
class Memory:
    """A file that has come so far."""

    there: int = len(CONTENT)
    known: bool = True

    async def size(self) -> int | None:
        return len(CONTENT) if self.known else None

    def is_near(self, at: int) -> bool:
        return at <= self.there

    async def read(self, at: int, most: int) -> bytes:
        if at >= self.there:
            await trio.sleep_forever()
        return CONTENT[at : min(at + most, self.there)][:4]


@define
class Child:
    """What a child received."""

    received: bytes = b""

    async def send_all(self, data: bytes) -> None:
        self.received += data


def wanted(*lines: str, method: str = "GET", tunnel: bool = False) -> Wanted:
    head = "\r\n".join([f"{method} /x HTTP/1.1", "Host: a", *lines, "", ""]).encode()
    return Wanted(host="a", port=80, tunnel=tunnel, head=head)


async def answer(stored: Memory, request: Wanted, job: Job | None = None) -> tuple[str, bytes] | None:
    """Status and Content-Range together, and the body."""
    piece = await find_piece(stored, request)
    if piece is None:
        return None
    child = Child()
    own = job or Job(proxy_url="http://job:t@127.0.0.1:1", token="t")
    own.denial = await piece.send(child, own, "a")  # pyright: ignore[reportArgumentType] - it only sends
    head, _, body = child.received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    told = [line.partition(": ")[2] for line in lines if line.startswith("Content-Range")]
    return " ".join([lines[0].split(" ")[1], *told]), body


@pytest.mark.parametrize(
    ("lines", "status", "body"),
    [
        ([], "200", CONTENT),
        (["Range: bytes=0-"], "206 bytes 0-9/10", CONTENT),
        (["range:bytes=7-"], "206 bytes 7-9/10", CONTENT[7:]),
        (["Range: bytes=2-4"], "206 bytes 2-4/10", CONTENT[2:5]),
        (["Range: bytes=2-99"], "206 bytes 2-9/10", CONTENT[2:]),
        (["Range: bytes=10-"], "416 bytes */10", b""),
    ],
)
async def test_ranges_are_answered_as_a_server_would(lines: list[str], status: str, body: bytes) -> None:
    assert await answer(Memory(), wanted(*lines)) == (status, body)


async def test_what_is_not_understood_or_not_there_is_asked_of_the_server(autojump_clock: object) -> None:
    for request in (
        wanted("Range: bytes=-5"),
        wanted("Range: bytes=0-1,4-5"),
        wanted("Range: bytes=4-2"),
        wanted(method="HEAD"),
        wanted(method="POST"),
        wanted(tunnel=True),
    ):
        assert await answer(Memory(), request) is None
    assert await answer(Memory(known=False), wanted()) is None
    start = trio.current_time()
    assert await answer(Memory(there=4), wanted("Range: bytes=8-")) is None
    assert 0 < trio.current_time() - start < 1, "not for long"


async def test_bytes_count_wherever_they_come_from() -> None:
    job = Job(proxy_url="http://job:t@127.0.0.1:1", token="t", max_bytes=6)
    _, body = await answer(Memory(), wanted(), job) or ("", b"")
    assert body == CONTENT[:4]
    assert isinstance(job.denial, MediaError)
    assert job.denial.kind is MediaFailure.TOO_LARGE
