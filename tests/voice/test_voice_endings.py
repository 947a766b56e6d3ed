"""An answer that ends with its connection: a file is heard once, what broke off and a radio go on."""

import time
from collections.abc import Callable
from pathlib import Path

import av.logging
import pytest
import trio

from tests.voice import web
from tests.voice.reading import ALL, frames_of
from tests.voice.sounds import packets_of_file
from voice.protocol import Playing, Reason, Source
from voice.slots import Pcm, RawFrame
from voice.source import SourceFailed
from voice.steady import PATIENT_ATTEMPTS, SteadyReader

av.logging.set_level(None)

RADIO = "icy-name: Radio Roadie\r\n"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice.steady.PAUSE_S", 0.0)


def read(url: str, offset_ms: int, limit: int, is_wanted: Callable[[], bool]) -> list[RawFrame]:
    source = Source(location=url, is_file=False, proxy=web.guard_of(url))
    playing = Playing(track_id=1, source=source, offset_ms=offset_ms)
    return frames_of(SteadyReader.open(playing, is_wanted), limit)


async def read_page(
    server: web.Web,
    handler: web.Handler,
    *,
    offset_ms: int = 0,
    limit: int = ALL,
    is_wanted: Callable[[], bool] = lambda: True,
) -> list[RawFrame]:
    server.pages = {"/sound": handler}
    return await trio.to_thread.run_sync(read, server.url("/sound"), offset_ms, limit, is_wanted)


def in_one_chunk(body: bytes, headers: str = "") -> web.Handler:
    """Does not tell how much there is, but where it ends."""

    async def handle(_request: web.Request, stream: web.Stream) -> None:
        head = f"HTTP/1.1 200 OK\r\n{headers}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode()
        await stream.send_all(head + body + b"\r\n0\r\n\r\n")

    return handle


def live(sounds: dict[str, Path], connection: int) -> bytes:
    """One and a half seconds of a radio, from where it is."""
    return b"".join(packets_of_file(sounds["mp3"])[5 * connection :][:60])


async def whole(server: web.Web, body: bytes) -> list[RawFrame]:
    """What is heard of a file where its end is told."""
    return await read_page(server, in_one_chunk(body))


def each_once(heard: list[RawFrame], expected: list[RawFrame]) -> bool:
    """Slot by slot the same; at the very end one slot may be missing, of which only a part is sound."""
    return heard == expected[: len(heard)] and len(heard) >= len(expected) - 2


@pytest.mark.parametrize("headers", ["", RADIO], ids=["a file", "a file from a radio's server"])
@pytest.mark.parametrize("kind", ["mp3", "ogg", "wav", "webm", "flac"])
async def test_a_file_without_a_length_is_heard_once(
    sounds: dict[str, Path], kind: str, headers: str
) -> None:
    body = sounds[kind].read_bytes()
    async with web.open_web() as server:
        expected = await whole(server, body)
        server.asked.clear()
        heard = await read_page(server, web.unsized(body, headers=headers), limit=1000)
        assert each_once(heard, expected)
        knows_its_length = kind in ("webm", "flac")
        assert len(server.asked) == (1 if knows_its_length else 2)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "wav", "webm", "flac"])
async def test_a_file_without_a_length_that_breaks_off_goes_on(sounds: dict[str, Path], kind: str) -> None:
    body = sounds[kind].read_bytes()
    breaks = (len(body) // 2, len(body) // 4, 3 * len(body) // 4)  # Ogg tells a second at a time
    async with web.open_web() as server:
        expected = await whole(server, body)
        heard = await read_page(server, web.unsized(body, *breaks), limit=1000)
        assert each_once(heard, expected), "no gap, and nothing twice"


async def test_packets_of_a_file_that_breaks_off_are_all_there_once(sounds: dict[str, Path]) -> None:
    body = sounds["ogg"].read_bytes()
    async with web.open_web() as server:
        heard = await read_page(server, web.unsized(body, len(body) // 2), limit=1000)
        assert [slot.data for slot in heard] == packets_of_file(sounds["ogg"])


async def test_from_an_offset_on_it_ends_and_goes_on_as_well(sounds: dict[str, Path]) -> None:
    body = sounds["flac"].read_bytes()
    async with web.open_web() as server:
        expected = (await whole(server, body))[50:]
        heard = await read_page(server, web.unsized(body, 2 * len(body) // 3), offset_ms=1000, limit=1000)
        assert abs(len(heard) - len(expected)) <= 2
        assert all(isinstance(slot, Pcm) for slot in heard)


@pytest.mark.parametrize("headers", ["", RADIO], ids=["unsaid", "said"])
async def test_a_radio_goes_on_at_its_live_edge_however_often_its_server_hangs_up(
    sounds: dict[str, Path], headers: str
) -> None:
    connections = 0

    async def radio(request: web.Request, stream: web.Stream) -> None:
        nonlocal connections
        connections += 1
        await web.unsized(live(sounds, connections), headers=headers)(request, stream)

    async with web.open_web() as server:
        assert len(await read_page(server, radio, limit=300)) == 300
        assert connections >= 4


async def test_a_radio_that_ends_its_answer_properly_goes_on_too(sounds: dict[str, Path]) -> None:
    connections = 0

    async def radio(request: web.Request, stream: web.Stream) -> None:
        nonlocal connections
        connections += 1
        await in_one_chunk(live(sounds, connections), RADIO)(request, stream)

    async with web.open_web() as server:
        assert len(await read_page(server, radio, limit=300)) == 300


async def test_a_file_in_chunks_ends_where_it_says_and_is_asked_for_once(sounds: dict[str, Path]) -> None:
    async with web.open_web() as server:
        heard = await read_page(server, in_one_chunk(sounds["ogg"].read_bytes()), limit=1000)
        assert [slot.data for slot in heard] == packets_of_file(sounds["ogg"])
        assert len(server.asked) == 1


async def test_a_server_that_starts_anew_is_waited_for(sounds: dict[str, Path]) -> None:
    connections = 0

    async def radio(request: web.Request, stream: web.Stream) -> None:
        nonlocal connections
        connections += 1
        if 2 <= connections <= 12:
            await web.answer("404 Not Found")(request, stream)
            return
        await web.unsized(live(sounds, connections))(request, stream)

    async with web.open_web() as server:
        assert len(await read_page(server, radio, limit=100)) == 100
        assert connections == 13


async def test_a_server_that_never_comes_back_is_told(sounds: dict[str, Path]) -> None:
    body = sounds["mp3"].read_bytes()

    async def gone(request: web.Request, stream: web.Stream) -> None:
        once = web.unsized(body, 30_000) if len(server.asked) == 1 else web.answer("404 Not Found")
        await once(request, stream)

    async with web.open_web() as server:
        with pytest.raises(SourceFailed) as caught:
            await read_page(server, gone)
        assert caught.value.reason is Reason.NETWORK
        assert len(server.asked) == 1 + PATIENT_ATTEMPTS


async def test_nobody_waits_for_what_nobody_wants_any_more(sounds: dict[str, Path]) -> None:
    body = sounds["mp3"].read_bytes()
    async with web.open_web() as server:
        with pytest.raises(SourceFailed):
            await read_page(server, web.unsized(body), is_wanted=lambda: False)
        assert len(server.asked) == 1


async def test_a_file_that_comes_again_at_the_pace_of_a_radio_is_not_waited_for_to_its_end(
    sounds: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.steady.REPEATED_S", 0.05)
    body = sounds["mp3"].read_bytes()

    async def slow(_request: web.Request, stream: web.Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        if len(server.asked) == 1:
            await stream.send_all(body)
            return
        for start in range(0, len(body), 1000):
            await stream.send_all(body[start : start + 1000])
            await trio.sleep(0.005)

    async with web.open_web() as server:
        began = time.monotonic()
        assert 100 < len(await read_page(server, slow, limit=1000)) <= 151
        assert time.monotonic() - began < 10.0
