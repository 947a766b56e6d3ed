"""A bot written with discord.py, unchanged but for its addresses: a process that the test starts.

It takes the API base, the gateway's address and the token as arguments, and prints one JSON line per thing
that happened.
"""

import json
import sys

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


def say(what: str, **facts: object) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


class Press(discord.ui.View):
    @discord.ui.button(label="Press me", custom_id="press-me")
    async def press(self, interaction: discord.Interaction, button: discord.ui.Button["Press"]) -> None:
        await interaction.response.edit_message(
            content=f"pressed by {interaction.user.display_name}", view=None
        )
        await interaction.followup.send("only you see this", ephemeral=True)
        say("pressed", by=interaction.user.id)


class Bot(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        intents.members = True
        super().__init__(intents=intents, guild_ready_timeout=0.1)  # for one server more than there is
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.tree.add_command(app_commands.Command(name="hello", description="Says hello", callback=hello))
        synced = await self.tree.sync()
        say("synced", names=[command.name for command in synced])

    async def on_ready(self) -> None:
        channels = [channel.name for guild in self.guilds for channel in guild.text_channels]
        say("ready", user=str(self.user), guilds=[guild.name for guild in self.guilds], channels=channels)

    async def on_resumed(self) -> None:
        say("resumed")

    async def on_disconnect(self) -> None:
        say("disconnected")

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            say("message", content=message.content, author=message.author.display_name)
            await message.add_reaction("👍")
            await message.reply(f"you said {message.content}", mention_author=False)


async def hello(interaction: discord.Interaction, name: str, loud: bool = False) -> None:
    await interaction.response.defer(thinking=True)
    text = f"Hello {name}"
    await interaction.followup.send(text.upper() if loud else text, view=Press(timeout=60))
    say("answered", name=name)


def main() -> None:
    api_base, gateway, token = sys.argv[1:]
    Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    Bot().run(token, log_handler=None)


if __name__ == "__main__":
    main()
