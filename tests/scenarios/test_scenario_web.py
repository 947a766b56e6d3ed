"""The guard in the whole bot: what leads to a private address is refused in words, and nobody goes there."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import frozen

from media.guard import Outside
from sandbox.model.interaction import Interaction
from tests.media.internet import PUBLIC, Internet, make_contexts, playlist
from tests.media.web import Page, Web, body, open_web, redirect
from tests.scenarios.audio import write_tone
from tests.scenarios.servers import Server, add_server
from tests.scenarios.stage import open_stage
from tests.scenarios.web import Private, open_private

SECONDS = 0.5
NAMES: dict[str, Sequence[Sequence[str]]] = {
    "good.test": [[PUBLIC]],
    "other.test": [[PUBLIC]],
    "evil.test": [["10.0.0.1"]],
    "rebind.test": [[PUBLIC], ["127.0.0.1"]],
}
PRIVATE = (
    "I could not queue that: {host} leads to a private address, and I only fetch from the public internet. "
    "The person who runs me can allow it (`media.allow_hosts`)."
)
NOT_PROVEN = (
    "I could not queue that: other.test could not prove that it is other.test: its certificate is not valid. "
    "Try a link to another server."
)
NO_LINK = (
    "I could not queue that: that is no link I can open. It has to begin with `https://` or `http://`, "
    "without a password or the port of another service in it."
)


@frozen
class Scene:
    """A bot whose internet is this machine: ``good.test`` is a web server, with and without TLS."""

    server: Server
    plain: Web
    secure: Web
    private: Private
    internet: Internet

    def play(self, path: str, host: str = "good.test") -> Interaction:
        """Run ``/play`` with a plain link."""
        return self.server.play(self.plain.url(path, host))

    def play_secure(self, path: str, host: str = "good.test") -> Interaction:
        """Run ``/play`` with an https link."""
        return self.server.play(self.secure.url(path, host, "https"))

    def check_nobody_came(self) -> None:
        """Nothing private was dialled, by the guard or past it."""
        assert self.private.visitors == 0
        assert set(self.internet.dialled) <= {PUBLIC}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    async with open_scene(tmp_path) as scene:
        yield scene
        scene.check_nobody_came()


@asynccontextmanager
async def open_scene(folder: Path) -> AsyncGenerator[Scene]:
    mp3 = write_tone(folder / "song.mp3", seconds=SECONDS, codec="libmp3lame").read_bytes()
    internet = Internet({name: list(answers) for name, answers in NAMES.items()})
    server_tls, client_tls = make_contexts()
    outside = Outside(resolve=internet.resolve, connect=internet.connect, tls=lambda: client_tls)
    async with (
        open_private() as private,
        open_web(pages(mp3, f"127.0.0.1:{private.port}")) as plain,
        open_web({"/secure.mp3": body(mp3)}, server_tls) as secure,
        open_stage(folder / "data", outside=outside) as stage,
    ):
        server = add_server(stage, 1)
        server.sit()
        yield Scene(server, plain, secure, private, internet)


def pages(mp3: bytes, private: str) -> dict[str, Page]:
    return {
        "/song.mp3": body(mp3),
        "/to-address": redirect(f"http://{private}/x.mp3"),
        "/to-name": redirect("http://evil.test/x.mp3"),
        "/to-file": redirect("file:///etc/passwd"),
        "/first.m3u8": playlist(f"http://{private}/x.mp3"),
        "/second.m3u8": playlist("/song.mp3", f"http://{private}/x.mp3"),
        "/proxy.m3u8": playlist(f"httpproxy://{private}/x.mp3"),
        "/file.m3u8": playlist("file:///etc/passwd"),
    }


async def test_private_addresses_are_refused_in_every_disguise(scene: Scene) -> None:
    port = scene.private.port
    asked = {
        scene.play("/to-address"): PRIVATE.format(host="127.0.0.1"),
        scene.play("/to-name"): PRIVATE.format(host="evil.test"),
        scene.play("/song.mp3", "evil.test"): PRIVATE.format(host="evil.test"),
        scene.play("/first.m3u8"): PRIVATE.format(host="127.0.0.1"),
        scene.server.play(f"http://127.0.0.1:{port}/x.mp3"): PRIVATE.format(host="127.0.0.1"),
        scene.server.play("http://169.254.169.254/latest"): PRIVATE.format(host="169.254.169.254"),
        scene.server.play("http://good.test:25/x.mp3"): NO_LINK,
        scene.play(
            "/proxy.m3u8"
        ): "I could not queue that: there is no sound in it. Try another link or file.",
        scene.play(
            "/file.m3u8"
        ): "I could not queue that: there is no sound in it. Try another link or file.",
        scene.play_secure("/secure.mp3", "other.test"): NOT_PROVEN,
    }
    for interaction, sentence in asked.items():
        assert await scene.server.outcome(interaction) == sentence
    moved = await scene.server.outcome(scene.play("/to-file"))
    assert moved.startswith("I could not queue that: ")


async def test_what_turns_private_later_is_refused_then_and_the_queue_goes_on(scene: Scene) -> None:
    server = scene.server
    for interaction in (
        scene.play("/song.mp3", "rebind.test"),
        scene.play("/second.m3u8"),
        scene.play_secure("/secure.mp3"),
    ):
        assert (await server.outcome(interaction)).startswith("Track added: ")
    refused = await server.reads("I could not play **song**")
    assert refused.startswith("I could not play **song**: rebind.test leads to a private address, and I only")
    await server.reads("Played 2 tracks, **secure** was the last one.")
    assert server.capture.counts == {}
    assert server.capture.payloads() != []
