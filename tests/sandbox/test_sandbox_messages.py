"""Messages over REST: what they hold, who is pinged, reactions, files, and what is refused."""

from typing import Any

import pytest

from gateway_client.ids import EmojiId
from sandbox.model.default import BEN_ID, CLEO_ID, GUILD_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import Upload
from tests.sandbox.rig import Rig

MESSAGES = f"/channels/{MUSIC_ID}/messages"


@pytest.fixture
def rig() -> Rig:
    return Rig()


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


async def test_bulk_deletion_has_its_limits(rig: Rig) -> None:
    ids = [str(rig.person(BEN_ID).send_message(MUSIC_ID, "x").id) for _ in range(3)]
    path = f"{MESSAGES}/bulk-delete"
    assert (await rig.request("POST", path, {"messages": ids[:1]})).code == 50016
    assert (await rig.request("POST", path, {"messages": ["1", *ids]})).code == 50034
    assert (await rig.request("POST", path, {"messages": ids})).status == 204
    assert rig.world.board.history(MUSIC_ID) == []
