"""From what a person asked for to something that ``voice`` can open.

Query → track → playable. ``resolve`` is the way in, ``tracks`` and ``errors`` are the values that leave,
``guard`` is the only door to the web, ``library`` keeps a guild's files, ``probe`` looks into media in a
child process of its own, because PyAV costs memory and may crash.

May import: ``gateway_client.ids`` and ``gateway_client.backoff``, nothing else of ours.
"""
