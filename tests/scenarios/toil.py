"""A command that takes its time, for stages: ``toil`` works one after the other, as an actor does.

It joins the slices of the bot under test; what was asked, when its own work began and when it was answered is
noted, so that readers' eyes can be compared with the truth.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
import trio
from attrs import define, field

from actors.core.address import of_guild
from actors.core.arguments import Arguments
from actors.core.cell import Context
from actors.core.declare import Command, Option, Slice
from actors.core.envelope import Envelope, Facts
from actors.core.reactive import Reactive
from actors.rest.payloads import Message as Payload
from cli.slices import all_slices as real_slices
from gateway_client.ids import ChannelId, MessageId
from sandbox.model.entities import Message
from sandbox.model.events import MessageCreated, ReactionAdded, ReactionRemoved, WorldEvent
from tests.scenarios.stage import Stage

KIND = "toil"


@define(eq=False)
class Diary:
    """What happened to each command, by its word; times are monotonic seconds."""

    nap_s: float
    began: dict[str, float] = field(factory=dict[str, float])
    said: dict[str, float] = field(factory=dict[str, float])


@define(eq=False)
class Toiler(Reactive):
    """Naps through one command after the other."""

    context: Context
    diary: Diary

    async def handle(self, envelope: Envelope) -> None:
        word = str(envelope.message)
        self.diary.began[word] = trio.current_time()
        await trio.sleep(self.diary.nap_s)
        self.diary.said[word] = trio.current_time()
        envelope.reply.say(Payload(content=f"toiled {word}"))

    async def observe(self, fact: object) -> None:
        raise TypeError(fact)


def toil_slice(diary: Diary) -> Slice:
    """The slice of ``toil``."""

    def message(arguments: Arguments, facts: Facts) -> str:
        return arguments.text("word") or ""

    command = Command(
        name=KIND,
        group="test",
        address=lambda facts: of_guild(KIND, facts.guild_id),
        message=message,
        options=(Option(name="word"),),
    )
    return Slice(
        kind=KIND,
        package="actors.core",
        factory=lambda context: Toiler(context, diary),
        commands=(command,),
    )


@contextmanager
def toiling(monkeypatch: pytest.MonkeyPatch, nap_s: float) -> Generator[Diary]:
    """Bots that start meanwhile have the command."""
    diary = Diary(nap_s)
    build: Callable[..., tuple[Slice, ...]] = real_slices

    def all_slices(**needs: object) -> tuple[Slice, ...]:
        return (*build(**needs), toil_slice(diary))

    with monkeypatch.context() as patch:
        patch.setattr("cli.assemble.all_slices", all_slices)
        yield diary


@define(eq=False)
class Reader:
    """Somebody who reads along: what is shown under each message and when, and when answers came."""

    stage: Stage
    shown: dict[MessageId, list[tuple[float, tuple[str, ...]]]] = field(
        factory=dict[MessageId, list[tuple[float, tuple[str, ...]]]]
    )
    answered: dict[str, float] = field(factory=dict[str, float])

    def __attrs_post_init__(self) -> None:
        self.stage.sandbox.world.subscribe(self._see)

    def _see(self, event: WorldEvent) -> None:
        match event:
            case ReactionAdded(message=message) | ReactionRemoved(message=message):
                seen = tuple(reaction.emoji.name for reaction in message.reactions.values())
                self.shown.setdefault(message.id, []).append((trio.current_time(), seen))
            case MessageCreated(message=message) if message.content.startswith("toiled "):
                self.answered[message.content.removeprefix("toiled ")] = trio.current_time()
            case _:
                pass

    def times(self, message: Message, emoji: str) -> tuple[float, float] | None:
        """When an emoji came and when it went; ``None`` if it was never there."""
        came: float | None = None
        for at, seen in self.shown.get(message.id, []):
            if emoji in seen and came is None:
                came = at
            elif came is not None and emoji not in seen:
                return came, at
        return None if came is None else (came, float("inf"))


async def burst(stage: Stage, channel_id: ChannelId, count: int, prefix: str = "w") -> dict[str, Message]:
    """So many commands at once, of everybody in turn, by their words; ``prefix`` tells bursts apart."""
    people = stage.sandbox.people.all()
    words = [f"{prefix}{number}" for number in range(count)]
    return {
        word: people[number % len(people)].send_message(channel_id, f"!toil {word}")
        for number, word in enumerate(words)
    }
