"""The first response to an interaction: a closed union of frozen values, and its wire form.

Which one it is, is decided by static declarations at ingress; the acknowledgement line sends it. Imports
``messages``, ``modals`` and ``options``.

Source: Discord, "Receiving and Responding to Interactions", section "Interaction Callback Type".
"""

from typing import TypeAlias, assert_never

import attrs

from actors.rest.checks import check_count
from actors.rest.errors import PayloadError
from actors.rest.messages import Message, MessageFlag, to_wire_answer, to_wire_edit
from actors.rest.modals import Modal, to_wire_modal
from actors.rest.options import MAX_CHOICES, Choice, to_wire_choice

_REPLY, _DEFERRED_REPLY, _DEFERRED_UPDATE, _UPDATE, _AUTOCOMPLETE, _MODAL = 4, 5, 6, 7, 8, 9


@attrs.frozen(kw_only=True)
class DeferredReply:
    """The caller reads "is thinking …"; the answer comes as an edit, as visible as fixed here (type 5)."""

    ephemeral: bool = False


@attrs.frozen
class DeferredUpdate:
    """A component was pressed; nothing to see yet (type 6)."""


@attrs.frozen
class UpdateMessage:
    """The message with the pressed component becomes this one at once (type 7)."""

    message: Message

    def __attrs_post_init__(self) -> None:
        _refuse_files(self.message)


@attrs.frozen
class Reply:
    """A message, at once (type 4)."""

    message: Message

    def __attrs_post_init__(self) -> None:
        _refuse_files(self.message)


@attrs.frozen
class AutocompleteResult:
    """What the option being typed could become, best first (type 8)."""

    choices: tuple[Choice, ...] = ()

    def __attrs_post_init__(self) -> None:
        check_count("autocomplete choices", self.choices, most=MAX_CHOICES)


Callback: TypeAlias = DeferredReply | DeferredUpdate | UpdateMessage | Reply | AutocompleteResult | Modal


def to_wire_callback(callback: Callback) -> dict[str, object]:  # noqa: PLR0911 - one arm per response type
    """Give the body of ``POST /interactions/{id}/{token}/callback``.

    Raises:
        PayloadError: a reply that is empty.

    """
    match callback:
        case DeferredReply(ephemeral=True):
            return {"type": _DEFERRED_REPLY, "data": {"flags": int(MessageFlag.EPHEMERAL)}}
        case DeferredReply():
            return {"type": _DEFERRED_REPLY}
        case DeferredUpdate():
            return {"type": _DEFERRED_UPDATE}
        case UpdateMessage():
            return {"type": _UPDATE, "data": to_wire_edit(callback.message)}
        case Reply():
            return {"type": _REPLY, "data": to_wire_answer(callback.message)}
        case AutocompleteResult():
            return {"type": _AUTOCOMPLETE, "data": {"choices": [to_wire_choice(c) for c in callback.choices]}}
        case Modal():
            return {"type": _MODAL, "data": to_wire_modal(callback)}
        case _:
            assert_never(callback)


def _refuse_files(message: Message) -> None:
    """Refuse a message with uploads, because the acknowledgement line carries JSON only; defer instead."""
    if message.files:
        raise PayloadError("callback: files go into an answer that was deferred")
