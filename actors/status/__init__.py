"""Status reactions: honest progress under every message that asked for something."""
