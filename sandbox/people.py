"""People who use the sandbox: tests and the page act through them.

A ``Person`` does what a human with a Discord client can do. What the bot must answer is returned as an
``Interaction`` whose ``state`` changes by itself; ``People.until`` waits for any condition of the world::

    ada = people.of(OWNER_ID)
    interaction = ada.run_command(MUSIC_ID, "play", {"query": "song.ogg"})
    await people.answered(interaction)

Rules: nobody presses what they cannot see, or what is disabled; options are turned into the wire form that
the registered command asks for. Waiting needs trio; everything else is synchronous.
"""

from collections.abc import Callable, Mapping, Sequence

import trio
from attrs import frozen

from gateway_client.ids import ChannelId, GuildId, MessageId, UserId
from sandbox.json_values import JsonObject
from sandbox.model import component_use, invocation
from sandbox.model.entities import Emoji, Message, MessageReference, Upload, User, VoiceState
from sandbox.model.events import WorldEvent
from sandbox.model.interaction import Interaction, InteractionState, InteractionType
from sandbox.model.invocation import CannotDoThat, OptionValue
from sandbox.model.messages import Draft, Edit
from sandbox.world import World


@frozen
class Person:
    """One human (or another bot) who acts."""

    user: User
    _world: World

    def send_message(
        self,
        channel_id: ChannelId,
        text: str = "",
        files: Sequence[Upload] = (),
        *,
        reply_to: MessageId | None = None,
    ) -> Message:
        """Write into a channel."""
        channel = self._world.directory.channel(channel_id)
        reference = None
        if reply_to is not None:
            reference = MessageReference(
                channel_id=channel_id, message_id=reply_to, guild_id=channel.guild_id
            )
        draft = Draft(content=text, uploads=tuple(files), reference=reference)
        return self._world.board.post(channel, self.user, draft)

    def send_direct(self, text: str, files: Sequence[Upload] = ()) -> Message:
        """Write to the bot in private."""
        channel = self._world.directory.direct_channel(self.user.id)
        return self._world.board.post(channel, self.user, Draft(content=text, uploads=tuple(files)))

    def edit_message(self, message: Message, text: str) -> None:
        """Change a text of their own."""
        self._must_own(message)
        self._world.board.edit(message, Edit(content=text))

    def delete_message(self, message: Message) -> None:
        """Delete a message (their own, or anybody's as a moderator)."""
        self._world.board.delete(message)

    def react(self, message: Message, emoji: str) -> None:
        """Put an emoji under a message."""
        self._world.board.react(message, self.user, Emoji(name=emoji))

    def unreact(self, message: Message, emoji: str) -> None:
        """Take their emoji back."""
        self._world.board.unreact(message, self.user, Emoji(name=emoji))

    def type_in(self, channel_id: ChannelId) -> None:
        """Show "is typing"."""
        self._world.board.type_in(self._world.directory.channel(channel_id), self.user)

    def visible_messages(self, channel_id: ChannelId) -> list[Message]:
        """Return what this person sees in a channel, oldest first, their ephemeral messages included."""
        return self._world.board.history(channel_id, self.user.id)

    def run_command(
        self,
        channel_id: ChannelId,
        name: str,
        options: Mapping[str, OptionValue] | None = None,
        files: Mapping[str, Upload] | None = None,
    ) -> Interaction:
        """Run a slash command; ``name`` may hold subcommands ("gather start").

        Raises:
            CannotDoThat: a required option is missing, or one does not fit.
            Unknown: there is no such command.
        """
        channel = self._world.directory.channel(channel_id)
        data = invocation.build_command(self._world, channel, name, options or {}, files or {})
        return self._begin(InteractionType.COMMAND, channel_id, data)

    def use_on_user(self, channel_id: ChannelId, name: str, target_id: UserId) -> Interaction:
        """Use a command of a user's context menu."""
        channel = self._world.directory.channel(channel_id)
        data = invocation.build_user_menu(self._world, channel, name, target_id)
        return self._begin(InteractionType.COMMAND, channel_id, data)

    def use_on_message(self, message: Message, name: str) -> Interaction:
        """Use a command of a message's context menu."""
        channel = self._world.directory.channel(message.channel_id)
        data = invocation.build_message_menu(self._world, channel, name, message)
        return self._begin(InteractionType.COMMAND, message.channel_id, data)

    def autocomplete(
        self, channel_id: ChannelId, name: str, focused: str, options: Mapping[str, OptionValue]
    ) -> Interaction:
        """Type in an option; ``options`` holds what stands in each so far, the focused one included."""
        channel = self._world.directory.channel(channel_id)
        data = invocation.build_autocomplete(self._world, channel, name, focused, options)
        return self._begin(InteractionType.AUTOCOMPLETE, channel_id, data)

    def press(self, message: Message, custom_id: str) -> Interaction:
        """Press a button.

        Raises:
            CannotDoThat: it is not there, disabled, or not visible to this person.
        """
        self._must_see(message)
        data = component_use.build_press(message, custom_id)
        return self._begin(InteractionType.COMPONENT, message.channel_id, data, message.id)

    def choose(self, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Choose in a select menu."""
        self._must_see(message)
        data = component_use.build_choice(self._world, message, custom_id, values)
        return self._begin(InteractionType.COMPONENT, message.channel_id, data, message.id)

    def submit_modal(self, opened_by: Interaction, values: Mapping[str, str]) -> Interaction:
        """Fill in and send the form that the bot showed in answer to ``opened_by``."""
        if opened_by.modal is None or opened_by.user_id != self.user.id:
            raise CannotDoThat("no form is open")
        data = component_use.build_submission(opened_by.modal, values)
        return self._begin(InteractionType.MODAL_SUBMIT, opened_by.channel_id, data, opened_by.message_id)

    def join_voice(
        self, channel_id: ChannelId, *, self_mute: bool = False, self_deaf: bool = False
    ) -> VoiceState | None:
        """Sit down in a voice channel, from another one too; None if it is full or closed to them."""
        channel = self._world.directory.channel(channel_id)
        if channel.guild_id is None:
            raise CannotDoThat("there is no voice here")
        return self._world.voice.request(
            channel.guild_id,
            self.user.id,
            channel_id,
            session_id=f"person-{self.user.id}",
            self_mute=self_mute,
            self_deaf=self_deaf,
        )

    def leave_voice(self, guild_id: GuildId | None = None) -> None:
        """Stand up."""
        self._world.voice.leave(guild_id or self._world.home, self.user.id)

    def mute(self, muted: bool, *, deafened: bool = False, guild_id: GuildId | None = None) -> None:
        """Mute or deafen oneself."""
        guild = guild_id or self._world.home
        state = self._world.voice.state(guild, self.user.id)
        if state is None or state.channel_id is None:
            raise CannotDoThat("not in voice")
        self.join_voice(state.channel_id, self_mute=muted or deafened, self_deaf=deafened)

    def move(self, user_id: UserId, channel_id: ChannelId, guild_id: GuildId | None = None) -> None:
        """Drag somebody into another voice channel, as a moderator."""
        self._world.voice.move(guild_id or self._world.home, user_id, channel_id)

    def disconnect(self, user_id: UserId, guild_id: GuildId | None = None) -> None:
        """Throw somebody out of voice, as a moderator."""
        self._world.voice.leave(guild_id or self._world.home, user_id)

    def _begin(
        self,
        kind: InteractionType,
        channel_id: ChannelId,
        data: JsonObject,
        message_id: MessageId | None = None,
    ) -> Interaction:
        channel = self._world.directory.channel(channel_id)
        return self._world.interactions.begin(kind, self.user.id, channel, data, message_id=message_id)

    def _must_see(self, message: Message) -> None:
        if message.visible_to not in {None, self.user.id}:
            raise CannotDoThat("that message is not visible to this person")

    def _must_own(self, message: Message) -> None:
        if message.author.id != self.user.id:
            raise CannotDoThat("that is somebody else's message")


class People:
    """Everybody, and ways to wait for what happens."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, user_id: UserId) -> Person:
        """Return a person to act as."""
        return Person(self._world.directory.user(user_id), self._world)

    def all(self) -> list[Person]:
        """Return everybody who is no bot."""
        return [self.of(user_id) for user_id in self._world.people()]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds; it is looked at now and after each event."""
        changed = trio.Event()

        def wake(_: WorldEvent) -> None:
            if condition():
                changed.set()

        unsubscribe = self._world.subscribe(wake)
        try:
            if not condition():
                await changed.wait()
        finally:
            unsubscribe()

    async def next_event(self, wanted: Callable[[WorldEvent], bool]) -> WorldEvent:
        """Wait for the next event that is wanted."""
        caught: list[WorldEvent] = []

        def catch(event: WorldEvent) -> None:
            if not caught and wanted(event):
                caught.append(event)

        unsubscribe = self._world.subscribe(catch)
        try:
            await self.until(lambda: bool(caught))
        finally:
            unsubscribe()
        return caught[0]

    async def acknowledged(self, interaction: Interaction) -> None:
        """Wait for the first response, or for the failure after 3 s."""
        await self.until(lambda: interaction.state is not InteractionState.PENDING)

    async def answered(self, interaction: Interaction) -> None:
        """Wait for something to read (deferred is not enough), or for the failure."""
        waiting = {InteractionState.PENDING, InteractionState.DEFERRED}
        await self.until(lambda: interaction.state not in waiting)
