"""The absence of a value where None means something: "leave it as it is".

Source: Discord, "Reference", section "Nullable and Optional Resource Fields".
"""

import enum
from typing import Final, Literal


class Unset(enum.Enum):
    """The type with the one value ``UNSET``."""

    UNSET = "unset"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
