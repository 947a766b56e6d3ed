"""Seconds of the soak: what breaks, breaks together, and a person looks all the while."""

from pathlib import Path

from tests.bench.voice_soak import open_soak
from tests.bench.voice_soak_checks import ON_A_BUSY_MACHINE
from tests.bench.voice_soak_faults import FAULTS, Weather, put_weather

ROUNDS = (
    ("voice WebSocket cut", "main gateway dropped", "somebody comes or goes"),
    ("voice server migration", "4015"),
    ("node killed",),
    ("moved", "somebody comes or goes"),
)


async def test_a_person_sees_and_hears_nothing_wrong_through_seconds_of_faults(tmp_path: Path) -> None:
    kinds = {fault.name: fault for fault in FAULTS}
    async with open_soak(tmp_path, 0.5, seed=4015, settle_s=0.4, limits=ON_A_BUSY_MACHINE) as run:
        for number, names in enumerate(ROUNDS):
            run.weather = Weather(loss=0.05) if number % 2 else Weather()
            put_weather(run.show, run.weather)
            await run.break_these([kinds[name] for name in names])
    assert run.notes.findings == [], run.report()
    assert run.notes.looks > 1
    assert run.notes.queues > 0
    assert run.notes.listened > 100
