"""Only intents that are granted are asked for."""

import pytest

from gateway_client.intents import PRIVILEGED, Intents, granted_intents

WANTED = Intents.GUILDS | Intents.GUILD_VOICE_STATES | Intents.GUILD_MEMBERS | Intents.MESSAGE_CONTENT


@pytest.mark.parametrize("flags", [1 << 14 | 1 << 18, 1 << 15 | 1 << 19, 1 << 14 | 1 << 19, ~0])
def test_granted_in_either_way_is_asked_for(flags: int) -> None:
    assert granted_intents(WANTED, flags) == (WANTED, Intents(0))


def test_what_is_missing_is_left_out_and_named() -> None:
    intents, missing = granted_intents(WANTED, 1 << 15)
    assert intents == Intents.GUILDS | Intents.GUILD_VOICE_STATES | Intents.GUILD_MEMBERS
    assert missing == Intents.MESSAGE_CONTENT


def test_without_flags_only_plain_intents_remain() -> None:
    intents, missing = granted_intents(WANTED | Intents.GUILD_PRESENCES, 0)
    assert intents == Intents.GUILDS | Intents.GUILD_VOICE_STATES
    assert missing == PRIVILEGED


def test_what_is_granted_but_not_wanted_is_not_asked_for() -> None:
    assert granted_intents(Intents.GUILDS, ~0) == (Intents.GUILDS, Intents(0))
