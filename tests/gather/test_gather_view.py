"""What the message shows in every phase, and that it always fits."""

import pytest

from actors.core.address import Address
from actors.core.custom_id import parse_custom_id
from actors.core.texts import Catalogue, load_catalogue
from actors.gather.gather import Gather, Phase
from actors.gather.inputs import Extended, PeopleExpected, Who
from actors.gather.messages import Deed, NoticeUnsent, Verb
from actors.gather.view import Lens, clock, view_gather
from actors.rest.payloads import Button, Message, to_wire_edit
from gateway_client.ids import UserId
from tests.gather.people import ADA, BEN, CLEO, DAN, do, gather, leave, press

CATALOGUE: Catalogue = load_catalogue(["actors.core", "actors.gather"])
HOME = Address("gather", 100)


def show(one: Gather, now: float, language: str = "en") -> Message:
    lens = Lens(address=HOME, now=now, offset=1_800_000_000.0, say=CATALOGUE.speaker(language))
    return view_gather(one, lens)


def words(message: Message) -> str:
    (embed,) = message.embeds
    return embed.description or ""


def labels(message: Message) -> list[str | None]:
    return [item.label for row in message.components for item in row.items if isinstance(item, Button)]


def test_the_countdown_shows_who_when_and_how_long() -> None:
    one = gather(ADA, BEN, countdown_s=5400)
    do(one, PeopleExpected((CLEO,)))
    do(one, Extended(300))
    shown = show(one, 10)
    assert words(shown).splitlines() == [
        "<@1001> gathers everybody in <#300>.",
        "Time remaining: **1:34:50**",
        "Starts at <t:1800005700:t>",
        "Extended by **5:00**",
        "",
        "**3 take part:**",
        "1. <@1001>",
        "2. <@1002>",
        "3. <@1003>",
    ]
    assert labels(shown) == ["Start now", "Join gathering", "Leave gathering", "Cancel"]
    assert shown.mentions.users == ()


def test_the_check_in_is_a_table_by_lateness_then_out_then_missing() -> None:
    one = gather(ADA, BEN, CLEO, DAN)
    eve, fay = Who(UserId(1), "eve"), Who(UserId(2), "Fay")
    do(one, PeopleExpected((fay, eve)))
    press(one, DAN, Verb.HERE, 10)
    press(one, CLEO, Verb.HERE, 95)
    press(one, BEN, Verb.OUT, 20)
    shown = show(one, 125)
    assert words(shown).splitlines() == [
        "<@1001> gathers everybody in <#300>.",
        "Time elapsed: **2:05**",
        "Pings: 🔔 on",
        "Attendance: **2/5**",
        "```",
        "+-----------------------+---------+",
        "| User                  | Arrived |",
        "+-----------------------+---------+",
        "| Dan                   | ON TIME |",
        "| Cleo                  | +01:35  |",
        "| Ben                   | OUT     |",
        "| Ada                   | --:--   |",
        "| eve                   | --:--   |",
        "| Fay                   | --:--   |",
        "+-----------------------+---------+",
        "```",
    ]
    assert labels(shown) == ["I'm here!", "I'm out", "Mute pings", "Cancel"]
    press(one, ADA, Verb.MUTE, 126)
    assert labels(show(one, 126))[2] == "Unmute pings"
    assert "Pings: 🔕 off" in words(show(one, 126))


def test_grace_counts_down() -> None:
    assert "Grace period: **0:45** left" in words(show(gather(ADA, BEN), 15))


@pytest.mark.parametrize(
    ("phase", "sentence"),
    [
        (Phase.COMPLETE, "✅ Complete after 1:15: nobody is missing."),
        (Phase.CANCELLED, "Cancelled."),
        (Phase.TIMED_OUT, "⌛ Time is up: the gather ended after 30 minutes."),
    ],
)
def test_an_end_keeps_the_table_and_loses_the_buttons(phase: Phase, sentence: str) -> None:
    one = gather(ADA, BEN)
    press(one, ADA, Verb.HERE, 3)
    one.finish(phase, 75)
    assert words(show(one, 75)) == words(show(one, 5000))
    assert sentence in words(show(one, 75)).splitlines()
    assert "| Ada                   | ON TIME |" in words(show(one, 75))
    assert show(one, 75).components == ()


def test_a_cancelled_countdown_stays_as_cancelled() -> None:
    one = gather(ADA, countdown_s=600)
    press(one, ADA, Verb.CANCEL, 5)
    assert words(show(one, 6)) == "Cancelled."
    assert show(one, 6).components == ()


def test_a_countdown_tells_who_finds_no_place() -> None:
    one = gather(ADA, BEN, countdown_s=60, limit=3)
    do(one, PeopleExpected((CLEO, DAN)))
    assert words(show(one, 1)).splitlines()[-3:] == [
        "3. <@1003>",
        "Without a place, because the channel holds 3:",
        "4. <@1004>",
    ]
    leave(one, ADA, 2)
    for who in (BEN, CLEO, DAN):
        press(one, who, Verb.LEAVE, 3)
    assert "Nobody takes part yet." in words(show(one, 4))


@pytest.mark.parametrize("name", ["plain", "🎉" * 30, "漢" * 32, "Z\u0301\u0302\u0303" * 8, "ש" * 32])
@pytest.mark.parametrize("language", ["en", "cs"])
def test_two_hundred_people_fit_whatever_they_are_called(name: str, language: str) -> None:
    crowd = tuple(Who(UserId(10**18 + n), f"{n}{name}"[:32]) for n in range(200))
    one = gather(ADA, *crowd, countdown_s=60)
    to_wire_edit(show(one, 1, language))
    assert "100" in words(show(one, 1))
    one.tick(60)
    for deed in Deed:
        do(one, NoticeUnsent(deed))
    to_wire_edit(show(one, 61, language))
    for who in crowd[:150]:
        press(one, who, Verb.HERE, 70)
    for who in crowd[150:170]:
        press(one, who, Verb.OUT, 150)
    shown = show(one, 200, language)
    to_wire_edit(shown)
    table = words(shown).split("```")[1]
    assert "| Ada " in table
    assert table.count("--:--") == 31 or len(name) != 5


def test_a_hidden_part_of_a_group_says_how_many_it_is() -> None:
    crowd = tuple(Who(UserId(2000 + n), f"person {n:03}") for n in range(150))
    one = gather(ADA, *crowd)
    for who in crowd[:120]:
        press(one, who, Verb.HERE, 10)
    lines = words(show(one, 20)).splitlines()
    (more,) = [line for line in lines if "more" in line]
    hidden = int(more.split()[3])
    assert more.endswith("| ON TIME |")
    assert sum("person" in line for line in lines) == 150 - hidden
    assert sum("person" in line or "Ada" in line or "more" in line for line in lines) == 95


def test_buttons_name_their_gather_and_can_be_read_back() -> None:
    one = gather(ADA, countdown_s=60)
    (row,) = show(one, 1).components
    ids = [parse_custom_id(str(item.custom_id)) for item in row.items]
    assert [one_id.verb for one_id in ids if one_id] == ["start_now", "join", "leave", "cancel"]
    assert {(one_id.address, one_id.argument) for one_id in ids if one_id} == {(HOME, "7")}


def test_notices_that_could_not_be_posted_are_in_the_message() -> None:
    one = gather(ADA, BEN)
    do(one, NoticeUnsent(Deed.PING))
    assert words(show(one, 1)).splitlines()[-1].startswith("<@1001>: I may not write in <#200>")


def test_clocks_are_written_in_minutes_and_hours() -> None:
    assert [clock(s) for s in (0, 59.6, 61, 3600, -4)] == ["0:00", "1:00", "1:01", "1:00:00", "0:00"]
