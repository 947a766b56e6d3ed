"""The help actor of a guild: looks things up in the book and says them in the guild's language."""

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import show_pages
from actors.core.pages import PageWanted
from actors.core.reactive import Reactive
from actors.core.shared_settings import PREFIX
from actors.help.messages import ShowHelp
from actors.help.state import Book
from actors.help.view import view_command, view_family, view_page, view_unknown

ALL = "all"


@define(eq=False)
class HelpActor(Reactive):
    """One guild's help; it keeps nothing."""

    context: Context
    book: Book

    async def handle(self, envelope: Envelope) -> None:
        """Somebody wants help."""
        if not isinstance(envelope.message, ShowHelp):
            raise TypeError(f"help cannot take {envelope.message!r}")
        words = envelope.message.words
        if words is None:
            show_pages(self.context, envelope, ALL)
            return
        name = words.removeprefix(self._prefix).strip()
        found = self.book.find(words) or self.book.find(name)
        match found:
            case (command,):
                envelope.reply.say(view_command(command, self._prefix, self.context.say))
            case ():
                envelope.reply.refuse(view_unknown(words, self.book.names_like(name), self.context.say))
                envelope.work.fail()
            case family:
                envelope.reply.say(view_family(family, self.context.say))

    async def observe(self, fact: object) -> None:
        """A pager wants a page."""
        if not isinstance(fact, PageWanted):
            raise TypeError(f"help cannot take {fact!r}")
        ready = view_page(self.book, fact.query, fact.page, self._prefix, self.context.say)
        self.context.ports.tell(fact.pager, ready)

    @property
    def _prefix(self) -> str:
        return self.context.ports.settings.value(self.context.guild_id, PREFIX, str)
