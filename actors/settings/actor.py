"""The settings actor of a guild: commits a change, then makes it visible, then says so."""

import logging

from attrs import define
from msgspec import json

from actors.core.access import Rule, refusal
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import show_pages
from actors.core.lookup import Lookup
from actors.core.pages import PageWanted
from actors.core.reactive import Reactive
from actors.core.snapshot import SnapshotForm, save_snapshot
from actors.core.texts import Text, text
from actors.rest.payloads import MAX_CONTENT, Message, cut
from actors.settings.messages import Change, ShowAll, ShowOne
from actors.settings.state import decide_change
from actors.settings.view import view_changed, view_one, view_page
from actors.store.errors import StoreError
from gateway_client.ids import GuildId

log = logging.getLogger(__name__)

ALL = "all"
Words = dict[str, str]
FORM = SnapshotForm(type=Words, schema=1)


@define(eq=False)
class SettingsActor(Reactive):
    """One guild's settings. What is stored was read into memory when the bot started."""

    context: Context

    async def handle(self, envelope: Envelope) -> None:
        """Show or change."""
        settings, guild_id = self.context.ports.settings, envelope.facts.guild_id
        say = self.context.ports.say_in(guild_id)
        match envelope.message:
            case ShowAll():
                show_pages(self.context, envelope, ALL)
            case ShowOne(name):
                setting = settings.find(name)
                if setting is None:
                    self.context.refuse(envelope, text("settings_view.unknown", name=name[:50]))
                else:
                    envelope.reply.say(view_one(settings, guild_id, setting, say))
            case Change():
                await self._change(envelope, envelope.message)
            case other:
                raise TypeError(f"settings cannot take {other!r}")

    async def observe(self, fact: object) -> None:
        """A pager wants a page of the list."""
        if not isinstance(fact, PageWanted):
            raise TypeError(f"settings cannot take {fact!r}")
        ports, guild_id = self.context.ports, self.context.guild_id
        ready = view_page(ports.settings, guild_id, fact.query, fact.page, ports.say_in(guild_id))
        ports.tell(fact.pager, ready)

    async def _change(self, envelope: Envelope, change: Change) -> None:
        ports, guild_id = self.context.ports, envelope.facts.guild_id
        denied = refusal(Rule.MANAGER, envelope.facts, dj_role=None, bot_owners=frozenset())
        if denied is not None:
            self._refuse_with_value(envelope, denied, change.name)
            return
        lookup = Lookup(cache=ports.cache, guild_id=guild_id, mentioned={})
        decided = decide_change(ports.settings, guild_id, change.name, change.words, lookup)
        if isinstance(decided, Text):
            self.context.refuse(envelope, decided)
            return
        try:
            await save_snapshot(ports.store, self.context.address, FORM, dict(decided.words))
        except StoreError as error:
            log.warning("a setting was not kept", extra={"guild": guild_id, "error": str(error)})
            self.context.refuse(envelope, text("settings_view.not_saved"))
            return
        ports.settings.put(guild_id, decided.words, changed=decided.setting)
        say = ports.say_in(guild_id)
        envelope.reply.say(view_changed(ports.settings, guild_id, decided.setting, say), transient=True)

    def _refuse_with_value(self, envelope: Envelope, reason: Text, name: str) -> None:
        """Whoever may not change a setting is told what it is."""
        settings, guild_id = self.context.ports.settings, envelope.facts.guild_id
        setting, say = settings.find(name), self.context.ports.say_in(guild_id)
        if setting is None:
            self.context.refuse(envelope, reason)
            return
        shown = f"{reason.render(say)}\n{view_one(settings, guild_id, setting, say).content}"
        envelope.reply.refuse(Message(content=cut(shown, MAX_CONTENT)))
        envelope.work.fail()


def read_words(guild_id: GuildId, data: bytes) -> Words:
    """The stored words of a guild, as read when the bot starts.

    Raises:
        msgspec.MsgspecError: not readable.
    """
    return json.decode(data, type=Words)
