"""The part of the music's story about what is kept: the library and playlists, while a track plays."""

from typing import Final

from tests.scenarios.every_command import Step, like, press, run, types
from tests.scenarios.every_command_checks import all_of, attached, hides, library_has, queue_is, says

LIBRARY: Final[tuple[Step, ...]] = (
    run(
        "local download",
        {"url": "{web}/song.ogg", "name": "sea"},
        "Saved as **sea.ogg**.\nTrack added: **sea** (0:40), number 1 in the queue",
        all_of(library_has("sea.ogg"), queue_is("sea")),
    ),
    run(
        "local upload",
        {"name": "wind"},
        "Saved as **wind.ogg**.\nTrack added: **wind** (0:40), number 2 in the queue",
        all_of(library_has("wind.ogg"), queue_is("sea", "wind")),
        files={"file": "delta.ogg"},
    ),
    run(
        "local rename",
        {"track": "wind", "name": "rain"},
        "Renamed **wind.ogg** to **rain.ogg**.",
        all_of(library_has("rain.ogg"), library_has("wind.ogg", there=False)),
        written="wind rain",
    ),
    run(
        "local remove",
        {"track": "rain"},
        "Removed **rain.ogg** from the library.",
        library_has("rain.ogg", there=False),
    ),
    run(
        "local list",
        sees="Library\n`1.` alpha.ogg\n`2.` bravo.ogg\n`3.` charlie.ogg\n`4.` echo.ogg\n"
        "`5.` harbour lights.ogg\n`6.` northern lights.ogg\n`7.` sea.ogg",
        alias="local",
    ),
    run(
        "local play",
        sees=like(r"Which one do you mean\?\n\*\*1\.\*\* alpha.*\*\*5\.\*\* harbour lights\.ogg"),
    ),
    types("local play", "name", "ech", "echo.ogg"),
    types("local rename", "track", "ech", "echo.ogg"),
    types("local remove", "track", "ech", "echo.ogg"),
    press("picker", "next", "Which one do you mean?\n**1.** northern lights.ogg\n**2.** sea.ogg"),
    press("picker", "previous", like(r"Which one do you mean\?\n\*\*1\.\*\* alpha.*")),
    press("picker", "cancel", "Okay, nothing was chosen.", queue_is("sea", "wind")),
    run(
        "local play",
        {"name": "echo"},
        "Track added: **echo** (0:40), number 3 in the queue",
        queue_is("sea", "wind", "echo"),
    ),
)

PLAYLISTS: Final[tuple[Step, ...]] = (
    run("playlist save", {"name": "evening"}, "Saved **evening** with 4 tracks."),
    run(
        "playlist list",
        sees="Playlists\n🏠 **evening** · 4 tracks · by @Ada",
        alias="playlists",
    ),
    run("playlist show", {"name": "evening"}, like(r"🏠 evening\n`1\.` delta.*`2\.` sea.*`4\.` echo.*")),
    types("playlist load", "name", "eve", "evening"),
    types("playlist show", "name", "eve", "evening"),
    types("playlist delete", "name", "eve", "evening"),
    types("playlist export", "name", "eve", "evening"),
    run(
        "playlist export",
        {"name": "evening", "format": "m3u"},
        "Here is **evening** with 4 tracks.",
        attached("evening.m3u8", "echo.ogg"),
    ),
    run(
        "playlist import",
        {"name": "morning"},
        "Imported **morning** with 2 tracks.",
        says("alpha", "playlist show", name="morning"),
        files={"file": "morning.m3u"},
    ),
    run(
        "playlist delete",
        {"name": "evening"},
        "Deleted **evening**, which had 4 tracks.",
        hides("evening", "playlist list"),
    ),
    run(
        "playlist load",
        {"name": "morning"},
        "Playlist added: **morning**, 2 tracks.",
        queue_is("sea", "wind", "echo", "alpha", "bravo"),
    ),
)
