"""A small HTTP/1.1 and WebSocket server on h11 and wsproto, for loopback only.

``exchange`` has the values a handler sees, ``router`` finds the handler, ``websocket`` is one upgraded
connection, ``server`` owns sockets. Nothing in here knows of Discord.
"""
