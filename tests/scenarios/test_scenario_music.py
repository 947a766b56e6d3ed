"""Music from every side on a whole bot: words, lists, matches of both forms, what was heard, and a kill.

YouTube is an extractor of the tests' own; what it finds sounds from a web server on loopback.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import define

import cli.rooms
from media.extractor.contract import Extractor, Listing
from media.extractor.values import Entry
from media.room import open_media
from sandbox.model.default import BEN_ID, MUSIC_ID
from sandbox.model.entities import Message
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.web import Page, Request, body, open_web
from tests.patience import until
from tests.scenarios.shows import answer, is_whole, says, start_again, until_sound
from tests.scenarios.stage import BotProcess, Stage, open_stage, start_process, text_of
from tests.scenarios.web import allow

LISTED = 30


@define(eq=False)
class Site(FakeExtractor):
    """A site that answers some links late, or never."""

    @asynccontextmanager
    async def entries(self, url: str, *, limit: int = 1000) -> AsyncGenerator[Listing]:
        if "hung" in url:
            await trio.sleep_forever()
        if "slow" in url:
            await trio.sleep(1.0)
        async with FakeExtractor.entries(self, url, limit=limit) as listing:
            yield listing


def watch(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"


def fill(site: Site, sound_url: str) -> None:
    """Five meanings, a list of which some are gone, and slow videos."""
    names = [f"meaning{n:04}" for n in range(5)]
    names += [f"listed{n:05}" for n in range(LISTED)] + [f"slow{n:07}" for n in range(9)]
    for name in names:
        site.put(video(name, sound_url))
    meanings = [entry(f"meaning{n:04}", f"meaning {n}", duration_s=100.0) for n in range(5)]
    site.finds["some song"] = meanings
    lines: list[Entry] = [entry(f"listed{n:05}", f"listed {n}", duration_s=100.0) for n in range(LISTED)]
    lines.insert(7, entry("private0000", "gone", available=False))
    lines.insert(3, entry("toolong0000", "epic", duration_s=9999.0))
    site.lists["https://www.youtube.com/playlist?list=PL1"] = ("Evening", lines)


def use(monkeypatch: pytest.MonkeyPatch, site: Extractor) -> None:
    monkeypatch.setattr(cli.rooms, "open_media", partial(open_media, ask=site))


def newest(stage: Stage, part: str) -> Message:
    return next(m for m in reversed(stage.ada.visible_messages(MUSIC_ID)) if part in text_of(m))


def button(message: Message, label: str) -> str:
    items = [item for row in message.components for item in row["components"]]
    return next(str(item["custom_id"]) for item in items if item.get("label") == label)


async def test_music_from_every_side(tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    pages = {"/song.ogg": body(song.read_bytes(), "audio/ogg")}  # noqa: ASYNC240 - a small file
    use(monkeypatch, site)
    async with open_web(pages) as web:
        fill(site, web.url("/song.ogg"))
        async with open_stage(tmp_path, allow_hosts=allow(web)) as stage:
            await words_are_picked_in_both_forms(stage)
            await a_list_plays_while_it_is_read(stage)
            await commands_act_while_ten_searches_run(stage)
            await what_was_heard_comes_again(stage)
            await the_queue_obeys(stage)


async def words_are_picked_in_both_forms(stage: Stage) -> None:
    stage.sit()
    before = trio.current_time()
    asked = stage.run("play", query="some song")
    await says(stage, asked, "Which one?")
    picker = newest(stage, "Which one?")
    assert "**5.** meaning 4" in text_of(picker)
    refused = stage.sandbox.people.of(BEN_ID).press(picker, button(picker, "1"))
    assert "belongs to the person" in await stage.answer_to(refused)
    stage.ada.press(picker, button(picker, "2"))
    await says(stage, asked, "Track added: **meaning 1**")
    await until_sound(stage, before)
    assert is_whole(stage, before)
    await stage.reads("Now playing: **title meaning0001**")
    stage.ada.send_message(MUSIC_ID, "!play some song")
    await stage.reads("Which one?")
    picker = newest(stage, "Which one?")
    stage.ada.press(picker, button(picker, "1"))
    await stage.reads("Track added: **meaning 0**")
    offered = stage.ada.autocomplete(MUSIC_ID, "play", "query", {"query": "meaning"})
    await until(lambda: bool(offered.choices))
    assert {"title meaning0001", "meaning 0"} <= {str(choice["name"]) for choice in offered.choices or ()}


async def a_list_plays_while_it_is_read(stage: Stage) -> None:
    asked = stage.run("play", query="https://www.youtube.com/playlist?list=PL1")
    told = await says(stage, asked, f"{LISTED} tracks")
    assert told == (
        f"Playlist added: **Evening**, {LISTED} tracks. One entry cannot be played and was left out. "
        "One is longer than 1:00:00 and was left out."
    )
    assert "listed 29" in await stage.ask("queue", page=4)


async def commands_act_while_ten_searches_run(stage: Stage) -> None:
    hung = stage.run("play", query=watch("hung0000000"))
    slow = [stage.run("play", query=watch(f"slow{n:07}")) for n in range(9)]
    await says(stage, slow[-1], "Queuing…")
    for name, part in (("pause", "Paused"), ("resume", "Going on"), ("skip", "Skipped")) * 3:
        asked = stage.run(name)
        await stage.sandbox.people.answered(asked)
        await stage.sandbox.people.until(lambda asked=asked, part=part: part in answer(stage, asked))
    await until_sound(stage, trio.current_time())
    assert "Queuing…" in answer(stage, hung)
    assert "Stopped" in await stage.ask("stop")
    await says(stage, hung, "stopped in the meantime")


async def what_was_heard_comes_again(stage: Stage) -> None:
    shown = stage.run("history")
    await says(stage, shown, "Played lately")
    page = newest(stage, "Played lately")
    assert "`1.` title listed" in text_of(page)
    before = trio.current_time()
    again = stage.ada.press(page, button(page, "+ 1"))
    assert "Track added: **title listed" in await stage.answer_to(again)
    await until_sound(stage, before)
    assert is_whole(stage, before)
    assert "Back to **title" in await stage.ask("previous")
    assert "Track added" in await stage.ask("replay")
    stage.ada.send_message(MUSIC_ID, "!history")
    await until(lambda: len([line for line in stage.read() if "Played lately" in line]) == 2)


async def the_queue_obeys(stage: Stage) -> None:
    assert "is number 1 now" in await stage.ask("move", **{"from": 2, "to": 1})
    stage.ada.send_message(MUSIC_ID, "!dedupe")
    await stage.reads("twice.")
    assert "Autoplay on" in await stage.ask("autoplay")
    assert "Autoplay off" in await stage.ask("autoplay", mode=False)
    stage.ada.send_message(MUSIC_ID, "!stay on")
    await stage.reads("I stay in the voice channel now")
    stage.ada.send_message(MUSIC_ID, "!shh")
    await stage.reads("Silent")
    assert "Skipped to" in await stage.ask("skipto", index=1)


def slowly(content: bytes) -> Page:
    """An audio file that takes its time."""
    quick = body(content, "audio/ogg")

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await trio.sleep(0.3)
        await quick(stream, request)

    return page


async def test_a_kill_in_the_middle_of_a_list_leaves_what_it_says(tmp_path: Path, song: Path) -> None:
    content = song.read_bytes()  # noqa: ASYNC240 - a small file
    pages = {f"/s{n}.ogg": slowly(content) for n in range(LISTED)}
    async with open_web(pages) as web:
        lines = "\n".join(web.url(f"/s{n}.ogg") for n in range(LISTED))
        web.pages["/list.m3u"] = body(f"#EXTM3U\n{lines}\n".encode(), "audio/x-mpegurl")
        async with open_stage(tmp_path / "data", bot=False, allow_hosts=allow(web)) as stage:
            bot: BotProcess = start_process(stage)
            await stage.until_ready()
            stage.sit()
            before = trio.current_time()
            asked = stage.run("play", query=web.url("/list.m3u"))
            await says(stage, asked, "I am reading the rest")
            await until_sound(stage, before)
            bot.kill()
            _, ready = await start_again(stage)
            told = await says(stage, asked, "I was restarted while I read it")
            await until_sound(stage, ready)
            queue = await stage.ask("queue")
            waiting = queue.count(".` s")
            count = "one track" if waiting == 0 else f"{waiting + 1} tracks"
            assert count in told, (told, queue)
