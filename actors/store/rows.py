"""Values that cross the border of the store.

Snapshots are opaque bytes with a schema number: their slice encodes, upgrades and decodes them. Rows of a
slice's own tables are attrs classes, made from the columns of a query by name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from attrs import frozen

Value = None | int | float | str | bytes
Params = Mapping[str, Value]

Row_co = TypeVar("Row_co", covariant=True)


@frozen(kw_only=True)
class Snapshot:
    """The state of one actor at its last commit.

    Attributes:
        kind: the actor's kind, such as ``player``.
        key: the number in its address (a snowflake).
        schema: which version of the slice's encoding ``data`` is in.
        at: when it was saved, UTC.
        data: as the slice gave it.
    """

    kind: str
    key: int
    schema: int
    at: datetime
    data: bytes


@frozen(kw_only=True)
class Quarantined:
    """A snapshot that its slice could not read, set aside with the reason."""

    snapshot: Snapshot
    reason: str
    since: datetime


@frozen(kw_only=True)
class SliceSchema:
    """The SQL of one slice, registered when the store opens.

    ``package`` holds a folder ``sql``. In it, files named ``NNNN_words.sql`` (four digits, unique over
    all slices and without a gap) are migrations; every other ``name.sql`` is one statement, called
    ``slice.name``, with named parameters (``:guild``).

    Attributes:
        name: the slice's name, first part of its statements' names.
        package: importable package, such as ``actors.reputation``.
    """

    name: str
    package: str


class Statement(Protocol[Row_co]):
    """A registered statement with its parameters and the type of its rows.

    A Protocol, so that slices, which do not import this room, may bring any frozen class of this shape.
    """

    @property
    def name(self) -> str:
        """``slice.file``, as registered."""
        ...

    @property
    def params(self) -> Params:
        """Values of the named parameters."""
        ...

    @property
    def row(self) -> type[Row_co]:
        """An attrs class; its fields are filled from the columns of the same names."""
        ...
