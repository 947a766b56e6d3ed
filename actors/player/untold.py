"""Answers that read "Queuing…", until how they end was told: none may stay so when the bot is killed.

The machine keeps an answer as long as its request is open. From then on its outcome is kept here: it goes
into the commit that makes it true, and out of the next one after it has reached the channel or could not be
brought there. So a start that finds it tells it, once more perhaps, in the same words. What a start has
found is kept the same way until it was told.

Rules: no I/O. An answer whose message is not known yet cannot be amended; it is kept as soon as it is known.
"""

from collections.abc import Callable, Iterable

from attrs import define, field

from actors.core.texts import Text
from actors.core.viewing import Posted
from actors.player.effects import Amend, Outcome, Refuse, Say, Word
from actors.player.saved import PendingAnswer


@define
class _Answer:
    """Where an answer is, and how it ends, as far as either is known."""

    posted: Posted | None = None
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

    def begin(self, request: int) -> None:
        """A request is about to be answered with what will not stay true."""
        self._answers.setdefault(request, _Answer())

    def shown(self, request: int, posted: Posted) -> None:
        """That is in the channel."""
        answer = self._answers.get(request)
        if answer is not None:
            answer.posted = posted

    def awaits(self, request: int) -> bool:
        """Whether how this request ends has to be kept until it is told."""
        return request in self._answers

    def note(self, words: Iterable[Word], content_of: Callable[[int, Text], str]) -> bool:
        """These are about to be committed and told after that; whether there is something to commit.

        Args:
            words: of one step.
            content_of: what the answer to a request reads with this sentence.
        """
        noted = False
        for word in words:
            match word:
                case Amend(pending):
                    self._found.append(pending)
                case Say(request=request, text=sentence, ends=Outcome()) if self.awaits(request):
                    answer = self._answers[request]
                    answer.outcome, answer.doubtful = content_of(request, sentence), word.doubtful
                    noted = True
                case Refuse(request, sentence) if self.awaits(request):
                    self._answers[request].outcome = content_of(request, sentence)
                    noted = True
                case _:
                    continue
        return noted

    def told(self, request: int) -> bool:
        """That is in the channel, or nothing more can be done; whether this is news."""
        return self._answers.pop(request, None) is not None

    def amended(self, pending: PendingAnswer) -> None:
        """What a former life has left behind was amended, or cannot be."""
        self._found.remove(pending)

    def merged(self, open_ones: tuple[PendingAnswer, ...]) -> tuple[PendingAnswer, ...]:
        """What a commit has to keep: those of open requests, those that were found, those that have ended."""
        ended = [
            PendingAnswer(
                channel_id=answer.posted.channel_id,
                message_id=answer.posted.message_id,
                outcome=answer.outcome,
                doubtful=answer.doubtful,
            )
            for answer in self._answers.values()
            if answer.posted is not None and answer.outcome is not None
        ]
        every = {one.message_id: one for one in (*open_ones, *self._found, *ended)}
        return tuple(every.values())
