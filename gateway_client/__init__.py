"""The gateway client: Discord's WebSocket in, typed events out. Imports nothing else of ours.

Values: `ids`, `kinds`, `permissions`, `intents`, `guilds`, `objects`, `events`, `commands`, `actions`,
`errors`.
Cores without I/O: `session` (one shard across all its connections) with `heart`, `limiter`, `outbox`,
`replay`, `inflate`, `parse`, `backoff`, `close_codes` and `address`; `identify_gate` (all shards together).
Shells: `connection` (one WebSocket), `shard` (one session), `gateway` (all shards, the door of this room).
`cache` keeps what events told and answers questions about it: a `picture` of each guild with its
`permission_rules`, and the `members` met.
"""
