"""The gateway client: Discord's WebSocket in, typed events out. Imports nothing else of ours.

Values: `ids`, `kinds`, `permissions`, `intents`, `objects`, `events`, `commands`. Cores without I/O:
`session`, `limiter`, `inflate`, `backoff`, `close_codes`, `identify_gate`. Shells: `connection` (one
WebSocket), `gateway` (all shards). `cache` keeps what events told and answers questions about it.
"""
