"""The player of a guild: what plays, what comes next, who hears it.

The machine, pure: ``state`` is its door; ``player``, ``requests``, ``deck``, ``playback``, ``lineup``,
``link`` and ``ballot`` are what it knows; ``plays`` and ``taking`` queue what people want, ``orders`` and
the modules that it names decide everything else they ask, ``news`` what became true, ``autoplay`` what
comes when nothing does; ``checks`` say no, ``effects`` are what it wants done, ``scene`` is what there is
to see, ``saved`` what outlives a restart. What people read, pure: ``sentences``, ``view``, ``buttons``. The
shell: ``actor`` takes and asks the cache (``rooms``), ``performer`` performs, ``desk`` keeps replies,
``searches`` and ``lookups`` are its child tasks, ``outside`` its own ports, ``choices`` and ``heard`` what
the program remembers for it, ``kept`` turns tracks into bytes. Declarations: ``asks``, ``messages``,
``commands``, ``sound_commands``, ``volume``, ``tuning``, ``normalize``, ``crossfade``, ``limits``,
``declaration``.

May import: ``gateway_client`` values, ``actors.core``, ``actors.rest.{payloads,errors}``,
``actors.store.errors``, ``media``, and of ``voice`` the client and the values.
"""
