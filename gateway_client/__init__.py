"""The gateway client: Discord's WebSocket in, typed events out. Imports nothing else of ours.

Values: `ids`, `kinds`, `permissions`, `intents`, `guilds`, `objects`, `events`, `commands`, `actions` and
`errors`.

Cores without I/O: `session` (one shard across all its connections) with `comeback`, `heart`, `limiter`,
`outbox`, `replay`, `inflate`, `parse`, `backoff`, `close_codes` and `address`; `identify_gate` (all shards
together); `cache`, which keeps what events told and answers questions about it, with a `picture` of each
guild, its `permission_rules`, and the `members` met.

Shells: `connection` (one WebSocket), `shard` (one session), `gateway` (all shards, the door of this room).
"""
