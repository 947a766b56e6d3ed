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
from sandbox.model.entities import Upload
from sandbox.model.permissions import BOT_DEFAULT, Permissions
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
    guilds = await rig.request("GET", "/users/@me/guilds")
    assert guilds.body[0]["permissions"] == str(int(BOT_DEFAULT))


async def test_messages_are_created_read_edited_and_deleted(rig: Rig) -> None:
    created = await rig.request("POST", MESSAGES, {"content": "one", "tts": False})
    assert created.body["author"]["bot"] is True
    assert "guild_id" not in created.body
    one = f"{MESSAGES}/{created.body['id']}"
    edited = await rig.request("PATCH", one, {"content": "two", "embeds": [{"title": "T"}]})
    assert (edited.body["content"], edited.body["embeds"]) == ("two", [{"type": "rich", "title": "T"}])
    assert edited.body["edited_timestamp"] is not None
    kept = await rig.request("PATCH", one, {"content": None})
    assert (kept.body["content"], len(kept.body["embeds"])) == ("", 1)
    assert (await rig.request("GET", one)).body["embeds"][0]["title"] == "T"
    assert (await rig.request("DELETE", one)).status == 204
    assert (await rig.request("GET", one)).code == 10008


async def test_history_is_paged_newest_first(rig: Rig) -> None:
    sent = [rig.person(OWNER_ID).send_message(MUSIC_ID, str(number)) for number in range(6)]

    async def ask(**query: str) -> list[str]:
        return [m["content"] for m in (await rig.request("GET", MESSAGES, query=query)).body]

    assert await ask(limit="2") == ["5", "4"]
    assert await ask(limit="2", before=str(sent[3].id)) == ["2", "1"]
    assert await ask(limit="2", after=str(sent[3].id)) == ["5", "4"]
    assert await ask(limit="3", around=str(sent[3].id)) == ["4", "3", "2"]
    assert (await rig.request("GET", MESSAGES, query={"limit": "101"})).code == 50035


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


async def test_reactions_are_added_listed_and_removed(rig: Rig) -> None:
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "x")
    rig.person(BEN_ID).react(message, "👍")
    place = f"{MESSAGES}/{message.id}/reactions"
    thumb = f"{place}/%F0%9F%91%8D"
    assert (await rig.request("PUT", f"{thumb}/@me")).status == 204
    assert [u["username"] for u in (await rig.request("GET", thumb)).body] == ["ben", "Roadie"]
    wire = (await rig.request("GET", f"{MESSAGES}/{message.id}")).body["reactions"][0]
    assert (wire["count"], wire["me"], wire["emoji"]) == (2, True, {"id": None, "name": "👍"})
    assert (await rig.request("DELETE", f"{thumb}/@me")).status == 204
    assert (await rig.request("DELETE", f"{thumb}/{BEN_ID}")).status == 204
    assert message.reactions == {}
    assert (await rig.request("DELETE", f"{thumb}/@me")).status == 204


@pytest.mark.parametrize(
    ("emoji", "status"), [("1%EF%B8%8F%E2%83%A3", 204), ("hello", 404), ("roadie:7", 204), ("gone:8", 404)]
)
async def test_emojis_are_known_or_10014(rig: Rig, emoji: str, status: int) -> None:
    rig.world.directory.guild(GUILD_ID).emojis[EmojiId(7)] = "roadie"
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "x")
    answer = await rig.request("PUT", f"{MESSAGES}/{message.id}/reactions/{emoji}/@me")
    assert answer.status == status
    if status == 404:
        assert answer.code == 10014


async def test_twenty_one_emojis_are_too_many(rig: Rig) -> None:
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "x")
    for number in range(20):
        rig.person(BEN_ID).react(message, chr(0x1F600 + number))
    answer = await rig.request("PUT", f"{MESSAGES}/{message.id}/reactions/%F0%9F%91%8D/@me")
    assert (answer.status, answer.code) == (400, 30010)


async def test_a_repeated_nonce_gives_the_message_that_is_there(rig: Rig) -> None:
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    first, second = await rig.request("POST", MESSAGES, body), await rig.request("POST", MESSAGES, body)
    assert first.body["id"] == second.body["id"]
    third = await rig.request("POST", MESSAGES, {**body, "enforce_nonce": False})
    assert third.body["id"] != first.body["id"]


async def test_a_reply_quotes_and_an_unknown_one_is_refused(rig: Rig) -> None:
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "question")
    body: dict[str, Any] = {"content": "answer", "message_reference": {"message_id": str(message.id)}}
    answer = await rig.request("POST", MESSAGES, body)
    assert answer.body["type"] == 19
    assert answer.body["referenced_message"]["content"] == "question"
    assert answer.body["mentions"][0]["username"] == "ben"
    body["message_reference"]["message_id"] = "1"
    assert (await rig.request("POST", MESSAGES, body)).code == 50035
    body["message_reference"]["fail_if_not_exists"] = False
    assert (await rig.request("POST", MESSAGES, body)).body["referenced_message"] is None


@pytest.mark.parametrize(
    ("allowed", "users", "everyone"),
    [
        (None, ["ben"], True),
        ({"parse": []}, [], False),
        ({"parse": ["users"]}, ["ben"], False),
        ({"parse": [], "users": [str(BEN_ID)]}, ["ben"], False),
        ({"parse": [], "users": [str(CLEO_ID)]}, [], False),
    ],
)
async def test_mentions_ping_only_whom_they_may(
    rig: Rig, allowed: object, users: list[str], everyone: bool
) -> None:
    body = {"content": f"<@{BEN_ID}> @everyone", **({"allowed_mentions": allowed} if allowed else {})}
    wire = (await rig.request("POST", MESSAGES, body)).body
    assert [user["username"] for user in wire["mentions"]] == users
    assert wire["mention_everyone"] is everyone


INVALID: list[tuple[dict[str, Any], list[str]]] = [
    ({"content": "x" * 2001}, ["content"]),
    ({"content": 5}, ["content"]),
    ({"embeds": [{"title": "x" * 257}] * 11}, ["embeds", "embeds.0.title"]),
    ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, ["embeds"]),
    ({"embeds": [{"fields": [{"name": "n"}]}]}, ["embeds.0.fields.0.value"]),
    ({"embeds": [{"url": "javascript:x"}]}, ["embeds.0.url"]),
    ({"components": [{"type": 2}]}, ["components.0.type"]),
    (
        {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x"}] * 6}]},
        ["components.0.components", "components.0.components.0.custom_id"],
    ),
    ({"components": [{"type": 1, "components": []}] * 6}, ["components"]),
    (
        {"components": [{"type": 1, "components": [{"type": 3, "custom_id": "s", "options": []}]}]},
        ["components.0.components.0.options"],
    ),
    ({"content": "x", "nonce": "x" * 26}, ["nonce"]),
    ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, ["allowed_mentions"]),
    ({"content": "x", "flags": "many"}, ["flags"]),
]


@pytest.mark.parametrize(("body", "paths"), INVALID)
async def test_invalid_messages_name_what_is_wrong(rig: Rig, body: object, paths: list[str]) -> None:
    answer = await rig.request("POST", MESSAGES, body)
    assert (answer.status, answer.code) == (400, 50035)
    for path in paths:
        node = answer.body["errors"]
        for step in path.split("."):
            node = node[step]
        assert node["_errors"][0]["message"]


async def test_two_components_of_one_custom_id_are_refused(rig: Rig) -> None:
    button = {"type": 2, "style": 1, "label": "x", "custom_id": "same"}
    row = {"type": 1, "components": [button, button]}
    assert (await rig.request("POST", MESSAGES, {"components": [row]})).code == 50035


async def test_empty_message_is_50006(rig: Rig) -> None:
    assert (await rig.request("POST", MESSAGES, {"content": "  "})).code == 50006


async def test_body_that_is_no_json_is_50109(rig: Rig) -> None:
    headers = {"content-type": "application/json"}
    assert (await rig.request("POST", MESSAGES, body=b"{", headers=headers)).code == 50109
    assert (await rig.request("POST", MESSAGES, body=b"[]", headers=headers)).code == 50035
    assert (await rig.request("POST", MESSAGES, body=b"x", headers={"content-type": "a/b"})).code == 50035


def form(*parts: tuple[str, bytes]) -> tuple[bytes, dict[str, str]]:
    body = b"".join(
        b"--B\r\ncontent-disposition: form-data; " + h.encode() + b"\r\n\r\n" + c + b"\r\n" for h, c in parts
    )
    return body + b"--B--\r\n", {"content-type": "multipart/form-data; boundary=B"}


async def test_files_are_uploaded_described_served_and_dropped(rig: Rig) -> None:
    payload = b'{"content":"f","attachments":[{"id":0,"filename":"my song.ogg","description":"d"}]}'
    body, headers = form(
        ('name="payload_json"', payload),
        ('name="files[0]"; filename="x"', b"OggS"),
        ('name="files[1]"; filename="b"', b"2"),
    )
    sent = await rig.request("POST", MESSAGES, body=body, headers=headers)
    first, second = sent.body["attachments"]
    assert (first["filename"], first["description"], first["size"]) == ("my_song.ogg", "d", 4)
    path = first["url"].removeprefix("http://127.0.0.1:1")
    assert (await rig.request("GET", path, token=None)).body == b"OggS"
    edit = {"attachments": [{"id": second["id"]}]}
    edited = await rig.request("PATCH", f"{MESSAGES}/{sent.body['id']}", edit)
    assert [a["id"] for a in edited.body["attachments"]] == [second["id"]]


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, b""),
        ("bytes=-0", 416, b""),
        ("items=1", 200, b"0123456789"),
    ],
)
async def test_files_are_served_in_ranges(rig: Rig, wanted: str, status: int, content: bytes) -> None:
    upload = Upload(filename="f.bin", content=b"0123456789")
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "", [upload])
    path = f"/attachments/{MUSIC_ID}/{message.attachments[0].id}/f.bin"
    answer = await rig.request("GET", path, token=None, headers={"range": wanted})
    assert (answer.status, answer.raw.body) == (status, content)


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


async def test_bulk_deletion_has_its_limits(rig: Rig) -> None:
    ids = [str(rig.person(BEN_ID).send_message(MUSIC_ID, "x").id) for _ in range(3)]
    path = f"{MESSAGES}/bulk-delete"
    assert (await rig.request("POST", path, {"messages": ids[:1]})).code == 50016
    assert (await rig.request("POST", path, {"messages": ["1", *ids]})).code == 50034
    assert (await rig.request("POST", path, {"messages": ids})).status == 204
    assert rig.world.board.history(MUSIC_ID) == []


async def test_direct_channels_are_made_once(rig: Rig) -> None:
    first = await rig.request("POST", "/users/@me/channels", {"recipient_id": str(BEN_ID)})
    second = await rig.request("POST", "/users/@me/channels", {"recipient_id": str(BEN_ID)})
    assert first.body["id"] == second.body["id"]
    assert first.body["recipients"][0]["username"] == "ben"
    sent = await rig.request("POST", f"/channels/{first.body['id']}/messages", {"content": "psst"})
    assert sent.status == 200
    assert (await rig.request("POST", "/users/@me/channels", {})).code == 50035


async def test_commands_are_registered_kept_and_overwritten(rig: Rig) -> None:
    base = f"/applications/{APPLICATION_ID}/commands"
    created = await rig.request("POST", base, {"name": "play", "description": "Plays"})
    again = await rig.request("POST", base, {"name": "play", "description": "Plays more"})
    assert (created.status, again.status) == (201, 200)
    assert created.body["id"] == again.body["id"]
    assert created.body["version"] != again.body["version"]
    two = [{"name": "play", "description": "P"}, {"name": "Rename", "type": 2}]
    whole = await rig.request("PUT", base, two)
    assert [c["name"] for c in whole.body] == ["play", "Rename"]
    assert whole.body[0]["id"] == created.body["id"]
    one = f"{base}/{whole.body[1]['id']}"
    assert (await rig.request("PATCH", one, {"name": "WakeUp!"})).body["name"] == "WakeUp!"
    assert (await rig.request("DELETE", one)).status == 204
    assert len((await rig.request("GET", base)).body) == 1
    guild = f"/applications/{APPLICATION_ID}/guilds/{GUILD_ID}/commands"
    own = await rig.request("PUT", guild, [{"name": "local", "description": "L"}])
    assert own.body[0]["guild_id"] == str(GUILD_ID)
    assert (await rig.request("GET", "/applications/1/commands")).code == 50001


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ({"name": "Play", "description": "d"}, "0.name"),
        ({"name": "pl ay", "description": "d"}, "0.name"),
        ({"description": "d"}, "0.name"),
        ({"name": "play"}, "0.description"),
        ({"name": "play", "description": "x" * 101}, "0.description"),
        ({"name": "Rename", "type": 2, "description": "d"}, "0.description"),
        ({"name": "p", "description": "d", "options": [{"type": 3, "name": "q"}]}, "0.options.0.description"),
        (
            {
                "name": "p",
                "description": "d",
                "options": [
                    {"type": 3, "name": "a", "description": "d"},
                    {"type": 3, "name": "b", "description": "d", "required": True},
                ],
            },
            "0.options.1",
        ),
        (
            {
                "name": "p",
                "description": "d",
                "options": [
                    {
                        "type": 3,
                        "name": "a",
                        "description": "d",
                        "choices": [{"name": "x", "value": 5}],
                    }
                ],
            },
            "0.options.0.choices.0.value",
        ),
    ],
)
async def test_invalid_commands_name_what_is_wrong(rig: Rig, command: object, path: str) -> None:
    answer = await rig.request("PUT", f"/applications/{APPLICATION_ID}/commands", [command])
    assert (answer.status, answer.code) == (400, 50035)
    node = answer.body["errors"]
    for step in path.split("."):
        node = node[step]
    assert node["_errors"]


async def test_command_names_are_unique_and_counted(rig: Rig) -> None:
    base = f"/applications/{APPLICATION_ID}/commands"
    same = [{"name": "a", "description": "d"}] * 2
    assert (await rig.request("PUT", base, same)).code == 50035
    menus = [{"name": f"m{number}", "type": 2} for number in range(16)]
    assert (await rig.request("PUT", base, menus)).code == 50035
    many = [{"name": f"c{number}", "description": "d"} for number in range(100)]
    assert (await rig.request("PUT", base, many)).status == 200
    assert (
        await rig.request("PUT", base, [{"name": f"d{c['name']}", "description": "d"} for c in many])
    ).status == 200
    assert (await rig.request("POST", base, {"name": "last", "description": "d"})).code == 30034


async def test_voice_status_and_own_voice_state(rig: Rig) -> None:
    assert (await rig.request("PUT", f"/channels/{LOUNGE_ID}/voice-status", {"status": "♪"})).status == 204
    assert rig.world.directory.channel(LOUNGE_ID).status == "♪"
    assert (await rig.request("PUT", f"/channels/{GENERAL_ID}/voice-status", {"status": "x"})).code == 50024
    rig.world.voice.request(GUILD_ID, BOT_ID, LOUNGE_ID, session_id="s")
    own = f"/guilds/{GUILD_ID}/voice-states/@me"
    assert (await rig.request("PATCH", own, {"suppress": True, "channel_id": str(LOUNGE_ID)})).status == 204
    assert (await rig.request("GET", own)).body["suppress"] is True


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
