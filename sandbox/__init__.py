"""The sandbox: a local Discord that belongs to the project.

What lives here: the server side that a bot meets (gateway, REST, voice) and a page in the browser from which
people act. It is a process of its own and is never imported by the rooms of the bot. It may import
``gateway_client.ids`` and nothing else: it judges the bot, and an error that both shared would be
noticed by nobody. So enumerations, wire forms and RTP stand here once more, on purpose.

How it is put together::

    people (tests, page) ──▶ world ──events──▶ gateway sessions ──▶ the bot
                               ▲                  voice, page
         the bot ──▶ rest ─────┘

``world`` is the truth: synchronous, without I/O, every change told to its subscribers. Everything else turns
requests into changes of the world, or changes of the world into bytes. ``contracts`` says how the page and
the voice part plug in; ``app`` assembles.
"""
