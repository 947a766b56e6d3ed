"""What breaks in a soak: one deed per fault, and how long a hole a listener may hear of it.

A deed is done in one step; what it leads to is waited for by whoever did it. The limits hold in clear
weather; where packets get lost or late, each question to the voice server may cost what the weather costs.
"""

import os
import random
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import trio
from attrs import define, frozen

from gateway_client.ids import ChannelId
from sandbox.model.default import BEN_ID
from tests.bench.voice_soak_show import Show

NO_HOLE_S: Final = 0.1
"""Five frames: receivers bridge that."""
HANDSHAKE_TRIPS: Final = 10
"""Questions and answers from a new server's name to the first frame that is encrypted end to end."""


@frozen
class Fault:
    """One kind of fault: what is done, and the longest hole (seconds) that may come of it.

    ``asks``: no sound until the voice server has answered; the others are mended while it goes on.
    """

    name: str
    do: Callable[[Show, random.Random], Awaitable[None]]
    hole_s: float
    weight: int = 2
    asks: bool = False


@define
class Weather:
    """What the net between the voice server and the bot is like: loss 0–1, delay in seconds."""

    loss: float = 0.0
    delay_s: float = 0.0

    @property
    def is_clear(self) -> bool:
        """Whether nothing gets lost or late."""
        return not self.loss and not self.delay_s

    @property
    def costs_s(self) -> float:
        """What a new connection may cost more: each answer comes late, a lost one is asked for again."""
        return HANDSHAKE_TRIPS * self.delay_s + (1.0 if self.loss else 0.0)


WEATHERS: Final = (
    Weather(),
    Weather(),
    Weather(loss=0.05),
    Weather(delay_s=0.08),
    Weather(loss=0.05, delay_s=0.03),
)


def put_weather(show: Show, weather: Weather) -> None:
    """Let the net be like this from now on."""
    faults = show.talk.voice.faults
    faults.drop_sent_share, faults.delay_s = weather.loss, weather.delay_s


async def _cut(show: Show, _chance: random.Random) -> None:
    show.talk.voice.cut(show.talk.server.guild_id, show.stage.sandbox.world.application.bot.id)


def _closes(*codes: int) -> Callable[[Show, random.Random], Awaitable[None]]:
    async def close(show: Show, chance: random.Random) -> None:
        show.talk.close(chance.choice(codes))

    return close


async def _refuse_for_a_while(show: Show, chance: random.Random) -> None:
    show.talk.voice.faults.refuse = True
    await _cut(show, chance)
    await trio.sleep(chance.uniform(0.2, 1.5))
    show.talk.voice.faults.refuse = False


async def _migrate(show: Show, _chance: random.Random) -> None:
    await show.talk.voice.move_region()
    show.talk.offer_server()


async def _offer_again(show: Show, _chance: random.Random) -> None:
    show.talk.offer_server()


async def _move(show: Show, _chance: random.Random) -> None:
    """To the other channel: Ada listens in the one; into the other Ben goes ahead, or music would wait."""
    lounge, next_door = show.talk.server.voice_id, show.talk.next_door.id
    target = lounge if show.talk.seat == next_door else next_door
    if target == next_door and _seat_of_ben(show) != next_door:
        show.stage.sandbox.people.of(BEN_ID).join_voice(next_door)
    show.talk.move(target)


async def _drop_gateway(show: Show, chance: random.Random) -> None:
    """After a heartbeat: who loses connections that were never healthy dials ever more slowly."""
    gateway = show.stage.sandbox.gateway
    for connection in tuple(gateway.connections):
        connection.ask_for_heartbeat()
    await trio.sleep(0.1)
    chance.choice((gateway.drop_all, gateway.reconnect_all))()


async def _kill_node(show: Show, _chance: random.Random) -> None:
    for pid in node_pids(show.bot.process.pid):
        os.kill(pid, signal.SIGKILL)


def _seat_of_ben(show: Show) -> ChannelId | None:
    state = show.stage.sandbox.world.voice.state(show.talk.server.guild_id, BEN_ID)
    return None if state is None else state.channel_id


async def _come_or_go(show: Show, _chance: random.Random) -> None:
    """Ben comes to where the bot is, or goes back."""
    ben, seat = show.stage.sandbox.people.of(BEN_ID), show.talk.seat
    assert seat is not None
    there = _seat_of_ben(show) == seat
    alone = seat == show.talk.next_door.id
    if not (there and alone):
        ben.join_voice(show.talk.next_door.id if there else seat)


FAULTS: Final = (
    Fault("voice WebSocket cut", _cut, NO_HOLE_S, 4),
    Fault("4015", _closes(4015), NO_HOLE_S, 4),
    Fault("1001, 4009", _closes(1001, 4009), NO_HOLE_S),
    Fault("cut, then refused", _refuse_for_a_while, NO_HOLE_S),
    Fault("voice server migration", _migrate, 0.25, 4, asks=True),
    Fault("new token, same server", _offer_again, 0.25, asks=True),
    Fault("moved", _move, 0.1, 4, asks=True),
    Fault("main gateway dropped", _drop_gateway, NO_HOLE_S, 4),
    Fault("somebody comes or goes", _come_or_go, NO_HOLE_S, 4),
    Fault("4005: identify", _closes(4003, 4005), 1.0, asks=True),
    Fault("4006: rejoin", _closes(4004, 4006, 4011), 1.0, asks=True),
    Fault("node killed", _kill_node, 3.0, 3, asks=True),
)


def node_pids(bot_pid: int) -> list[int]:
    """The voice nodes among a bot's children."""
    found = list[int]()
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdecimal() or _parent(entry) != bot_pid:
                continue
            if b"voice-node" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except FileNotFoundError:
            continue  # it ended while we looked
    return found


def _parent(entry: Path) -> int:
    return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
