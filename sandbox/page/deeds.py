"""Does what the browser asked for, as the person it acts as, and says in a sentence why not.

Synchronous but for autocomplete, which waits for the bot. Every refusal of the model becomes a `Sorry` with a
sentence for the person at the page. May import the model, people and `requests`.
"""

from typing import assert_never

from attrs import define

from gateway_client.ids import ChannelId, InteractionId, MessageId, UserId
from sandbox.json_values import JsonObject
from sandbox.model.directory import Kind, Unknown
from sandbox.model.entities import Message
from sandbox.model.interaction import Interaction, InteractionState
from sandbox.model.invocation import CannotDoThat
from sandbox.model.messages import TooManyReactions
from sandbox.page import requests as ask
from sandbox.page.uploads import UploadGone, Uploads
from sandbox.page.views import SHOWN_MESSAGES, view_channel, view_message
from sandbox.people import People, Person
from sandbox.world import World

KEPT_FORMS = 50
LONGEST_TEXT = 2000
"""Characters of a message. Source: Message resource, "Create Message", field content."""

_UNKNOWN = {
    Kind.CHANNEL: "That channel is not there any more.",
    Kind.GUILD: "The server is not available right now.",
    Kind.MEMBER: "That person is not on this server any more.",
    Kind.MESSAGE: "That message is not there any more.",
    Kind.USER: "That person is not there any more.",
    Kind.COMMAND: "That command is not there any more. Is the bot running?",
    Kind.VOICE_STATE: "That person is not in a voice channel.",
}


class Sorry(Exception):
    """It was not done; the text is a sentence for the person."""


@define
class Deeds:
    """The hands of one page."""

    _world: World
    _people: People
    _uploads: Uploads
    person: Person
    _forms: dict[InteractionId, Interaction]

    @classmethod
    def open(cls, world: World, people: People, uploads: Uploads, viewer: UserId) -> "Deeds":
        """Begin to act as somebody."""
        return cls(world, people, uploads, people.of(viewer), {})

    @property
    def viewer(self) -> UserId:
        """Who acts."""
        return self.person.user.id

    async def do(self, asked: ask.Asked) -> JsonObject:
        """Do it; returns what the answer carries.

        Raises:
            Sorry: it cannot be done.
        """
        try:
            if isinstance(asked, ask.Complete):
                return await self._complete(asked)
            return self._do(asked)
        except CannotDoThat as error:
            raise Sorry(_sentence(str(error))) from error
        except Unknown as error:
            raise Sorry(_UNKNOWN.get(error.kind, "That is not there any more.")) from error
        except TooManyReactions as error:
            raise Sorry("This message has 20 different reactions already.") from error
        except UploadGone as error:
            raise Sorry("The file is not here any more. Attach it again.") from error

    def _do(self, asked: ask.Asked) -> JsonObject:
        match asked:
            case ask.ActAs() | ask.Listen() | ask.Complete():
                raise AssertionError("the session and do() take these")
            case ask.History() | ask.Send() | ask.Edit() | ask.Delete() | ask.React() | ask.Typing():
                return self._write(asked)
            case ask.OpenDirect():
                return {"channel": view_channel(self._world.directory.direct_channel(self.viewer))}
            case ask.JoinVoice() | ask.LeaveVoice() | ask.Mute() | ask.Disconnect() | ask.MoveTo():
                return self._sit(asked)
            case _:
                return self._begun(self._interact(asked))

    def _write(
        self, asked: ask.History | ask.Send | ask.Edit | ask.Delete | ask.React | ask.Typing
    ) -> JsonObject:
        match asked:
            case ask.History():
                return self._history(asked)
            case ask.Send():
                return self._send(asked)
            case ask.Edit(text=text):
                self.person.edit_message(self._message(asked.channel_id, asked.message_id), _checked(text))
            case ask.Delete():
                self._delete(asked)
            case ask.React(emoji=emoji):
                message = self._message(asked.channel_id, asked.message_id)
                change = self.person.react if asked.on else self.person.unreact
                change(message, emoji)
            case ask.Typing():
                self.person.type_in(asked.channel_id)
            case _:
                assert_never(asked)
        return {}

    def _send(self, asked: ask.Send) -> JsonObject:
        text = _checked(asked.text)
        if not text.strip() and not asked.uploads:
            raise Sorry("Write something first.")
        files = self._uploads.take_all(asked.uploads)
        sent = self.person.send_message(asked.channel_id, text, files, reply_to=asked.reply_to)
        return {"message_id": str(sent.id)}

    def _delete(self, asked: ask.Delete) -> None:
        message = self._message(asked.channel_id, asked.message_id)
        moderator = self.viewer == self._world.directory.guild(self._world.home).owner_id
        if self.viewer not in {message.author.id, message.visible_to} and not moderator:
            raise Sorry("Only its author and the server's owner can delete this message.")
        self.person.delete_message(message)

    def _history(self, asked: ask.History) -> JsonObject:
        older = [m for m in self.person.visible_messages(asked.channel_id) if m.id < asked.before]
        page = older[-SHOWN_MESSAGES:]
        return {"messages": [view_message(self._world, m) for m in page], "more": len(older) > len(page)}

    def _sit(
        self, asked: ask.JoinVoice | ask.LeaveVoice | ask.Mute | ask.Disconnect | ask.MoveTo
    ) -> JsonObject:
        match asked:
            case ask.JoinVoice(channel_id=channel_id):
                if self.person.join_voice(channel_id) is None:
                    raise Sorry("That voice channel is full, or closed to this person.")
            case ask.LeaveVoice(guild_id=guild_id):
                self.person.leave_voice(guild_id)
            case ask.Mute(muted=muted, deafened=deafened):
                self.person.mute(muted, deafened=deafened)
            case ask.Disconnect(user_id=user_id):
                self.person.disconnect(user_id)
            case ask.MoveTo(user_id=user_id, channel_id=channel_id):
                self.person.move(user_id, channel_id)
            case _:
                assert_never(asked)
        return {}

    def _interact(
        self,
        asked: ask.Run | ask.UseOnUser | ask.UseOnMessage | ask.Press | ask.Choose | ask.Submit,
    ) -> Interaction:
        person = self.person
        match asked:
            case ask.Run():
                files = {option: self._uploads.take(key) for option, key in asked.uploads.items()}
                return person.run_command(asked.channel_id, asked.name, asked.options, files)
            case ask.UseOnUser():
                return person.use_on_user(asked.channel_id, asked.name, asked.target_id)
            case ask.UseOnMessage():
                message = self._message(asked.channel_id, asked.message_id)
                return person.use_on_message(message, asked.name)
            case ask.Press():
                return person.press(self._message(asked.channel_id, asked.message_id), asked.custom_id)
            case ask.Choose():
                message = self._message(asked.channel_id, asked.message_id)
                return person.choose(message, asked.custom_id, asked.values)
            case ask.Submit():
                opened_by = self._forms.get(asked.interaction_id)
                if opened_by is None:
                    raise Sorry("This form is not open any more.")
                return person.submit_modal(opened_by, asked.values)
            case _:
                assert_never(asked)

    def _begun(self, interaction: Interaction) -> JsonObject:
        self._forms[interaction.id] = interaction
        if len(self._forms) > KEPT_FORMS:
            del self._forms[next(iter(self._forms))]
        return {"interaction_id": str(interaction.id)}

    async def _complete(self, asked: ask.Complete) -> JsonObject:
        interaction = self.person.autocomplete(asked.channel_id, asked.name, asked.focused, asked.options)
        await self._people.acknowledged(interaction)
        if interaction.state is InteractionState.FAILED:
            raise Sorry("Loading options failed.")
        return {"choices": list(interaction.choices)}

    def _message(self, channel_id: ChannelId, message_id: MessageId) -> Message:
        return self._world.board.get(channel_id, message_id)


def _checked(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Sorry(f"A message has at most {LONGEST_TEXT} characters; this one has {len(text)}.")
    return text


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}." if reason else "That cannot be done."
