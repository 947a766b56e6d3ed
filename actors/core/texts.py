"""Every sentence to a user goes through here: a key with typed arguments, rendered from a catalogue.

Each slice keeps its sentences in ``texts/<language>.toml`` of its own folder; the catalogue of a language is
their union. An entry is a string with ``{name}`` fields, or a table of plural forms chosen by the argument
``count``. A missing key or argument is a programming error and fails a test that walks the sources; at run
time it is logged and the key is shown, because a strange sentence is better than none.
"""

import logging
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Protocol, cast

from attrs import define, field, frozen

log = logging.getLogger(__name__)

DEFAULT_LANGUAGE = "en"
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "en": ("English", "angličtina", "anglicky"),
    "cs": ("Czech", "čeština", "česky", "cestina", "cesky", "cz"),
}
"""What can be chosen, by Discord's locale, with the names that people call it."""

Entry = str | Mapping[str, str]


class Say(Protocol):
    """Renders a sentence in the language of one guild."""

    def __call__(self, key: str, /, **arguments: "Argument") -> str:
        """The sentence."""
        ...


@frozen
class Text:
    """A sentence that is not rendered yet, because whoever decides on it does not know the language."""

    key: str
    arguments: Mapping[str, "Argument"] = field(factory=dict[str, "Argument"])

    def render(self, say: Say) -> str:
        """The sentence."""
        return say(self.key, **self.arguments)


Argument = str | int | float | Text


def text(key: str, /, **arguments: Argument) -> Text:
    """A sentence for later."""
    return Text(key, arguments)


@define(eq=False)
class Catalogue:
    """The sentences of all slices, by language and key."""

    _entries: dict[str, dict[str, Entry]] = field(factory=dict[str, dict[str, Entry]])

    @property
    def languages(self) -> tuple[str, ...]:
        """What can be chosen."""
        return tuple(sorted(self._entries))

    def keys(self, language: str = DEFAULT_LANGUAGE) -> frozenset[str]:
        """Every key of a language."""
        return frozenset(self._entries.get(language, {}))

    def entry(self, key: str, language: str = DEFAULT_LANGUAGE) -> Entry | None:
        """The raw entry of a key."""
        return self._entries.get(language, {}).get(key)

    def add(self, language: str, entries: Mapping[str, Entry]) -> None:
        """Add the entries of a slice.

        Raises:
            ValueError: a key is there already.
        """
        known = self._entries.setdefault(language, {})
        for key, entry in entries.items():
            if key in known:
                raise ValueError(f"the text {key} is declared twice in {language}")
            known[key] = entry

    def add_package(self, package: str) -> None:
        """Add every ``texts/*.toml`` of a package."""
        folder = files(package) / "texts"
        for file in folder.iterdir():
            if file.name.endswith(".toml"):
                self.add(file.name.removesuffix(".toml"), _flatten(tomllib.loads(file.read_text("utf-8"))))

    def speaker(self, language: str = DEFAULT_LANGUAGE) -> Say:
        """A renderer for one language; what it lacks is said in English."""

        def say(key: str, /, **arguments: Argument) -> str:
            entry = self.entry(key, language) or self.entry(key)
            if entry is None:
                log.error("a text is missing", extra={"key": key})
                return key
            try:
                words = {n: a.render(say) if isinstance(a, Text) else a for n, a in arguments.items()}
                return _choose(entry, language, arguments).format_map(words)
            except (KeyError, ValueError) as error:
                log.error("a text cannot be filled", extra={"key": key, "error": repr(error)})  # noqa: TRY400 - no trace needed
                return key

        return say


def load_catalogue(packages: Iterable[str]) -> Catalogue:
    """The catalogue of all slices."""
    catalogue = Catalogue()
    for package in packages:
        catalogue.add_package(package)
    return catalogue


def plural_form(language: str, count: float) -> str:
    """The plural category of a number (Unicode CLDR, "Language Plural Rules")."""
    if language == "cs":
        if count != int(count):
            return "many"
        return "one" if count == 1 else "few" if count in {2, 3, 4} else "other"
    return "one" if count == 1 else "other"


def _choose(entry: Entry, language: str, arguments: Mapping[str, Argument]) -> str:
    if isinstance(entry, str):
        return entry
    count = arguments.get("count", 0)
    form = plural_form(language, count if isinstance(count, int | float) else 0)
    return entry.get(form) or entry["other"]


def _flatten(table: Mapping[str, object], prefix: str = "") -> dict[str, Entry]:
    flat: dict[str, Entry] = {}
    for name, value in table.items():
        if isinstance(value, str):
            flat[prefix + name] = value
        elif isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            if "other" in inner:
                flat[prefix + name] = {form: str(words) for form, words in inner.items()}
            else:
                flat |= _flatten(inner, f"{prefix}{name}.")
        else:
            raise TypeError(f"the text {prefix}{name} is no string")
    return flat
