"""The sound changes, then the answer: what a command says is heard by the time that it can be read.

Ten links are being resolved meanwhile, and one of them hangs. The song's pitch rises with its position, so
each frame that arrived says where in the song it is, how loud it is and whether a filter is at work.
"""

import math
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from attrs import define, field, frozen

from actors.player.echo import HEARD_S
from actors.player.panel import Verb
from actors.player.panel_sheets import EDIT_EVERY_S
from sandbox.model.default import MUSIC_ID
from sandbox.model.entities import Message
from sandbox.model.events import MessageCreated, MessageEdited, WorldEvent
from sandbox.voice.opus import SILENCE
from tests.media.web import Page, Web, body, open_web, silent
from tests.patience import until
from tests.scenarios.chirp import FROM_HZ, RISE_HZ_PER_S
from tests.scenarios.shows import fill_library, play_all, sound, until_sound
from tests.scenarios.stage import Stage, open_stage, text_of
from tests.scenarios.web import allow
from voice.codecs import decode, new_opus_decoder, to_packet

SONGS = ("alpha", "bravo", "charlie")
RATE_HZ = 48_000
LINKS = 10
MACHINE = 3
"""By how much slower a machine with other work may be."""


@frozen
class Moment:
    """Twenty milliseconds of sound."""

    arrived_s: float
    level: float
    position_s: float
    """Where in the song its pitch says it is."""


@define(eq=False)
class Reader:
    """Somebody who reads the channel; when each message came or changed, monotonic seconds."""

    stage: Stage
    read: list[tuple[float, str]] = field(factory=list[tuple[float, str]])

    def __attrs_post_init__(self) -> None:
        self.stage.sandbox.world.subscribe(self._see)

    def _see(self, event: WorldEvent) -> None:
        match event:
            case MessageCreated(message=message) | MessageEdited(message=message):
                self.read.append((trio.current_time(), f"{text_of(message)} {labels(message)}"))
            case _:
                pass

    async def reads(self, part: str, since_s: float) -> float:
        """When something with this part could be read first, after a moment."""
        await until(lambda: any(part in words for at, words in self.read if at > since_s))
        return next(at for at, words in self.read if at > since_s and part in words)


def labels(message: Message) -> list[str]:
    """The verbs of a panel's buttons."""
    items = [item for row in message.components for item in row["components"]]
    return [str(item.get("custom_id", "")).partition(":1:")[2] for item in items]


def moments(stage: Stage) -> list[Moment]:
    """Everything that was heard so far."""
    decoder, found = new_opus_decoder(), list[Moment]()
    for frame in stage.capture.frames:
        samples = array("f")
        for part in decode(decoder, to_packet(frame.opus)):
            samples.frombytes(bytes(part.planes[0])[: part.samples * 8])
        left = samples[::2]
        level = math.sqrt(sum(value * value for value in left) / max(1, len(left)))
        found.append(Moment(frame.arrived_s, level, (pitch_hz(left) - FROM_HZ) / RISE_HZ_PER_S))
    return found


def pitch_hz(samples: "array[float]") -> float:
    """Between its first and its last rise through zero; 0 for silence."""
    rises = [at for at in range(1, len(samples)) if samples[at - 1] < 0 <= samples[at]]
    return (len(rises) - 1) * RATE_HZ / (rises[-1] - rises[0]) if len(rises) > 1 else 0.0


def heard_at(stage: Stage, at: float) -> Moment:
    """The last that had arrived by then."""
    return [moment for moment in moments(stage) if moment.arrived_s <= at][-1]


def busy_pages() -> dict[str, Page]:
    """Links that take their time, and one that never answers."""
    return {f"/slow{number}.ogg": silent for number in range(LINKS)} | {"/other.ogg": body(b"", "audio/ogg")}


@define(eq=False)
class Listener:
    """Gives commands, and compares what is heard with what can be read."""

    stage: Stage
    reader: Reader

    async def does(self, give: Callable[[], object], part: str) -> tuple[float, float]:
        """Give a command; when that was, and when its answer could be read."""
        asked = trio.current_time()
        give()
        return asked, await self.reader.reads(part, asked)

    async def runs(self, part: str, name: str, /, **options: str) -> tuple[float, float]:
        return await self.does(lambda: self.stage.run(name, **options), part)

    async def presses(self, verb: Verb, part: str) -> tuple[float, float]:
        await trio.sleep(EDIT_EVERY_S)  # the panel answers, which may be edited only so often
        message = next(one for one in reversed(self.stage.ada.visible_messages(MUSIC_ID)) if labels(one))
        items = [item for row in message.components for item in row["components"]]
        wire = next(str(i["custom_id"]) for i in items if f":{verb.value}" in str(i.get("custom_id", "")))
        return await self.does(lambda: self.stage.ada.press(message, wire), part)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers wait for their sound as long as it takes; how long that may be is for ``test_player_echo``."""
    monkeypatch.setattr("actors.player.echo.HEARD_S", MACHINE * HEARD_S)


@pytest.mark.usefixtures("patient")
async def test_what_can_be_read_is_heard_already(tmp_path: Path, song: Path) -> None:
    async with (
        open_web(busy_pages()) as web,
        open_stage(tmp_path / "data", bot=False, allow_hosts=allow(web)) as stage,
    ):
        fill_library(stage, song, SONGS)
        await stage.start_bot()
        await play_all(stage, SONGS)
        listener = Listener(stage, Reader(stage))
        keep_busy(stage, web)
        await moves(listener)
        await silences(listener)


def keep_busy(stage: Stage, web: Web) -> None:
    for number in range(LINKS):
        stage.run("play", query=web.url(f"/slow{number}.ogg"))


async def moves(listener: Listener) -> None:
    """Another place, another volume, another sound, another song."""
    stage = listener.stage
    _, read = await listener.runs("Going on at 0:20", "seek", position="20")
    assert 19.5 < heard_at(stage, read).position_s < 21.0
    await trio.sleep(0.3)
    before = heard_at(stage, trio.current_time()).level
    _, read = await listener.runs("Volume set", "volume", value="40")
    assert 0.35 < heard_at(stage, read).level / before < 0.45
    _, read = await listener.runs("Filter set", "filter", name="vaporwave")
    assert heard_at(stage, read).position_s < 17.0, "lower"
    await listener.runs("Filter off", "filter", name="off")
    await trio.sleep(0.2)
    _, read = await listener.runs("Skipped **alpha**", "skip")
    at_read = heard_at(stage, read)
    assert at_read.level < 0.01 or at_read.position_s < 1.0, "silence, or the beginning of the next one"
    await until_sound(stage, read)


async def silences(listener: Listener) -> None:
    """Pause and resume, by command and by button, and the end."""
    stage = listener.stage
    _, read = await listener.runs("Paused", "pause")
    await trio.sleep(0.2)
    assert not sound(stage, read)
    asked, read = await listener.runs("Going on with", "resume")
    assert any(asked < frame.arrived_s <= read for frame in sound(stage))
    await until_sound(stage, read)
    _, read = await listener.presses(Verb.PAUSE, Verb.RESUME.value)
    await trio.sleep(0.2)
    assert not sound(stage, read)
    asked, read = await listener.presses(Verb.RESUME, Verb.PAUSE.value)
    assert any(asked < frame.arrived_s <= read for frame in sound(stage))
    await until_sound(stage, read)
    _, read = await listener.runs("Stopped", "stop")
    await trio.sleep(0.2)
    assert not sound(stage, read), "it has faded out"
    assert stage.capture.payloads(silence=True)[-1] == SILENCE
