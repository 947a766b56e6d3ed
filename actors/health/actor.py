"""The health actor of a guild: asks how the bot is doing and says it in the guild's language.

It keeps nothing. The diagnosis looks at files and processes, so it is gathered in a child task and comes back
as a message.
"""

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.health import Health
from actors.core.reactive import Reactive
from actors.health.messages import Diagnosed, ShowDiagnosis, ShowStatus
from actors.health.view import view_diagnosis, view_status


@define(eq=False)
class HealthActor(Reactive):
    """One guild's way to ask."""

    context: Context
    health: Health

    async def handle(self, envelope: Envelope) -> None:
        """Somebody wants to know."""
        match envelope.message:
            case ShowStatus():
                brief = self.health.brief(self.context.guild_id, envelope.facts.user_id)
                envelope.reply.say(view_status(brief, self.context.say))
            case ShowDiagnosis():
                envelope.work.detach()
                self.context.run(lambda: self._gather(envelope))
            case other:
                raise TypeError(f"health cannot take {other!r}")

    async def observe(self, fact: object) -> None:
        """A diagnosis is there."""
        if not isinstance(fact, Diagnosed):
            raise TypeError(f"health cannot take {fact!r}")
        fact.envelope.reply.say(view_diagnosis(fact.diagnosis, self.context.say))
        fact.envelope.work.done()

    async def _gather(self, envelope: Envelope) -> None:
        diagnosis = await self.health.diagnose(self.context.guild_id, envelope.facts.user_id)
        self.context.tell_self(Diagnosed(envelope=envelope, diagnosis=diagnosis))
