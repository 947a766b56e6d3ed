"""The commands of the members slice, in all their forms."""

import pytest

from actors.core.arguments import Arguments, Person, Usage
from actors.core.custom_id import parse_custom_id
from actors.core.registry import Registry
from actors.members.declaration import MEMBERS
from actors.members.messages import Rename, Uwu, WakeUp
from gateway_client.ids import UserId
from tests.core.fakes import BOB, CATALOGUE, GUILD, facts

REGISTRY = Registry((MEMBERS,))
BOBBY = Person(id=BOB, name="Bobby " * 10)


def asked(name: str, /, **values: str | int | Person) -> object:
    command = REGISTRY.command(name)
    assert command is not None
    return command.message(Arguments(values), facts())


def test_arguments_become_messages() -> None:
    assert asked("rename", user=BOBBY, name=" Rob ") == Rename(BOB, "Rob")
    assert asked("rename", user=BOBBY) == Rename(BOB, None)
    assert asked("wakeup", user=BOBBY) == WakeUp(BOBBY, 2)
    assert asked("wakeup", user=BOBBY, count=5) == WakeUp(BOBBY, 5)
    assert asked("uwu", text="hi") == Uwu("hi")
    assert asked("uwu_me", text="hi") == Uwu("hi", as_caller=True)


@pytest.mark.parametrize("name", ["rename", "wakeup", "uwu", "uwu_me"])
def test_what_is_missing_is_a_usage_error(name: str) -> None:
    with pytest.raises(Usage):
        asked(name)


def test_menus_are_named_as_promised() -> None:
    assert REGISTRY.menu("Rename") is REGISTRY.command("rename")
    assert REGISTRY.menu("WakeUp!") is REGISTRY.command("wakeup")


@pytest.mark.parametrize("language", ["en", "cs"])
def test_form_is_within_the_limits_and_comes_back_as_a_rename(language: str) -> None:
    command = REGISTRY.menu("Rename")
    assert command is not None
    assert command.menu is not None
    assert command.menu.modal is not None
    form = command.menu.modal(BOBBY, facts(), CATALOGUE.speaker(language))
    (field,) = form.rows
    assert (field.required, len(field.value or "")) == (False, 32)
    custom_id = parse_custom_id(form.custom_id)
    assert custom_id is not None
    assert (custom_id.address.kind, custom_id.address.key) == ("members", GUILD)
    component = REGISTRY.component(custom_id)
    assert component is not None
    assert component.message(custom_id, (" Rob ",), facts()) == Rename(BOB, "Rob")
    assert component.message(custom_id, ("",), facts()) == Rename(BOB, None)
    assert component.message(custom_id, (), facts()) == Rename(BOB, None)


def test_forged_form_names_nobody() -> None:
    custom_id = parse_custom_id(f"members:1:{GUILD}:rename:²")
    assert custom_id is not None
    component = REGISTRY.component(custom_id)
    assert component is not None
    assert component.message(custom_id, ("x",), facts()) == Rename(UserId(0), "x")


def test_what_is_said_for_somebody_is_deferred_privately() -> None:
    said = {command.name: (command.ephemeral, command.tidy) for command in MEMBERS.commands}
    assert said == {
        "rename": (False, False),
        "wakeup": (True, True),
        "uwu": (False, False),
        "uwu_me": (True, False),
    }
