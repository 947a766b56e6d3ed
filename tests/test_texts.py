"""Every sentence that the sources ask for is in the catalogue with its arguments, and none is idle."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

from actors.core.texts import Catalogue, Entry, load_catalogue

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [
    f"actors.{folder.parent.name}" for folder in sorted((ROOT / "actors").glob("*/texts")) if folder.is_dir()
]
CALLS = {"say", "text", "_sentence"}
# Keys that are built from a declaration's name, or taken from a table.
CONVENTIONS = ("commands.", "settings.")


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
    return load_catalogue(PACKAGES)


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
    known = catalogue()
    used = literals()
    idle = [key for key in sorted(known.keys()) if key not in used and not key.startswith(CONVENTIONS)]
    assert idle == []


def test_the_check_sees_a_useful_number_of_texts() -> None:
    assert len(list(calls())) >= 15
