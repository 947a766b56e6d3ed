"""A newer yt-dlp comes while the bot runs: fetched, proven, swapped, and taken back when it fails."""

import base64
import hashlib
import random
import zipfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import trio

from media.addresses import parse_policy
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.fetch import (
    Fetched,
    FetchFailed,
    check_folder,
    complaint_of,
    fetch_newest,
    find_installer,
)
from media.extractor.proof import Proof
from media.extractor.renewal import DAY_S, HURRY_S, Outcome, Renewal, next_check_s
from media.extractor.service import ExtractorConfig, OpenExtractor, bundled_version, open_extractor
from media.extractor.slots import Slots
from media.guard import Outside, open_guard
from media.prober import open_prober
from tests.media.conftest import PROBE_ARGV
from tests.media.extracting import EXTRACTOR_ARGV, STAND_IN, UTILS, write_stand_in
from tests.media.internet import PUBLIC, Internet
from tests.media.sounds import sound
from tests.media.web import Page, body, open_web

V1, V2, V3 = "2099.01.01", "2099.02.02", "2099.03.03"


@asynccontextmanager
async def open_service(
    folder: Path, *, sounds: bytes | None = None, index: str = ""
) -> AsyncGenerator[OpenExtractor]:
    """The whole service; x.test is a server of ours whose sound the proof decodes."""
    internet = Internet({"x.test": [[PUBLIC]]})
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    pages = {"/a.ogg": body(sound("ogg", 1.5) if sounds is None else sounds, "audio/ogg")}
    async with (
        open_web(pages) as web,
        open_guard(parse_policy(()), outside) as guard,
        open_prober(PROBE_ARGV) as prober,
    ):
        internet.ports[80] = web.port
        config = ExtractorConfig(
            argv=EXTRACTOR_ARGV,
            folder=folder / "extractor",
            index=index,
            renews=False,
            runtime=lambda: Path("/bin/sleep"),
            proof=Proof(link="http://x.test/list/1"),
        )
        async with open_extractor(config, guard, prober) as service:
            yield service


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a version into the index, without an installer."""

    def offer(version: str, *, broken: bool = False) -> None:
        async def fetch(into: Path, index: str) -> Fetched:
            await trio.lowlevel.checkpoint()
            write_stand_in(into, version, broken=broken)
            return Fetched(folder=into, name=f"{version}+1.0")

        monkeypatch.setattr("media.extractor.renewal.fetch_newest", fetch)

    return offer


async def version(service: OpenExtractor) -> str:
    return (await service.extractor.look("http://x.test/version")).title


async def test_new_version_is_proven_and_used_while_the_old_one_finishes(
    tmp_path: Path, offer: Callable[..., None]
) -> None:
    async with open_service(tmp_path) as service:
        offer(V1)
        assert service.version == bundled_version()
        assert await service.renewal.renew() is Outcome.RENEWED
        assert service.version == f"{V1}+1.0"
        assert await version(service) == V1
        async with service.extractor.entries("http://x.test/slow") as listing:
            stream = aiter(listing.entries)
            assert (await anext(stream)).title == "T0"
            offer(V2)
            assert await service.renewal.renew() is Outcome.RENEWED
            assert await version(service) == V2
            assert (await anext(stream)).title == "T1"
        assert await service.renewal.renew() is Outcome.UP_TO_DATE
        names = [one.name for one in service.slots.folder.iterdir()]
        assert not [name for name in names if name.startswith("incoming")]


async def test_version_that_fails_in_use_is_taken_back_by_itself(
    tmp_path: Path, offer: Callable[..., None]
) -> None:
    async with open_service(tmp_path) as service:
        offer(V1)
        await service.renewal.renew()
        for _ in range(3):
            assert await version(service) == V1
        offer(V2)
        await service.renewal.renew()
        for _ in range(3):
            with pytest.raises(ExtractionFailed) as told:
                await service.extractor.look("http://x.test/bug")
            assert told.value.kind is FailureKind.OUTDATED
        assert await version(service) == V1
        assert await service.renewal.renew() is Outcome.UP_TO_DATE
        offer(V3)
        await service.renewal.renew()
        assert service.slots.path is not None
        (service.slots.path / "yt_dlp" / "__init__.py").write_text("this is broken")
        assert await version(service) == V1


async def test_version_without_proof_is_not_used(tmp_path: Path, offer: Callable[..., None]) -> None:
    async with open_service(tmp_path, sounds=sound("ogg", 0.5)) as service:
        offer(V1)
        assert await service.renewal.renew() is Outcome.NOT_PROVEN
        assert service.slots.path is None
        assert await service.renewal.renew() is Outcome.UP_TO_DATE  # it is never tried again
        offer(V2, broken=True)
        assert await service.renewal.renew() is Outcome.NOT_PROVEN
        assert service.slots.state.bad == (f"{V1}+1.0", f"{V2}+1.0")


async def test_network_is_no_fault_of_a_version(tmp_path: Path, offer: Callable[..., None]) -> None:
    slots = Slots(tmp_path / "extractor", lambda: "1")

    async def prove(folder: Path) -> None:
        await trio.lowlevel.checkpoint()
        raise ExtractionFailed(FailureKind.BOT_CHECK)

    renewal = make_renewal(slots, prove)
    offer(V1)
    assert await renewal.renew() is Outcome.NOT_PROVEN
    assert await renewal.renew() is Outcome.NOT_PROVEN
    assert slots.is_wanted(f"{V1}+1.0")


def make_renewal(slots: Slots, prove: Callable[[Path], object], now: datetime | None = None) -> Renewal:
    return Renewal(
        slots=slots,
        prove=prove,  # pyright: ignore[reportArgumentType] - a coroutine function, seen as any callable
        on_swap=lambda: None,
        index="",
        at=lambda: now or datetime(2026, 11, 21, tzinfo=UTC),
        dice=random.Random(1),
    )


def test_daily_check_comes_at_another_hour_each_day() -> None:
    dice, now = random.Random(3), datetime(2026, 11, 21, tzinfo=UTC)
    waits = [next_check_s(now, now, dice) for _ in range(200)]
    assert 0.5 * DAY_S <= min(waits) < 0.6 * DAY_S
    assert 1.4 * DAY_S < max(waits) <= 1.5 * DAY_S
    assert all(0 < next_check_s(None, now, dice) <= DAY_S for _ in range(50))
    assert next_check_s(now - timedelta(days=9), now, dice) == 60.0
    assert next_check_s(now + timedelta(days=9), now, dice) <= 1.5 * DAY_S


async def test_hurry_is_heard_at_most_every_six_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    began = datetime(2026, 11, 21, tzinfo=UTC)
    asked: list[float] = []

    async def fetch(into: Path, index: str) -> Fetched:
        await trio.lowlevel.checkpoint()
        asked.append(trio.current_time() - start)
        raise FetchFailed("no network")

    monkeypatch.setattr("media.extractor.renewal.fetch_newest", fetch)
    slots = Slots(tmp_path, lambda: "1")
    start = trio.current_time()
    renewal = make_renewal(slots, lambda folder: None)
    renewal.at = lambda: began + timedelta(seconds=trio.current_time() - start)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(renewal.run)
        await trio.sleep(1)
        renewal.hurry()
        await trio.sleep(HURRY_S / 2)
        renewal.hurry()
        await trio.sleep(HURRY_S / 2 + 1)
        renewal.hurry()
        await trio.sleep(4 * DAY_S)
        nursery.cancel_scope.cancel()
    assert asked[0] == pytest.approx(1, abs=1)
    assert asked[1] == pytest.approx(HURRY_S + 2, abs=1)
    assert 4 <= len(asked) <= 10


def wheel(name: str, version: str, files: Mapping[str, str], requires: str = "") -> bytes:
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n{needs}"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    everything = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": tags}
    record = ""
    for path, text in everything.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in {**everything, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return content.getvalue()


def index_of(version: str) -> dict[str, Page]:
    """A package index with one yt-dlp, two solvers of which it wants the older, and honest hashes."""
    main = {
        "yt_dlp/__init__.py": STAND_IN,
        "yt_dlp/utils.py": UTILS,
        "yt_dlp/version.py": f"__version__ = '{version}'\n",
    }
    wheels = {
        "yt_dlp": [(version, wheel("yt_dlp", version, main, "yt-dlp-ejs==1.0; extra == 'default'"))],
        "yt_dlp_ejs": [
            (number, wheel("yt_dlp_ejs", number, {"yt_dlp_ejs/__init__.py": f"version = '{number}'\n"}))
            for number in ("1.0", "2.0")
        ],
    }
    pages: dict[str, Page] = {}
    for name, versions in wheels.items():
        lines = ""
        for number, content in versions:
            file = f"{name}-{number}-py3-none-any.whl"
            lines += f"<a href='/{file}#sha256={hashlib.sha256(content).hexdigest()}'>{file}</a>"
            pages[f"/{file}"] = body(content)
        pages[f"/simple/{name.replace('_', '-')}/"] = body(lines.encode(), "text/html")
    return pages


async def test_newest_is_fetched_from_an_index_and_a_changed_file_is_noticed(tmp_path: Path) -> None:
    async with open_web(index_of(V1)) as web:
        fetched = await fetch_newest(tmp_path / "new", web.url("/simple"))
        assert fetched.name == f"{V1}+1.0"
        assert (fetched.folder / "yt_dlp" / "__init__.py").read_text() == STAND_IN
        web.pages[f"/yt_dlp-{V1}-py3-none-any.whl"] = body(b"something else")
        with pytest.raises(FetchFailed):
            await fetch_newest(tmp_path / "forged", web.url("/simple"))
    (fetched.folder / "yt_dlp" / "more.py").write_text("import evil")
    with pytest.raises(FetchFailed, match="nobody listed"):
        check_folder(fetched.folder)
    (fetched.folder / "yt_dlp" / "utils.py").write_text("import evil")
    with pytest.raises(FetchFailed, match="has changed"):
        check_folder(fetched.folder)
    (fetched.folder / "yt_dlp" / "utils.py").unlink()
    with pytest.raises(FetchFailed, match="is missing"):
        check_folder(fetched.folder)


async def test_version_from_an_index_is_used_and_a_bad_one_taken_back_while_questions_go_on(
    tmp_path: Path,
) -> None:
    async with open_web(index_of(V1)) as web, open_service(tmp_path, index=web.url("/simple")) as service:
        assert await service.renewal.renew() is Outcome.RENEWED
        for _ in range(3):
            assert await version(service) == V1
        async with service.extractor.entries("http://x.test/slow") as listing:
            stream = aiter(listing.entries)
            assert (await anext(stream)).title == "T0"
            web.pages |= index_of(V2)
            assert await service.renewal.renew() is Outcome.RENEWED
            assert await version(service) == V2
            for _ in range(3):
                with pytest.raises(ExtractionFailed):
                    await service.extractor.look("http://x.test/bug")
            assert (service.version, await version(service)) == (f"{V1}+1.0", V1)
            assert (await anext(stream)).title == "T1"


def test_without_any_installer_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        return None

    def everything(name: str) -> str:
        return f"/x/{name}"

    monkeypatch.setattr("importlib.util.find_spec", nothing)
    monkeypatch.setattr("shutil.which", nothing)
    with pytest.raises(FetchFailed, match="neither pip nor uv"):
        find_installer()
    monkeypatch.setattr("shutil.which", everything)
    assert find_installer()[:3] == ["/x/uv", "pip", "install"]


def test_installers_complaint_is_its_last_error_without_addresses() -> None:
    printed = "Collecting yt-dlp\nERROR: Could not find it at https://user:secret@index.test/simple\nbye\n"
    assert complaint_of(printed) == "ERROR: Could not find it at <link>"
    assert complaint_of("") == "it said nothing"
