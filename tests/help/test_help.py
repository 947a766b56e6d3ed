"""Help: the book, what it shows within Discord's limits for every command there is, and the actor."""

import pytest
import trio
from attrs import evolve

from actors.core.address import Address
from actors.core.arguments import Arguments
from actors.core.cell import Context
from actors.core.declare import Completion
from actors.core.envelope import Envelope
from actors.core.mailbox import Mailbox
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.core.texts import Argument
from actors.core.work import Stage
from actors.help.actor import HelpActor
from actors.help.declaration import HELP, help_slice
from actors.help.messages import ShowHelp
from actors.help.state import GROUPS, PER_PAGE, Book
from actors.help.view import NO_TITLE, TITLES, view_command, view_family, view_page
from actors.rest.payloads import Message
from cli.slices import catalogue
from tests.core.fakes import GUILD, Outside, envelope, facts, reply_of
from tests.declared import declared_registry, declared_slices

BOOK = Book(declared_registry().commands)
SAY = catalogue().speaker()
PAGER = Address("pager", 5)


def names(words: str) -> list[str]:
    return [command.name for command in BOOK.find(words)]


def text_of(message: Message) -> str:
    (embed,) = message.embeds
    parts = [embed.title, embed.description, *(f"{field.name}\n{field.value}" for field in embed.fields)]
    return "\n".join(part or "" for part in parts)


@pytest.mark.parametrize("words", ["rename", "RENAME", "/rename", "Rename"])
def test_command_is_found_however_it_is_written(words: str) -> None:
    assert names(words) == ["rename"]


def test_aliases_menus_and_families_are_found() -> None:
    assert names("h") == ["help"]
    assert names("vol") == ["volume"]
    assert names("wakeup!") == ["wakeup"]
    assert set(names("rep")) >= {"rep plus", "rep minus"}
    assert names("rep  plus") == ["rep plus"]
    assert names("") == names("nonsense") == []


def test_every_command_is_on_exactly_one_page_with_its_group() -> None:
    pages = BOOK.pages()
    listed = [command for page in pages for section in page for command in section.commands]
    assert sorted(command.name for command in listed) == sorted(command.name for command in BOOK.commands)
    groups = [section.group for page in pages for section in page]
    assert groups == sorted(groups, key=GROUPS.index)
    for page in pages:
        assert 1 <= sum(len(section.commands) for section in page) <= PER_PAGE


def test_every_group_has_a_title() -> None:
    assert {command.group for command in BOOK.commands} <= set(TITLES)
    assert tuple(TITLES) == GROUPS


@pytest.mark.parametrize("language", ["en", "cs"])
def test_every_command_and_page_can_be_shown(language: str) -> None:
    say = catalogue().speaker(language)
    for command in BOOK.commands:
        shown = text_of(view_command(command, "!", say))
        assert f"/{command.name}" in shown
        assert f"!{command.name}" in shown
        assert "commands." not in shown
        assert "help." not in shown
    for number, page in enumerate(BOOK.pages(), start=1):
        shown = text_of(view_page(BOOK, "all", number, "!", say).payload)
        assert "commands." not in shown
        for command in (command for section in page for command in section.commands):
            assert f"`{command.name}` {say(f'{command.text_key}.description')}" in shown


def test_page_is_clamped() -> None:
    last = len(BOOK.pages())
    assert view_page(BOOK, "all", 99, "!", SAY).page == last
    assert view_page(BOOK, "all", -1, "!", SAY).page == 1


def test_one_command_shows_usage_examples_options_and_aliases() -> None:
    (volume,) = BOOK.find("volume")
    shown = text_of(view_command(volume, "?", SAY))
    for part in ("`/volume [value]`", "`?volume [value]`", "`/volume value: 50`", "`?volume 50`", "`?vol`"):
        assert part in shown
    (wakeup,) = BOOK.find("wakeup")
    assert "Apps, **WakeUp!**" in text_of(view_command(wakeup, "!", SAY))
    assert "`rep minus`" in text_of(view_family(BOOK.find("rep"), SAY))


async def ask(outside: Outside, words: str | None) -> Envelope:
    asked = envelope(ShowHelp(words))
    context = Context(Address("help", GUILD), outside.ports(), Mailbox(), outside.nursery)
    await HelpActor(context, BOOK).handle(asked)
    return asked


async def test_actor_answers_with_one_a_family_a_guess_or_a_list(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    for words in ("skip", "!skip", "rep"):
        asked = await ask(outside, words)
        assert words.strip("!") in text_of(reply_of(asked).said[0])
    near = await ask(outside, "ski")
    assert "`skip`" in reply_of(near).refused[0].content
    unknown = await ask(outside, "`xyzzy` @everyone")
    assert "`help`" in reply_of(unknown).refused[0].content
    assert unknown.work.stage is Stage.FAILED
    await ask(outside, None)
    ((address, wish),) = outside.told
    assert address.kind == "pager"
    assert isinstance(wish, OpenPages)


async def test_actor_gives_a_pager_its_page(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    context = Context(Address("help", GUILD), outside.ports(), Mailbox(), nursery)
    await HelpActor(context, BOOK).observe(PageWanted(pager=PAGER, query="all", page=2))
    ((address, ready),) = outside.told
    assert address == PAGER
    assert isinstance(ready, PageReady)
    assert (ready.page, ready.total) == (2, len(BOOK.pages()))


async def test_completion_prefers_beginnings_and_knows_aliases() -> None:
    part = help_slice(declared_slices()[:1])
    assert part.complete is not None

    async def offered(typed: str) -> list[str]:
        assert part.complete is not None
        question = Completion(facts=facts(), command="help", option="command", typed=typed)
        return [str(choice.value) for choice in await part.complete(question)]

    assert (await offered("ski"))[0] == "skip"
    assert "volume" in await offered("vol")
    assert len(await offered("")) <= 25


def test_command_reads_its_option() -> None:
    assert HELP.message(Arguments({}), facts()) == ShowHelp(None)
    assert HELP.message(Arguments({"command": "play"}), facts()) == ShowHelp("play")


def test_many_long_descriptions_are_torn_between_fields_not_cut() -> None:
    many = tuple(evolve(HELP, name=f"help{number}", group="x") for number in range(PER_PAGE + 1))
    book = Book(many)
    assert [len(page[0].commands) for page in book.pages()] == [6, 7]

    def say(key: str, /, **arguments: Argument) -> str:
        return "long " * 40

    shown = text_of(view_page(book, "all", 2, "!", say).payload)
    assert shown.count("`help") == 7
    assert NO_TITLE in shown


def test_declared_example_is_shown_in_both_forms() -> None:
    shown = text_of(view_command(BOOK.find("settings")[0], "!", SAY))
    assert "`/settings name: language value: cs`" in shown
    assert "`!settings language cs`" in shown
