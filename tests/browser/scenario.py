"""What a newcomer does at the page, step by step, each with a picture."""

import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import define

from sandbox.app import Sandbox, SandboxOptions, open_sandbox
from sandbox.model.default import BEN_ID, GENERAL_ID, MUSIC_ID
from sandbox.model.messages import Draft
from sandbox.page import routes
from sandbox.voice import VoiceServer
from sandbox.voice.ogg import OggOpus
from tests.browser.scripted_bot import ScriptedBot, controls, panel
from tests.browser.webdriver import Browser
from tests.sandbox.opus_source import encode_tone

HEARD_DB = -40.0
"""A tone at half of full scale is -9 dBFS; silence is -Infinity."""

SHOWCASE = """# What Roadie writes
Text may be **bold**, *slanted*, __underlined__, ~~struck~~, `code`, ||hidden|| and [linked](https://example.invalid).
> A quote, with a mention of <@{ben}> and of <#{music}>
- a list
- of two things
```python
print("and a block of code")
```"""


@asynccontextmanager
async def open_stage() -> AsyncGenerator[Sandbox]:
    """A sandbox with the scripted bot in it."""
    options = SandboxOptions(voice=VoiceServer, page=routes)
    async with open_sandbox(options) as sandbox, trio.open_nursery() as nursery:
        assert isinstance(sandbox.voice, VoiceServer)
        await nursery.start(ScriptedBot(sandbox.world, sandbox.voice).run)
        yield sandbox
        nursery.cancel_scope.cancel()


@define
class Steps:
    """The browser, and where pictures go."""

    browser: Browser
    pictures: Path | None
    taken: int = 0

    async def picture(self, name: str) -> None:
        """Keep a picture of how it looks now, if pictures are wanted."""
        self.taken += 1
        if self.pictures is not None:
            await trio.sleep(0.25)
            await self.browser.screenshot(self.pictures / f"{self.taken:02d}-{name}.png")

    async def write(self, words: str) -> None:
        """Write into the line below the messages, and Enter."""
        await self.browser.type("#composer-input", words)
        await self.browser.press("enter")

    async def sit_down(self) -> None:
        """Join the Lounge."""
        await self.browser.click("[aria-label='Join Lounge']")
        await self.browser.see("Voice connected")

    async def rename_ben(self, entries: Sequence[str], prefix: str = "") -> None:
        """Open the menu at Ben's name, with these entries, and fill in the form behind one of them."""
        browser = self.browser
        await browser.click("#members section:last-child li:nth-child(2) .member")
        for entry in entries:
            await browser.see(entry, ".menu")
        await self.picture(f"{prefix}user-menu")
        await browser.run(
            "[...document.querySelectorAll('.menu-item')].find((b) => b.innerText === 'Rename').click()"
        )
        await browser.see("Rename Ben", "dialog")
        await self.picture(f"{prefix}form")
        await browser.type("dialog input", " the Great")
        await browser.press("enter")


async def run_scenario(sandbox: Sandbox, steps: Steps) -> None:
    """Everything, in order; raises or hangs where the page does not do its part."""
    await _look_and_write(sandbox, steps)
    await _run_commands(steps)
    await _forms_and_menus(sandbox, steps)
    await _hear(sandbox, steps)
    await _press(steps)
    await _files(sandbox, steps)
    await _come_back(sandbox, steps)
    await _small_screen(steps)
    await _hear_without_decoder(sandbox, steps)
    errors = await steps.browser.console()
    assert not errors, errors


async def _look_and_write(sandbox: Sandbox, steps: Steps) -> None:
    browser, world = steps.browser, sandbox.world
    world.directory.guild(world.home).channels[MUSIC_ID].topic = "Songs, requests and the panel"
    general = world.directory.channel(GENERAL_ID)
    bot = world.application.bot
    world.board.post(general, bot, Draft(content=SHOWCASE.format(ben=BEN_ID, music=MUSIC_ID)))
    await browser.open(sandbox.url)
    await browser.see("What Roadie writes")
    await steps.picture("markdown")
    sandbox.people.of(BEN_ID).send_message(GENERAL_ID, "Nice! 🎉")
    world.board.post(general, bot, Draft(embeds=panel(5), components=controls()))
    await browser.see("Up next", "#messages")
    await steps.write("!play Teardrop <script>alert(1)</script>")
    await browser.see("!play Teardrop <script>alert(1)</script>", "#messages")
    await browser.until("document.querySelector('.reaction')?.innerText.includes('✅')")
    await browser.click("#messages .message:last-child .reaction:not(.add)")
    await browser.until("document.querySelector('.reaction.mine')?.innerText.includes('2')")
    await steps.picture("channel")


async def _run_commands(steps: Steps) -> None:
    browser = steps.browser
    await browser.type("#composer-input", "/")
    await browser.see("Play a song, a link or a file", ".listbox")
    await steps.picture("slash-commands")
    await steps.write("pl")
    await browser.type("#option-query", "tear")
    await browser.see("Teardrop — Massive Attack", ".listbox")
    await steps.picture("autocomplete")
    await browser.press("enter")
    await browser.until("document.querySelector('#option-query').value === 'Teardrop — Massive Attack'")
    await browser.press("enter")
    await browser.see("Roadie is thinking…")
    await steps.picture("thinking")
    await browser.see("Join a voice channel first.")
    await steps.write("/secret ")
    await browser.see("Only you can see this")
    await steps.write("/hang ")
    await browser.see("Sending command…")
    await browser.see("The application did not respond")
    await steps.picture("only-you-and-failed")


async def _forms_and_menus(sandbox: Sandbox, steps: Steps) -> None:
    browser = steps.browser
    await steps.rename_ben(("Rename",))
    await browser.see("Renamed to Benny the Great.")
    await browser.click("#switcher")
    await browser.see("Cleo", ".menu")
    await steps.picture("switcher")
    await browser.press("escape")


async def _hear(sandbox: Sandbox, steps: Steps) -> None:
    browser = steps.browser
    await _play_teardrop(steps)
    await browser.see("Now playing")
    await browser.until("document.querySelector('.seat.speaking')")
    await browser.until(f"roadie.sound.levelDb() > {HEARD_DB}")
    await trio.sleep(1.5)
    assert await browser.run("return roadie.sound.levelDb()") > HEARD_DB
    await steps.picture("voice")
    assert await _gaps(browser) == 0
    bot = sandbox.world.application.bot.id
    assert isinstance(sandbox.voice, VoiceServer)
    assert not sandbox.voice.capture(sandbox.world.home, bot).counts


async def _play_teardrop(steps: Steps) -> None:
    await steps.sit_down()
    await steps.browser.type("#composer-input", "/play tear")
    await steps.browser.see("Teardrop — Massive Attack", ".listbox")
    await steps.browser.press("enter", "enter")


async def _gaps(browser: Browser) -> int:
    """How many of a second's moments were silent although the tone goes on."""
    script = """
        const levels = globalThis.levels ??= [];
        levels.push(roadie.sound.levelDb());
        return levels;
    """
    for _ in range(20):
        await browser.run(script)
        await trio.sleep(0.05)
    levels = await browser.run(script)
    return sum(1 for level in levels if level is None or level < HEARD_DB)


async def _press(steps: Steps) -> None:
    browser = steps.browser
    await browser.click("#messages .message:last-child [data-custom-id='pause']")
    await browser.see("▶", "#messages .message:last-child [data-custom-id=pause]")
    await browser.until("roadie.sound.levelDb() < -80 || roadie.sound.levelDb() === -Infinity")
    await browser.click("#messages .message:last-child [data-custom-id='filter']")
    await browser.see("Bass boost", ".menu")
    await steps.picture("select-menu")
    await browser.press("down", "enter")
    await browser.see("Filter: bass")
    await browser.click("#messages .message:last-child [data-custom-id='stop']")
    await browser.see("Stopped.")
    await browser.click("#leave-voice")
    await browser.until("document.querySelector('#voice-panel').hidden")


DROP = """
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(2048)], "dropped.flac", {type: "audio/flac"}));
    const zone = document.querySelector("#drop-zone");
    for (const kind of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
    }
"""


async def _files(sandbox: Sandbox, steps: Steps) -> None:
    browser = steps.browser
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a song.ogg"
        packets = encode_tone(2.0)
        ogg = OggOpus(serial=1)
        await trio.Path(path).write_bytes(ogg.head() + b"".join(ogg.audio([packet]) for packet in packets))
        await browser.upload("#file-picker", path)
        await browser.run(DROP)
        await browser.see("dropped.flac", ".tray")
        await browser.type("#composer-input", "Two files for you")
        await steps.picture("files-attached")
        await browser.press("enter")
        await browser.see("a song.ogg", "#messages")
    message = sandbox.world.board.history(GENERAL_ID)[-1]
    assert [file.filename for file in message.attachments] == ["a song.ogg", "dropped.flac"]
    await browser.until("document.querySelector('#messages .message:last-child audio')")
    await steps.picture("files-sent")
    await browser.type("#composer-input", "/play ")
    await browser.run(DROP)
    await browser.see("dropped.flac", ".chip-file")
    await steps.picture("file-into-command")
    await browser.press("enter")
    await browser.until("!document.querySelector('.command-form')")


async def _come_back(sandbox: Sandbox, steps: Steps) -> None:
    browser = steps.browser
    await browser.run("roadie.connection.wait = 1500; roadie.connection.socket.close();")
    await browser.see("The connection to the sandbox was lost.")
    await steps.picture("connection-lost")
    sandbox.people.of(BEN_ID).send_message(GENERAL_ID, "Did you miss this?")
    await browser.see("Did you miss this?")
    await browser.until("document.querySelector('#connection-note').hidden")


async def _hear_without_decoder(sandbox: Sandbox, steps: Steps) -> None:
    browser = steps.browser
    await browser.resize(1280, 860)
    await browser.before_each_page("delete globalThis.AudioDecoder;")
    await browser.open(sandbox.url)
    await _play_teardrop(steps)
    await browser.until(f"roadie.sound.element && roadie.sound.levelDb() > {HEARD_DB}")
    await steps.picture("sound-as-a-stream")
    await browser.click("#leave-voice")


async def _small_screen(steps: Steps) -> None:
    browser = steps.browser
    await browser.resize(500, 860)
    await browser.find("#menu-button")
    await steps.picture("narrow")
    await browser.click("#menu-button")
    await browser.find("#sidebar")
    await steps.picture("narrow-channels")
