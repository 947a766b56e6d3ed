"""``kill -9`` while Discord shows "thinking…" or "Downloading…": after the start every answer is true."""

from pathlib import Path

from sandbox.model.default import BEN_ID, MUSIC_ID
from sandbox.model.entities import MessageFlags
from sandbox.model.interaction import Interaction
from tests.media.web import Page, open_web, silent
from tests.patience import until
from tests.scenarios.shows import answer, fill_library, play_all, says, start_again, until_sound
from tests.scenarios.stage import Stage, open_stage
from tests.scenarios.web import allow

REST_S = 1.0
"""Half of it is the way there: so long after a command nothing but its acknowledgement has arrived."""
RESTARTED = "I was restarted in the middle of this."
STOPPED = "I was stopped in the middle of this."


def thinks(stage: Stage, asked: Interaction) -> bool:
    seen = stage.sandbox.people.of(asked.user_id).visible_messages(MUSIC_ID)
    return any(one.flags & MessageFlags.LOADING for one in seen if one.id == asked.original_id)


async def test_no_answer_stays_as_it_was(tmp_path: Path, song: Path) -> None:
    pages: dict[str, Page] = {"/a.ogg": silent, "/b.ogg": silent}
    async with open_web(pages) as web, open_stage(tmp_path / "data", bot=False) as stage:
        stage.allow_hosts = allow(web)
        fill_library(stage, song)
        bot, _ = await start_again(stage)
        await play_all(stage, ("alpha", "bravo"))

        stage.sandbox.faults.rest_delay_s = REST_S
        skip = stage.run("skip")
        told = {
            stage.run("settings", name="prefix"): "**prefix** is",
            stage.run("rep plus", user=str(int(BEN_ID)), reason="tea"): "tea",
            stage.run("notify me", when="3h", note="tea"): "Reminder **#1** is set",
            stage.run("playlist list"): "There are no playlists yet.",
            stage.run("help"): "What I can do",
        }
        refused = stage.run("remove", index=99)
        download = stage.run("local download", url=web.url("/a.ogg"))
        stage.ada.send_message(MUSIC_ID, f"!local download {web.url('/b.ogg')}")
        everything = (skip, *told, refused, download)
        await until(lambda: all(thinks(stage, one) for one in everything))
        await stage.reads("Downloading…")
        assert not any(answer(stage, one) for one in everything)
        bot.kill()

        stage.sandbox.faults.rest_delay_s = 0.0
        _, ready = await start_again(stage)
        assert "Skipped **alpha**" in await says(stage, skip, "**")
        await until_sound(stage, ready)
        assert "bravo" in await stage.ask("playing")
        for asked, part in told.items():
            assert part in await says(stage, asked, " ")
        assert "The queue is empty" in await stage.answer_to(refused)
        assert refused.ephemeral or refused.original_id is None
        told_of_a_file = await says(stage, download, "I was ")
        assert told_of_a_file.startswith((RESTARTED, STOPPED))
        await stage.reads(STOPPED)
        assert not any("Downloading…" in line for line in stage.read())
        assert not any(thinks(stage, one) for one in everything)
