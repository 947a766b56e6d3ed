"""The library's commands: a guild's own files, listed, fetched, played, renamed and removed."""
