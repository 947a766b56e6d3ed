"""How often a ``kill -9`` at a random moment leaves an answer that lies.

Run ``python -m tests.bench.kills [ROUNDS] [DEED …]``. The sandbox runs in this process, ``REST_S`` away, and
the bot is a process of its own. In each round somebody asks for something, the bot is killed at a random
moment, started again and given ``PATIENCE_S``. Wrong is then:

- an answer that still reads "thinking…", though its interaction was acknowledged
- one that reads "Downloading…" or "Queuing…"
- a picker whose buttons do nothing

The deeds: ``skip`` and its like, which wait for the sound; ``download``; ``unsure``, the link of a song that
no video is surely, and ``handover``, the same from the moment on in which it reads "Queuing…"; ``say``,
commands of the other slices. All but the first and the last by turns as slash command and as message.
"""

import itertools
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import trio
from attrs import define, field

from media.extractor.values import Entry
from sandbox.model.default import MUSIC_ID
from sandbox.model.entities import Message, MessageFlags
from sandbox.model.interaction import Interaction
from tests.media.fake_extractor import FakeExtractor, video
from tests.media.service_pages import TRACK, embed_track
from tests.media.web import Page, Request, Web, body, head, open_web
from tests.patience import until
from tests.scenarios.chirp import write_chirp
from tests.scenarios.shows import fill_library, play_all
from tests.scenarios.stage import ROOT, BotProcess, Stage, open_stage, text_of
from tests.scenarios.test_scenario_songs import FINDS, LINK, WORDS, open_with
from tests.scenarios.web import allow

ROUNDS = 24
REST_S = 0.1
PATIENCE_S = 4.0
FILE_S = 0.3
SEARCH_S = 0.3
SPANS_S = {"skip": 0.7, "download": 0.8, "unsure": 1.1, "handover": 1.0, "say": 0.35}
"""How long a deed takes from the event to its last word, roughly."""

SOUNDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("skip", {}),
    ("pause", {}),
    ("resume", {}),
    ("volume", {"value": "70"}),
    ("seek", {"position": "5"}),
    ("filter", {"name": "bassboost"}),
)
SAYINGS: tuple[tuple[str, dict[str, str]], ...] = (
    ("settings", {"name": "prefix", "value": "!"}),
    ("notify me", {"when": "3h", "note": "tea"}),
    ("notify list", {}),
    ("help", {}),
    ("status", {}),
    ("rep list", {}),
    ("playlist list", {}),
    ("queue", {}),
)


@define(eq=False)
class Bench:
    """A stage, the web that its bots may reach, and the bot that runs now."""

    stage: Stage
    web: Web
    numbers: "itertools.count[int]" = field(factory=itertools.count)
    bot: BotProcess | None = None

    async def start(self) -> None:
        """Start the bot and wait for its READY."""
        before = set(self.stage.sandbox.gateway.hub.sessions)
        self.bot = self.run()
        await until(lambda: bool(set(self.stage.sandbox.gateway.hub.sessions) - before))
        await self.stage.until_ready()

    def run(self) -> BotProcess:
        """Start the bot as a process."""
        stage = self.stage
        environment = os.environ | {
            "DISCORD_TOKEN": stage.sandbox.token,
            "DISCORD_API_BASE": stage.sandbox.api_base,
            "ROADIE_DATA": str(stage.data),
            "ROADIE_MEDIA_ALLOW_HOSTS": ",".join(
                (stage.sandbox.url.removeprefix("http://"), *allow(self.web))
            ),
        }
        argv = [sys.executable, "-m", "tests.bench.kills", "--bot", self.web.url("")]
        with (stage.data.parent / "bot.log").open("ab") as log:
            process = subprocess.Popen(argv, env=environment, cwd=ROOT, stderr=log)
        stage.processes.append(process)
        return BotProcess(stage, process)


@define(eq=False)
class Asked:
    """What somebody asked for: as an interaction, or from which message on they read the channel."""

    interaction: Interaction | None = None
    read: frozenset[int] = frozenset()

    def answers(self, stage: Stage) -> list[Message]:
        """What the bot has answered so far."""
        seen = stage.ada.visible_messages(MUSIC_ID)
        if self.interaction is None:
            return [one for one in seen if one.id not in self.read and one.author.bot]
        ours = (self.interaction.original_id, *self.interaction.followup_ids)
        return [one for one in seen if one.id in ours]


Deed = Callable[[Bench, int], Awaitable[Asked]]


async def skip(bench: Bench, number: int) -> Asked:
    """One of the commands whose answers wait for the sound."""
    if number % 12 == 0:
        await bench.stage.ask("stop")
        await play_all(bench.stage)
    name, options = SOUNDS[number % len(SOUNDS)]
    return Asked(bench.stage.run(name, **options))


async def download(bench: Bench, number: int) -> Asked:
    """A file that takes a moment."""
    url = bench.web.url(f"/slow{number % 2}.ogg")
    return by_turns(bench, number, "local download", url=url)


async def unsure(bench: Bench, number: int) -> Asked:
    """The link of a song that no video is surely."""
    return by_turns(bench, number, "play", query=LINK)


async def hand_over(bench: Bench, number: int) -> Asked:
    """The same, as soon as it reads "Queuing…"."""
    asked = await unsure(bench, number)
    await until(lambda: lie(bench.stage, asked) == "Queuing…")
    return asked


async def say(bench: Bench, number: int) -> Asked:
    """A command of another slice."""
    name, options = SAYINGS[number % len(SAYINGS)]
    return Asked(bench.stage.run(name, **options))


def by_turns(bench: Bench, number: int, name: str, **options: str) -> Asked:
    """As slash command or as message."""
    stage = bench.stage
    if number % 2 == 0:
        return Asked(stage.run(name, **options))
    read = frozenset(one.id for one in stage.ada.visible_messages(MUSIC_ID))
    stage.ada.send_message(MUSIC_ID, " ".join((f"!{name}", *options.values())))
    return Asked(read=read)


DEEDS: dict[str, Deed] = {
    "skip": skip,
    "download": download,
    "unsure": unsure,
    "handover": hand_over,
    "say": say,
}


def lie(stage: Stage, asked: Asked) -> str | None:
    """What of the answers is not true now."""
    for one in asked.answers(stage):
        if one.flags & MessageFlags.LOADING:
            return "thinking…"
        content = text_of(one)
        if "Downloading…" in content or content == "Queuing…":
            return content
    return None


async def dead_picker(stage: Stage, asked: Asked) -> bool:
    """Press Cancel on the picker, if there is one; whether that did nothing."""
    items = [
        (one, item)
        for one in asked.answers(stage)
        for row in one.components
        for item in row["components"]
        if item.get("label") == "Cancel"
    ]
    if not items:
        return False
    message, item = items[0]
    stage.ada.press(message, str(item["custom_id"]))
    with trio.move_on_after(PATIENCE_S):
        await until(lambda: not any("Cancel" in str(one.components) for one in asked.answers(stage)))
        return False
    return True


async def play_round(bench: Bench, name: str, number: int, dice: random.Random) -> tuple[str | None, str]:
    """Ask, kill, start again; what is wrong then, and what is read."""
    asked = await DEEDS[name](bench, number)
    await trio.sleep(dice.uniform(0.0, SPANS_S[name]))
    assert bench.bot is not None
    bench.bot.kill()
    await bench.start()
    with trio.move_on_after(PATIENCE_S):
        await trio.sleep(PATIENCE_S / 2)
        while lie(bench.stage, asked) is not None:  # noqa: ASYNC110 - no event tells
            await trio.sleep(0.05)
    wrong = lie(bench.stage, asked)
    read = " | ".join(text_of(one).partition("\n")[0][:60] for one in asked.answers(bench.stage))
    if wrong is None and await dead_picker(bench.stage, asked):
        wrong = "dead picker"
    return wrong, read or "nothing"


async def play(name: str, rounds: int, dice: random.Random) -> None:
    """All rounds of one deed."""
    wrong: Counter[str] = Counter()
    read: Counter[str] = Counter()
    async with open_bench() as bench:
        for number in range(rounds):
            found, line = await play_round(bench, name, number, dice)
            wrong.update([found] if found is not None else [])
            read.update([line])
    print(f"{name}: {wrong.total()} of {rounds} wrong {dict(wrong)}")
    for line, times in read.most_common():
        print(f"    {times:3} {line}")


@asynccontextmanager
async def open_bench() -> AsyncGenerator[Bench]:
    """A stage with a running bot, and its web."""
    with tempfile.TemporaryDirectory() as folder:
        song = write_chirp(Path(folder) / "song.ogg", 60.0)
        content = song.read_bytes()
        pages: dict[str, Page] = {f"/slow{number}.ogg": slow(content) for number in range(2)}
        pages |= {
            "/song.ogg": body(content, "audio/ogg"),
            f"/embed/track/{TRACK}": body(embed_track().encode(), "text/html; charset=utf-8"),
        }
        data = Path(folder) / "data"
        async with open_web(pages) as web, open_stage(data, bot=False, checked=False) as stage:
            stage.sandbox.faults.rest_delay_s = REST_S
            fill_library(stage, song)
            bench = Bench(stage, web)
            await bench.start()
            stage.sit()
            await trio.sleep(1.0)
            yield bench


def slow(content: bytes) -> Page:
    """Sends a half at once and the rest after ``FILE_S``."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        half = len(content) // 2
        await stream.send_all(head("200 OK", f"Content-Length: {len(content)}") + content[:half])
        await trio.sleep(FILE_S)
        await stream.send_all(content[half:])

    return page


@define(eq=False)
class SlowYouTube(FakeExtractor):
    """Takes so long to search that the answer which says so has arrived."""

    async def search(self, words: str, count: int = 5) -> tuple[Entry, ...]:
        """Find what was put there."""
        await trio.sleep(SEARCH_S)
        return await super().search(words, count)


def run_bot(base: str) -> int:
    """The bot, with a Spotify and a YouTube of this bench's own."""
    import cli.rooms  # only where the bot runs
    from cli.main import main as run_main

    youtube = SlowYouTube()
    youtube.finds[WORDS] = FINDS
    for find in FINDS:
        youtube.put(video(find.id, f"{base}/song.ogg", duration_s=find.duration_s))
    cli.rooms.open_media = partial(open_with, base, youtube)
    return run_main([])


def main(argv: list[str]) -> int:
    """Measure, or be the bot."""
    if argv[:1] == ["--bot"]:
        return run_bot(argv[1])
    rounds = int(argv[0]) if argv else ROUNDS
    seed = random.SystemRandom().getrandbits(32)
    print(f"REST {REST_S * 1000:.0f} ms, seed {seed}")
    for name in argv[1:] or DEEDS:
        trio.run(play, name, rounds, random.Random(seed))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
