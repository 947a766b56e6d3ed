"""What a step of a story must have done, seen from outside: seats, sound, files, names, lists, messages."""

import trio

from sandbox.model.default import AFK_ID, LOUNGE_ID
from tests.patience import PATIENCE_S, until
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.every_command import Check, Option, Run
from tests.scenarios.every_command_place import PEOPLE, Place
from tests.scenarios.shows import capture_of, sound

SEATS = {"Lounge": LOUNGE_ID, "AFK": AFK_ID, "": None}
QUIET_S = 0.15
SOME_FRAMES = 3
NEAR_S = 3.0
"""How far a position may have gone on until it is looked at."""


async def ask(place: Place, name: str, /, **options: Option) -> str:
    """What a slash command of Ada's answers, whatever the place's form."""
    answers = place.answers_to(place.slash(Run(name=name, options=options), place.person("ada")))
    with trio.fail_after(PATIENCE_S):
        while not (read := [line for line in answers() if line]):  # noqa: ASYNC110 - edits have no event
            await trio.sleep(0.01)
    return read[-1]


def all_of(*checks: Check) -> Check:
    """One after the other."""

    async def check(place: Place) -> None:
        for one in checks:
            await one(place)

    return check


def says(expected: str, name: str, /, **options: Option) -> Check:
    """Another command tells of it."""

    async def check(place: Place) -> None:
        answer = await ask(place, name, **options)
        assert expected in answer, f"{name}: wanted {expected!r}, read {answer!r}"

    return check


def hides(unwanted: str, name: str, /, **options: Option) -> Check:
    """Another command does not tell of it."""

    async def check(place: Place) -> None:
        answer = await ask(place, name, **options)
        assert unwanted not in answer, f"{name}: did not want {unwanted!r}, read {answer!r}"

    return check


def queue_is(*titles: str) -> Check:
    """What waits, in order."""

    async def check(place: Place) -> None:
        rows = [line for line in (await ask(place, "queue")).split("\n") if line.startswith("`")]
        queued = [row.partition("` ")[2].partition(" (")[0] for row in rows]
        assert queued == list(titles)

    return check


def plays(title: str) -> Check:
    """What the player says it plays, and that it sounds."""

    async def check(place: Place) -> None:
        assert f"Now playing: **{title}**" in await ask(place, "playing")
        await sounds(place)

    return check


async def sounds(place: Place) -> None:
    """New sound comes."""
    since = trio.current_time()
    await until(lambda: len(sound(place.stage, since, place.guild_id)) >= SOME_FRAMES)


async def is_quiet(place: Place) -> None:
    """Sound has ended."""
    await until(lambda: not sound(place.stage, trio.current_time() - QUIET_S, place.guild_id))


def heard_at(seconds: float) -> Check:
    """Which place of the song sounds; the chirp tells."""

    def is_near(place: Place) -> bool:
        frames = list(capture_of(place.stage, place.guild_id).frames)[-50:]
        return len(frames) > WINDOW and seconds <= position_s(frames) < seconds + NEAR_S

    async def check(place: Place) -> None:
        await until(lambda: is_near(place))

    return check


def sits(name: str, seat: str) -> Check:
    """Where somebody sits; the bot's name is ``roadie``."""

    async def check(place: Place) -> None:
        user_id = place.bot_id if name == "roadie" else PEOPLE[name]
        await until(lambda: place.seat_of(user_id) == SEATS[seat])

    return check


def is_called(name: str, nick: str | None) -> Check:
    """Somebody's nickname here."""

    async def check(place: Place) -> None:
        await until(lambda: place.guild.members[PEOPLE[name]].nick == nick)

    return check


def library_has(name: str, *, there: bool = True) -> Check:
    """Whether a file is in the server's library, on the disk."""

    async def check(place: Place) -> None:
        file = place.stage.data / "library" / str(int(place.guild_id)) / name
        await until(lambda: file.is_file() == there)

    return check


def reads(*parts: str, gone: bool = False) -> Check:
    """A message in the channel has these parts; or none has."""

    def is_there(place: Place) -> bool:
        return any(all(part in line for part in parts) for line in place.lines())

    async def check(place: Place) -> None:
        await until(lambda: is_there(place) != gone)

    return check


def is_done(call: str) -> Check:
    """The newest written call has the reaction that says so; a slash command has none."""

    def has_it(place: Place) -> bool:
        calls = [message for message in place.messages() if message.content.startswith(call)]
        return not calls or "✅" in calls[-1].reactions

    async def check(place: Place) -> None:
        await until(lambda: has_it(place))

    return check


def voice_status_is(status: str | None) -> Check:
    """What stands under the name of the Lounge."""

    async def check(place: Place) -> None:
        lounge = place.guild.channels[place.channel(LOUNGE_ID)]
        await until(lambda: lounge.status == status)

    return check


def call_is_gone(call: str) -> Check:
    """The written call is deleted; a slash command has none."""

    async def check(place: Place) -> None:
        await until(lambda: all(not line.startswith(call) for line in place.lines()))

    return check


def events_are(count: int) -> Check:
    """How many scheduled events the server has."""

    async def check(place: Place) -> None:
        await until(lambda: len(place.guild.event_ids) == count)

    return check


def attached(name: str, part: str) -> Check:
    """The newest file of the bot."""

    async def check(place: Place) -> None:
        files = [file for message in place.messages() if message.author.bot for file in message.attachments]
        assert files, "no file came"
        assert files[-1].filename == name
        assert part in files[-1].content.decode()

    return check
