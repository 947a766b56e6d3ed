"""What people can do, and what they cannot."""

from typing import Any

import pytest
import trio

from sandbox.model import events
from sandbox.model.default import (
    AFK_ID,
    BEN_ID,
    CLEO_ID,
    DJ_ROLE_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
    STUDIO_ID,
)
from sandbox.model.directory import Unknown
from sandbox.model.entities import Upload
from sandbox.model.interaction import InteractionState
from sandbox.model.invocation import CannotDoThat
from sandbox.model.messages import Draft
from tests.sandbox.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


def option(kind: int, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": "d", **more}


def register(rig: Rig, *options: dict[str, Any], name: str = "cmd") -> None:
    rig.world.commands.put({"type": 1, "name": name, "description": "d", "options": list(options)})


def test_options_travel_as_their_type_says(rig: Rig) -> None:
    register(
        rig, option(3, "text"), option(4, "count"), option(5, "on"), option(8, "role"), option(11, "file")
    )
    upload = Upload(filename="song.ogg", content=b"OggS", content_type="audio/ogg")
    given = {"text": "a", "count": 3, "on": True, "role": int(DJ_ROLE_ID)}
    interaction = rig.person(OWNER_ID).run_command(MUSIC_ID, "cmd", given, {"file": upload})
    values = {o["name"]: o["value"] for o in interaction.data["options"]}
    file_id = values.pop("file")
    assert values == {"text": "a", "count": 3, "on": True, "role": str(DJ_ROLE_ID)}
    client = rig.connect().identify()
    rig.world.ledger.publish(events.InteractionCreated(interaction=interaction))
    resolved = client.events("INTERACTION_CREATE")[0]["data"]["resolved"]
    attachment = resolved["attachments"][file_id]
    assert (attachment["filename"], attachment["size"], attachment["ephemeral"]) == ("song.ogg", 4, True)
    assert resolved["roles"][str(DJ_ROLE_ID)]["name"] == "DJ"


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        (option(3, "x", required=True), {}),
        (option(4, "x"), {"x": "three"}),
        (option(4, "x"), {"x": True}),
        (option(5, "x"), {"x": "yes"}),
        (option(4, "x", min_value=1), {"x": 0}),
        (option(10, "x", max_value=1.5), {"x": 2}),
        (option(3, "x", max_length=2), {"x": "abc"}),
        (option(3, "x", choices=[{"name": "A", "value": "a"}]), {"x": "b"}),
        (option(3, "x"), {"y": "b"}),
    ],
)
def test_a_client_does_not_send_what_does_not_fit(
    rig: Rig, declared: dict[str, Any], given: dict[str, Any]
) -> None:
    register(rig, declared)
    with pytest.raises(CannotDoThat):
        rig.person(OWNER_ID).run_command(MUSIC_ID, "cmd", given)


def test_subcommands_are_nested(rig: Rig) -> None:
    inner = option(1, "add", options=[option(3, "what")])
    register(rig, option(1, "start", options=[option(3, "time")]), option(2, "list", options=[inner]))
    ada = rig.person(OWNER_ID)
    start = ada.run_command(MUSIC_ID, "cmd start", {"time": "5m"})
    leaf = {"name": "time", "type": 3, "value": "5m"}
    assert start.data["options"] == [{"name": "start", "type": 1, "options": [leaf]}]
    add = ada.run_command(MUSIC_ID, "cmd list add")
    nested: list[dict[str, Any]] = [{"name": "add", "type": 1, "options": []}]
    assert add.data["options"] == [{"name": "list", "type": 2, "options": nested}]
    for wrong in ("cmd", "cmd stop", "cmd list"):
        with pytest.raises(CannotDoThat):
            ada.run_command(MUSIC_ID, wrong)
    with pytest.raises(Unknown):
        ada.run_command(MUSIC_ID, "nothing")


def test_context_menus_carry_their_target(rig: Rig) -> None:
    rig.world.commands.put({"type": 2, "name": "Rename"})
    rig.world.commands.put({"type": 3, "name": "Quote"})
    client = rig.connect().identify()
    ada = rig.person(OWNER_ID)
    ada.use_on_user(MUSIC_ID, "Rename", BEN_ID)
    message = ada.send_message(MUSIC_ID, "wise words")
    ada.use_on_message(message, "Quote")
    on_user, on_message = (e["data"] for e in client.events("INTERACTION_CREATE"))
    assert (on_user["type"], on_user["target_id"]) == (2, str(BEN_ID))
    assert on_user["resolved"]["members"][str(BEN_ID)]["roles"] == []
    assert on_message["resolved"]["messages"][str(message.id)]["content"] == "wise words"


def test_a_guilds_own_command_hides_the_global_one(rig: Rig) -> None:
    register(rig, option(3, "x"))
    rig.world.commands.put({"type": 1, "name": "cmd", "description": "own", "options": []}, GUILD_ID)
    interaction = rig.person(OWNER_ID).run_command(MUSIC_ID, "cmd")
    assert interaction.data["guild_id"] == str(GUILD_ID)


def test_select_menus_offer_what_they_offer(rig: Rig) -> None:
    options = [{"label": name, "value": name} for name in "abc"]
    strings = {"type": 3, "custom_id": "s", "options": options, "max_values": 2}
    users = {"type": 5, "custom_id": "u"}
    rows = tuple({"type": 1, "components": [one]} for one in (strings, users))
    channel = rig.world.directory.channel(MUSIC_ID)
    message = rig.world.board.post(channel, rig.world.application.bot, Draft(components=rows))
    ben = rig.person(BEN_ID)
    assert ben.choose(message, "s", ["a", "b"]).data["values"] == ["a", "b"]
    assert ben.choose(message, "u", [str(CLEO_ID)]).data["resolved"] == {"users": [str(CLEO_ID)]}
    for custom_id, values in (("s", []), ("s", ["a", "b", "c"]), ("s", ["z"]), ("gone", ["a"])):
        with pytest.raises(CannotDoThat):
            ben.choose(message, custom_id, values)
    with pytest.raises(CannotDoThat):
        ben.press(message, "s")


def test_interaction_in_a_direct_channel_has_a_user_and_no_member(rig: Rig) -> None:
    register(rig)
    client = rig.connect().identify()
    direct = rig.world.directory.direct_channel(BEN_ID)
    rig.person(BEN_ID).run_command(direct.id, "cmd")
    wire = client.events("INTERACTION_CREATE")[0]
    assert wire["user"]["username"] == "ben"
    assert {"member", "guild_id"}.isdisjoint(wire)
    assert wire["context"] == 1


def test_voice_has_one_seat_a_person_and_limits(rig: Rig) -> None:
    ben, cleo = rig.person(BEN_ID), rig.person(CLEO_ID)
    lounge, studio = (rig.world.directory.channel(i) for i in (LOUNGE_ID, STUDIO_ID))
    ben.join_voice(LOUNGE_ID)
    ben.join_voice(STUDIO_ID)
    assert (rig.world.voice.people_in(lounge), rig.world.voice.people_in(studio)) == ((), (BEN_ID,))
    studio.user_limit = 1
    assert cleo.join_voice(STUDIO_ID) is None
    assert rig.person(OWNER_ID).join_voice(STUDIO_ID) is not None
    ben.mute(True)
    state = rig.world.voice.state(GUILD_ID, BEN_ID)
    assert state is not None
    assert (state.self_mute, state.self_deaf) == (True, False)
    ben.leave_voice()
    with pytest.raises(CannotDoThat):
        ben.mute(True)
    afk = cleo.join_voice(AFK_ID)
    assert afk is not None
    assert afk.suppress


def test_server_mute_stays_with_the_member(rig: Rig) -> None:
    ben = rig.person(BEN_ID)
    ben.join_voice(LOUNGE_ID)
    rig.world.voice.set_server_mute(GUILD_ID, BEN_ID, mute=True)
    ben.leave_voice()
    state = ben.join_voice(LOUNGE_ID)
    assert state is not None
    assert state.mute


def test_a_change_that_changes_nothing_is_not_told(rig: Rig) -> None:
    ben = rig.person(BEN_ID)
    message = ben.send_message(MUSIC_ID, "x")
    for act in (lambda: ben.react(message, "👍"), lambda: ben.join_voice(LOUNGE_ID)):
        act()
        told = len(rig.events)
        act()
        assert len(rig.events) == told


def test_people_edit_only_what_is_theirs(rig: Rig) -> None:
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "x")
    rig.person(BEN_ID).edit_message(message, "y")
    with pytest.raises(CannotDoThat):
        rig.person(OWNER_ID).edit_message(message, "z")
    assert message.content == "y"
    assert message.edited_at is not None


def test_events_that_events_cause_come_after_them(rig: Rig) -> None:
    order: list[str] = []

    def react(event: events.WorldEvent) -> None:
        order.append(type(event).__name__)
        if isinstance(event, events.MessageCreated):
            rig.person(BEN_ID).react(event.message, "👍")

    rig.world.subscribe(react)
    late: list[str] = []
    unsubscribe = rig.world.subscribe(lambda event: late.append(type(event).__name__))
    rig.person(OWNER_ID).send_message(MUSIC_ID, "x")
    assert order == late == ["MessageCreated", "ReactionAdded"]
    unsubscribe()
    unsubscribe()
    rig.person(OWNER_ID).type_in(MUSIC_ID)
    assert len(late) == 2


async def test_waiting_for_what_happens(rig: Rig, autojump_clock: object) -> None:
    register(rig)
    interaction = rig.person(OWNER_ID).run_command(MUSIC_ID, "cmd")

    async def answer() -> None:
        await trio.sleep(1)
        rig.world.interactions.answer(interaction, Draft(content="done"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        event = await rig.people.next_event(lambda e: isinstance(e, events.MessageCreated))
        assert isinstance(event, events.MessageCreated)
        assert event.message.content == "done"
        await rig.people.answered(interaction)
        await rig.people.acknowledged(interaction)
    assert interaction.state is InteractionState.ANSWERED


def test_ids_rise_also_when_the_clock_stands_still_or_goes_back(rig: Rig) -> None:
    given = [rig.world.ledger.ids.next() for _ in range(3)]
    rig.time -= 500
    given.append(rig.world.ledger.ids.next())
    assert given == sorted(set(given))
