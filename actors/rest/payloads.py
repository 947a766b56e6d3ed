"""Everything that Roadie may say to Discord, as frozen values: the one module of this room that views import.

The values live where their subject lives and are only named here:

- ``messages``: ``Message``, ``AllowedMentions``, ``File``
- ``embeds``: ``Embed`` and its parts
- ``components``: ``Button``, ``SelectMenu``, ``ActionRow``
- ``modals``: ``Modal``, ``TextInput``
- ``registration``: ``Command``; ``options``: ``CommandOption``, ``Choice``
- ``callbacks``: ``Callback``, the first response to an interaction
- ``markdown``: ``cut`` and ``escape`` for text of users and tracks

A value that exists is within Discord's limits; making one that is not raises ``PayloadError``. ``to_wire_*``
stands beside each value.
"""

from actors.rest.callbacks import (
    AutocompleteResult,
    Callback,
    DeferredReply,
    DeferredUpdate,
    Reply,
    UpdateMessage,
    to_wire_callback,
)
from actors.rest.components import (
    ActionRow,
    Button,
    ButtonStyle,
    RowItem,
    SelectKind,
    SelectMenu,
    SelectOption,
    to_wire_row,
)
from actors.rest.embeds import Embed, EmbedAuthor, EmbedField, EmbedFooter, to_wire_embed
from actors.rest.emoji import Emoji, Reaction, emoji_key, looks_like_emoji
from actors.rest.errors import PayloadError
from actors.rest.markdown import cut, escape
from actors.rest.messages import (
    MAX_CONTENT,
    AllowedMentions,
    File,
    Message,
    MessageFlag,
    pack_answer,
    to_wire_answer,
    to_wire_create,
    to_wire_edit,
    to_wire_mentions,
)
from actors.rest.modals import Modal, TextInput, TextInputStyle, to_wire_modal
from actors.rest.options import Choice, CommandOption, OptionType, to_wire_choice
from actors.rest.registration import (
    Command,
    CommandType,
    Context,
    IntegrationType,
    RegisteredCommand,
    check_commands,
    to_wire_command,
)
from actors.rest.scheduled import Scheduled, ScheduledEvent
from actors.rest.unset import UNSET, Unset

__all__ = [
    "MAX_CONTENT",
    "UNSET",
    "ActionRow",
    "AllowedMentions",
    "AutocompleteResult",
    "Button",
    "ButtonStyle",
    "Callback",
    "Choice",
    "Command",
    "CommandOption",
    "CommandType",
    "Context",
    "DeferredReply",
    "DeferredUpdate",
    "Embed",
    "EmbedAuthor",
    "EmbedField",
    "EmbedFooter",
    "Emoji",
    "File",
    "IntegrationType",
    "Message",
    "MessageFlag",
    "Modal",
    "OptionType",
    "PayloadError",
    "Reaction",
    "RegisteredCommand",
    "Reply",
    "RowItem",
    "Scheduled",
    "ScheduledEvent",
    "SelectKind",
    "SelectMenu",
    "SelectOption",
    "TextInput",
    "TextInputStyle",
    "Unset",
    "UpdateMessage",
    "check_commands",
    "cut",
    "emoji_key",
    "escape",
    "looks_like_emoji",
    "pack_answer",
    "to_wire_answer",
    "to_wire_callback",
    "to_wire_choice",
    "to_wire_command",
    "to_wire_create",
    "to_wire_edit",
    "to_wire_embed",
    "to_wire_mentions",
    "to_wire_modal",
    "to_wire_row",
]
