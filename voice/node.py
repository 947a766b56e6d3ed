"""The voice node: a child process that is in the calls, so that nothing else can make the music stutter.

A shell and an entry point (``main``, also ``python -m voice.node``). It alone imports PyAV. It reads desired
states from stdin, keeps one ``Call`` for each guild, and writes facts to stdout.

Rules:

- SIGINT and SIGTERM are for the bot, which ends us by closing stdin: then every call gets its five silence
  frames, and the process is gone within :data:`EXIT_S`.
- A sign of life is written each second by the same event loop that sends the music.
- Nothing secret is in the command line or the environment.

Failure modes: a message that cannot be read is logged and skipped; a broken stream, another version of the
protocol or an unexpected error ends the process with a code that is not zero, and the bot starts another.
What a track or a connection raises ends neither (``voice.contained``).
"""

import logging
import os
import signal
import sys
from functools import partial
from typing import Final

import av.logging
import trio
from attrs import define, field

from gateway_client.ids import GuildId
from voice.call import Call
from voice.framing import BrokenStream, MalformedMessage, decode_to_node
from voice.host import run_as_guest
from voice.housekeeping import Housekeeping
from voice.metronome import Metronome
from voice.pipe import Outbox, Pipes, claim_pipes, read_frames
from voice.playback import Workshop
from voice.precedence import put_music_first
from voice.protocol import PROTOCOL_VERSION, Beat, Desired, Drop, Hello, Ready, ToNode
from voice.source import forget_environment

BEAT_S: Final = 1.0
REPORT_S: Final = 0.5
REPORTS_AT_ONCE: Final = 20
"""Calls that are asked between two ticks: a quarter of a millisecond."""
EXIT_S: Final = 0.7
BROKEN: Final = 3
"""Exit code for a bot that cannot be understood."""
SWITCH_INTERVAL_S: Final = 0.002
"""How long a codec thread may keep the interpreter when frames are due, and how long sending may keep it when
codecs want it. With Python's 5 ms the one comes late, with 0.5 ms the other is torn to pieces."""

_log: Final = logging.getLogger(__name__)


class WrongVersion(Exception):
    """The bot speaks another version of the protocol."""


@define
class Node:
    """The calls of this process."""

    _outbox: Outbox
    _workshop: Workshop
    _metronome: Metronome = field(factory=Metronome)
    _calls: dict[GuildId, Call] = field(factory=dict[GuildId, Call], init=False)
    _greeted: bool = field(default=False, init=False)

    def take(self, message: ToNode) -> None:
        """Act on a message of the bot.

        Raises:
            WrongVersion: see there.
        """
        match message:
            case Hello(version=version):
                if version != PROTOCOL_VERSION:
                    raise WrongVersion(f"the bot speaks version {version}, not {PROTOCOL_VERSION}")
                self._greeted = True
            case _ if not self._greeted:
                raise WrongVersion("the bot did not say its version first")
            case Desired(call=guild) as desired:
                self._call(guild).want(desired)
            case Drop(call=guild):
                call = self._calls.pop(guild, None)
                if call is not None:
                    self._workshop.nursery.start_soon(call.leave)

    async def run_beats(self) -> None:
        """Tell that we live, once per second."""
        while True:
            self._outbox.tell(Beat())
            await sleep_to_grid(BEAT_S)

    async def run_reports(self) -> None:
        """Let all calls tell how far they are, twice per second, together: that wakes us once."""
        while True:
            await sleep_to_grid(REPORT_S)
            for number, call in enumerate(list(self._calls.values()), 1):
                call.report()
                if number % REPORTS_AT_ONCE == 0:
                    # Whoever is due meanwhile comes first.
                    await trio.lowlevel.checkpoint()

    async def leave_all(self) -> None:
        """Let every call fall silent."""
        async with trio.open_nursery() as nursery:
            for call in self._calls.values():
                nursery.start_soon(call.leave)

    def _call(self, guild: GuildId) -> Call:
        call = self._calls.get(guild)
        if call is None:
            call = self._calls[guild] = Call(
                call=guild, emit=self._outbox.tell, workshop=self._workshop, metronome=self._metronome
            )
        return call


async def sleep_to_grid(step_s: float) -> None:
    """Sleep until the next multiple of ``step_s``: what is due seldom is due together and wakes us once."""
    await trio.sleep_until((trio.current_time() // step_s + 1) * step_s)


async def _listen(node: Node, descriptor: int) -> int:
    """Take what the bot says until it falls silent; the result is the exit code."""
    try:
        async for frame in read_frames(descriptor):
            try:
                message = decode_to_node(frame)
            except MalformedMessage as error:
                _log.warning("a message of the bot was skipped: %s", error)
                continue
            node.take(message)
    except (WrongVersion, BrokenStream) as error:
        _log.critical("the voice node ends: %s", error)
        return BROKEN
    return 0


async def _serve(pipes: Pipes, metronome: Metronome, housekeeping: Housekeeping) -> int:
    outbox = Outbox(pipes.writing)
    async with trio.open_nursery() as services, trio.open_nursery() as calls:
        node = Node(outbox, Workshop(calls), metronome)
        outbox.tell(Ready(version=PROTOCOL_VERSION, pid=os.getpid()))
        services.start_soon(outbox.run)
        services.start_soon(node.run_beats)
        services.start_soon(node.run_reports)
        services.start_soon(housekeeping.run_idle)
        housekeeping.begin()
        code = await _listen(node, pipes.reading)
        with trio.move_on_after(EXIT_S):
            await node.leave_all()
        calls.cancel_scope.cancel()
        services.cancel_scope.cancel()
    return code


def _serve_and_end(pipes: Pipes) -> int:
    code = 1
    try:
        metronome, housekeeping = Metronome(), Housekeeping()
        code = run_as_guest(partial(_serve, pipes, metronome, housekeeping), metronome, housekeeping.rest)
    except* OSError as group:
        # Of which kind differs by platform; where it arose tells it from an error of our own.
        _log.warning("the voice node ends: the bot is gone", exc_info=group)
    return code


def main() -> int:
    """Run the node until stdin closes.

    Returns:
        The exit code. (Worker threads may hang in a read: the process does not wait for them.)
    """
    pipes = claim_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    av.logging.set_level(None)
    forget_environment()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    put_music_first()
    code = _serve_and_end(pipes)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
