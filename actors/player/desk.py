"""The desk: the replies and works of requests, by their number.

The machine knows requests as numbers; here they are envelopes again. An open request keeps its work, a closed
one only its reply, for as long as an announcement may have to wait for its answers to be out.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from attrs import define, evolve, field

from actors.core.envelope import Envelope
from actors.core.reply import OnSent, Reply
from actors.core.strangers import Strangers
from actors.core.work import Work, WorkKind
from actors.player.effects import Outcome
from actors.player.panel import Press
from actors.rest.payloads import MAX_CONTENT, Message, cut

REPLIES_KEPT = 64


@define(eq=False)
class Desk:
    """Who asked for what, and how they are answered."""

    handed_over: int = 0
    _open: dict[int, Envelope] = field(factory=dict[int, Envelope])
    _replies: OrderedDict[int, Reply] = field(factory=OrderedDict[int, Reply])
    _said: dict[int, Message] = field(factory=dict[int, Message])
    _refused: Strangers = field(factory=Strangers)

    def take(self, envelope: Envelope) -> None:
        """A request has arrived."""
        self._open[envelope.number] = envelope
        self._replies[envelope.number] = envelope.reply
        if len(self._replies) > REPLIES_KEPT:
            oldest, _ = self._replies.popitem(last=False)
            self._said.pop(oldest, None)

    def envelope(self, request: int) -> Envelope | None:
        """An open request."""
        return self._open.get(request)

    def reply(self, request: int | None) -> Reply | None:
        """The way back to whoever made a request lately."""
        return None if request is None else self._replies.get(request)

    def say(
        self,
        request: int,
        message: Message,
        *,
        ends: Outcome | None,
        transient: bool,
        sent: OnSent | None = None,
    ) -> None:
        """Answer an open request, and end it if that was its end."""
        envelope = self._open.get(request)
        if envelope is None:
            return
        if not isinstance(envelope.message, Press):  # whose answer is the panel
            self._said[request] = message
            envelope.reply.say(message, transient=transient, sent=sent)
        if ends is not None:
            self._end(request, ends)

    def refuse(self, request: int, message: Message) -> None:
        """Say no to an open request."""
        envelope = self._open.get(request)
        if envelope is None:
            return
        pressed = isinstance(envelope.message, Press)
        if not pressed or self._refused.hear(envelope.facts.user_id, envelope.facts.now):
            envelope.reply.refuse(message)
        self._end(request, Outcome.FAILED)

    def add(self, request: int, line: Message) -> None:
        """Say something more below the last answer to a request, which may have ended."""
        reply, said = self._replies.get(request), self._said.get(request)
        if reply is not None and said is not None:
            content = cut(f"{said.content}\n{line.content}", MAX_CONTENT)
            reply.say(evolve(said, content=content), transient=False)

    def start(self, request: int, kind: WorkKind) -> None:
        """The own work of a request runs now."""
        envelope = self._open.get(request)
        if envelope is not None:
            envelope.work.start(kind)

    def hand_over(self, request: int, ended: Callable[[], None]) -> Envelope | None:
        """Give a request to another actor, which ends its work; ``ended`` is called then.

        Until then this actor has to live: the cell of one that retires ends whatever is open.
        """
        envelope = self._open.pop(request, None)
        if envelope is not None:
            self.handed_over += 1
            envelope.work.detach()
            envelope.work.watch(partial(self._watch, ended))
        return envelope

    async def settled(self) -> None:
        """Wait until everything said lately was sent or has failed."""
        for reply in tuple(self._replies.values()):
            await reply.settled()

    def _watch(self, ended: Callable[[], None], work: Work) -> None:
        if not work.is_open:
            self.handed_over -= 1
            ended()

    def _end(self, request: int, outcome: Outcome) -> None:
        work = self._open.pop(request).work
        match outcome:
            case Outcome.DONE:
                work.done()
            case Outcome.FAILED:
                work.fail()
            case Outcome.SKIPPED:
                work.skip()
