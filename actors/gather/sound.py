"""The sound for the moment in which everybody is here: a file of the library, played by the guild's player.

The player is asked first what it has: music is not disturbed, and a bot that sits elsewhere stays there.
The question carries what the request needs, because the answer may come when the gather is forgotten
already. What goes wrong with a sound that nobody asked for just now is told to nobody.
"""

from actors.core.address import Address
from actors.core.envelope import Facts
from actors.core.music import LibraryFile, MusicTold, MusicWanted, QueueMusic, Unheard, player_of
from actors.core.ports import Ports
from actors.core.setting import Setting
from actors.core.work import Work
from actors.gather.gather import Gather
from actors.gather.roster import Status
from gateway_client.ids import ChannelId, GuildId, UserId

NONE = "none"


def _parse(words: str) -> str:
    name = words.strip()
    return "" if name.lower() in {NONE, "off"} else name


SOUND = Setting(name="gather_sound", default=NONE, parse=_parse, choices=(NONE,))


def ask_for_silence(ports: Ports, address: Address, gather: Gather) -> None:
    """Everybody is here: ask the player whether it is free, if there is a sound to be heard."""
    guild_id = GuildId(address.key)
    if not gather.roster.of(Status.HERE):
        return
    bot_sits = ports.cache.voice_channel_of(guild_id, ports.me)
    if not ports.settings.value(guild_id, SOUND, str) or bot_sits not in (None, gather.voice_id):
        return
    query = f"{gather.voice_id} {gather.text_id} {gather.starter.id} {gather.starter.name}"
    ports.tell(player_of(guild_id), MusicWanted(asker=address, query=query))


def play_in_silence(ports: Ports, guild_id: GuildId, told: MusicTold) -> None:
    """The player has answered: if it has nothing to play, the sound is played in the starter's name."""
    name = ports.settings.value(guild_id, SOUND, str)
    if not name or told.now is not None or told.queue:
        return
    voice_id, text_id, user_id, user_name = told.query.split(" ", 3)
    channel_id = ChannelId(int(text_id))
    facts = Facts(
        at=ports.clock.at(),
        now=ports.clock.now(),
        guild_id=guild_id,
        channel_id=channel_id,
        user_id=UserId(int(user_id)),
        user_name=user_name,
        bot_permissions=ports.cache.bot_permissions(guild_id, channel_id),
        voice_channel_id=ChannelId(int(voice_id)),
        bot_voice_channel_id=ports.cache.voice_channel_of(guild_id, ports.me),
    )
    work = Work()
    work.hand_over()
    wish = QueueMusic(wishes=(LibraryFile(name),), facts=facts, reply=Unheard(), work=work, quiet=True)
    ports.tell(player_of(guild_id), wish)
