"""Writes the table of settings into the README anew: ``python -m tests.settings.readme_table``."""

from pathlib import Path

from actors.settings.table import settings_table
from cli.slices import SETTINGS, catalogue

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- settings -->\n", "<!-- /settings -->\n"


def wanted() -> str:
    """The table as the declarations have it."""
    return settings_table(SETTINGS, catalogue().speaker()) + "\n"


def shown() -> str:
    """The table as the README has it."""
    return README.read_text("utf-8").split(BEGIN, 1)[1].split(END, 1)[0]


def write() -> None:
    """Put the table of the declarations into the README."""
    before, rest = README.read_text("utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    README.write_text(f"{before}{BEGIN}{wanted()}{END}{after}", "utf-8")


if __name__ == "__main__":
    write()
