"""Keyword reactions: what people write is answered with emojis, by rules of the server."""
