"""Every sentence that the sources ask for is in every language with its arguments, and none is idle."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.core.schema import to_registration
from actors.core.texts import DEFAULT_LANGUAGE, LANGUAGES, Argument, Catalogue, Entry, plural_form
from cli.slices import PACKAGES, SETTINGS
from cli.slices import catalogue as load
from tests.declared import declared_registry

ROOT = Path(__file__).resolve().parents[1]
CALLS = {"say", "text", "_sentence"}
# Keys that are built from a declaration's name.
CONVENTIONS = ("commands.", "settings.")
OTHERS = sorted(set(LANGUAGES) - {DEFAULT_LANGUAGE})


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Place, key and argument names of each call; ``None`` for arguments that are passed on."""
    for file in sorted((ROOT / "actors").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            for key in keys_of(node):
                names = {keyword.arg for keyword in node.keywords}
                yield f"{file.name}:{node.lineno}", key, None if None in names else {n for n in names if n}


def keys_of(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    is_text = name in CALLS or isinstance(call.func, ast.Call)
    for argument in call.args[:2]:
        value = argument.value if isinstance(argument, ast.Constant) else None
        if is_text and isinstance(value, str) and "." in value and " " not in value:
            yield value


def literals() -> set[str]:
    return {
        node.value
        for file in (ROOT / "actors").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def fields(entry: Entry) -> set[str]:
    forms = [entry] if isinstance(entry, str) else list(entry.values())
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def catalogue() -> Catalogue:
    return load()


def forms(entry: Entry) -> set[str]:
    return set() if isinstance(entry, str) else set(entry)


def declared_keys() -> set[str]:
    """What registration and settings ask for."""
    asked = {setting.text_key for setting in SETTINGS}

    def note(key: str, /, **arguments: Argument) -> str:
        asked.add(key)
        return key

    to_registration(declared_registry().commands, note)
    return asked


def test_every_text_that_is_asked_for_is_there_with_its_arguments() -> None:
    known = catalogue()
    wrong: list[str] = []
    for place, key, names in calls():
        entry = known.entry(key)
        if entry is None:
            wrong.append(f"{place}: {key} is missing")
        elif names is not None and not fields(entry) <= names:
            wrong.append(f"{place}: {key} lacks {sorted(fields(entry) - names)}")
    assert wrong == []


def test_no_text_is_idle() -> None:
    known, used, declared = catalogue(), literals(), declared_keys()
    idle = [
        key for key in sorted(known.keys()) if key not in (declared if key.startswith(CONVENTIONS) else used)
    ]
    assert idle == []


def test_every_declaration_has_its_text() -> None:
    assert declared_keys() - catalogue().keys() == set()


def test_every_slice_with_texts_is_loaded() -> None:
    folders = {f"actors.{file.parents[1].name}" for file in (ROOT / "actors").glob("*/texts/*.toml")}
    assert folders == set(PACKAGES)


def test_languages_that_can_be_chosen_are_those_that_are_there() -> None:
    assert set(catalogue().languages) == set(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_language_is_complete_and_has_nothing_else(language: str) -> None:
    known = catalogue()
    assert sorted(known.keys() - known.keys(language)) == []
    assert sorted(known.keys(language) - known.keys()) == []


@pytest.mark.parametrize("language", OTHERS)
def test_language_takes_the_same_arguments(language: str) -> None:
    known = catalogue()
    wrong = {
        key: (fields(ours), fields(theirs))
        for key in sorted(known.keys() & known.keys(language))
        if (ours := known.entry(key)) is not None
        and (theirs := known.entry(key, language)) is not None
        and fields(theirs) - {"count"} != fields(ours) - {"count"}
    }
    assert wrong == {}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_number_has_its_form(language: str) -> None:
    known = catalogue()
    needed = {plural_form(language, count) for count in range(200)}
    plural = {
        key: forms(entry) for key in known.keys(language) if forms(entry := known.entry(key, language) or "")
    }
    assert {key: found for key, found in plural.items() if not needed <= found <= needed | {"many"}} == {}
    assert len(plural) >= 5


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_discord_takes_the_descriptions(language: str) -> None:
    say = catalogue().speaker(language)
    registered = to_registration(declared_registry().commands, catalogue().speaker(), {language: say})
    assert len(registered) > 10


def test_the_check_sees_a_useful_number_of_texts() -> None:
    assert len(list(calls())) >= 15
