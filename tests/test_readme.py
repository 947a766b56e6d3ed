"""What the README shows of the declarations is what they say."""

import pytest

from cli.invitation import invite_url
from tests.readme import TABLES, shown, shown_invitations, wanted


@pytest.mark.parametrize("table", TABLES)
def test_readme_shows_the_table_that_the_declarations_make(table: str) -> None:
    assert shown(table) == wanted(table), "write it anew: python -m tests.readme"


def test_readme_invites_with_the_permissions_that_the_program_declares() -> None:
    assert shown_invitations() == [invite_url("APPLICATION_ID")], "write it anew: python -m tests.readme"
