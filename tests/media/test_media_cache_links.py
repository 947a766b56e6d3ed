"""What may change behind its link: kept with its version or for a day, and asked for again."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import trio
from attrs import define

from media.tracks import TextQuery
from tests.media.cache_bench import GUILD, OTHER, SECONDS, open_bench
from tests.media.sounds import sound
from tests.media.web import Page, Request, body, head


async def test_a_page_that_is_no_site_of_its_own_is_believed_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(
        tmp_path, {"/sound": body(sound("webm", SECONDS), "audio/webm")}, extractor="generic"
    ) as bench:
        track = await bench.find()
        await bench.play(track)
        assert await bench.is_kept(track)
        asked = len(bench.extractor.read)
        await bench.find()
        assert len(bench.extractor.read) == asked
        monkeypatch.setattr("media.kept_links.TRUSTED_FOR", timedelta(0))
        assert not await bench.is_kept(track)
        await bench.play(track)
        assert bench.asked["/sound"] == 2


def versioned(content: bytes, *lines: str) -> Page:
    """A file whose server names its version, and knows whether that is asked for."""
    named = dict(line.split(": ") for line in lines)
    whole = body(content, "audio/ogg")

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        told = request.headers.get("if-none-match") or request.headers.get("if-modified-since")
        if told is not None and told in named.values():
            await stream.send_all(head("304 Not Modified", *lines))
            return
        both = named | {"Accept-Ranges": "bytes"}
        await whole(_Adding(stream, both), request)  # pyright: ignore[reportArgumentType] - it only sends

    return page


@define
class _Adding:
    """Puts further lines into the head that passes."""

    stream: trio.abc.Stream
    lines: Mapping[str, str]

    async def send_all(self, data: bytes) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in self.lines.items())
        await self.stream.send_all(data.replace(b"\r\n\r\n", f"\r\n{more}\r\n".encode(), 1))


@pytest.mark.parametrize("version", ['ETag: "v1"', "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT"])
async def test_a_link_to_a_file_is_kept_with_its_version_and_asked_for_changes(
    tmp_path: Path, version: str
) -> None:
    async with open_bench(tmp_path, {"/a.ogg": versioned(sound("ogg", SECONDS), version)}) as bench:
        (track,) = (await bench.media.resolver.resolve(TextQuery(text=bench.web.url("/a.ogg")), GUILD)).tracks
        heard = await bench.play(track)
        asked = len(bench.web.requests)
        assert await bench.play(track, OTHER) == heard
        (question,) = bench.web.requests[asked:]
        assert question.headers.keys() & {"if-none-match", "if-modified-since"}
        bench.web.pages["/a.ogg"] = versioned(sound("ogg", 1.0), 'ETag: "v2"')
        assert len(await bench.play(track)) < 60, "the new one"
        asked = len(bench.web.requests)
        assert len(await bench.play(track)) < 60
        assert len(bench.web.requests) == asked + 1
        bench.web.pages.clear()
        assert not await bench.is_kept(track), "nobody knows whether it is still that"


async def test_a_file_without_a_version_is_not_kept(tmp_path: Path) -> None:
    async with open_bench(tmp_path, {"/a.ogg": body(sound("ogg", SECONDS))}) as bench:
        (track,) = (await bench.media.resolver.resolve(TextQuery(text=bench.web.url("/a.ogg")), GUILD)).tracks
        await bench.play(track)
        assert not await bench.is_kept(track)
        assert bench.names == []
