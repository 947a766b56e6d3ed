"""A bot without a token: lives in the sandbox's own process and does what the browser tests look at.

It answers slash commands, autocomplete, buttons, menus and forms through the model, as the REST routes
would, and plays a tone in voice over real sockets with the tests' own client.
"""

from collections.abc import Callable

import trio
from attrs import define, field

from gateway_client.ids import ChannelId
from sandbox.contracts import VoiceAdmission
from sandbox.json_values import JsonObject
from sandbox.model.default import OWNER_ID
from sandbox.model.entities import Emoji, Message, MessageFlags
from sandbox.model.events import InteractionCreated, MessageCreated, WorldEvent
from sandbox.model.interaction import Interaction, InteractionType
from sandbox.model.messages import Draft, Edit
from sandbox.voice.service import VoiceServer
from sandbox.world import World
from tests.sandbox.opus_source import encode_tone
from tests.sandbox.voice_client import open_voice_client

SONGS = (
    "Autobahn — Kraftwerk",
    "A Love Supreme — John Coltrane",
    "Blue Monday — New Order",
    "Hyperballad — Björk",
    "Roads — Portishead",
    "Teardrop — Massive Attack",
)
FRAME_S = 0.02
UP_NEXT = "1. Roads — *Portishead*\n2. Hyperballad — *Björk*\n3. Blue Monday — *New Order*"


def option(name: str, kind: int, description: str, **more: object) -> JsonObject:
    return {"name": name, "type": kind, "description": description, **more}


COMMANDS: list[JsonObject] = [
    {
        "name": "play",
        "type": 1,
        "description": "Play a song, a link or a file",
        "options": [
            option("query", 3, "A link, search words or a name from the library", autocomplete=True),
            option("file", 11, "A sound file"),
        ],
    },
    {"name": "skip", "type": 1, "description": "Skip the song, or several", "options": [
        option("amount", 4, "How many", min_value=1)]},
    {"name": "loop", "type": 1, "description": "Play things again", "options": [
        option("mode", 3, "What to repeat", required=True, choices=[
            {"name": name, "value": name} for name in ("off", "track", "queue")])]},
    {"name": "queue", "type": 1, "description": "Show what comes next", "options": []},
    {"name": "hang", "type": 1, "description": "Never answers, to see what happens then", "options": []},
    {"name": "secret", "type": 1, "description": "Answers so that only you see it", "options": []},
    {"name": "form", "type": 1, "description": "Opens a form", "options": []},
    {"name": "gather", "type": 1, "description": "Gather people", "options": [
        option("start", 1, "Start a gather", options=[option("time", 3, "When it begins, such as 10m")]),
        option("expect", 1, "Expect somebody", options=[option("user", 6, "Whom", required=True)])]},
    {"name": "Rename", "type": 2, "description": ""},
    {"name": "Bookmark", "type": 3, "description": ""},
]  # fmt: skip


def private(text: str) -> Draft:
    """An answer that only its caller sees."""
    return Draft(content=text, flags=MessageFlags.EPHEMERAL)


def panel(progress: int) -> tuple[JsonObject, ...]:
    bar = "▬" * progress + "🔘" + "▬" * (14 - progress)
    return (
        {
            "type": "rich",
            "color": 0x5B6CF0,
            "author": {"name": "Now playing"},
            "title": "Teardrop — Massive Attack",
            "url": "https://example.invalid/teardrop",
            "description": f"`01:1{progress % 10}` {bar} `05:30`",
            "fields": [
                {"name": "Requested by", "value": f"<@{OWNER_ID}>", "inline": True},
                {"name": "Volume", "value": "100 %", "inline": True},
                {"name": "Loop", "value": "off", "inline": True},
                {"name": "Up next", "value": UP_NEXT},
            ],
            "footer": {"text": "3 tracks · 14:02 left"},
        },
    )  # fmt: skip


def controls(*, paused: bool = False) -> tuple[JsonObject, ...]:
    def button(emoji: str, custom_id: str, style: int = 2, **more: object) -> JsonObject:
        return {"type": 2, "style": style, "custom_id": custom_id, "emoji": {"name": emoji}, **more}

    return (
        {
            "type": 1,
            "components": [
                button("⏮️", "previous", disabled=True),
                button("▶️" if paused else "⏸️", "pause", 3 if paused else 1),
                button("⏭️", "skip"),
                button("⏹️", "stop", 4),
                {"type": 2, "style": 2, "custom_id": "queue", "label": "Queue"},
            ],
        },
        {
            "type": 1,
            "components": [
                {
                    "type": 3,
                    "custom_id": "filter",
                    "placeholder": "Choose a filter",
                    "options": [
                        {"label": "Off", "value": "off", "description": "The sound as it is"},
                        {"label": "Bass boost", "value": "bass", "description": "More below 100 Hz"},
                        {"label": "Nightcore", "value": "nightcore", "description": "Faster and higher"},
                    ],
                }
            ],
        },
    )


@define
class ScriptedBot:
    """The bot; `run` serves until cancelled."""

    world: World
    voice: VoiceServer
    _nursery: trio.Nursery = field(init=False)
    _paused: bool = field(init=False, default=False)
    _playing: bool = field(init=False, default=False)
    _progress: int = field(init=False, default=3)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        self.world.commands.overwrite(COMMANDS)
        self.world.show_presence(
            {"status": "online", "activities": [{"type": 2, "name": "Teardrop · Massive Attack"}]}
        )
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            unsubscribe = self.world.subscribe(self._on_event)
            task_status.started()
            try:
                await trio.sleep_forever()
            finally:
                unsubscribe()

    def _on_event(self, event: WorldEvent) -> None:
        match event:
            case InteractionCreated(interaction=interaction):
                self._nursery.start_soon(self._serve, interaction)
            case MessageCreated(message=message) if not message.author.bot:
                self._nursery.start_soon(self._read, message)
            case _:
                return

    async def _read(self, message: Message) -> None:
        if not message.content.startswith("!"):
            return
        await trio.sleep(0.05)
        bot = self.world.application.bot
        self.world.board.react(message, bot, Emoji(name="🔎"))
        await trio.sleep(0.3)
        self.world.board.unreact(message, bot, Emoji(name="🔎"))
        self.world.board.react(message, bot, Emoji(name="✅"))

    async def _serve(self, interaction: Interaction) -> None:
        desk = self.world.interactions
        if interaction.type is InteractionType.AUTOCOMPLETE:
            typed = str(_focused(interaction.data)).lower()
            found = [{"name": song, "value": song} for song in SONGS if typed in song.lower()]
            desk.complete(interaction, tuple(found))
            return
        if interaction.type is InteractionType.MODAL_SUBMIT:
            value = interaction.data["components"][0]["components"][0]["value"]
            desk.answer(interaction, private(f"Renamed to **{value}**."))
            return
        name = interaction.data.get("name") or interaction.data.get("custom_id") or ""
        answers: dict[str, Callable[[Interaction], object]] = {
            "secret": lambda i: desk.answer(i, private("Psst. *Nobody* else sees this.")),
            "form": lambda i: desk.show_modal(i, FORM),
            "Rename": lambda i: desk.show_modal(i, FORM),
            "queue": lambda i: desk.answer(i, private(UP_NEXT)),
            "pause": self._pause,
            "skip": lambda i: desk.update(i, Edit(embeds=panel(0), components=controls())),
            "stop": self._stop,
            "filter": lambda i: desk.update(i, Edit(content=f"Filter: **{i.data['values'][0]}**")),
        }  # fmt: skip
        if name == "play":
            await self._play(interaction)
        elif name in answers:
            answers[name](interaction)
        elif name != "hang":
            desk.answer(interaction, Draft(content="Done."))

    def _pause(self, interaction: Interaction) -> None:
        self._paused = not self._paused
        self.world.interactions.update(interaction, Edit(components=controls(paused=self._paused)))

    def _stop(self, interaction: Interaction) -> None:
        self._playing = False
        self.world.interactions.update(interaction, Edit(content="Stopped.", components=()))

    async def _play(self, interaction: Interaction) -> None:
        desk = self.world.interactions
        desk.answer(interaction, Draft(), loading=True)
        await trio.sleep(0.6)
        seat = self.world.voice.state(self.world.home, interaction.user_id)
        if seat is None or seat.channel_id is None:
            desk.edit_original(interaction, Edit(content="Join a voice channel first."))
            return
        desk.edit_original(interaction, Edit(content="Track added: **Teardrop** — Massive Attack"))
        desk.follow_up(interaction, Draft(embeds=panel(self._progress), components=controls()))
        if not self._playing:
            self._playing, self._paused = True, False
            self._nursery.start_soon(self._sound, seat.channel_id)

    async def _sound(self, channel_id: ChannelId) -> None:
        bot, guild = self.world.application.bot.id, self.world.home
        admission = VoiceAdmission(
            guild_id=guild, channel_id=channel_id, user_id=bot, session_id="scripted", token="scripted"
        )
        self.world.voice.request(guild, bot, channel_id, session_id="scripted")
        self.voice.admit(admission)
        packets = encode_tone(1.0, hertz=330.0) + encode_tone(1.0, hertz=440.0)
        async with open_voice_client(self.voice.endpoint, admission) as client:
            await client.identify()
            await client.describe()
            await client.say(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
            due = trio.current_time()
            while self._playing:
                for packet in packets:
                    due += FRAME_S
                    await trio.sleep_until(due)
                    if not self._paused:
                        await client.speak(packet)
                    if not self._playing:
                        break
            await client.say(5, {"speaking": 0, "delay": 0, "ssrc": client.ssrc})
        self.world.voice.leave(guild, bot)
        self._playing = False


FORM: JsonObject = {
    "title": "Rename Ben",
    "custom_id": "rename",
    "components": [
        {"type": 1, "components": [{
            "type": 4, "custom_id": "name", "label": "New name", "style": 1, "max_length": 32,
            "value": "Benny"}]},
        {"type": 1, "components": [{
            "type": 4, "custom_id": "why", "label": "Why", "style": 2, "required": False,
            "placeholder": "If there is a reason"}]},
    ],
}  # fmt: skip


def _focused(data: JsonObject) -> object:
    for entry in data.get("options", []):
        if entry.get("focused"):
            return entry.get("value", "")
        inner = _focused(entry)
        if inner != "":
            return inner
    return ""
