"""The settings of progress: what is taken, and what is said about what is not."""

import pytest

from actors.core.setting import InvalidSetting, declare
from actors.core.shared_settings import SHARED
from actors.core.texts import load_catalogue
from actors.status.style import DEFAULTS, SETTINGS, STATUS_EMOJIS, Emojis, Sign, style_of
from tests.core.fakes import GUILD

CATALOGUE = load_catalogue(["actors.core", "actors.status"])


def emojis(words: str) -> Emojis:
    parsed = STATUS_EMOJIS.parse(words)
    assert isinstance(parsed, Emojis)
    return parsed


def test_defaults_are_full_and_stay() -> None:
    style = style_of(declare((*SHARED, *SETTINGS), {}), GUILD)
    assert (style.full, style.clears) == (True, False)
    assert {sign: style.emote(sign).text for sign in Sign} == dict(DEFAULTS)


def test_the_configuration_may_say_otherwise() -> None:
    words = {"status_reactions": "off", "remove_ack_after_reply": "on", "status_emojis": "seen=🫡"}
    style = style_of(declare((*SHARED, *SETTINGS), words), GUILD)
    assert (style.full, style.clears, style.emote(Sign.SEEN).text) == (False, True, "🫡")


@pytest.mark.parametrize(
    "words", ["done=👌 failed=<:no:1>", "done = 👌, failed: <:no:1>", "Done=👌;failed=<:no:1>;"]
)
def test_emojis_are_set_by_state(words: str) -> None:
    chosen = emojis(words)
    assert chosen.emote(Sign.DONE).text == "👌"
    assert (chosen.emote(Sign.FAILED).text, chosen.emote(Sign.FAILED).fallback) == ("<:no:1>", "❌")
    assert chosen.emote(Sign.WAITING).text == "⏳"


def test_animated_emojis_are_emojis_too() -> None:
    chosen = emojis("resolving=<a:Busy_1:1234567890123456789> working=👨‍👩‍👧‍👦 seen=1️⃣")
    assert chosen.emote(Sign.RESOLVING).text == "<a:Busy_1:1234567890123456789>"
    assert (chosen.emote(Sign.WORKING).text, chosen.emote(Sign.SEEN).text) == ("👨‍👩‍👧‍👦", "1️⃣")


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ("finished=👌", "no state called “finished”"),
        ("done=ok", "`done` needs an emoji"),
        ("👌", "Write it like"),
        ("done=👌 and more", "Write it like"),
    ],
)
def test_other_words_are_explained(words: str, because: str) -> None:
    with pytest.raises(InvalidSetting) as wrong:
        STATUS_EMOJIS.parse(words)
    assert because in wrong.value.reason.render(CATALOGUE.speaker())
    assert wrong.value.reason.render(CATALOGUE.speaker("cs"))
