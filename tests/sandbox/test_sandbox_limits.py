"""Rate limits: buckets, scopes, the global limit and its exemption, the ban of broken clients."""

import pytest

from sandbox.model.default import BEN_ID, GENERAL_ID, MUSIC_ID, OWNER_ID
from sandbox.rest.limits import MESSAGE_CREATE, REACTION, LimitMode, RateLimits, Rule
from tests.sandbox.rig import Answer, Rig

THUMB = "%F0%9F%91%8D"


@pytest.fixture
def rig() -> Rig:
    return Rig(RateLimits(mode=LimitMode.REAL))


async def send(rig: Rig, channel_id: int = MUSIC_ID) -> Answer:
    return await rig.request("POST", f"/channels/{channel_id}/messages", {"content": "x"})


async def test_bucket_counts_down_refuses_and_opens_again(rig: Rig) -> None:
    answers = [await send(rig) for _ in range(6)]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["4", "3", "2", "1", "0", "0"]
    assert [a.status for a in answers] == [200] * 5 + [429]
    refused = answers[-1]
    assert refused.body == {"message": "You are being rate limited.", "retry_after": 5.0, "global": False}
    assert refused.headers["x-ratelimit-scope"] == "user"
    assert refused.headers["x-ratelimit-reset-after"] == "5.000"
    assert refused.headers["retry-after"] == "5"
    rig.time += 4.999
    assert (await send(rig)).status == 429
    rig.time += 0.001
    assert (await send(rig)).status == 200
    assert len(rig.world.board.history(MUSIC_ID)) == 6


async def test_each_channel_has_its_own_bucket_of_one_name(rig: Rig) -> None:
    first = [await send(rig) for _ in range(5)][-1]
    other = await send(rig, GENERAL_ID)
    assert other.headers["x-ratelimit-remaining"] == "4"
    assert other.headers["x-ratelimit-bucket"] == first.headers["x-ratelimit-bucket"]


async def test_one_reaction_per_quarter_second_in_a_channel(rig: Rig) -> None:
    messages = [rig.person(BEN_ID).send_message(MUSIC_ID, "x") for _ in range(2)]
    paths = [f"/channels/{MUSIC_ID}/messages/{m.id}/reactions/{THUMB}/@me" for m in messages]
    assert (await rig.request("PUT", paths[0])).status == 204
    refused = await rig.request("PUT", paths[1])
    assert (refused.status, refused.body["retry_after"]) == (429, 0.25)
    assert (await rig.request("DELETE", paths[0])).status == 429
    rig.time += 0.25
    assert (await rig.request("PUT", paths[1])).status == 204


async def test_fifty_a_second_globally_but_interactions(rig: Rig) -> None:
    rig.world.commands.put({"type": 1, "name": "play", "description": "Plays"})
    asked = [rig.person(OWNER_ID).run_command(MUSIC_ID, "play") for _ in range(60)]
    answers = [await rig.request("GET", "/users/@me") for _ in range(51)]
    assert [a.status for a in answers] == [200] * 50 + [429]
    assert answers[-1].body["global"] is True
    assert answers[-1].headers["x-ratelimit-global"] == "true"
    assert answers[-1].headers["x-ratelimit-scope"] == "global"
    for one in asked:
        path = f"/interactions/{one.id}/{one.token}/callback"
        assert (await rig.request("POST", path, {"type": 5}, token=None)).status == 204
    rig.time += 1
    assert (await rig.request("GET", "/users/@me")).status == 200


async def test_follow_ups_of_one_interaction_share_a_bucket(rig: Rig) -> None:
    rig.world.commands.put({"type": 1, "name": "play", "description": "Plays"})
    one = rig.person(OWNER_ID).run_command(MUSIC_ID, "play")
    callback = f"/interactions/{one.id}/{one.token}/callback"
    await rig.request("POST", callback, {"type": 4, "data": {"content": "x"}}, token=None)
    path = f"/webhooks/{rig.world.application.id}/{one.token}"
    statuses = [(await rig.request("POST", path, {"content": "x"}, token=None)).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]


async def test_a_shared_limit_does_not_count_as_invalid(rig: Rig) -> None:
    rig.limits.fill_shared(REACTION, rig.time + 2)
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "x")
    path = f"/channels/{MUSIC_ID}/messages/{message.id}/reactions/{THUMB}/@me"
    refused = await rig.request("PUT", path)
    assert (refused.headers["x-ratelimit-scope"], refused.body["retry_after"]) == ("shared", 2.0)
    assert rig.limits.invalid_requests(rig.time) == 0
    rig.limits.fill_shared(MESSAGE_CREATE, rig.time + 2)
    assert (await send(rig)).code == 20028


async def test_too_many_invalid_requests_ban_for_a_while(rig: Rig) -> None:
    rig.limits.max_invalid = 5
    for _ in range(5):
        assert (await rig.request("GET", "/users/@me", token="wrong")).status == 401
    banned = await rig.request("GET", "/users/@me")
    assert (banned.status, banned.raw.headers["content-type"]) == (429, "text/html")
    rig.time += 601
    assert (await rig.request("GET", "/users/@me")).status == 200


async def test_rules_can_be_replaced_and_switched_off() -> None:
    custom = Rule(name=MESSAGE_CREATE.name, limit=1, window_s=10.0)
    rig = Rig(RateLimits(mode=LimitMode.REAL, rules={custom.name: custom}))
    assert [(await send(rig)).status for _ in range(2)] == [200, 429]
    rig.limits.mode = LimitMode.OFF
    free = await send(rig)
    assert (free.status, [h for h in free.headers if "ratelimit" in h]) == (200, [])


async def test_only_reactions_can_be_limited() -> None:
    rig = Rig(RateLimits(mode=LimitMode.REACTIONS))
    assert {(await send(rig)).status for _ in range(60)} == {200}
    message_id = rig.world.board.history(MUSIC_ID)[0].id
    own = f"/channels/{MUSIC_ID}/messages/{message_id}/reactions/{THUMB}/@me"
    answers = [await rig.request(method, own) for method in ("PUT", "DELETE")]
    assert [answer.status for answer in answers] == [204, 429]
    assert answers[1].headers["x-ratelimit-scope"] == "user"
    rig.time += REACTION.window_s
    assert (await rig.request("DELETE", own)).status == 204
