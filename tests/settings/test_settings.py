import trio
from attrs import evolve

from actors.core.address import Address
from actors.core.arguments import Arguments
from actors.core.cell import Context
from actors.core.declare import Completion
from actors.core.envelope import Envelope
from actors.core.mailbox import Mailbox
from actors.core.pages import OpenPages
from actors.core.setting import Setting
from actors.core.shared_settings import PREFIX
from actors.core.work import Stage
from actors.settings.actor import SettingsActor, read_words
from actors.settings.commands import SETTINGS, settings_slice
from actors.settings.messages import Change, ShowAll, ShowOne
from actors.store.errors import DiskFull
from gateway_client.ids import GuildId
from gateway_client.objects import Permissions
from tests.core.fakes import GUILD, Outside, envelope, facts, reply_of


async def ask(outside: Outside, message: object, *, manager: bool = True) -> Envelope:
    asked = envelope(message)
    if manager:
        asked = evolve(asked, facts=evolve(asked.facts, permissions=Permissions.MANAGE_GUILD))
    context = Context(Address("settings", GUILD), outside.ports(), Mailbox(), outside.nursery)
    await SettingsActor(context).handle(asked)
    return asked


async def test_change_is_committed_then_visible_then_told(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    heard: list[tuple[GuildId, Setting]] = []
    outside.settings.on_change = lambda guild_id, setting: heard.append((guild_id, setting))
    asked = await ask(outside, Change("PREFIX", "?"))
    assert outside.settings.value(GUILD, PREFIX, str) == "?"
    assert heard == [(GUILD, PREFIX)]
    assert reply_of(asked).said[0].content == "**prefix** is now `?`."
    row = await outside.store.load("settings", GUILD)
    assert row is not None
    assert read_words(GUILD, row.data) == {"prefix": "?"}


async def test_default_takes_the_own_value_away(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    await ask(outside, Change("prefix", "?"))
    await ask(outside, Change("prefix", "default"))
    assert outside.settings.own_words(GUILD) == {}


async def test_full_disk_changes_nothing_and_says_so(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    outside.store.fail_with = DiskFull("no space")
    asked = await ask(outside, Change("prefix", "?"))
    assert outside.settings.value(GUILD, PREFIX, str) == "!"
    assert "unchanged" in reply_of(asked).refused[0].content
    assert asked.work.stage is Stage.FAILED


async def test_only_managers_change_and_everybody_looks(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    denied = await ask(outside, Change("prefix", "?"), manager=False)
    assert "Manage Server" in reply_of(denied).refused[0].content
    shown = await ask(outside, ShowAll(), manager=False)
    assert shown.work.handed_over
    ((pager, wish),) = outside.told
    assert (pager.kind, isinstance(wish, OpenPages)) == ("pager", True)


async def test_one_setting_is_shown_and_an_unknown_or_bad_one_explained(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    one = await ask(outside, ShowOne("timezone"))
    assert "`UTC`" in reply_of(one).said[0].content
    for message in (ShowOne("nope"), Change("nope", "1"), Change("timezone", "Mars")):
        asked = await ask(outside, message)
        assert reply_of(asked).refused
        assert asked.work.stage is Stage.FAILED


async def test_completion_offers_names_then_values(nursery: trio.Nursery) -> None:
    part = settings_slice(Outside(nursery).settings)
    assert part.complete is not None

    async def offered(option: str, typed: str, **options: str) -> list[str]:
        assert part.complete is not None
        completion = Completion(
            facts=facts(), command="settings", option=option, typed=typed, options=options
        )
        return [str(choice.value) for choice in await part.complete(completion)]

    assert await offered("name", "time") == ["timezone"]
    assert "Europe/Prague" in await offered("value", "eur", name="timezone")
    assert await offered("value", "", name="nope") == []


def test_command_reads_its_options() -> None:
    assert SETTINGS.message(Arguments({}), facts()) == ShowAll()
    assert SETTINGS.message(Arguments({"name": "prefix"}), facts()) == ShowOne("prefix")
    assert SETTINGS.message(Arguments({"name": "prefix", "value": "?"}), facts()) == Change("prefix", "?")
