"""The version of this program. The only place; a test compares it with the project's metadata."""

from typing import Final

VERSION: Final = "0.1.0"
