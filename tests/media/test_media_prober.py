"""The probe's processes: warm for a while, few at once, gone when idle, alone on the pipe."""

import sys
from pathlib import Path

import pytest
import trio

from media.errors import MediaFailure
from media.probe_values import ProbeJob, ProbeReport
from media.prober import WORKERS, open_prober
from tests.media.conftest import PROBE_ARGV
from tests.media.sounds import sound
from tests.patience import until

# A stand-in that answers with its own pid, and notes its start and its end in a folder.
ECHO = """
import atexit, json, os, sys, time
open(f"{sys.argv[1]}/{os.getpid()}", "w").close()
for line in sys.stdin:
    time.sleep(0.02)
    print(json.dumps({"codec": str(os.getpid()), "title": json.loads(line)["location"]}), flush=True)
"""


def _echo(folder: Path) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", ECHO, str(folder))


async def test_queries_in_a_row_share_one_warm_process_which_ends_when_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.prober.IDLE_S", 0.15)
    async with open_prober(_echo(tmp_path)) as prober:
        reports = [await prober.probe(ProbeJob(location=str(n), is_file=True)) for n in range(3)]
        assert [report.title for report in reports] == ["0", "1", "2"]
        assert len({report.codec for report in reports}) == 1
        await until(lambda: not Path(f"/proc/{reports[0].codec}").exists())
        again = await prober.probe(ProbeJob(location="3", is_file=True))
        assert again.codec != reports[0].codec


async def test_many_queries_at_once_use_few_processes_and_get_their_own_answers(tmp_path: Path) -> None:
    answers: dict[str, str | None] = {}

    async def ask(name: str) -> None:
        answers[name] = (await prober.probe(ProbeJob(location=name, is_file=True))).title

    async with open_prober(_echo(tmp_path)) as prober, trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(ask, str(number))
    assert answers == {str(number): str(number) for number in range(10)}
    assert len(list(tmp_path.iterdir())) <= WORKERS  # noqa: ASYNC240 - a temporary folder


# A stand-in that is killed over its first jobs, as many as its last argument says.
DYING = """
import os, pathlib, signal, sys
folder = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    lives = len(list(folder.iterdir()))
    (folder / str(os.getpid())).touch()
    if lives < int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    print('{"codec": "opus"}', flush=True)
"""


@pytest.mark.parametrize(("deaths", "failure"), [(1, None), (2, MediaFailure.CORRUPT)])
async def test_job_whose_child_was_killed_is_done_once_more(
    tmp_path: Path, deaths: int, failure: MediaFailure | None
) -> None:
    argv = (sys.executable, "-S", "-c", DYING, str(tmp_path), str(deaths))
    async with open_prober(argv) as prober:
        report = await prober.probe(ProbeJob(location="x", is_file=True))
        assert report.failure is failure
        assert len(list(tmp_path.iterdir())) == 2  # noqa: ASYNC240 - a temporary folder
        later = await prober.probe(ProbeJob(location="x", is_file=True))
        assert later.codec == "opus"


async def test_probe_writes_nothing_and_reads_files_of_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.write_bytes(sound("ogg", 1.0, "Tone", "Synth"))
    async with open_prober(PROBE_ARGV) as prober:
        report = await prober.probe(ProbeJob(location=str(path), is_file=True))
        missing = await prober.probe(ProbeJob(location=str(tmp_path / "b.ogg"), is_file=True))
        folder = await prober.probe(ProbeJob(location=str(tmp_path), is_file=True))
    assert (report.failure, report.codec, report.container) == (None, "opus", "ogg")
    assert (report.title, report.artist) == ("Tone", "Synth")
    assert missing == ProbeReport(failure=MediaFailure.NOT_FOUND)
    assert folder.failure is MediaFailure.CORRUPT
    assert [file.name for file in tmp_path.iterdir()] == ["a.ogg"]  # noqa: ASYNC240 - a temporary folder
