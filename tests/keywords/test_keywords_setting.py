"""Whose rules apply: the configuration's in every server, then the server's own, each emoji once."""

import pytest

from actors.core.setting import Settings, declare
from actors.core.shared_settings import SHARED
from actors.keywords.setting import KEYWORDS, rules_of
from tests.core.fakes import GUILD

FILE = "party => 🎉; done => ✅"


def settings(own: str | None, file: str = FILE) -> Settings:
    declared = declare((*SHARED, KEYWORDS), {"keywords": file})
    declared.put(GUILD, {} if own is None else {"keywords": own})
    return declared


@pytest.mark.parametrize(
    ("own", "given"),
    [
        (None, ("🎉", "✅")),
        ("cake => 🍰; cake => 🎉", ("🎉", "✅", "🍰")),
        ("cake => <a:cake:7>; party => <:party:8>", ("🎉", "✅", "<a:cake:7>", "<:party:8>")),
        ("none", ()),
        ("(cake => 🍰", ("🎉", "✅")),
    ],
)
def test_the_configuration_comes_first_and_then_the_server(own: str | None, given: tuple[str, ...]) -> None:
    assert rules_of(settings(own), GUILD).emojis_for("party with cake is done") == given


def test_a_server_may_have_rules_where_the_configuration_has_none() -> None:
    assert rules_of(settings("cake => 🍰", "none"), GUILD).emojis_for("cake") == ("🍰",)
    assert rules_of(settings(None, "none"), GUILD).is_none


def test_both_places_may_be_wrong_and_the_rest_works() -> None:
    rules = rules_of(settings("a => nothing; b => 🅱️", "(x => 🎉; y => 🍏"), GUILD)
    assert [wrong.arguments["number"] for wrong in rules.wrong] == [1, 1]
    assert rules.emojis_for("x y a b") == ("🍏", "🅱️")
