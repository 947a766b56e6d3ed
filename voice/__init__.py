"""Frames to UDP: how the music sounds.

Values and cores: ``protocol`` and ``framing`` (bot ↔ node), ``replay``, ``close_codes``, ``endpoint``,
``handshake``, ``session``, ``rtp``, ``crypto``, ``pacer``, ``metronome``, ``departures``, ``effects``,
``slots``, ``shelf``, ``ready``, ``booking``, ``plans``, ``timeline``, ``joints``, ``recognition``, ``ogg``.
End-to-end encryption: ``dave`` (what every frame passes), ``dave_exchange`` (the decisions),
``dave_watch``, and ``dave_library``, the one that knows Discord's library.

Shells of the node: ``source``, ``demux``, ``decoder``, ``keeping``, ``steady``, ``codecs``, ``unpacking``,
``render``, ``loudness``, ``ear`` (PyAV), ``intake``, ``leveling``, ``playback``, ``udp``, ``connection``,
``deck``, ``call``, ``tell``, ``pipe``, ``contained``, ``housekeeping``, ``precedence``, ``host`` (the
loop), ``node`` (the entry point). Shells of the bot: ``client`` and behind it ``nodes_handle`` and
``nodes_placement``.

The bot imports ``client`` and the values; PyAV is imported only in the node's process.
May import ``gateway_client.ids`` and ``gateway_client.backoff``, nothing else of ours.
"""
