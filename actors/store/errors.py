"""What can go wrong with the store, each with one plain sentence for whoever can act on it.

Every error of this room is a `StoreError`. ``retry`` says whether the same call may succeed later without
a restart (a disk that is full now may have space in a minute); nothing that was acknowledged is lost by any
of them.
"""

from attrs import define


@define(eq=False)
class StoreError(Exception):
    """The store could not do what was asked.

    Attributes:
        sentence: plain words for the person who runs the bot.
        retry: whether the same call may succeed later.
    """

    sentence: str
    retry: bool = False

    def __str__(self) -> str:
        return self.sentence


class FolderInUse(StoreError):
    """Another Roadie holds the lock of this data folder."""


class FolderNotWritable(StoreError):
    """The data folder or its database cannot be written."""


class DatabaseTooNew(StoreError):
    """A newer program has migrated this database."""


class DatabaseDamaged(StoreError):
    """The file is no database, or an integrity check failed."""


class MigrationFailed(StoreError):
    """A numbered SQL file could not be applied; the database is as it was."""


class DiskFull(StoreError):
    """No space left; nothing was changed, later calls may succeed."""


class StatementFailed(StoreError):
    """A statement of a slice was refused (a constraint, a wrong parameter); only that one failed."""


class StoreClosed(StoreError):
    """Asked after the store was closed, or its thread has ended."""
