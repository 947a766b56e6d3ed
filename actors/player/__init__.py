"""The player of a guild: what plays, what comes next, who hears it.

The machine, pure: ``state`` is its door; ``player``, ``deck``, ``link``, ``plays``, ``orders``,
``sound_orders``, ``news`` and ``checks`` are its parts, ``effects`` what it wants done, ``saved`` what
outlives a restart. What people read, pure: ``sentences``, ``view``. The shell: ``actor`` takes and asks the
cache (``rooms``), ``performer`` performs, ``desk`` keeps replies, ``searches`` are its child tasks,
``outside`` its own ports. Declarations: ``messages``, ``commands``, ``sound_commands``, ``volume``,
``tuning``, ``normalize``, ``crossfade``, ``declaration``.

May import: ``gateway_client`` values, ``actors.core``, ``actors.rest.{payloads,errors}``,
``actors.store.errors``, ``media``, and of ``voice`` the client and the values.
"""
