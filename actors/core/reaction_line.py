"""The reactions of one channel: which message comes next, and what a refusal means for the others.

Pure; time is an argument. Among the messages that need something the most urgent rank goes first, then who
has wished for longest. Nothing is chosen before its turn in the rate limit, so what was overtaken is never
sent.

============================================  =================================================
answer                                        meaning
============================================  =================================================
no answer, 5xx                                the line pauses, longer each time; then the newest state
no room in the limits                         the line pauses as long as Discord says
10008, 10003                                  the message is gone
50013, 50001, any other 403                   nothing in this channel for ten minutes, one log line
90001                                         this author wants no reactions of ours
30010                                         20 different ones: make room, or go without
10014                                         the emoji's fallback, for ten minutes without asking again;
                                              of a removal: it was not there
anything else                                 not asked for again
============================================  =================================================

Source: Discord, "Opcodes and Status Codes", section "JSON Error Codes".
"""

import logging
from collections import OrderedDict

from attrs import define, field

from actors.core.claim import Place
from actors.core.reaction_record import Record, Step
from actors.core.reactions import Settled, Wish
from actors.rest.errors import Code, Forbidden, InvalidToken, NotFound, RateLimitedOut, RestError, Unavailable
from actors.rest.payloads import emoji_key
from gateway_client.ids import ChannelId, MessageId, UserId

log = logging.getLogger(__name__)

BLOCKED_S = 600.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
UNKNOWN_S = 600.0
UNKNOWN_EMOJIS = 256
LEFT_BEHIND = 512
SHY_AUTHORS = 1_000


@define(eq=False)
class Memory:
    """What all channels know together, the oldest forgotten first.

    Authors who have blocked us; emojis that Discord does not know; and what was lately left under a message
    that nobody holds any more, for a holder that comes a moment later.
    """

    _shy: OrderedDict[UserId, None] = field(factory=OrderedDict[UserId, None])
    _unknown: OrderedDict[str, float] = field(factory=OrderedDict[str, float])
    _left: OrderedDict[MessageId, set[str]] = field(factory=OrderedDict[MessageId, set[str]])

    def is_shy(self, author_id: UserId) -> bool:
        """Whether somebody wants no reactions of ours."""
        return author_id in self._shy

    def respect(self, author_id: UserId) -> None:
        """Somebody wants no reactions of ours."""
        self._shy[author_id] = None
        if len(self._shy) > SHY_AUTHORS:
            self._shy.popitem(last=False)

    def is_unknown(self, key: str, now: float) -> bool:
        """Whether Discord has lately said that there is no such emoji."""
        return self._unknown.get(key, now) > now

    def miss(self, key: str, now: float) -> None:
        """There is no such emoji, or not for us."""
        self._unknown[key] = now + UNKNOWN_S
        if len(self._unknown) > UNKNOWN_EMOJIS:
            self._unknown.popitem(last=False)

    def leave(self, message_id: MessageId, keys: set[str]) -> None:
        """Nobody holds this message any more, and these stay."""
        if keys:
            self._left[message_id] = keys
            if len(self._left) > LEFT_BEHIND:
                self._left.popitem(last=False)

    def take(self, message_id: MessageId) -> set[str]:
        """What was left under a message; it is remembered by its record from now on."""
        return self._left.pop(message_id, set[str]())


@define(eq=False)
class Line:
    """The machine of one channel.

    Attributes:
        waiting: a turn has been asked for and has not come.
        in_flight: requests under way.
        closed_until: nothing is chosen before, in monotonic seconds.
        alarm: when somebody will look again.
    """

    channel_id: ChannelId
    memory: Memory
    waiting: bool = False
    in_flight: int = 0
    closed_until: float = 0.0
    blocked: bool = False
    alarm: float | None = None
    _pause_s: float = FIRST_PAUSE_S
    _records: dict[MessageId, Record] = field(factory=dict[MessageId, Record])
    _steps: dict[MessageId, Step] = field(factory=dict[MessageId, Step])
    """What each message needs next, if it needs anything; kept by ``settle``."""

    def __len__(self) -> int:
        return len(self._records)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is remembered here that a new line would not know."""
        return not (self._records or self.waiting or self.in_flight or self.blocked)

    def find(self, message_id: MessageId) -> Record | None:
        """The record of a message."""
        return self._records.get(message_id)

    def record(self, place: Place) -> Record:
        """The record of a message; a new one knows what was lately left under it."""
        found = self._records.get(place.message_id)
        if found is None:
            found = self._records[place.message_id] = Record(place)
            found.kept |= self.memory.take(place.message_id)
            found.stopped = self.memory.is_shy(place.author_id)
        return found

    def spare(self, record: Record, wish: Wish, now: float) -> None:
        """Do not try again what Discord has lately not known."""
        for key in (emoji_key(emote.text) for emote in wish.emotes):
            if self.memory.is_unknown(key, now):
                record.fall_back(key)

    def needs_turn(self, now: float) -> bool:
        """Whether something could be sent."""
        return now >= self.closed_until and bool(self._steps)

    def opens_at(self, now: float) -> float | None:
        """When asking again makes sense."""
        return self.closed_until if now < self.closed_until and self._steps else None

    def choose(self, now: float) -> tuple[Record, Step] | None:
        """The turn has come: take what is most urgent now."""
        if now < self.closed_until or not self._steps:
            return None
        message_id = min(self._steps, key=lambda one: (self._steps[one].rank, self._steps[one].since))
        record, step = self._records[message_id], self._steps.pop(message_id)
        record.choose(step)
        return record, step

    def succeeded(self, record: Record) -> None:
        """Discord confirmed it."""
        self.blocked, self._pause_s = False, FIRST_PAUSE_S
        record.succeeded()

    def failed(self, record: Record, error: RestError, now: float) -> None:
        """Discord refused it, or did not answer."""
        match error:
            case RateLimitedOut():
                record.put_back()
                self.no_turn(error, now)
            case Unavailable() | InvalidToken():
                record.lost()
                self.no_turn(error, now)
            case _:
                self._refused(record, error, now)

    def no_turn(self, error: RestError, now: float) -> None:
        """Nothing can be sent for a while."""
        if isinstance(error, RateLimitedOut):
            self.closed_until = now + error.retry_after_s
        elif isinstance(error, InvalidToken):
            self.closed_until = now + BLOCKED_S
        else:
            self.closed_until = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def settle(self, record: Record, now: float) -> None:
        """After every change: tell whose wish came true, note what is needed next, forget what is over."""
        record.tell()
        if self.blocked and now < self.closed_until:
            record.tell_vacuously()
        message_id = record.place.message_id
        if self._records.get(message_id) is not record:
            return
        self._steps.pop(message_id, None)
        step = record.next()
        if step is not None:
            self._steps[message_id] = step
        elif record.is_over:
            del self._records[message_id]
            self.memory.leave(message_id, record.kept)

    def forget(self, message_id: MessageId) -> None:
        """The message is gone."""
        record = self._records.pop(message_id, None)
        self._steps.pop(message_id, None)
        self.memory.take(message_id)
        if record is not None:
            record.tell(Settled.GONE)

    def _refused(self, record: Record, error: RestError, now: float) -> None:
        match error.code:
            case Code.UNKNOWN_MESSAGE | Code.UNKNOWN_CHANNEL:
                self.forget(record.place.message_id)
            case Code.REACTION_BLOCKED:
                self.memory.respect(record.place.author_id)
                record.put_back()
                record.stopped = True
            case Code.TOO_MANY_REACTIONS:
                record.too_many()
            case Code.UNKNOWN_EMOJI:
                if record.in_flight is not None and record.in_flight.reaction.present:
                    self.memory.miss(record.in_flight.key, now)
                record.unknown_emoji()
            case _ if isinstance(error, Forbidden):
                record.put_back()
                self._block(error, now)
            case _:
                if not isinstance(error, NotFound):
                    log.warning("a reaction was refused", extra={"error": str(error)})
                record.refuse()

    def _block(self, error: RestError, now: float) -> None:
        if not self.blocked:
            log.warning(
                "no reactions in this channel for a while",
                extra={"channel": self.channel_id, "error": str(error)},
            )
        self.blocked, self.closed_until = True, now + BLOCKED_S
        for record in tuple(self._records.values()):
            self.settle(record, now)
