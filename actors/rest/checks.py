"""The measuring tape of the payloads: lengths, counts and ranges, each broken limit one ``PayloadError``.

An error names the place and the numbers, never the text. Discord counts Unicode code points, as ``len`` does.
Imports only ``errors``.
"""

from collections.abc import Sized
from typing import TYPE_CHECKING

from actors.rest.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Collection


def check_text(where: str, text: str, *, most: int, least: int = 0) -> None:
    """Demand ``least <= len(text) <= most``, both in characters.

    Raises:
        PayloadError: naming ``where`` and the numbers.

    """
    _check_size(where, text, most=most, least=least, unit="characters")


def check_count(where: str, items: "Collection[object]", *, most: int, least: int = 0) -> None:
    """Demand ``least <= len(items) <= most``.

    Raises:
        PayloadError: naming ``where`` and the numbers.

    """
    _check_size(where, items, most=most, least=least, unit="items")


def check_range(where: str, value: float, *, least: float, most: float) -> None:
    """Demand ``least <= value <= most``.

    Raises:
        PayloadError: naming ``where`` and the numbers.

    """
    if not least <= value <= most:
        raise PayloadError(f"{where}: {value}, allowed is {least} to {most}")


def check_unique(where: str, items: "Collection[object]") -> None:
    """Demand that no item occurs twice.

    Raises:
        PayloadError: naming ``where``.

    """
    if len(set(items)) != len(items):
        raise PayloadError(f"{where}: the same one occurs twice")


def _check_size(where: str, thing: Sized, *, most: int, least: int, unit: str) -> None:
    size = len(thing)
    if size > most:
        raise PayloadError(f"{where}: {size} {unit}, at most {most} are allowed")
    if size < least:
        raise PayloadError(f"{where}: {size} {unit}, at least {least} needed")
