"""The numbers of a gather. Seconds, unless the name says otherwise."""

GRACE_S = 60.0
"""Whoever arrives in it is on time."""

COUNTDOWN_LIMIT_S = 2 * 3600.0
"""The longest countdown, extensions included."""

CHECK_IN_LIMIT_S = 30 * 60.0
"""Then the check-in ends, whoever is missing."""

PEOPLE_LIMIT = 250
"""So many may be waited for by name: with a role, anybody could have a whole server pinged."""

PING_EVERY_S = 30.0
PING_LIFETIME_S = 0.7
PEOPLE_PER_PING = 80
"""A message holds 2000 characters and may ping 100 people; a mention has at most 23 characters."""

REDRAW_EVERY_S = 4.0
"""People see the time move every five seconds at least; one is left for the commit and the network."""
EDIT_DISTANCE_S = 1.2
"""Discord lets about five edits of one channel pass in five seconds; other messages live there too."""

REFUSE_EVERY_S = 5.0
"""So often one person is told the same no by a button: a burst of clicks must not become one of answers."""

POST_PATIENCE_S = 10.0
"""If the answer that shall hold the gather is not there by then, it is posted as a message."""

POSTS_LIMIT = 2
"""How often the message is posted: once, and once again if somebody deletes it."""

DRIFT_S = 2.0
"""Wall clock and monotonic clock may part by so much before the snapshot is written anew."""

EVENT_FROM_S = 60.0
"""A shorter countdown is no event: Discord refuses one whose start has passed when it arrives."""
