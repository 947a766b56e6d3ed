"""Where interactions and messages become envelopes: acknowledged, answerable, offered to an actor.

Everything here happens in the step in which the event is read. The acknowledgement starts first, in a task of
its own, so that neither a full mailbox nor a slow handler can delay it. One log line per command says how it
ended.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import trio
from attrs import define, field

from actors.core.ack import Ack, AckLine, run_ack
from actors.core.address import Address
from actors.core.answers import CommandReply, ComponentReply, MessageReply
from actors.core.claim import Claim, Place
from actors.core.courtesy import Courtesy
from actors.core.envelope import Envelope, Facts
from actors.core.facts import facts_of_interaction, facts_of_message
from actors.core.ingress import Ask, Deliver, Ingress, Nothing, Reading, Refuse
from actors.core.lane import Lane, Later
from actors.core.mailbox import Offer
from actors.core.ports import Ports
from actors.core.reply import Reply
from actors.core.shared_settings import TIDY_AFTER
from actors.core.texts import Say, Text, text
from actors.core.unanswered import Entry, Unanswered
from actors.core.work import Work
from actors.rest.errors import RestError
from actors.rest.payloads import AutocompleteResult, Choice, DeferredReply, DeferredUpdate
from actors.rest.payloads import Message as Payload
from gateway_client.objects import Interaction, InteractionType, Message, MessageType, Permissions

log = logging.getLogger(__name__)

COMPLETION_S = 2.0
_SPOKEN = (MessageType.DEFAULT, MessageType.REPLY)

OfferTo = Callable[[Address, Envelope], Offer]
StartTask = Callable[[Callable[[], Awaitable[None]]], None]


@define(eq=False, kw_only=True)
class Intake:
    """Turns what people do into envelopes.

    Args:
        ingress: reads by the declarations.
        ports: for replies and the facts at arrival.
        ack_line: carries interaction callbacks and nothing else.
        start: runs a task beside the actors, at once.
        later: runs one after a while, unless the bot stops before.
        courtesy: shared with the cells, so that acknowledgements go first.
        unanswered: where interactions are noted that show a place for their answer.
        claim: tells whoever follows the work of commands of a new one.
        offer: puts an envelope into the mailbox of an address, starting its actor if needed.
    """

    ingress: Ingress
    ports: Ports
    ack_line: AckLine
    start: StartTask
    later: Later
    offer: OfferTo
    claim: Callable[[Claim], None]
    default_say: Say
    courtesy: Courtesy
    unanswered: Unanswered
    _numbers: int = field(default=0, init=False)

    def interaction(self, interaction: Interaction) -> None:
        """Somebody ran a command, pressed, chose, typed or submitted."""
        self.courtesy.note(self.ports.clock.now())
        facts = facts_of_interaction(interaction, self.ports.cache, self.ports.me, self.ports.clock)
        reading = self._read(interaction, facts)
        if reading is None:
            return
        ack = Ack()
        if reading.callback is not None:
            self.start(
                partial(run_ack, ack, self.ack_line, interaction.id, interaction.token, reading.callback)
            )
        match reading.outcome:
            case Ask():
                self.start(partial(self._complete, interaction, reading.outcome))
            case Nothing():
                pass
            case Deliver() | Refuse():
                work = _work_of(reading.outcome)
                reply = self._reply_to_interaction(interaction, reading, ack, facts, work)
                if not reading.is_click:
                    self._claim(reading.outcome, facts, work, None)
                self._pass_on(
                    reading.outcome,
                    facts,
                    reply,
                    work,
                    is_click=reading.is_click,
                    private=_is_private(reading),
                )

    def message(self, message: Message) -> None:
        """Somebody wrote. Bots, webhooks and system messages ask for nothing."""
        if message.author.bot or message.webhook_id is not None or message.type not in _SPOKEN:
            return
        facts = facts_of_message(message, self.ports.cache, self.ports.me, self.ports.clock)
        if facts is None:
            self._answer_directly(message)
            return
        outcome = self.ingress.read_message(message, facts)
        if outcome is None:
            return
        work = _work_of(outcome)
        place = Place(
            guild_id=facts.guild_id,
            channel_id=message.channel_id,
            message_id=message.id,
            author_id=message.author.id,
        )
        self._claim(outcome, facts, work, place)
        self._pass_on(outcome, facts, self._reply_to_message(message, facts, work, outcome), work)

    def _read(self, interaction: Interaction, facts: Facts | None) -> Reading | None:
        """Read by the declarations; a defect in one of them is told to whoever met it."""
        try:
            return self.ingress.read_interaction(interaction, facts)
        except Exception:  # the reader of the gateway must go on, and the person must be answered
            reference = self._new_reference()
            log.exception("an interaction could not be read", extra={"reference": reference})
        if interaction.type == InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE:
            return None
        is_click = interaction.type == InteractionType.MESSAGE_COMPONENT
        return Reading(
            callback=DeferredUpdate() if is_click else DeferredReply(ephemeral=True),
            outcome=Refuse(reason=text("core.crashed", reference=reference), command="unreadable"),
            is_click=is_click,
        )

    def _pass_on(
        self,
        outcome: Deliver | Refuse,
        facts: Facts | None,
        reply: Reply,
        work: Work,
        *,
        is_click: bool = False,
        private: bool = False,
    ) -> None:
        self._numbers += 1
        started = self.ports.clock.now()
        work.watch(lambda ended: self._log_end(ended, outcome.command, facts, started, is_click=is_click))
        if isinstance(outcome, Refuse) or facts is None:
            reason = outcome.reason if isinstance(outcome, Refuse) else text("core.guild_only")
            sentence = self._sentence(reason, facts)
            expired = isinstance(outcome, Refuse) and outcome.expired
            (reply.expire if expired else reply.refuse)(sentence)
            work.fail()
            return
        envelope = Envelope(
            number=self._numbers,
            command=outcome.command,
            message=outcome.message,
            facts=facts,
            reply=reply,
            work=work,
            is_click=is_click,
            private=private,
        )
        taken = self.offer(outcome.address, envelope)
        if taken is not Offer.TAKEN:
            work.drop()
            reply.refuse(self._sentence(text(_OFFER_TEXTS[taken]), facts))

    def _claim(self, outcome: Deliver | Refuse, facts: Facts | None, work: Work, place: Place | None) -> None:
        """Let those who show progress follow; what acts at once and has no message is of no interest."""
        lane = outcome.address if isinstance(outcome, Deliver) and not outcome.control else None
        if facts is not None and (place or lane):
            self.claim(Claim(guild_id=facts.guild_id, work=work, lane=lane, place=place))

    def _reply_to_interaction(
        self, interaction: Interaction, reading: Reading, ack: Ack, facts: Facts | None, work: Work
    ) -> Reply:
        lane = Lane(self.ports.spawn)
        reply = self._new_interaction_reply(interaction, reading, ack, lane, work)
        lane.on_defect = partial(self._apologize, reply, facts)
        return reply

    def _new_interaction_reply(
        self, interaction: Interaction, reading: Reading, ack: Ack, lane: Lane, work: Work
    ) -> Reply:
        channel_id = interaction.channel_id or (interaction.channel and interaction.channel.id)
        assert channel_id is not None  # commands and components always come from a channel
        if interaction.type == InteractionType.MESSAGE_COMPONENT:
            return ComponentReply(
                rest=self.ports.rest,
                lane=lane,
                ack=ack,
                application_id=interaction.application_id,
                token=interaction.token,
                channel_id=channel_id,
                work=work,
            )
        return CommandReply(
            rest=self.ports.rest,
            lane=lane,
            ack=ack,
            application_id=interaction.application_id,
            token=interaction.token,
            channel_id=channel_id,
            ephemeral=_is_private(reading),
            work=work,
            entry=self._note(interaction, reading),
        )

    def _note(self, interaction: Interaction, reading: Reading) -> Entry:
        return self.unanswered.begin(
            interaction.id, interaction.token, interaction.guild_id, ephemeral=_is_private(reading)
        )

    def _reply_to_message(
        self, message: Message, facts: Facts, work: Work, outcome: Deliver | Refuse
    ) -> MessageReply:
        tidy_after_s = self.ports.settings.value(facts.guild_id, TIDY_AFTER, int)
        tidies = isinstance(outcome, Refuse) or outcome.tidy
        lane = Lane(self.ports.spawn)
        reply = MessageReply(
            rest=self.ports.rest,
            lane=lane,
            later=self.later,
            channel_id=message.channel_id,
            call_id=message.id,
            work=work,
            tidy_after_s=float(tidy_after_s) if tidies else 0.0,
            can_delete_call=bool(facts.bot_permissions & Permissions.MANAGE_MESSAGES),
        )
        lane.on_defect = partial(self._apologize, reply, facts)
        return reply

    def _apologize(self, reply: Reply, facts: Facts | None) -> None:
        """An answer could not be sent because of a defect: say at least that, once."""
        reference = self._new_reference()
        log.error("an answer was not sent", extra={"reference": reference})
        reply.say(self._sentence(text("core.crashed", reference=reference), facts))

    def _new_reference(self) -> str:
        return f"{self.ports.clock.random.getrandbits(24):06x}"

    def _answer_directly(self, message: Message) -> None:
        """One sentence to a command in direct messages."""
        if not self.ingress.calls_in_private(message):
            return
        sentence = Payload(content=self.default_say("core.guild_only"), reply_to=message.id)
        self.ports.spawn(partial(self._post, message, sentence))

    async def _post(self, message: Message, sentence: Payload) -> None:
        await self.ports.rest.create_message(message.channel_id, sentence)

    async def _complete(self, interaction: Interaction, ask: Ask) -> None:
        choices: list[Choice] = []
        with trio.move_on_after(COMPLETION_S) as scope:
            try:
                if ask.owner.complete is not None:
                    choices = await ask.owner.complete(ask.completion)
            except Exception:  # an empty list is the better answer, and the log has the reason
                log.exception("an autocompletion failed", extra={"command": ask.completion.command})
        if scope.cancelled_caught:
            log.info("an autocompletion was too slow", extra={"command": ask.completion.command})
        try:
            result = AutocompleteResult(tuple(choices[:25]))
            await self.ack_line.respond(interaction.id, interaction.token, result)
        except RestError as error:
            log.info("choices came too late", extra={"error": str(error)})

    def _sentence(self, reason: Text, facts: Facts | None) -> Payload:
        say = self.ports.say_in(facts.guild_id) if facts is not None else self.default_say
        return Payload(content=reason.render(say))

    def _log_end(
        self, work: Work, command: str, facts: Facts | None, started: float, *, is_click: bool
    ) -> None:
        if work.is_open:
            return
        log.log(
            logging.DEBUG if is_click else logging.INFO,
            "a command ended",
            extra={
                "command": command,
                "stage": work.stage.value,
                "guild": facts.guild_id if facts else 0,
                "user": facts.user_id if facts else 0,
                "took_ms": round((self.ports.clock.now() - started) * 1000),
            },
        )


def _work_of(outcome: Deliver | Refuse) -> Work:
    return Work(starts_itself=isinstance(outcome, Deliver) and outcome.starts_itself)


def _is_private(reading: Reading) -> bool:
    """Whether only the caller sees the answer; every answer to a click is private."""
    return reading.is_click or (isinstance(reading.callback, DeferredReply) and reading.callback.ephemeral)


_OFFER_TEXTS = {
    Offer.ACTOR_FULL: "core.mailbox_full",
    Offer.PERSON_FULL: "core.person_full",
    Offer.CLOSED: "core.stopping",
}
