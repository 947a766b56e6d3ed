"""Settings and help on the sandbox: both forms, live, in two languages, the wrong person at the buttons."""

from pathlib import Path

from sandbox.model.default import BEN_ID, DJ_ROLE_ID, GENERAL_ID, GUILD_ID, MUSIC_ID
from sandbox.model.entities import Message
from sandbox.model.interaction import Interaction
from sandbox.people import Person
from tests.patience import until
from tests.scenarios.stage import Stage, open_stage, text_of


def message_of(stage: Stage, interaction: Interaction) -> Message:
    assert interaction.original_id is not None
    return stage.sandbox.world.board.get(interaction.channel_id, interaction.original_id)


def arrow(message: Message, label: str) -> str:
    return next(
        str(item["custom_id"]) for item in message.components[0]["components"] if item.get("label") == label
    )


async def complete(stage: Stage, name: str, focused: str, /, **options: str) -> list[str]:
    asked = stage.ada.autocomplete(MUSIC_ID, name, focused, options)
    await stage.sandbox.people.answered(asked)
    return [str(choice["name"]) for choice in asked.choices]


async def change_live(stage: Stage, ben: Person) -> None:
    assert "**prefix** is now `?`" in await stage.ask("settings", name="prefix", value="?")
    stage.ada.send_message(MUSIC_ID, "?settings dj_role @DJ")
    await stage.reads(f"**dj_role** is now <@&{DJ_ROLE_ID}>")
    refused = await stage.ask("settings", ben, name="timezone", value="Asia/Tokyo")
    assert "Manage Server" in refused
    assert "**timezone** is `UTC`" in refused  # and how to have one of one's own
    assert "Not my time zone" in refused
    assert "**timezone** is now `Europe/Prague`" in await stage.ask(
        "settings", name="timezone", value="prague"
    )
    assert "**timezone** is now `UTC`" in await stage.ask("settings", name="timezone", value="default")
    assert "DJ role" in await stage.ask("stop", ben)
    assert "1 to 8 characters" in await stage.ask("settings", name="prefix", value="much too long")
    assert "no setting called" in await stage.ask("settings", name="nope")
    assert "Europe/Prague" in await complete(stage, "settings", "value", name="timezone", value="prag")
    assert "@DJ" in await complete(stage, "settings", "value", name="dj_role", value="dj")
    assert await complete(stage, "settings", "name", name="langu") == ["language"]
    for name in ("prefix", "dj_role"):
        await stage.ask("settings", name=name, value="default")


async def take_requests(stage: Stage, ben: Person) -> None:
    await stage.ask("settings", name="request_channel", value=f"<#{GENERAL_ID}>")
    ben.send_message(GENERAL_ID, "some song")
    await until(lambda: any("Join a voice channel" in line for line in stage.read(GENERAL_ID)))
    ben.send_message(MUSIC_ID, "some song")
    ben.send_message(GENERAL_ID, "!nonsense")
    assert "none" in await stage.ask("settings", name="request_channel", value="none")
    assert sum("Join a voice channel" in line for line in (*stage.read(), *stage.read(GENERAL_ID))) == 1


async def turn_pages(stage: Stage, ben: Person) -> None:
    shown = stage.run("settings")
    await stage.answer_to(shown)
    first = message_of(stage, shown)
    assert first.visible_to == stage.ada.user.id
    stage.ada.press(first, arrow(first, "▶"))
    await until(lambda: "request_channel" in text_of(message_of(stage, shown)))
    stage.ada.send_message(MUSIC_ID, "!help")
    await stage.reads("What I can do")
    page = next(one for one in stage.ada.visible_messages(MUSIC_ID) if "What I can do" in text_of(one))
    await until(lambda: bool(page.components))
    refused = ben.press(page, arrow(page, "▶"))
    assert "belong to the person" in await stage.answer_to(refused)
    before = text_of(page)
    stage.ada.press(page, arrow(page, "▶"))
    await until(lambda: text_of(stage.sandbox.world.board.get(MUSIC_ID, page.id)) != before)


async def explain(stage: Stage) -> None:
    one = await stage.ask("help", command="rename")
    assert "`/rename user [name]`" in one
    assert "`!rename user [name]`" in one
    stage.ada.send_message(MUSIC_ID, "!h vol")
    await stage.reads("`!volume [value]`")
    assert "Did you mean" in await stage.ask("help", command="renam")
    assert "rename" in await complete(stage, "help", "command", command="nam")


async def name_the_parts(stage: Stage) -> None:
    """A parent without a subcommand; something that only begins like one is none of ours."""
    for line in ("!rep", "!NOTIFY remvoe 3", "!reputable", "!rep."):
        stage.ada.send_message(MUSIC_ID, line)
    await stage.reads("Usage: `!rep plus|minus|list|leaderboard|undo`")
    await stage.reads("Usage: `!notify me|you|list|remove`")
    assert sum("Usage: `!" in line for line in stage.read()) == 2


async def speak_czech(stage: Stage, ben: Person) -> None:
    await stage.ask("settings", name="language", value="čeština")
    assert "hlasového kanálu" in await stage.ask("skip", ben)
    assert "Použití" in await stage.ask("help", command="rename")
    opener = ben.use_on_user(MUSIC_ID, "Rename", BEN_ID)
    await until(lambda: opener.modal is not None)
    assert opener.modal is not None
    assert opener.modal["title"] == "Přejmenovat: Ben"
    registered = {command.name: command for command in stage.sandbox.world.commands.usable_in(GUILD_ID)}
    body = registered["skip"].body
    assert body["description_localizations"] == {"cs": "Pustí další skladbu"}


async def test_settings_and_help_in_both_forms(tmp_path: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        ben = stage.sandbox.people.of(BEN_ID)
        await change_live(stage, ben)
        await take_requests(stage, ben)
        await turn_pages(stage, ben)
        await explain(stage)
        await name_the_parts(stage)
        await speak_czech(stage, ben)
