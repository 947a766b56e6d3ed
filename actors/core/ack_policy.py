"""Which first response an interaction gets: looked up from the declarations, before anything is decided.

============================  ====================================================
command                       deferred reply (5) with its declared visibility
command that opens a form     the form (9) itself: a form cannot be deferred
click or selection            deferred update (6), or the form that it opens (9)
submitted form                deferred reply (5)
a refusal instead of a form   a private deferred reply, or a deferred update
autocompletion                none here: it is answered with choices (8) within 2 s
anything unknown              a private deferred reply, or a deferred update
============================  ====================================================

Source: Discord, "Interactions: receiving and responding", "Interaction Callback Type".
"""

from actors.core.arguments import Arguments, Person
from actors.core.custom_id import CustomId
from actors.core.declare import Command, Component
from actors.core.envelope import Facts
from actors.core.texts import Say
from actors.rest.payloads import Callback, DeferredReply, DeferredUpdate, Modal


def first_response_to_command(
    command: Command | None, arguments: Arguments, facts: Facts | None, say: Say
) -> DeferredReply | Modal:
    """The response to a slash command; ``facts`` is ``None`` in direct messages."""
    if command is None or facts is None:
        return DeferredReply(ephemeral=True)
    form = command.modal(arguments, facts, say) if command.modal is not None else None
    return form or DeferredReply(ephemeral=command.ephemeral)


def first_response_to_menu(
    command: Command | None, target: Person | None, facts: Facts | None, say: Say
) -> DeferredReply | Modal:
    """The response to an entry of a person's context menu."""
    if command is None or command.menu is None or target is None or facts is None:
        return DeferredReply(ephemeral=True)
    form = command.menu.modal(target, facts, say) if command.menu.modal is not None else None
    return form or DeferredReply(ephemeral=command.ephemeral)


def first_response_to_press(
    component: Component | None, custom_id: CustomId | None, facts: Facts | None, say: Say
) -> Callback:
    """The response to a click or a selection."""
    if component is None or custom_id is None or facts is None or component.modal is None:
        return DeferredUpdate()
    return component.modal(custom_id, facts, say)


def first_response_to_form(component: Component | None) -> Callback:
    """The response to a submitted form."""
    return DeferredReply(ephemeral=component is None or component.ephemeral)
