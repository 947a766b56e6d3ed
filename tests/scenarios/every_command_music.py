"""The story of the music: play, sound, queue, what is kept, the panel and a matched song; then silence."""

from typing import Final

from tests.scenarios.every_command import Step, like, press, run, types
from tests.scenarios.every_command_checks import (
    all_of,
    heard_at,
    hides,
    is_done,
    is_quiet,
    plays,
    queue_is,
    says,
    sits,
    sounds,
    voice_status_is,
)
from tests.scenarios.every_command_kept import LIBRARY, PLAYLISTS

PLAYING: Final = (
    run("join", sees="I am in #Lounge now.", then=all_of(sits("roadie", "Lounge"), is_done("!join"))),
    run(
        "play",
        {"query": "alpha"},
        "Track added: **alpha** (0:40)",
        all_of(plays("alpha"), voice_status_is("🎵 alpha")),
    ),
    run(
        "play",
        {"query": "BRAV"},
        "Track added: **bravo** (0:40), number 1 in the queue",
        queue_is("bravo"),
    ),
    run(
        "playtop",
        sees="Track added: **delta** (0:40), number 1 in the queue",
        then=queue_is("delta", "bravo"),
        files={"file": "delta.ogg"},
    ),
    run(
        "play",
        {"query": "lights"},
        "Which one?\n**1.** harbour lights (0:40)\n**2.** northern lights (0:40)",
        queue_is("delta", "bravo"),
    ),
    press(
        "picker",
        "pick",
        "Track added: **northern lights** (0:40), number 3 in the queue",
        queue_is("delta", "bravo", "northern lights"),
        label="2",
    ),
    run("pause", sees="Paused. `resume` goes on.", then=is_quiet),
    run("resume", sees="Going on with **alpha**.", then=sounds),
    run(
        "playnow",
        {"query": "harbour lights"},
        "Track added: **harbour lights** (0:40)",
        all_of(plays("harbour lights"), queue_is("delta", "bravo", "northern lights")),
    ),
    run(
        "previous",
        sees="Back to **alpha**.",
        then=all_of(plays("alpha"), queue_is("harbour lights", "delta", "bravo", "northern lights")),
    ),
    run(
        "skip",
        sees="Skipped **alpha**.",
        then=all_of(plays("harbour lights"), queue_is("delta", "bravo", "northern lights")),
    ),
    types("play", "query", "bra", "bravo.ogg"),
    types("playtop", "query", "char", "charlie.ogg"),
    types("playnow", "query", "north", "northern lights.ogg"),
    run("playing", sees=like(r"Now playing: \*\*harbour lights\*\* \(0:40\) · library · wanted by @Ada\n.*")),
)

SOUND: Final = (
    run("seek", {"position": "0:20"}, "Going on at 0:20.", heard_at(20.0)),
    run(
        "volume",
        {"value": "50"},
        "Volume set to 50 %.",
        all_of(says("is 50 %", "volume"), says("🔊 50 %", "playing")),
        alias="vol",
    ),
    run("filter", {"name": "8d"}, "Filter set to 8d.", says("🎛️ filter 8d", "playing")),
    run("filter", {"name": "off"}, "Filter off.", hides("🎛️", "playing")),
    run("speed", {"factor": "1.5"}, "Speed set to 1.5.", says("⏩ speed 1.5", "playing")),
    run("speed", {"factor": "1"}, "Speed set to 1.", hides("⏩", "playing")),
    run(
        "normalize",
        {"mode": True},
        "Normalization on: every track at -14 LUFS.",
        says("📏 normalized", "playing"),
        alias="norm",
    ),
    run("normalize", sees="Normalization off.", then=hides("📏", "playing"), alias="loudnorm"),
    run("loop", {"mode": "queue"}, "Looping the queue.", says("🔁 looping the queue", "playing")),
    run("loop", {"mode": "off"}, "Loop off.", hides("🔁", "playing")),
    run(
        "silent",
        sees="Silent: I say nothing about new tracks. `playing` shows what plays.",
        alias="shh",
    ),
    run("silent", {"mode": False}, "I say again what plays.", alias="quiet"),
    run("autoplay", sees="Autoplay on: when the queue has run out, I go on with what fits."),
    run("autoplay", {"mode": False}, "Autoplay off."),
    run("stay", {"mode": True}, "I stay in the voice channel now, whatever happens."),
    run("stay", sees="I leave again when nothing plays for 5 minutes."),
)

QUEUE: Final = (
    run(
        "queue",
        {"page": 1},
        "Now: **harbour lights** (0:40)\nNext, 3 tracks (2:00):\n`1.` delta (0:40) · @Ada\n"
        "`2.` bravo (0:40) · @Ada\n`3.` northern lights (0:40) · @Ada",
    ),
    run(
        "move",
        {"from": 3, "to": 1},
        "**northern lights** is number 1 now.",
        queue_is("northern lights", "delta", "bravo"),
    ),
    run(
        "play",
        {"query": "bravo"},
        "Track added: **bravo** (0:40), number 4 in the queue",
        queue_is("northern lights", "delta", "bravo", "bravo"),
    ),
    run(
        "dedupe",
        sees="Took one track out of the queue that was in it twice.",
        then=queue_is("northern lights", "delta", "bravo"),
    ),
    run(
        "skipto",
        {"index": 2},
        "Skipped to **delta**.",
        all_of(plays("delta"), queue_is("bravo")),
    ),
    run(
        "replay", sees="Track added: **delta** (0:40), number 1 in the queue", then=queue_is("delta", "bravo")
    ),
    run("shuffle", sees="Shuffled 2 tracks."),
    run("clear", sees="Cleared: 2 tracks are out of the queue.", then=all_of(queue_is(), plays("delta"))),
    run("history", sees=like(r"Played lately, the newest \d first.*`1\.` harbour lights.*")),
    press(
        "player",
        "again",
        "Track added: **harbour lights** (0:40), number 1 in the queue",
        queue_is("harbour lights"),
        label="+ 1",
    ),
    run("remove", {"index": 1}, "Removed **harbour lights**.", queue_is()),
)

PANEL: Final = (
    press("player", "pause", then=is_quiet),
    press("player", "resume", then=sounds),
    press("player", "skip", then=all_of(plays("sea"), queue_is("wind", "echo", "alpha", "bravo"))),
    press(
        "player", "previous", then=all_of(plays("delta"), queue_is("sea", "wind", "echo", "alpha", "bravo"))
    ),
    press("player", "loop", then=says("🔂", "playing")),
    press("player", "down", then=says("is 40 %", "volume")),
    press("player", "up", then=says("is 50 %", "volume")),
    press("player", "queue", like(r"Now: \*\*delta\*\* \(0:40\)\nNext, 5 tracks.*")),
    press("player", "shuffle", then=says("Next, 5 tracks", "queue")),
    run("loop", {"mode": "off"}, "Loop off."),
    press("player", "stop", then=all_of(is_quiet, queue_is())),
)

MATCHED: Final = (
    run(
        "play",
        {"query": "https://open.spotify.com/track/{song}"},
        like(r"Track added: \*\*Never Gonna Give You Up\*\* \(3:38\) · \d+ % sure that it is this song"),
        plays("Never Gonna Give You Up"),
    ),
    press("player", "wrong", like(r"Which one is Never Gonna Give You Up\?\n\*\*1\.\*\* .*Cover.*")),
    press("picker", "pick", "From now on this is **Never Gonna Give You Up** here.", sounds, label="2"),
    run("stop", sees="Stopped.", then=all_of(is_quiet, voice_status_is(None))),
    run("leave", sees="Left #Lounge.", then=sits("roadie", "")),
)

MUSIC: Final[tuple[Step, ...]] = (*PLAYING, *SOUND, *QUEUE, *LIBRARY, *PLAYLISTS, *PANEL, *MATCHED)
