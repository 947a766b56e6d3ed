"""Whatever people give it to play: a sentence that they understand, and the queue goes on."""

from collections.abc import Sequence
from pathlib import Path

import trio

from media.addresses import Address
from media.guard import Outside
from sandbox.model.entities import Upload
from tests.media.sounds import picture
from tests.media.web import Page, Web, body, endless, gone, huge, open_web, redirect, silent, status
from tests.scenarios.audio import write_tone
from tests.scenarios.servers import Server, add_server
from tests.scenarios.stage import open_stage
from tests.scenarios.web import allow, breaks_off, first_then, untold

HERE = "127.0.0.1"
GIGABYTE = 1 << 30
HTML = b"<!doctype html><html><body>" + b"<p>Please log in</p>" * 500
NOT_THERE = f"{HERE} has nothing at that address, or not any more. Check the link."
NO_SOUND = "there is no sound in it. Try another link or file."
NOT_GIVEN = (
    f"{HERE} does not let me have it: it may need a login. Try another link, or give me the file itself."
)
NO_LINK = (
    "that is no link I can open. It has to begin with `https://` or `http://`, without a password or the "
    "port of another service in it."
)
NO_YOUTUBE = "the connection to YouTube failed. Try again later."
BROKEN = "the file is empty, broken or incomplete, or its name has the wrong ending. Try another one."

REFUSED_PAGES: dict[str, tuple[Page, str]] = {
    "/404.mp3": (gone, NOT_THERE),
    "/moved.mp3": (redirect("/404.mp3"), NOT_THERE),
    "/401.mp3": (status("401 Unauthorized"), NOT_GIVEN),
    "/403.mp3": (status("403 Forbidden"), NOT_GIVEN),
    "/500.mp3": (status("500 Oops"), f"{HERE} answered with error 500. Try again later."),
    "/circle.mp3": (
        redirect("/circle.mp3"),
        f"the link leads nowhere: {HERE} only redirects me on and on. Check the link.",
    ),
    "/silent.mp3": (silent, f"{HERE} did not answer in time. Try again later."),
    "/page.mp3": (
        body(HTML, "text/html"),
        f"{HERE} answered with a web page instead of a sound file. Check the link.",
    ),
    "/page": (
        body(HTML, "text/html"),
        f"I do not know how to play pages of {HERE}. Give me a link to the sound file itself.",
    ),
    "/picture.mp3": (body(picture(), "audio/mpeg"), NO_SOUND),
    "/text.mp3": (body(b"la la la " * 900, "audio/mpeg"), NO_SOUND),
    "/3gb.mp3": (huge(b"", 3 * GIGABYTE, "audio/mpeg"), NO_SOUND),
    "/endless.mp3": (endless(b"", bytes(1 << 16), "audio/mpeg"), NO_SOUND),
    "/empty.mp3": (body(b"", "audio/mpeg"), BROKEN),
    "/astray.mp3": (
        redirect("file:///etc/passwd"),
        f"{HERE} redirects to an address that I may not open. Check the link, or try another one.",
    ),
}
REFUSED_QUERIES = {
    "ftp://example.com/song.mp3": NO_LINK,
    "file:///etc/passwd": NO_LINK,
    "javascript://alert(1)": NO_LINK,
    "http://ada:secret@example.com/song.mp3": NO_LINK,
    "https://": NO_LINK,
    "http://nowhere.invalid/song.mp3": "there is no server nowhere.invalid. Check the link.",
    "javascript:alert(1)": NO_YOUTUBE,
    "../../etc/passwd": NO_YOUTUBE,
    "www.example.com/song.mp3": NO_YOUTUBE,
}


async def resolve_nothing(host: str, port: int) -> Sequence[Address]:
    """A name service that is away: words that are searched for are found nowhere."""
    await trio.lowlevel.checkpoint()
    raise OSError("no such name")


OFFLINE = Outside(resolve=resolve_nothing)


async def test_bad_input_is_told_and_the_queue_survives(tmp_path: Path) -> None:
    song = write_tone(tmp_path / "song.mp3", seconds=0.5, codec="libmp3lame").read_bytes()
    long = write_tone(tmp_path / "long.wav", seconds=3.0, codec="pcm_s16le").read_bytes()
    pages = {path: page for path, (page, _) in REFUSED_PAGES.items()} | played_pages(song, long)
    async with (
        open_web(pages) as web,
        open_stage(tmp_path / "data", outside=OFFLINE, allow_hosts=allow(web)) as stage,
        trio.open_nursery() as nursery,
    ):
        servers = [add_server(stage, number) for number in (1, 2, 3)]
        for server in servers:
            server.sit()
        nursery.start_soon(refuse_links, servers[0], web)
        nursery.start_soon(play_broken_links, servers[1], web)
        nursery.start_soon(take_files, servers[2], song)


def played_pages(song: bytes, long: bytes) -> dict[str, Page]:
    return {
        "/breaks.wav": breaks_off(long, len(long) // 3),
        "/half.wav": body(long[: len(long) // 2]),
        "/untold.wav": untold(long),
        "/gone.mp3": first_then(body(song), gone),
        "/expired.mp3": first_then(body(song), status("403 Forbidden")),
        "/page_now.mp3": first_then(body(song), body(HTML, "text/html")),
        "/good.mp3": body(song),
        f"/{'la_' * 100}**bold**_%E2%80%AE.mp3": body(song),
    }


async def refuse_links(server: Server, web: Web) -> None:
    """Nothing of this can be queued, and what is good among it plays."""
    asked = {server.play(web.url(path)): reason for path, (_, reason) in REFUSED_PAGES.items()}
    asked |= {server.play(query): reason for query, reason in REFUSED_QUERIES.items()}
    good = server.play(web.url("/good.mp3"))
    for interaction, reason in asked.items():
        assert await server.outcome(interaction) == f"I could not queue that: {reason}"
    assert await server.outcome(good) == "Track added: **good** (0:00)"
    too_long = await server.outcome(server.play("https://example.com/" + "a" * 2000))
    assert too_long.startswith("A link or a name has at most 2000 characters.")
    await server.reads("**good** (0:00), wanted by")


async def play_broken_links(server: Server, web: Web) -> None:
    """Looked well, then broke: told once each, in order, and the next one plays."""
    paths = [path for path in web.pages if path not in REFUSED_PAGES]
    plays = [server.play(web.url(path)) for path in paths]
    for interaction in plays:
        assert (await server.outcome(interaction)).startswith("Track added: ")
    await server.reads("Played 5 tracks, **la la")
    told = [line for line in server.read() if not line.startswith(("Track added", "Played"))]
    assert told == [
        f"**breaks** broke off: the connection to {HERE} failed. Try again later.",
        f"I could not play **gone**: {NOT_THERE}",
        f"I could not play **expired**: {NOT_GIVEN}",
        f"I could not play **page now**: {NO_SOUND}",
    ]
    heard = len(server.capture.payloads()) - 25 - 150
    assert 98 <= heard <= 160, "a third of each broken file was heard, and what ended without a word, once"
    assert server.capture.counts == {}


async def take_files(server: Server, song: bytes) -> None:
    """Files whose names or contents are not what they say."""
    refused = {
        "picture.mp3": (picture(), NO_SOUND),
        "page.mp3": (HTML, NO_SOUND),
        "program.exe": (b"MZ" + bytes(5000), NO_SOUND),
        "list.m3u8": (b"#EXTM3U\n#EXTINF:1.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", NO_SOUND),
        "empty.mp3": (b"", BROKEN),
        "cut.ogg": (b"OggS" + bytes(range(256)) * 50, BROKEN),
    }
    taken = {
        "lies.ogg": "lies",
        "../../../etc/passwd.mp3": "passwd",
        "**b** `c` <@1> @everyone \u202egnp.mp3": "\\*\\*b\\*\\* \\`c\\` \\<@1> @\u200beveryone gnp",
        "שלום.mp3": "\u2068שלום\u2069",
        "\u202e\u200f": "(untitled)",
    }
    said = {
        server.play(file=Upload(filename=name, content=content)): f"I could not queue that: {reason}"
        for name, (content, reason) in refused.items()
    }
    said |= {
        server.play(file=Upload(filename=name, content=song)): f"Track added: **{title}** (0:00)"
        for name, title in taken.items()
    }
    for interaction, sentence in said.items():
        assert (await server.outcome(interaction)).startswith(sentence)
    await server.reads("Played 5 tracks, **(untitled)** was the last one.")
