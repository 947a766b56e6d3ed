"""The ``settings`` command and its slice."""

from actors.core.access import Rule
from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments
from actors.core.declare import Command, Completion, Option, Slice
from actors.core.envelope import Facts
from actors.core.setting import Settings
from actors.core.shared_settings import SHARED
from actors.rest.payloads import Choice
from actors.settings.actor import SettingsActor
from actors.settings.completion import complete_value
from actors.settings.messages import Change, ShowAll, ShowOne
from actors.settings.messages import Command as SettingsCommand

KIND = "settings"
CHOICES = 25


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _message(arguments: Arguments, facts: Facts) -> SettingsCommand:
    name, value = arguments.text("name"), arguments.text("value")
    if name is None:
        return ShowAll()
    return ShowOne(name) if value is None else Change(name, value)


SETTINGS = Command(
    name="settings",
    group="server",
    address=_address,
    message=_message,
    options=(Option(name="name", autocomplete=True), Option(name="value", autocomplete=True)),
    ephemeral=True,
    control=True,
    rule=Rule.EVERYONE,
    example={"name": "language", "value": "cs"},
)


def settings_slice(settings: Settings) -> Slice:
    """The slice; autocompletion reads the declarations."""

    async def complete(completion: Completion) -> list[Choice]:
        typed = completion.typed.strip().lower()
        if completion.option == "name":
            names = [setting.name for setting in settings.declared]
            return [Choice(name, name) for name in names if typed in name][:CHOICES]
        setting = settings.find(completion.options.get("name", ""))
        return complete_value(settings, setting, completion)[:CHOICES] if setting else []

    return Slice(
        kind=KIND,
        package="actors.settings",
        factory=SettingsActor,
        commands=(SETTINGS,),
        settings=SHARED,
        complete=complete,
        again="settings",
    )
