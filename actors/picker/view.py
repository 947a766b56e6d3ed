"""A picker as its message: the choices of a page, a button for each, Cancel, and arrows for more pages."""

from actors.core.address import Address
from actors.core.arrows import view_arrows
from actors.core.custom_id import CustomId
from actors.core.texts import Say
from actors.picker.state import PickerState
from actors.rest.payloads import ActionRow, Button, ButtonStyle, Embed, Message, cut

VERSION = 1
LINE_LIMIT = 400
TITLE_LIMIT = 256


def view_picker(picker: Address, state: PickerState, say: Say) -> Message:
    """The page as it is now."""
    lines = [
        f"**{place}.** {cut(choice.label, LINE_LIMIT)}"
        for place, (_, choice) in enumerate(state.shown, start=1)
    ]
    embed = Embed(title=cut(state.title, TITLE_LIMIT), description="\n".join(lines))
    numbers = tuple(
        Button(
            label=str(place),
            style=ButtonStyle.PRIMARY,
            custom_id=_custom_id(picker, "pick", str(index)),
        )
        for place, (index, _) in enumerate(state.shown, start=1)
    )
    cancel = Button(
        label=say("picker.cancel"), style=ButtonStyle.DANGER, custom_id=_custom_id(picker, "cancel")
    )
    arrows = view_arrows(picker, VERSION, state.page + 1, state.pages) if state.pages > 1 else ()
    return Message(embeds=(embed,), components=(ActionRow(numbers), ActionRow((cancel, *arrows))))


def _custom_id(picker: Address, verb: str, argument: str = "") -> str:
    return CustomId(address=picker, version=VERSION, verb=verb, argument=argument).to_wire()
