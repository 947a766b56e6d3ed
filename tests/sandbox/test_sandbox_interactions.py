"""The rules of interactions, as a bot meets them over REST and a person sees them."""

from typing import Any

import pytest

from sandbox.model.default import BEN_ID, CLEO_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import Message, MessageFlags
from sandbox.model.interaction import Interaction, InteractionState
from sandbox.model.interactions import FAILED_SENTENCE, NO_RESPONSE_SENTENCE
from sandbox.model.invocation import CannotDoThat
from tests.sandbox.rig import Answer, Rig

BUTTON: dict[str, Any] = {
    "type": 1,
    "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}],
}


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.world.commands.put({"type": 1, "name": "play", "description": "Plays", "options": []})
    return rig


def run_command(rig: Rig) -> Interaction:
    return rig.person(OWNER_ID).run_command(MUSIC_ID, "play")


def panel(rig: Rig) -> Message:
    from sandbox.model.messages import Draft

    channel = rig.world.directory.channel(MUSIC_ID)
    return rig.world.board.post(
        channel, rig.world.application.bot, Draft(content="panel", components=(BUTTON,))
    )


async def respond(rig: Rig, interaction: Interaction, kind: int, data: object = None, **query: str) -> Answer:
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    body: dict[str, Any] = {"type": kind} if data is None else {"type": kind, "data": data}
    return await rig.request("POST", path, body, token=None, query=query)


def hook(rig: Rig, interaction: Interaction, tail: str = "") -> str:
    return f"/webhooks/{rig.world.application.id}/{interaction.token}{tail}"


async def test_message_answers_a_command(rig: Rig) -> None:
    interaction = run_command(rig)
    rig.time += 0.25
    answer = await respond(rig, interaction, 4, {"content": "Queuing"})
    assert answer.status == 204
    assert interaction.state is InteractionState.ANSWERED
    assert interaction.response_s == 0.25
    message = rig.world.interactions.original(interaction)
    assert (message.content, int(message.type)) == ("Queuing", 20)
    assert message.interaction is not None
    assert message.interaction.name == "play"


async def test_with_response_tells_the_message(rig: Rig) -> None:
    interaction = run_command(rig)
    answer = await respond(rig, interaction, 5, {"flags": 64}, with_response="true")
    assert answer.status == 200
    assert answer.body["interaction"] == {
        "id": str(interaction.id),
        "type": 2,
        "response_message_id": str(interaction.original_id),
        "response_message_loading": True,
        "response_message_ephemeral": True,
    }
    assert answer.body["resource"]["type"] == 5
    assert answer.body["resource"]["message"]["flags"] == 64 | 128


async def test_second_response_is_40060(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 5)
    again = await respond(rig, interaction, 4, {"content": "x"})
    assert (again.status, again.code) == (400, 40060)


async def test_three_seconds_without_response_fail_and_then_10062(rig: Rig) -> None:
    interaction = run_command(rig)
    rig.time += 2.999
    rig.world.tick()
    assert interaction.state is InteractionState.PENDING
    rig.time += 0.001
    late = await respond(rig, interaction, 5)
    assert (late.status, late.code) == (404, 10062)
    assert interaction.state is InteractionState.FAILED
    assert interaction.failure == NO_RESPONSE_SENTENCE
    follow_up = await rig.request("POST", hook(rig, interaction), {"content": "x"}, token=None)
    assert (follow_up.status, follow_up.code) == (404, 10015)


async def test_a_press_that_nobody_answers_failed(rig: Rig) -> None:
    press = rig.person(BEN_ID).press(panel(rig), "go")
    assert rig.world.next_deadline() == rig.time + 3
    rig.time += 3
    rig.world.tick()
    assert press.failure == FAILED_SENTENCE
    assert rig.world.next_deadline() is None


@pytest.mark.parametrize("wrong", ["id", "token"])
async def test_unknown_id_or_token_is_10062(rig: Rig, wrong: str) -> None:
    interaction = run_command(rig)
    number = 1 if wrong == "id" else interaction.id
    token = "nonsense" if wrong == "token" else interaction.token
    path = f"/interactions/{number}/{token}/callback"
    answer = await rig.request("POST", path, {"type": 5}, token=None)
    assert (answer.status, answer.code) == (404, 10062)
    assert interaction.state is InteractionState.PENDING


@pytest.mark.parametrize(
    ("source", "refused"),
    [("command", {1, 6, 7, 8}), ("component", {1, 8}), ("autocomplete", {1, 4, 5, 6, 7, 9})],
)
async def test_each_type_takes_its_own_responses(rig: Rig, source: str, refused: set[int]) -> None:
    rig.world.commands.put(
        {
            "type": 1,
            "name": "find",
            "description": "Finds",
            "options": [{"type": 3, "name": "query", "description": "what", "autocomplete": True}],
        }
    )
    ada, message = rig.person(OWNER_ID), panel(rig)
    for kind in (1, 4, 5, 6, 7, 8, 9):
        match source:
            case "command":
                interaction = run_command(rig)
            case "component":
                interaction = ada.press(message, "go")
            case _:
                interaction = ada.autocomplete(MUSIC_ID, "find", "query", {"query": "a"})
        field = {"type": 4, "custom_id": "f", "label": "F", "style": 1}
        data = {
            "content": "x",
            "choices": [{"name": "A", "value": "a"}],
            "custom_id": "m",
            "title": "T",
            "components": [{"type": 1, "components": [field]}] if kind == 9 else [BUTTON],
        }
        answer = await respond(rig, interaction, kind, data)
        assert answer.status == (400 if kind in refused else 204), (kind, answer.body)
        if kind in refused:
            assert answer.code == 50035
            assert interaction.state is InteractionState.PENDING


async def test_unknown_response_type_is_an_invalid_form(rig: Rig) -> None:
    answer = await respond(rig, run_command(rig), 77)
    assert answer.body["errors"]["type"]["_errors"][0]["code"] == "BASE_TYPE_CHOICES"


async def test_edit_of_the_original_ends_the_loading(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 5)
    message = rig.world.interactions.original(interaction)
    assert message.flags & MessageFlags.LOADING
    assert interaction.state is InteractionState.DEFERRED
    answer = await rig.request(
        "PATCH", hook(rig, interaction, "/messages/@original"), {"content": "done"}, token=None
    )
    assert (answer.status, answer.body["content"], answer.body["flags"]) == (200, "done", 0)
    assert interaction.state is InteractionState.ANSWERED
    assert answer.body["edited_timestamp"] is None, "it was waited for, not edited"
    path = hook(rig, interaction, "/messages/@original")
    again = await rig.request("PATCH", path, {"content": "better"}, token=None)
    assert again.body["edited_timestamp"] is not None


async def test_an_answer_names_the_command_with_its_subcommand(rig: Rig) -> None:
    inner: dict[str, Any] = {"type": 1, "name": "start", "description": "Starts", "options": []}
    rig.world.commands.put({"type": 1, "name": "gather", "description": "Gathers", "options": [inner]})
    interaction = rig.person(OWNER_ID).run_command(MUSIC_ID, "gather start")
    await respond(rig, interaction, 4, {"content": "here"})
    message = rig.world.interactions.original(interaction)
    assert message.interaction is not None
    assert message.interaction.name == "gather start"


async def test_first_follow_up_takes_the_place_of_the_loading_message(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 5, {"flags": 64})
    first = await rig.request("POST", hook(rig, interaction), {"content": "one"}, token=None)
    assert first.body["id"] == str(interaction.original_id)
    assert first.body["flags"] == 64
    second = await rig.request("POST", hook(rig, interaction), {"content": "two"}, token=None)
    assert second.body["id"] != first.body["id"]
    assert second.body["flags"] == 0


async def test_the_first_response_fixes_who_sees_it(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 5, {"flags": 64})
    path = hook(rig, interaction, "/messages/@original")
    await rig.request("PATCH", path, {"content": "secret", "flags": 0}, token=None)
    message = rig.world.interactions.original(interaction)
    assert message.visible_to == OWNER_ID
    assert message in rig.person(OWNER_ID).visible_messages(MUSIC_ID)
    assert message not in rig.person(BEN_ID).visible_messages(MUSIC_ID)
    unknown = await rig.request("GET", f"/channels/{MUSIC_ID}/messages/{message.id}")
    assert (unknown.status, unknown.code) == (404, 10008)


async def test_follow_up_before_the_first_response_is_10015(rig: Rig) -> None:
    interaction = run_command(rig)
    answer = await rig.request("POST", hook(rig, interaction), {"content": "x"}, token=None)
    assert (answer.status, answer.code) == (404, 10015)


async def test_token_dies_after_fifteen_minutes(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 5)
    rig.time += 15 * 60 - 0.001
    path = hook(rig, interaction, "/messages/@original")
    assert (await rig.request("PATCH", path, {"content": "just"}, token=None)).status == 200
    rig.time += 0.001
    late = await rig.request("PATCH", path, {"content": "late"}, token=None)
    assert (late.status, late.code) == (401, 50027)


async def test_component_update_edits_its_message(rig: Rig) -> None:
    message = panel(rig)
    press = rig.person(BEN_ID).press(message, "go")
    answer = await respond(rig, press, 7, {"content": "pressed", "components": []})
    assert answer.status == 204
    assert (message.content, message.components) == ("pressed", [])
    original = await rig.request("GET", hook(rig, press, "/messages/@original"), token=None)
    assert original.body["id"] == str(message.id)


async def test_deferred_update_shows_no_loading_and_follow_ups_are_new_messages(rig: Rig) -> None:
    message = panel(rig)
    press = rig.person(BEN_ID).press(message, "go")
    await respond(rig, press, 6)
    assert message.content == "panel"
    follow_up = await rig.request("POST", hook(rig, press), {"content": "psst", "flags": 64}, token=None)
    assert follow_up.body["id"] != str(message.id)
    edited = await rig.request(
        "PATCH", hook(rig, press, "/messages/@original"), {"content": "new"}, token=None
    )
    assert edited.body["id"] == str(message.id)
    assert message.content == "new"


async def test_follow_ups_can_be_read_edited_and_deleted(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 4, {"content": "a"})
    created = await rig.request("POST", hook(rig, interaction), {"content": "b"}, token=None)
    one = hook(rig, interaction, f"/messages/{created.body['id']}")
    assert (await rig.request("PATCH", one, {"content": "c"}, token=None)).body["content"] == "c"
    assert (await rig.request("GET", one, token=None)).body["content"] == "c"
    assert (await rig.request("DELETE", one, token=None)).status == 204
    assert (await rig.request("GET", one, token=None)).code == 10008
    original = hook(rig, interaction, "/messages/@original")
    assert (await rig.request("DELETE", original, token=None)).status == 204
    assert (await rig.request("PATCH", original, {"content": "x"}, token=None)).code == 10008


async def test_modal_is_shown_filled_and_submitted(rig: Rig) -> None:
    opener = run_command(rig)
    field = {"type": 4, "custom_id": "nick", "label": "Name", "style": 1, "max_length": 5}
    rows = [{"type": 1, "components": [field]}]
    answer = await respond(rig, opener, 9, {"custom_id": "rename", "title": "Rename", "components": rows})
    assert answer.status == 204
    assert opener.state is InteractionState.MODAL
    ada = rig.person(OWNER_ID)
    with pytest.raises(CannotDoThat):
        ada.submit_modal(opener, {"nick": "far too long"})
    with pytest.raises(CannotDoThat):
        rig.person(BEN_ID).submit_modal(opener, {"nick": "Ben"})
    submission = ada.submit_modal(opener, {"nick": "Ad"})
    assert submission.data["components"][0]["components"][0]["value"] == "Ad"
    assert (await respond(rig, submission, 4, {"content": "renamed"})).status == 204


async def test_modal_with_faults_names_each(rig: Rig) -> None:
    answer = await respond(rig, run_command(rig), 9, {"title": "x" * 46, "components": []})
    assert set(answer.body["errors"]) == {"title", "custom_id", "components"}


async def test_autocomplete_gives_choices(rig: Rig) -> None:
    rig.world.commands.put(
        {
            "type": 1,
            "name": "find",
            "description": "Finds",
            "options": [{"type": 3, "name": "query", "description": "what", "autocomplete": True}],
        }
    )
    asked = rig.person(OWNER_ID).autocomplete(MUSIC_ID, "find", "query", {"query": "he"})
    assert asked.data["options"] == [{"name": "query", "type": 3, "value": "he", "focused": True}]
    choices = [{"name": "Hello", "value": "hello"}]
    assert (await respond(rig, asked, 8, {"choices": choices})).status == 204
    assert list(asked.choices) == choices
    too_many = rig.person(OWNER_ID).autocomplete(MUSIC_ID, "find", "query", {"query": "h"})
    refused = await respond(rig, too_many, 8, {"choices": choices * 26})
    assert refused.code == 50035


async def test_empty_answer_is_refused_and_the_interaction_stays_open(rig: Rig) -> None:
    interaction = run_command(rig)
    assert (await respond(rig, interaction, 4, {})).code == 50006
    assert (await respond(rig, interaction, 4, {"content": "x"})).status == 204


async def test_another_application_cannot_use_the_token(rig: Rig) -> None:
    interaction = run_command(rig)
    await respond(rig, interaction, 5)
    answer = await rig.request("POST", f"/webhooks/1/{interaction.token}", {"content": "x"}, token=None)
    assert answer.code == 10015


def test_people_press_only_what_they_see(rig: Rig) -> None:
    message = panel(rig)
    with pytest.raises(CannotDoThat):
        rig.person(OWNER_ID).press(message, "nothing")
    message.components[0]["components"][0]["disabled"] = True
    with pytest.raises(CannotDoThat):
        rig.person(OWNER_ID).press(message, "go")
    message.visible_to = CLEO_ID
    with pytest.raises(CannotDoThat):
        rig.person(OWNER_ID).press(message, "go")
