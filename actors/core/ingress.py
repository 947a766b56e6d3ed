"""From an event to where it goes: the one synchronous step in which an interaction or a message is read.

Nothing here waits, sends or looks anything up outside memory. The result says which first response the
interaction gets and what is to be delivered; acknowledging and delivering are the supervisor's. Whoever may
not do something is refused here, by the facts at arrival, before an actor is bothered.
"""

from collections.abc import Callable

from attrs import field, frozen

from actors.core.access import Rule, refusal
from actors.core.ack_policy import (
    first_response_to_command,
    first_response_to_form,
    first_response_to_menu,
    first_response_to_press,
)
from actors.core.address import Address
from actors.core.arguments import Arguments, Person, Usage, Value
from actors.core.custom_id import parse_custom_id
from actors.core.declare import Command, Completion, OptionType, Slice
from actors.core.envelope import Facts
from actors.core.prefix import Call, family_line, find_call, strip_prefix, usage_line
from actors.core.registry import Registry
from actors.core.setting import Settings
from actors.core.shared_settings import DJ_ROLE, PREFIX, REQUEST_CHANNEL
from actors.core.slash import (
    command_name,
    focused_option,
    leaf_options,
    read_arguments,
    read_target,
)
from actors.core.texts import Say, Text, text
from actors.core.words import parse_arguments
from actors.rest.payloads import Callback, DeferredReply, DeferredUpdate, Modal
from gateway_client.cache import Cache
from gateway_client.ids import GuildId, RoleId, UserId
from gateway_client.kinds import ApplicationCommandType
from gateway_client.objects import Component as WireComponent
from gateway_client.objects import Interaction, InteractionData, InteractionType, Message


@frozen(kw_only=True)
class Deliver:
    """Put this into the mailbox of ``address``."""

    address: Address
    command: str
    message: object
    tidy: bool = True
    control: bool = False
    starts_itself: bool = False


@frozen(kw_only=True)
class Refuse:
    """Say no in this person's ear. ``expired`` also takes the buttons off the message."""

    reason: Text
    command: str
    expired: bool = False


@frozen(kw_only=True)
class Ask:
    """Ask a slice for choices."""

    owner: Slice
    completion: Completion


@frozen(kw_only=True)
class Nothing:
    """There is nothing to deliver: a form was opened."""


@frozen(kw_only=True)
class Reading:
    """What became of an interaction. ``callback`` is ``None`` for an autocompletion."""

    callback: Callback | None
    outcome: Deliver | Refuse | Ask | Nothing
    is_click: bool = False


@frozen(kw_only=True)
class Ingress:
    """Reads interactions and messages by the declarations."""

    registry: Registry
    settings: Settings
    me: UserId
    say_in: Callable[[GuildId], Say]
    default_say: Say
    bot_owners: frozenset[UserId] = field(factory=frozenset[UserId])
    cache: Cache = field(factory=Cache, repr=False)

    def read_interaction(self, interaction: Interaction, facts: Facts | None) -> Reading | None:
        """What to respond and to deliver; ``None`` for kinds of interaction that ask for nothing."""
        data = interaction.data or InteractionData()
        match interaction.type:
            case InteractionType.APPLICATION_COMMAND:
                return self._read_command(data, facts)
            case InteractionType.MESSAGE_COMPONENT:
                return self._read_press(data, facts)
            case InteractionType.MODAL_SUBMIT:
                return self._read_form(data, facts)
            case InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE:
                return self._read_completion(data, facts)
            case _:
                return None

    def read_message(self, message: Message, facts: Facts) -> Deliver | Refuse | None:
        """What a message asks for; ``None`` if it is no command of ours."""
        prefix = self.settings.value(facts.guild_id, PREFIX, str)
        call = self._call_of(message, prefix) or self._request_in(message, facts, prefix)
        if call is None:
            return self._read_parent(message, prefix)
        try:
            arguments = parse_arguments(call, message, self.cache)
        except Usage as wrong:
            return Refuse(reason=_usage(call.command, wrong, prefix), command=call.command.name)
        return self._deliver(call.command, arguments, facts, prefix)

    def _read_parent(self, message: Message, prefix: str) -> Refuse | None:
        """A parent without one of its subcommands: how they are written."""
        line = strip_prefix(message.content, prefix, self.me)
        usage = family_line(self.registry, line, prefix) if line else None
        if usage is None:
            return None
        return Refuse(reason=text("core.usage", usage=usage), command=usage.removeprefix(prefix))

    def calls_in_private(self, message: Message) -> bool:
        """Whether a direct message looks like a command; there the declared prefix counts."""
        return self._call_of(message, PREFIX.default) is not None

    def _call_of(self, message: Message, prefix: str) -> Call | None:
        line = strip_prefix(message.content, prefix, self.me)
        return find_call(self.registry, line) if line else None

    def _request_in(self, message: Message, facts: Facts, prefix: str) -> Call | None:
        """A plain message in the request channel, as the call that it stands for."""
        wanted = self.settings.optional(facts.guild_id, REQUEST_CHANNEL, int)
        if wanted != facts.channel_id or strip_prefix(message.content, prefix, self.me) is not None:
            return None
        command, words = self.registry.request_command, message.content.strip()
        return Call(command=command, rest=words) if command and (words or message.attachments) else None

    def _read_command(self, data: InteractionData, facts: Facts | None) -> Reading:
        if data.type == ApplicationCommandType.USER:
            return self._read_menu(data, facts)
        name, arguments = command_name(data), read_arguments(data)
        command = self.registry.command(name)
        may = command is not None and facts is not None and self._refusal(command.rule, facts) is None
        callback = (
            first_response_to_command(command, arguments, facts, self._say(facts))
            if may or command is None or command.modal is None
            else DeferredReply(ephemeral=True)
        )
        return self._reading(callback, command, name, arguments, facts)

    def _read_menu(self, data: InteractionData, facts: Facts | None) -> Reading:
        name, target = data.name or "", read_target(data)
        command = self.registry.menu(name) if target is not None else None
        may = command is not None and facts is not None and self._refusal(command.rule, facts) is None
        callback = (
            first_response_to_menu(command, target, facts, self._say(facts))
            if may
            else DeferredReply(ephemeral=True)
        )
        return self._reading(callback, command, name, _of_target(command, target), facts)

    def _reading(
        self,
        callback: DeferredReply | Modal,
        command: Command | None,
        name: str,
        arguments: Arguments,
        facts: Facts | None,
    ) -> Reading:
        if isinstance(callback, Modal):
            return Reading(callback=callback, outcome=Nothing())
        if command is None:
            outcome = Refuse(reason=text("core.unknown_command"), command=name)
        elif facts is None:
            outcome = Refuse(reason=text("core.guild_only"), command=name)
        else:
            outcome = self._deliver(command, arguments, facts, "/")
        return Reading(callback=callback, outcome=outcome)

    def _deliver(self, command: Command, arguments: Arguments, facts: Facts, prefix: str) -> Deliver | Refuse:
        denied = self._refusal(command.rule, facts)
        if denied is not None:
            return Refuse(reason=denied, command=command.name)
        try:
            message = command.message(arguments, facts)
        except Usage as wrong:
            return Refuse(reason=_usage(command, wrong, prefix), command=command.name)
        return Deliver(
            address=command.address(facts),
            command=command.name,
            message=message,
            tidy=command.tidy,
            control=command.control,
            starts_itself=command.starts_itself,
        )

    def _read_press(self, data: InteractionData, facts: Facts | None) -> Reading:
        custom_id = parse_custom_id(data.custom_id or "")
        component = self.registry.component(custom_id) if custom_id else None
        denied = component is not None and facts is not None and self._refusal(component.rule, facts)
        callback = (
            DeferredUpdate()
            if denied
            else first_response_to_press(component, custom_id, facts, self._say(facts))
        )
        if isinstance(callback, Modal):
            return Reading(callback=callback, outcome=Nothing(), is_click=True)
        outcome = self._press(data, facts, data.values)
        return Reading(callback=callback, outcome=outcome, is_click=True)

    def _read_form(self, data: InteractionData, facts: Facts | None) -> Reading:
        custom_id = parse_custom_id(data.custom_id or "")
        component = self.registry.component(custom_id) if custom_id else None
        outcome = self._press(data, facts, tuple(_inputs(data.components)))
        return Reading(callback=first_response_to_form(component), outcome=outcome)

    def _press(self, data: InteractionData, facts: Facts | None, values: tuple[str, ...]) -> Deliver | Refuse:
        custom_id = parse_custom_id(data.custom_id or "")
        component = self.registry.component(custom_id) if custom_id else None
        if custom_id is None or component is None:
            return Refuse(
                reason=self._expired(custom_id and custom_id.address), command="press", expired=True
            )
        name = f"{custom_id.address.kind}.{custom_id.verb}"
        if facts is None:
            return Refuse(reason=text("core.guild_only"), command=name)
        if not self._is_of_here(custom_id.address, facts):
            return Refuse(reason=text("core.expired"), command=name)
        denied = self._refusal(component.rule, facts)
        if denied is not None:
            return Refuse(reason=denied, command=name)
        message = component.message(custom_id, values, facts)
        return Deliver(address=custom_id.address, command=name, message=message)

    def _is_of_here(self, address: Address, facts: Facts) -> bool:
        """Whether a guild's actor is called from its guild: any client can send any ``custom_id``."""
        part = self.registry.slice_of(address.kind)
        return part is None or not part.per_guild or address.key == facts.guild_id

    def _read_completion(self, data: InteractionData, facts: Facts | None) -> Reading:
        command = self.registry.command(command_name(data))
        focused = focused_option(data)
        if command is None or focused is None or facts is None:
            return Reading(callback=None, outcome=Nothing())
        options = {option.name: str(option.value) for option in leaf_options(data)}
        completion = Completion(
            facts=facts,
            command=command.name,
            option=focused.name,
            typed=str(focused.value or ""),
            options=options,
            cache=self.cache,
        )
        return Reading(
            callback=None, outcome=Ask(owner=self.registry.owner_of(command), completion=completion)
        )

    def _say(self, facts: Facts | None) -> Say:
        return self.default_say if facts is None else self.say_in(facts.guild_id)

    def _refusal(self, rule: Rule, facts: Facts) -> Text | None:
        return refusal(rule, facts, dj_role=self._dj_role(facts.guild_id), bot_owners=self.bot_owners)

    def _dj_role(self, guild_id: GuildId) -> RoleId | None:
        """The role that was set, unless the guild has deleted it: then everybody may again."""
        wanted = self.settings.optional(guild_id, DJ_ROLE, int)
        roles = {role.id for role in self.cache.roles(guild_id)}
        return None if wanted is None or (roles and wanted not in roles) else RoleId(wanted)

    def _expired(self, address: Address | None) -> Text:
        part = self.registry.slice_of(address.kind) if address else None
        if part is None or not part.again:
            return text("core.expired")
        return text("core.expired_again", command=part.again)


def _usage(command: Command, wrong: Usage, prefix: str) -> Text:
    usage = usage_line(command, prefix)
    if wrong.reason is None:
        return text("core.usage", usage=usage)
    return text("core.usage_because", usage=usage, reason=wrong.reason)


def _of_target(command: Command | None, target: Person | None) -> Arguments:
    """A menu's person is its command's first user option."""
    values: dict[str, Value] = {}
    options = command.options if command is not None else ()
    first = next((option for option in options if option.type is OptionType.USER), None)
    if first is not None and target is not None:
        values[first.name] = target
    return Arguments(values)


def _inputs(components: tuple[WireComponent, ...]) -> list[str]:
    found: list[str] = []
    for component in components:
        if component.value is not None:
            found.append(component.value)
        inner = (component.component,) if component.component else ()
        found += _inputs((*component.components, *inner))
    return found
