"""Frames to UDP: how the music sounds.

Values and cores: ``protocol`` (bot ↔ node), ``framing``, ``close_codes``, ``endpoint``, ``rtp``, ``crypto``,
``session``, ``handshake``, ``pacer``, ``timeline``, ``dave``. Shells: ``source``, ``demux``, ``render``
(PyAV), ``udp``, ``connection``, ``call``, ``node`` (the child process), ``client`` (its handle in the bot).

The bot imports ``client`` and the values; PyAV is imported only in the node's process.
May import ``gateway_client.ids`` and ``gateway_client.backoff``, nothing else of ours.
"""
