"""Sites: what is behind a link or a few words, asked of yt-dlp in a child process.

``contract`` is what other modules build against, ``values`` and ``failures`` are what they get. The bot's
side is ``pool`` (children, time, retries) with ``handle`` in front; the child's side is ``broker`` (warm,
never busy) and ``ytdlp_job`` (forked per job, killed to cancel). ``slots``, ``renewal`` and ``proof`` keep
yt-dlp new while the bot runs.

May import: its own room, and yt-dlp in ``ytdlp*`` only, which only the child loads.
"""
