"""Playlists: queues that a server or a person keeps, plays again, and carries in and out as files."""
