"""Settings about who may queue how much, who may skip, and where unasked words go. Values, pure."""

from actors.core.setting_kinds import channel, flag, whole_number

VOTE_SKIP = whole_number("vote_skip", default=60, least=0, most=100, choices=(0, 50, 60, 75, 100), unit="%")
QUEUE_LIMIT = whole_number("queue_limit", default=1000, least=1, most=5000, choices=(100, 500, 1000, 5000))
PERSON_LIMIT = whole_number("person_limit", default=0, least=0, most=5000, choices=(0, 5, 10, 50))
FAIR_QUEUE = flag("fair_queue", default=False)
ANNOUNCEMENTS = channel("announcements")

LIMITS = (VOTE_SKIP, QUEUE_LIMIT, PERSON_LIMIT, FAIR_QUEUE, ANNOUNCEMENTS)
