"""What raises something that nobody expected costs one track or one call, not the node."""

from pathlib import Path

import pytest
import trio
from attrs import evolve

from tests.patience import PATIENCE_S, until
from tests.voice.calls import a_track, open_call
from tests.voice.fakes import open_fake_server
from tests.voice.sounds import packets_of_file
from voice.close_codes import Verdict
from voice.ear import Ear
from voice.protocol import Closed, Leveling, Reason, TrackFailed, TrackStarted
from voice.slots import OpusPacket

SURPRISES = (
    ValueError("/secret/path"),
    MemoryError(),
    RuntimeError(),
    IndexError(),
    OSError(5, "no", "/secret"),
)


@pytest.mark.parametrize("surprise", SURPRISES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["voice.render.encode", "voice.decoder.decode", "voice.steady.Reader.open"])
async def test_a_codec_that_raises_costs_one_track(
    sounds: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
    surprise: Exception,
) -> None:
    def stumble(*_arguments: object) -> object:
        monkeypatch.undo()
        raise surprise

    monkeypatch.setattr(where, stumble)
    async with open_call(track=a_track(sounds["wav"]), volume_pct=50) as call:
        await call.play_until(TrackFailed, 1)
        (failed,) = call.told(TrackFailed)
        assert failed.reason is Reason.CORRUPT
        await call.want(track=a_track(sounds["ogg"], 2))
        await call.play_until(TrackStarted, 2)
    assert type(surprise).__name__ in caplog.text
    assert "stumble" in caplog.text, "where it comes from"
    assert "secret" not in caplog.text + failed.detail, "locations carry secrets"


@pytest.mark.parametrize(
    "where", ["voice.leveling.glance", "voice.leveling.measure", "voice.ear.Ear.catch_up"]
)
async def test_a_file_that_cannot_be_measured_is_played_as_it_is(
    sounds: dict[str, Path], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def stumble(*_arguments: object) -> object:
        raise ValueError

    monkeypatch.setattr(where, stumble)
    async with open_call(track=a_track(sounds["ogg"]), leveling=Leveling(target_lufs=-14.0)) as call:
        await call.play_until(TrackStarted, 1)
        await call.play(5)
        assert call.told(TrackFailed) == []


def test_a_last_packet_that_is_nothing_but_padding_is_no_sound(sounds: dict[str, Path]) -> None:
    ear = Ear(wanted=True)
    packets = packets_of_file(sounds["ogg"])
    for packet in packets[:25]:
        ear.hear([OpusPacket(packet)])
    ear.hear([OpusPacket(packets[25], 960)])
    ear.finish()
    assert ear.heard is not None
    assert (ear.heard.whole, ear.heard_s) == (True, 0.5)


async def test_a_connection_that_raises_costs_one_call(
    sounds: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_arguments: object) -> None:
        raise ValueError

    monkeypatch.setattr("voice.session.Session.discovered", stumble)
    async with open_fake_server() as server, open_call(track=a_track(sounds["ogg"])) as call:
        await call.want(server=server.server_of(1), attempt=3)
        await until(lambda: call.told(Closed))
        (closed,) = call.told(Closed)
        assert (closed.attempt, closed.verdict) == (3, Verdict.REJOIN)


async def test_a_call_that_sounds_says_so_with_the_first_word_of_a_new_session(
    sounds: dict[str, Path],
) -> None:
    async with open_fake_server() as server, open_call(track=a_track(sounds["ogg"])) as call:
        await call.play(3)
        await call.want(server=server.server_of(1), attempt=3)
        with trio.fail_after(PATIENCE_S):
            await server.wait_for_session()
            while not server.sessions[0].spoke:  # noqa: ASYNC110 - likewise
                await trio.sleep(0.01)
        assert server.sessions[0].spoke == [1], "before any deadline"
        server.sessions.clear()
        server.close_on_identify = 4006
        await call.want(server=server.server_of(1), attempt=4)
        while not call.told(Closed):  # noqa: ASYNC110 - facts are kept, not waited for
            await trio.sleep(0.01)
        server.close_on_identify = None
        await call.want(server=server.server_of(1), attempt=5)
        await until(lambda: bool(server.sessions and server.sessions[0].spoke))
        assert server.sessions[0].spoke == [1], "after a lost session as well"


async def test_a_call_that_is_stopped_on_the_way_says_nothing(sounds: dict[str, Path]) -> None:
    async with open_fake_server() as server, open_call(track=a_track(sounds["ogg"])) as call:
        await call.play(3)
        call.call.want(evolve(call.desired, server=server.server_of(1), attempt=3))
        await call.want(server=server.server_of(1), attempt=3, track=None)
        with trio.fail_after(PATIENCE_S):
            await server.wait_for_session()
        await trio.sleep(0.1)
        assert server.sessions[0].spoke == []
