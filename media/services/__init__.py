"""Music services that say which song is meant: Spotify, Apple Music, Deezer.

None of them gives sound away; their pages and public interfaces name title, artist and length, which is what
`media.matching` needs. ``links`` reads links, ``pages`` and one ``*_wire`` module per service read what their
servers answer (pure), ``spotify``, ``apple_music`` and ``deezer`` ask, through the guard (``web``).

May import the room's values, ``media.fetch`` and the guard.
"""
