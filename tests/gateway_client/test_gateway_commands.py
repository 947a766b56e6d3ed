"""What we send, in the form of the documentation; and the token nowhere else."""

import copy
import json
import pickle

import pytest

from gateway_client.actions import Send
from gateway_client.commands import (
    Activity,
    Command,
    ConnectionProperties,
    Heartbeat,
    Identify,
    Presence,
    Resume,
    Token,
    UpdatePresence,
    UpdateVoiceState,
    to_wire,
)
from gateway_client.gateway import Gateway
from gateway_client.ids import ChannelId, GuildId
from gateway_client.intents import Intents
from gateway_client.kinds import ActivityType
from gateway_client.shard import Shard
from tests.gateway_client.fakes import SECRET, FakeDiscord, Inbox, new_gateway, new_session

GUILD = GuildId(41771983423143937)
TOKEN = Token(SECRET)
IDENTIFY = Identify(
    token=TOKEN,
    intents=Intents.GUILDS | Intents.GUILD_MODERATION,
    shard_id=0,
    shard_count=1,
    presence=Presence(status="dnd", activities=(Activity(name="Cards Against Humanity"),), since_ms=91879201),
    properties=ConnectionProperties(os="linux", browser="disco", device="disco"),
)


@pytest.mark.parametrize(
    ("command", "wire"),
    [
        (Heartbeat(sequence=251), {"op": 1, "d": 251}),
        (Heartbeat(sequence=None), {"op": 1, "d": None}),
        (
            IDENTIFY,
            {
                "op": 2,
                "d": {
                    "token": SECRET,
                    "intents": 5,
                    "shard": [0, 1],
                    "presence": {
                        "since": 91879201,
                        "activities": [{"name": "Cards Against Humanity", "type": 0}],
                        "status": "dnd",
                        "afk": False,
                    },
                    "properties": {"os": "linux", "browser": "disco", "device": "disco"},
                    "compress": False,
                    "large_threshold": 50,
                },
            },
        ),
        (
            Resume(token=TOKEN, session_id="s", sequence=1337),
            {"op": 6, "d": {"token": SECRET, "session_id": "s", "seq": 1337}},
        ),
        (
            UpdateVoiceState(guild_id=GUILD, channel_id=ChannelId(127121515262115840), self_deaf=False),
            {
                "op": 4,
                "d": {
                    "guild_id": "41771983423143937",
                    "channel_id": "127121515262115840",
                    "self_mute": False,
                    "self_deaf": False,
                },
            },
        ),
        (
            UpdatePresence(
                presence=Presence(
                    activities=(Activity(name="x", type=ActivityType.CUSTOM, state="y" * 200, url="u"),)
                )
            ),
            {
                "op": 3,
                "d": {
                    "since": None,
                    "activities": [{"name": "x", "type": 4, "state": "y" * 128, "url": "u"}],
                    "status": "online",
                    "afk": False,
                },
            },
        ),
    ],
)
def test_command_on_the_wire(command: Command, wire: dict[str, object]) -> None:
    assert json.loads(to_wire(command)) == wire


def test_token_has_no_readable_form() -> None:
    gateway: Gateway = new_gateway(FakeDiscord(), Inbox())
    session = new_session()
    resume = Resume(token=TOKEN, session_id="session-secret", sequence=1)
    shown = [TOKEN, IDENTIFY, resume, gateway, session, Send(text=to_wire(IDENTIFY)), Shard]
    for value in shown:
        for text in (repr(value), str(value), f"{value}", f"{value!r}"):
            assert SECRET not in text
            assert "session-secret" not in text
    assert repr(TOKEN) == str(TOKEN) == "•••"


def test_token_is_not_copied_out() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(TOKEN)
    with pytest.raises(TypeError):
        copy.copy(TOKEN)
