"""Which video is the song that somebody means: normalised words, and a score of 0 to 100 %.

Pure: no network, no clock. May import the room's values only.
"""
