"""A radio over HLS on the sandbox: it plays, and what its playlist says it plays is shown."""

from pathlib import Path

import trio

from tests.media.web import Page, Request, head, open_web
from tests.scenarios.audio import write_tone
from tests.scenarios.shows import says, until_sound
from tests.scenarios.stage import open_stage
from tests.scenarios.web import allow

PIECES = 4
PIECE_S = 2.0


def radio(titles: list[str]) -> Page:
    """A playlist without an end; ``titles`` may change while it plays."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{PIECE_S:.0f}",
            "#EXT-X-MEDIA-SEQUENCE:0",
        ]
        for number in range(PIECES):
            lines += [f"#EXTINF:{PIECE_S},{titles[-1]}", f"/piece{number}.ts"]
        body = "\n".join([*lines, ""]).encode()
        kind = "Content-Type: application/vnd.apple.mpegurl"
        await stream.send_all(head("200 OK", kind, f"Content-Length: {len(body)}") + body)

    return page


def piece(content: bytes) -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        size = f"Content-Length: {len(content)}"
        await stream.send_all(head("200 OK", "Content-Type: video/mp2t", size) + content)

    return page


async def test_a_radio_over_hls_says_what_it_plays(tmp_path: Path) -> None:
    sound = write_tone(tmp_path / "piece.ts", seconds=PIECE_S, codec="aac").read_bytes()
    titles = ["Dvořák - Rusalka"]
    pages = {f"/piece{number}.ts": piece(sound) for number in range(PIECES)} | {"/live.m3u8": radio(titles)}
    async with (
        open_web(pages) as web,
        open_stage(tmp_path / "data", allow_hosts=allow(web)) as stage,
    ):
        stage.sit()
        began = trio.current_time()
        play = stage.run("play", query=web.url("/live.m3u8"))
        await says(stage, play, "Track added: **live** (live)")
        await until_sound(stage, began)
        await stage.reads("📻 Dvořák - Rusalka")
        titles.append("Smetana - Vltava")
        await stage.reads("📻 Smetana - Vltava")
