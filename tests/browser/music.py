"""Stations at which music plays: the panel and its buttons, the picker, what is heard of both."""

import shutil
from pathlib import Path

from sandbox.model.default import GUILD_ID
from tests.browser.scenario import HEARD_DB, Steps

BUTTON = "#messages [data-custom-id^='player:'][data-custom-id$=':{verb}']"


def fill_library(data: Path, song: Path) -> None:
    """Two files whose names have a word in common."""
    folder = data / "library" / str(int(GUILD_ID))
    folder.mkdir(parents=True)
    for name in ("Harbour Lights.ogg", "Northern Lights.ogg"):
        shutil.copy(song, folder / name)


async def pick_a_song(steps: Steps) -> None:
    """Words that fit several files: one is picked, and stands behind what plays."""
    browser = steps.browser
    await steps.write("!play lights")
    await browser.see("Harbour Lights", "#messages")
    await browser.until("document.querySelector(\"#messages [data-custom-id^='picker:']\")")
    await steps.picture("roadie-picker")
    await browser.click("#messages .message:last-child [data-custom-id^='picker:']")
    await browser.see("number 1 in the queue", "#messages")


async def use_panel(steps: Steps) -> None:
    """Press what there is to press; the panel follows, and so does the sound."""
    browser = steps.browser
    await browser.see("Next", "#messages .message .embed")
    await steps.picture("roadie-panel")
    await browser.click(BUTTON.format(verb="pause"))
    await browser.until("!(roadie.sound.levelDb() > -80)")
    await browser.see("paused", "#messages .message .embed")
    await steps.picture("roadie-panel-paused")
    await browser.click(BUTTON.format(verb="resume"))
    await browser.until(f"roadie.sound.levelDb() > {HEARD_DB}")
    for _ in range(3):
        await browser.click(BUTTON.format(verb="down"))
    await browser.see("🔊 70 %", "#messages .message .embed")
    await browser.click(BUTTON.format(verb="queue"))
    await browser.see("Only you can see this", "#messages")
    await steps.picture("roadie-panel-queue")
    await browser.click(BUTTON.format(verb="skip"))
    await browser.see("Now playing: Harbour Lights", "#messages")
    await steps.picture("roadie-panel-skipped")
    await browser.click(BUTTON.format(verb="stop"))
    await browser.see("Played 2 tracks", "#messages")
    await steps.picture("roadie-panel-ended")
