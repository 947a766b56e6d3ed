"""The shell of a guild's keyword reactions: matches, and wishes for what matched.

It keeps nothing: what is under way when the bot stops is not made up for. Reactions share the writer with
everybody else's, so that nobody removes what a rule has given.
"""

from functools import partial

from attrs import define

from actors.core.cell import Context
from actors.core.claim import Place
from actors.core.envelope import Envelope
from actors.core.reactions import Emote, Rank, Settled, Wish
from actors.core.reactive import Reactive
from actors.keywords.messages import Spoken
from actors.keywords.setting import rules_of

HOLDER = "keywords"


@define(eq=False)
class KeywordsActor(Reactive):
    """The keyword reactions of one guild."""

    context: Context

    async def handle(self, envelope: Envelope) -> None:
        """It has no commands."""
        raise TypeError(f"keywords cannot take {envelope.message!r}")

    async def observe(self, fact: object) -> None:
        """Somebody wrote."""
        if not isinstance(fact, Spoken):
            raise TypeError(f"keywords cannot take {fact!r}")
        ports = self.context.ports
        rules = rules_of(ports.settings, self.context.guild_id)
        emojis = rules.emojis_for(fact.content)
        if emojis:
            emotes = tuple(Emote(text=emoji) for emoji in emojis)
            wish = Wish(emotes=emotes, rank=Rank.KEYWORD, since=ports.clock.now())
            ports.reactions.wish(fact.place, HOLDER, wish, settled=partial(self._let_go, fact.place))

    def _let_go(self, place: Place, settled: Settled) -> None:
        self.context.ports.reactions.release(place, HOLDER)
