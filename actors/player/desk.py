"""The desk: the replies and works of requests, by their number.

The machine knows requests as numbers; here they are envelopes again. An open request keeps its work, a closed
one only its reply, for as long as an announcement may have to wait for its answers to be out.
"""

from collections import OrderedDict

from attrs import define, evolve, field

from actors.core.answers import foretell
from actors.core.envelope import Envelope
from actors.core.reply import OnSent, Reply
from actors.core.strangers import Strangers
from actors.core.texts import Text
from actors.core.work import WorkKind
from actors.player.effects import Outcome
from actors.player.panel import Press
from actors.rest.payloads import MAX_CONTENT, Message, cut

REPLIES_KEPT = 64


@define(eq=False)
class Desk:
    """Who asked for what, and how they are answered."""

    _open: dict[int, Envelope] = field(factory=dict[int, Envelope])
    _above: dict[int, Text] = field(factory=dict[int, Text])
    _replies: OrderedDict[int, Reply] = field(factory=OrderedDict[int, Reply])
    _said: dict[int, Message] = field(factory=dict[int, Message])
    _refused: Strangers = field(factory=Strangers)

    def take(self, envelope: Envelope, above: Text | None = None) -> None:
        """A request has arrived; ``above`` stays above everything that is said about it."""
        self._open[envelope.number] = envelope
        if above is not None:
            self._above[envelope.number] = above
        self._replies[envelope.number] = envelope.reply
        if len(self._replies) > REPLIES_KEPT:
            oldest, _ = self._replies.popitem(last=False)
            self._said.pop(oldest, None)

    def envelope(self, request: int) -> Envelope | None:
        """An open request."""
        return self._open.get(request)

    def above(self, request: int) -> Text | None:
        """The line above every answer to an open request."""
        return self._above.get(request)

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
        if not (transient and isinstance(envelope.message, Press)):  # whose answer is the panel
            self._said[request] = message
            envelope.reply.say(message, transient=transient, sent=sent)
        if ends is not None:
            self._end(request, ends)

    def foretell(self, request: int, message: Message) -> None:
        """This is going to be said about an open request, and is true already."""
        envelope = self._open.get(request)
        if envelope is not None and not isinstance(envelope.message, Press):
            foretell(envelope.reply, message)

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

    def give_away(self, request: int) -> Envelope | None:
        """Another actor answers this request from now on, and ends its work."""
        self._above.pop(request, None)
        return self._open.pop(request, None)

    async def settled(self) -> None:
        """Wait until everything said lately was sent or has failed."""
        for reply in tuple(self._replies.values()):
            await reply.settled()

    def _end(self, request: int, outcome: Outcome) -> None:
        self._above.pop(request, None)
        work = self._open.pop(request).work
        match outcome:
            case Outcome.DONE:
                work.done()
            case Outcome.FAILED:
                work.fail()
            case Outcome.SKIPPED:
                work.skip()
