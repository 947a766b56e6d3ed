"""Keyword reactions as the supervisor knows them: an ear for what people write where there are rules."""

from collections.abc import Iterable

from actors.core.address import of_guild
from actors.core.claim import Place
from actors.core.declare import Delivery, SettingChanged, Slice
from actors.core.setting import Settings
from actors.keywords.actor import KeywordsActor
from actors.keywords.messages import Spoken
from actors.keywords.setting import KEYWORDS, rules_of
from gateway_client.events import Event, MessageCreated
from gateway_client.objects import Message, MessageType

KIND = "keywords"
_SPOKEN = (MessageType.DEFAULT, MessageType.REPLY)


def keywords_slice(settings: Settings) -> Slice:
    """The slice; a message in a server without rules costs a look into the settings."""

    def listen(event: Event | SettingChanged) -> Iterable[Delivery]:
        if not isinstance(event, MessageCreated) or not is_of_a_person(event.message):
            return ()
        message = event.message
        if message.guild_id is None or not rules_of(settings, message.guild_id).used:
            return ()
        place = Place(
            guild_id=message.guild_id,
            channel_id=message.channel_id,
            message_id=message.id,
            author_id=message.author.id,
        )
        spoken = Spoken(place=place, content=message.content)
        return (Delivery(address=of_guild(KIND, message.guild_id), message=spoken, wake=True),)

    return Slice(
        kind=KIND, package="actors.keywords", factory=KeywordsActor, settings=(KEYWORDS,), listen=listen
    )


def is_of_a_person(message: Message) -> bool:
    """Whether somebody wrote this who is no bot, no webhook and not Discord itself."""
    by_person = not message.author.bot and message.webhook_id is None
    return by_person and message.type in _SPOKEN and bool(message.content)
