"""What the browser asks for over the WebSocket, as a closed union of values.

Each request is an object `{"id": n, "do": name, …}`; its answer carries the same `re: n`. Ids travel as
decimal strings, since numbers in browsers lose their last digits. No I/O.
"""

from typing import TypeAlias

import msgspec

from gateway_client.ids import ChannelId, GuildId, InteractionId, MessageId, UserId

OptionValue: TypeAlias = str | int | float | bool


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """What every request has.

    Attributes:
        id: number that the answer repeats.
    """

    id: int = 0


class ActAs(Request, frozen=True, tag="act_as"):
    """Be somebody else from now on."""

    user_id: UserId


class History(Request, frozen=True, tag="history"):
    """Older messages of a channel."""

    channel_id: ChannelId
    before: MessageId


class Send(Request, frozen=True, tag="send"):
    """Write a message."""

    channel_id: ChannelId
    text: str = ""
    uploads: tuple[str, ...] = ()
    reply_to: MessageId | None = None


class Edit(Request, frozen=True, tag="edit"):
    """Change a message of one's own."""

    channel_id: ChannelId
    message_id: MessageId
    text: str


class Delete(Request, frozen=True, tag="delete"):
    """Delete a message."""

    channel_id: ChannelId
    message_id: MessageId


class React(Request, frozen=True, tag="react"):
    """Put an emoji under a message, or take it away."""

    channel_id: ChannelId
    message_id: MessageId
    emoji: str
    on: bool


class Typing(Request, frozen=True, tag="typing"):
    """Tell that one types."""

    channel_id: ChannelId


class Run(Request, frozen=True, tag="run"):
    """Run a slash command; `name` may hold subcommands, `uploads` are files by option."""

    channel_id: ChannelId
    name: str
    options: dict[str, OptionValue] = msgspec.field(default_factory=dict[str, OptionValue])
    uploads: dict[str, str] = msgspec.field(default_factory=dict[str, str])


class Complete(Request, frozen=True, tag="complete"):
    """Ask the bot what it offers for the option that is being typed."""

    channel_id: ChannelId
    name: str
    focused: str
    options: dict[str, OptionValue] = msgspec.field(default_factory=dict[str, OptionValue])


class UseOnUser(Request, frozen=True, tag="use_on_user"):
    """Use a command of a person's context menu."""

    channel_id: ChannelId
    name: str
    target_id: UserId


class UseOnMessage(Request, frozen=True, tag="use_on_message"):
    """Use a command of a message's context menu."""

    channel_id: ChannelId
    name: str
    message_id: MessageId


class Press(Request, frozen=True, tag="press"):
    """Press a button."""

    channel_id: ChannelId
    message_id: MessageId
    custom_id: str


class Choose(Request, frozen=True, tag="choose"):
    """Choose in a select menu."""

    channel_id: ChannelId
    message_id: MessageId
    custom_id: str
    values: tuple[str, ...]


class Submit(Request, frozen=True, tag="submit"):
    """Send a form that the bot opened."""

    interaction_id: InteractionId
    values: dict[str, str]


class JoinVoice(Request, frozen=True, tag="join_voice"):
    """Sit down in a voice channel."""

    channel_id: ChannelId


class LeaveVoice(Request, frozen=True, tag="leave_voice"):
    """Stand up."""

    guild_id: GuildId


class Mute(Request, frozen=True, tag="mute"):
    """Mute or deafen oneself."""

    muted: bool
    deafened: bool = False


class Disconnect(Request, frozen=True, tag="disconnect"):
    """Throw somebody out of voice, as a moderator."""

    user_id: UserId


class MoveTo(Request, frozen=True, tag="move"):
    """Drag somebody into a voice channel, as a moderator."""

    user_id: UserId
    channel_id: ChannelId


class OpenDirect(Request, frozen=True, tag="open_direct"):
    """Open the private channel with the bot."""


class Listen(Request, frozen=True, tag="listen"):
    """Have the sound of one's voice channel sent over this WebSocket, or not."""

    on: bool


Asked: TypeAlias = (
    ActAs
    | History
    | Send
    | Edit
    | Delete
    | React
    | Typing
    | Run
    | Complete
    | UseOnUser
    | UseOnMessage
    | Press
    | Choose
    | Submit
    | JoinVoice
    | LeaveVoice
    | Mute
    | Disconnect
    | MoveTo
    | OpenDirect
    | Listen
)

_decoder = msgspec.json.Decoder(Asked, strict=False)


class NotUnderstood(ValueError):
    """The browser sent something that is no request."""


def parse_request(text: str | bytes) -> Asked:
    """Read a request.

    Raises:
        NotUnderstood: not JSON, an unknown `do`, or a field that is missing or of another kind.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotUnderstood(str(error)) from error
