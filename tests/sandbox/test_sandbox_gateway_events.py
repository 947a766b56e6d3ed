"""What sessions hear of the world, by intent, shard and permission; voice, guilds and members."""

import pytest

from sandbox.gateway.intents import Intents
from sandbox.model.default import (
    BEN_ID,
    BOT_ID,
    BOT_ROLE_ID,
    GENERAL_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
    STUDIO_ID,
)
from sandbox.model.entities import Overwrite, VoiceState
from sandbox.model.permissions import Permissions
from tests.sandbox.rig import ALL_INTENTS, Client, Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_shards_hear_their_guilds_only_and_direct_messages_go_to_shard_0(rig: Rig) -> None:
    shards = [rig.connect().identify(shard=[number, 3]) for number in range(3)]
    home = (GUILD_ID >> 22) % 3
    rig.person(OWNER_ID).send_message(MUSIC_ID, "guild")
    rig.person(OWNER_ID).send_direct("direct")
    for number, client in enumerate(shards):
        contents = [m["content"] for m in client.events("MESSAGE_CREATE")]
        assert contents == ["guild"] * (number == home) + ["direct"] * (number == 0)
        assert client.events("READY")[0]["shard"] == [number, 3]
        assert len(client.events("GUILD_CREATE")) == (number == home)


def test_intents_decide_what_is_heard(rig: Rig) -> None:
    nothing = rig.connect().identify(intents=0)
    reactions = rig.connect().identify(intents=int(Intents.GUILD_MESSAGE_REACTIONS))
    rig.world.commands.put({"type": 1, "name": "play", "description": "Plays"})
    ada = rig.person(OWNER_ID)
    ada.react(ada.send_message(MUSIC_ID, "x"), "👍")
    ada.join_voice(LOUNGE_ID)
    ada.run_command(MUSIC_ID, "play")
    assert nothing.names == ["READY", "INTERACTION_CREATE"]
    assert reactions.names == ["READY", "MESSAGE_REACTION_ADD", "INTERACTION_CREATE"]


def test_content_is_kept_from_sessions_without_the_intent(rig: Rig) -> None:
    client = rig.connect().identify(intents=ALL_INTENTS & ~Intents.MESSAGE_CONTENT)
    ada = rig.person(OWNER_ID)
    ada.send_message(MUSIC_ID, "hidden")
    ada.send_message(MUSIC_ID, f"<@{BOT_ID}> seen")
    ada.send_direct("direct")
    assert [m["content"] for m in client.events("MESSAGE_CREATE")] == ["", f"<@{BOT_ID}> seen", "direct"]


def test_channels_that_the_bot_cannot_see_are_silent(rig: Rig) -> None:
    client = rig.connect().identify()
    channel = rig.world.directory.channel(GENERAL_ID)
    overwrite = Overwrite(id=BOT_ROLE_ID, type=0, deny=int(Permissions.VIEW_CHANNEL))
    rig.world.directory.set_overwrite(channel, overwrite)
    message = rig.person(OWNER_ID).send_message(GENERAL_ID, "x")
    rig.person(OWNER_ID).react(message, "👍")
    assert client.names[-1] == "CHANNEL_UPDATE"


def test_message_events_have_the_documented_shape(rig: Rig) -> None:
    client = rig.connect().identify()
    message = rig.person(OWNER_ID).send_message(MUSIC_ID, f"hi <@{BEN_ID}>")
    wire = client.events("MESSAGE_CREATE")[0]
    assert wire["guild_id"] == str(GUILD_ID)
    assert "user" not in wire["member"]
    assert wire["mentions"][0]["username"] == "ben"
    assert "user" not in wire["mentions"][0]["member"]
    rig.person(OWNER_ID).delete_message(message)
    gone = {"id": str(message.id), "channel_id": str(MUSIC_ID), "guild_id": str(GUILD_ID)}
    assert client.events("MESSAGE_DELETE") == [gone]


def test_interaction_event_tells_who_where_and_what(rig: Rig) -> None:
    client = rig.connect().identify()
    options = [
        {"type": 6, "name": "user", "description": "who", "required": True},
        {"type": 7, "name": "where", "description": "where"},
    ]
    rig.world.commands.put({"type": 1, "name": "wake", "description": "Wakes", "options": options})
    rig.person(OWNER_ID).run_command(MUSIC_ID, "wake", {"user": BEN_ID, "where": LOUNGE_ID})
    wire = client.events("INTERACTION_CREATE")[0]
    assert wire["member"]["user"]["id"] == str(OWNER_ID)
    assert int(wire["member"]["permissions"]) & Permissions.ADMINISTRATOR
    assert wire["data"]["options"][0] == {"name": "user", "type": 6, "value": str(BEN_ID)}
    resolved = wire["data"]["resolved"]
    assert resolved["users"][str(BEN_ID)]["username"] == "ben"
    assert {"user", "mute", "deaf"}.isdisjoint(resolved["members"][str(BEN_ID)])
    assert resolved["channels"][str(LOUNGE_ID)]["type"] == 2
    assert wire["authorizing_integration_owners"] == {"0": str(GUILD_ID)}


def join(client: Client, channel_id: int | None, **more: object) -> Client:
    told = {"guild_id": str(GUILD_ID), "channel_id": channel_id and str(channel_id), **more}
    return client.send(4, {"self_mute": False, "self_deaf": False, **told})


def test_joining_voice_gives_state_then_server(rig: Rig) -> None:
    client = join(rig.connect().identify(), LOUNGE_ID, self_deaf=True)
    assert client.names[-2:] == ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]
    state, server = client.events("VOICE_STATE_UPDATE")[0], client.events("VOICE_SERVER_UPDATE")[0]
    assert (state["channel_id"], state["self_deaf"]) == (str(LOUNGE_ID), True)
    assert state["member"]["user"]["id"] == str(BOT_ID)
    admission = rig.voice.admitted[0]
    assert (admission.token, admission.session_id) == (server["token"], state["session_id"])
    assert server["endpoint"] == rig.voice.endpoint


def test_moving_gives_a_new_server_muting_does_not_leaving_dismisses(rig: Rig) -> None:
    client = join(rig.connect().identify(), LOUNGE_ID)
    join(client, LOUNGE_ID, self_mute=True)
    assert len(client.events("VOICE_SERVER_UPDATE")) == 1
    join(client, STUDIO_ID)
    assert len(client.events("VOICE_SERVER_UPDATE")) == 2
    rig.person(OWNER_ID).move(BOT_ID, LOUNGE_ID)
    assert len(client.events("VOICE_SERVER_UPDATE")) == 3
    rig.person(OWNER_ID).disconnect(BOT_ID)
    assert client.events("VOICE_STATE_UPDATE")[-1]["channel_id"] is None
    assert rig.voice.dismissed == [BOT_ID]


def test_asking_again_for_the_same_channel_is_answered_again(rig: Rig) -> None:
    client = join(join(rig.connect().identify(), LOUNGE_ID), LOUNGE_ID)
    assert len(client.events("VOICE_SERVER_UPDATE")) == 2


def test_full_channel_answers_nothing(rig: Rig) -> None:
    rig.world.directory.limit_users(rig.world.directory.channel(LOUNGE_ID), 1)
    rig.person(BEN_ID).join_voice(LOUNGE_ID)
    rig.world.directory.set_role_permissions(
        rig.world.directory.guild(GUILD_ID), BOT_ROLE_ID, int(Permissions.CONNECT)
    )
    client = rig.connect().identify()
    before = len(client.out)
    join(client, LOUNGE_ID)
    assert len(client.out) == before


def test_fault_swallowed_request_answers_nothing_in_its_guild(rig: Rig) -> None:
    rig.faults.swallow_voice_requests[GUILD_ID] = 0
    client = rig.connect().identify()
    before = len(client.out)
    join(client, LOUNGE_ID)
    assert len(client.out) == before
    assert rig.faults.swallow_voice_requests[GUILD_ID] == 1
    del rig.faults.swallow_voice_requests[GUILD_ID]
    assert join(client, LOUNGE_ID).events("VOICE_SERVER_UPDATE")


def test_fault_null_endpoint_comes_first_then_the_real_one(rig: Rig) -> None:
    rig.faults.null_voice_endpoints = 1
    client = join(rig.connect().identify(), LOUNGE_ID)
    rig.hub.offer_voice_server(GUILD_ID)
    assert [s["endpoint"] for s in client.events("VOICE_SERVER_UPDATE")] == [None, rig.voice.endpoint]


def test_bot_leaves_voice_when_its_session_is_over(rig: Rig) -> None:
    client = join(rig.connect().identify(), LOUNGE_ID)
    client.connection.ended(1000, rig.time)
    assert rig.world.voice.state(GUILD_ID, BOT_ID) is None
    lost = join(rig.connect().identify(), LOUNGE_ID)
    lost.connection.ended(1006, rig.time)
    assert isinstance(rig.world.voice.state(GUILD_ID, BOT_ID), VoiceState)


def test_voice_request_with_nonsense_closes_with_4002(rig: Rig) -> None:
    assert rig.connect().identify().send(4, {"guild_id": "x"}).closed == 4002
    assert rig.connect().identify().send(4, {"guild_id": "1", "channel_id": []}).closed == 4002


def test_outage_and_new_guild_are_told(rig: Rig) -> None:
    client = rig.connect().identify()
    rig.world.directory.set_available(GUILD_ID, False)
    assert client.events("GUILD_DELETE") == [{"id": str(GUILD_ID), "unavailable": True}]
    late = rig.connect().identify()
    assert late.names == ["READY", "GUILD_DELETE"]
    rig.world.directory.set_available(GUILD_ID, True)
    assert late.names[-1] == "GUILD_CREATE"
    rig.world.directory.remove_guild(GUILD_ID)
    assert client.events("GUILD_DELETE")[-1] == {"id": str(GUILD_ID)}


def test_guild_lists_only_who_matters_without_presences(rig: Rig) -> None:
    rig.world.crowd(GUILD_ID, 1500)
    rig.person(BEN_ID).join_voice(LOUNGE_ID)
    few = rig.connect().identify(intents=int(Intents.GUILDS)).events("GUILD_CREATE")[0]
    assert {m["user"]["username"] for m in few["members"]} == {"Roadie", "ben"}
    assert [state["user_id"] for state in few["voice_states"]] == [str(BEN_ID)]
    assert "guild_id" not in few["voice_states"][0]
    assert (few["large"], few["member_count"]) == (True, 1500)
    all_of_them = rig.connect().identify().events("GUILD_CREATE")[0]
    assert len(all_of_them["members"]) == 1500


def test_members_are_chunked(rig: Rig) -> None:
    rig.world.crowd(GUILD_ID, 2500)
    client = rig.connect().identify()
    client.send(8, {"guild_id": str(GUILD_ID), "query": "", "limit": 0, "nonce": "n"})
    chunks = client.events("GUILD_MEMBERS_CHUNK")
    assert [len(c["members"]) for c in chunks] == [1000, 1000, 500]
    assert [(c["chunk_index"], c["chunk_count"], c["nonce"]) for c in chunks] == [
        (i, 3, "n") for i in range(3)
    ]
    client.send(8, {"guild_id": str(GUILD_ID), "user_ids": [str(BEN_ID), "1"]})
    chunk = client.events("GUILD_MEMBERS_CHUNK")[-1]
    assert (chunk["members"][0]["user"]["username"], chunk["not_found"]) == ("ben", ["1"])
    without = rig.connect().identify(intents=int(Intents.GUILDS))
    without.send(8, {"guild_id": str(GUILD_ID), "query": "", "limit": 0})
    assert without.events("GUILD_MEMBERS_CHUNK")[0]["members"] == []


def test_presence_follows_the_bot(rig: Rig) -> None:
    client = rig.connect().identify(presence={"status": "idle", "activities": []})
    assert rig.world.presence["status"] == "idle"
    client.send(3, {"status": "online", "activities": [{"name": "a song", "type": 2}]})
    assert rig.world.presence["activities"][0]["name"] == "a song"
    client.connection.ended(1000, rig.time)
    assert rig.world.presence["status"] == "offline"
