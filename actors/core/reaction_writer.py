"""The one writer of reactions: asks for turns in the rate limit and uses each for what is most urgent then.

A shell around ``reaction_line``. Per channel one turn is asked for at a time; when it has come, the next
one is, so that without a limit several messages change at once and with one nobody's place is wasted.
Nobody waits for this writer, and what waits here is a wish, not a request: its requests go behind
everything else.

Failure modes are the line's. A stop lets what is in flight end; what is then still wished for is the business
of whoever keeps books.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import trio
from attrs import define, field

from actors.core.claim import Place
from actors.core.lane import Later, Spawn
from actors.core.reaction_line import Line, Memory
from actors.core.reaction_record import Record, Step
from actors.core.reactions import NO_LEGACY, Legacy, OnSettled, Wish
from actors.rest.errors import RestError
from actors.rest.payloads import Reaction
from gateway_client.ids import ChannelId, MessageId

AT_ONCE = 8
"""Requests under way in one channel."""
DISTANCE_S = 0.02
"""Between two requests of this process, and before the first, so that the answer to the same message can go
ahead; the limits allow fewer in the long run."""


class ReactRest(Protocol):
    """The one request that the writer needs."""

    async def react(self, channel_id: ChannelId, choose: Callable[[], Reaction | None]) -> None:
        """Wait for a turn in this channel's limit and send what is chosen then. Raises ``RestError``."""
        ...


@define(eq=False, kw_only=True)
class ReactionWriter:
    """A ``Reactions`` port over REST.

    Args:
        rest: sends.
        spawn: runs a turn.
        later: runs something after a while.
        now: monotonic seconds.
    """

    rest: ReactRest
    spawn: Spawn
    later: Later
    now: Callable[[], float]
    _lines: dict[ChannelId, Line] = field(factory=dict[ChannelId, Line], init=False)
    _memory: Memory = field(factory=Memory, init=False)
    _free_at: float = field(default=float("-inf"), init=False)

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def wish(
        self,
        place: Place,
        holder: str,
        wish: Wish,
        *,
        settled: OnSettled | None = None,
        legacy: Legacy = NO_LEGACY,
    ) -> None:
        """Make this the holder's picture."""
        line = self._line(place.channel_id)
        record, now = line.record(place), self.now()
        record.wish(holder, wish, settled, legacy)
        line.spare(record, wish, now)
        line.settle(record, now)
        self._pump(line)

    def release(self, place: Place, holder: str) -> None:
        """Let go: what the holder wished for last stays."""
        line = self._line(place.channel_id)
        record = line.find(place.message_id)
        if record is not None:
            record.release(holder)
            line.settle(record, self.now())
        self._pump(line)

    def others(self, place: Place, holder: str) -> tuple[str, ...]:
        """The emojis that somebody else holds under this message."""
        line = self._lines.get(place.channel_id)
        record = line.find(place.message_id) if line else None
        return record.others(holder) if record else ()

    def forget(self, channel_id: ChannelId, message_id: MessageId) -> None:
        """The message is gone."""
        line = self._lines.get(channel_id)
        if line is not None:
            line.forget(message_id)
            self._pump(line)

    def _line(self, channel_id: ChannelId) -> Line:
        line = self._lines.get(channel_id)
        if line is None:
            line = self._lines[channel_id] = Line(channel_id, self._memory)
        return line

    def _pump(self, line: Line) -> None:
        """Ask for a turn if there is something to send, or look again when there may be."""
        now = self.now()
        if not line.waiting and line.in_flight < AT_ONCE and line.needs_turn(now):
            line.waiting = True
            self.spawn(partial(self._turn, line))
        opens_at = line.opens_at(now)
        if opens_at is not None and (line.alarm is None or opens_at < line.alarm):
            line.alarm = opens_at
            self.later(opens_at - now, partial(self._wake, line))
        if line.is_idle and self._lines.get(line.channel_id) is line:
            del self._lines[line.channel_id]

    async def _wake(self, line: Line) -> None:
        line.alarm = None
        self._pump(line)

    async def _turn(self, line: Line) -> None:
        turn = _Turn(line=line, writer=self)
        try:
            await self._keep_distance()
            await self.rest.react(line.channel_id, turn.choose)
        except RestError as error:
            turn.failed(error)
        else:
            turn.succeeded()
        finally:
            turn.end()
        self._pump(line)

    async def _keep_distance(self) -> None:
        self._free_at = max(self.now(), self._free_at) + DISTANCE_S
        await trio.sleep_until(self._free_at)

    def chosen(self, line: Line) -> None:
        """A turn is used: the next one may be asked for."""
        self._pump(line)


@define(eq=False, kw_only=True)
class _Turn:
    """One turn: nothing is chosen before it comes, and after a 429 it is chosen anew."""

    line: Line
    writer: ReactionWriter
    _chosen: tuple[Record, Step] | None = None
    _came: bool = False

    def choose(self) -> Reaction | None:
        """The turn has come."""
        if not self._came:
            self._came = True
            self.line.waiting = False
            self.line.in_flight += 1
        if self._chosen is not None:
            self._chosen[0].put_back()
            self.line.settle(self._chosen[0], self.writer.now())
        self._chosen = self.line.choose(self.writer.now())
        self.writer.chosen(self.line)
        return self._chosen and self._chosen[1].reaction

    def succeeded(self) -> None:
        """Discord confirmed what was chosen, if anything was."""
        if self._chosen is not None:
            self.line.succeeded(self._chosen[0])

    def failed(self, error: RestError) -> None:
        """It was refused, lost, or its turn never came."""
        if self._chosen is not None:
            self.line.failed(self._chosen[0], error, self.writer.now())
        else:
            self.line.no_turn(error, self.writer.now())

    def end(self) -> None:
        """Whatever came of it, the line goes on."""
        if self._came:
            self.line.in_flight -= 1
        else:
            self.line.waiting = False
        if self._chosen is not None:
            self.line.settle(self._chosen[0], self.writer.now())
