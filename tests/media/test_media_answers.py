"""Answers of hostile servers on their way through the guard: nothing breaks it, nothing is made up."""

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import memory_stream_one_way_pair

from media.errors import MediaError, MediaFailure
from media.guard_answer import relay_answer
from media.guard_wire import Wanted

TLS = Wanted(host="good.test", port=443, tunnel=False, tls=True)
PLAIN = Wanted(host="good.test", port=80, tunnel=False)


async def _relay(wanted: Wanted, *parts: bytes) -> bytes:
    queue = list(parts)

    async def receive() -> bytes:
        await trio.lowlevel.checkpoint()
        return queue.pop(0) if queue else b""

    sender, receiver = memory_stream_one_way_pair()
    await relay_answer(sender, receive, wanted)
    await sender.aclose()
    received = b""
    while data := await receiver.receive_some():
        received += data
    return received


@pytest.mark.parametrize(
    ("wanted", "location", "marked"),
    [
        (TLS, b"https://a.test/x", b"http://a.test.tls.invalid:443/x"),
        (PLAIN, b"https://a.test:8443/x", b"http://a.test.tls.invalid:8443/x"),
        (TLS, b"//a.test/x", b"http://a.test.tls.invalid:443/x"),
        (PLAIN, b"//a.test/x", b"//a.test/x"),
        (TLS, b"http://a.test/x", b"http://a.test/x"),
        (TLS, b"/x?u=https:", b"/x?u=https:"),
    ],
)
async def test_redirect_keeps_its_way_through_the_guard(
    wanted: Wanted, location: bytes, marked: bytes
) -> None:
    answer = b"HTTP/1.1 302 Found\r\nlocation: " + location + b"\r\nX: https://y.test/\r\n\r\n"
    expected = b"HTTP/1.1 302 Found\r\nlocation: " + marked + b"\r\nX: https://y.test/\r\n\r\n"
    assert await _relay(wanted, answer) == expected
    assert await _relay(wanted, *[bytes([byte]) for byte in answer]) == expected


async def test_body_passes_as_it_comes() -> None:
    body = bytes(range(256)) * 300 + b" https://a.test/ "
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert await _relay(TLS, answer[:20], answer[20:90], answer[90:]) == answer
    radio = b"ICY 200 OK\r\nicy-name: x\r\n\r\n" + body
    assert await _relay(TLS, radio[:3], radio[3:]) == radio


async def test_playlist_may_be_told_by_its_first_bytes_only() -> None:
    text = b"\xef\xbb\xbf#EXTM3U\n#EXTINF:1,\nhttps://a.test/s.ts\n"
    for head in (b"Content-Length: %d\r\n" % len(text), b"Content-Type: text/plain\r\n"):
        answer = await _relay(PLAIN, b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", text[:5], text[5:])
        assert answer.endswith(
            b"\r\n\r\n" + text.replace(b"https://a.test", b"http://a.test.tls.invalid:443")
        )
        assert b"Content-Length: %d\r\n" % (len(text) + len(".tls.invalid:443") - 1) in answer


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        (b"Content-Length: 5000\r\n\r\n#EXTM3U\n" + b"x" * 100, MediaFailure.NETWORK),
        (b"Transfer-Encoding: chunked\r\n\r\n8\r\n#EXTM3U\n\r\nzz\r\n" + b"x" * 64, MediaFailure.NETWORK),
        (b"\r\n#EXTM3U\n" + b"x" * (5 << 20), MediaFailure.TOO_LARGE),
    ],
)
async def test_playlist_that_cannot_be_had_whole_is_a_failure(rest: bytes, kind: MediaFailure) -> None:
    with pytest.raises(MediaError) as caught:
        await _relay(TLS, b"HTTP/1.1 200 OK\r\n" + rest)
    assert caught.value.kind is kind


@given(
    parts=st.lists(st.binary(max_size=60), max_size=6),
    head=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/"]),
)
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_passed_or_refused(parts: list[bytes], head: bytes) -> None:
    async def scenario() -> None:
        stream = [part for part in (head, *parts) if part]
        # An empty read is the end of a stream, and only the end.
        try:
            passed = await _relay(TLS, *stream)
        except MediaError:
            assert b"#EXTM3U" in b"".join(stream)
        else:
            assert passed == b"".join(stream) or b"#EXTM3U" in passed or b"ocation" in passed.lower()

    trio.run(scenario)
