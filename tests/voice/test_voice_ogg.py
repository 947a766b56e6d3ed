"""Files of Ogg read page by page: to the byte what PyAV reads, whatever is wrong with them."""

import base64
import io
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.voice.reading import frames_of
from tests.voice.sounds import write_sound
from voice.demux import Reader, fits_untouched
from voice.ogg import NotPlain, OggOpus, checksum_of
from voice.protocol import Playing, Source
from voice.slots import RawFrame
from voice.source import SourceFailed

SEQUENCE = slice(18, 22)
CHECKSUM = slice(22, 26)
FLAGS = 5


def read(path: Path, offset_ms: int = 0) -> list[RawFrame]:
    source = Source(location=str(path), is_file=True)
    return frames_of(Reader.open(Playing(track_id=1, source=source, offset_ms=offset_ms)))


def read_by_pyav(path: Path, offset_ms: int = 0) -> list[RawFrame]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voice.demux._Pages", NoPages)
        return read(path, offset_ms)


class NoPages:
    @classmethod
    def open(cls, source: object, container: object) -> None:
        del source, container


def is_read_by_pages(path: Path) -> bool:
    """Whether nothing of it is left to PyAV."""
    with path.open("rb") as file:
        try:
            list(OggOpus(file, fits_untouched).runs(0.0))
        except NotPlain:
            return False
    return True


def pages_of(data: bytes) -> list[bytearray]:
    pages: list[bytearray] = []
    while data:
        lengths = data[27 : 27 + data[26]]
        size = 27 + len(lengths) + sum(lengths)
        pages.append(bytearray(data[:size]))
        data = data[size:]
    return pages


def with_checksum(page: bytearray) -> bytearray:
    page[CHECKSUM] = bytes(4)
    page[CHECKSUM] = checksum_of(bytes(page)).to_bytes(4, "little")
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ogg")


@pytest.fixture(scope="module")
def song(folder: Path) -> Path:
    """Six seconds in pages of one."""
    return write_sound(folder / "song.ogg", "libopus", 48_000, seconds=6.005)


def test_the_checksum_is_that_of_the_format(song: Path) -> None:
    for page in pages_of(song.read_bytes()):
        stored = bytes(page[CHECKSUM])
        assert with_checksum(page)[CHECKSUM] == stored


@pytest.mark.parametrize("offset_ms", [0, 1, 20, 990, 1000, 1010, 2995, 5980, 6000, 9000])
def test_an_ordinary_file_is_read_as_pyav_reads_it(song: Path, offset_ms: int) -> None:
    assert is_read_by_pages(song)
    found = read(song, offset_ms)
    assert found == read_by_pyav(song, offset_ms)
    assert len(found) == pytest.approx(max(0, 301 - offset_ms // 20), abs=1)


@pytest.mark.parametrize("offset_ms", [0, 700, 2000])
@pytest.mark.parametrize("rate", [510_000, 48_000])
@pytest.mark.parametrize("lasts_us", ["1", "90000", "4000000"])
def test_pages_of_every_size(folder: Path, rate: int, lasts_us: str, offset_ms: int) -> None:
    path = folder / f"{rate}-{lasts_us}.ogg"
    if not path.exists():
        write_sound(path, "libopus", 48_000, seconds=2.5, bit_rate=rate, muxing={"page_duration": lasts_us})
    assert is_read_by_pages(path)
    assert read(path, offset_ms) == read_by_pyav(path, offset_ms)


def repaged(pages: list[bytearray], segments: int) -> bytes:
    """The same packets on pages of so many segments, so that packets go over from page to page."""
    head, tags, *audio = pages
    lengths = b"".join(bytes(page[27 : 27 + page[26]]) for page in audio)
    body = b"".join(bytes(page[27 + page[26] :]) for page in audio)
    serial, out, ended = head[14:18], [head, tags], 0
    for number, at in enumerate(range(0, len(lengths), segments)):
        part = lengths[at : at + segments]
        complete = len(part) - part.count(255)
        ended += complete
        granule = ended * 960 if complete else -1
        last = at + segments >= len(lengths)
        flags = (at > 0 and lengths[at - 1] == 255) | (4 if last else 0)
        if last:
            granule = int.from_bytes(audio[-1][6:14], "little")
        page = bytearray(b"OggS\0") + bytes([flags]) + granule.to_bytes(8, "little", signed=True) + serial
        page += (number + 2).to_bytes(4, "little") + bytes(4) + bytes([len(part)]) + part + body[: sum(part)]
        body = body[sum(part) :]
        out.append(with_checksum(page))
    return b"".join(out)


@pytest.mark.parametrize("segments", [1, 2, 7, 255])
@pytest.mark.parametrize("offset_ms", [0, 20, 1500])
def test_packets_go_over_from_page_to_page(song: Path, folder: Path, segments: int, offset_ms: int) -> None:
    path = folder / f"repaged-{segments}.ogg"
    path.write_bytes(repaged(pages_of(song.read_bytes()), segments))
    assert is_read_by_pages(path)
    assert read(path, offset_ms) == read_by_pyav(path, offset_ms)
    assert read(path) == read(song)


def damaged(pages: list[bytearray]) -> list[bytearray]:
    pages[4][500] ^= 0x55
    return pages


def without_one(pages: list[bytearray]) -> list[bytearray]:
    return pages[:4] + pages[5:]


def with_another_stream(pages: list[bytearray]) -> list[bytearray]:
    stranger = bytearray(pages[3])
    stranger[14] ^= 1
    return [*pages[:4], with_checksum(stranger), *pages[4:]]


def chained(pages: list[bytearray]) -> list[bytearray]:
    return pages + pages


def with_a_jump_in_time(pages: list[bytearray]) -> list[bytearray]:
    for page in pages[4:]:
        granule = int.from_bytes(page[6:14], "little") + 96_000
        page[6:14] = granule.to_bytes(8, "little")
        with_checksum(page)
    return pages


def with_foreign_packets(pages: list[bytearray]) -> list[bytearray]:
    page = pages[4]
    page[27 + page[26]] ^= 0b100
    with_checksum(page)
    return pages


def without_an_end(pages: list[bytearray]) -> list[bytearray]:
    return pages[:-1]


def cut_off(pages: list[bytearray]) -> list[bytearray]:
    return [*pages[:5], pages[5][:1000]]


def cut_off_in_a_header(pages: list[bytearray]) -> list[bytearray]:
    return [*pages[:5], pages[5][:12]]


MISHAPS: list[Callable[[list[bytearray]], list[bytearray]]] = [
    damaged,
    without_one,
    with_another_stream,
    chained,
    with_a_jump_in_time,
    with_foreign_packets,
    without_an_end,
    cut_off,
    cut_off_in_a_header,
]


@pytest.mark.parametrize("mishap", MISHAPS)
def test_what_is_not_plain_is_read_as_pyav_reads_it(
    song: Path, folder: Path, mishap: Callable[[list[bytearray]], list[bytearray]]
) -> None:
    path = folder / f"{mishap.__name__}.ogg"
    path.write_bytes(b"".join(mishap(pages_of(song.read_bytes()))))
    found, wanted = read(path), read_by_pyav(path)
    assert [type(slot) for slot in found] == [type(slot) for slot in wanted]
    assert found == wanted
    assert len(found) >= 100


@pytest.mark.parametrize("mishap", MISHAPS)
def test_behind_an_offset_nothing_is_read_twice_or_lost(
    song: Path, folder: Path, mishap: Callable[[list[bytearray]], list[bytearray]]
) -> None:
    path = folder / f"{mishap.__name__}-later.ogg"
    path.write_bytes(b"".join(mishap(pages_of(song.read_bytes()))))
    whole, later = read(path), read(path, 500)
    assert later == whole[-len(later) :]
    assert len(whole) - len(later) == pytest.approx(25, abs=1)


def test_a_file_of_one_page_is_trimmed_at_its_end(folder: Path) -> None:
    path = write_sound(folder / "short.ogg", "libopus", 48_000, seconds=0.31)
    assert len(pages_of(path.read_bytes())) == 3
    assert is_read_by_pages(path)
    assert read(path) == read_by_pyav(path)


def picture(size: int) -> str:
    """A front cover as a tag holds it (FLAC's block of a picture, in base64)."""
    kind = b"image/png"
    data = b"\x89PNG\r\n\x1a\n" + bytes(size)
    block = struct.pack(">II9sI5I", 3, len(kind), kind, 0, 1, 1, 24, 0, len(data)) + data
    return base64.b64encode(block).decode()


def test_a_cover_may_fill_pages(folder: Path) -> None:
    tags = {"METADATA_BLOCK_PICTURE": picture(150_000), "title": "Song"}
    path = write_sound(folder / "cover.ogg", "libopus", 48_000, seconds=2.0, tags=tags)
    assert len(pages_of(path.read_bytes())) > 5
    assert is_read_by_pages(path)
    assert read(path) == read_by_pyav(path)


def test_any_bytes_are_refused_or_read(song: Path) -> None:
    plain, rng = song.read_bytes(), random.Random(7)
    for _ in range(300):
        data = bytearray(plain[: rng.randrange(len(plain))])
        for _ in range(rng.randrange(1, 5)):
            if data:
                data[min(rng.randrange(len(data)), rng.randrange(2000))] = rng.randrange(256)
        try:
            list(OggOpus(io.BytesIO(bytes(data)), fits_untouched).runs(rng.choice((-1e9, 0.0, 48_000.0))))
        except NotPlain:
            continue


def test_a_file_that_vanishes_meanwhile_is_read_to_its_end(song: Path, folder: Path) -> None:
    path = folder / "vanishing.ogg"
    path.write_bytes(song.read_bytes())
    reader = Reader.open(Playing(track_id=1, source=Source(location=str(path), is_file=True)))
    path.unlink()
    assert len(frames_of(reader)) == len(read(song))


def test_nothing_but_headers_is_no_sound(song: Path, folder: Path) -> None:
    path = folder / "silent.ogg"
    path.write_bytes(b"".join(pages_of(song.read_bytes())[:2]))
    with pytest.raises(SourceFailed):
        read(path)
