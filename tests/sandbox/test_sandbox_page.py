"""The page without a browser: every request over its WebSocket, and every event."""

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import pytest
import trio

from gateway_client.ids import AttachmentId
from sandbox.app import Sandbox, SandboxOptions, open_sandbox
from sandbox.model.default import (
    BEN_ID,
    BOT_ID,
    GENERAL_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
    STUDIO_ID,
)
from sandbox.model.entities import MessageFlags
from sandbox.model.events import InteractionCreated, WorldEvent
from sandbox.model.interaction import Interaction
from sandbox.model.messages import Draft, Edit
from sandbox.page import routes
from sandbox.voice import VoiceServer
from tests.patience import PATIENCE_S
from tests.sandbox.tab import open_tab

PLAY = {
    "name": "play",
    "type": 1,
    "description": "Play something",
    "options": [
        {"name": "query", "type": 3, "description": "What", "autocomplete": True},
        {"name": "file", "type": 11, "description": "A file"},
    ],
}


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with open_sandbox(SandboxOptions(voice=VoiceServer, page=routes)) as running:
        with trio.fail_after(PATIENCE_S):
            yield running


def answer_with(sandbox: Sandbox, serve: Callable[[Interaction], object]) -> None:
    """Let a bot of one function answer interactions."""

    def on_event(event: WorldEvent) -> None:
        if isinstance(event, InteractionCreated):
            serve(event.interaction)

    sandbox.world.subscribe(on_event)


async def test_a_snapshot_shows_the_server_and_what_was_said(sandbox: Sandbox) -> None:
    sandbox.people.of(BEN_ID).send_message(GENERAL_ID, "hello")
    sandbox.world.commands.overwrite([PLAY])
    async with open_tab(sandbox) as (_, snapshot):
        assert snapshot["me"] == str(OWNER_ID)
        assert [channel["name"] for channel in snapshot["guild"]["channels"]][:3] == [
            "general",
            "music",
            "Lounge",
        ]
        assert [message["content"] for message in snapshot["messages"][str(GENERAL_ID)]] == ["hello"]
        assert [command["name"] for command in snapshot["commands"]] == ["play"]
        assert {person["name"] for person in snapshot["people"]} >= {"Ada", "Ben"}


async def test_messages_edits_reactions_and_deletions_are_told_live(sandbox: Sandbox) -> None:
    async with open_tab(sandbox) as (tab, _):
        sent = await tab.ask("send", channel_id=str(GENERAL_ID), text="<b>hi</b>")
        message = sandbox.world.board.history(GENERAL_ID)[0]
        assert sent["message_id"] == str(message.id)
        ben = sandbox.people.of(BEN_ID)
        ben.react(message, "🎉")
        reacted = await tab.next("message")
        assert reacted["message"]["reactions"] == [
            {"emoji": {"id": None, "name": "🎉"}, "key": "🎉", "users": [str(BEN_ID)]}
        ]
        assert (
            await tab.ask(
                "react", channel_id=str(GENERAL_ID), message_id=str(message.id), emoji="🎉", on=True
            )
        ) == {"re": 2}
        assert message.reactions["🎉"].users == [BEN_ID, OWNER_ID]
        await tab.ask("edit", channel_id=str(GENERAL_ID), message_id=str(message.id), text="changed")
        assert message.content == "changed"
        await tab.ask("delete", channel_id=str(GENERAL_ID), message_id=str(message.id))
        assert sandbox.world.board.history(GENERAL_ID) == []


async def test_an_ephemeral_message_is_seen_by_one_person_only(sandbox: Sandbox) -> None:
    sandbox.world.commands.overwrite([{"name": "secret", "type": 1, "description": "", "options": []}])
    desk = sandbox.world.interactions
    answer_with(sandbox, lambda i: desk.answer(i, Draft(content="psst", flags=MessageFlags.EPHEMERAL)))
    async with open_tab(sandbox) as (ada, _), open_tab(sandbox, BEN_ID) as (ben, _):
        await ada.ask("run", channel_id=str(GENERAL_ID), name="secret")
        sandbox.people.of(BEN_ID).send_message(GENERAL_ID, "public")
        assert (await ben.next("message"))["message"]["content"] == "public"
    async with open_tab(sandbox) as (_, again):
        shown = again["messages"][str(GENERAL_ID)]
        assert [(message["content"], message["private"]) for message in shown] == [
            ("psst", True),
            ("public", False),
        ]


async def test_a_command_is_deferred_and_answered_before_the_eyes(sandbox: Sandbox) -> None:
    sandbox.world.commands.overwrite([PLAY])
    desk = sandbox.world.interactions
    async with open_tab(sandbox) as (tab, _):
        seen = list[Interaction]()
        answer_with(sandbox, seen.append)
        begun = await tab.ask("run", channel_id=str(GENERAL_ID), name="play", options={"query": "a song"})
        (interaction,) = seen
        assert begun["interaction_id"] == str(interaction.id)
        assert interaction.data["options"][0]["value"] == "a song"
        desk.answer(interaction, Draft(), loading=True)
        assert (await tab.next("message"))["message"]["flags"] == MessageFlags.LOADING
        assert (await tab.next("interaction"))["state"] == "deferred"
        desk.edit_original(interaction, Edit(content="Track added"))
        assert (await tab.next("message"))["message"]["content"] == "Track added"


async def test_autocomplete_answers_what_the_bot_offers_and_fails_in_a_sentence(
    sandbox: Sandbox,
) -> None:
    sandbox.world.commands.overwrite([PLAY])
    answer_with(
        sandbox, lambda i: sandbox.world.interactions.complete(i, ({"name": "Song", "value": "song"},))
    )
    async with open_tab(sandbox) as (tab, _):
        fields = {
            "channel_id": str(GENERAL_ID),
            "name": "play",
            "focused": "query",
            "options": {"query": "so"},
        }
        assert (await tab.ask("complete", **fields))["choices"] == [{"name": "Song", "value": "song"}]
        assert (await tab.ask("complete", **{**fields, "focused": "file"}))["error"].endswith(".")


async def test_an_uploaded_file_goes_into_a_command(sandbox: Sandbox) -> None:
    sandbox.world.commands.overwrite([PLAY])
    seen = list[Interaction]()
    answer_with(sandbox, seen.append)
    async with open_tab(sandbox) as (tab, _), httpx.AsyncClient(base_url=sandbox.url) as http:
        headers = {"x-filename": "m%C3%BCsic%2F.ogg", "content-type": "audio/ogg"}
        posted = await http.post("/page/uploads", content=b"OggS", headers=headers)
        key = posted.json()["upload"]
        await tab.ask("run", channel_id=str(GENERAL_ID), name="play", uploads={"file": key})
        attachment = sandbox.world.board.attachment(AttachmentId(int(seen[0].data["options"][0]["value"])))
        assert attachment is not None
        assert (attachment.filename, attachment.content) == ("ogg", b"OggS")
        gone = await tab.ask("run", channel_id=str(GENERAL_ID), name="play", uploads={"file": key})
        assert gone["error"] == "The file is not here any more. Attach it again."


async def test_a_form_is_opened_and_sent(sandbox: Sandbox) -> None:
    sandbox.world.commands.overwrite([{"name": "Rename", "type": 2, "description": ""}])
    modal = {
        "title": "Rename",
        "custom_id": "rename",
        "components": [
            {"type": 1, "components": [{"type": 4, "custom_id": "name", "label": "Name", "style": 1}]}
        ],
    }
    seen = list[Interaction]()
    answer_with(sandbox, seen.append)
    async with open_tab(sandbox) as (tab, _):
        begun = await tab.ask("use_on_user", channel_id=str(GENERAL_ID), name="Rename", target_id=str(BEN_ID))
        sandbox.world.interactions.show_modal(seen[0], modal)
        opened = await tab.next("interaction")
        assert opened["modal"] == modal
        empty = await tab.ask("submit", interaction_id=begun["interaction_id"], values={})
        assert empty["error"] == "The field name is required."
        await tab.ask("submit", interaction_id=begun["interaction_id"], values={"name": "Benny"})
        assert seen[1].data["components"][0]["components"][0]["value"] == "Benny"


async def test_buttons_and_menus_reach_the_bot(sandbox: Sandbox) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    options = [{"label": "A", "value": "a"}]
    menu = {"type": 1, "components": [{"type": 3, "custom_id": "menu", "options": options}]}
    channel = sandbox.world.directory.channel(GENERAL_ID)
    message = sandbox.world.board.post(channel, sandbox.world.application.bot, Draft(components=(row, menu)))
    seen = list[Interaction]()
    answer_with(sandbox, seen.append)
    where = {"channel_id": str(GENERAL_ID), "message_id": str(message.id)}
    async with open_tab(sandbox) as (tab, _):
        await tab.ask("press", **where, custom_id="go")
        await tab.ask("choose", **where, custom_id="menu", values=["a"])
        assert [one.data["custom_id"] for one in seen] == ["go", "menu"]
        missing = await tab.ask("press", **where, custom_id="nothing")
        assert missing["error"] == "There is no component nothing."


async def test_history_goes_back_in_steps(sandbox: Sandbox) -> None:
    ben = sandbox.people.of(BEN_ID)
    for number in range(70):
        ben.send_message(MUSIC_ID, str(number))
    async with open_tab(sandbox) as (tab, snapshot):
        shown = snapshot["messages"][str(MUSIC_ID)]
        assert [shown[0]["content"], shown[-1]["content"]] == ["20", "69"]
        older = await tab.ask("history", channel_id=str(MUSIC_ID), before=shown[0]["id"])
        assert [message["content"] for message in older["messages"]] == [str(n) for n in range(20)]
        assert older["more"] is False


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"do": "send", "channel_id": str(GENERAL_ID), "text": "  "}, "Write something first."),
        ({"do": "send", "channel_id": "1", "text": "x"}, "That channel is not there any more."),
        (
            {"do": "send", "channel_id": str(GENERAL_ID), "text": "x" * 2001},
            "A message has at most 2000 characters; this one has 2001.",
        ),
        ({"do": "delete", "channel_id": "1", "message_id": "1"}, "That message is not there any more."),
        (
            {"do": "run", "channel_id": str(GENERAL_ID), "name": "nope"},
            "That command is not there any more. Is the bot running?",
        ),
        ({"do": "submit", "interaction_id": "1", "values": {}}, "This form is not open any more."),
        ({"do": "mute", "muted": True}, "Not in voice."),
        ({"do": "act_as", "user_id": str(BOT_ID)}, "Nobody can act as that."),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_told_in_a_sentence(
    sandbox: Sandbox, request_: dict[str, Any], sentence: str
) -> None:
    async with open_tab(sandbox) as (tab, _):
        fields = {name: value for name, value in request_.items() if name != "do"}
        assert (await tab.ask(request_["do"], **fields))["error"] == sentence


async def test_nonsense_is_told_and_harms_nothing(sandbox: Sandbox) -> None:
    async with open_tab(sandbox) as (tab, _):
        for nonsense in (
            "",
            "{",
            "[]",
            '{"do":"fly"}',
            '{"do":"send"}',
            '{"do":"send","channel_id":"x","text":1}',
        ):
            await tab.socket.send_message(nonsense)
            assert "does not understand" in (await tab.next("note"))["error"]
        assert "error" not in await tab.ask("send", channel_id=str(GENERAL_ID), text="still here")


async def test_only_the_author_and_the_owner_delete(sandbox: Sandbox) -> None:
    message = sandbox.people.of(OWNER_ID).send_message(GENERAL_ID, "mine")
    where = {"channel_id": str(GENERAL_ID), "message_id": str(message.id)}
    async with open_tab(sandbox, BEN_ID) as (tab, _):
        assert (await tab.ask("delete", **where))["error"].startswith("Only its author")
        assert (await tab.ask("edit", **where, text="x"))["error"] == "That is somebody else's message."
        await tab.ask("act_as", user_id=str(OWNER_ID))
        assert "error" not in await tab.ask("delete", **where)


async def test_acting_as_somebody_else_gives_their_view(sandbox: Sandbox) -> None:
    async with open_tab(sandbox) as (tab, _):
        await tab.socket.send_message(json.dumps({"id": 9, "do": "act_as", "user_id": str(BEN_ID)}))
        assert (await tab.next("snapshot"))["me"] == str(BEN_ID)
        await tab.ask("send", channel_id=str(GENERAL_ID), text="I am Ben")
        assert sandbox.world.board.history(GENERAL_ID)[0].author.id == BEN_ID


async def test_voice_seats_are_told_and_a_full_channel_says_so(sandbox: Sandbox) -> None:
    async with open_tab(sandbox, BEN_ID) as (tab, _):
        await tab.ask("join_voice", channel_id=str(LOUNGE_ID))
        sandbox.people.of(OWNER_ID).join_voice(LOUNGE_ID)
        told = await tab.next("voice")
        assert (told["user_id"], told["channel_id"]) == (str(OWNER_ID), str(LOUNGE_ID))
        studio = sandbox.world.directory.channel(STUDIO_ID)
        studio.user_limit = 1
        sandbox.people.of(OWNER_ID).join_voice(STUDIO_ID)
        full = await tab.ask("join_voice", channel_id=str(STUDIO_ID))
        assert full["error"] == "That voice channel is full, or closed to this person."
        await tab.ask("leave_voice", guild_id=str(GUILD_ID))
        assert sandbox.world.voice.state(GUILD_ID, BEN_ID) is None


async def test_an_outage_and_new_channels_redraw_the_server(sandbox: Sandbox) -> None:
    async with open_tab(sandbox) as (tab, _):
        guild = sandbox.world.directory.guild(GUILD_ID)
        sandbox.world.directory.add_channel(guild, "extra")
        assert (await tab.next("guild"))["guild"]["channels"][-1]["name"] == "extra"
        sandbox.world.directory.set_available(GUILD_ID, available=False)
        assert (await tab.next("guild"))["guild"]["available"] is False
