"""The network under a call: the WebSocket breaks and UDP lives, the reverse, another address."""

from pathlib import Path

from sandbox.voice.capture import Violation
from tests.scenarios.calls import SECOND, Talk, open_talks
from tests.scenarios.router import Router, open_router


async def loses_the_websocket(talk: Talk, router: Router) -> None:
    """Cut without a word, refused for a while: the music goes on over UDP, the session is resumed."""
    session, mark = talk.session, talk.mark
    talk.voice.faults.refuse = True
    router.cut()
    await talk.until(lambda: not talk.is_connected)
    await talk.hears(talk.mark)
    assert not talk.is_connected, "all of this was heard without a WebSocket"
    talk.voice.faults.refuse = False
    await talk.until(lambda: talk.is_connected)
    await talk.hears(talk.mark)
    assert router.cuts == 2
    assert talk.session is session
    talk.went_on(mark)


async def loses_udp(talk: Talk, router: Router) -> None:
    """What was sent meanwhile is lost, as in a live broadcast: nothing is repeated."""
    session, mark = talk.session, talk.mark
    router.silent = True
    await talk.until(lambda: len(router.lost) >= SECOND)
    router.silent = False
    await talk.hears(talk.mark)
    assert talk.session is session
    assert talk.is_connected
    (leap,) = talk.song.leaps(talk.frames(mark - 1))
    assert leap.count == len(router.lost)
    assert leap.lies_in(set(router.lost))


async def gets_another_address(talk: Talk, router: Router) -> None:
    """The server sees the packets come from elsewhere; the listener hears nothing of it."""
    session, mark, seen = talk.session, talk.mark, router.addresses()
    router.renumber()
    await talk.hears(mark)
    assert len(router.addresses()) == len(seen) == 1
    assert router.addresses() != seen
    assert talk.session is session
    talk.went_on(mark)


async def test_network_breaks_under_a_call(tmp_path: Path, song: Path) -> None:
    async with open_router() as router, open_talks(tmp_path, song, 1, router) as (talk,):
        await loses_the_websocket(talk, router)
        await gets_another_address(talk, router)
        assert not talk.server.capture.counts
        await loses_udp(talk, router)
        # The listener missed numbers; that is what was done to it.
        assert set(talk.server.capture.counts) == {Violation.SEQUENCE_STEP}
        talk.server.capture.counts.clear()
