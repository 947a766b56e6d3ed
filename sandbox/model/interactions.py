"""Interactions: how they begin, what the bot may answer and when. See ``interaction`` for the states.

Rules: the first response must arrive within 3 s, and there is only one; a deferral shows a loading message
whose place the first edit or follow-up takes, ephemeral or not as the deferral said; ``@original`` of a
component is the message it sits on after 6 or 7; after 15 minutes the token is worth nothing. Who breaks a
rule gets a ``Refused`` with Discord's code. May import the model only.
"""

from enum import Enum

from attrs import define, evolve, field

from gateway_client.ids import InteractionId, MessageId, UserId
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.directory import Directory, Kind, Unknown
from sandbox.model.entities import Channel, InteractionMetadata, Message, MessageFlags, MessageType
from sandbox.model.interaction import CallbackType, Interaction, InteractionState, InteractionType
from sandbox.model.ledger import Ledger
from sandbox.model.messages import Draft, Edit, MessageBoard, Origin

FAILED_SENTENCE = "This interaction failed"
NO_RESPONSE_SENTENCE = "The application did not respond"
_FINISHED_KEPT = 2_000
"""How many interactions are remembered before the oldest are forgotten."""


class Reason(Enum):
    """Why the bot may not do this; the value is Discord's code."""

    UNKNOWN_INTERACTION = 10062
    UNKNOWN_WEBHOOK = 10015
    ALREADY_ACKNOWLEDGED = 40060
    TOKEN_INVALID = 50027
    INVALID_FORM = 50035


class Refused(Exception):
    """An interaction's rule was broken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason


_ALLOWED: dict[InteractionType, frozenset[CallbackType]] = {
    InteractionType.PING: frozenset({CallbackType.PONG}),
    InteractionType.COMMAND: frozenset(
        {CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE, CallbackType.MODAL}
    ),
    InteractionType.COMPONENT: frozenset(
        {
            CallbackType.MESSAGE,
            CallbackType.DEFERRED_MESSAGE,
            CallbackType.DEFERRED_UPDATE,
            CallbackType.UPDATE,
            CallbackType.MODAL,
        }
    ),
    InteractionType.AUTOCOMPLETE: frozenset({CallbackType.AUTOCOMPLETE_RESULT}),
    InteractionType.MODAL_SUBMIT: frozenset(
        {
            CallbackType.MESSAGE,
            CallbackType.DEFERRED_MESSAGE,
            CallbackType.DEFERRED_UPDATE,
            CallbackType.UPDATE,
        }
    ),
}


@define
class InteractionDesk:
    """All interactions that are still worth something."""

    _ledger: Ledger
    _directory: Directory
    _board: MessageBoard
    _by_id: dict[InteractionId, Interaction] = field(factory=dict[InteractionId, Interaction])
    _by_token: dict[str, Interaction] = field(factory=dict[str, Interaction])
    _pending: dict[InteractionId, Interaction] = field(factory=dict[InteractionId, Interaction])

    def begin(
        self,
        kind: InteractionType,
        user_id: UserId,
        channel: Channel,
        data: JsonObject,
        *,
        message_id: MessageId | None = None,
        locale: str = "en-US",
    ) -> Interaction:
        """A person does something that the bot must answer."""
        interaction_id = InteractionId(self._ledger.ids.next())
        interaction = Interaction(
            id=interaction_id,
            type=kind,
            token=self._ledger.tokens.next("aW50ZXJhY3Rpb24", interaction_id),
            user_id=user_id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            data=data,
            message_id=message_id,
            locale=locale,
            dispatched_at=self._ledger.clock.now(),
        )
        self._remember(interaction)
        self._ledger.publish(events.InteractionCreated(interaction=interaction))
        return interaction

    def next_deadline(self) -> float | None:
        """Return when ``tick`` has something to do (monotonic seconds)."""
        return min((i.response_deadline() for i in self._pending.values()), default=None)

    def tick(self) -> None:
        """Fail what was not answered in time."""
        now = self._ledger.clock.now()
        for interaction in [i for i in self._pending.values() if now >= i.response_deadline()]:
            self._fail(interaction)

    def open(self, interaction_id: InteractionId, token: str, callback: CallbackType) -> Interaction:
        """Return the interaction that a first response is for, if it may be answered so.

        Raises:
            Refused: too late or unknown (10062), answered before (40060), or not for this type (50035).
        """
        self.tick()
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.state is InteractionState.FAILED:
            raise Refused(Reason.UNKNOWN_INTERACTION)
        if interaction.responded:
            raise Refused(Reason.ALREADY_ACKNOWLEDGED)
        allowed = _ALLOWED[interaction.type]
        if callback not in allowed or (
            _needs_message(interaction, callback) and interaction.message_id is None
        ):
            raise Refused(Reason.INVALID_FORM)
        return interaction

    def answer(self, interaction: Interaction, draft: Draft, *, loading: bool = False) -> Message:
        """First response 4 (a message), or with ``loading`` 5 (its place)."""
        ephemeral = bool(draft.flags & MessageFlags.EPHEMERAL)
        interaction.ephemeral, interaction.shows_loading = ephemeral, loading
        if loading:
            kept = draft.flags & MessageFlags.EPHEMERAL
            draft = Draft(flags=kept | MessageFlags.LOADING)
        message = self._post(interaction, draft)
        interaction.original_id = message.id
        state = InteractionState.DEFERRED if loading else InteractionState.ANSWERED
        kind = CallbackType.DEFERRED_MESSAGE if loading else CallbackType.MESSAGE
        self._responded(interaction, kind, state)
        return message

    def update(self, interaction: Interaction, edit: Edit | None) -> Message:
        """First response 7 (edit the component's message), or with no edit 6."""
        assert interaction.message_id is not None
        message = self._board.get(interaction.channel_id, interaction.message_id)
        interaction.original_id = message.id
        interaction.ephemeral = message.visible_to is not None
        if edit is None:
            self._responded(interaction, CallbackType.DEFERRED_UPDATE, InteractionState.DEFERRED)
        else:
            self._board.edit(message, edit)
            self._responded(interaction, CallbackType.UPDATE, InteractionState.ANSWERED)
        return message

    def complete(self, interaction: Interaction, choices: tuple[JsonObject, ...]) -> None:
        """First response 8: what to offer."""
        interaction.choices = choices
        self._responded(interaction, CallbackType.AUTOCOMPLETE_RESULT, InteractionState.COMPLETED)

    def show_modal(self, interaction: Interaction, modal: JsonObject) -> None:
        """First response 9: a form for the person."""
        interaction.modal = modal
        self._responded(interaction, CallbackType.MODAL, InteractionState.MODAL)

    def by_token(self, token: str) -> Interaction:
        """Return the interaction whose ``@original`` and follow-ups a token opens.

        Raises:
            Refused: no such token or expired (50027), or no first response yet (10015).
        """
        interaction = self._by_token.get(token)
        if interaction is None or self._ledger.clock.now() >= interaction.token_expires_at():
            raise Refused(Reason.TOKEN_INVALID)
        if not interaction.responded:
            raise Refused(Reason.UNKNOWN_WEBHOOK)
        return interaction

    def original(self, interaction: Interaction) -> Message:
        """Return the message that ``@original`` means, or raise ``Unknown``."""
        if interaction.original_id is None:
            raise Unknown(Kind.MESSAGE)
        return self._board.get(interaction.channel_id, interaction.original_id)

    def edit_original(self, interaction: Interaction, edit: Edit) -> Message:
        """Edit the first response; ends a loading state."""
        message = self.original(interaction)
        if message.flags & MessageFlags.LOADING:
            kept = message.flags & ~MessageFlags.LOADING
            edit = evolve(edit, flags=kept | (edit.flags or MessageFlags.NONE))
        self._board.edit(message, edit)
        self._answered(interaction)
        return message

    def follow_up(self, interaction: Interaction, draft: Draft) -> Message:
        """Post one more message; right after a deferral it takes the loading message's place."""
        if interaction.shows_loading and interaction.original_id is not None:
            original = self.original(interaction)
            if original.flags & MessageFlags.LOADING:
                return self._fill_loading(interaction, draft)
        message = self._post(interaction, draft)
        interaction.followup_ids.append(message.id)
        self._answered(interaction)
        return message

    def followup(self, interaction: Interaction, message_id: MessageId) -> Message:
        """Return a follow-up, or the original by its id, or raise ``Unknown``."""
        if message_id != interaction.original_id and message_id not in interaction.followup_ids:
            raise Unknown(Kind.MESSAGE)
        return self._board.get(interaction.channel_id, message_id)

    def delete(self, interaction: Interaction, message: Message) -> None:
        """Delete the original or a follow-up. A deleted loading message ends the wait."""
        self._board.delete(message)
        if message.id == interaction.original_id:
            interaction.original_id = None
        else:
            interaction.followup_ids.remove(message.id)
        self._answered(interaction)

    def _fill_loading(self, interaction: Interaction, draft: Draft) -> Message:
        edit = Edit(
            content=draft.content,
            embeds=draft.embeds,
            components=draft.components,
            uploads=draft.uploads,
            flags=draft.flags & ~MessageFlags.EPHEMERAL | self._kept_flags(interaction),
            allowed=draft.allowed,
        )
        return self.edit_original(interaction, edit)

    def _kept_flags(self, interaction: Interaction) -> MessageFlags:
        return MessageFlags.EPHEMERAL if interaction.ephemeral else MessageFlags.NONE

    def _post(self, interaction: Interaction, draft: Draft) -> Message:
        channel = self._directory.channel(interaction.channel_id)
        ephemeral = bool(draft.flags & MessageFlags.EPHEMERAL)
        origin = Origin(
            type=_message_type(interaction),
            application_id=self._directory.application.id,
            interaction=_metadata(interaction),
            visible_to=interaction.user_id if ephemeral else None,
        )
        return self._board.post(channel, self._directory.bot, draft, origin)

    def _remember(self, interaction: Interaction) -> None:
        self._by_id[interaction.id] = self._by_token[interaction.token] = interaction
        self._pending[interaction.id] = interaction
        if len(self._by_id) > _FINISHED_KEPT:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            self._by_token.pop(oldest.token, None)

    def _responded(self, interaction: Interaction, callback: CallbackType, state: InteractionState) -> None:
        self._pending.pop(interaction.id, None)
        interaction.callback = callback
        interaction.state = state
        interaction.response_s = self._ledger.clock.now() - interaction.dispatched_at
        self._ledger.publish(events.InteractionChanged(interaction=interaction))

    def _answered(self, interaction: Interaction) -> None:
        if interaction.state is InteractionState.DEFERRED:
            interaction.state = InteractionState.ANSWERED
        self._ledger.publish(events.InteractionChanged(interaction=interaction))

    def _fail(self, interaction: Interaction) -> None:
        self._pending.pop(interaction.id, None)
        interaction.state = InteractionState.FAILED
        slash = interaction.type is InteractionType.COMMAND
        interaction.failure = NO_RESPONSE_SENTENCE if slash else FAILED_SENTENCE
        self._ledger.publish(events.InteractionChanged(interaction=interaction))


def _needs_message(interaction: Interaction, callback: CallbackType) -> bool:
    return callback in {CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE}


def _message_type(interaction: Interaction) -> MessageType:
    if interaction.type is not InteractionType.COMMAND:
        return MessageType.DEFAULT
    if interaction.data.get("type", 1) == 1:
        return MessageType.CHAT_INPUT_COMMAND
    return MessageType.CONTEXT_MENU_COMMAND


def _whole_name(command: JsonObject) -> str:
    """A command's name with its subcommand's. Source: section "Message Interaction Structure", ``name``."""
    inner = next((one for one in command.get("options", ()) if one["type"] <= 2), None)
    return str(command["name"]) if inner is None else f"{command['name']} {_whole_name(inner)}"


def _metadata(interaction: Interaction) -> InteractionMetadata:
    name = _whole_name(interaction.data) if interaction.type is InteractionType.COMMAND else None
    return InteractionMetadata(
        id=interaction.id,
        type=interaction.type.value,
        user_id=interaction.user_id,
        name=name,
        original_response_message_id=interaction.original_id,
        interacted_message_id=interaction.message_id,
    )
