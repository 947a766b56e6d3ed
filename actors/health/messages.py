"""What the health actor's mailbox takes."""

from typing import TypeAlias

from attrs import field, frozen

from actors.core.envelope import Envelope
from actors.core.health import Diagnosis


@frozen
class ShowStatus:
    """Say what runs."""


@frozen
class ShowDiagnosis:
    """Say everything."""


@frozen(kw_only=True)
class Diagnosed:
    """Everything was gathered for this request."""

    envelope: Envelope = field(repr=False)
    diagnosis: Diagnosis


Command: TypeAlias = ShowStatus | ShowDiagnosis
Fact: TypeAlias = Diagnosed
