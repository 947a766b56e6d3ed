"""One declaration is everything: the checks of every path, completion, the documentation's table."""

import re
from pathlib import Path

import pytest
import trio

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.declare import Completion
from actors.core.envelope import Envelope
from actors.core.lookup import Lookup
from actors.core.mailbox import Mailbox
from actors.core.pages import PageReady, PageWanted
from actors.core.setting import InvalidSetting, Setting, SettingKind, declare
from actors.core.setting_kinds import channel, choice, flag, role, whole_number
from actors.core.shared_settings import DJ_ROLE, LANGUAGE, REQUEST_CHANNEL, TIDY_AFTER
from actors.settings.actor import SettingsActor
from actors.settings.commands import settings_slice
from actors.settings.messages import Change
from actors.settings.state import Accepted, decide_change
from actors.settings.view import PER_PAGE
from cli.read_config import ConfigError, load_config
from cli.slices import SETTINGS, guild_rules
from gateway_client.cache import Cache
from gateway_client.events import GuildCreated, Received
from gateway_client.ids import ChannelId, RoleId
from gateway_client.kinds import ChannelType
from gateway_client.objects import Channel, Guild, Permissions, Role
from tests.core.fakes import GUILD, Outside, envelope, facts, reply_of

DJ = RoleId(10**17 + 1)
MUSIC, LOUNGE = ChannelId(10**17 + 2), ChannelId(10**17 + 3)


def outside_of(nursery: trio.Nursery) -> Outside:
    outside = Outside(nursery)
    guild = Guild(
        id=GUILD,
        roles=(Role(id=RoleId(GUILD), name="@everyone"), Role(id=DJ, name="DJ", position=1)),
        channels=(
            Channel(id=MUSIC, name="music", guild_id=GUILD),
            Channel(id=LOUNGE, name="lounge", type=ChannelType.GUILD_CATEGORY, guild_id=GUILD),
        ),
    )
    outside.cache.apply(Received(event=GuildCreated(guild=guild), shard_id=0, sequence=1))
    return outside


async def change(outside: Outside, name: str, words: str) -> Envelope:
    asked = envelope(Change(name, words))
    object.__setattr__(asked, "facts", facts(permissions=Permissions.MANAGE_GUILD))
    context = Context(Address("settings", GUILD), outside.ports(), Mailbox(), outside.nursery)
    await SettingsActor(context).handle(asked)
    return asked


def test_configuration_knows_every_setting_and_complains_like_the_command() -> None:
    rules = guild_rules()
    assert set(rules) == {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        assert rules[setting.name](setting.default) is None
        for words in setting.choices:
            assert rules[setting.name](words) is None, (setting.name, words)
    assert "on" in (rules["timezone"]("Mars/Base") or "")
    assert rules["timezone"]("new york") is None


def test_environment_and_file_set_the_default_of_every_server(tmp_path: Path) -> None:
    file = tmp_path / "roadie.toml"
    file.write_text('[guild]\nlanguage = "cs"\nprefix = "?"\n', encoding="utf-8")
    environ = {setting.environment: setting.default for setting in SETTINGS if setting.name != "language"}
    loaded = load_config(environ, beside=tmp_path, default_data=tmp_path, guild_rules=guild_rules())
    assert loaded.warnings == ()
    assert loaded.config.guild == {setting.name: setting.default for setting in SETTINGS} | {"language": "cs"}
    settings = declare(tuple(SETTINGS), loaded.config.guild)
    assert settings.value(GUILD, LANGUAGE, str) == "cs"
    wrong = {TIDY_AFTER.environment: "soon"}
    with pytest.raises(ConfigError, match="whole number"):
        load_config(wrong, beside=tmp_path, default_data=tmp_path, guild_rules=guild_rules())


def test_what_is_kept_is_what_counts_and_reads_back_as_it() -> None:
    settings = declare(tuple(SETTINGS), {})
    lookup = Lookup(cache=Cache(), guild_id=GUILD, mentioned={})
    typed = {"volume": ("900", "900!", "80%", "0", "150 % !"), "timezone": ("prague", "new york", "utc")}
    kept = {
        "volume": ["100", "500!", "80", "1", "150!"],
        "timezone": ["Europe/Prague", "America/New_York", "UTC"],
    }
    for name, words in typed.items():
        decided = [decide_change(settings, GUILD, name, each, lookup) for each in words]
        assert [one.words[name] for one in decided if isinstance(one, Accepted)] == kept[name]
        for each, shown in zip(words, kept[name], strict=True):
            setting = settings.find(name)
            assert setting is not None
            assert setting.parse(each) == setting.parse(shown)


def test_names_fit_every_place_they_are_used_in() -> None:
    for setting in SETTINGS:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", setting.name)
        assert setting.environment == f"ROADIE_GUILD_{setting.name}".upper()


@pytest.mark.parametrize(
    ("setting", "good", "bad"),
    [
        (flag("x", default=True), {"YES": True, "off": False}, ["maybe", ""]),
        (
            whole_number("x", default=5, least=0, most=9, unit="%"),
            {" 7 %": 7, "0": 0},
            ["10", "-1", "1.5", "x", "9" * 500],
        ),
        (choice("x", default="a", choices=("a", "b")), {"B": "b"}, ["c", ""]),
        (role("x"), {f"<@&{DJ}>": DJ, str(DJ): DJ, "none": "", "OFF": ""}, ["DJ", "12"]),
        (channel("x"), {f"<#{MUSIC}>": MUSIC, "none": ""}, ["music", f"<@&{DJ}>"]),
        (LANGUAGE, {"cs": "cs", "Čeština": "cs", "ENGLISH": "en"}, ["de", ""]),
    ],
)
def test_every_kind_takes_what_it_means_and_nothing_else(
    setting: Setting, good: dict[str, object], bad: list[str]
) -> None:
    setting.parse(setting.default)
    assert {words: setting.parse(words) for words in good} == good
    for words in bad:
        with pytest.raises(InvalidSetting):
            setting.parse(words)


async def test_role_and_channel_may_be_named_and_are_kept_by_id(nursery: trio.Nursery) -> None:
    outside = outside_of(nursery)
    named = await change(outside, "dj_role", "@dj")
    assert outside.settings.own_words(GUILD) == {"dj_role": str(DJ)}
    assert f"<@&{DJ}>" in reply_of(named).said[0].content
    await change(outside, "request_channel", f"<#{MUSIC}>")
    assert outside.settings.optional(GUILD, REQUEST_CHANNEL, int) == MUSIC
    await change(outside, "dj_role", "none")
    assert outside.settings.optional(GUILD, DJ_ROLE, int) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dj_role", "Moderators"),
        ("dj_role", "999999999999999999"),
        ("request_channel", "lounge"),
        ("request_channel", f"<#{LOUNGE}>"),
    ],
)
async def test_role_or_channel_that_is_not_here_is_refused(
    nursery: trio.Nursery, name: str, words: str
) -> None:
    outside = outside_of(nursery)
    assert reply_of(await change(outside, name, words)).refused
    assert outside.settings.own_words(GUILD) == {}


async def test_all_settings_are_pages(nursery: trio.Nursery) -> None:
    outside = Outside(nursery, settings=declare(tuple(SETTINGS), {}))
    context = Context(Address("settings", GUILD), outside.ports(), Mailbox(), nursery)
    pager, names = Address("pager", 1), list[str]()
    for page in range(1, 5):
        await SettingsActor(context).observe(PageWanted(pager=pager, query="all", page=page))
    for _, ready in outside.told:
        assert isinstance(ready, PageReady)
        (embed,) = ready.payload.embeds
        assert len(embed.fields) <= PER_PAGE
        names += [field.name for field in embed.fields]
    assert set(names) == {setting.name for setting in SETTINGS}


async def test_completion_offers_what_the_guild_has(nursery: trio.Nursery) -> None:
    outside = outside_of(nursery)
    part = settings_slice(outside.settings)
    assert part.complete is not None

    async def offered(name: str, typed: str) -> dict[str, object]:
        assert part.complete is not None
        question = Completion(
            facts=facts(),
            command="settings",
            option="value",
            typed=typed,
            options={"name": name},
            cache=outside.cache,
        )
        return {choice.name: choice.value for choice in await part.complete(question)}

    assert await offered("dj_role", "d") == {"default": "default", "@DJ": str(DJ)}
    assert await offered("request_channel", "#") == {"#music": str(MUSIC)}
    assert "Pacific/Auckland" in await offered("timezone", "auck")
    assert len(await offered("timezone", "a")) == 25
    outside.settings.put(GUILD, {"dj_role": str(DJ)})
    assert next(iter((await offered("dj_role", "")).items())) == ("@DJ", str(DJ))


def test_kinds_are_shown_as_what_they_are() -> None:
    kinds = {setting.name: setting.kind for setting in SETTINGS}
    assert kinds["dj_role"] is SettingKind.ROLE
    assert kinds["request_channel"] is SettingKind.CHANNEL
