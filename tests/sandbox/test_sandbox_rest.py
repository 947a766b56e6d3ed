"""REST routes: what they do, what they refuse and with which of Discord's numbers."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import EmojiId
from sandbox.faults import RouteFault
from sandbox.model.default import (
    AFK_ID,
    APPLICATION_ID,
    BEN_ID,
    BOT_ID,
    BOT_ROLE_ID,
    CLEO_ID,
    DJ_ROLE_ID,
    GENERAL_ID,
    GUILD_ID,
    LOUNGE_ID,
    MUSIC_ID,
    OWNER_ID,
    STUDIO_ID,
)
from sandbox.model.entities import ApplicationFlags, ChannelType, Overwrite
from sandbox.model.permissions import BOT_DEFAULT, EVERYONE_DEFAULT, Permissions
from tests.sandbox.rig import Rig

MESSAGES = f"/channels/{MUSIC_ID}/messages"


@pytest.fixture
def rig() -> Rig:
    return Rig()


def revoke(rig: Rig, bit: Permissions) -> None:
    guild = rig.world.directory.guild(GUILD_ID)
    for role_id in (BOT_ROLE_ID, type(BOT_ROLE_ID)(GUILD_ID)):
        rig.world.directory.set_role_permissions(guild, role_id, int(guild.roles[role_id].permissions & ~bit))


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_without_the_token_401(rig: Rig, token: str | None) -> None:
    answer = await rig.request("GET", "/users/@me", token=token)
    assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ("/gateway/bot", "shards", 1),
        ("/applications/@me", "id", str(APPLICATION_ID)),
        ("/oauth2/applications/@me", "id", str(APPLICATION_ID)),
        ("/users/@me", "id", str(BOT_ID)),
        (f"/users/{BEN_ID}", "username", "ben"),
        (f"/guilds/{GUILD_ID}", "afk_channel_id", str(AFK_ID)),
        (f"/guilds/{GUILD_ID}/members/{BEN_ID}", "nick", None),
        (f"/channels/{LOUNGE_ID}", "type", 2),
    ],
)
async def test_things_can_be_looked_up(rig: Rig, path: str, key: str, value: object) -> None:
    answer = await rig.request("GET", path)
    assert answer.status == 200
    assert answer.body[key] == value


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/channels/1", 10003),
        ("GET", "/guilds/1", 10004),
        ("GET", f"/guilds/{GUILD_ID}/members/1", 10007),
        ("GET", f"{MESSAGES}/1", 10008),
        ("PATCH", f"{MESSAGES}/1", 10008),
        ("DELETE", f"{MESSAGES}/1", 10008),
        ("PUT", f"{MESSAGES}/1/reactions/%F0%9F%91%8D/@me", 10008),
        ("GET", "/users/1", 10013),
        ("GET", f"/applications/{APPLICATION_ID}/commands/1", 10063),
        ("GET", f"/guilds/{GUILD_ID}/voice-states/@me", 10065),
    ],
)
async def test_what_is_not_there_has_its_code(rig: Rig, method: str, path: str, code: int) -> None:
    answer = await rig.request(method, path)
    assert (answer.status, answer.code) == (404, code)


async def test_lists_of_a_guild(rig: Rig) -> None:
    channels = await rig.request("GET", f"/guilds/{GUILD_ID}/channels")
    assert [c["name"] for c in channels.body] == ["general", "music", "Lounge", "Studio", "AFK"]
    roles = await rig.request("GET", f"/guilds/{GUILD_ID}/roles")
    assert [r["name"] for r in roles.body] == ["@everyone", "DJ", "Roadie"]
    members = await rig.request("GET", f"/guilds/{GUILD_ID}/members", query={"limit": "2"})
    assert len(members.body) == 2
    after = {"limit": "1000", "after": members.body[-1]["user"]["id"]}
    rest = await rig.request("GET", f"/guilds/{GUILD_ID}/members", query=after)
    assert len(rest.body) == 3
    rig.world.directory.guild(GUILD_ID).emojis[EmojiId(7)] = "roadie"
    assert (await rig.request("GET", f"/guilds/{GUILD_ID}/emojis")).body[0]["name"] == "roadie"
    assert (await rig.request("GET", f"/applications/{APPLICATION_ID}/emojis")).body == {"items": []}
    assert (await rig.request("GET", "/voice/regions")).body[0]["optimal"] is True
    guilds = await rig.request("GET", "/users/@me/guilds")
    assert guilds.body[0]["permissions"] == str(int(BOT_DEFAULT | EVERYONE_DEFAULT))


async def test_people_are_not_edited_but_moderated(rig: Rig) -> None:
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "mine")
    assert (await rig.request("PATCH", f"{MESSAGES}/{message.id}", {"content": "x"})).code == 50005
    revoke(rig, Permissions.MANAGE_MESSAGES)
    assert (await rig.request("DELETE", f"{MESSAGES}/{message.id}")).code == 50013
    rig = Rig()
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "mine")
    assert (await rig.request("DELETE", f"{MESSAGES}/{message.id}")).status == 204


@pytest.mark.parametrize(
    ("bit", "method", "path", "body"),
    [
        (Permissions.SEND_MESSAGES, "POST", MESSAGES, {"content": "x"}),
        (Permissions.EMBED_LINKS, "POST", MESSAGES, {"embeds": [{"title": "x"}]}),
        (Permissions.READ_MESSAGE_HISTORY, "GET", MESSAGES, None),
        (Permissions.ADD_REACTIONS, "PUT", "{message}/reactions/%F0%9F%91%8D/@me", None),
        (Permissions.MANAGE_MESSAGES, "DELETE", "{message}/reactions", None),
        (Permissions.MANAGE_NICKNAMES, "PATCH", f"/guilds/{GUILD_ID}/members/{BEN_ID}", {"nick": "B"}),
        (Permissions.CHANGE_NICKNAME, "PATCH", f"/guilds/{GUILD_ID}/members/@me", {"nick": "R"}),
        (
            Permissions.MOVE_MEMBERS,
            "PATCH",
            f"/guilds/{GUILD_ID}/members/{BEN_ID}",
            {"channel_id": str(STUDIO_ID)},
        ),
        (Permissions.SET_VOICE_CHANNEL_STATUS, "PUT", f"/channels/{LOUNGE_ID}/voice-status", {"status": "x"}),
    ],
)
async def test_each_permission_is_needed(
    rig: Rig, bit: Permissions, method: str, path: str, body: object
) -> None:
    rig.person(BEN_ID).join_voice(LOUNGE_ID)
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "x")
    path = path.replace("{message}", f"{MESSAGES}/{message.id}")
    assert (await rig.request(method, path, body)).status in {200, 204}
    rig.world.board.clear_reactions(message)
    revoke(rig, bit)
    refused = await rig.request(method, path, body)
    assert (refused.status, refused.code) == (403, 50013)


async def test_hidden_channel_is_missing_access(rig: Rig) -> None:
    revoke(rig, Permissions.VIEW_CHANNEL)
    refused = await rig.request("POST", MESSAGES, {"content": "x"})
    assert (refused.status, refused.code) == (403, 50001)


async def test_nicknames_obey_the_order_of_roles(rig: Rig) -> None:
    guild = rig.world.directory.guild(GUILD_ID)
    path = f"/guilds/{GUILD_ID}/members/"
    assert (await rig.request("PATCH", f"{path}{BEN_ID}", {"nick": "Benny"})).body["nick"] == "Benny"
    assert (await rig.request("PATCH", f"{path}{OWNER_ID}", {"nick": "x"})).code == 50013
    above = rig.world.directory.add_role(guild, "above", 0)
    rig.world.directory.set_roles(guild, guild.members[CLEO_ID], (above.id,))
    assert (await rig.request("PATCH", f"{path}{CLEO_ID}", {"nick": "x"})).code == 50013
    assert (await rig.request("PATCH", f"{path}{BEN_ID}", {"nick": "x" * 33})).code == 50035
    assert (await rig.request("PATCH", f"{path}{BEN_ID}", {"nick": None})).body["nick"] is None


async def test_members_are_moved_and_disconnected(rig: Rig) -> None:
    path = f"/guilds/{GUILD_ID}/members/{BEN_ID}"
    absent = await rig.request("PATCH", path, {"channel_id": str(STUDIO_ID)})
    assert (absent.status, absent.code) == (400, 40032)
    rig.person(BEN_ID).join_voice(LOUNGE_ID)
    assert (await rig.request("PATCH", path, {"channel_id": str(STUDIO_ID)})).status == 200
    state = rig.world.voice.state(GUILD_ID, BEN_ID)
    assert state is not None
    assert state.channel_id == STUDIO_ID
    assert (await rig.request("PATCH", path, {"channel_id": "1"})).code == 10003
    assert (await rig.request("PATCH", path, {"channel_id": None})).status == 200
    assert rig.world.voice.state(GUILD_ID, BEN_ID) is None


async def test_body_that_is_no_json_is_50109(rig: Rig) -> None:
    headers = {"content-type": "application/json"}
    assert (await rig.request("POST", MESSAGES, body=b"{", headers=headers)).code == 50109
    assert (await rig.request("POST", MESSAGES, body=b"[]", headers=headers)).code == 50035
    assert (await rig.request("POST", MESSAGES, body=b"x", headers={"content-type": "a/b"})).code == 50035


@settings(max_examples=25, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/json", "multipart/form-data; boundary=B", "x/y", ""]),
)
async def test_no_body_breaks_a_route(body: bytes, kind: str) -> None:
    rig = Rig()
    for data in (
        body,
        b"--B\r\n" + body,
        b'--B\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n' + body,
    ):
        answer = await rig.request("POST", MESSAGES, body=data, headers={"content-type": kind})
        assert answer.status in {200, 400, 413}


FIELDS = ["content", "embeds", "components", "title", "fields", "type", "options", "name", "choices", "id"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=25, deadline=None)
@given(_JSON)
async def test_no_json_breaks_a_route(value: object) -> None:
    rig = Rig()
    for field in ("embeds", "components", "allowed_mentions", "attachments", "message_reference", "poll"):
        answer = await rig.request("POST", MESSAGES, {"content": "x", field: value})
        assert answer.status in {200, 400}
    commands = f"/applications/{APPLICATION_ID}/commands"
    assert (await rig.request("PUT", commands, [value])).status in {200, 400}
    options = {"name": "n", "description": "d", "options": value}
    assert (await rig.request("POST", commands, options)).status in {200, 201, 400}


async def test_direct_channels_are_made_once(rig: Rig) -> None:
    first = await rig.request("POST", "/users/@me/channels", {"recipient_id": str(BEN_ID)})
    second = await rig.request("POST", "/users/@me/channels", {"recipient_id": str(BEN_ID)})
    assert first.body["id"] == second.body["id"]
    assert first.body["recipients"][0]["username"] == "ben"
    sent = await rig.request("POST", f"/channels/{first.body['id']}/messages", {"content": "psst"})
    assert sent.status == 200
    assert (await rig.request("POST", "/users/@me/channels", {})).code == 50035


async def test_voice_status_and_own_voice_state(rig: Rig) -> None:
    assert (await rig.request("PUT", f"/channels/{LOUNGE_ID}/voice-status", {"status": "♪"})).status == 204
    assert rig.world.directory.channel(LOUNGE_ID).status == "♪"
    assert (await rig.request("PUT", f"/channels/{GENERAL_ID}/voice-status", {"status": "x"})).code == 50024
    rig.world.voice.request(GUILD_ID, BOT_ID, LOUNGE_ID, session_id="s")
    own = f"/guilds/{GUILD_ID}/voice-states/@me"
    assert (await rig.request("PATCH", own, {"suppress": True, "channel_id": str(LOUNGE_ID)})).code == 50024
    assert (await rig.request("GET", own)).body["suppress"] is False


async def test_only_who_may_goes_up_on_a_stage_or_asks_to(rig: Rig) -> None:
    directory = rig.world.directory
    stage = directory.add_channel(directory.guild(GUILD_ID), "Stage", ChannelType.STAGE)
    rig.world.voice.request(GUILD_ID, BOT_ID, stage.id, session_id="s")
    own = f"/guilds/{GUILD_ID}/voice-states/@me"

    async def ask(**changes: object) -> int | None:
        answer = await rig.request("PATCH", own, {"channel_id": str(stage.id), **changes})
        return answer.code if answer.status == 403 else answer.status

    both = Permissions.REQUEST_TO_SPEAK | Permissions.MUTE_MEMBERS

    def allow(permission: Permissions) -> None:
        directory.set_overwrite(
            stage, Overwrite(id=GUILD_ID, type=0, allow=int(permission), deny=int(both & ~permission))
        )

    asking = {"request_to_speak_timestamp": "2026-03-01T00:00:00+00:00"}
    allow(Permissions(0))
    assert [await ask(suppress=False), await ask(**asking)] == [50013, 50013]
    assert [await ask(suppress=True), await ask(request_to_speak_timestamp=None)] == [204, 204]
    allow(Permissions.REQUEST_TO_SPEAK)
    assert [await ask(suppress=False), await ask(**asking)] == [50013, 204]
    assert (await rig.request("GET", own)).body["suppress"] is True
    allow(Permissions.MUTE_MEMBERS)
    assert [await ask(suppress=False), await ask(**asking)] == [204, 50013]
    assert (await rig.request("GET", own)).body["suppress"] is False
    assert (await rig.request("PATCH", own, {"channel_id": str(LOUNGE_ID)})).code == 50024


async def test_scheduled_events(rig: Rig) -> None:
    path = f"/guilds/{GUILD_ID}/scheduled-events"
    assert set((await rig.request("POST", path, {})).body["errors"]) >= {"name", "entity_type"}
    body = {
        "name": "Gathering",
        "privacy_level": 2,
        "scheduled_start_time": "2099-01-01T00:00:00+00:00",
        "entity_type": 2,
        "channel_id": str(LOUNGE_ID),
    }
    client = rig.connect().identify()
    created = await rig.request("POST", path, body)
    assert (created.status, created.body["status"]) == (200, 1)
    assert client.events("GUILD_SCHEDULED_EVENT_CREATE")[0]["name"] == "Gathering"
    one = f"{path}/{created.body['id']}"
    assert (await rig.request("DELETE", one)).status == 204
    assert (await rig.request("DELETE", one)).code == 10070
    past = {**body, "scheduled_start_time": "2000-01-01T00:00:00+00:00"}
    assert (await rig.request("POST", path, past)).code == 50035


async def test_every_request_is_recorded_without_the_token(rig: Rig) -> None:
    rig.faults.on_route(RouteFault(method="POST", contains="/messages", lose_response=True))
    lost = await rig.request("POST", MESSAGES, {"content": "x"})
    assert lost.raw.drop
    assert rig.world.board.history(MUSIC_ID)[0].content == "x"
    await rig.request("GET", "/users/@me", token="wrong")
    first, second = rig.recorder.all()
    assert (first.method, first.path, first.json, first.status) == ("POST", MESSAGES, {"content": "x"}, None)
    assert (second.path, second.status) == ("/users/@me", 401)
    assert rig.world.application.token not in str(rig.recorder.all())


async def test_faults_of_a_route_come_so_often_and_do_nothing(rig: Rig) -> None:
    rig.faults.on_route(RouteFault(method="POST", contains=MESSAGES, status=502, times=2))
    rig.faults.on_route(RouteFault(method="POST", contains=MESSAGES, status=429, retry_after_s=7.5))
    answers = [await rig.request("POST", MESSAGES, {"content": "x"}) for _ in range(4)]
    assert [answer.status for answer in answers] == [502, 502, 429, 200]
    assert answers[2].body["retry_after"] == 7.5
    assert len(rig.world.board.history(MUSIC_ID)) == 1


async def test_artificial_delay_is_a_round_trip(rig: Rig, autojump_clock: Any) -> None:
    import trio

    rig.faults.rest_delay_s = 0.15
    start = trio.current_time()
    await rig.request("GET", "/users/@me")
    assert trio.current_time() - start == pytest.approx(0.15)


async def test_roles_given_to_members_are_known(rig: Rig) -> None:
    guild = rig.world.directory.guild(GUILD_ID)
    rig.world.directory.set_roles(guild, guild.members[BEN_ID], (DJ_ROLE_ID,))
    member = await rig.request("GET", f"/guilds/{GUILD_ID}/members/{BEN_ID}")
    assert member.body["roles"] == [str(DJ_ROLE_ID)]


async def test_privileged_data_needs_the_applications_flags(rig: Rig) -> None:
    rig.person(BEN_ID).send_message(MUSIC_ID, "theirs")
    await rig.request("POST", MESSAGES, {"content": "own"})
    rig.world.application.flags = ApplicationFlags.NONE
    listed = await rig.request("GET", MESSAGES)
    assert [message["content"] for message in listed.body] == ["own", ""]
    members = await rig.request("GET", f"/guilds/{GUILD_ID}/members", query={"limit": "5"})
    assert (members.status, members.code) == (403, 50001)
