from itertools import pairwise

import msgspec
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.effects import NEUTRAL, Sound
from voice.plans import BATCH, GLIDE_BACK, HISTORY, LOOK_AHEAD, NEAREST, RENDER_AHEAD
from voice.slots import SILENCE, Job, OpusPacket, Output, Pcm, RawFrame, Slot
from voice.timeline import CUSHION, Timeline


def opus(count: int, first: int = 0) -> list[OpusPacket]:
    return [OpusPacket(b"o%d" % number) for number in range(first, first + count)]


def pcm(count: int, first: int = 0) -> list[Pcm]:
    return [Pcm(b"p%d" % number) for number in range(first, first + count)]


def sound(gain: float) -> Sound:
    return Sound(gain=gain)


def data_of(slot: Slot) -> bytes:
    assert isinstance(slot, OpusPacket | Pcm)
    return slot.data


def render(job: Job) -> list[Output]:
    """What a renderer without a delay would give, with its gain written on it."""
    outputs = [
        Output(packet=data_of(raw) + b"@%g" % job.sound.gain, pcm=data_of(raw), end=number)
        for number, raw in enumerate(job.frames, job.start + 1)
    ]
    return outputs[: job.wanted]


def work(timeline: Timeline) -> None:
    while (job := timeline.plan()) is not None:
        timeline.commit(job, render(job))


def take(timeline: Timeline, count: int) -> list[bytes | None]:
    return [timeline.take() for _ in range(count)]


def test_opus_at_gain_one_passes_untouched_and_without_jobs() -> None:
    timeline = Timeline()
    timeline.push(opus(8))
    assert timeline.plan() is None
    assert take(timeline, 8) == [b"o%d" % number for number in range(8)]
    assert timeline.position == 8


def test_pcm_is_rendered_in_batches_ahead() -> None:
    timeline = Timeline()
    timeline.push(pcm(50))
    job = timeline.plan()
    assert job is not None
    assert (job.start, len(job.frames), job.fresh) == (0, BATCH + LOOK_AHEAD, True)
    assert job.history == ()
    assert timeline.plan() is None, "one job at a time"
    assert timeline.take() is None
    timeline.commit(job, render(job))
    assert timeline.plan() is None, "ten frames ahead are enough for now"
    take(timeline, BATCH + LOOK_AHEAD - (RENDER_AHEAD - BATCH))
    job = timeline.plan()
    assert job is not None
    assert (job.start, len(job.frames), job.fresh) == (BATCH + LOOK_AHEAD, BATCH, False)


def test_sound_starts_with_a_cushion_or_at_the_end_of_a_short_source() -> None:
    timeline = Timeline()
    timeline.push(opus(CUSHION - 1))
    assert timeline.take() is None
    timeline.finish()
    assert take(timeline, CUSHION) == [*(b"o%d" % number for number in range(CUSHION - 1)), None]
    assert timeline.over


def test_a_stall_holds_the_position_and_waits_for_a_cushion() -> None:
    timeline = Timeline()
    timeline.push(opus(6))
    take(timeline, 6)
    assert timeline.take() is None
    timeline.push(opus(1, 6))
    assert timeline.take() is None
    assert timeline.position == 6
    timeline.push(opus(CUSHION - 1, 7))
    assert timeline.take() == b"o6"


def test_empty_source_is_over_at_once() -> None:
    timeline = Timeline()
    timeline.finish()
    assert timeline.over
    assert timeline.take() is None


def test_a_new_gain_reaches_the_ear_within_a_few_frames_of_pcm() -> None:
    timeline = Timeline()
    timeline.push(pcm(50))
    work(timeline)
    take(timeline, 3)
    timeline.set_sound(sound(0.5))
    job = timeline.plan()
    assert job is not None
    assert (job.start, job.fresh, job.sound) == (3 + NEAREST, True, sound(0.5))
    assert [data_of(slot) for slot in job.history] == [b"p1", b"p2", b"p3", b"p4"]
    assert [pcm.data for pcm in job.before] == [b"p1", b"p2", b"p3", b"p4"]
    assert job.replaced == Pcm(b"p5"), "it fades over from what was there"
    assert timeline.take() == b"p3@1", "the old rendering is sent until the new one is there"
    timeline.commit(job, render(job))
    assert take(timeline, 3) == [b"p4@1", b"p5@0.5", b"p6@0.5"]


def test_opus_is_encoded_while_the_gain_is_not_one_and_passes_again_afterwards() -> None:
    timeline = Timeline()
    timeline.push(opus(40))
    take(timeline, 2)
    timeline.set_sound(sound(0.5))
    work(timeline)
    assert take(timeline, 4) == [b"o2", b"o3", b"o4@0.5", b"o5@0.5"]
    timeline.set_sound(sound(1.0))
    job = timeline.plan()
    assert job is not None
    assert (job.start, len(job.frames), job.wanted) == (8, GLIDE_BACK + LOOK_AHEAD, GLIDE_BACK)
    assert (job.sound, job.replaced) == (NEUTRAL, Pcm(b"o8"))
    timeline.commit(job, render(job))
    assert take(timeline, 6) == [b"o6@0.5", b"o7@0.5", b"o8@1", b"o9@1", b"o10", b"o11"]


def test_a_result_of_an_older_gain_is_dropped() -> None:
    timeline = Timeline()
    timeline.push(pcm(50))
    old = timeline.plan()
    assert old is not None
    timeline.set_sound(sound(2.0))
    new = timeline.plan()
    assert new is not None
    timeline.commit(old, render(old))
    assert timeline.take() is None
    timeline.commit(new, render(new))
    assert timeline.take() == b"p0@2"


def test_a_late_result_is_planned_again_farther_ahead() -> None:
    timeline = Timeline()
    timeline.push(pcm(50))
    work(timeline)
    take(timeline, 1)
    timeline.set_sound(sound(0.5))
    late = timeline.plan()
    assert late is not None
    take(timeline, NEAREST + 1)
    timeline.commit(late, render(late))
    again = timeline.plan()
    assert again is not None
    assert again.start == timeline.sent + 2 * NEAREST
    assert (again.fresh, again.replaced) == (True, Pcm(b"p8"))
    timeline.commit(again, render(again))
    heard = take(timeline, 6)
    assert heard == [b"p4@1", b"p5@1", b"p6@1", b"p7@1", b"p8@0.5", b"p9@0.5"]


def test_decoding_from_the_middle_on_changes_over_without_loss() -> None:
    timeline = Timeline()
    timeline.push([*opus(6), *pcm(14, 6)])
    timeline.finish()
    work(timeline)
    heard: list[bytes | None] = []
    while not timeline.over:
        work(timeline)
        heard.append(timeline.take())
    assert heard == [*(b"o%d" % n for n in range(6)), *(b"p%d@1" % n for n in range(6, 20))]


def test_cut_sends_what_is_rendered_and_nothing_else() -> None:
    timeline = Timeline()
    timeline.push(pcm(50))
    work(timeline)
    timeline.cut()
    assert len([frame for frame in take(timeline, 50) if frame is not None]) == BATCH + LOOK_AHEAD
    assert timeline.over


@define
class Driver:
    """Does to a timeline what a node might do, in any order, late and twice."""

    unread: list[RawFrame]
    timeline: Timeline = field(factory=Timeline)
    jobs: list[Job] = field(factory=list[Job])
    heard: list[bytes] = field(factory=list[bytes])

    def push(self, number: int) -> None:
        self.timeline.push(self.unread[: number * 4])
        del self.unread[: number * 4]

    def take(self, number: int) -> None:
        frames = take(self.timeline, number)
        self.heard.extend(frame for frame in frames if frame is not None)

    def gain(self, number: int) -> None:
        self.timeline.set_sound(sound((0.0, 0.5, 1.0, 2.0)[number]))

    def plan(self, _number: int) -> None:
        job = self.timeline.plan()
        if job is not None:
            assert len(job.history) <= HISTORY
            self.jobs.append(job)

    def hold(self, number: int) -> None:
        if number % 2:
            self.timeline.hold()
        else:
            self.timeline.release()

    def commit(self, _number: int) -> None:
        if self.jobs:
            job = self.jobs.pop(0)
            self.timeline.commit(job, render(job))


STEPS = {
    "push": Driver.push,
    "take": Driver.take,
    "gain": Driver.gain,
    "plan": Driver.plan,
    "commit": Driver.commit,
}


@settings(max_examples=80)
@given(
    st.lists(st.booleans(), min_size=1, max_size=80),
    st.lists(st.tuples(st.sampled_from([*sorted(STEPS), "hold", "hold"]), st.integers(0, 3)), max_size=120),
)
def test_whoever_holds_it_loses_nothing_and_hears_two_slots_again_at_most(
    kinds: list[bool], steps: list[tuple[str, int]]
) -> None:
    slots: list[RawFrame] = [
        (OpusPacket if is_opus else Pcm)(b"%d" % number) for number, is_opus in enumerate(kinds)
    ]
    driver = Driver(list(slots))
    for step, number in steps:
        (STEPS | {"hold": Driver.hold})[step](driver, number)
    driver.push(len(slots))
    driver.timeline.finish()
    driver.timeline.release()
    for _ in range(400):
        driver.plan(0)
        driver.commit(0)
        driver.take(1)
    assert driver.timeline.over
    numbers = [int(frame.partition(b"@")[0]) for frame in driver.heard]
    assert sorted(set(numbers)) == list(range(len(slots)))
    assert all(after - before in {1, 0, -1} for before, after in pairwise(numbers))


def test_a_held_timeline_stands_where_falling_silent_began() -> None:
    timeline = Timeline()
    timeline.push(opus(40))
    take(timeline, 10)
    timeline.hold()
    work(timeline)
    assert take(timeline, 6) == [b"o10", b"o11", b"o12@0", b"o13@0", None, None]
    assert timeline.position == 12
    assert not timeline.is_sinking
    timeline.release()
    job = timeline.plan()
    assert job is not None
    assert (job.start, job.replaced, job.sound) == (12, SILENCE, NEUTRAL)
    assert [data_of(slot) for slot in job.history] == [b"o8", b"o9", b"o10", b"o11"]


def test_a_timeline_that_was_not_heard_yet_is_held_at_once() -> None:
    timeline = Timeline()
    timeline.push(opus(10))
    timeline.hold()
    assert not timeline.is_sinking
    timeline.set_sound(sound(0.5))
    timeline.set_sound(NEUTRAL)
    assert timeline.take() is None
    timeline.release()
    assert take(timeline, 2) == [b"o0", b"o1"]


def test_a_start_in_the_middle_that_is_held_begins_there_when_it_is_released() -> None:
    timeline = Timeline(from_silence=True)
    timeline.push(opus(20))
    timeline.hold()
    assert timeline.plan() is None
    assert timeline.take() is None
    timeline.release()
    work(timeline)
    assert take(timeline, 5) == [b"o0@1", b"o1@1", b"o2@1", b"o3", b"o4"]


def test_a_correction_of_the_level_takes_its_time_and_a_wish_does_not() -> None:
    timeline = Timeline(sound=Sound(leveling_db=0.0))
    timeline.push(pcm(80))
    work(timeline)
    take(timeline, 3)
    timeline.glide(-6.0)
    assert timeline.plan() is None, "the chain goes on"
    take(timeline, 6)
    job = timeline.plan()
    assert job is not None
    assert (job.fresh, job.goal_db) == (False, -6.0)
    outputs = [msgspec.structs.replace(output, level_db=-0.1) for output in render(job)]
    timeline.commit(job, outputs)
    timeline.set_sound(Sound(gain=0.5, leveling_db=-6.0))
    take(timeline, 4)
    job = timeline.plan()
    assert job is not None
    assert (job.sound.leveling_db, job.goal_db) == (-0.1, -6.0), "from where it was"
    timeline.set_sound(Sound(leveling_db=-20.0))
    job = timeline.plan()
    assert job is not None
    assert job.sound.leveling_db == -20.0


@settings(max_examples=120)
@given(
    st.lists(st.booleans(), min_size=1, max_size=80),
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 3)), max_size=120),
)
def test_whatever_happens_every_slot_is_sent_once_and_in_order(
    kinds: list[bool], steps: list[tuple[str, int]]
) -> None:
    slots: list[RawFrame] = [
        (OpusPacket if is_opus else Pcm)(b"%d" % number) for number, is_opus in enumerate(kinds)
    ]
    driver = Driver(list(slots))
    for step, number in steps:
        STEPS[step](driver, number)
    driver.push(len(slots))
    driver.timeline.finish()
    for _ in range(400):
        driver.plan(0)
        driver.commit(0)
        driver.take(1)
    assert driver.timeline.over
    assert [frame.partition(b"@")[0] for frame in driver.heard] == [slot.data for slot in slots]
