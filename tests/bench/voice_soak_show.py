"""What a soak plays and what is true of it: songs that tell the position, in a queue whose order is known.

The truth is what the sandbox heard and decrypted last: how far the song is and whether it sounds. Everything
people say and see goes through commands.
"""

import re
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

import trio
from attrs import define, field, frozen

from sandbox.model.default import BEN_ID, BOT_ID, OWNER_ID
from sandbox.model.interaction import Interaction
from sandbox.voice.dave_ear import Ear
from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.bench.voice_soak_stalls import Stalls
from tests.scenarios.calls import Talk, add_talk
from tests.scenarios.chirp import WINDOW, position_s, write_chirp
from tests.scenarios.shows import fill_library
from tests.scenarios.stage import BotProcess, Stage, start_process

SONG_S: Final = 75.0
CURRENT_S: Final = 0.1
"""A sound that ended longer ago than this does not sound now."""
STEADY_S: Final = 0.06
_PROGRESS: Final = re.compile(r"▬.*?(\d+):(\d\d)")
_NAME: Final = re.compile(r"\*\*(n\d\d)\*\*")
_ROW: Final = re.compile(r"`\d+\.` (n\d\d)")
_COUNT: Final = re.compile(r"Next, (one|\d+) track")


class NotSeen(Exception):
    """An answer does not say what it should; the words are the answer."""


@frozen
class Progress:
    """What ``/playing`` says: the track and its whole seconds."""

    name: str
    seconds: int


@frozen
class Queue:
    """What ``/queue`` says: the track, how many are behind it, and the names of its first page."""

    name: str
    count: int
    rows: tuple[str, ...]


@define
class Listener:
    """Somebody's client, and when it first understood a frame (monotonic seconds)."""

    ear: Ear
    since_s: float | None = None


@define(eq=False)
class Show:
    """One call of a bot that is a process of its own."""

    talk: Talk
    bot: BotProcess
    names: tuple[str, ...]
    stalls: Stalls
    song_s: float
    listeners: dict[int, Listener] = field(factory=dict[int, Listener])

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self.talk.stage

    def frames(self, count: int = 60) -> list[Frame]:
        """The last frames that were heard, oldest first."""
        return list(islice(reversed(self.talk.server.capture.frames), count))[::-1]

    def last_at(self) -> float:
        """When the last frame of sound arrived (monotonic seconds)."""
        frames = reversed(self.talk.server.capture.frames)
        return next((frame.arrived_s for frame in frames if frame.opus != SILENCE), 0.0)

    def truth_s(self, now: float) -> float | None:
        """How far the song is; ``None`` where that cannot be heard: at a join of two tracks, after a seek."""
        sound = [frame for frame in self.frames() if frame.opus != SILENCE]
        if len(sound) < 2 * WINDOW:
            return None
        later, earlier = position_s(sound[-WINDOW:]), position_s(sound[-2 * WINDOW : -WINDOW])
        if abs(later - earlier - WINDOW * 0.02) > STEADY_S:
            return None
        passed_s = now - sound[-1].arrived_s
        return later + (passed_s if passed_s < CURRENT_S else 0.0)

    def meet_listeners(self) -> None:
        """Remember who listens now; a client that comes anew is another one."""
        for user_id in (OWNER_ID, BEN_ID):
            ear = self.talk.voice.ear(self.talk.server.guild_id, user_id)
            if ear is None:
                continue
            listener = self.listeners.setdefault(id(ear), Listener(ear))
            if listener.since_s is None and ear.decoded:
                listener.since_s = ear.decoded[0].at_s

    async def progress(self) -> Progress:
        """Ask what plays.

        Raises:
            NotSeen: nothing, by its word.
        """
        said = await self._ask("playing")
        name, progress = _NAME.search(said), _PROGRESS.search(said)
        if name is None or progress is None:
            raise NotSeen(said)
        return Progress(name[1], int(progress[1]) * 60 + int(progress[2]))

    async def queue(self) -> Queue:
        """Ask what is queued.

        Raises:
            NotSeen: nothing plays, by its word.
        """
        said = await self._ask("queue")
        name, count = _NAME.search(said), _COUNT.search(said)
        if name is None:
            raise NotSeen(said)
        number = 0 if count is None else 1 if count[1] == "one" else int(count[1])
        return Queue(name[1], number, tuple(_ROW.findall(said)))

    async def _ask(self, command: str) -> str:
        asked = self.stage.ada.run_command(self.talk.server.text_id, command)
        return await self._outcome(asked)

    async def _outcome(self, asked: Interaction) -> str:
        return await self.talk.server.outcome(asked)

    async def start(self) -> None:
        """Queue all songs and wait until the first sounds."""
        for name in self.names:
            said = await self.talk.server.outcome(self.talk.server.play(name))
            if "Track added" not in said:
                raise NotSeen(said)
        await self.talk.hears(0)

    def longest_gap(self, since_s: float) -> tuple[float, float]:
        """The longest time without a packet, from the last one before a moment on, and since when."""
        frames = self.frames(4000)
        first = next((index for index, frame in enumerate(frames) if frame.arrived_s > since_s), len(frames))
        pairs = pairwise(frames[max(0, first - 1) :])
        gaps = [(later.arrived_s - earlier.arrived_s, earlier.arrived_s) for earlier, later in pairs]
        return max(gaps, default=(0.0, since_s))


async def open_show(stage: Stage, folder: Path, minutes: float, stalls: Stalls) -> Show:
    """Ada listens in one channel, Ben in the next, and a bot plays from now on.

    Args:
        stage: with its voice server set up and no bot.
        folder: for the song.
        minutes: how long the queue has to last.
        stalls: of the run.
    """
    song = await trio.to_thread.run_sync(write_chirp, folder / "chirp.ogg", SONG_S)
    names = tuple(f"n{number:02}" for number in range(int(minutes * 60 / SONG_S) + 3))
    talk = add_talk(stage, song, 1)
    fill_library(stage, song, names, talk.server.guild_id)
    bot = start_process(stage)
    await stage.until_ready()
    show = Show(talk, bot, names, stalls, SONG_S)
    await show.start()
    assert talk.seat is not None
    assert stage.sandbox.world.application.bot.id == BOT_ID
    return show
