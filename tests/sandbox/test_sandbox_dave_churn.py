"""Fifty times somebody joins, leaves or comes back during one song, and those who stay hear all of it.

The song is played as a node plays it: by its loop, metronome, call and deck, with packets that are made up to
0.2 s ahead and taken back before a key changes.
"""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import define, evolve, field, frozen
from av.audio.frame import AudioFrame

from gateway_client.ids import UserId
from sandbox.voice.capture import Capture
from sandbox.voice.dave_ear import Ear
from sandbox.voice.opus import SILENCE
from tests.patience import until
from tests.sandbox.dave_rig import BOT, FRAME_S, OTHER_BOT, Player, Stage, open_stage
from tests.sandbox.dave_witness import Departure, Hearing, Witness
from tests.voice.calls import a_track
from tests.voice.sounds import packets_of_file, write_frames
from voice.booking import TOGETHER
from voice.host import run_as_guest
from voice.metronome import Metronome
from voice.node import Node
from voice.pacer import SILENCE_FRAMES_AT_STOP
from voice.pipe import Outbox
from voice.playback import Workshop
from voice.protocol import PROTOCOL_VERSION, Closed, Desired, FromNode, Hello

CHANGES = 50
WINDOW_S = 2.0
"""What coming into a call may cost on a busy machine; ``voice_soak`` measures what it does cost."""
THINKING_S = (0.001, 0.02, 0.0, 0.005)
"""How long a person's client thinks about each message: some transitions last for several deadlines."""
LISTENING_FRAMES = (0, 3, 0, 1, 0, TOGETHER + 1, 0)
"""How much of the song is heard between two changes: nothing, or more than is made ahead."""
SONG_S = 60.0
"""Far longer than fifty changes take: a machine may be busy."""
SAMPLES = 960
NOWHERE = -1


@frozen
class Visit:
    """Somebody came, listened and went.

    Args:
        key: that of the transition which let them in.
        missed: the sequence numbers of what they did not understand.
        understood: likewise.
    """

    key: int
    missed: list[int]
    understood: list[int]

    @property
    def longest_loss_s(self) -> float:
        missed, longest = set(self.missed), 0
        for sequence in missed:
            length = 1
            while (sequence + length) & 0xFFFF in missed:
                length += 1
            longest = max(longest, length)
        return longest * FRAME_S


@define(eq=False)
class Churn:
    """What became of it."""

    witness: Witness
    left: list[Departure] = field(factory=list[Departure])
    stayed: list[Hearing] = field(factory=list[Hearing])
    visits: list[Visit] = field(factory=list[Visit])
    keys_of_visitors: dict[UserId, int] = field(factory=dict[UserId, int])
    facts: list[FromNode] = field(factory=list[FromNode])
    capture: Capture = field(factory=Capture)
    reported: int = 0


def write_noise(path: Path) -> Path:
    """A song of which no two packets are alike."""
    dice, frames = random.Random(1), list[AudioFrame]()
    for number in range(round(SONG_S / FRAME_S)):
        frame = AudioFrame(format="s16", layout="stereo", samples=SAMPLES)
        frame.planes[0].update(dice.randbytes(SAMPLES * 4))
        frame.sample_rate, frame.pts = 48_000, number * SAMPLES
        frames.append(frame)
    return write_frames(path, "libopus", frames)


def sequences_of(ear: Ear, *, understood: bool) -> list[int]:
    arrivals = ear.decoded if understood else ear.missed
    return [arrival.sequence for arrival in arrivals if arrival.sender == BOT]


async def settled(stage: Stage, churn: Churn) -> None:
    """Wait until everybody is in the group, and who stays has heard something sealed with the epoch's key."""
    group, witness = stage.group, churn.witness
    await until(lambda: set(group.leaves) == stage.present and not group.transitions)
    await until(lambda: witness.keys == group.epoch)
    await until(lambda: churn.stayed and witness.sealed.get(churn.stayed[-1].payload) == group.epoch)


@asynccontextmanager
async def open_node(metronome: Metronome) -> AsyncGenerator[Node]:
    """What serves calls in a node, told by us instead of a pipe; its facts stay in the outbox."""
    async with trio.open_nursery() as nursery:
        node = Node(Outbox(NOWHERE), Workshop(nursery), metronome)
        node.take(Hello(version=PROTOCOL_VERSION))
        nursery.start_soon(node.run_reports)
        yield node
        await node.leave_all()
        nursery.cancel_scope.cancel()


async def come_or_go(stage: Stage, churn: Churn, person: UserId) -> None:
    """Let a person sit down, or leave."""
    ear = stage.server.ear(stage.guild, person)
    if ear is None:
        stage.sit(person)
        await until(lambda: person in stage.present)
        await settled(stage, churn)
        churn.keys_of_visitors[person] = churn.witness.keys
        return
    stage.leave(person)
    missed, understood = sequences_of(ear, understood=False), sequences_of(ear, understood=True)
    churn.visits.append(Visit(churn.keys_of_visitors.pop(person), missed, understood))


async def change_fifty_times(stage: Stage, churn: Churn) -> None:
    _stays, comes, goes = stage.people[:3]
    guest: Player | None = None
    for change in range(CHANGES):
        stage.server.faults.ear_delay_s = THINKING_S[change % len(THINKING_S)]
        match change % 3:
            case 0:
                await come_or_go(stage, churn, comes)
            case 1:
                await come_or_go(stage, churn, goes)
            case _ if guest is None:
                guest = stage.join(OTHER_BOT)
                await until(lambda: OTHER_BOT in stage.present)
            case _:
                stage.drop(guest)
                guest = None
        await settled(stage, churn)
        enough = len(churn.stayed) + LISTENING_FRAMES[change % len(LISTENING_FRAMES)]
        await until(lambda enough=enough: len(churn.stayed) >= enough)


async def play_through(song: Path, witness: Witness, metronome: Metronome) -> Churn:
    """Play ``song`` through fifty changes, then stop it."""
    churn = Churn(witness)
    async with open_stage() as stage, open_node(metronome) as node:
        stays = stage.people[0]
        stage.sit(stays)
        desired = Desired(call=stage.guild, attempt=1, server=stage.way_in(BOT), track=a_track(song))
        node.take(desired)
        witness.heard[stays] = churn.stayed
        await until(lambda: stage.present)
        await settled(stage, churn)
        await change_fifty_times(stage, churn)
        session = stage.server.session(stage.guild, BOT)
        assert session is not None
        node.take(evolve(desired, track=None))
        call = node._calls[stage.guild]
        await until(lambda: call.pacer.tick is None)
        churn.left = witness.left(session.ssrc)
        await until(lambda: len(churn.stayed) >= len(churn.left))
        churn.capture, churn.reported = stage.server.capture(stage.guild, BOT), stage.group.reported
        churn.facts = list(node._outbox._waiting)
    return churn


def judge_who_stays(churn: Churn, packets: list[bytes]) -> None:
    """Every frame of the song, in order; then it fades out."""
    assert [one.sequence for one in churn.stayed] == [one.sequence for one in churn.left]
    opus = [one.opus for one in churn.stayed]
    assert None not in opus, "who stays misses nothing"
    numbers = {packet: number for number, packet in enumerate(packets)}
    known = [numbers.get(one or b"") for one in opus]
    end = known.index(None)
    assert known[:end] == list(range(end))
    assert end > CHANGES
    assert set(known[end:]) == {None}, "nothing of the song comes again"
    assert opus[-SILENCE_FRAMES_AT_STOP:] == [SILENCE] * SILENCE_FRAMES_AT_STOP


def judge_keys(churn: Churn) -> None:
    """Every packet was sealed, with the key that was in force when it left."""
    sealed, sent = churn.witness.sealed, {one.sequence: one.payload for one in churn.stayed}
    assert not set(sent.values()) - sealed.keys(), "nothing is sent in the clear"
    assert not [one for one in churn.left if sealed[sent[one.sequence]] != one.key], "no old key is used"
    assert churn.witness.keys == CHANGES + 1
    # Without this nothing that was said would be about what is made ahead.
    taken_back = {sealed[payload] for payload in sealed.keys() - set(sent.values())}
    assert len(taken_back) > CHANGES // 2, "keys with which more was sealed than left"


def judge_who_comes(churn: Churn) -> None:
    """Nothing is lost but what was sealed before the transition that let them in was executed."""
    key_of = {one.sequence: one.key for one in churn.left}
    assert len(churn.visits) >= CHANGES // 4
    for visit in churn.visits:
        assert all(key_of[sequence] < visit.key for sequence in visit.missed)
        assert {key_of[sequence] for sequence in visit.understood} >= {visit.key}
    losses = sorted(visit.longest_loss_s for visit in churn.visits)
    assert losses[-1] < WINDOW_S, losses


def test_fifty_changes_in_one_song_cost_those_who_stay_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = write_noise(tmp_path / "song.ogg")
    witness, metronome = Witness(BOT), Metronome()
    witness.watch(monkeypatch)
    churn = run_as_guest(partial(play_through, song, witness, metronome), metronome)
    judge_who_stays(churn, packets_of_file(song))
    judge_keys(churn)
    judge_who_comes(churn)
    assert not churn.capture.counts
    assert churn.capture.sealed == 0
    assert churn.reported == 0
    assert not [fact for fact in churn.facts if isinstance(fact, Closed)]
