"""The session core against frames that nobody should send."""

import zlib

import pytest

from gateway_client.actions import Note
from gateway_client.events import MessageCreated
from gateway_client.session import Phase
from tests.gateway_client.fakes import (
    HELLO,
    close_codes,
    events,
    frame,
    message,
    new_session,
    notes,
    reconnect,
    sent,
    session_in,
)


def test_broken_compression_closes_and_resumes() -> None:
    session = session_in(Phase.LIVE)
    session.new_inflater = new_session(compression="zlib-stream").new_inflater
    session.lost(None, 0)
    reconnect(session, 1)
    actions = session.receive(b"no zlib\x00\x00\xff\xff", 2)
    assert close_codes(actions) == [4000]
    session.lost(None, 2)
    assert session.has_session
    now = session.next_deadline()
    session.next_step(now)
    session.opened(now)
    deflate = zlib.compressobj()
    packed = deflate.compress(HELLO.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    assert sent(session.receive(packed, now))[0]["op"] == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "frame"),
        ("{", "frame"),
        ('{"op":0,"d":{"id":"1","chan', "frame"),
        ("[]", "frame"),
        ('{"op":"x"}', "$.op"),
        ('{"s":1}', "op"),
        ('{"op":0,"s":"a"}', "$.s"),
        ("[" * 5000, "frame"),
    ],
)
def test_frame_that_cannot_be_read_is_noted_and_nothing_else(text: str, told: str) -> None:
    session = session_in(Phase.LIVE)
    [note] = session.receive(text, 1)
    assert isinstance(note, Note)
    assert told in note.text
    assert events(session.receive(message(2), 1)) == [MessageCreated]


def test_event_with_a_wrong_type_is_noted_by_path_and_not_repeated() -> None:
    session = session_in(Phase.LIVE)
    bad = frame(0, {"id": "5", "channel_id": "6", "author": {"id": "secret"}}, 2, "MESSAGE_CREATE")
    actions = session.receive(bad, 1)
    assert "MESSAGE_CREATE" in notes(actions)
    assert "$.author.id" in notes(actions)
    assert "secret" not in notes(actions)
    session.lost(None, 1)
    [resume] = sent(reconnect(session, session.next_deadline()))
    assert resume["d"]["seq"] == 2


def test_unknown_events_opcodes_and_fields_do_nothing() -> None:
    session = session_in(Phase.LIVE)
    assert session.receive(frame(0, {"a": 1}, 2, "SOMETHING_NEW"), 1) == ()
    assert events(session.receive(frame(77, {"a": 1}), 1)) == []
    odd = '{"op":0,"s":3,"t":"MESSAGE_DELETE","d":{"id":"1","channel_id":"2","new":[1]},"extra":{}}'
    assert len(events(session.receive(odd, 1))) == 1


def test_event_without_sequence_is_delivered() -> None:
    session = session_in(Phase.LIVE)
    assert events(session.receive(message(None), 1)) == [MessageCreated]
