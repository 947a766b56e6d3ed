"""What the README shows of the declarations is what they say."""

import pytest

from tests.readme import TABLES, shown, wanted


@pytest.mark.parametrize("table", TABLES)
def test_readme_shows_the_table_that_the_declarations_make(table: str) -> None:
    assert shown(table) == wanted(table), "write it anew: python -m tests.readme"
