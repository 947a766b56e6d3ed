"""The ``settings`` command and the keeper of what each guild has set."""
