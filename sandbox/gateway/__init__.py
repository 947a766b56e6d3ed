"""The gateway: sessions of the bot, and the connections they travel on.

``intents``, ``close_codes``, ``compression`` and ``translate`` (events of the world → dispatches) are facts;
``session`` (what survives a connection), ``hub`` (all sessions, identify and resume) and ``connection`` (the
machine of one connection) are cores without I/O; ``service`` is the shell on a WebSocket.
"""
