"""Answers that read "Queuing…", until how they end was told: none may stay so when the bot is killed.

The machine keeps an answer as long as its request is open. From then on its outcome is kept here: it goes
into the commit that makes it true, and out of the next one after it has reached the channel or could not be
brought there. So a start that finds it tells it, once more perhaps, in the same words. What a start has
found is kept the same way until it was told.

A kill may come before the number of its message is known: then the token of its interaction or the message
that it replies to is kept, before anything is said.

Where a picker takes the place of "Queuing…", the answer stays here until the picker is kept. A kill in
between leaves both in the store; then the picker goes on with it (``without_pickers``).

Rules: no I/O but in the functions below the machine.
"""

from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from actors.core.listing import PICKER
from actors.core.ports import Ports, Store
from actors.core.reply import Reply
from actors.core.texts import Text
from actors.core.way_back import WayBack, keep_way_back, say_there
from actors.player.effects import (
    Amend,
    OfferMatches,
    OfferSongs,
    OfferTracks,
    Outcome,
    Refuse,
    Say,
    Word,
)
from actors.player.saved import PendingAnswer, Saved
from actors.rest.payloads import Message


@define
class _Answer:
    """Where an answer is or will be, and how it ends, as far as either is known."""

    pending: PendingAnswer | None = None
    outcome: str | None = None
    doubtful: int | None = None


@define(eq=False)
class Untold:
    """The answers of one guild that have to be amended if the bot dies now, by request."""

    _answers: dict[int, _Answer] = field(factory=dict[int, _Answer])
    _found: list[PendingAnswer] = field(factory=list[PendingAnswer])

    @property
    def is_empty(self) -> bool:
        """Whether everything that has ended was told."""
        return not self._found and all(answer.outcome is None for answer in self._answers.values())

    def begin(self, request: int, reply: Reply, above: str | None) -> bool:
        """A request is about to be answered with what will not stay true; whether that has to be kept."""
        if request in self._answers:
            return False
        way = keep_way_back(reply)
        pending = None if way is None else _pending(way, above)
        self._answers[request] = _Answer(pending)
        return pending is not None

    def shown(self, request: int, pending: PendingAnswer) -> None:
        """That is in the channel."""
        answer = self._answers.get(request)
        if answer is not None:
            before = answer.pending
            answer.pending = evolve(pending, picker=None if before is None else before.picker)

    def awaits(self, request: int) -> bool:
        """Whether how this request ends has to be kept until it is told."""
        return request in self._answers

    def note(
        self,
        words: Iterable[Word],
        content_of: Callable[[int, Text], str],
        begun: Callable[[int], bool],
        picker_of: Callable[[int], int | None],
    ) -> bool:
        """These are about to be committed and told after that; whether there is something to commit.

        Args:
            words: of one step.
            content_of: what the answer to a request reads with this sentence.
            begun: is told which are answered with what will not stay true, and calls ``begin``.
            picker_of: the key of the picker with which a request would be answered.
        """
        noted = False
        for word in words:
            match word:
                case Say(request=request, recoverable=True):
                    noted = begun(request) or noted
                case Amend(pending):
                    self._found.append(pending)
                case Say(request=request, text=sentence, ends=Outcome()) if self.awaits(request):
                    answer = self._answers[request]
                    answer.outcome, answer.doubtful = content_of(request, sentence), word.doubtful
                    noted = True
                case Refuse(request, sentence) if self.awaits(request):
                    self._answers[request].outcome = content_of(request, sentence)
                    noted = True
                case OfferTracks() | OfferMatches() | OfferSongs() if self.awaits(word.request):
                    noted = self._offer(self._answers[word.request], picker_of(word.request)) or noted
                case _:
                    continue
        return noted

    def _offer(self, answer: _Answer, picker: int | None) -> bool:
        if answer.pending is None:
            return False
        answer.pending = evolve(answer.pending, picker=picker)
        return True

    def told(self, request: int) -> bool:
        """That is in the channel, or nothing more can be done; whether this is news."""
        return self._answers.pop(request, None) is not None

    def amended(self, pending: PendingAnswer) -> None:
        """What a former life has left behind was amended, or cannot be."""
        self._found.remove(pending)

    def merged(self, open_ones: tuple[PendingAnswer, ...]) -> tuple[PendingAnswer, ...]:
        """What a commit has to keep: those of open requests, those that were found, those that have ended."""
        known = [(one.pending, one) for one in self._answers.values()]
        ours = [
            evolve(pending, outcome=answer.outcome, doubtful=answer.doubtful)
            for pending, answer in known
            if pending is not None
        ]
        begun = [one for one in ours if one.outcome is None]
        ended = [one for one in ours if one.outcome is not None]
        every = {_place(one): one for one in (*begun, *open_ones, *self._found, *ended)}
        return tuple(every.values())


async def amend(ports: Ports, pending: PendingAnswer, message: Message) -> None:
    """Replace what a former life has said.

    Raises:
        RestError: it is gone, or out of reach.
    """
    way = WayBack(
        channel_id=pending.channel_id,
        message_id=pending.message_id,
        token=pending.token,
        call_id=pending.call_id,
    )
    await say_there(ports, way, message)


async def without_pickers(store: Store, saved: Saved) -> Saved:
    """Leave to the pickers of a former life what they see to.

    Raises:
        StoreError: the store cannot be read.
    """
    ours = [one for one in saved.pending if not await _is_with_picker(store, one)]
    return evolve(saved, pending=tuple(ours))


async def _is_with_picker(store: Store, one: PendingAnswer) -> bool:
    return one.picker is not None and await store.load(PICKER, one.picker) is not None


def _place(one: PendingAnswer) -> object:
    return one.message_id or one.token or one.call_id


def _pending(way: WayBack, above: str | None) -> PendingAnswer:
    return PendingAnswer(
        channel_id=way.channel_id,
        message_id=way.message_id,
        above=above,
        token=way.token,
        call_id=way.call_id,
    )
