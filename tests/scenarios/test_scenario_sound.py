"""Real files, from every door that a track can come in by, heard in the channel as they are."""

from collections.abc import Sequence
from pathlib import Path

from cli.children import child_argv
from media.library import read_file
from media.room import MediaConfig, open_media
from tests.media.web import body, open_web
from tests.patience import until
from tests.scenarios.servers import Server, add_server
from tests.scenarios.sound_check import (
    FRAME_S,
    FRAME_SAMPLES,
    LEAD,
    LEAST,
    heard_frames,
    split,
    steps,
    write_files,
)
from tests.scenarios.stage import Stage, open_stage
from tests.scenarios.web import allow
from tests.voice.sounds import PASSED_THROUGH

SECONDS = 1.0


async def test_every_format_from_every_door_is_heard_as_it_is(tmp_path: Path) -> None:
    files = write_files(tmp_path, SECONDS)
    pages = {f"/{file.name}": body(file.read_bytes()) for file in files}
    async with (
        open_web(pages) as web,
        open_stage(tmp_path / "data", allow_hosts=allow(web)) as stage,
    ):
        by_link, by_name, by_file = servers = [add_server(stage, number) for number in (1, 2, 3)]
        await fill_library(stage, by_name, files)
        for server in servers:
            server.sit()
        plays = [(by_link, by_link.play(web.url(f"/{file.name}"))) for file in files]
        plays += [(by_name, by_name.play(file.name)) for file in files]
        plays += [(by_file, by_file.play(file=stage.upload(file))) for file in files]
        for server, interaction in plays:
            assert (await server.outcome(interaction)).startswith("Track added: **song")
        for server in servers:
            await until(lambda server=server: is_over(server, len(files)))
            check_sound(server, files)
            check_words(server, files)


async def fill_library(stage: Stage, server: Server, files: Sequence[Path]) -> None:
    """Put files into a server's library, through the library's own door."""
    config = MediaConfig(folder=stage.data, probe_argv=child_argv("probe"))
    async with open_media(config) as media:
        for file in files:
            assert await media.library.add(server.guild_id, file.name, read_file(file)) == file.name


def is_over(server: Server, count: int) -> bool:
    """Whether the last track has begun, and then the silence."""
    over = any(line.startswith(f"Played {count} tracks") for line in server.read())
    frames = server.capture.payloads(silence=True)
    return over and frames[-5:] == frames[-1:] * 5


def check_sound(server: Server, files: Sequence[Path]) -> None:
    packets = heard_frames(server.capture)
    assert server.capture.counts == {}
    assert steps(server.capture) == {(1, FRAME_SAMPLES)}, "no gap"
    for part in split(packets, files, SECONDS):
        if part.file.suffix[1:] in PASSED_THROUGH:
            assert part.is_untouched, part.file.name
        else:
            assert part.likeness() >= LEAST, part.file.name
            assert -2 <= len(part.packets) - SECONDS / FRAME_S <= 2 + LEAD, part.file.name


def check_words(server: Server, files: Sequence[Path]) -> None:
    (played,) = [line for line in server.read() if line.startswith(("Now playing", "Played"))]
    assert played == f"Played {len(files)} tracks, **song{len(files) - 1}** was the last one."
