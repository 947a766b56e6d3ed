"""The gateway's machine: every state against what can arrive, resumes, intents, shards, voice."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.gateway.close_codes import ENDS_SESSION
from sandbox.gateway.connection import Close
from sandbox.gateway.intents import Intents
from sandbox.gateway.session import LIFE_S
from sandbox.model.default import (
    BEN_ID,
    GUILD_ID,
    MUSIC_ID,
    OWNER_ID,
)
from sandbox.model.entities import ApplicationFlags
from tests.sandbox.rig import ALL_INTENTS, Client, Rig

BEAT = {"op": 1, "d": None}
RESUME = {"token": "wrong", "session_id": "x", "seq": 1}


@pytest.fixture
def rig() -> Rig:
    return Rig()


def resume(rig: Rig, session_id: str, sequence: int, token: str | None = None) -> Client:
    told = {"token": token or rig.world.application.token, "session_id": session_id, "seq": sequence}
    return rig.connect().send(6, told)


def test_hello_comes_first_and_ready_after_identify(rig: Rig) -> None:
    client = rig.connect()
    assert client.payloads[0]["op"] == 10
    assert client.payloads[0]["d"]["heartbeat_interval"] == 41250
    client.identify()
    ready = client.events("READY")[0]
    assert ready["guilds"] == [{"id": str(GUILD_ID), "unavailable": True}]
    assert ready["application"]["id"] == str(rig.world.application.id)
    assert "shard" not in ready
    guild = client.events("GUILD_CREATE")[0]
    assert {member["user"]["username"] for member in guild["members"]} == {
        "Roadie",
        "ada",
        "ben",
        "cleo",
        "dan",
    }
    assert [p["s"] for p in client.payloads if p["op"] == 0] == [1, 2]


@pytest.mark.parametrize("opcode", [3, 4, 8, 31, 43])
def test_commands_before_identify_close_with_4003(rig: Rig, opcode: int) -> None:
    assert rig.connect().send(opcode, {"guild_id": str(GUILD_ID)}).closed == 4003


@pytest.mark.parametrize("state", ["greeting", "live"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", 4002),
        ("[]", 4002),
        ('{"op": 2, "d": 5}', 4002),
        ('{"op": 2, "d": {"token": 5}}', 4002),
        ('{"op": 6, "d": {}}', 4002),
        ('{"op": 77, "d": null}', 4001),
        ('{"op": "x"}', 4001),
        ('{"d": null}', 4001),
        ('{"op":1,"d":"' + "x" * 4096 + '"}', 4002),
    ],
)
def test_malformed_payloads_close(rig: Rig, state: str, text: str, code: int) -> None:
    client = rig.connect()
    if state == "live":
        client.identify()
    client.connection.receive(text, rig.time)
    assert client.closed == code


@settings(max_examples=20, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([1, 2, 3, 4, 6, 8]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["op", "d", "token", "intents", "shard", "guild_id", "channel_id", "user_ids"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_payload_breaks_the_machine(value: object) -> None:
    rig = Rig()
    for opcode in (1, 2, 3, 4, 6, 8):
        text = json.dumps({"op": opcode, "d": value})
        for client in (rig.connect(), rig.connect().identify()):
            client.connection.receive(text, rig.time)
            assert client.closed in {None, 4002, 4003, 4004, 4005, 4007, 4010, 4013, 4014}
    for client in (rig.connect(), rig.connect().identify()):
        client.connection.receive(json.dumps(value), rig.time)
        assert client.closed in {4001, 4002, 4003, 4004, 4005} or client.opcodes[-1] in {0, 9, 10, 11}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 30}, 4013),
        ({"intents": -1}, 4013),
        ({"shard": [1, 1]}, 4010),
        ({"shard": [-1, 2]}, 4010),
        ({"shard": [0, 0]}, 4010),
        ({"shard": "x"}, 4002),
        ({"properties": None}, 4002),
        ({"intents": "all"}, 4002),
    ],
)
def test_identify_is_refused(rig: Rig, changes: dict[str, object], code: int) -> None:
    client = rig.connect().identify(**changes)
    assert client.closed == code
    assert rig.hub.sessions == {}


@pytest.mark.parametrize(
    ("intent", "flag"),
    [
        (Intents.GUILD_MEMBERS, ApplicationFlags.GATEWAY_GUILD_MEMBERS_LIMITED),
        (Intents.GUILD_PRESENCES, ApplicationFlags.GATEWAY_PRESENCE_LIMITED),
        (Intents.MESSAGE_CONTENT, ApplicationFlags.GATEWAY_MESSAGE_CONTENT_LIMITED),
    ],
)
def test_privileged_intents_need_the_applications_flag(
    rig: Rig, intent: Intents, flag: ApplicationFlags
) -> None:
    rig.world.application.flags &= ~flag
    assert rig.connect().identify(intents=int(intent)).closed == 4014
    assert rig.connect().identify(intents=ALL_INTENTS & ~intent).closed is None


def test_second_identify_closes_with_4005(rig: Rig) -> None:
    assert rig.connect().identify().identify().closed == 4005


def test_too_many_guilds_require_sharding(rig: Rig) -> None:
    guild = rig.world.directory.guilds[GUILD_ID]
    for number in range(2501):
        rig.world.directory.guilds[type(GUILD_ID)(number)] = guild
    assert rig.connect().identify().closed == 4011


def test_heartbeats_are_acknowledged_and_missing_ones_close_with_4009(rig: Rig) -> None:
    client = rig.connect().identify()
    for _ in range(10):
        rig.time += 41.25
        client.send(1, 3)
        client.connection.tick(rig.time)
    assert client.opcodes.count(11) == 10
    rig.time += 41.25 * 1.5
    client.connection.tick(rig.time)
    assert client.closed == 4009
    assert rig.hub.sessions == {}


def test_fault_no_acknowledgement(rig: Rig) -> None:
    rig.faults.ack_heartbeats = False
    assert 11 not in rig.connect().send(1, None).opcodes


def test_more_than_120_payloads_a_minute_close_with_4008(rig: Rig) -> None:
    client = rig.connect().identify()
    for _ in range(119):
        rig.time += 0.4
        client.send(1, None)
    assert client.closed is None
    assert client.send(1, None).closed == 4008
    slow = rig.connect().identify()
    for _ in range(300):
        rig.time += 0.51
        slow.send(1, None)
    assert slow.closed is None


def test_resume_replays_what_was_missed_once_and_in_order(rig: Rig) -> None:
    client = rig.connect().identify()
    ada = rig.person(OWNER_ID)
    ada.send_message(MUSIC_ID, "one")
    seen = max(p["s"] for p in client.payloads if p["op"] == 0)
    client.connection.reset()
    assert client.was_reset
    ada.send_message(MUSIC_ID, "two")
    ada.send_message(MUSIC_ID, "three")
    again = resume(rig, client.session_id, seen)
    assert [m["content"] for m in again.events("MESSAGE_CREATE")] == ["two", "three"]
    assert again.names[-1] == "RESUMED"
    ada.send_message(MUSIC_ID, "four")
    assert [p["s"] for p in again.payloads if p["op"] == 0] == [seen + 1, seen + 2, seen + 3, seen + 4]
    assert client.events("MESSAGE_CREATE")[-1]["content"] == "one"


def test_resume_takes_a_session_from_its_old_connection(rig: Rig) -> None:
    client = rig.connect().identify()
    again = resume(rig, client.session_id, 2)
    assert client.closed == 4000
    assert again.names == ["RESUMED"]
    rig.person(OWNER_ID).send_message(MUSIC_ID, "x")
    assert client.events("MESSAGE_CREATE") == []
    assert len(again.events("MESSAGE_CREATE")) == 1


def test_resume_that_cannot_be(rig: Rig) -> None:
    session_id = rig.connect().identify().session_id
    assert resume(rig, session_id, 2, token="wrong").closed == 4004
    assert resume(rig, "unknown", 2).payloads[-1]["op"] == 9
    assert resume(rig, "unknown", 2).payloads[-1]["d"] is False
    assert resume(rig, session_id, 99).closed == 4007
    assert resume(rig, session_id, 2).payloads[-1]["op"] == 9


def test_session_that_missed_too_much_is_invalid(rig: Rig) -> None:
    client = rig.connect().identify()
    client.connection.reset()
    for _ in range(4097):
        rig.world.board.type_in(rig.world.directory.channel(MUSIC_ID), rig.person(BEN_ID).user)
    assert resume(rig, client.session_id, 2).payloads[-1]["op"] == 9


def test_session_is_forgotten_after_its_life(rig: Rig) -> None:
    client = rig.connect().identify()
    client.connection.reset()
    rig.time += LIFE_S
    assert resume(rig, client.session_id, 2).payloads[-1]["op"] == 9


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4009, 1006])
def test_what_a_close_leaves_of_the_session(rig: Rig, code: int) -> None:
    client = rig.connect().identify()
    client.connection.ended(code, rig.time)
    assert (resume(rig, client.session_id, 2).payloads[-1]["op"] == 9) == (code in ENDS_SESSION)


def test_fault_reconnect_invalidate_garbage_and_close(rig: Rig) -> None:
    client = rig.connect().identify()
    client.connection.ask_to_reconnect()
    client.connection.ask_for_heartbeat()
    assert client.opcodes[-2:] == [7, 1]
    client.connection.invalidate(resumable=True)
    assert client.payloads[-1]["d"] is True
    assert client.session_id in rig.hub.sessions
    client.connection.invalidate(resumable=False)
    assert client.payloads[-1]["d"] is False
    assert rig.hub.sessions == {}
    client.connection.close(4000, "fault")
    assert client.out[-1] == Close(4000, "fault")
    assert rig.hub.sessions == {}


def test_identify_obeys_max_concurrency_and_the_daily_limit(rig: Rig) -> None:
    rig.hub.start_limit.enforce_concurrency = True
    assert rig.connect().identify().closed is None
    assert rig.connect().identify().payloads[-1] == {"t": None, "s": None, "op": 9, "d": False}
    rig.time += 5
    assert rig.connect().identify().names[0] == "READY"
    rig.hub.start_limit.total = 2
    rig.time += 5
    assert rig.connect().identify().closed == 4004
