from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.core.access import Rule, refusal
from actors.core.address import Address
from actors.core.custom_id import CustomId, parse_custom_id
from actors.core.setting import InvalidSetting, declare
from actors.core.shared_settings import DJ_ROLE, PREFIX, SHARED, TIDY_AFTER, TIMEZONE
from actors.core.texts import Catalogue, plural_form, text
from actors.core.work import Stage, Work, WorkKind
from gateway_client.ids import RoleId
from gateway_client.objects import Permissions
from tests.core.fakes import ALICE, GUILD, facts

WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(WORDS, st.integers(0, 9), st.integers(0, 2**64 - 1), WORDS, st.text(max_size=20))
def test_custom_id_is_read_as_it_was_written(
    kind: str, version: int, key: int, verb: str, argument: str
) -> None:
    custom_id = CustomId(address=Address(kind, key), version=version, verb=verb, argument=argument)
    assert parse_custom_id(custom_id.to_wire()) == custom_id


@given(st.text(max_size=100))
def test_any_text_is_a_custom_id_or_none(wire: str) -> None:
    parsed = parse_custom_id(wire)
    assert parsed is None or parsed.address.key >= 0


def test_custom_id_that_is_too_long_or_holds_a_colon_is_refused() -> None:
    with pytest.raises(ValueError, match="100"):
        CustomId(address=Address("a", 1), version=1, verb="x", argument="y" * 100).to_wire()
    with pytest.raises(ValueError, match="colon"):
        CustomId(address=Address("a:b", 1), version=1, verb="x").to_wire()


def test_ended_work_never_changes_again_and_every_listener_hears_every_change() -> None:
    work = Work()
    heard: list[tuple[Stage, WorkKind]] = []
    work.watch(lambda w: heard.append((w.stage, w.kind)))
    work.start(WorkKind.RESOLVING)
    work.start(WorkKind.DOWNLOADING)
    work.fail()
    work.done()
    work.start()
    assert heard == [
        (Stage.STARTED, WorkKind.RESOLVING),
        (Stage.STARTED, WorkKind.DOWNLOADING),
        (Stage.FAILED, WorkKind.DOWNLOADING),
    ]


def test_late_listener_hears_the_end_at_once() -> None:
    work = Work()
    work.skip()
    heard: list[Stage] = []
    work.watch(lambda w: heard.append(w.stage))
    assert heard == [Stage.SKIPPED]


@pytest.mark.parametrize(
    ("end", "stage"),
    [(Work.done, Stage.MERGED), (Work.fail, Stage.FAILED), (Work.skip, Stage.SKIPPED)],
)
def test_merged_work_ends_with_the_other(end: Callable[[Work], None], stage: Stage) -> None:
    work, other = Work(), Work()
    work.merge(other)
    other.start(WorkKind.DOWNLOADING)
    assert work.is_open
    assert work.handed_over
    end(other)
    assert work.stage is stage


DJ = RoleId(5)


@pytest.mark.parametrize(
    ("rule", "changes", "dj_role", "allowed"),
    [
        (Rule.EVERYONE, {}, DJ, True),
        (Rule.DJ, {}, None, True),
        (Rule.DJ, {}, DJ, False),
        (Rule.DJ, {"role_ids": frozenset({DJ})}, DJ, True),
        (Rule.DJ, {"permissions": Permissions.MANAGE_GUILD}, DJ, True),
        (Rule.MANAGER, {}, None, False),
        (Rule.MANAGER, {"is_guild_owner": True}, None, True),
        (Rule.MANAGER, {"permissions": Permissions.ADMINISTRATOR}, None, True),
        (Rule.BOT_OWNER, {"is_guild_owner": True}, None, False),
    ],
)
def test_access(rule: Rule, changes: dict[str, object], dj_role: RoleId | None, *, allowed: bool) -> None:
    denied = refusal(rule, evolve(facts(), **changes), dj_role=dj_role, bot_owners=frozenset())
    assert (denied is None) is allowed


def test_bot_owner_is_known() -> None:
    assert refusal(Rule.BOT_OWNER, facts(), dj_role=None, bot_owners=frozenset({ALICE})) is None


def test_setting_prefers_the_guilds_own_words_then_the_configuration_then_the_default() -> None:
    settings = declare(SHARED, {"prefix": "?"})
    assert settings.value(GUILD, PREFIX, str) == "?"
    settings.put(GUILD, {"prefix": "$"})
    assert settings.value(GUILD, PREFIX, str) == "$"
    settings.put(GUILD, {})
    assert settings.value(GUILD, TIDY_AFTER, int) == 30


def test_stored_words_that_no_longer_fit_count_as_unset() -> None:
    settings = declare(SHARED, {})
    settings.put(GUILD, {"tidy_after": "soon", "dj_role": "<@&123456789012345678>"})
    assert settings.value(GUILD, TIDY_AFTER, int) == 30
    assert settings.optional(GUILD, DJ_ROLE, int) == 123456789012345678


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (PREFIX, ""),
        (PREFIX, "a b"),
        (PREFIX, "x" * 9),
        (TIMEZONE, "Mars/Base"),
        (TIMEZONE, "../etc/passwd"),
        (TIDY_AFTER, "-1"),
        (TIDY_AFTER, "1e9"),
        (DJ_ROLE, "admins"),
    ],
)
def test_bad_words_are_refused_with_a_reason(setting: object, words: str) -> None:
    assert setting in SHARED
    with pytest.raises(InvalidSetting) as wrong:
        next(known for known in SHARED if known is setting).parse(words)
    assert wrong.value.reason.key.startswith("core.bad_")


def test_configuration_default_that_does_not_fit_stops_the_start() -> None:
    with pytest.raises(InvalidSetting):
        declare(SHARED, {"timezone": "nowhere"})


def test_catalogue_fills_chooses_plurals_nests_and_falls_back() -> None:
    catalogue = Catalogue()
    catalogue.add(
        "en", {"a": "Hello {name}", "n": {"one": "{count} track", "other": "{count} tracks"}, "w": "<{x}>"}
    )
    catalogue.add(
        "cs", {"n": {"one": "{count} skladba", "few": "{count} skladby", "other": "{count} skladeb"}}
    )
    czech = catalogue.speaker("cs")
    assert [czech("n", count=n) for n in (1, 3, 5)] == ["1 skladba", "3 skladby", "5 skladeb"]
    assert czech("a", name="{name}") == "Hello {name}"
    assert czech("w", x=text("n", count=1)) == "<1 skladba>"
    assert catalogue.speaker()("n", count=0) == "0 tracks"


def test_missing_text_is_shown_as_its_key_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    catalogue = Catalogue()
    catalogue.add("en", {"a": "{x}"})
    assert catalogue.speaker()("nope") == "nope"
    assert catalogue.speaker()("a") == "a"
    assert len(caplog.records) == 2


def test_a_text_is_declared_once() -> None:
    catalogue = Catalogue()
    catalogue.add("en", {"a": "1"})
    with pytest.raises(ValueError, match="twice"):
        catalogue.add("en", {"a": "2"})


@pytest.mark.parametrize(
    ("language", "count", "form"),
    [("en", 1, "one"), ("en", 2, "other"), ("cs", 4, "few"), ("cs", 5, "other"), ("cs", 1.5, "many")],
)
def test_plural_forms(language: str, count: float, form: str) -> None:
    assert plural_form(language, count) == form
