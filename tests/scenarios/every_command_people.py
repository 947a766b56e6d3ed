"""The story of everything but music: gathers, reputation, reminders, members and the server."""

from typing import Final

from tests.scenarios.every_command import Fill, Step, Use, like, press, run, types
from tests.scenarios.every_command_checks import (
    all_of,
    call_is_gone,
    events_are,
    hides,
    is_called,
    reads,
    says,
    sits,
)

SERVER: Final = (
    run(
        "settings",
        {"name": "timezone", "value": "prague"},
        "**timezone** is now `Europe/Prague`.",
        says("`Europe/Prague`", "settings", name="timezone"),
    ),
    run("settings", {"name": "gather_events", "value": "on"}, "**gather_events** is now `on`."),
    types("settings", "name", "langu", "language"),
    types("settings", "value", "c", "cs", name="language"),
    types("help", "command", "nam", "rename"),
    run("help", {"command": "vol"}, like(r".*`/volume \[value\]`.*`!volume \[value\]`.*"), alias="h"),
    run("help", sees=like(r"What I can do\n.*Play.*")),
    press("pager", "next", like(r"What I can do\n.*`speed`.*")),
    press("pager", "previous", like(r"What I can do\n.*`playtop`.*")),
    run("status", sees=like(r"(Status\nVersion\n).*(Servers\n2\n).*(Playing here\n).*")),
    run(
        "diagnose",
        sees=like(r"(Diagnosis\n).*(Event loop, late by\n).*(Warnings and errors since the start\n).*"),
    ),
)

MEMBERS: Final = (
    run("rename", {"user": "{ben}", "name": "Benny"}, "Ben → Benny", is_called("ben", "Benny")),
    Step(deed=Use(menu="Rename", on="ben")),
    Step(
        deed=Fill(values={"name": ""}), sees="Benny → Ben (the nickname is gone)", then=is_called("ben", None)
    ),
    run("wakeup", {"user": "{ben}", "count": 1}, "Woke **Ben** up, once.", sits("ben", "Lounge")),
    Step(deed=Use(menu="WakeUp!", on="ben"), sees="Woke **Ben** up, 2 times.", then=sits("ben", "Lounge")),
    run("uwu", {"text": "really lovely"}, like(r".*weawwy wuvwy.*")),
    run("uwu_me", {"text": "really"}, then=all_of(reads("@Ada: ", "weawwy"), call_is_gone("!uwu_me"))),
)

REPUTATION: Final = (
    run(
        "rep plus",
        {"user": "{ben}", "reason": "helped"},
        "👍 **+1** for @Ben: helped\nTotal: **+1**",
        alias="+rep",
    ),
    run(
        "rep minus",
        {"user": "{cleo}", "reason": "late"},
        "👎 **−1** for @Cleo: late\nTotal: **−1**",
        alias="-rep",
    ),
    run(
        "rep list",
        {"user": "{ben}"},
        like(r"Reputation\n@Ben: \*\*\+1\*\* from 1 entry.*helped.*"),
        alias="reps",
    ),
    run("rep leaderboard", sees=like(r"Reputation leaderboard\n.*@Ben.*@Cleo.*"), alias="leaderboard"),
    run(
        "rep undo",
        sees="↩️ Taken back: **−1** for @Cleo.\nTotal: **0**",
        then=hides("@Cleo", "rep leaderboard"),
    ),
)

REMINDERS: Final = (
    run(
        "notify me",
        {"when": "1h", "note": "tea"},
        "⏰ Reminder **#n** is set: <t>, <t>.",
        says("tea", "notify list"),
        alias="remind",
    ),
    run(
        "notify remove",
        {"id": "{reminder}"},
        "Reminder **#n** is removed.",
        hides("tea", "notify list"),
        alias="remind remove",
    ),
    run(
        "notify you",
        {"user": "{ben}", "when": "1s", "note": "come"},
        "⏰ Reminder **#n** for @Ben is set: <t>, <t>.",
        reads("⏰ @Ben", "come"),
        alias="remind you",
    ),
    press("reminders", "snooze", like(r"I will remind you again <t> \(reminder \*\*#n\*\*\)\."), by="ben"),
    run("notify list", sees=like(r".*\*\*#n\*\* <t>, <t> .*come.*"), alias="remind list", by="ben"),
    run(
        "notify me",
        {"when": "31-12-2030 9:00", "note": "far"},
        "⏰ Reminder **#n** is set: <t>, <t>.\nThat is `31-12-2030_09:00` in Europe/Prague.",
        by="zoned",
        alias="remind me",
    ),
    press("reminders", "zone", by="zoned"),
    Step(
        deed=Fill(values={"zone": "tokyo"}),
        sees="Your time zone is **Asia/Tokyo** from now on, and reminder **#n** is due <t>, <t>.",
        then=reads("`31-12-2030_09:00` in Asia/Tokyo"),
        by="zoned",
    ),
)

GATHER: Final = (
    run(
        "gather start",
        {"time": "10m"},
        like(r"📣 Gathering\n.*"),
        all_of(reads("Time remaining: **"), events_are(1)),
    ),
    run(
        "gather extend",
        {"time": "5m"},
        "The countdown is 5m longer, 15m in all.",
        reads("Extended by **5:00**"),
    ),
    run(
        "gather expect",
        {"user": "{cleo}", "user2": "{dan}"},
        "Waiting for @Cleo, @Dan.",
        reads("📣 Gathering", ". @Dan"),
    ),
    run(
        "gather forget",
        {"user": "{dan}"},
        "No longer waiting for @Dan.",
        reads("📣 Gathering", "**3 take part:**"),
    ),
    press("gather", "join", then=reads("📣 Gathering", "**4 take part:**"), by="dan"),
    press("gather", "leave", then=reads("📣 Gathering", "**3 take part:**"), by="dan"),
    press("gather", "start_now", then=all_of(reads("📣 Gathering", "0/3"), events_are(0))),
    press("gather", "mute", then=reads("📣 Gathering", "Pings: 🔕 off")),
    press("gather", "unmute", then=reads("📣 Gathering", "Pings: 🔔 on")),
    press("gather", "here", then=reads("📣 Gathering", "1/3")),
    press("gather", "out", then=all_of(reads("📣 Gathering", "1/2"), sits("ben", "")), by="ben"),
    press("gather", "out", then=reads("📣 Gathering", "✅ Complete"), by="cleo"),
    run("gather stats", {"user": "{ada}"}, like(r"Punctuality\n.*on time.*")),
    run("gather start", sees=like(r"📣 Gathering\n.*Grace period.*")),
    press("gather", "cancel", then=reads("📣 Gathering", "Cancelled.")),
)

PEOPLE_STORY: Final[tuple[Step, ...]] = (*SERVER, *MEMBERS, *REPUTATION, *REMINDERS, *GATHER)
