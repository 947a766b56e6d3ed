"""Paginated messages: one actor per list that somebody is looking at."""
