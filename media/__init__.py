"""From what a person asked for to something that ``voice`` can open.

Query → tracks → playable. ``resolve`` is the way in; ``tracks``, ``resolution`` (lists as they come in),
``choices``, ``suggestions`` and ``errors`` are the values that leave. Sources are asked in their order:
``matched`` (songs of music services, found on YouTube), ``sites`` (what the extractor knows), ``direct``
(files, radios, attachments), ``library_source``, ``search_source``. ``guard`` is the only door to the web,
``cache`` keeps what passes it, ``library`` keeps a guild's files, ``probe`` looks into media in a child
process of its own, because PyAV costs memory and may crash.

May import: ``gateway_client.ids`` and ``gateway_client.backoff``, nothing else of ours.
"""
