"""Stations of the main commands with Roadie itself: by slash, written, and by the buttons that answers bring.

Somebody sits in the Lounge and the library holds two songs; each station looks at the answer and at what came
of it: what is heard, what the panel shows, what a list holds.
"""

from pathlib import Path

from tests.browser.hand import Hand
from tests.browser.scenario import HEARD_DB, Steps

SOFTER_DB = 6.0
ROWS = 16


async def use_commands(steps: Steps, folder: Path) -> None:
    """Every station, in the order of an evening."""
    hand = Hand(steps)
    await _keep_a_list(hand, folder)
    await _walk_the_queue(hand)
    await _change_the_sound(hand)
    await _press_the_panel(hand)
    await _use_the_library(hand, folder)
    await _set_and_ask(hand)
    await _be_reminded(hand)
    await _gather(hand)
    await _end(hand)


async def _keep_a_list(hand: Hand, folder: Path) -> None:
    steps = hand.steps
    songs = ("Harbour Lights.ogg", "Northern Lights.ogg") * (ROWS // 2)
    file = folder / "evening.m3u"
    file.write_text("#EXTM3U\n" + "\n".join(songs), encoding="utf-8")
    await steps.browser.upload("#file-picker", file)
    await hand.slash("playlist import")
    await hand.see(f"Imported evening with {ROWS} tracks.")
    await hand.slash("playlist load", {"name": "eve"}, pick=("name",))
    await hand.see(f"Playlist added: evening, {ROWS} tracks.")
    await hand.see("Now playing: Harbour Lights")
    await steps.browser.until(f"roadie.sound.levelDb() > {HEARD_DB}")
    await hand.write("!playlist show evening")
    await hand.see("15. Harbour Lights")
    await hand.slash("playlist save", {"name": "night"})
    await hand.see(f"Saved night with {ROWS} tracks.")
    await steps.picture("roadie-playlists")


async def _walk_the_queue(hand: Hand) -> None:
    steps = hand.steps
    await hand.slash("queue")
    await hand.see("Next, 15 tracks")
    await hand.press("pager", "next")
    await hand.see("15. Northern Lights (4:00)")
    await steps.picture("roadie-queue-second-page")
    await hand.press("pager", "previous")
    await hand.see("1. Northern Lights (4:00) · @Ada")
    await hand.slash("skip")
    await hand.see("Skipped Harbour Lights.")
    await hand.see("Now playing: Northern Lights")
    await hand.write("!skip 2")
    await hand.see("Skipped 2 tracks.")
    await hand.write("!queue")
    await hand.see("Next, 12 tracks")
    await steps.picture("roadie-skipped")


async def _change_the_sound(hand: Hand) -> None:
    steps, browser = hand.steps, hand.steps.browser
    before = await browser.until(f"roadie.sound.levelDb() > {HEARD_DB} && roadie.sound.levelDb()")
    await hand.slash("volume", {"value": "30"})
    await hand.see("Volume set to 30 %.")
    await browser.until(f"roadie.sound.levelDb() < {before - SOFTER_DB}")
    await hand.write("!vol 100")
    await hand.see("Volume set to 100 %.")
    await browser.until(f"roadie.sound.levelDb() > {before - SOFTER_DB / 2}")
    await hand.slash("filter", {"name": "night"}, pick=("name",))
    await hand.see("Filter set to nightcore.")
    await hand.slash("seek", {"position": "0:12"})
    await hand.see("Going on at 0:12.")
    await hand.write("!playing")
    await hand.see("🎛️ filter nightcore")
    await hand.see("0:1")
    await steps.picture("roadie-sound")
    await hand.write("!filter off")
    await hand.see("Filter off.")


async def _press_the_panel(hand: Hand) -> None:
    steps = hand.steps
    await hand.press("player", "loop")
    await hand.see("🔂 looping this track")
    await hand.press("player", "loop")
    await hand.see("🔁 looping the queue")
    await steps.picture("roadie-panel-loop")
    await hand.press("player", "loop")
    await hand.press("player", "previous")
    await hand.press("player", "down")
    await hand.see("🔊 90 %")
    await hand.press("player", "up")
    await hand.press("player", "shuffle")
    await hand.press("player", "queue")
    await hand.see("Next, 13 tracks")
    await steps.picture("roadie-panel-buttons")


async def _use_the_library(hand: Hand, folder: Path) -> None:
    steps = hand.steps
    await steps.browser.upload("#file-picker", folder / "First Song.ogg")
    await hand.slash("local upload")
    await hand.see("Saved as First Song.ogg.")
    await hand.write("!local")
    await hand.see("3. Northern Lights.ogg")
    await hand.slash("local play")
    await hand.see("Which one do you mean?")
    await steps.picture("roadie-library")
    await hand.press("picker", "pick", "1")
    await hand.see("Track added: First Song")


async def _set_and_ask(hand: Hand) -> None:
    steps = hand.steps
    await hand.slash("settings", {"name": "timez", "value": "prag"}, pick=("name", "value"))
    await hand.see("timezone is now Europe/Prague.")
    await hand.slash("settings")
    await hand.see("Settings of this server")
    await hand.press("pager", "next")
    await hand.see("prefix")
    await steps.picture("roadie-settings")
    await hand.write("!help play")
    await hand.see("/play [query] [file]")
    await steps.picture("roadie-help")


async def _be_reminded(hand: Hand) -> None:
    steps, browser = hand.steps, hand.steps.browser
    await hand.slash("notify me", {"when": "31-12-2030 9:00", "note": "fireworks"})
    await hand.see("That is 31-12-2030_09:00 in Europe/Prague.")
    await hand.press("reminders", "zone")
    await browser.see("Your time zone", "dialog")
    await steps.picture("roadie-zone-form")
    await browser.run("document.querySelector('dialog input').select()")
    await browser.type("dialog input", "tokyo")
    await browser.press("enter")
    await hand.see("Your time zone is Asia/Tokyo from now on")
    await hand.write("!notify me 1s tea")
    await browser.until("document.querySelector('#messages [data-custom-id*=snooze]')")
    await steps.picture("roadie-reminder")
    await hand.press("reminders", "snooze", "10 minutes")
    await hand.see("💤 Snoozed until")


async def _gather(hand: Hand) -> None:
    """A countdown that somebody else joins, and a check-in that becomes complete."""
    steps = hand.steps
    await hand.slash("gather start", {"time": "10m"})
    await hand.see("1 takes part:")
    await hand.become("Cleo")
    await hand.press("gather", "join")
    await hand.see("2 take part:")
    await steps.picture("roadie-gather-countdown")
    await hand.become("Ada")
    await hand.write("!gather extend 5m")
    await hand.see("The countdown is 5m longer, 15m in all.")
    await hand.see("Extended by 5:00")
    await hand.press("gather", "start_now")
    await hand.see("Attendance: 0/2")
    await steps.picture("roadie-gather-check-in")
    await hand.press("gather", "here")
    await hand.see("Attendance: 1/2")
    await hand.become("Cleo")
    await hand.press("gather", "out")
    await hand.see("✅ Complete")
    await hand.become("Ada")
    await steps.picture("roadie-gather-complete")


async def _end(hand: Hand) -> None:
    await hand.write("!stop")
    await hand.see("Stopped")
    await hand.slash("leave")
    await hand.see("Left 🔊 Lounge.")
    await hand.steps.picture("roadie-left")
