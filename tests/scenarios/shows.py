"""A show on a stage: songs in the library, somebody in the channel, a queue, and what is heard of it.

Helpers of the scenarios about restarts, crashes and faults; nothing here knows how the bot works inside.
"""

import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import trio

from gateway_client.ids import GuildId
from sandbox.model.default import GUILD_ID
from sandbox.model.interaction import Interaction
from sandbox.voice import VoiceServer
from sandbox.voice.capture import Capture
from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.patience import until
from tests.scenarios.chirp import WINDOW, position_s
from tests.scenarios.stage import BotProcess, Stage, start_process, text_of

FRAME = 960  # samples at 48 kHz
FRAME_S = 0.02

PLAYS_AT_ONCE = 5
SONGS = ("alpha", "bravo", "charlie", "delta", "echo")


def fill_library(
    stage: Stage, song: Path, names: Sequence[str] = SONGS, guild_id: GuildId = GUILD_ID
) -> None:
    """Put one file into a guild's library under several names, as its owner may do by hand."""
    folder = stage.data / "library" / str(int(guild_id))
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(song, folder / f"{name}{song.suffix}")


async def play_all(stage: Stage, names: Sequence[str] = SONGS[:4]) -> None:
    """Sit down, ask for these songs, a few at once, and wait until all are queued and the first sounds.

    All at once would have to be acknowledged within three seconds on a machine that has other work to do.
    """
    stage.sit()
    before = trio.current_time()
    for first in range(0, len(names), PLAYS_AT_ONCE):
        asked = [(name, stage.run("play", query=name)) for name in names[first : first + PLAYS_AT_ONCE]]
        for name, play in asked:
            await says(stage, play, f"Track added: **{name}")
    await until_sound(stage, before)


async def says(stage: Stage, interaction: Interaction, part: str) -> str:
    """Wait until the answer to an interaction has this part; the whole answer."""
    await until(lambda: part in answer(stage, interaction))
    return answer(stage, interaction)


def answer(stage: Stage, interaction: Interaction) -> str:
    """What stands in an interaction's own answer now; nothing while there is none."""
    person = stage.sandbox.people.of(interaction.user_id)
    seen = person.visible_messages(interaction.channel_id)
    return "\n".join(text_of(message) for message in seen if message.id == interaction.original_id)


def capture_of(stage: Stage, guild_id: GuildId) -> Capture:
    """What the bot sent into voice of a guild."""
    assert isinstance(stage.sandbox.voice, VoiceServer)
    return stage.sandbox.voice.capture(guild_id, stage.sandbox.world.application.bot.id)


def sound(stage: Stage, since_s: float = 0.0, guild_id: GuildId = GUILD_ID) -> list[Frame]:
    """The frames of sound that arrived after a moment (monotonic seconds), silence left out."""
    frames = capture_of(stage, guild_id).frames
    return [frame for frame in frames if frame.arrived_s > since_s and frame.opus != SILENCE]


async def until_sound(stage: Stage, since_s: float, guild_id: GuildId = GUILD_ID) -> list[Frame]:
    """Wait for enough new sound to hear a position in; that sound."""
    await until(lambda: len(sound(stage, since_s, guild_id)) > WINDOW)
    return sound(stage, since_s, guild_id)


def heard_s(stage: Stage) -> float:
    """How far the chirp is that sounds now, in seconds."""
    return position_s(list(stage.capture.frames)[-100:])


def is_whole(stage: Stage, since_s: float, guild_id: GuildId = GUILD_ID) -> bool:
    """Whether one stream went on since a moment without a missing packet, whenever its packets came."""
    frames = [frame for frame in capture_of(stage, guild_id).frames if frame.arrived_s > since_s]
    steps = {
        ((later.sequence - one.sequence) & 0xFFFF, (later.timestamp - one.timestamp) & 0xFFFFFFFF)
        for one, later in pairwise(frames)
    }
    return steps == {(1, FRAME)}


async def start_again(stage: Stage) -> tuple[BotProcess, float]:
    """Start the bot and wait for its new READY; the bot and when that was (monotonic seconds)."""
    before = set(stage.sandbox.gateway.hub.sessions)
    bot = start_process(stage)
    await until(lambda: bool(set(stage.sandbox.gateway.hub.sessions) - before))
    ready = trio.current_time()
    await stage.until_ready()
    return bot, ready
