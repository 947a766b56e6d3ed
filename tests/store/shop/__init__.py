"""A slice of its own, only for the tests of the store."""
