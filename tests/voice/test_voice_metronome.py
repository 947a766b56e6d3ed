"""The metronome: everybody at each deadline, and only then."""

from attrs import define, field

from voice.metronome import Metronome
from voice.pacer import CROWD, GRID_S, PHASES, Pacer


@define
class World:
    """A clock and a metronome that sleeps exactly until its deadlines."""

    now: float = 1000.0
    metronome: Metronome = field(factory=Metronome)

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.metronome.deadline <= until:
            self.now = max(self.now, self.metronome.deadline)
            self.metronome.serve(self.now)
        self.now = until


@define(eq=False)
class Beaten:
    """Notes when it is served."""

    world: World
    pacer: Pacer = field(factory=Pacer)
    at: list[float] = field(factory=list[float])

    def beat(self, now: float) -> None:
        for _ in range(self.pacer.due(now)):
            self.at.append(self.world.now)


def join(world: World) -> Beaten:
    beaten = Beaten(world)
    beaten.pacer.start(world.now, world.metronome.seat[0])
    world.metronome.watch(beaten)
    return beaten


def test_everybody_is_served_at_each_deadline_and_only_then() -> None:
    world = World()
    first = join(world)
    world.pass_time(0.033)
    second = join(world)
    world.pass_time(0.967)
    assert len(first.at) in {50, 51}
    assert len(second.at) in {48, 49}
    steps = {round(after - before, 6) for before, after in zip(first.at, first.at[1:], strict=False)}
    assert steps == {0.02}


def test_who_stops_is_forgotten_and_may_come_back() -> None:
    world = World()
    beaten = join(world)
    world.pass_time(0.1)
    beaten.pacer.stop()
    before = len(beaten.at)
    world.pass_time(0.1)
    assert len(beaten.at) == before
    assert world.metronome.deadline == float("inf"), "nobody is waited for"
    beaten.pacer.start(world.now, world.metronome.seat[0])
    world.metronome.watch(beaten)
    world.pass_time(0.1)
    assert before + 4 <= len(beaten.at) <= before + 6


def test_who_comes_late_goes_on_from_there() -> None:
    world = World()
    beaten = join(world)
    world.pass_time(0.1)
    before = len(beaten.at)
    world.now += 0.05
    world.metronome.serve(world.now)
    assert len(beaten.at) - before in {2, 3}, "the missed ones at once"
    before = len(beaten.at)
    world.pass_time(0.1)
    assert len(beaten.at) - before in {4, 5}


def test_watching_twice_serves_once() -> None:
    world = World()
    beaten = join(world)
    world.metronome.watch(beaten)
    world.metronome.watch(beaten)
    world.pass_time(1.0)
    assert len(beaten.at) in {50, 51}


def test_whoever_joins_within_a_beat_is_served_in_its_turn() -> None:
    world = World()
    first = join(world)
    joined: list[Beaten] = []

    @define(eq=False)
    class Inviting:
        pacer: Pacer

        def beat(self, now: float) -> None:
            self.pacer.due(now)
            if not joined:
                joined.append(join(world))

    inviting = Inviting(Pacer())
    inviting.pacer.start(world.now, world.metronome.seat[0])
    world.metronome.watch(inviting)
    world.pass_time(0.5)
    assert len(joined[0].at) in {25, 26}
    assert len(joined[0].at) == len(first.at)


def test_many_calls_spread_over_the_phases() -> None:
    world = World()
    joined = [join(world) for _ in range(2 * CROWD + 5)]
    phases = [(each.pacer.tick or 0) % PHASES for each in joined]
    assert [phases.count(phase) for phase in range(PHASES)] == [CROWD, 5, CROWD, 0]
    world.pass_time(0.2)
    assert all(len(each.at) in {9, 10, 11} for each in joined)
    assert all(abs(at / GRID_S - round(at / GRID_S)) < 1e-6 for each in joined for at in each.at)
