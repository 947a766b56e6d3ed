"""On or off, as people type it."""

ON = frozenset({"on", "true", "1", "yes", "y"})
OFF = frozenset({"off", "false", "0", "no", "n"})


def read_switch(words: str) -> bool | None:
    """What the words say; ``None`` if they are neither."""
    lower = words.strip().lower()
    if lower in ON:
        return True
    return False if lower in OFF else None
