import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import ChannelId, GuildId, UserId
from voice.close_codes import VERDICTS, Verdict, hint_of, verdict_of
from voice.endpoint import endpoint_url
from voice.framing import (
    MAX_FRAME_BYTES,
    BrokenStream,
    Deframer,
    MalformedMessage,
    decode_from_node,
    decode_to_node,
    encode,
)
from voice.protocol import (
    Beat,
    Closed,
    Connected,
    Desired,
    Drop,
    FromNode,
    Heard,
    Hello,
    Playing,
    Position,
    Ready,
    Reason,
    Server,
    Source,
    ToNode,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)

CALL = GuildId(2**63 + 5)
SERVER = Server(
    url="wss://voice.example/?v=8",
    token="s3cret",
    session_id="sess1on",
    user_id=UserId(2),
    guild_id=CALL,
    channel_id=ChannelId(3),
)
SOURCE = Source(
    location="https://x.example/a?sig=t0ken",
    is_file=False,
    proxy="http://job:pw@127.0.0.1:1",
    headers=(("A", "b"),),
)
DESIRED = Desired(
    call=CALL,
    attempt=3,
    server=SERVER,
    track=Playing(track_id=1, source=SOURCE, offset_ms=1500),
    next=Playing(track_id=2, generation=4, source=Source(location="/a b.ogg", is_file=True)),
    volume_pct=250,
    paused=True,
    revision=2**40,
)
TO_NODE: list[ToNode] = [
    Hello(version=1),
    DESIRED,
    Desired(call=CALL, attempt=0, server=None),
    Drop(call=CALL),
]
FROM_NODE: list[FromNode] = [
    Ready(version=1, pid=4),
    Beat(),
    Connected(call=CALL, attempt=1),
    Closed(call=CALL, attempt=1, code=4014, verdict=Verdict.AWAIT),
    Closed(call=CALL, attempt=1, code=None, verdict=Verdict.RESUME, detail="x"),
    TrackStarted(call=CALL, attempt=1, track_id=1, generation=0),
    TrackEnded(call=CALL, attempt=1, track_id=1, generation=0),
    TrackFailed(
        call=CALL,
        attempt=1,
        track_id=1,
        generation=0,
        reason=Reason.NOT_FOUND,
        detail="404",
        position_ms=0,
    ),
    Position(call=CALL, attempt=1, track_id=1, generation=0, position_ms=20, paused=False),
    Heard(call=CALL, revision=2**40),
]


def test_all_messages_survive_the_pipe_however_it_is_cut() -> None:
    stream = b"".join(encode(message) for message in TO_NODE + FROM_NODE)
    deframer = Deframer()
    frames = [frame for byte in stream for frame in deframer.feed(bytes([byte]))]
    assert [decode_to_node(frame) for frame in frames[: len(TO_NODE)]] == TO_NODE
    assert [decode_from_node(frame) for frame in frames[len(TO_NODE) :]] == FROM_NODE
    assert list(Deframer().feed(stream)) == frames


def test_secrets_are_not_printable() -> None:
    shown = repr(DESIRED)
    for secret in ("s3cret", "sess1on", "t0ken", "job:pw", "'b'"):
        assert secret not in shown


def test_directions_are_kept_apart() -> None:
    with pytest.raises(MalformedMessage, match="unknown kind"):
        decode_to_node(encode(Beat())[4:])
    with pytest.raises(MalformedMessage, match="unknown kind"):
        decode_from_node(encode(Hello(version=1))[4:])


def test_a_stray_print_breaks_the_stream() -> None:
    frames = Deframer().feed(encode(Beat()) + b"Traceback (most recent call last)")
    assert decode_from_node(next(frames)) == Beat()
    with pytest.raises(BrokenStream):
        next(frames)


def test_a_message_that_is_too_long_is_refused_before_the_pipe() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode(Closed(call=CALL, attempt=1, code=1, verdict=Verdict.FAIL, detail="x" * MAX_FRAME_BYTES))


@pytest.mark.parametrize(
    "body",
    [
        [],
        ["Hello"],
        ["Hello", {"version": "one"}],
        ["Hello", [1]],
        ["Desired", {"call": 1}],
        ["Desired", {"call": 1, "attempt": 1, "server": {}}],
        {"kind": "Hello"},
        None,
        [1, 2],
    ],
)
def test_nonsense_is_malformed(body: object) -> None:
    with pytest.raises(MalformedMessage):
        decode_to_node(msgspec.msgpack.encode(body))


def test_errors_do_not_repeat_values() -> None:
    frame = msgspec.msgpack.encode(["Desired", {"call": 1, "attempt": "s3cret", "server": None}])
    with pytest.raises(MalformedMessage) as caught:
        decode_to_node(frame)
    assert "s3cret" not in str(caught.value)


@settings(max_examples=80)
@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(frame: bytes) -> None:
    for decode in (decode_to_node, decode_from_node):
        try:
            decode(frame)
        except MalformedMessage:
            continue
        raise AssertionError("no random bytes are a message with all its fields")


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_message_is_decoded_or_refused(data: st.DataObject) -> None:
    frame = bytearray(encode(DESIRED)[4:])
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        message = decode_to_node(bytes(frame))
    except MalformedMessage:
        return
    assert isinstance(message, Desired)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_deframer_yields_what_was_announced_or_breaks(chunks: list[bytes]) -> None:
    deframer = Deframer()
    taken = 0
    try:
        taken = sum(4 + len(frame) for chunk in chunks for frame in deframer.feed(chunk))
    except BrokenStream:
        return
    assert taken <= sum(map(len, chunks))


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (None, Verdict.RESUME),
        (1006, Verdict.RESUME),
        (4000, Verdict.RESUME),
        (4006, Verdict.REJOIN),
        (4009, Verdict.RESUME),
        (4014, Verdict.AWAIT),
        (4015, Verdict.RESUME),
        (4017, Verdict.FAIL),
        (4021, Verdict.STOP),
        (4022, Verdict.AWAIT),
        (4999, Verdict.RESUME),
    ],
)
def test_close_codes(code: int | None, verdict: Verdict) -> None:
    assert verdict_of(code) is verdict
    assert hint_of(code)


def test_every_documented_close_code_has_a_line() -> None:
    documented = {
        4001,
        4002,
        4003,
        4004,
        4005,
        4006,
        4009,
        4011,
        4012,
        4014,
        4015,
        4016,
        4017,
        4020,
        4021,
        4022,
    }
    assert documented <= VERDICTS.keys()


@pytest.mark.parametrize(
    ("endpoint", "insecure", "url"),
    [
        ("a.discord.media:2048", False, "wss://a.discord.media:2048/?v=8"),
        ("127.0.0.1:80", True, "ws://127.0.0.1:80/?v=8"),
        ("ws://a.discord.media", False, "wss://a.discord.media/?v=8"),
        ("a.discord.media:443/", False, "wss://a.discord.media:443/?v=8"),
    ],
)
def test_scheme_of_an_endpoint_is_ours_to_choose(endpoint: str, insecure: bool, url: str) -> None:
    assert endpoint_url(endpoint, insecure) == url
