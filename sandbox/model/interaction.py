"""One interaction: from the press to the answer, with the real rules about time.

States::

    pending ──4, 7──▶ answered          pending ──8──▶ completed (choices)
       │ └──5, 6──▶ deferred ──edit, first follow-up──▶ answered
       │ └──9──▶ modal (a person may submit it: a new interaction)
       └──3 s without response──▶ failed ("This interaction failed")

Type 6 is final for a component that shows no loading state: ``deferred`` with ``shows_loading`` False.
The token lives 15 minutes from the press. May import ids and JSON values.

Source: Receiving and Responding to Interactions, sections "Interaction Callback" and "Followup Messages".
"""

from enum import Enum, IntEnum

from attrs import define, field

from gateway_client.ids import ChannelId, GuildId, InteractionId, MessageId, UserId
from sandbox.json_values import JsonObject

RESPONSE_DEADLINE_S = 3.0
TOKEN_LIFE_S = 15 * 60.0


class InteractionType(IntEnum):
    """Source: section "Interaction Type"."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """Source: section "Interaction Callback Type"."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE_RESULT = 8
    MODAL = 9


class InteractionState(Enum):
    """How far an interaction is."""

    PENDING = "pending"
    DEFERRED = "deferred"
    ANSWERED = "answered"
    COMPLETED = "completed"
    MODAL = "modal"
    FAILED = "failed"


@define(kw_only=True, eq=False)
class Interaction:
    """What one person asked the bot for, and what became of it."""

    id: InteractionId
    type: InteractionType
    token: str = field(repr=False)
    user_id: UserId
    channel_id: ChannelId
    guild_id: GuildId | None
    data: JsonObject
    locale: str = "en-US"
    message_id: MessageId | None = None
    """Of a component (or of a modal that a component opened): the message it sits on."""
    dispatched_at: float
    """Monotonic seconds."""
    state: InteractionState = InteractionState.PENDING
    callback: CallbackType | None = None
    response_s: float | None = None
    """Seconds from dispatch to the arrival of the first response."""
    ephemeral: bool = False
    shows_loading: bool = False
    original_id: MessageId | None = None
    """The message that ``@original`` means, once there is one."""
    followup_ids: list[MessageId] = field(factory=list[MessageId])
    choices: tuple[JsonObject, ...] = ()
    modal: JsonObject | None = None
    failure: str | None = None
    """What the person reads when it failed."""

    @property
    def responded(self) -> bool:
        """Whether the bot has sent its first response."""
        return self.callback is not None

    def response_deadline(self) -> float:
        """When the first response must have arrived (monotonic seconds)."""
        return self.dispatched_at + RESPONSE_DEADLINE_S

    def token_expires_at(self) -> float:
        """When ``@original`` and follow-ups stop working (monotonic seconds)."""
        return self.dispatched_at + TOKEN_LIFE_S
